#include "brain.h"

static struct cluster_view
test_view_of(struct brain *b)
{
	struct cluster_view view;

	view_build(&view, &b->c, b->now);
	return view;
}

static void
test_nobody_is_routed_before_anything_is_proven(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	assert_writer(&b, NODE_NONE);
	for (int i = 0; i < NODES_MAX; i++)
		assert_false(test_view_of(&b).nodes[i].is_reader);
	/* Answering is not enough: no barrier, no primary. */
	brain_ask_all(&b);
	assert_writer(&b, NODE_NONE);
	assert_false(b.c.published.nodes[B].is_reader);
}

static void
test_steady_cluster_routes_one_writer_and_proven_readers(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	assert_writer(&b, A);
	assert_true(b.c.published.nodes[A].is_reader);
	assert_true(b.c.published.nodes[B].is_reader);
	assert_true(b.c.published.nodes[C].is_reader);
	assert_int_equal(b.c.published.nodes[B].cut, CUT_NONE);
	assert_int_equal(b.c.published.nodes[D].cut, CUT_DRAIN);
}

static void
test_held_cluster_has_no_writer_and_cuts_the_old_one(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_fail_over_to(&b, PHASE_HOLD);
	assert_writer(&b, NODE_NONE);
	assert_int_equal(b.c.published.nodes[A].cut, CUT_NOW);
	assert_false(b.c.published.nodes[A].is_reader);
	assert_true(b.c.published.nodes[B].is_reader);
}

static void
test_node_that_follows_a_stranger_reads_no_more(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	b.db[B].upstream = NODE_FOREIGN;
	brain_verdict(&b, B, VERDICT_OK);
	assert_false(b.c.published.nodes[B].is_reader);
	assert_int_equal(b.c.published.nodes[B].cut, CUT_NOW);
}

static void
test_restarted_replica_must_be_proven_anew(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	b.db[B].instance[0] = 'z';
	b.db[B].is_linked = false;
	brain_verdict(&b, B, VERDICT_OK);
	assert_false(b.c.published.nodes[B].is_reader);
	b.db[B].is_linked = true;
	brain_verdict(&b, B, VERDICT_OK);
	assert_true(b.c.published.nodes[B].is_reader);
}

static void
test_replica_without_link_reads_for_a_grace(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	b.db[B].is_linked = false;
	brain_ask(&b, B);
	assert_true(b.c.published.nodes[B].is_reader);
	brain_wait(&b, VIEW_READER_GRACE + USEC_MS);
	assert_false(b.c.published.nodes[B].is_reader);
	/* Sessions that it has may stay: it is no other node. */
	assert_int_equal(b.c.published.nodes[B].cut, CUT_NONE);
}

/* Nothing is proven between two probes: that is no reason to stop reading. */
static void
test_grace_is_longer_than_the_pause_between_probes(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	b.policy.health.interval_us = VIEW_READER_GRACE;
	brain_apply_policy(&b);
	brain_wait(&b, 2 * VIEW_READER_GRACE);
	assert_true(b.c.published.nodes[B].is_reader);
	brain_wait(&b, VIEW_READER_GRACE + USEC_SEC);
	assert_false(b.c.published.nodes[B].is_reader);
}

static void
test_loading_replica_does_not_read(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	b.db[B].is_loading = true;
	brain_ask(&b, B);
	assert_false(b.c.published.nodes[B].is_reader);
}

static void
test_lagging_replica_does_not_read(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	b.policy.max_lag_bytes = 100;
	brain_apply_policy(&b);
	brain_barrier(&b);
	b.db[A].position = 1100;
	brain_ask_all(&b);
	brain_ask(&b, B);
	assert_int_equal(view_lag_bytes(&b.c, B), 100);
	assert_true(test_view_of(&b).nodes[B].is_reader);
	b.db[A].position = 1101;
	brain_ask(&b, A);
	assert_int_equal(view_lag_bytes(&b.c, B), 101);
	assert_false(b.c.published.nodes[B].is_reader);
	assert_int_equal(view_lag_bytes(&b.c, A), 0);
}

/* It was told of the new primary in vain, and was shown as if all were well. */
static void
test_follower_of_the_former_primary_follows_no_more(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	assert_true(view_is_following(&b.c, B));
	assert_false(view_is_following(&b.c, A));
	brain_fail_over(&b);
	assert_int_equal(b.c.primary, B);
	assert_true(b.c.nodes[C].is_proven);
	assert_false(view_is_following(&b.c, C));
}

/* A standby that has received everything and replays nothing. */
static void
test_replica_that_does_not_apply_does_not_read(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	b.policy.max_lag_bytes = 100;
	brain_apply_policy(&b);
	brain_barrier(&b);
	b.db[B].unapplied = 100;
	b.db[C].unapplied = 101;
	brain_ask_all(&b);
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_true(test_view_of(&b).nodes[B].is_reader);
	assert_false(test_view_of(&b).nodes[C].is_reader);
	assert_int_equal(view_lag_bytes(&b.c, C), 0);
}

static void
test_drained_node_takes_nothing_new_and_keeps_what_it_has(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_admin(&b, B, ADMIN_DRAIN);
	assert_false(b.c.published.nodes[B].is_reader);
	assert_int_equal(b.c.published.nodes[B].cut, CUT_NONE);
	brain_admin(&b, B, ADMIN_MAINT);
	assert_int_equal(b.c.published.nodes[B].cut, CUT_DRAIN);
}

static void
test_node_that_was_down_returns_when_it_is_read_again(void **state)
{
	struct brain b;
	usec_t returned;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_kill(&b, B);
	assert_int_equal(b.c.published.nodes[B].returned_at, 0);
	assert_true(b.c.published.nodes[B].is_cold);
	/* Up is not yet used: it copies its data first. */
	brain_wait(&b, USEC_SEC);
	b.db[B].is_loading = true;
	brain_ask(&b, B);
	assert_true(b.c.published.nodes[B].is_cold);
	brain_wait(&b, USEC_SEC);
	b.db[B].is_loading = false;
	brain_ask(&b, B);
	assert_true(b.c.published.nodes[B].is_reader);
	assert_false(b.c.published.nodes[B].is_cold);
	returned = b.c.published.nodes[B].returned_at;
	assert_int_equal(returned, b.now);
	brain_wait(&b, USEC_SEC);
	brain_ask_all(&b);
	assert_int_equal(b.c.published.nodes[B].returned_at, returned);
}

static void
test_node_in_maintenance_returns(void **state)
{
	struct brain b;
	usec_t from;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_admin(&b, B, ADMIN_DRAIN);
	brain_admin(&b, B, ADMIN_READY);
	assert_int_equal(b.c.published.nodes[B].returned_at, 0);
	brain_admin(&b, B, ADMIN_MAINT);
	brain_wait(&b, USEC_SEC);
	from = b.now;
	brain_admin(&b, B, ADMIN_READY);
	brain_ask_all(&b);
	assert_in_range(b.c.published.nodes[B].returned_at, from, b.now);
}

/* Its clients wait for it as it is. */
static void
test_promoted_replica_has_not_been_away(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	for (int i = 0; i < 3; i++)
		assert_int_equal(b.c.published.nodes[i].returned_at, 0);
	brain_fail_over(&b);
	assert_writer(&b, B);
	assert_int_equal(b.c.published.nodes[B].returned_at, 0);
	assert_int_equal(b.c.published.nodes[C].returned_at, 0);
}

/* A writer that reads nothing still has a maxconn. */
static void
test_primary_that_was_down_returns_as_a_writer(void **state)
{
	struct brain b;
	usec_t from;

	(void)state;
	brain_init_plain(&b, 1);
	b.c.nodes[A].weight = 0;
	brain_ask_all(&b);
	assert_writer(&b, A);
	assert_int_equal(b.c.published.nodes[A].returned_at, 0);
	brain_kill(&b, A);
	brain_barrier(&b);
	brain_wait(&b, USEC_SEC);
	from = b.now;
	brain_ask(&b, A);
	brain_barrier(&b);
	assert_writer(&b, A);
	assert_in_range(b.c.published.nodes[A].returned_at, from, b.now);
}

static void
test_weight_zero_reads_nothing(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.c.nodes[B].weight = 0;
	brain_ask_all(&b);
	assert_false(b.c.published.nodes[B].is_reader);
}

static void
test_second_primary_is_never_a_reader(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_fork(&b, B, "h2");
	brain_verdict(&b, B, VERDICT_OK);
	assert_writer(&b, A);
	assert_false(b.c.published.nodes[B].is_reader);
	assert_int_equal(b.c.published.nodes[B].cut, CUT_NOW);
}

static void
test_without_roles_every_healthy_node_reads(void **state)
{
	struct brain b;

	(void)state;
	brain_init_plain(&b, 3);
	brain_ask(&b, A);
	/* Not yet elected: it could become the writer in a moment. */
	assert_false(b.c.published.nodes[A].is_reader);
	brain_ask_all(&b);
	assert_writer(&b, A);
	assert_true(b.c.published.nodes[C].is_reader);
	brain_kill(&b, C);
	assert_false(b.c.published.nodes[C].is_reader);
	assert_int_equal(b.c.published.nodes[C].cut, CUT_NOW);
}

static void
test_views_differ_in_every_member(void **state)
{
	struct brain b;
	struct cluster_view a, v;

	(void)state;
	brain_init_steady(&b, 3);
	a = test_view_of(&b);
	v = a;
	assert_true(view_is_equal(&a, &v));
	v.epoch++;
	assert_false(view_is_equal(&a, &v));
	v = a;
	v.writer = B;
	assert_false(view_is_equal(&a, &v));
	v = a;
	v.nodes[15].is_reader = true;
	assert_false(view_is_equal(&a, &v));
	v = a;
	v.nodes[0].cut = CUT_NOW;
	assert_false(view_is_equal(&a, &v));
	v = a;
	v.nodes[0].weight++;
	assert_false(view_is_equal(&a, &v));
	v = a;
	v.nodes[0].is_backup = true;
	assert_false(view_is_equal(&a, &v));
	v = a;
	v.nodes[0].is_cold = true;
	assert_false(view_is_equal(&a, &v));
	v = a;
	v.nodes[0].returned_at = 1;
	assert_false(view_is_equal(&a, &v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_nobody_is_routed_before_anything_is_proven),
		cmocka_unit_test(
		    test_steady_cluster_routes_one_writer_and_proven_readers),
		cmocka_unit_test(
		    test_held_cluster_has_no_writer_and_cuts_the_old_one),
		cmocka_unit_test(
		    test_node_that_follows_a_stranger_reads_no_more),
		cmocka_unit_test(test_restarted_replica_must_be_proven_anew),
		cmocka_unit_test(test_replica_without_link_reads_for_a_grace),
		cmocka_unit_test(
		    test_grace_is_longer_than_the_pause_between_probes),
		cmocka_unit_test(test_loading_replica_does_not_read),
		cmocka_unit_test(test_lagging_replica_does_not_read),
		cmocka_unit_test(
		    test_follower_of_the_former_primary_follows_no_more),
		cmocka_unit_test(
		    test_replica_that_does_not_apply_does_not_read),
		cmocka_unit_test(
		    test_drained_node_takes_nothing_new_and_keeps_what_it_has),
		cmocka_unit_test(
		    test_node_that_was_down_returns_when_it_is_read_again),
		cmocka_unit_test(test_node_in_maintenance_returns),
		cmocka_unit_test(test_promoted_replica_has_not_been_away),
		cmocka_unit_test(
		    test_primary_that_was_down_returns_as_a_writer),
		cmocka_unit_test(test_weight_zero_reads_nothing),
		cmocka_unit_test(test_second_primary_is_never_a_reader),
		cmocka_unit_test(test_without_roles_every_healthy_node_reads),
		cmocka_unit_test(test_views_differ_in_every_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
