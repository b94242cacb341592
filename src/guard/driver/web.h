/*
 * web.h - the part of a contact that asks over HTTP: what patroni.c and
 * http.c share.
 *
 * Owned by its driver's contact and embedded in it, as its first member.
 */
#ifndef REGENT_GUARD_DRIVER_WEB_H
#define REGENT_GUARD_DRIVER_WEB_H

#include "guard/driver/driver.h"
#include "net/fetch.h"

struct web;

/* The server has answered: `answer->code` is 0. */
typedef void web_fn(
    struct web *web, const struct fetch_answer *answer, usec_t now);

struct web {
	struct grave grave;
	struct loop *loop;
	struct fetch *fetch;
	const struct contact_ops *ops;
	void *arg;
	const char *name; /* before what went wrong, for people */
	web_fn *on_answer;
	bool is_status_enough; /* also of an answer that is too long */
	usec_t deadline;       /* of the job */
};

void web_open(struct web *web, struct loop *loop,
    const struct contact_login *login, const char *name, web_fn *on_answer);
void web_start(struct web *web, const char *path, const struct job *job);

/* Once more within the same job. */
void web_ask_also(struct web *web, const char *path);
void web_done(struct web *web, const struct contact_result *result, usec_t now);

/* `free` gets the grave of the web. */
void web_close(struct web *web, void (*free)(struct grave *));

#endif
