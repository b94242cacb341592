/*
 * primary_conninfo: read, and changed in nothing but what is asked for.
 */
#include "guard/driver/postgres_conninfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
test_upstream(void **state)
{
	static const struct {
		const char *conninfo;
		const char *host; /* NULL: none to be compared */
		int port;
	} rows[] = {
		{ "host=10.0.0.1 port=5433", "10.0.0.1", 5433 },
		{ "host=10.0.0.1", "10.0.0.1", 5432 },
		{ "host=db hostaddr=10.0.0.2 port=1", "10.0.0.2", 1 },
		{ " host = '10.0.0.1'  port= '5433' ", "10.0.0.1", 5433 },
		{ "host=::1 port=5433", "::1", 5433 },
		{ "password='a host=1.2.3.4' host=10.0.0.1", "10.0.0.1", 5432 },
		{ "password='it\\'s' host=10.0.0.1", "10.0.0.1", 5432 },
		{ "password=a\\ host=b host=10.0.0.1", "10.0.0.1", 5432 },
		/* Of a server that is newer than our libpq. */
		{ "host=10.0.0.1 sslfuture=2 port=5433", "10.0.0.1", 5433 },
		{ "host=10.0.0.9 host=10.0.0.1", "10.0.0.1", 5432 },
		{ "host=db.example. port=5433", "db.example.", 5433 },
		{ "postgresql://u:p%27w@10.0.0.1:5433/x", "10.0.0.1", 5433 },
		{ "postgres://10.0.0.1", "10.0.0.1", 5432 },
		{ "postgres://[", NULL, 0 },
		{ "", NULL, 0 },
		{ "port=5432", NULL, 0 },
		{ "host=/tmp", NULL, 0 },
		{ "host=10.0.0.1,10.0.0.2", NULL, 0 },
		{ "host=10.0.0.1 port=5432,5433", NULL, 0 },
		{ "host=10.0.0.1 port=0", NULL, 0 },
		{ "host=10.0.0.1 port=65536", NULL, 0 },
		{ "host='10.0.0.1", NULL, 0 },
		{ "host=10.0.0.1 port", NULL, 0 },
		{ "host=10.0.0.1 =5", NULL, 0 },
		{ "host=10.0.0.1 a.b=5", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct endpoint ep;

		memset(&ep, 0xff, sizeof(ep));
		postgres_read_upstream(&ep, rows[i].conninfo);
		if (endpoint_is_set(&ep) != (rows[i].host != NULL))
			fail_msg("%s", rows[i].conninfo);
		if (rows[i].host == NULL)
			continue;
		assert_string_equal(ep.host, rows[i].host);
		assert_int_equal(ep.port, rows[i].port);
	}
}

static void
test_lead_to(void **state)
{
	static const struct {
		const char *from, *to; /* NULL: not to be read */
	} rows[] = {
		{ "user=r password='it\\'s = me' host=10.0.0.1 port=5432 "
		  "application_name=b",
		    "user='r' password='it\\'s = me' application_name='b' "
		    "host='10.0.0.2' port='5433'" },
		{ "hostaddr=10.0.0.1 host=db sslfuture = x\\ y",
		    "sslfuture='x y' host='10.0.0.2' port='5433'" },
		{ "postgresql://u:p%27w@10.0.0.1/",
		    "user='u' password='p\\'w' host='10.0.0.2' "
		    "port='5433'" },
		/* Nothing of what follows becomes a part of these values. */
		{ "user=", "user='' host='10.0.0.2' port='5433'" },
		{ "user=a\\", "user='a' host='10.0.0.2' port='5433'" },
		{ "", "host='10.0.0.2' port='5433'" },
		{ "user=r password='", NULL },
		{ "user=r nonsense", NULL },
		{ "postgres://[", NULL },
	};
	struct endpoint target;

	(void)state;
	assert_true(endpoint_from(&target, "10.0.0.2", 5433));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct text out = TEXT_INIT;
		bool is_read = postgres_lead_to(&out, rows[i].from, &target);

		if (is_read != (rows[i].to != NULL))
			fail_msg("%s", rows[i].from);
		if (is_read)
			assert_string_equal(text_cstr(&out), rows[i].to);
		text_fini(&out);
	}
}

static void
test_stir(void **state)
{
	struct text once = TEXT_INIT, twice = TEXT_INIT;
	static const char from[] = "host='10.0.0.1' password='a b'";

	(void)state;
	assert_true(postgres_stir(&once, from));
	assert_string_equal(text_cstr(&once),
	    "host='10.0.0.1' password='a b' "
	    "fallback_application_name='regent'");
	assert_true(postgres_stir(&twice, text_cstr(&once)));
	assert_string_equal(text_cstr(&twice), from);
	assert_false(postgres_stir(&twice, "host='"));
	text_fini(&once);
	text_fini(&twice);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upstream),
		cmocka_unit_test(test_lead_to),
		cmocka_unit_test(test_stir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
