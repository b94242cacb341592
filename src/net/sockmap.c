#include "net/sockmap.h"

#include "base/mem.h"
#include "net/sockmap_program.h"
#include "net/watch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKMAP_MAGIC 0x534f4b4du

enum { SOCKMAP_EVENTS_MAX = 64, SOCKMAP_PAIRS_LEAST = 64 };

struct sockmap_pair {
	void *owner; /* NULL: free */
	int next;    /* of the free ones, or -1 */
	int fds[2];
	uint64_t cookies[2];
	uint8_t watched[2]; /* enum sockmap_event */
};

/*
 * The sockets are watched by an epoll descriptor of their own, which the loop
 * watches: libev can't wait for the end without waiting for bytes, and who
 * waits for bytes is woken by each piece, though the kernel has taken it away
 * before it could be read.
 */
struct sockmap {
	uint32_t magic;
	struct loop *loop;
	sockmap_fn *fn;
	struct sockmap_fds maps;
	int program;
	int epoll;
	struct watch epoll_watch;
	struct ring_buffer *ring;
	struct watch ring_watch;
	struct sockmap_lane *lanes;
	unsigned pairs_max;
	struct sockmap_pair *pairs;
	int free; /* first, or -1 */
};

bool
sockmap_is_built(void)
{
	return true;
}

static struct sockmap_lane *
sockmap_lane(const struct sockmap *m, int pair, int lane)
{
	CHECK_OBJ(m, SOCKMAP_MAGIC);
	CHECK(pair >= 0 && (unsigned)pair < m->pairs_max);
	CHECK(m->pairs[pair].owner != NULL);
	CHECK(lane == 0 || lane == 1);
	return &m->lanes[2 * pair + lane];
}

uint64_t
sockmap_carried(const struct sockmap *m, int pair, int lane)
{
	return __atomic_load_n(
	    &sockmap_lane(m, pair, lane)->carried, __ATOMIC_ACQUIRE);
}

uint64_t
sockmap_left(const struct sockmap *m, int pair, int lane)
{
	return __atomic_load_n(
	    &sockmap_lane(m, pair, lane)->left, __ATOMIC_SEQ_CST);
}

void
sockmap_give_back(struct sockmap *m, int pair, int lane, uint64_t returned)
{
	/* A full barrier: see program_leave. */
	(void)__atomic_exchange_n(
	    &sockmap_lane(m, pair, lane)->returned, returned, __ATOMIC_SEQ_CST);
}

static void
sockmap_tcp_info(int fd, struct tcp_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0);
}

void
sockmap_sync(int fd)
{
	struct tcp_info info;

	/* The program runs under the lock that this waits for. */
	sockmap_tcp_info(fd, &info);
}

uint64_t
sockmap_entered(int fd)
{
	struct tcp_info info, again;
	int queued;

	/* What is acknowledged in between is in neither figure.  It ends: no
	 * more can be acknowledged than was queued. */
	sockmap_tcp_info(fd, &again);
	do {
		info = again;
		queued = 0;
		(void)ioctl(fd, SIOCOUTQ, &queued); /* fails for no TCP */
		sockmap_tcp_info(fd, &again);
	} while (again.tcpi_bytes_acked != info.tcpi_bytes_acked);
	return info.tcpi_bytes_acked + (uint64_t)queued;
}

usec_t
sockmap_idle_us(int fd)
{
	struct tcp_info info;

	sockmap_tcp_info(fd, &info);
	return (usec_t)info.tcpi_last_data_recv * USEC_MS;
}

/* ---- Watching. ------------------------------------------------------- */

static uint32_t
sockmap_epoll_events(int events)
{
	return ((events & SOCKMAP_READ) != 0 ? EPOLLIN : 0) |
	    ((events & SOCKMAP_WRITE) != 0 ? EPOLLOUT : 0) |
	    ((events & SOCKMAP_END) != 0 ? EPOLLRDHUP : 0);
}

bool
sockmap_watch(struct sockmap *m, int pair, int side, int events)
{
	struct sockmap_pair *p = &m->pairs[pair];
	struct epoll_event event = {
		.events = sockmap_epoll_events(events),
		.data.u64 = (uint64_t)(2 * pair + side),
	};
	int op;

	CHECK_OBJ(m, SOCKMAP_MAGIC);
	CHECK(p->owner != NULL);
	if (p->watched[side] == events)
		return true;
	/* A broken socket would be told again and again. */
	op = p->watched[side] == 0 ? EPOLL_CTL_ADD
	    : events == 0          ? EPOLL_CTL_DEL
				   : EPOLL_CTL_MOD;
	if (epoll_ctl(m->epoll, op, p->fds[side], &event) != 0) {
		CHECK(errno == ENOMEM || errno == ENOSPC);
		return false;
	}
	p->watched[side] = (uint8_t)events;
	return true;
}

static void
sockmap_tell(struct sockmap *m, uint64_t lane, int events, usec_t now)
{
	struct sockmap_pair *p = &m->pairs[lane / 2];

	/* It may have gone by what was told before it in this turn. */
	if (p->owner != NULL)
		m->fn(p->owner, (int)(lane % 2), events, now);
}

static void
sockmap_on_epoll(struct watch *watch, int events, usec_t now)
{
	struct sockmap *m = container_of(watch, struct sockmap, epoll_watch);
	struct epoll_event list[SOCKMAP_EVENTS_MAX];
	int n = epoll_wait(m->epoll, list, SOCKMAP_EVENTS_MAX, 0);

	(void)events;
	for (int i = 0; i < n; i++) {
		uint32_t got = list[i].events;

		sockmap_tell(m, list[i].data.u64,
		    ((got & EPOLLIN) != 0 ? SOCKMAP_READ : 0) |
			((got & EPOLLOUT) != 0 ? SOCKMAP_WRITE : 0) |
			((got & EPOLLRDHUP) != 0 ? SOCKMAP_END : 0) |
			((got & EPOLLERR) != 0 ? SOCKMAP_FAIL : 0),
		    now);
	}
}

static int
sockmap_on_news(void *arg, void *data, size_t size)
{
	struct sockmap *m = arg;
	uint32_t lane;

	CHECK(size >= sizeof(lane));
	memcpy(&lane, data, sizeof(lane));
	CHECK(lane < 2 * m->pairs_max);
	sockmap_tell(m, lane, SOCKMAP_LEFT, loop_now(m->loop));
	return 0;
}

static void
sockmap_on_ring(struct watch *watch, int events, usec_t now)
{
	struct sockmap *m = container_of(watch, struct sockmap, ring_watch);

	(void)events;
	(void)now;
	(void)ring_buffer__consume(m->ring);
}

/* ---- Pairs. ---------------------------------------------------------- */

static int
sockmap_take(struct sockmap *m)
{
	int pair = m->free;

	if (pair >= 0)
		m->free = m->pairs[pair].next;
	return pair;
}

static void
sockmap_drop(int map, uint32_t lane)
{
	/* Not there if joining failed half way, or closed by the kernel. */
	(void)bpf_map_delete_elem(map, &lane);
}

void
sockmap_stop(struct sockmap *m, int pair)
{
	struct sockmap_pair *p = &m->pairs[pair];

	CHECK_OBJ(m, SOCKMAP_MAGIC);
	for (int side = 0; side < 2; side++) {
		sockmap_drop(m->maps.taps, (uint32_t)(2 * pair + side));
		sockmap_sync(p->fds[side]); /* it may run this moment */
	}
}

void
sockmap_forget(struct sockmap *m, int pair)
{
	struct sockmap_pair *p = &m->pairs[pair];

	CHECK_OBJ(m, SOCKMAP_MAGIC);
	for (int side = 0; side < 2; side++) {
		uint32_t lane = (uint32_t)(2 * pair + side);

		CHECK(sockmap_watch(m, pair, side, 0));
		sockmap_drop(m->maps.taps, lane);
		(void)bpf_map_delete_elem(m->maps.slots, &p->cookies[side]);
		sockmap_drop(m->maps.pairs, lane);
	}
	memset(p, 0, sizeof(*p));
	p->next = m->free;
	m->free = pair;
}

static int
sockmap_put(int map, uint32_t lane, int fd)
{
	uint64_t value = (uint64_t)fd;

	return bpf_map_update_elem(map, &lane, &value, BPF_NOEXIST) == 0
	    ? 0
	    : -errno;
}

/* Bytes that wait already are looked at by the program only when told so. */
static void
sockmap_kick(int fd)
{
	int one = 1;

	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one)) == 0);
}

static int
sockmap_enter(struct sockmap *m, int pair, int side)
{
	struct sockmap_pair *p = &m->pairs[pair];
	uint32_t lane = (uint32_t)(2 * pair + side);
	socklen_t len = sizeof(p->cookies[side]);

	memset(&m->lanes[lane], 0, sizeof(m->lanes[lane]));
	if (getsockopt(p->fds[side], SOL_SOCKET, SO_COOKIE, &p->cookies[side],
		&len) != 0 ||
	    bpf_map_update_elem(
		m->maps.slots, &p->cookies[side], &lane, BPF_ANY) != 0)
		return -errno;
	return sockmap_put(m->maps.pairs, lane, p->fds[side]);
}

static int
sockmap_tap(struct sockmap *m, int pair)
{
	struct sockmap_pair *p = &m->pairs[pair];
	int rc = 0;

	/* Both are known before the first byte is carried. */
	for (int side = 0; side < 2 && rc == 0; side++)
		rc = sockmap_enter(m, pair, side);
	if (rc == 0)
		rc = sockmap_put(m->maps.taps, (uint32_t)(2 * pair), p->fds[0]);
	return rc;
}

int
sockmap_join(struct sockmap *m, const int fds[2], void *owner)
{
	int pair = sockmap_take(m), rc;
	struct sockmap_pair *p;

	CHECK_OBJ(m, SOCKMAP_MAGIC);
	CHECK(owner != NULL);
	if (pair < 0)
		return -ENOSPC;
	p = &m->pairs[pair];
	p->owner = owner;
	p->fds[0] = fds[0];
	p->fds[1] = fds[1];
	rc = sockmap_tap(m, pair);
	if (rc != 0) {
		sockmap_forget(m, pair);
		return rc;
	}
	/* The first lane carries already: there is no way back. */
	if (sockmap_put(m->maps.taps, (uint32_t)(2 * pair + 1), fds[1]) != 0) {
		sockmap_stop(m, pair);
		sockmap_forget(m, pair);
		return -ECANCELED;
	}
	sockmap_kick(fds[0]);
	sockmap_kick(fds[1]);
	return pair;
}

/* ---- The objects. ---------------------------------------------------- */

static int
sockmap_quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static int
sockmap_create(int *fd, enum bpf_map_type type, const char *name,
    const uint32_t sizes[3], uint32_t flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);

	*fd = bpf_map_create(type, name, sizes[0], sizes[1], sizes[2], &opts);
	return *fd < 0 ? -errno : 0;
}

static uint32_t
sockmap_ring_size(unsigned n_lanes)
{
	uint32_t size = 4096;

	/* A lane is in it twice at most, 16 bytes each time. */
	while (size < n_lanes * 32)
		size *= 2;
	return size;
}

static int
sockmap_create_maps(struct sockmap *m)
{
	uint32_t n = 2 * m->pairs_max;
	struct sockmap_fds *f = &m->maps;
	int rc = 0;

	rc = sockmap_create(&f->slots, BPF_MAP_TYPE_HASH, "regent_slots",
	    (uint32_t[]){ 8, 4, n }, BPF_F_NO_PREALLOC);
	if (rc == 0)
		rc = sockmap_create(&f->lanes, BPF_MAP_TYPE_ARRAY,
		    "regent_lanes",
		    (uint32_t[]){ 4, sizeof(struct sockmap_lane), n },
		    BPF_F_MMAPABLE);
	if (rc == 0)
		rc = sockmap_create(&f->pairs, BPF_MAP_TYPE_SOCKMAP,
		    "regent_pairs", (uint32_t[]){ 4, 8, n }, 0);
	if (rc == 0)
		rc = sockmap_create(&f->taps, BPF_MAP_TYPE_SOCKMAP,
		    "regent_taps", (uint32_t[]){ 4, 8, n }, 0);
	if (rc == 0)
		rc = sockmap_create(&f->news, BPF_MAP_TYPE_RINGBUF,
		    "regent_news", (uint32_t[]){ 0, 0, sockmap_ring_size(n) },
		    0);
	return rc;
}

static int
sockmap_load(struct sockmap *m, bool is_greedy, struct err *err)
{
	struct sockmap_layout layout;
	size_t size = 2 * m->pairs_max * sizeof(*m->lanes);
	int rc = sockmap_create_maps(m);

	if (rc != 0) {
		errno = -rc;
		return err_errno(err, "maps of the kernel relay");
	}
	m->lanes = mmap(
	    NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->maps.lanes, 0);
	if (m->lanes == MAP_FAILED) {
		m->lanes = NULL;
		return err_errno(err, "lanes of the kernel relay");
	}
	rc = sockmap_layout(&layout, err);
	if (rc != 0)
		return rc;
	m->program = sockmap_program_load(&m->maps, &layout, is_greedy, err);
	if (m->program < 0)
		return m->program;
	if (bpf_prog_attach(
		m->program, m->maps.taps, BPF_SK_SKB_STREAM_VERDICT, 0) != 0)
		return err_errno(err, "attaching the kernel relay");
	return 0;
}

static int
sockmap_start_watching(struct sockmap *m, struct err *err)
{
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (m->epoll < 0)
		return err_errno(err, "epoll of the kernel relay");
	m->ring = ring_buffer__new(m->maps.news, sockmap_on_news, m, NULL);
	if (m->ring == NULL)
		return err_errno(err, "news of the kernel relay");
	watch_set(&m->epoll_watch, m->epoll, WATCH_READ);
	watch_set(&m->ring_watch, ring_buffer__epoll_fd(m->ring), WATCH_READ);
	return 0;
}

static struct sockmap *
sockmap_open(struct loop *loop, unsigned pairs_max, sockmap_fn *fn,
    bool is_greedy, struct err *err)
{
	struct sockmap *m = mem_new(sizeof(*m));

	libbpf_set_print(sockmap_quiet);
	m->magic = SOCKMAP_MAGIC;
	m->loop = loop;
	m->fn = fn;
	m->pairs_max =
	    pairs_max < SOCKMAP_PAIRS_LEAST ? SOCKMAP_PAIRS_LEAST : pairs_max;
	m->pairs = mem_new(m->pairs_max * sizeof(*m->pairs));
	for (unsigned i = 0; i < m->pairs_max; i++)
		m->pairs[i].next = i + 1 < m->pairs_max ? (int)i + 1 : -1;
	memset(&m->maps, -1, sizeof(m->maps));
	m->program = -1;
	m->epoll = -1;
	watch_init(&m->epoll_watch, loop, sockmap_on_epoll);
	watch_init(&m->ring_watch, loop, sockmap_on_ring);
	if (sockmap_load(m, is_greedy, err) != 0 ||
	    sockmap_start_watching(m, err) != 0)
		sockmap_free(&m);
	return m;
}

struct sockmap *
sockmap_new(
    struct loop *loop, unsigned pairs_max, sockmap_fn *fn, struct err *err)
{
	return sockmap_open(loop, pairs_max, fn, false, err);
}

struct sockmap *
sockmap_new_greedy(
    struct loop *loop, unsigned pairs_max, sockmap_fn *fn, struct err *err)
{
	return sockmap_open(loop, pairs_max, fn, true, err);
}

void
sockmap_free(struct sockmap **map)
{
	struct sockmap *m = *map;
	const int *fds;

	if (m == NULL)
		return;
	CHECK_OBJ(m, SOCKMAP_MAGIC);
	watch_stop(&m->epoll_watch);
	watch_stop(&m->ring_watch);
	ring_buffer__free(m->ring);
	if (m->lanes != NULL)
		munmap(m->lanes, 2 * m->pairs_max * sizeof(*m->lanes));
	fds = (const int[]){ m->epoll, m->program, m->maps.slots, m->maps.lanes,
		m->maps.pairs, m->maps.taps, m->maps.news };
	for (int i = 0; i < 7; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(m->pairs);
	free(m);
	*map = NULL;
}
