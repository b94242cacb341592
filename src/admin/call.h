/*
 * call.h - one command being answered.
 *
 * Owned by its caller.  A command answers exactly once, by call_ok, call_fail
 * or call_done: mostly before it returns, or later when it had to ask others,
 * who then hold the call's address until they answer or call_cancel is called.
 */
#ifndef REGENT_ADMIN_CALL_H
#define REGENT_ADMIN_CALL_H

#include "admin/admin.h"
#include "admin/page.h"

/* Words behind the command. */
enum { CALL_ARGS_MAX = 4 };

struct call;
typedef void call_answered_fn(struct call *call, usec_t now);

struct call {
	const struct admin_world *world;
	const struct loop *loop;
	usec_t now;       /* when the command was run */
	const char *name; /* of the command; NULL: not known yet */
	char *args[CALL_ARGS_MAX];
	unsigned n_args;
	bool is_forced; /* --force was among them */
	bool is_json;
	bool is_answered;
	struct text answer;
	call_answered_fn *on_answered; /* set when the answer is deferred */
};

void call_init(struct call *call, const struct admin_world *world,
    const struct loop *loop);
void call_fini(struct call *call);

/* Nobody is interested in the answer any more. */
void call_cancel(struct call *call);

/* An action has been carried out, or not; or the command is wrong. */
void call_ok(struct call *call, const char *fmt, ...) PRINTF_LIKE(2, 3);
void call_fail(struct call *call, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* An answer to be filled; call_done ends it. */
void call_open_page(struct call *call, struct page *page);
void call_done(struct call *call, struct page *page);

/* The argument, or NULL when it was left out. */
const char *call_arg(const struct call *call, unsigned i);

/*
 * The cluster that an argument names; answers with an error and returns NULL
 * when there is none.
 */
const struct conf_cluster *call_cluster(struct call *call, const char *name);

#endif
