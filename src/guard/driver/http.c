/*
 * http.c - nodes that tell their health, or their role, by HTTP: the status
 * of one path says that the node serves, or that it is the primary; the
 * status of another one that it is a replica.
 */
#include "guard/driver/driver.h"

#include "base/mem.h"
#include "guard/driver/web.h"

#include <stdio.h>
#include <stdlib.h>

/* An answer may take the server some work, also in a hurry. */
#define HTTP_GAP (20 * USEC_MS)

struct contact {
	struct web web;
	bool has_roles;
	bool is_second; /* the question under way is for replica_path */
	char *path;
	char *replica_path; /* "": there is none */
};

static bool
http_is_good(int status)
{
	return status >= 200 && status < 400;
}

static void
http_on_answer(struct web *web, const struct fetch_answer *answer, usec_t now)
{
	struct contact *c = container_of(web, struct contact, web);
	struct contact_result result = { .verdict = VERDICT_OK };
	const char *path = c->is_second ? c->replica_path : c->path;
	bool is_good = http_is_good(answer->status);

	if (!is_good && !c->is_second && c->replica_path[0] != '\0') {
		c->is_second = true;
		web_ask_also(web, c->replica_path);
		return;
	}
	if (!is_good)
		result.verdict = VERDICT_UNWELL;
	else if (c->has_roles)
		driver_report_role(
		    &result, c->is_second ? ROLE_REPLICA : ROLE_PRIMARY);
	snprintf(result.detail, sizeof(result.detail), "http: GET %s: %d", path,
	    answer->status);
	web_done(web, &result, now);
}

static struct contact *
http_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	c->web.ops = ops;
	c->web.arg = arg;
	c->web.is_status_enough = true;
	c->path = mem_strdup(login->check_path);
	c->replica_path = mem_strdup("");
	web_open(&c->web, loop, login, "http", http_on_answer);
	return c;
}

static struct contact *
http_open_roles(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = http_open(loop, login, ops, arg);

	c->has_roles = true;
	free(c->replica_path);
	c->replica_path = mem_strdup(login->check_replica_path);
	return c;
}

static void
http_start(struct contact *c, const struct job *job, usec_t now)
{
	(void)now;
	c->is_second = false;
	web_start(&c->web, c->path, job);
}

static void
http_free(struct grave *grave)
{
	struct contact *c = container_of(grave, struct contact, web.grave);

	free(c->path);
	free(c->replica_path);
	free(c);
}

static void
http_close(struct contact **contact)
{
	if (*contact == NULL)
		return;
	web_close(&(*contact)->web, http_free);
	*contact = NULL;
}

const struct driver driver_http = {
	.name = "http",
	.probe_gap_us = HTTP_GAP,
	.open = http_open,
	.start = http_start,
	.close = http_close,
};

const struct driver driver_http_roles = {
	.name = "http",
	.has_roles = true,
	.probe_gap_us = HTTP_GAP,
	.silence_us = USEC_NEVER, /* it does not tell of links */
	.open = http_open_roles,
	.start = http_start,
	.close = http_close,
};
