/*
 * help.h - a good configuration to start from, and loading that must succeed
 * or must fail.  The caller frees what is returned.
 */
#ifndef REGENT_TESTS_CONF_HELP_H
#define REGENT_TESTS_CONF_HELP_H

#include "conf/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Three sections in ten lines; what is added behind it starts at line 11. */
#define HELP_GOOD \
	"[cluster crm]\n" \
	"protocol = redis\n" \
	"\n" \
	"[node crm/a]\n" \
	"address = 10.0.0.11:6379\n" \
	"\n" \
	"[listen w]\n" \
	"bind = *:6379\n" \
	"cluster = crm\n" \
	"\n"

/* An input and all that is said about it; NULL: it must load. */
struct help_case {
	const char *ini;
	const char *errors;
};

static inline const struct conf *
help_load(const char *ini, const struct conf *old)
{
	struct text errors = TEXT_INIT;
	const struct conf *conf;

	conf = conf_load_bytes("t", ini, strlen(ini), old, &errors);
	assert_string_equal(text_cstr(&errors), "");
	assert_non_null(conf);
	text_fini(&errors);
	return conf;
}

static inline void
help_expect(const char *ini, const struct conf *old, const char *expected)
{
	struct text errors = TEXT_INIT;
	const struct conf *conf;

	conf = conf_load_bytes("t", ini, strlen(ini), old, &errors);
	assert_string_equal(text_cstr(&errors), expected ? expected : "");
	assert_true((conf != NULL) == (expected == NULL));
	conf_unref(&conf);
	text_fini(&errors);
}

static inline void
help_expect_all(const struct help_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		help_expect(cases[i].ini, NULL, cases[i].errors);
}

#endif
