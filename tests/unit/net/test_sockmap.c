#include "net/sockmap.h"

#include "trial.h"

#include <stdio.h>

static void
on_event(void *owner, int side, int events, usec_t now)
{
	(void)owner;
	(void)side;
	(void)events;
	(void)now;
}

/* A kernel that may run it at all must do what the header says. */
static void
test_kernel_stands_its_trial(void **state)
{
	struct trial trial;
	struct sockmap *map;
	struct err err;

	(void)state;
	trial_open(&trial, false);
	map = sockmap_new(trial.loop, 1, on_event, &err);
	if (map == NULL) {
		printf("%s\n", err.text);
		trial_close(&trial);
		skip();
	}
	sockmap_free(&map);
	assert_null(map);
	for (int i = 0; i < 3; i++)
		if (sockmap_examine(&err) != 0)
			fail_msg("%s", err.text);
	trial_close(&trial);
}

static void
test_who_has_no_kernel_for_it_is_told_why(void **state)
{
	struct err err = { "" };

	(void)state;
	assert_true(sockmap_examine(&err) < 0);
	assert_string_equal(err.text, "built without libbpf");
}

int
main(void)
{
	const struct CMUnitTest with_libbpf[] = {
		cmocka_unit_test(test_kernel_stands_its_trial),
	};
	const struct CMUnitTest without[] = {
		cmocka_unit_test(test_who_has_no_kernel_for_it_is_told_why),
	};

	return sockmap_is_built()
	    ? cmocka_run_group_tests(with_libbpf, NULL, NULL)
	    : cmocka_run_group_tests(without, NULL, NULL);
}
