#include "admin/admin.h"

#include "admin/caller.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/listen.h"
#include "net/sock.h"
#include "net/timer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADMIN_MAGIC 0x41444d4eu

/* More would only be scripts that have lost control. */
enum { ADMIN_CALLERS_MAX = 32 };

/* How long accepting rests when there are no descriptors. */
#define ADMIN_STARVED_REST (1 * USEC_SEC)

struct admin {
	uint32_t magic;
	struct loop *loop;
	const struct admin_world *world;
	char *path;
	bool is_kept; /* the path is not ours to remove */
	struct listener listener;
	struct timer rest;
	struct list callers;
	unsigned n_callers;
};

static void
admin_resume(struct admin *a)
{
	bool is_full = a->n_callers >= ADMIN_CALLERS_MAX;

	if (a->listener.is_paused && !is_full && !timer_is_set(&a->rest))
		listener_resume(&a->listener);
}

static void
admin_on_closed(void *arg)
{
	struct admin *a = arg;

	CHECK_OBJ(a, ADMIN_MAGIC);
	CHECK(a->n_callers > 0);
	a->n_callers--;
	if (listener_is_open(&a->listener))
		admin_resume(a);
}

/*
 * The others wait in the backlog; so that some who connect and say nothing
 * do not lock everybody out, a caller then has less time for its line.
 */
static void
admin_close_the_door(struct admin *a)
{
	listener_pause(&a->listener);
	LIST_FOREACH (link, &a->callers)
		caller_hurry(LIST_ENTRY(link, struct caller, link));
}

static void
admin_on_accept(struct listener *l, int fd, const struct addr *peer, usec_t now)
{
	struct admin *a = container_of(l, struct admin, listener);
	const struct caller_home home = {
		.loop = a->loop,
		.world = a->world,
		.on_closed = admin_on_closed,
		.arg = a,
	};

	CHECK_OBJ(a, ADMIN_MAGIC);
	(void)peer; /* unix sockets have no address worth a line */
	list_push(&a->callers, &caller_open(&home, fd, now)->link);
	if (++a->n_callers == ADMIN_CALLERS_MAX)
		admin_close_the_door(a);
}

static void
admin_on_starved(struct listener *l, int error, usec_t now)
{
	struct admin *a = container_of(l, struct admin, listener);

	CHECK_OBJ(a, ADMIN_MAGIC);
	log_warn("control_socket=%s accept=paused reason=\"%s\"", a->path,
	    strerror(error));
	timer_set(&a->rest, now + ADMIN_STARVED_REST);
}

static void
admin_on_rested(struct timer *timer, usec_t now)
{
	struct admin *a = container_of(timer, struct admin, rest);

	CHECK_OBJ(a, ADMIN_MAGIC);
	(void)now;
	timer_stop(timer);
	admin_resume(a);
}

static const struct listener_ops admin_listener_ops = {
	.on_accept = admin_on_accept,
	.on_starved = admin_on_starved,
};

struct admin *
admin_open(struct loop *loop, const struct admin_world *world,
    const struct admin_door *door, struct err *err)
{
	struct admin *a;
	int fd = door->fd;

	CHECK(world != NULL && door->path != NULL);
	if (fd < 0)
		fd = sock_listen_unix(door->path, door->mode, err);
	if (fd < 0)
		return NULL;
	a = mem_new(sizeof(*a));
	a->magic = ADMIN_MAGIC;
	a->loop = loop;
	a->world = world;
	a->path = mem_strdup(door->path);
	a->is_kept = door->is_kept;
	list_init(&a->callers);
	timer_init(&a->rest, loop, admin_on_rested);
	listener_open(&a->listener, loop, fd, &admin_listener_ops);
	return a;
}

int
admin_fd(const struct admin *a)
{
	CHECK_OBJ(a, ADMIN_MAGIC);
	return listener_fd(&a->listener);
}

bool
admin_is_kept(const struct admin *a)
{
	CHECK_OBJ(a, ADMIN_MAGIC);
	return a->is_kept;
}

void
admin_retire(struct admin **admin)
{
	struct admin *a = *admin;
	struct err refused;
	int fd;

	CHECK_OBJ(a, ADMIN_MAGIC);
	listener_close(&a->listener);
	fd = sock_connect_unix(a->path, &refused);
	if (fd >= 0) {
		close(fd); /* whoever took our place listens */
		a->is_kept = true;
	}
	admin_close(admin);
}

void
admin_close(struct admin **admin)
{
	struct admin *a = *admin;

	if (a == NULL)
		return;
	CHECK_OBJ(a, ADMIN_MAGIC);
	timer_stop(&a->rest);
	listener_close(&a->listener);
	if (!a->is_kept)
		(void)unlink(a->path); /* may be gone already */
	LIST_FOREACH_SAFE (link, &a->callers)
		caller_close(LIST_ENTRY(link, struct caller, link));
	CHECK(a->n_callers == 0);
	free(a->path);
	free(a);
	*admin = NULL;
}
