/* Who may be taken for the primary without being promoted. */
#include "brain.h"

#include <string.h>

static void
test_incumbent_with_less_than_it_had_is_no_heir(void **state)
{
	struct brain b;
	struct report r;

	(void)state;
	brain_init_steady(&b, 2);
	r = b.db[A];
	assert_true(claimant_is_heir(&b.c, A, &r));
	r.position = 999;
	assert_false(claimant_is_heir(&b.c, A, &r));
	r.position = 1000;
	strcpy(r.history, "h9");
	assert_false(claimant_is_heir(&b.c, A, &r));
	strcpy(r.history_prev, "h1");
	r.forked_at = 1000;
	assert_false(claimant_is_heir(&b.c, A, &r)); /* nobody was asked */
	brain_hold(&b, 2);
	assert_true(claimant_is_heir(&b.c, A, &r));
}

/* It restarted with older data, and a late write made it look longer. */
static void
test_incumbent_that_forked_off_too_early_is_no_heir(void **state)
{
	struct brain b;
	struct report r;

	(void)state;
	brain_hold(&b, 2);
	r = b.db[A];
	strcpy(r.history, "h9");
	strcpy(r.history_prev, "h1");
	r.forked_at = 999;
	r.position = 1200;
	assert_false(claimant_is_heir(&b.c, A, &r));
}

static void
test_restarted_incumbent_behind_its_replica_is_no_heir(void **state)
{
	struct brain b;
	struct report r;

	(void)state;
	brain_hold(&b, 2);
	b.db[B].position = 1200;
	brain_ask(&b, B);
	b.db[B].position = 0; /* it copies another's data now */
	brain_ask(&b, B);
	r = b.db[A];
	r.position = 1300;
	r.forked_at = 1100;
	b.c.policy.max_loss_bytes = 99;
	strcpy(r.history, "h9");
	strcpy(r.history_prev, "h1");
	assert_false(claimant_is_heir(&b.c, A, &r));
	r.forked_at = 1200;
	assert_true(claimant_is_heir(&b.c, A, &r));
}

/* Nobody has more, and max_loss allows it: no operator has to come. */
static void
test_restarted_incumbent_may_lack_what_max_loss_allows(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	b.policy.max_loss_bytes = 100;
	brain_apply_policy(&b);
	b.db[A].position = 1050;
	brain_ask(&b, A);
	brain_fork(&b, A, "h9");
	b.db[A].forked_at = 1000;
	strcpy(b.db[B].history, "h9");
	strcpy(b.db[B].history_prev, "h1");
	b.db[B].forked_at = 1000;
	brain_ask(&b, A);
	assert_phase(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask(&b, B);
	brain_ask(&b, A);
	assert_writer(&b, A);
	assert_int_equal(b.c.loss_bytes, 50);
}

static void
test_restarted_incumbent_that_lacks_too_much_is_not_taken_back(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 2);
	b.c.policy.max_loss_bytes = 10;
	b.c.position = 1050;
	strcpy(b.db[A].history, "h9");
	strcpy(b.db[A].history_prev, "h1");
	b.db[A].forked_at = 1000;
	assert_false(claimant_is_heir(&b.c, A, &b.db[A]));
	b.c.policy.max_loss_bytes = 100;
	assert_true(claimant_is_heir(&b.c, A, &b.db[A]));
	b.c.policy.sync_replicas = 1;
	assert_false(claimant_is_heir(&b.c, A, &b.db[A]));
}

static void
test_incumbent_is_believed_before_others(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.nodes[A].health.state = HEALTH_UP;
	b.c.nodes[A].report = b.db[A];
	brain_fork(&b, B, "h2");
	brain_ask(&b, B);
	assert_int_equal(claimant_find(&b.c), A);
}

static void
test_quarantined_node_is_not_believed(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.nodes[B].is_quarantined = true;
	b.c.nodes[B].report.role = ROLE_PRIMARY;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.order = (struct order){ ORDER_FAILOVER, B };
	assert_int_equal(claimant_find(&b.c), B);
}

/* Somebody moved the primary by hand, and we heard of the new one first. */
static void
test_rival_that_the_incumbent_follows_is_believed(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.nodes[B].is_quarantined = true;
	b.c.nodes[B].report.role = ROLE_PRIMARY;
	b.c.nodes[A].report.role = ROLE_REPLICA;
	b.c.nodes[A].report.upstream = C;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.nodes[A].report.upstream = B;
	assert_int_equal(claimant_find(&b.c), B);
}

static void
test_claimant_that_lacks_too_much_is_not_believed(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.position = 2001;
	b.c.nodes[B].report.role = ROLE_PRIMARY;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.position = 2000;
	assert_int_equal(claimant_find(&b.c), B);
}

static void
test_claimant_is_not_believed_where_replication_is_synchronous(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.policy.sync_replicas = 1;
	b.c.nodes[B].report.role = ROLE_PRIMARY;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.nodes[B].is_told = true; /* unless we made it primary */
	assert_int_equal(claimant_find(&b.c), B);
}

/* Its name was taken out of the file; what it had is not forgotten. */
static void
test_claimant_is_held_to_the_data_of_a_primary_that_was_removed(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.primary = NODE_NONE;
	b.c.nodes[B].report.role = ROLE_PRIMARY;
	assert_int_equal(claimant_find(&b.c), B);
	b.c.furthest = b.c.nodes[B].report.position + 1;
	assert_int_equal(claimant_find(&b.c), B); /* max_loss allows it */
	b.c.policy.max_loss_bytes = 0;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.policy.max_loss_bytes = 1000;
	b.c.policy.sync_replicas = 1;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.furthest--;
	assert_int_equal(claimant_find(&b.c), B);
}

static void
test_most_followed_claimant_is_believed(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 5);
	b.db[B].role = ROLE_PRIMARY;
	brain_follow(&b, D, B);
	brain_follow(&b, E, B);
	brain_ask_all(&b);
	assert_int_equal(claimant_find(&b.c), B);
	brain_follow(&b, E, A);
	brain_ask(&b, E);
	assert_int_equal(claimant_find(&b.c), A);
	brain_follow(&b, C, B);
	brain_ask(&b, C);
	assert_int_equal(claimant_find(&b.c), B);
}

static void
test_equal_claimants_are_not_believed(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	b.db[B].role = ROLE_PRIMARY;
	brain_ask_all(&b);
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
}

static void
test_open_intent_bars_the_incumbent(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	b.c.primary = A;
	b.c.intended = B;
	brain_ask(&b, A);
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	brain_ask(&b, B); /* a replica: it was never promoted */
	assert_int_equal(claimant_find(&b.c), A);
	b.db[B].role = ROLE_PRIMARY;
	brain_ask(&b, B);
	assert_int_equal(claimant_find(&b.c), B);
}

static void
test_empty_primary_is_taken_when_everything_is_lost(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	strcpy(b.db[A].history, "h9");
	b.db[A].position = 0;
	brain_ask(&b, A);
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	brain_follow(&b, B, A);
	brain_ask(&b, B);
	assert_int_equal(claimant_find(&b.c), A);
}

/* The first primary has all that can be saved, but only people know that. */
static void
test_empty_primary_is_not_taken_while_another_has_data(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_fail_over(&b);
	strcpy(b.db[B].history, "h9");
	b.db[B].history_prev[0] = '\0';
	b.db[B].position = 0;
	b.db[A].position = 1001; /* past the fork: nobody has ours any more */
	brain_ask(&b, B);
	brain_ask(&b, A);
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	assert_phase(&b, PHASE_LOST);
}

static void
test_older_primary_is_taken_when_nobody_has_more(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 1);
	brain_fork(&b, A, "h9");
	b.db[A].position = 900;
	b.db[A].forked_at = 900;
	brain_ask(&b, A);
	assert_writer(&b, NODE_NONE);
	brain_barrier(&b);
	assert_writer(&b, A);
}

/* a restarted without its last bytes and took writes before it was seen. */
static void
test_branch(struct brain *b)
{
	brain_hold(b, 3);
	strcpy(b->c.nodes[A].report.history, "h9");
	strcpy(b->c.nodes[A].report.history_prev, "h1");
	b->c.nodes[A].report.role = ROLE_PRIMARY;
	b->c.nodes[A].report.forked_at = 900;
	b->c.nodes[A].report.position = 950;
}

/* Then nobody is left who could know of more than it says. */
static void
test_restarted_incumbent_whose_data_all_others_have_copied(void **state)
{
	struct brain b;

	(void)state;
	test_branch(&b);
	b.c.policy.sync_replicas = 1;
	b.c.nodes[A].health.state = HEALTH_UP;
	b.c.nodes[A].report.forked_at = candidate_known(&b.c);
	b.c.nodes[A].report.position = candidate_known(&b.c);
	strcpy(b.c.nodes[B].report.history, "h9");
	strcpy(b.c.nodes[C].report.history, "h9");
	b.c.nodes[C].health.state = HEALTH_DOWN;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.nodes[C].health.state = HEALTH_UP;
	assert_int_equal(claimant_find(&b.c), A);
}

/*
 * The incumbent is back with less than max_loss allows, and its replicas have
 * copied that: one that says that it is primary as well has nothing to offer.
 */
static void
test_liar_is_not_taken_for_the_incumbent_that_says_the_same(void **state)
{
	struct brain b;
	struct node *a = &b.c.nodes[A], *liar = &b.c.nodes[B];

	(void)state;
	test_branch(&b);
	a->health.state = HEALTH_UP;
	b.c.furthest = 2000;
	liar->report = a->report;
	b.c.nodes[C].report = a->report;
	b.c.nodes[C].report.role = ROLE_REPLICA;
	b.c.nodes[C].report.upstream = A;
	b.c.policy.max_loss_bytes = 150; /* 1000 was told, 2000 was seen */
	assert_false(claimant_is_heir(&b.c, A, &a->report));
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.nodes[C].report.upstream = B; /* whoever moved it meant it */
	assert_int_equal(claimant_find(&b.c), B);
	b.c.nodes[C].report.upstream = A;
	liar->report.position++; /* it has more */
	assert_int_equal(claimant_find(&b.c), B);
	liar->report.position--;
	strcpy(liar->report.history, "h10"); /* it was promoted */
	assert_int_equal(claimant_find(&b.c), B);
	strcpy(liar->report.history, "h9");
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	a->report.role = ROLE_UNKNOWN;
	assert_int_equal(claimant_find(&b.c), B);
}

/* What the brain would know of it by now. */
static uint64_t
test_see_branch(struct brain *b)
{
	b->c.branch = candidate_branch(&b->c);
	return b->c.branch.bytes;
}

static void
test_what_a_restarted_incumbent_took_is_given_up_too(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	assert_int_equal(test_see_branch(&b), 0);
	assert_true(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	test_branch(&b);
	assert_int_equal(test_see_branch(&b), 50);
	b.c.policy.max_loss_bytes = 49;
	assert_false(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	b.c.policy.max_loss_bytes = 50;
	assert_true(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	/* It restarts once more, and its history is not of ours any more. */
	strcpy(b.c.nodes[A].report.history, "h10");
	strcpy(b.c.nodes[A].report.history_prev, "h9");
	b.c.nodes[A].report.forked_at = 950;
	assert_int_equal(test_see_branch(&b), 50);
	b.c.nodes[A].report.role = ROLE_UNKNOWN;
	assert_int_equal(test_see_branch(&b), 50);
	b.c.primary = NODE_NONE;
	assert_int_equal(test_see_branch(&b), 50);
}

/* It came back empty: all that it has, clients have written since. */
static void
test_what_an_empty_incumbent_took_is_given_up_too(void **state)
{
	struct brain b;

	(void)state;
	test_branch(&b);
	b.c.nodes[A].report.history_prev[0] = '\0';
	b.c.nodes[A].report.forked_at = 0;
	b.c.nodes[A].report.position = 70;
	assert_int_equal(test_see_branch(&b), 70);
}

/* It is frozen or gone again, and only its replica can tell. */
static void
test_replica_tells_what_the_restarted_incumbent_took(void **state)
{
	struct report *r;
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	r = &b.c.nodes[C].report;
	strcpy(r->history, "h9");
	strcpy(r->history_prev, "h1");
	r->forked_at = 900;
	r->position = 950;
	r->upstream = B; /* of another's branch */
	assert_int_equal(test_see_branch(&b), 0);
	r->upstream = A;
	assert_int_equal(test_see_branch(&b), 50);
	b.c.policy.sync_replicas = 1;
	assert_int_equal(test_see_branch(&b), 50);
	assert_true(b.c.branch.is_acked);
	assert_false(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
}

/* Its promotion came through late, when another had gone on. */
static void
test_late_promotion_is_not_adopted_over_acknowledged_writes(void **state)
{
	struct brain b;

	(void)state;
	test_branch(&b);
	brain_fork(&b, B, "h2");
	b.c.nodes[B].report = b.db[B];
	b.c.nodes[B].is_told = true;
	b.c.nodes[A].report.role = ROLE_UNKNOWN;
	b.c.policy.max_loss_bytes = 0;
	b.c.position++; /* more than any promotion may give up */
	b.c.nodes[B].promised = b.c.nodes[B].report.forked_at + 1;
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
	b.c.nodes[B].promised--;
	assert_int_equal(claimant_find(&b.c), B);
	strcpy(b.c.nodes[C].report.history, "h9");
	strcpy(b.c.nodes[C].report.history_prev, "h1");
	b.c.nodes[C].report.forked_at = 900;
	b.c.nodes[C].report.position = 950;
	assert_int_equal(claimant_find(&b.c), B);
	b.c.policy.sync_replicas = 1;
	(void)test_see_branch(&b);
	assert_int_equal(claimant_find(&b.c), NODE_NONE);
}

/* The one node that has it was promoted, and died before it had replicas. */
static void
test_what_was_acknowledged_before_a_promotion_is_not_given_up(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.forked_at = b.c.nodes[B].report.position + 1;
	b.c.position = b.c.forked_at;
	assert_true(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	b.c.policy.sync_replicas = 1;
	assert_false(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	b.c.forked_at--;
	assert_true(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
}

static void
test_acknowledged_branch_is_not_given_up(void **state)
{
	struct brain b;

	(void)state;
	test_branch(&b);
	b.c.policy.sync_replicas = 1;
	assert_int_equal(test_see_branch(&b), 50);
	assert_false(b.c.branch.is_acked); /* nobody has it */
	assert_true(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	b.c.nodes[B].is_used = false; /* and its slot is passed over */
	strcpy(b.c.nodes[C].report.history, "h9");
	strcpy(b.c.nodes[C].report.history_prev, "h1");
	b.c.nodes[C].report.forked_at = 900;
	b.c.nodes[C].report.position = 900;
	(void)test_see_branch(&b);
	assert_false(b.c.branch.is_acked);
	b.c.nodes[B].is_used = true;
	b.c.nodes[C].report.position = 940; /* it lags */
	assert_int_equal(test_see_branch(&b), 50);
	b.c.branch.is_acked = false;
	b.c.nodes[C].report.position = 960; /* asked later than a */
	assert_int_equal(test_see_branch(&b), 60);
	assert_true(b.c.branch.is_acked);
	assert_false(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	b.c.nodes[C].report.role = ROLE_UNKNOWN; /* and yet it was */
	(void)test_see_branch(&b);
	assert_true(b.c.branch.is_acked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_incumbent_with_less_than_it_had_is_no_heir),
		cmocka_unit_test(
		    test_incumbent_that_forked_off_too_early_is_no_heir),
		cmocka_unit_test(
		    test_restarted_incumbent_behind_its_replica_is_no_heir),
		cmocka_unit_test(
		    test_restarted_incumbent_may_lack_what_max_loss_allows),
		cmocka_unit_test(
		    test_restarted_incumbent_that_lacks_too_much_is_not_taken_back),
		cmocka_unit_test(test_incumbent_is_believed_before_others),
		cmocka_unit_test(test_quarantined_node_is_not_believed),
		cmocka_unit_test(
		    test_rival_that_the_incumbent_follows_is_believed),
		cmocka_unit_test(
		    test_claimant_that_lacks_too_much_is_not_believed),
		cmocka_unit_test(
		    test_claimant_is_not_believed_where_replication_is_synchronous),
		cmocka_unit_test(
		    test_claimant_is_held_to_the_data_of_a_primary_that_was_removed),
		cmocka_unit_test(test_most_followed_claimant_is_believed),
		cmocka_unit_test(test_equal_claimants_are_not_believed),
		cmocka_unit_test(test_open_intent_bars_the_incumbent),
		cmocka_unit_test(
		    test_empty_primary_is_taken_when_everything_is_lost),
		cmocka_unit_test(
		    test_empty_primary_is_not_taken_while_another_has_data),
		cmocka_unit_test(
		    test_older_primary_is_taken_when_nobody_has_more),
		cmocka_unit_test(
		    test_what_a_restarted_incumbent_took_is_given_up_too),
		cmocka_unit_test(
		    test_restarted_incumbent_whose_data_all_others_have_copied),
		cmocka_unit_test(
		    test_liar_is_not_taken_for_the_incumbent_that_says_the_same),
		cmocka_unit_test(
		    test_what_an_empty_incumbent_took_is_given_up_too),
		cmocka_unit_test(
		    test_replica_tells_what_the_restarted_incumbent_took),
		cmocka_unit_test(
		    test_late_promotion_is_not_adopted_over_acknowledged_writes),
		cmocka_unit_test(
		    test_what_was_acknowledged_before_a_promotion_is_not_given_up),
		cmocka_unit_test(test_acknowledged_branch_is_not_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
