#include "guard/driver/web.h"

#include <errno.h>
#include <stdio.h>

static enum verdict
web_verdict_of_code(int code)
{
	switch (-code) {
	case ETIME:
		return VERDICT_SILENT;
	case EMSGSIZE:
	case EBADMSG:
	case EPROTO:
		return VERDICT_GARBAGE;
	default:
		return driver_verdict_of_errno(code);
	}
}

static void
web_on_answer(void *arg, const struct fetch_answer *answer, usec_t now)
{
	struct contact_result result = { .verdict = VERDICT_OK };
	struct web *web = arg;

	bool is_long = answer->code == -EMSGSIZE && answer->status > 0;

	if (answer->code == 0 || (is_long && web->is_status_enough)) {
		web->on_answer(web, answer, now);
		return;
	}
	result.verdict = web_verdict_of_code(answer->code);
	snprintf(result.detail, sizeof(result.detail), "%s: %s", web->name,
	    answer->detail);
	web_done(web, &result, now);
}

void
web_open(struct web *web, struct loop *loop, const struct contact_login *login,
    const char *name, web_fn *on_answer)
{
	const struct fetch_plan plan = {
		.loop = loop,
		.address = login->address,
		.name = login->host,
		.ca_path = login->ca_path,
		.on_done = web_on_answer,
		.arg = web,
	};

	web->loop = loop;
	web->name = name;
	web->on_answer = on_answer;
	web->fetch = fetch_open(&plan);
}

void
web_start(struct web *web, const char *path, const struct job *job)
{
	/* The brain has nothing else to ask for where nothing is promoted. */
	CHECK(job->kind == JOB_PROBE);
	/* Counted from when it is sent, not from the start of the turn. */
	web->deadline = loop_clock() + job->timeout_us;
	fetch_get(web->fetch, path, job->timeout_us);
}

void
web_ask_also(struct web *web, const char *path)
{
	usec_t left = web->deadline - loop_clock();

	fetch_get(web->fetch, path, left > 0 ? left : 1);
}

void
web_done(struct web *web, const struct contact_result *result, usec_t now)
{
	web->ops->on_done(web->arg, result, now);
}

void
web_close(struct web *web, void (*free)(struct grave *))
{
	fetch_close(&web->fetch);
	loop_bury(web->loop, &web->grave, free);
}
