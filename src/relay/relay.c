#include "relay/relay.h"

#include "base/mem.h"
#include "net/processor.h"
#include "net/sock.h"
#include "net/sockmap.h"
#include "relay/relay_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	RELAY_REPLIES_MAX = 4096,
	RELAY_QUESTIONS_MAX = RELAY_REPLIES_MAX / WORKERS_MAX,
	/* Descriptors that are not sessions: probes, operations, admin... */
	RELAY_FILES_RESERVED = 128,
	RELAY_PIPES_MAX = 256,
	RELAY_ACCEL_MAX = 32768, /* sessions of a worker */
};

/* How often workers are looked at for how busy they are. */
#define RELAY_LOOK (100 * USEC_MS)

/* A question for sessions that not all workers have answered yet. */
struct relay_question {
	struct list link;
	relay_list_fn *done; /* NULL: forgotten */
	void *arg;
	unsigned n_waiting;
	unsigned n;
	struct session_info *sessions;
};

/* Pipes that a worker may have for bulk transfers: a share of the files. */
static unsigned
relay_pipes_of(unsigned n_workers)
{
	long n = sock_files_max() / (64 * (long)n_workers);

	return n < 1 ? 1 : n > RELAY_PIPES_MAX ? RELAY_PIPES_MAX : (unsigned)n;
}

/* What the limit of open files allows, each session having two. */
static int64_t
relay_maxconn_of(const struct conf *conf, unsigned n_workers)
{
	int64_t files = sock_files_max();
	int64_t most = (files - RELAY_FILES_RESERVED -
			   (int64_t)n_workers *
			       (int64_t)(conf->n_listens + 4 +
				   2 * relay_pipes_of(n_workers))) /
	    2;

	if (most < 1)
		most = 1;
	if (conf->maxconn == 0)
		return most;
	if (conf->maxconn > most)
		log_warn("maxconn=%lld in_force=%lld reason=\"the limit of "
			 "open files is %lld\"",
		    (long long)conf->maxconn, (long long)most,
		    (long long)files);
	return conf->maxconn < most ? conf->maxconn : most;
}

/* The listener that is bound there now and goes with this reload, or NULL. */
static const struct conf_listen *
relay_predecessor(const struct relay *r, const struct endpoint *bind)
{
	for (unsigned i = 0; r->conf != NULL && i < r->conf->n_listens; i++) {
		const struct conf_listen *old = &r->conf->listens[i];

		if (conf_listen_by_id(r->prepared, old->id) == NULL &&
		    endpoint_equal(&old->bind, bind))
			return old;
	}
	return NULL;
}

/* Another name for an address: the socket stays, with all who wait in it. */
static int
relay_open_listen(
    struct relay *r, const struct conf_listen *listen, struct err *err)
{
	const struct conf_listen *old = relay_predecessor(r, &listen->bind);

	if (old == NULL)
		return doors_open(
		    &r->prepared_doors, listen, r->inherited, r->crew.n, err);
	doors_pass_on(&r->prepared_doors, &r->doors, old, listen);
	return 0;
}

static bool
relay_wants_accel(const struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_listens; i++)
		if (conf->listens[i].accel == ACCEL_AUTO)
			return true;
	return false;
}

/*
 * The first time that a listener asks for it: some ten milliseconds.  It is
 * no error if the kernel can't: regent relays by itself.
 */
static void
relay_examine_kernel(struct relay *r, const struct conf *conf)
{
	if (r->is_examined || !relay_wants_accel(conf))
		return;
	r->is_examined = true;
	r->can_accelerate = sockmap_examine(&r->accel) == 0;
	if (r->can_accelerate) {
		log_notice("accel=on");
		(void)err_set(&r->accel, -1, "on");
	} else {
		log_warn("accel=off reason=\"%s\"", r->accel.text);
		err_prefix(&r->accel, "off");
	}
}

const char *
relay_accel(const struct relay *r)
{
	return r->accel.text;
}

/* A worker's share, with room for one that has more than others. */
static unsigned
relay_accel_max(const struct relay *r, const struct conf *conf)
{
	int64_t share = 2 * atomic_load(&r->room.max) / r->crew.n + 1;

	if (!r->can_accelerate || !relay_wants_accel(conf))
		return 0;
	return share < RELAY_ACCEL_MAX ? (unsigned)share : RELAY_ACCEL_MAX;
}

int
relay_prepare(struct relay *r, const struct conf *conf, struct err *err)
{
	CHECK_OBJ(r, RELAY_MAGIC);
	CHECK(r->prepared == NULL && r->prepared_doors.n == 0);
	r->prepared = conf_ref(conf);
	for (unsigned i = 0; i < conf->n_listens; i++) {
		const struct conf_listen *listen = &conf->listens[i];
		int rc;

		if (r->conf != NULL &&
		    conf_listen_by_id(r->conf, listen->id) != NULL)
			continue;
		rc = relay_open_listen(r, listen, err);
		if (rc != 0) {
			relay_abandon(r);
			return rc;
		}
	}
	return 0;
}

void
relay_abandon(struct relay *r)
{
	doors_close(&r->prepared_doors);
	if (r->prepared != NULL)
		conf_unref(&r->prepared);
}

static void
relay_update(struct relay *r, unsigned worker)
{
	struct worker_update *update = mem_new(sizeof(*update));
	const struct worker_message message = {
		.kind = WORKER_UPDATE,
		.update = update,
	};

	update->conf = conf_ref(r->prepared);
	update->accel_max = relay_accel_max(r, r->prepared);
	for (unsigned i = 0; i < r->prepared_doors.n; i++)
		if (r->prepared_doors.at[i].worker == worker)
			doors_add(&update->doors, &r->prepared_doors.at[i]);
	worker_post(r->crew.workers[worker], &message);
}

void
relay_commit(struct relay *r)
{
	CHECK_OBJ(r, RELAY_MAGIC);
	CHECK(r->prepared != NULL);
	atomic_store(&r->room.max, relay_maxconn_of(r->prepared, r->crew.n));
	relay_examine_kernel(r, r->prepared);
	for (unsigned i = 0; i < r->crew.n; i++)
		relay_update(r, i);
	doors_commit(&r->doors, &r->prepared_doors, r->prepared);
	if (r->conf != NULL)
		conf_unref(&r->conf);
	r->conf = r->prepared;
	r->prepared = NULL;
}

static void
relay_question_end(struct relay *r, struct relay_question *q)
{
	list_remove(&q->link);
	r->n_questions--;
	if (q->done != NULL)
		q->done(q->arg, q->sessions, q->n);
	free(q->sessions);
	free(q);
}

static void
relay_on_reply(void *arg, const void *message, usec_t now)
{
	struct worker_list *list = *(struct worker_list *const *)message;
	struct relay_question *q = list->request;
	struct relay *r = arg;

	(void)now;
	CHECK_OBJ(r, RELAY_MAGIC);
	if (list->n > 0) {
		q->sessions = mem_resize(
		    q->sessions, (q->n + list->n) * sizeof(*q->sessions));
		memcpy(q->sessions + q->n, list->sessions,
		    list->n * sizeof(*q->sessions));
		q->n += list->n;
	}
	free(list->sessions);
	free(list);
	if (--q->n_waiting == 0)
		relay_question_end(r, q);
}

void
relay_list(struct relay *r, relay_list_fn *done, void *arg)
{
	struct relay_question *q;

	CHECK_OBJ(r, RELAY_MAGIC);
	if (r->n_questions >= RELAY_QUESTIONS_MAX || r->n_started == 0) {
		done(arg, NULL, 0);
		return;
	}
	q = mem_new(sizeof(*q));
	q->done = done;
	q->arg = arg;
	q->n_waiting = r->crew.n;
	list_init(&q->link);
	list_push(&r->questions, &q->link);
	r->n_questions++;
	for (unsigned i = 0; i < r->crew.n; i++) {
		struct worker_message message = {
			.kind = WORKER_LIST,
			.reply_to = r->replies,
			.request = q,
		};

		worker_post(r->crew.workers[i], &message);
	}
}

void
relay_list_forget(struct relay *r, const void *arg)
{
	LIST_FOREACH (it, &r->questions) {
		struct relay_question *q =
		    LIST_ENTRY(it, struct relay_question, link);

		if (q->arg == arg)
			q->done = NULL;
	}
}

static unsigned
relay_workers_of(const struct conf *conf)
{
	long n = conf->workers > 0 ? conf->workers : processors_usable();

	if (n < 1)
		n = 1;
	return n > WORKERS_MAX ? WORKERS_MAX : (unsigned)n;
}

static int
relay_start(struct relay *r, struct err *err)
{
	for (unsigned i = 0; i < r->crew.n; i++) {
		int rc = worker_start(r->crew.workers[i]);

		if (rc != 0) {
			errno = -rc;
			return err_errno(err, "worker thread");
		}
		r->n_started++;
	}
	return 0;
}

static void
relay_on_look(struct timer *timer, usec_t now)
{
	struct relay *r = container_of(timer, struct relay, look);

	for (unsigned i = 0; i < r->n_started; i++)
		share_note_busy(r->crew.workers[i], &r->clocks[i], now);
	timer_set(timer, now + RELAY_LOOK);
}

struct relay *
relay_new(struct loop *loop, const struct conf *conf,
    const struct observer *observer, struct inherited *inherited,
    struct err *err)
{
	struct relay *r = mem_new(sizeof(*r));

	r->magic = RELAY_MAGIC;
	r->loop = loop;
	r->observer = *observer;
	r->crew.n = relay_workers_of(conf);
	r->room.sources = sources_new();
	r->inherited = inherited;
	(void)err_set(&r->accel, -1, "off: no listener asks for it");
	list_init(&r->questions);
	timer_init(&r->look, loop, relay_on_look);
	r->replies = mailbox_new(loop, sizeof(struct worker_list *),
	    RELAY_REPLIES_MAX, relay_on_reply, r);
	for (unsigned i = 0; i < r->crew.n; i++)
		r->crew.workers[i] = worker_new(i, &r->crew, &r->room,
		    &r->observer, relay_pipes_of(r->crew.n));
	if (relay_prepare(r, conf, err) != 0 || relay_start(r, err) != 0)
		relay_free(&r);
	else
		r->inherited = NULL;
	return r;
}

void
relay_accept(struct relay *r)
{
	relay_commit(r);
	if (r->crew.n > 1) /* else there is nobody to hand clients to */
		timer_set(&r->look, loop_now(r->loop));
}

static void
relay_stop(struct relay *r)
{
	struct worker_message message = { .kind = WORKER_STOP };

	for (unsigned i = 0; i < r->n_started; i++)
		worker_post(r->crew.workers[i], &message);
	for (unsigned i = 0; i < r->n_started; i++)
		CHECK(pthread_join(r->crew.workers[i]->thread, NULL) == 0);
	r->n_started = 0;
}

void
relay_free(struct relay **relay)
{
	struct relay *r = *relay;

	if (r == NULL)
		return;
	CHECK_OBJ(r, RELAY_MAGIC);
	timer_stop(&r->look);
	relay_stop(r);
	mailbox_deliver(r->replies); /* they own what they point to */
	relay_abandon(r);
	for (unsigned i = 0; i < r->crew.n; i++)
		worker_free(&r->crew.workers[i]);
	sources_free(&r->room.sources);
	LIST_FOREACH_SAFE (it, &r->questions)
		relay_question_end(
		    r, LIST_ENTRY(it, struct relay_question, link));
	mailbox_free(&r->replies);
	doors_fini(&r->doors);
	if (r->conf != NULL)
		conf_unref(&r->conf);
	free(r);
	*relay = NULL;
}

void
relay_publish(struct relay *r, uint64_t serial,
    const struct cluster_view *views, const struct addr (*addrs)[NODES_MAX])
{
	struct routes *routes = routes_new(serial, views, addrs, r->crew.n);

	CHECK_OBJ(r, RELAY_MAGIC);
	for (unsigned i = 0; i < r->crew.n; i++)
		worker_publish(r->crew.workers[i], routes);
	routes_unref(&routes);
}

uint64_t
relay_acked(const struct relay *r)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < r->crew.n; i++) {
		uint64_t acked = atomic_load_explicit(
		    &r->crew.workers[i]->acked, memory_order_acquire);

		if (acked < least)
			least = acked;
	}
	return least;
}

void
relay_drain(struct relay *r)
{
	struct worker_message message = { .kind = WORKER_DRAIN };

	for (unsigned i = 0; i < r->crew.n; i++)
		worker_post(r->crew.workers[i], &message);
	doors_fini(&r->doors);
}

unsigned
relay_sockets(const struct relay *r, int *fds, unsigned max)
{
	unsigned n = 0;

	CHECK_OBJ(r, RELAY_MAGIC);
	for (; n < r->doors.n && n < max; n++)
		fds[n] = r->doors.at[n].fd;
	return n;
}

void
relay_retire(struct relay *r)
{
	struct worker_message message = { .kind = WORKER_RETIRE };

	for (unsigned i = 0; i < r->crew.n; i++)
		worker_post(r->crew.workers[i], &message);
	doors_fini(&r->doors);
}

bool
relay_is_retired(const struct relay *r)
{
	return atomic_load(&r->room.n_retired) == r->crew.n;
}

uint64_t
relay_sessions(const struct relay *r)
{
	return (uint64_t)atomic_load(&r->room.used);
}

unsigned
relay_workers(const struct relay *r)
{
	return r->crew.n;
}

uint64_t
relay_maxconn(const struct relay *r)
{
	return (uint64_t)atomic_load(&r->room.max);
}
