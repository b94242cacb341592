/* Threads are bound within what the process may use. */
#include "net/processor.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A thread that binds itself, and what came of it. */
struct bound {
	unsigned n;
	int rc;
	cpu_set_t set;
	int n_usable;
};

static void *
bound_run(void *arg)
{
	struct bound *b = arg;

	b->rc = processor_bind(b->n);
	(void)sched_getaffinity(0, sizeof(b->set), &b->set);
	b->n_usable = processors_usable();
	return NULL;
}

static struct bound
bind_to(unsigned n)
{
	struct bound b = { .n = n };
	pthread_t thread;

	CPU_ZERO(&b.set);
	assert_int_equal(pthread_create(&thread, NULL, bound_run, &b), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(b.rc, 0);
	return b;
}

static void
test_each_is_bound_to_one_that_may_be_used(void **state)
{
	unsigned n_usable = (unsigned)processors_usable();
	cpu_set_t usable;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(usable), &usable), 0);
	assert_int_equal(n_usable, CPU_COUNT(&usable));
	/* More than there are begin from the first again. */
	for (unsigned i = 0; i < n_usable + 1; i++) {
		struct bound b = bind_to(i);
		cpu_set_t common;

		assert_int_equal(CPU_COUNT(&b.set), 1);
		CPU_AND(&common, &b.set, &usable);
		assert_int_equal(CPU_COUNT(&common), 1);
	}
}

/* taskset -c 0 regent: one worker, whatever the machine has. */
static void
test_only_those_of_the_mask_count(void **state)
{
	(void)state;
	assert_int_equal(bind_to(0).n_usable, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_bound_to_one_that_may_be_used),
		cmocka_unit_test(test_only_those_of_the_mask_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
