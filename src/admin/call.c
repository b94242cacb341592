#include "admin/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
call_init(
    struct call *call, const struct admin_world *world, const struct loop *loop)
{
	CHECK(world != NULL);
	*call = (struct call){
		.world = world,
		.loop = loop,
		.answer = TEXT_INIT,
	};
}

void
call_fini(struct call *call)
{
	text_fini(&call->answer);
}

void
call_cancel(struct call *call)
{
	CHECK(!call->is_answered);
	guard_forget(call->world->guard, call);
	relay_list_forget(call->world->relay, call);
	if (call->world->upgrade_forget != NULL)
		call->world->upgrade_forget(call->world->arg, call);
	call_fini(call);
}

static void
call_finish(struct call *call)
{
	CHECK(!call->is_answered);
	CHECK(call->answer.len > 0);
	call->is_answered = true;
	if (call->on_answered != NULL)
		call->on_answered(call, loop_now(call->loop));
}

static void
call_say(struct call *call, const char *kind, const struct text *text)
{
	CHECK(!call->is_answered);
	text_clear(&call->answer);
	if (call->is_json) {
		text_addf(&call->answer, "{\"%s\":", kind);
		text_add_json(&call->answer, text_cstr(text));
		text_add(&call->answer, "}");
	} else {
		text_addf(&call->answer, "%s: %s", kind, text_cstr(text));
	}
	text_add(&call->answer, "\n");
	call_finish(call);
}

static void call_vsay(struct call *call, const char *kind, const char *fmt,
    va_list ap) PRINTF_LIKE(3, 0);

static void
call_vsay(struct call *call, const char *kind, const char *fmt, va_list ap)
{
	struct text text = TEXT_INIT;
	char *said;

	CHECK(vasprintf(&said, fmt, ap) >= 0);
	if (call->name != NULL)
		text_addf(&text, "%s: ", call->name);
	text_add(&text, said);
	call_say(call, kind, &text);
	text_fini(&text);
	free(said);
}

void
call_ok(struct call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	call_vsay(call, "ok", fmt, ap);
	va_end(ap);
}

void
call_fail(struct call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	call_vsay(call, "error", fmt, ap);
	va_end(ap);
}

void
call_open_page(struct call *call, struct page *page)
{
	CHECK(!call->is_answered);
	page_open(page, &call->answer, call->is_json);
}

void
call_done(struct call *call, struct page *page)
{
	page_close(page);
	/* For people nothing is also an answer. */
	if (call->answer.len == 0)
		text_add(&call->answer, "(none)\n");
	call_finish(call);
}

const char *
call_arg(const struct call *call, unsigned i)
{
	return i < call->n_args ? call->args[i] : NULL;
}

const struct conf_cluster *
call_cluster(struct call *call, const char *name)
{
	const struct conf_cluster *cluster =
	    conf_find_cluster(guard_conf(call->world->guard), name);

	if (cluster == NULL)
		call_fail(call, "no such cluster: %s", name);
	return cluster;
}
