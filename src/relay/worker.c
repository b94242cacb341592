#include "relay/worker.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/processor.h"
#include "relay/front.h"
#include "relay/session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKER_INBOX_MAX = 1024 };

/* A burst of failures is one piece of news. */
#define WORKER_TROUBLE_GAP (5 * USEC_MS)

const struct cluster_view *
worker_view(const struct worker *w, unsigned cluster_id)
{
	CHECK(cluster_id < CONF_CLUSTERS_MAX);
	return &w->routes->views[cluster_id];
}

const struct addr *
worker_addr(const struct worker *w, unsigned cluster_id, int slot)
{
	CHECK(cluster_id < CONF_CLUSTERS_MAX);
	CHECK(slot >= 0 && slot < NODES_MAX);
	return &w->routes->addrs[cluster_id][slot];
}

void
worker_trouble(struct worker *w, unsigned cluster_id, int slot, usec_t now)
{
	struct worker_node *n;

	CHECK(cluster_id < CONF_CLUSTERS_MAX);
	CHECK(slot >= 0 && slot < NODES_MAX);
	n = &w->nodes[cluster_id][slot];
	n->barred_until = now + WORKER_BAR;
	if (now - n->trouble_at < WORKER_TROUBLE_GAP)
		return;
	n->trouble_at = now;
	w->observer->on_trouble(w->observer->arg, cluster_id, (unsigned)slot);
}

uint32_t
worker_barred(const struct worker *w, unsigned cluster_id, usec_t now)
{
	uint32_t bits = 0;

	for (int i = 0; i < NODES_MAX; i++)
		if (now < w->nodes[cluster_id][i].barred_until)
			bits |= UINT32_C(1) << i;
	return bits;
}

static void
worker_reroute(
    struct worker *w, const struct routes *old, bool may_cut, usec_t now)
{
	for (unsigned i = 0; i < CONF_LISTENS_MAX; i++)
		if (w->fronts[i] != NULL)
			front_reroute(w->fronts[i],
			    &old->views[w->fronts[i]->cluster->id], may_cut,
			    now);
	LIST_FOREACH_SAFE (it, &w->closing) {
		struct front *f = LIST_ENTRY(it, struct front, link);

		front_reroute(f, &old->views[f->cluster->id], may_cut, now);
	}
}

/*
 * The worker's half of the barrier: sessions that the new routes take away
 * are cut before the acknowledgement is given.  Not while another worker goes
 * by older ones: whoever is cut connects anew at once, and must not be sent
 * to the same node, to be cut once more.
 */
static void
worker_cut(struct worker *w, usec_t now)
{
	/* Newer ones were taken since: their turn will come. */
	if (w->left == NULL || atomic_load(&w->routes->unseen) > 0)
		return;
	worker_reroute(w, w->left, true, now);
	routes_unref(&w->left);
	atomic_store_explicit(
	    &w->acked, w->routes->serial, memory_order_release);
	w->observer->on_acked(w->observer->arg);
}

static void
worker_cut_everywhere(struct worker *w, usec_t now)
{
	static const struct worker_message message = { .kind = WORKER_CUT };

	for (unsigned i = 0; i < w->crew->n; i++)
		if (w->crew->workers[i] != w)
			worker_post(w->crew->workers[i], &message);
	worker_cut(w, now);
}

/* From here on new sessions go by them, and who can be moved is. */
static void
worker_take_routes(struct worker *w, usec_t now)
{
	struct routes *old = w->routes;
	struct routes *new =
	    atomic_exchange_explicit(&w->pending, NULL, memory_order_acq_rel);

	if (new == NULL)
		return;
	CHECK_OBJ(new, ROUTES_MAGIC);
	CHECK(new->serial > old->serial);
	/* A node that was just given a role deserves a fresh try. */
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		if (new->views[i].epoch != old->views[i].epoch)
			for (int slot = 0; slot < NODES_MAX; slot++)
				w->nodes[i][slot].barred_until = 0;
	w->routes = new;
	worker_reroute(w, old, false, now);
	if (w->left == NULL)
		w->left = old;
	else
		routes_unref(&old);
	if (atomic_fetch_sub(&new->unseen, 1) == 1)
		worker_cut_everywhere(w, now);
}

static void
worker_close_front(struct worker *w, struct front *f)
{
	w->fronts[f->id] = NULL;
	list_push(&w->closing, &f->link);
	front_close(f);
}

/* Sockets that go on under another name are not touched but by it. */
static void
worker_take_sockets(struct worker *w, const struct doors *doors)
{
	for (unsigned i = 0; i < doors->n; i++)
		if (doors->at[i].from >= 0 &&
		    w->fronts[doors->at[i].from] != NULL)
			front_leave(w->fronts[doors->at[i].from]);
}

/* A reload may come while the process ends: it opens nothing. */
static void
worker_open_fronts(struct worker *w, const struct doors *doors)
{
	for (unsigned i = 0; i < doors->n; i++) {
		const struct door *door = &doors->at[i];
		struct front **f = &w->fronts[door->listen_id];

		if (!w->is_draining) {
			if (*f == NULL)
				*f = front_open(w, w->conf,
				    conf_listen_by_id(
					w->conf, door->listen_id));
			front_add(*f, door->fd);
		} else if (door->from < 0) {
			close(door->fd);
		}
	}
}

/* Kept until the end: sessions may be handed over. */
static void
worker_accelerate(struct worker *w, unsigned sessions_max)
{
	struct err err;

	if (w->kernels != NULL || sessions_max == 0)
		return;
	w->kernels = kernels_new(w->loop, sessions_max, &err);
	if (w->kernels == NULL)
		log_warn("worker=%u accel=off reason=\"%s\"", w->id, err.text);
}

static void
worker_know_clusters(struct worker *w)
{
	for (unsigned i = 0; i < w->conf->n_clusters; i++) {
		const struct conf_cluster *cluster = &w->conf->clusters[i];

		room_limits_fill(&w->limits[cluster->id], cluster);
		route_nodes_fill(&w->known[cluster->id], cluster);
	}
}

/* There may be room that there was not. */
static void
worker_serve(struct worker *w)
{
	for (unsigned i = 0; i < CONF_LISTENS_MAX; i++)
		if (w->fronts[i] != NULL)
			queue_release(w->fronts[i], loop_now(w->loop));
}

static void
worker_stay(const struct worker *w)
{
	int rc = processor_bind(w->id);

	if (rc != 0)
		log_warn("worker=%u affinity=none reason=\"%s\"", w->id,
		    strerror(-rc));
}

static void
worker_update(struct worker *w, struct worker_update *update)
{
	const struct conf *old = w->conf;

	w->conf = update->conf; /* the reference passes */
	worker_accelerate(w, update->accel_max);
	loop_set_spin(w->loop, w->conf->spin_us);
	if (old == NULL && w->conf->has_affinity)
		worker_stay(w);
	worker_know_clusters(w);
	worker_take_sockets(w, &update->doors);
	for (unsigned i = 0; i < CONF_LISTENS_MAX; i++) {
		const struct conf_listen *listen =
		    conf_listen_by_id(w->conf, i);
		struct front *f = w->fronts[i];

		if (f != NULL && listen == NULL) {
			front_drain(f);
			worker_close_front(w, f);
		} else if (f != NULL) {
			front_configure(f, w->conf, listen);
		}
	}
	worker_open_fronts(w, &update->doors);
	worker_serve(w);
	if (old != NULL)
		conf_unref(&old);
	doors_fini(&update->doors);
	free(update);
}

/* `is_graceful`: who waits to be accepted is one of those who may finish. */
static void
worker_drain(struct worker *w, bool is_graceful)
{
	w->is_draining = true;
	for (unsigned i = 0; i < CONF_LISTENS_MAX; i++) {
		struct front *f = w->fronts[i];

		if (f != NULL && is_graceful)
			front_drain(f);
		if (f != NULL)
			worker_close_front(w, f);
	}
}

static struct front *
worker_closing_front(const struct worker *w, unsigned listen_id)
{
	LIST_FOREACH (it, &w->closing) {
		struct front *f = LIST_ENTRY(it, struct front, link);

		if (f->id == listen_id)
			return f;
	}
	return NULL;
}

struct front *
worker_front(
    struct worker *w, const struct conf *conf, const struct conf_listen *listen)
{
	struct front *f = w->fronts[listen->id];

	if (f == NULL)
		f = worker_closing_front(w, listen->id);
	if (f != NULL)
		return f;
	f = front_open(w, conf, listen);
	f->is_closing = true; /* ends with this client */
	list_push(&w->closing, &f->link);
	return f;
}

/* Who waits to be accepted may be at a listener that is no more. */
static void
worker_retire(struct worker *w)
{
	w->is_draining = true;
	for (unsigned i = 0; i < CONF_LISTENS_MAX; i++) {
		if (w->fronts[i] == NULL)
			continue;
		front_drain(w->fronts[i]);
		front_retire(w->fronts[i]);
	}
	atomic_fetch_add(&w->room->n_retired, 1);
}

static void
worker_stop(struct worker *w)
{
	w->share.is_over = true;
	worker_drain(w, false);
	LIST_FOREACH_SAFE (it, &w->closing)
		front_kill(LIST_ENTRY(it, struct front, link));
	CHECK(list_is_empty(&w->closing));
	loop_stop(w->loop);
}

static void
worker_list_front(struct worker_list *list, const struct front *f, usec_t now)
{
	for (int state = 0; state < SESSION_CLOSED; state++)
		LIST_FOREACH (it, &f->sessions[state]) {
			if (list->n == RELAY_LIST_MAX)
				return;
			session_describe(LIST_ENTRY(it, struct session, link),
			    &list->sessions[list->n++], now);
		}
}

static void
worker_answer_list(
    struct worker *w, const struct worker_message *message, usec_t now)
{
	struct worker_list *list = mem_new(sizeof(*list));
	unsigned n = 0;

	for (unsigned i = 0; i < CONF_LISTENS_MAX; i++)
		if (w->fronts[i] != NULL)
			n += w->fronts[i]->n_sessions;
	LIST_FOREACH (it, &w->closing)
		n += LIST_ENTRY(it, struct front, link)->n_sessions;
	if (n > RELAY_LIST_MAX)
		n = RELAY_LIST_MAX;
	list->request = message->request;
	list->sessions = mem_new((n + 1) * sizeof(*list->sessions));
	for (unsigned i = 0; i < CONF_LISTENS_MAX; i++)
		if (w->fronts[i] != NULL)
			worker_list_front(list, w->fronts[i], now);
	LIST_FOREACH (it, &w->closing)
		worker_list_front(
		    list, LIST_ENTRY(it, struct front, link), now);
	/* The asker leaves room for the answers to all it asks. */
	CHECK(mailbox_post(message->reply_to, &list));
}

static void
worker_on_message(void *arg, const void *message, usec_t now)
{
	const struct worker_message *m = message;
	struct worker *w = arg;

	CHECK_OBJ(w, WORKER_MAGIC);
	switch (m->kind) {
	case WORKER_ROUTES:
		worker_take_routes(w, now);
		break;
	case WORKER_CUT:
		worker_cut(w, now);
		break;
	case WORKER_ROOM:
		queue_wake_asked(w, now);
		break;
	case WORKER_UPDATE:
		worker_update(w, m->update);
		break;
	case WORKER_DRAIN:
		worker_drain(w, true);
		break;
	case WORKER_RETIRE:
		worker_retire(w);
		break;
	case WORKER_LIST:
		worker_answer_list(w, m, now);
		break;
	case WORKER_STOP:
		worker_stop(w);
		break;
	}
}

static void *
worker_run(void *arg)
{
	struct worker *w = arg;
	char name[16];

	CHECK_OBJ(w, WORKER_MAGIC);
	snprintf(name, sizeof(name), "worker-%u", w->id);
	(void)pthread_setname_np(pthread_self(), name);
	loop_run(w->loop);
	return NULL;
}

struct worker *
worker_new(unsigned id, const struct crew *crew, struct room *room,
    const struct observer *observer, unsigned n_pipes)
{
	struct worker *w = mem_new(sizeof(*w));

	w->magic = WORKER_MAGIC;
	w->id = id;
	w->crew = crew;
	w->room = room;
	w->observer = observer;
	w->loop = loop_new(false);
	w->inbox = mailbox_new(w->loop, sizeof(struct worker_message),
	    WORKER_INBOX_MAX, worker_on_message, w);
	share_init(w);
	w->routes = routes_new(0, NULL, NULL, 1);
	list_init(&w->closing);
	w->seed = hash_mix((uint64_t)loop_clock() + id);
	pool_init(&w->sessions, sizeof(struct session));
	pipes_init(&w->pipes, n_pipes);
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		for (unsigned j = 0; j < ROOM_QUEUES; j++)
			queue_class_init(&w->queues[i][j]);
	return w;
}

int
worker_start(struct worker *w)
{
	sigset_t all, old;
	int rc;

	CHECK_OBJ(w, WORKER_MAGIC);
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&w->thread, NULL, worker_run, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

void
worker_post(struct worker *w, const struct worker_message *message)
{
	/*
	 * The guard posts a handful a reload or question, and routes at most
	 * one at a time, which the others answer with one "cut" at most: a full
	 * inbox is a worker that hangs for ever.
	 */
	CHECK(mailbox_post(w->inbox, message));
}

void
worker_publish(struct worker *w, struct routes *routes)
{
	struct worker_message message = { .kind = WORKER_ROUTES };
	struct routes *old;

	/* Routes the worker has not looked at yet are overtaken. */
	old = atomic_exchange_explicit(
	    &w->pending, routes_ref(routes), memory_order_acq_rel);
	if (old != NULL)
		routes_unref(&old); /* its message is still on the way */
	else
		worker_post(w, &message);
}

void
worker_free(struct worker **worker)
{
	struct worker *w = *worker;
	struct routes *pending;

	if (w == NULL)
		return;
	CHECK_OBJ(w, WORKER_MAGIC);
	pending = atomic_exchange(&w->pending, NULL);
	if (pending != NULL)
		routes_unref(&pending);
	routes_unref(&w->routes);
	routes_unref(&w->left);
	mailbox_free(&w->inbox);
	share_fini(w);
	kernels_free(&w->kernels);
	loop_free(&w->loop); /* and buries the last sessions */
	pool_fini(&w->sessions);
	pipes_fini(&w->pipes);
	if (w->conf != NULL)
		conf_unref(&w->conf);
	free(w);
	*worker = NULL;
}
