/* A snapshot that many threads hold: the last one frees it, nobody else. */
#include "relay/routes.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { HOLDERS = 8, ROUNDS = 20000 };

static struct cluster_view views[CONF_CLUSTERS_MAX];
static struct addr addrs[CONF_CLUSTERS_MAX][NODES_MAX];

static void
test_routes_are_a_copy(void **state)
{
	struct routes *r;

	(void)state;
	memset(views, 0, sizeof(views));
	views[CONF_CLUSTERS_MAX - 1].epoch = 7;
	addrs[CONF_CLUSTERS_MAX - 1][NODES_MAX - 1].len = 5;
	r = routes_new(3, views, addrs, 1);
	memset(views, 0xff, sizeof(views));
	memset(addrs, 0xff, sizeof(addrs));
	assert_true(r->serial == 3);
	assert_true(r->views[CONF_CLUSTERS_MAX - 1].epoch == 7);
	assert_true(r->views[0].epoch == 0);
	assert_int_equal(r->addrs[CONF_CLUSTERS_MAX - 1][NODES_MAX - 1].len, 5);
	assert_int_equal(r->addrs[0][0].len, 0);
	routes_unref(&r);
	assert_null(r);
	routes_unref(&r);
}

static void
test_first_routes_route_nowhere(void **state)
{
	struct routes *r = routes_new(0, NULL, NULL, 1);

	(void)state;
	for (int i = 0; i < CONF_CLUSTERS_MAX; i++) {
		assert_int_equal(r->views[i].writer, -1);
		for (int slot = 0; slot < NODES_MAX; slot++)
			assert_false(r->views[i].nodes[slot].is_reader);
	}
	routes_unref(&r);
}

static void
test_every_reference_counts(void **state)
{
	struct routes *a = routes_new(1, views, addrs, 1), *b = routes_ref(a);

	(void)state;
	assert_ptr_equal(a, b);
	routes_unref(&a);
	assert_null(a);
	assert_true(b->serial == 1);
	routes_unref(&b);
}

static void *
holder_run(void *arg)
{
	struct routes *mine = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct routes *other = routes_ref(mine);

		CHECK(other->serial == 9);
		if (i % 2 == 0) { /* either may go first */
			struct routes *swap = mine;

			mine = other;
			other = swap;
		}
		routes_unref(&other);
	}
	routes_unref(&mine);
	return NULL;
}

/* Each holder has its own reference; the owner gives up its own at once. */
static void
test_references_come_and_go_in_any_thread(void **state)
{
	struct routes *r = routes_new(9, views, addrs, 1);
	pthread_t threads[HOLDERS];

	(void)state;
	for (int i = 0; i < HOLDERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, holder_run,
				     routes_ref(r)),
		    0);
	routes_unref(&r);
	for (int i = 0; i < HOLDERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes_are_a_copy),
		cmocka_unit_test(test_first_routes_route_nowhere),
		cmocka_unit_test(test_every_reference_counts),
		cmocka_unit_test(test_references_come_and_go_in_any_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
