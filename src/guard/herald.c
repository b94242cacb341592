#include "guard/herald.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Between SIGTERM and SIGKILL. */
#define HERALD_GRACE USEC_SEC

static void herald_next(struct herald *h);

static void
herald_on_done(void *arg, const struct child_result *result, usec_t now)
{
	struct herald *h = arg;
	char said[160], text[256];

	(void)now;
	if (result->end != CHILD_EXITED || result->code != 0) {
		child_describe(result, said, sizeof(said));
		snprintf(
		    text, sizeof(text), "result=failed detail=\"%s\"", said);
		h->on_trouble(h, text);
	}
	child_close(&h->child);
	herald_next(h);
}

static struct hookenv *
herald_take(struct herald *h)
{
	struct hookenv *env = &h->waiting[h->first];

	CHECK(h->n > 0);
	h->first = (h->first + 1) % HERALD_WAITING_MAX;
	h->n--;
	return env;
}

static void
herald_start(struct herald *h, struct hookenv *env)
{
	struct child_plan plan = {
		.loop = h->loop,
		.command = h->command,
		.timeout_us = h->timeout_us,
		.grace_us = HERALD_GRACE,
		.on_done = herald_on_done,
		.arg = h,
	};

	hookenv_add(env, "REGENT_LOST", "%llu",
	    (unsigned long long)(h->n_lost - h->n_lost_told));
	h->n_lost_told = h->n_lost;
	plan.env = hookenv_list(env);
	h->child = child_start(&plan);
	hookenv_fini(env);
}

static void
herald_next(struct herald *h)
{
	char text[96];

	if (h->n > 0) {
		herald_start(h, herald_take(h));
		return;
	}
	if (h->is_losing) {
		snprintf(text, sizeof(text), "lost=%llu state=caught-up",
		    (unsigned long long)h->n_lost);
		h->on_trouble(h, text);
	}
	h->is_losing = false;
}

void
herald_init(struct herald *h, struct loop *loop, herald_fn *on_trouble)
{
	memset(h, 0, sizeof(*h));
	h->loop = loop;
	h->on_trouble = on_trouble;
}

void
herald_close(struct herald *h)
{
	child_close(&h->child);
	while (h->n > 0)
		hookenv_fini(herald_take(h));
	free(h->command);
	h->command = NULL;
}

static void
herald_lose_oldest(struct herald *h)
{
	hookenv_fini(herald_take(h));
	h->n_lost++;
	if (!h->is_losing)
		h->on_trouble(h,
		    "state=too-slow action=\"drop the oldest of the events "
		    "that wait\"");
	h->is_losing = true;
}

void
herald_tell(struct herald *h, const char *command, usec_t timeout_us,
    struct hookenv *env)
{
	CHECK(command[0] != '\0');
	free(h->command);
	h->command = mem_strdup(command);
	h->timeout_us = timeout_us;
	if (h->child == NULL) {
		herald_start(h, env);
		return;
	}
	if (h->n == HERALD_WAITING_MAX)
		herald_lose_oldest(h);
	h->waiting[(h->first + h->n++) % HERALD_WAITING_MAX] = *env;
	memset(env, 0, sizeof(*env));
}
