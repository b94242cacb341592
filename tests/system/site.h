/*
 * site.h - where one system test happens: a temporary directory, ports, and
 * everything that was started there.
 *
 * Each test gets a site of its own.  Whatever it starts (processes, fake
 * servers, load) is a resource of the site; resources are closed in reverse
 * order when the test ends, also when it failed, and then tell what they
 * know: the tails of the logs.  A site belongs to the main thread.
 */
#ifndef REGENT_SYSTEM_SITE_H
#define REGENT_SYSTEM_SITE_H

#include "base/check.h"
#include "base/list.h"
#include "clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Short enough for a unix socket in the directory (108 bytes). */
#define SITE_DIR_LEN 64
#define SITE_PATH_LEN (SITE_DIR_LEN + 64)

struct site_test;

struct site {
	char dir[SITE_DIR_LEN];
	const struct site_test *test;
	struct list resources;
	bool is_passed;
};

/*
 * Embedded first thing in whatever a test can start.  finish runs at the end
 * of a test that passed so far and may still fail it; dump after a failure;
 * close always, and frees.  finish and dump may be NULL.
 */
struct resource {
	struct list link;
	void (*finish)(struct resource *res);
	void (*dump)(struct resource *res);
	void (*close)(struct resource *res);
};

typedef void site_body_fn(struct site *site);

struct site_test {
	site_body_fn *body;
};

int site_setup(void **state);
void site_run(void **state);
int site_teardown(void **state);

/* A row of the table of tests: fn is a site_body_fn. */
#define SITE_TEST(fn) \
	{ \
#fn, site_run, site_setup, site_teardown, &(struct site_test) \
		{ \
			fn \
		} \
	}

/* Called once, before the tests of a program run. */
void site_prepare(void);

/*
 * Sites of this program shall be in memory, if that is possible: for bounds
 * that are shorter than fsync takes on a busy disk, which nodes do as well.
 */
void site_prefer_memory(void);

#define SITE_MAIN(tests) \
	(site_prepare(), cmocka_run_group_tests(tests, NULL, NULL))

void site_add(struct site *site, struct resource *res);

/* "DIR/name" into buf of SITE_PATH_LEN bytes. */
void site_path(const struct site *site, char *buf, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

void site_write_file(const char *path, const char *text);

/* Contents of a small file; the caller frees.  Empty when unreadable. */
char *site_read_file(const char *path);

void site_print_tail(const char *title, const char *path, size_t bytes);

/* A port on 127.0.0.1 that nobody uses, never handed out twice. */
uint16_t site_port(void);

/* Fails the test when the condition does not come true within `ms`. */
#define ASSERT_WITHIN(ms, cond) \
	do { \
		usec_t within_end = clock_deadline(ms); \
		while (!(cond)) { \
			if (clock_step(within_end)) \
				continue; \
			fail_msg("not within %d ms: %s", (ms), #cond); \
		} \
	} while (0)

/* Fails the test when the condition does not hold all the time for `ms`. */
#define ASSERT_DURING(ms, cond) \
	do { \
		usec_t during_end = clock_now() + (ms)*USEC_MS; \
		do { \
			if (!(cond)) \
				fail_msg("not for %d ms: %s", (ms), #cond); \
		} while (clock_step(during_end)); \
	} while (0)

#define assert_contains(text, part) site_assert_contains((text), (part), true)
#define assert_lacks(text, part) site_assert_contains((text), (part), false)
void site_assert_contains(const char *text, const char *part, bool is_wanted);

#endif
