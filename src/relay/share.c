#include "relay/share.h"

#include "net/sock.h"
#include "relay/front.h"

#include <time.h>

enum {
	/*
	 * A handful of sessions more or less is chance; so is a little work.
	 * With these, idle workers stay within some four sessions of each
	 * other, and one that does nothing gets twice the sessions of one
	 * that never sleeps before that is thought to be even.
	 */
	SHARE_FREE_SESSIONS = 4,
	SHARE_FREE_BUSY = 500,

	SHARE_ARRIVALS_MAX = 1024,
	/* Each look is at a line of another processor's cache. */
	SHARE_LOOKS_MAX = 8,
};

/* A client on its way between workers. */
struct share_client {
	const struct conf *conf; /* a reference */
	const struct conf_listen *listen;
	int fd;
};

uint64_t
share_load(unsigned sessions, unsigned busy)
{
	return ((uint64_t)sessions + SHARE_FREE_SESSIONS) *
	    ((uint64_t)busy + SHARE_FREE_BUSY);
}

bool
share_is_uneven(uint64_t mine, uint64_t other)
{
	return mine > other + other / 2;
}

static uint64_t
share_load_of(const struct worker *w)
{
	return share_load(
	    atomic_load_explicit(&w->share.sessions, memory_order_relaxed),
	    atomic_load_explicit(&w->share.busy, memory_order_relaxed));
}

void
share_count(struct worker *w, int n)
{
	atomic_fetch_add_explicit(
	    &w->share.sessions, (unsigned)n, memory_order_relaxed);
}

/* The least loaded one of those behind this one; NULL: it keeps the client. */
static struct worker *
share_choose(struct worker *w)
{
	const struct crew *crew = w->crew;
	uint64_t least = share_load_of(w);
	struct worker *best = NULL;

	for (unsigned i = 1; i < crew->n && i <= SHARE_LOOKS_MAX; i++) {
		struct worker *other = crew->workers[(w->id + i) % crew->n];
		uint64_t load = share_load_of(other);

		if (load < least) {
			least = load;
			best = other;
		}
	}
	return best != NULL && share_is_uneven(share_load_of(w), least) ? best
									: NULL;
}

bool
share_hand_over(struct front *f, int fd)
{
	struct worker *to = share_choose(f->worker);
	struct share_client client = { .listen = f->listen, .fd = fd };

	if (to == NULL)
		return false;
	/* Counted there from now on: it may be long until it arrives. */
	share_count(to, 1);
	client.conf = conf_ref(f->conf);
	if (mailbox_post(to->share.arrivals, &client))
		return true;
	conf_unref(&client.conf);
	share_count(to, -1);
	return false;
}

static void
share_on_arrival(void *arg, const void *message, usec_t now)
{
	struct share_client client = *(const struct share_client *)message;
	struct worker *w = arg;

	share_count(w, -1); /* its front counts it again */
	if (w->share.is_over) {
		sock_close_reset(client.fd);
		room_give_listen(w->room, client.listen->id);
	} else {
		front_welcome(worker_front(w, client.conf, client.listen),
		    client.fd, now);
	}
	conf_unref(&client.conf);
}

void
share_init(struct worker *w)
{
	w->share.arrivals = mailbox_new(w->loop, sizeof(struct share_client),
	    SHARE_ARRIVALS_MAX, share_on_arrival, w);
}

void
share_fini(struct worker *w)
{
	w->share.is_over = true;
	mailbox_deliver(w->share.arrivals);
	mailbox_free(&w->share.arrivals);
}

void
share_note_busy(struct worker *w, struct share_clock *clock, usec_t now)
{
	struct timespec ts = { .tv_sec = 0 };
	usec_t wall = now - clock->at, cpu, busy;
	clockid_t id;

	if (wall <= 0 || pthread_getcpuclockid(w->thread, &id) != 0 ||
	    clock_gettime(id, &ts) != 0)
		return;
	cpu = ts.tv_sec * USEC_SEC + ts.tv_nsec / 1000;
	busy = (cpu - clock->cpu) * SHARE_BUSY_MAX / wall;
	clock->at = now;
	clock->cpu = cpu;
	atomic_store_explicit(&w->share.busy,
	    busy < SHARE_BUSY_MAX ? (unsigned)busy : SHARE_BUSY_MAX,
	    memory_order_relaxed);
}
