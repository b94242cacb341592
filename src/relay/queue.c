#include "relay/queue.h"

#include "relay/choice.h"
#include "relay/front.h"
#include "relay/session.h"

/* Clients released in one turn: connecting costs, and others wait. */
enum { QUEUE_RELEASE_MAX = 256 };

_Static_assert(CONF_CLUSTERS_MAX <= 64, "a bit each in worker.asked");

/* Whose views name the same nodes. */
static unsigned
queue_class_id(const struct front *f)
{
	if (f->listen->route == ROUTE_REPLICA &&
	    !f->listen->has_primary_fallback)
		return ROUTE_COUNT;
	return f->listen->route;
}

static struct queue_class *
queue_class_of(struct worker *w, unsigned cluster_id, unsigned class)
{
	CHECK(cluster_id < CONF_CLUSTERS_MAX && class < ROOM_QUEUES);
	return &w->queues[cluster_id][class];
}

static _Atomic int64_t *
queue_count(const struct worker *w, unsigned cluster_id, unsigned class)
{
	return &w->room->clusters[cluster_id].n_queues[class];
}

void
queue_class_init(struct queue_class *class)
{
	list_init(&class->fronts);
	atomic_init(&class->since, USEC_NEVER);
}

void
queue_init(struct front *f)
{
	list_init(&f->queue.link);
	f->queue.since = USEC_NEVER;
}

static struct session *
queue_first(const struct front *f)
{
	const struct list *held = &f->sessions[SESSION_HELD];

	return list_is_empty(held)
	    ? NULL
	    : LIST_ENTRY(held->next, struct session, link);
}

/* New ones go to the end; who was tried in vain is among the first. */
void
queue_push(struct front *f, struct session *s)
{
	struct list *held = &f->sessions[SESSION_HELD];
	struct list *at = held;

	if (!list_is_empty(held) &&
	    LIST_ENTRY(held->prev, struct session, link)->held_at > s->held_at)
		for (at = held->next;
		     LIST_ENTRY(at, struct session, link)->held_at <=
		     s->held_at;
		     at = at->next)
			;
	list_push(at, &s->link); /* before it */
}

/* The first front of the class with a client that waits since then. */
static struct front *
queue_front(const struct queue_class *class)
{
	struct front *first = NULL;

	LIST_FOREACH (it, &class->fronts) {
		struct front *f = LIST_ENTRY(it, struct front, queue.link);

		if (first == NULL || f->queue.since < first->queue.since)
			first = f;
	}
	return first;
}

static void
queue_tell(struct queue_class *class)
{
	const struct front *first = queue_front(class);

	atomic_store(
	    &class->since, first != NULL ? first->queue.since : USEC_NEVER);
}

static void
queue_ask(struct worker *w, unsigned cluster_id)
{
	static const struct worker_message message = { .kind = WORKER_ROOM };

	/* One message at a time, whatever it is asked for meanwhile. */
	if (atomic_fetch_or(&w->asked, UINT64_C(1) << cluster_id) == 0)
		worker_post(w, &message);
}

static void
queue_wake_class(struct worker *w, unsigned cluster_id, unsigned class)
{
	struct worker *next = NULL;
	usec_t since = USEC_NEVER;

	for (unsigned i = 0; i < w->crew->n; i++) {
		struct worker *other = w->crew->workers[i];
		usec_t at = atomic_load(
		    &queue_class_of(other, cluster_id, class)->since);

		if (at < since) {
			since = at;
			next = other;
		}
	}
	if (next == w)
		timer_set(
		    &queue_front(queue_class_of(w, cluster_id, class))->retry,
		    loop_now(w->loop));
	else if (next != NULL)
		queue_ask(next, cluster_id);
}

void
queue_wake(struct worker *w, unsigned cluster_id)
{
	for (unsigned class = 0; class < ROOM_QUEUES; class ++)
		if (atomic_load(queue_count(w, cluster_id, class)) > 0)
			queue_wake_class(w, cluster_id, class);
}

static void
queue_leave(struct front *f)
{
	const unsigned id = f->cluster->id;

	if (f->queue.since == USEC_NEVER)
		return;
	f->queue.since = USEC_NEVER;
	list_remove(&f->queue.link);
	queue_tell(queue_class_of(f->worker, id, f->queue.class));
	/* If it was its turn, it is another's now. */
	if (atomic_fetch_sub(queue_count(f->worker, id, f->queue.class), 1) > 1)
		queue_wake_class(f->worker, id, f->queue.class);
}

static void
queue_join(struct front *f, usec_t since)
{
	const unsigned id = f->cluster->id;
	struct queue_class *class =
	    queue_class_of(f->worker, id, queue_class_id(f));
	usec_t now = loop_now(f->worker->loop);

	f->queue.since = since;
	f->queue.class = queue_class_id(f);
	list_push(&class->fronts, &f->queue.link);
	queue_tell(class);
	atomic_fetch_add(queue_count(f->worker, id, f->queue.class), 1);
	/* What came free before could not be told to this one. */
	if (choice_has_node(f, now))
		timer_set(&f->retry, now);
}

/* When the first one began to wait; USEC_NEVER: it is told to nobody. */
static usec_t
queue_since(const struct front *f)
{
	const struct session *first = queue_first(f);

	if (first == NULL || !choice_is_limited(f))
		return USEC_NEVER;
	return first->held_at;
}

void
queue_settle(struct front *f)
{
	usec_t since = queue_since(f);

	if (since == USEC_NEVER || f->queue.class != queue_class_id(f))
		queue_leave(f);
	if (since == f->queue.since)
		return;
	if (f->queue.since == USEC_NEVER) {
		queue_join(f, since);
		return;
	}
	f->queue.since = since;
	queue_tell(queue_class_of(f->worker, f->cluster->id, f->queue.class));
}

bool
queue_has_others(const struct front *f)
{
	return choice_is_limited(f) &&
	    atomic_load(
		queue_count(f->worker, f->cluster->id, queue_class_id(f))) > 0;
}

/* Whether nobody of the route waits longer, here or at another worker. */
static bool
queue_is_next(const struct front *f)
{
	if (f->queue.since == USEC_NEVER)
		return true;
	for (unsigned i = 0; i < f->worker->crew->n; i++)
		if (atomic_load(&queue_class_of(f->worker->crew->workers[i],
			f->cluster->id, f->queue.class)
				     ->since) < f->queue.since)
			return false;
	return true;
}

static void
queue_pass_on(struct front *f, usec_t now)
{
	const struct session *first = queue_first(f);

	if (choice_is_limited(f) && choice_has_node(f, now) &&
	    (first == NULL || !queue_is_next(f)))
		queue_wake_class(f->worker, f->cluster->id, queue_class_id(f));
}

/* The longest wait first; nobody is tried twice. */
void
queue_release(struct front *f, usec_t now)
{
	unsigned n = f->n_held;

	queue_settle(f);
	if (n > QUEUE_RELEASE_MAX) {
		n = QUEUE_RELEASE_MAX;
		timer_set(&f->retry, now);
	}
	for (; n > 0; n--) {
		struct session *first = queue_first(f);

		if (first == NULL || !queue_is_next(f) ||
		    !choice_has_node(f, now))
			break;
		session_retry(first, now);
	}
	/* Also who is not next: he will be, and nobody says when. */
	if (queue_first(f) != NULL && choice_must_look_again(f, now))
		queue_retry_later(f, now);
	queue_pass_on(f, now);
}

void
queue_retry_later(struct front *f, usec_t now)
{
	if (!timer_is_set(&f->retry))
		timer_set(&f->retry, now + WORKER_BAR);
}

void
queue_wake_asked(struct worker *w, usec_t now)
{
	uint64_t asked = atomic_exchange(&w->asked, 0);

	for (unsigned id = 0; id < CONF_CLUSTERS_MAX; id++) {
		if ((asked & UINT64_C(1) << id) == 0)
			continue;
		for (unsigned i = 0; i < CONF_LISTENS_MAX; i++)
			if (w->fronts[i] != NULL &&
			    w->fronts[i]->cluster->id == id)
				queue_release(w->fronts[i], now);
	}
}
