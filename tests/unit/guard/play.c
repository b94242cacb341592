#include "play.h"

struct mysql_script play_script;
struct job play_job;
usec_t play_now;

static struct exchange_table table;

int
play_set_up(void **state)
{
	(void)state;
	script_init(&play_script);
	play_script.follow.user = "repl";
	play_script.follow.password = "it's";
	memset(&play_job, 0, sizeof(play_job));
	play_job.timeout_us = PLAY_TIMEOUT;
	assert_true(endpoint_from(&play_job.target, "10.0.0.2", 3306));
	play_now = USEC_SEC;
	return 0;
}

int
play_tear_down(void **state)
{
	(void)state;
	script_fini(&play_script);
	return 0;
}

void
play_begin(enum job_kind kind, const char *version)
{
	play_job.kind = kind;
	assert_true(script_meet(&play_script, version));
	play_script.user = "regent";
	script_begin(&play_script, &play_job, play_now);
}

void
play_expect(const char *sql)
{
	assert_int_equal(script_next(&play_script, play_now), SCRIPT_ASK);
	if (strncmp(text_cstr(&play_script.sql), sql, strlen(sql)) != 0)
		fail_msg("\"%s\" instead of \"%s\"",
		    text_cstr(&play_script.sql), sql);
}

void
play_answer(const char *text)
{
	script_take(&play_script, exchange_parse(&table, text), play_now);
}

void
play_exchange(const char *sql, const char *text)
{
	play_expect(sql);
	play_answer(text);
}

void
play_refuse(const char *sql, unsigned code, const char *text)
{
	play_expect(sql);
	script_refuse(&play_script, code, text, play_now);
}

void
play_expect_done(enum verdict verdict)
{
	assert_int_equal(script_next(&play_script, play_now), SCRIPT_DONE);
	if (play_script.result.verdict != verdict)
		fail_msg("verdict %s: %s",
		    verdict_names[play_script.result.verdict],
		    play_script.result.detail);
}

void
play_expect_detail(const char *part)
{
	if (strstr(play_script.result.detail, part) == NULL)
		fail_msg(
		    "\"%s\" lacks \"%s\"", play_script.result.detail, part);
}

void
play_pass_pause(void)
{
	assert_int_equal(script_next(&play_script, play_now), SCRIPT_PAUSE);
	play_now += play_script.pause_us;
	play_script.pause_us = 0;
}
