#include "guard/authority/sentinel.h"

#include "base/mem.h"
#include "guard/driver/dialog.h"
#include "guard/authority/sentinel_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTINELS_MAGIC 0x53454e54u

/* Between two questions, however many switches are announced. */
#define SENTINEL_GAP (5 * USEC_MS)

/* The replies to a question, in their order; the first with a password. */
enum sentinel_step { STEP_LOGIN, STEP_MASTER, STEP_ADDRESS, STEP_DONE };

struct sentinel {
	struct sentinels *all;
	unsigned index;
	struct endpoint address;
	struct dialog ask;
	struct dialog listen;
	struct timer timer; /* when to ask next */
	enum sentinel_step step;
	usec_t asked_at;
	bool is_stale; /* a switch was announced since the question */
	bool is_told;  /* that it is lost */
	uint64_t epoch;
	char detail[96];
};

struct sentinels {
	uint32_t magic;
	struct grave grave;
	struct loop *loop;
	const struct sentinels_ops *ops;
	void *arg;
	char *name;
	char *user;
	char *password;
	usec_t interval_us;
	usec_t timeout_us;
	struct appoint appoint;
	unsigned n;
	struct sentinel *at;
};

static void
sentinel_ask_at(struct sentinel *s, usec_t when)
{
	usec_t soonest = s->asked_at + SENTINEL_GAP;

	timer_set(&s->timer, when > soonest ? when : soonest);
}

static void
sentinel_send(struct dialog *d, size_t n, const char *const *args)
{
	CHECK(resp_command(d->out, sizeof(d->out), &d->out_len, n, args));
}

#define SENTINEL_SEND(d, ...) \
	sentinel_send(d, \
	    sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *[]){ __VA_ARGS__ })

static bool
sentinel_send_login(struct sentinel *s, struct dialog *d)
{
	const struct sentinels *all = s->all;

	if (all->password[0] == '\0')
		return false;
	if (all->user[0] != '\0')
		SENTINEL_SEND(d, "AUTH", all->user, all->password);
	else
		SENTINEL_SEND(d, "AUTH", all->password);
	return true;
}

/* ---- what comes of a question ---------------------------------------- */

/* The voice is lost; both connections are begun anew. */
static void
sentinel_lose(struct sentinel *s, const char *detail, usec_t now)
{
	struct sentinels *all = s->all;
	bool is_news = all->appoint.voices[s->index].is_heard || !s->is_told ||
	    strcmp(s->detail, detail) != 0;

	dialog_close(&s->ask);
	dialog_close(&s->listen);
	s->step = STEP_DONE;
	s->is_told = true;
	snprintf(s->detail, sizeof(s->detail), "%s", detail);
	sentinel_ask_at(s, now + all->interval_us);
	if (is_news)
		all->ops->on_changed(all->arg, &s->address, false, s->detail);
	if (appoint_lose(&all->appoint, s->index, now))
		all->ops->on_appointed(all->arg, all->appoint.primary, now);
}

static void
sentinel_listen(struct sentinel *s, usec_t now)
{
	if (dialog_is_open(&s->listen))
		return;
	dialog_set_timeout(&s->listen, s->all->timeout_us);
	dialog_connect(&s->listen, &s->address, now);
}

static void
sentinel_hear(struct sentinel *s, const char *primary, usec_t now)
{
	struct sentinels *all = s->all;
	bool is_news = !all->appoint.voices[s->index].is_heard;

	dialog_set_timeout(&s->ask, 0);
	s->step = STEP_DONE;
	s->is_told = false;
	s->detail[0] = '\0';
	sentinel_ask_at(s, s->is_stale ? now : now + all->interval_us);
	s->is_stale = false;
	sentinel_listen(s, now);
	if (is_news)
		all->ops->on_changed(all->arg, &s->address, true, primary);
	if (appoint_hear(&all->appoint, s->index, s->epoch, primary, now))
		all->ops->on_appointed(all->arg, all->appoint.primary, now);
}

static void
sentinel_lose_reply(struct sentinel *s, const struct resp *reply, usec_t now)
{
	char detail[96] = "not a reply of a sentinel";

	if (reply->type == RESP_ERROR)
		resp_copy(reply, detail, sizeof(detail));
	sentinel_lose(s, detail, now);
}

static void
sentinel_take(struct sentinel *s, const struct resp *reply, usec_t now)
{
	char primary[APPOINT_TEXT_LEN];

	switch (s->step) {
	case STEP_LOGIN:
		if (reply->type == RESP_ERROR)
			break;
		s->step = STEP_MASTER;
		return;
	case STEP_MASTER:
		if (!sentinel_read_epoch(reply, &s->epoch))
			break;
		s->step = STEP_ADDRESS;
		return;
	case STEP_ADDRESS:
		if (!sentinel_read_primary(reply, primary, sizeof(primary)))
			break;
		sentinel_hear(s, primary, now);
		return;
	case STEP_DONE:
		return; /* nobody asked for it */
	}
	sentinel_lose_reply(s, reply, now);
}

/* ---- the connection that asks ---------------------------------------- */

/*
 * Both questions in one piece: a sentinel answers them without anything in
 * between, so the epoch is that of the address.
 */
static void
sentinel_send_question(struct sentinel *s, bool is_new, usec_t now)
{
	bool has_login = is_new && sentinel_send_login(s, &s->ask);

	SENTINEL_SEND(&s->ask, "SENTINEL", "MASTER", s->all->name);
	SENTINEL_SEND(
	    &s->ask, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", s->all->name);
	s->step = has_login ? STEP_LOGIN : STEP_MASTER;
	dialog_flush(&s->ask, now);
}

static void
sentinel_on_timer(struct timer *timer, usec_t now)
{
	struct sentinel *s = container_of(timer, struct sentinel, timer);

	CHECK(s->step == STEP_DONE);
	s->asked_at = now;
	s->step = STEP_LOGIN;
	dialog_set_timeout(&s->ask, s->all->timeout_us);
	if (dialog_is_open(&s->ask))
		sentinel_send_question(s, false, now);
	else
		dialog_connect(&s->ask, &s->address, now);
}

static void
sentinel_on_ask_connected(struct dialog *d, usec_t now)
{
	sentinel_send_question(
	    container_of(d, struct sentinel, ask), true, now);
}

/* The next reply that is complete; false when there is none. */
static bool
sentinel_next_reply(struct dialog *d, long *len, struct resp *reply)
{
	*len = resp_length(d->in, d->in_len);
	if (*len > 0)
		resp_read(reply, d->in, d->in + *len);
	return *len > 0;
}

static void
sentinel_on_ask_bytes(struct dialog *d, usec_t now)
{
	struct sentinel *s = container_of(d, struct sentinel, ask);
	struct resp reply;
	long len = 0;

	while (dialog_is_open(d) && sentinel_next_reply(d, &len, &reply)) {
		sentinel_take(s, &reply, now);
		if (dialog_is_open(d))
			dialog_consume(d, (size_t)len);
	}
	if (dialog_is_open(d) && len == RESP_BAD)
		sentinel_lose(s, "not a reply of a sentinel", now);
}

static void
sentinel_on_ask_failed(
    struct dialog *d, enum verdict verdict, const char *detail, usec_t now)
{
	(void)verdict; /* no judgement on a node: the text says it */
	sentinel_lose(container_of(d, struct sentinel, ask), detail, now);
}

static const struct dialog_ops sentinel_ask_ops = {
	.on_connected = sentinel_on_ask_connected,
	.on_bytes = sentinel_on_ask_bytes,
	.on_failed = sentinel_on_ask_failed,
};

/* ---- the connection that listens ------------------------------------- */

/*
 * "+promoted-slave" is when the sentinel that leads a failover begins to name
 * the new primary, "+switch-master" when any of them does.
 */
static void
sentinel_on_listen_connected(struct dialog *d, usec_t now)
{
	struct sentinel *s = container_of(d, struct sentinel, listen);

	dialog_set_timeout(d, 0);
	(void)sentinel_send_login(s, d); /* refused: nothing to listen to */
	SENTINEL_SEND(d, "SUBSCRIBE", "+switch-master", "+promoted-slave");
	dialog_flush(d, now);
}

static void
sentinel_on_listen_bytes(struct dialog *d, usec_t now)
{
	struct sentinel *s = container_of(d, struct sentinel, listen);
	bool is_switch = false;
	struct resp reply;
	long len;

	while (sentinel_next_reply(d, &len, &reply)) {
		is_switch = is_switch || sentinel_is_message(&reply);
		dialog_consume(d, (size_t)len);
	}
	if (len == RESP_BAD)
		dialog_close(d); /* opened anew after the next answer */
	if (!is_switch)
		return;
	if (s->step == STEP_DONE)
		sentinel_ask_at(s, now);
	else
		s->is_stale = true;
}

/* Without it a switch is known by the next question. */
static void
sentinel_on_listen_failed(
    struct dialog *d, enum verdict verdict, const char *detail, usec_t now)
{
	(void)d; /* closed; the connection that asks tells what is wrong */
	(void)verdict;
	(void)detail;
	(void)now;
}

static const struct dialog_ops sentinel_listen_ops = {
	.on_connected = sentinel_on_listen_connected,
	.on_bytes = sentinel_on_listen_bytes,
	.on_failed = sentinel_on_listen_failed,
};

/* ---- all of them ----------------------------------------------------- */

static void
sentinel_open(struct sentinels *all, unsigned i, const struct endpoint *address)
{
	struct sentinel *s = &all->at[i];

	s->all = all;
	s->index = i;
	s->address = *address;
	s->step = STEP_DONE;
	snprintf(s->detail, sizeof(s->detail), "not asked yet");
	dialog_init(&s->ask, all->loop, &sentinel_ask_ops);
	dialog_init(&s->listen, all->loop, &sentinel_listen_ops);
	timer_init(&s->timer, all->loop, sentinel_on_timer);
	timer_set(&s->timer, loop_clock());
}

struct sentinels *
sentinels_open(const struct sentinels_plan *plan)
{
	struct sentinels *all = mem_new(sizeof(*all));

	all->magic = SENTINELS_MAGIC;
	all->loop = plan->loop;
	all->ops = plan->ops;
	all->arg = plan->arg;
	all->name = mem_strdup(plan->name);
	all->user = mem_strdup(plan->user);
	all->password = mem_strdup(plan->password);
	all->interval_us = plan->interval_us;
	all->timeout_us = plan->timeout_us;
	all->n = plan->addresses->n;
	all->at = mem_new(all->n * sizeof(*all->at));
	appoint_init(&all->appoint, all->n);
	for (unsigned i = 0; i < all->n; i++)
		sentinel_open(all, i, &plan->addresses->at[i]);
	return all;
}

static void
sentinels_free(struct grave *grave)
{
	struct sentinels *all = container_of(grave, struct sentinels, grave);

	free(all->name);
	free(all->user);
	free(all->password);
	free(all->at);
	free(all);
}

void
sentinels_close(struct sentinels **sentinels)
{
	struct sentinels *all = *sentinels;

	if (all == NULL)
		return;
	CHECK_OBJ(all, SENTINELS_MAGIC);
	for (unsigned i = 0; i < all->n; i++) {
		timer_stop(&all->at[i].timer);
		dialog_close(&all->at[i].ask);
		dialog_close(&all->at[i].listen);
	}
	loop_bury(all->loop, &all->grave, sentinels_free);
	*sentinels = NULL;
}

const struct appoint *
sentinels_appoint(const struct sentinels *all)
{
	CHECK_OBJ(all, SENTINELS_MAGIC);
	return &all->appoint;
}

bool
sentinels_state(
    const struct sentinels *all, unsigned i, struct sentinel_state *state)
{
	const struct appoint_voice *voice;

	CHECK_OBJ(all, SENTINELS_MAGIC);
	if (i >= all->n)
		return false;
	voice = &all->appoint.voices[i];
	memset(state, 0, sizeof(*state));
	state->address = all->at[i].address;
	state->is_heard = voice->is_heard;
	state->epoch = voice->epoch;
	memcpy(state->primary, voice->primary, sizeof(state->primary));
	memcpy(state->detail, all->at[i].detail, sizeof(state->detail));
	return true;
}
