/*
 * sockmap_none.c - sockmap.h without libbpf: nobody gets a sockmap, so
 * nothing else of it can be called.
 */
#include "net/sockmap.h"

#include <errno.h>

bool
sockmap_is_built(void)
{
	return false;
}

int
sockmap_examine(struct err *err)
{
	return err_set(err, -ENOTSUP, "built without libbpf");
}

struct sockmap *
sockmap_new(
    struct loop *loop, unsigned pairs_max, sockmap_fn *fn, struct err *err)
{
	(void)loop;
	(void)pairs_max;
	(void)fn;
	(void)err_set(err, -ENOTSUP, "built without libbpf");
	return NULL;
}

void
sockmap_free(struct sockmap **map)
{
	CHECK(*map == NULL);
}

int
sockmap_join(struct sockmap *map, const int fds[2], void *owner)
{
	(void)map;
	(void)fds;
	(void)owner;
	CHECK_NEVER("a sockmap without libbpf");
}

void
sockmap_stop(struct sockmap *map, int pair)
{
	(void)map;
	(void)pair;
	CHECK_NEVER("a sockmap without libbpf");
}

void
sockmap_forget(struct sockmap *map, int pair)
{
	(void)map;
	(void)pair;
	CHECK_NEVER("a sockmap without libbpf");
}

bool
sockmap_watch(struct sockmap *map, int pair, int side, int events)
{
	(void)map;
	(void)pair;
	(void)side;
	(void)events;
	CHECK_NEVER("a sockmap without libbpf");
}

uint64_t
sockmap_carried(const struct sockmap *map, int pair, int lane)
{
	(void)map;
	(void)pair;
	(void)lane;
	CHECK_NEVER("a sockmap without libbpf");
}

uint64_t
sockmap_left(const struct sockmap *map, int pair, int lane)
{
	(void)map;
	(void)pair;
	(void)lane;
	CHECK_NEVER("a sockmap without libbpf");
}

void
sockmap_give_back(struct sockmap *map, int pair, int lane, uint64_t returned)
{
	(void)map;
	(void)pair;
	(void)lane;
	(void)returned;
	CHECK_NEVER("a sockmap without libbpf");
}

void
sockmap_sync(int fd)
{
	(void)fd;
	CHECK_NEVER("a sockmap without libbpf");
}

uint64_t
sockmap_entered(int fd)
{
	(void)fd;
	CHECK_NEVER("a sockmap without libbpf");
}

usec_t
sockmap_idle_us(int fd)
{
	(void)fd;
	CHECK_NEVER("a sockmap without libbpf");
}
