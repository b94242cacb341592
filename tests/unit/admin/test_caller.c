/* The socket: lines, answers and ends, with callers of all manners. */
#include "fake_world.h"

#include "admin/caller.h"
#include "net/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long anything here may take before the test has failed. */
#define PATIENCE (20 * USEC_SEC)

static struct {
	char dir[64];
	char path[96];
	struct admin *admin;
	struct timer timer;
} desk;

/* Our end of a connection; reads until regent closes it. */
struct visitor {
	struct stream stream;
	struct text got;
	bool is_over;
};

static void
visitor_on_readable(struct stream *stream, usec_t now)
{
	struct visitor *v = container_of(stream, struct visitor, stream);
	char bytes[4096];
	ssize_t n;

	(void)now;
	n = stream_read(stream, bytes, sizeof(bytes));
	if (n > 0)
		text_add_bytes(&v->got, bytes, (size_t)n);
	if (n > 0 || n == -EAGAIN)
		return;
	stream_close(stream);
	v->is_over = true;
	loop_stop(fake.loop);
}

static const struct stream_ops visitor_ops = {
	.on_readable = visitor_on_readable,
};

static void
visitor_open(struct visitor *v)
{
	struct err err;
	int fd;

	memset(v, 0, sizeof(*v));
	fd = sock_connect_unix(desk.path, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	stream_init(&v->stream, fake.loop, &visitor_ops);
	stream_adopt(&v->stream, fd);
	stream_want(&v->stream, STREAM_READ);
}

static void
visitor_say(struct visitor *v, const char *bytes, size_t len)
{
	assert_int_equal(stream_write(&v->stream, bytes, len), len);
}

static void
visitor_close(struct visitor *v)
{
	stream_close(&v->stream);
	text_fini(&v->got);
}

static void
desk_on_late(struct timer *timer, usec_t now)
{
	(void)timer;
	(void)now;
	fail_msg("nothing has come");
}

static void
visitor_wait(struct visitor *v)
{
	timer_set(&desk.timer, loop_clock() + PATIENCE);
	while (!v->is_over)
		loop_run(fake.loop);
	timer_stop(&desk.timer);
}

static void
expect_visit(const char *bytes, size_t len, const char *want)
{
	struct visitor v;

	visitor_open(&v);
	visitor_say(&v, bytes, len);
	visitor_wait(&v);
	assert_string_equal(text_cstr(&v.got), want);
	visitor_close(&v);
}

static void
expect_line(const char *line, const char *want)
{
	expect_visit(line, strlen(line), want);
}

static struct admin *
desk_admin(struct err *err)
{
	const struct admin_door door = {
		.path = desk.path,
		.mode = 0660,
		.fd = -1,
	};

	return admin_open(fake.loop, &fake.admin, &door, err);
}

static int
desk_open(void **state)
{
	struct err err;

	fake_world_open(state);
	snprintf(desk.dir, sizeof(desk.dir), "/tmp/regent-test.XXXXXX");
	assert_non_null(mkdtemp(desk.dir));
	snprintf(desk.path, sizeof(desk.path), "%s/sock", desk.dir);
	desk.admin = desk_admin(&err);
	assert_non_null(desk.admin);
	timer_init(&desk.timer, fake.loop, desk_on_late);
	return 0;
}

static int
desk_close(void **state)
{
	admin_close(&desk.admin);
	assert_null(desk.admin);
	assert_int_equal(access(desk.path, F_OK), -1);
	assert_int_equal(rmdir(desk.dir), 0);
	return fake_world_close(state);
}

#define OK_PAUSE "ok: pause: failover of crm is paused\n\n"
#define OK_RESUME "ok: resume: failover of crm is resumed\n\n"

static void
test_line_is_answered_and_the_connection_ends(void **state)
{
	(void)state;
	expect_line("pause crm\n", OK_PAUSE);
	expect_line("pause crm\r\n", OK_PAUSE);
	/* What follows the line was not asked for. */
	expect_line("pause crm\nresume crm\n", OK_PAUSE);
}

static void
test_commands_of_a_line_run_in_order(void **state)
{
	(void)state;
	expect_line("pause crm;resume crm\n", OK_PAUSE OK_RESUME);
	expect_line(" ; ;; pause crm ; ; resume crm;\n", OK_PAUSE OK_RESUME);
	expect_line("pause crm;dance;resume crm\n",
	    OK_PAUSE
	    "error: unknown command `dance`; see `help`\n\n" OK_RESUME);
}

static void
test_line_without_a_command(void **state)
{
	(void)state;
	expect_line("\n", "error: no command; see `help`\n\n");
	expect_line(" ; \n", "error: no command; see `help`\n\n");
	expect_visit(
	    "pause\0crm\n", 10, "error: a zero byte is in the line\n\n");
}

/* Programs count answers by the empty line behind each. */
static void
test_no_answer_has_an_empty_line_in_it(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v);
	visitor_say(&v, "show config\n", 12);
	visitor_wait(&v);
	assert_ptr_equal(
	    strstr(text_cstr(&v.got), "\n\n"), v.got.at + v.got.len - 2);
	visitor_close(&v);
}

static void
test_control_characters_do_not_reach_a_terminal(void **state)
{
	(void)state;
	expect_line("\033[2J\n",
	    "error: unknown command `?[2J`; see `help`"
	    "\n\n");
}

static void
test_line_may_come_in_pieces(void **state)
{
	static const char line[] = "pause crm\n";
	struct visitor v, other;

	(void)state;
	visitor_open(&v);
	for (size_t i = 0; i + 1 < sizeof(line); i++) {
		visitor_say(&v, line + i, 1);
		/* Another visit makes sure that the piece was read. */
		visitor_open(&other);
		visitor_say(&other, "\n", 1);
		visitor_wait(&other);
		visitor_close(&other);
	}
	visitor_wait(&v);
	assert_string_equal(text_cstr(&v.got), OK_PAUSE);
	visitor_close(&v);
}

static void
test_end_of_the_stream_ends_the_line(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v);
	visitor_say(&v, "pause crm", 9);
	stream_shutdown_write(&v.stream);
	visitor_wait(&v);
	assert_string_equal(text_cstr(&v.got), OK_PAUSE);
	visitor_close(&v);
	visitor_open(&v);
	stream_shutdown_write(&v.stream);
	visitor_wait(&v);
	assert_string_equal(text_cstr(&v.got), "");
	visitor_close(&v);
}

static void
test_line_of_the_greatest_length(void **state)
{
	char line[CALLER_LINE_MAX + 2];

	(void)state;
	memset(line, ' ', sizeof(line));
	memcpy(line, "pause crm", 9);
	line[CALLER_LINE_MAX - 1] = '\n';
	expect_visit(line, CALLER_LINE_MAX, OK_PAUSE);
	line[CALLER_LINE_MAX - 1] = ' ';
	line[CALLER_LINE_MAX] = '\n';
	expect_visit(line, CALLER_LINE_MAX + 1, "error: line too long\n\n");
}

static void
wait_asked(const char *want)
{
	struct visitor other;

	for (int i = 0; i < 100 && strcmp(fake.asked, want) != 0; i++) {
		visitor_open(&other);
		visitor_say(&other, "\n", 1);
		visitor_wait(&other);
		visitor_close(&other);
	}
	assert_string_equal(fake.asked, want);
}

static void
test_order_is_answered_when_done(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v);
	visitor_say(&v, "switchover crm b; pause crm\n", 28);
	stream_shutdown_write(&v.stream);
	wait_asked("1 crm b");
	assert_string_equal(text_cstr(&v.got), "");
	fake.answer(fake.arg, true, "promoted");
	fake.answer = NULL;
	visitor_wait(&v);
	assert_string_equal(
	    text_cstr(&v.got), "ok: switchover: promoted\n\n" OK_PAUSE);
	visitor_close(&v);
}

static void
test_caller_that_leaves_is_forgotten(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v);
	visitor_say(&v, "switchover crm b\n", 17);
	wait_asked("1 crm b");
	visitor_close(&v);
	timer_set(&desk.timer, loop_clock() + PATIENCE);
	while (fake.n_forgotten == 0) {
		visitor_open(&v);
		visitor_say(&v, "\n", 1);
		visitor_wait(&v);
		visitor_close(&v);
	}
	timer_stop(&desk.timer);
	assert_null(fake.answer);
}

static void
test_end_of_regent_forgets_and_still_answers(void **state)
{
	struct visitor v, stop;
	struct err err;

	(void)state;
	visitor_open(&v);
	visitor_say(&v, "switchover crm b\n", 17);
	wait_asked("1 crm b");
	visitor_open(&stop);
	visitor_say(&stop, "stop\n", 5);
	wait_asked("stop 0");
	admin_close(&desk.admin);
	assert_int_equal(fake.n_forgotten, 1);
	visitor_wait(&stop);
	assert_string_equal(text_cstr(&stop.got), "ok: stop: ending now\n\n");
	visitor_wait(&v);
	assert_string_equal(text_cstr(&v.got), "");
	visitor_close(&v);
	visitor_close(&stop);
	desk.admin = desk_admin(&err);
	assert_non_null(desk.admin);
}

/* Places are few; those who say nothing lose theirs. */
static void
test_silent_callers_lock_nobody_out(void **state)
{
	struct visitor silent[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		visitor_open(&silent[i]);
	expect_line("pause crm\n", OK_PAUSE);
	visitor_wait(&silent[0]);
	assert_string_equal(text_cstr(&silent[0].got),
	    "error: the command did not come in time\n\n");
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		visitor_close(&silent[i]);
	expect_line("pause crm\n", OK_PAUSE);
}

static void
test_long_answer_arrives_whole(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v);
	visitor_say(&v, "show sessions;pause crm\n", 24);
	while (fake.list == NULL)
		expect_line("\n", "error: no command; see `help`\n\n");
	fake_world_list(10000);
	visitor_wait(&v);
	assert_true(v.got.len > 500000);
	assert_memory_equal(v.got.at + v.got.len - strlen(OK_PAUSE), OK_PAUSE,
	    strlen(OK_PAUSE));
	visitor_close(&v);
}

static void
test_caller_that_leaves_early_harms_nobody(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct visitor v;

		visitor_open(&v);
		visitor_say(&v, "show cluster;show stat\n", (size_t)i % 23);
		visitor_close(&v);
		expect_line("pause crm\n", OK_PAUSE);
	}
}

static void
test_second_regent_is_refused(void **state)
{
	struct err err;

	(void)state;
	assert_null(desk_admin(&err));
	assert_non_null(strstr(err.text, "another regent"));
}

#define CALLER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CALLER_TEST(test_line_is_answered_and_the_connection_ends),
		CALLER_TEST(test_commands_of_a_line_run_in_order),
		CALLER_TEST(test_line_without_a_command),
		CALLER_TEST(test_no_answer_has_an_empty_line_in_it),
		CALLER_TEST(test_control_characters_do_not_reach_a_terminal),
		CALLER_TEST(test_line_may_come_in_pieces),
		CALLER_TEST(test_end_of_the_stream_ends_the_line),
		CALLER_TEST(test_line_of_the_greatest_length),
		CALLER_TEST(test_order_is_answered_when_done),
		CALLER_TEST(test_caller_that_leaves_is_forgotten),
		CALLER_TEST(test_end_of_regent_forgets_and_still_answers),
		CALLER_TEST(test_silent_callers_lock_nobody_out),
		CALLER_TEST(test_long_answer_arrives_whole),
		CALLER_TEST(test_caller_that_leaves_early_harms_nobody),
		CALLER_TEST(test_second_regent_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
