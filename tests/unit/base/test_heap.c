/* The heap against a sorted copy: set, moved, taken out, in any order. */
#include "base/heap.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NODES = 1000, ROUNDS = 20000 };

static struct heap heap;
static struct heap_node nodes[NODES];

static int
set_up(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++)
		nodes[i] = (struct heap_node){ .key = 0 };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++)
		heap_unset(&heap, &nodes[i]);
	heap_fini(&heap);
	return 0;
}

static int64_t
least_key(void)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < NODES; i++)
		if (heap_has(&nodes[i]) && nodes[i].key < least)
			least = nodes[i].key;
	return least;
}

static void
test_empty_heap_has_no_first(void **state)
{
	(void)state;
	assert_null(heap_first(&heap));
	heap_unset(&heap, &nodes[0]);
	assert_false(heap_has(&nodes[0]));
}

static void
test_first_is_the_least_after_every_change(void **state)
{
	unsigned dice = 1;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct heap_node *node;

		dice = dice * 1103515245u + 12345u;
		node = &nodes[(dice >> 16) % NODES];
		if ((dice >> 8) % 3 == 0)
			heap_unset(&heap, node);
		else
			heap_set(&heap, node, (dice >> 12) % 5000);
		node = heap_first(&heap);
		assert_true(
		    (node != NULL ? node->key : INT64_MAX) == least_key());
	}
}

static void
test_members_come_out_in_order(void **state)
{
	int64_t last = INT64_MIN;
	struct heap_node *node;
	int n = 0;

	(void)state;
	for (int i = 0; i < NODES; i++)
		heap_set(&heap, &nodes[i], (i * 7919) % NODES);
	while ((node = heap_first(&heap)) != NULL) {
		assert_true(node->key >= last);
		last = node->key;
		heap_unset(&heap, node);
		n++;
	}
	assert_int_equal(n, NODES);
}

/* A storm of timers must not be held for ever. */
static void
test_memory_goes_back_with_the_members(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++)
		heap_set(&heap, &nodes[i], i);
	assert_true(heap.room >= NODES);
	for (int i = 0; i < NODES; i++)
		heap_unset(&heap, &nodes[i]);
	assert_true(heap.room <= 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_empty_heap_has_no_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_first_is_the_least_after_every_change, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_members_come_out_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_memory_goes_back_with_the_members, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
