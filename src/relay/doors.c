#include "relay/doors.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/sock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
doors_fini(struct doors *d)
{
	free(d->at);
	memset(d, 0, sizeof(*d));
}

void
doors_add(struct doors *d, const struct door *door)
{
	CHECK(door->fd >= 0);
	d->at = mem_resize(d->at, (d->n + 1) * sizeof(*d->at));
	d->at[d->n++] = *door;
}

void
doors_close(struct doors *d)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->at[i].from < 0)
			close(d->at[i].fd);
	doors_fini(d);
}

static void
doors_add_new(struct doors *d, unsigned worker, unsigned listen_id, int fd)
{
	const struct door door = {
		.worker = worker,
		.listen_id = listen_id,
		.fd = fd,
		.from = -1,
	};

	doors_add(d, &door);
}

/* The worker has none of its own: one of the group, else another's. */
static int
doors_open_beside(const struct conf_listen *listen, int other, struct err *err)
{
	int fd = sock_listen(&listen->bind, false, err);

	if (fd >= 0)
		return fd;
	log_notice(
	    "listen=%s socket=shared reason=\"%s\"", listen->name, err->text);
	fd = fcntl(other, F_DUPFD_CLOEXEC, 0);
	return fd >= 0 ? fd : err_errno(err, "listen %s", listen->name);
}

static int
doors_open_one(const struct doors *d, unsigned first, unsigned worker,
    const struct conf_listen *listen, struct err *err)
{
	if (worker == 0)
		return sock_listen(&listen->bind, true, err);
	if (d->n > first)
		return doors_open_beside(listen, d->at[first].fd, err);
	return sock_listen(&listen->bind, false, err);
}

int
doors_open(struct doors *d, const struct conf_listen *listen,
    struct inherited *inherited, unsigned n_workers, struct err *err)
{
	unsigned first = d->n, n = 0;
	int fd;

	while (inherited != NULL &&
	    (fd = inherit_take(inherited, &listen->bind)) >= 0)
		doors_add_new(d, n++ % n_workers, listen->id, fd);
	for (; n < n_workers; n++) {
		fd = doors_open_one(d, first, n, listen, err);
		if (fd < 0) {
			err_prefix(err, "listen %s", listen->name);
			return fd;
		}
		doors_add_new(d, n, listen->id, fd);
	}
	return 0;
}

void
doors_pass_on(struct doors *d, const struct doors *of,
    const struct conf_listen *from, const struct conf_listen *to)
{
	for (unsigned i = 0; i < of->n; i++) {
		struct door door = of->at[i];

		if (door.listen_id != from->id)
			continue;
		door.from = (int)from->id;
		door.listen_id = to->id;
		doors_add(d, &door);
	}
}

void
doors_commit(struct doors *d, struct doors *prepared, const struct conf *conf)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->n; i++)
		if (conf_listen_by_id(conf, d->at[i].listen_id) != NULL)
			d->at[n++] = d->at[i];
	d->n = n;
	for (unsigned i = 0; i < prepared->n; i++) {
		prepared->at[i].from = -1;
		doors_add(d, &prepared->at[i]);
	}
	doors_fini(prepared);
}
