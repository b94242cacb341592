/* A turn has one time, its dead are buried at its end, and signals arrive. */
#include "trial.h"

#include "base/mem.h"

#include <signal.h>
#include <stdlib.h>

static struct trial trial;

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, true);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	trial_close(&trial);
	return 0;
}

/* A timer that is called in the next turn, and what it saw. */
struct seen {
	struct timer timer;
	usec_t now;
	int n_calls;
	struct corpse *corpse;
};

struct corpse {
	struct grave grave;
	int *n_freed;
	struct corpse *next; /* buried when this one goes */
};

static void
corpse_free(struct grave *grave)
{
	struct corpse *c = container_of(grave, struct corpse, grave);

	++*c->n_freed;
	if (c->next != NULL)
		loop_bury(trial.loop, &c->next->grave, corpse_free);
	free(c);
}

static struct corpse *
corpse_new(int *n_freed)
{
	struct corpse *c = mem_new(sizeof(*c));

	c->n_freed = n_freed;
	return c;
}

static void
seen_on_timer(struct timer *timer, usec_t now)
{
	struct seen *s = container_of(timer, struct seen, timer);

	s->now = now;
	s->n_calls++;
	trial_spin(2 * USEC_MS);
	assert_true(loop_now(trial.loop) == now);
	assert_true(loop_clock() >= now + 2 * USEC_MS);
}

static void
test_now_is_the_same_all_through_a_turn(void **state)
{
	struct seen seen[3] = { { .n_calls = 0 } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		timer_init(&seen[i].timer, trial.loop, seen_on_timer);
		timer_set(&seen[i].timer, loop_clock());
	}
	TRIAL_UNTIL(&trial, seen[0].n_calls == 1);
	for (int i = 1; i < 3; i++) {
		assert_int_equal(seen[i].n_calls, 1);
		assert_true(seen[i].now == seen[0].now);
	}
	timer_set(&seen[0].timer, 0);
	TRIAL_UNTIL(&trial, seen[0].n_calls == 2);
	assert_true(seen[0].now >= seen[1].now + 6 * USEC_MS);
}

static void
test_clocks_go_forward(void **state)
{
	usec_t now = loop_clock();

	(void)state;
	assert_true(now > 0);
	trial_spin(1);
	assert_true(loop_clock() > now);
	assert_true(loop_boot_clock() >= now);
}

static void
burial_on_timer(struct timer *timer, usec_t now)
{
	struct seen *s = container_of(timer, struct seen, timer);

	(void)now;
	s->n_calls++;
	if (s->n_calls == 1)
		loop_bury(trial.loop, &s->corpse->grave, corpse_free);
}

static int n_freed;
static int n_freed_when_seen;

static void
witness_on_timer(struct timer *timer, usec_t now)
{
	(void)timer;
	(void)now;
	n_freed_when_seen = n_freed;
}

/* Two timers of one turn: whichever comes second may look at the dead. */
static void
test_dead_are_freed_at_the_end_of_the_turn(void **state)
{
	struct seen burial = { .n_calls = 0 };
	struct timer before, behind;

	(void)state;
	n_freed = 0;
	n_freed_when_seen = -1;
	burial.corpse = corpse_new(&n_freed);
	timer_init(&before, trial.loop, witness_on_timer);
	timer_init(&burial.timer, trial.loop, burial_on_timer);
	timer_init(&behind, trial.loop, witness_on_timer);
	timer_set(&before, 0);
	timer_set(&burial.timer, 0);
	timer_set(&behind, 0);
	TRIAL_UNTIL(&trial, burial.n_calls == 1);
	assert_int_equal(n_freed_when_seen, 0);
	assert_int_equal(n_freed, 1);
}

static void
test_grave_may_open_another(void **state)
{
	struct corpse *c = corpse_new(&n_freed);

	(void)state;
	n_freed = 0;
	c->next = corpse_new(&n_freed);
	loop_bury(trial.loop, &c->grave, corpse_free);
	assert_int_equal(n_freed, 0);
	TRIAL_UNTIL(&trial, n_freed == 2);
}

static void
test_loop_that_never_ran_frees_its_dead(void **state)
{
	struct loop *loop = loop_new(false);

	(void)state;
	n_freed = 0;
	loop_bury(loop, &corpse_new(&n_freed)->grave, corpse_free);
	loop_free(&loop);
	assert_null(loop);
	assert_int_equal(n_freed, 1);
	loop_free(&loop);
}

static int n_signals[2];

static void
on_signal(void *arg, int signum)
{
	int *n = arg;

	assert_int_equal(signum, n == &n_signals[0] ? SIGUSR1 : SIGUSR2);
	++*n;
}

static void
test_signals_come_to_their_own_callback(void **state)
{
	(void)state;
	n_signals[0] = n_signals[1] = 0;
	loop_on_signal(trial.loop, SIGUSR1, on_signal, &n_signals[0]);
	loop_on_signal(trial.loop, SIGUSR2, on_signal, &n_signals[1]);
	raise(SIGUSR1);
	TRIAL_UNTIL(&trial, n_signals[0] == 1);
	assert_int_equal(n_signals[1], 0);
	raise(SIGUSR2);
	TRIAL_UNTIL(&trial, n_signals[1] == 1);
	assert_int_equal(n_signals[0], 1);
}

/* A service makes one main loop, but it must be able to end it cleanly. */
static void
test_signal_is_nobodys_after_the_loop(void **state)
{
	struct sigaction now;

	(void)state;
	loop_on_signal(trial.loop, SIGUSR1, on_signal, &n_signals[0]);
	trial_close(&trial);
	sigaction(SIGUSR1, NULL, &now);
	assert_true(now.sa_handler == SIG_DFL);
	trial_open(&trial, true);
}

/* Two timers apart, and the turns between them. */
struct gap {
	struct timer first;
	struct timer second;
	ev_prepare turn;
	int n_turns;
	struct loop *loop;
};

static void
gap_on_turn(struct ev_loop *ev, ev_prepare *w, int revents)
{
	(void)ev;
	(void)revents;
	container_of(w, struct gap, turn)->n_turns++;
}

static void
gap_on_first(struct timer *timer, usec_t now)
{
	struct gap *g = container_of(timer, struct gap, first);

	g->n_turns = 0;
	timer_set(&g->second, now + 5 * USEC_MS);
}

static void
gap_on_second(struct timer *timer, usec_t now)
{
	(void)now;
	loop_stop(container_of(timer, struct gap, second)->loop);
}

static int
turns_in_a_gap(usec_t spin)
{
	struct gap g = { .loop = loop_new(false) };

	loop_set_spin(g.loop, spin);
	timer_init(&g.first, g.loop, gap_on_first);
	timer_init(&g.second, g.loop, gap_on_second);
	ev_prepare_init(&g.turn, gap_on_turn);
	ev_prepare_start(loop_ev(g.loop), &g.turn);
	timer_set(&g.first, loop_clock());
	loop_run(g.loop);
	ev_prepare_stop(loop_ev(g.loop), &g.turn);
	loop_free(&g.loop);
	return g.n_turns;
}

static void
test_loop_sleeps_between_events_unless_it_spins(void **state)
{
	int n = 0;

	(void)state;
	assert_true(turns_in_a_gap(0) <= 4);
	/* A busy machine may leave no time for spinning. */
	for (int i = 0; i < 1000 && n <= 20; i++)
		n = turns_in_a_gap(3 * USEC_MS);
	assert_true(n > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_now_is_the_same_all_through_a_turn, set_up, tear_down),
		cmocka_unit_test(test_clocks_go_forward),
		cmocka_unit_test_setup_teardown(
		    test_dead_are_freed_at_the_end_of_the_turn, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_grave_may_open_another, set_up, tear_down),
		cmocka_unit_test(test_loop_that_never_ran_frees_its_dead),
		cmocka_unit_test_setup_teardown(
		    test_signals_come_to_their_own_callback, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_signal_is_nobodys_after_the_loop, set_up, tear_down),
		cmocka_unit_test(
		    test_loop_sleeps_between_events_unless_it_spins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
