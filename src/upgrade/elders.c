#include "upgrade/elders.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/channel.h"
#include "net/pidfd.h"
#include "net/timer.h"
#include "net/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ELDERS_MAGIC 0x454c4453u

/* How soon a packet is tried again that had no room. */
#define ELDERS_RETRY (5 * USEC_MS)

/* What a node has from an elder. */
struct elders_used {
	struct parcel_place of;
	uint64_t n;
};

struct elders_one {
	struct list link;
	struct grave grave;
	struct elders *elders;
	struct elder_seed seed;
	struct watch channel;
	struct watch process;
	struct timer timer; /* it has to acknowledge, or to be sent again */
	uint64_t sent;      /* serial of the last publication it got */
	usec_t since;       /* something is not acknowledged */
	bool is_over;       /* it has no session any more */
	bool is_killed;
	unsigned n_used;
	struct elders_used *used;
};

struct elders {
	uint32_t magic;
	struct loop *loop;
	struct elders_ops ops;
	struct list list;
	unsigned n;
	uint64_t serial; /* published last; 0: nothing yet */
	size_t len;
	uint8_t views[PARCEL_BYTES_MAX]; /* the last publication */
	struct parcel parcel;
	struct channel_packet packet;
};

static bool
elders_is_waited_for(const struct elders_one *e)
{
	return !e->is_over && e->seed.acked < e->elders->serial;
}

static void
elders_free_one(struct grave *grave)
{
	struct elders_one *e = container_of(grave, struct elders_one, grave);

	free(e->used);
	free(e);
}

static struct elders_used *
elders_used_of(struct elders_one *e, const struct parcel_place *of)
{
	for (unsigned i = 0; i < e->n_used; i++)
		if (memcmp(&e->used[i].of, of, sizeof(*of)) == 0)
			return &e->used[i];
	if (e->n_used == PARCEL_CLUSTERS_MAX * PARCEL_NODES_MAX)
		return NULL;
	e->used = mem_resize(e->used, (e->n_used + 1) * sizeof(*e->used));
	e->used[e->n_used] = (struct elders_used){ .of = *of };
	return &e->used[e->n_used++];
}

static void
elders_note_used(
    struct elders_one *e, const struct parcel_place *of, uint64_t n)
{
	struct elders_used *used = elders_used_of(e, of);
	const struct elders_ops *ops = &e->elders->ops;

	if (used == NULL || n > INT32_MAX || n == used->n)
		return;
	ops->on_used(
	    ops->arg, of->cluster, of->node, (int64_t)n - (int64_t)used->n);
	used->n = n;
}

static void
elders_close(struct elders_one *e)
{
	struct elders *all = e->elders;

	watch_stop(&e->channel);
	watch_stop(&e->process);
	timer_stop(&e->timer);
	if (e->seed.channel_fd >= 0)
		close(e->seed.channel_fd);
	close(e->seed.pidfd);
	for (unsigned i = 0; i < e->n_used; i++)
		elders_note_used(e, &e->used[i].of, 0);
	list_remove(&e->link);
	all->n--;
	loop_bury(all->loop, &e->grave, elders_free_one);
}

static void
elders_hear_counts(struct elders *all, bool has_node)
{
	const struct parcel_counts *c = &all->parcel.counts;

	for (unsigned i = 0; i < c->n; i++)
		all->ops.on_count(all->ops.arg, c->of.cluster,
		    has_node ? c->of.node : NULL, c->at[i].name,
		    c->at[i].value);
}

static void
elders_hear_ack(struct elders_one *e, uint64_t serial)
{
	if (serial > e->seed.acked)
		e->seed.acked = serial;
	if (!elders_is_waited_for(e))
		timer_stop(&e->timer);
	e->elders->ops.on_acked(e->elders->ops.arg);
}

static void
elders_hear(struct elders_one *e)
{
	struct elders *all = e->elders;
	const struct parcel *p = &all->parcel;

	switch (p->kind) {
	case PARCEL_ACK:
		elders_hear_ack(e, p->number);
		break;
	case PARCEL_OPEN:
		e->seed.sessions = p->number;
		break;
	case PARCEL_TROUBLE:
		all->ops.on_trouble(
		    all->ops.arg, p->place.cluster, p->place.node);
		break;
	case PARCEL_USED:
		elders_note_used(e, &p->used.of, p->used.n);
		break;
	case PARCEL_LISTEN_COUNTS:
	case PARCEL_NODE_COUNTS:
		elders_hear_counts(all, p->kind == PARCEL_NODE_COUNTS);
		break;
	case PARCEL_BYE:
		e->is_over = true;
		e->seed.sessions = 0;
		timer_stop(&e->timer);
		all->ops.on_acked(all->ops.arg);
		break;
	default:
		break; /* of a newer version, or an answer that came late */
	}
}

/* It says nothing more; what it has ends with it. */
static void
elders_hang_up(struct elders_one *e)
{
	watch_stop(&e->channel);
	close(e->seed.channel_fd);
	e->seed.channel_fd = -1;
}

/* 0, or negative when nothing more comes. */
static int
elders_read(struct elders_one *e)
{
	struct elders *all = e->elders;
	struct err err;
	int rc;

	while ((rc = channel_receive(e->seed.channel_fd, &all->packet)) > 0) {
		rc = parcel_decode(
		    &all->parcel, all->packet.bytes, all->packet.len, &err);
		channel_drop(&all->packet);
		if (rc == 0)
			elders_hear(e);
		else
			log_error("elder=%ld reason=\"%s\"", (long)e->seed.pid,
			    err.text);
	}
	return rc;
}

static void
elders_on_readable(struct watch *watch, int events, usec_t now)
{
	struct elders_one *e = container_of(watch, struct elders_one, channel);

	(void)events;
	(void)now;
	CHECK_OBJ(e->elders, ELDERS_MAGIC);
	if (elders_read(e) < 0)
		elders_hang_up(e);
}

/* Its files are closed: not a byte of its sessions gets anywhere. */
static void
elders_on_gone(struct watch *watch, int events, usec_t now)
{
	struct elders_one *e = container_of(watch, struct elders_one, process);
	struct elders *all = e->elders;

	(void)events;
	/* What it said last is still there. */
	if (e->seed.channel_fd >= 0 && elders_read(e) < 0)
		elders_hang_up(e);
	log_notice("elder=%ld state=gone age_ms=%lld%s", (long)e->seed.pid,
	    (long long)((now - e->seed.retired_at) / USEC_MS),
	    e->is_over ? "" : " reason=\"it ended with sessions\"");
	elders_close(e);
	all->ops.on_acked(all->ops.arg);
}

static void
elders_kill(struct elders_one *e)
{
	log_error("elder=%ld action=kill reason=\"it has not acknowledged "
		  "publication %llu within %lld ms\" sessions_cut=%llu",
	    (long)e->seed.pid, (unsigned long long)e->sent,
	    (long long)(ELDERS_PATIENCE / USEC_MS),
	    (unsigned long long)e->seed.sessions);
	pidfd_kill(e->seed.pidfd);
	e->is_killed = true;
}

static void
elders_send(struct elders_one *e, usec_t now)
{
	struct elders *all = e->elders;

	if (e->seed.channel_fd >= 0 && e->sent < all->serial &&
	    channel_send(e->seed.channel_fd, all->views, all->len, NULL, 0) ==
		0)
		e->sent = all->serial;
	timer_set(&e->timer,
	    e->sent < all->serial && e->seed.channel_fd >= 0
		? now + ELDERS_RETRY
		: e->since + ELDERS_PATIENCE);
}

static void
elders_on_timer(struct timer *timer, usec_t now)
{
	struct elders_one *e = container_of(timer, struct elders_one, timer);

	CHECK_OBJ(e->elders, ELDERS_MAGIC);
	if (!elders_is_waited_for(e) || e->is_killed)
		return;
	if (now - e->since >= ELDERS_PATIENCE)
		elders_kill(e);
	else
		elders_send(e, now);
}

struct elders *
elders_new(struct loop *loop, const struct elders_ops *ops)
{
	struct elders *all = mem_new(sizeof(*all));

	all->magic = ELDERS_MAGIC;
	all->loop = loop;
	all->ops = *ops;
	list_init(&all->list);
	return all;
}

void
elders_free(struct elders **elders)
{
	struct elders *all = *elders;

	if (all == NULL)
		return;
	CHECK_OBJ(all, ELDERS_MAGIC);
	LIST_FOREACH_SAFE (it, &all->list)
		elders_close(LIST_ENTRY(it, struct elders_one, link));
	all->magic = 0;
	free(all);
	*elders = NULL;
}

void
elders_add(struct elders *all, const struct elder_seed *seed)
{
	struct elders_one *e = mem_new(sizeof(*e));

	CHECK_OBJ(all, ELDERS_MAGIC);
	CHECK(seed->channel_fd >= 0 && seed->pidfd >= 0);
	e->elders = all;
	e->seed = *seed;
	list_init(&e->link);
	list_push(&all->list, &e->link);
	all->n++;
	watch_init(&e->channel, all->loop, elders_on_readable);
	watch_init(&e->process, all->loop, elders_on_gone);
	timer_init(&e->timer, all->loop, elders_on_timer);
	watch_set(&e->channel, seed->channel_fd, WATCH_READ);
	watch_set(&e->process, seed->pidfd, WATCH_READ);
}

static void
elders_put_node(struct parcel_node *p, const struct conf_node *conf,
    const struct node_view *view, const struct addr *addr)
{
	_Static_assert(
	    sizeof(addr->ss) <= PARCEL_ADDR_LEN, "an address has room");
	snprintf(p->name, sizeof(p->name), "%s", conf->name);
	p->is_reader = view->is_reader;
	p->cut = view->cut;
	p->weight = view->weight;
	p->addr_len = (uint8_t)addr->len;
	memcpy(p->addr, &addr->ss, addr->len);
}

static void
elders_put_cluster(struct parcel_cluster *p, const struct conf_cluster *conf,
    const struct cluster_view *view, const struct addr addrs[NODES_MAX])
{
	const struct conf_node *writer = view->writer >= 0
	    ? conf_node_by_id(conf, (unsigned)view->writer)
	    : NULL;

	snprintf(p->name, sizeof(p->name), "%s", conf->name);
	p->epoch = view->epoch;
	if (writer != NULL)
		snprintf(p->writer, sizeof(p->writer), "%s", writer->name);
	p->n_nodes = (uint8_t)conf->n_nodes;
	for (unsigned i = 0; i < conf->n_nodes; i++) {
		unsigned slot = conf->nodes[i].id;

		elders_put_node(&p->nodes[i], &conf->nodes[i],
		    &view->nodes[slot], &addrs[slot]);
	}
}

void
elders_publish(struct elders *all, uint64_t serial, const struct conf *conf,
    const struct cluster_view *views, const struct addr (*addrs)[NODES_MAX])
{
	struct parcel *p = &all->parcel;
	usec_t now = loop_clock();

	CHECK_OBJ(all, ELDERS_MAGIC);
	CHECK(serial > all->serial);
	all->serial = serial;
	if (all->n == 0)
		return;
	memset(p, 0, sizeof(*p));
	p->kind = PARCEL_VIEWS;
	p->views.serial = serial;
	p->views.n_clusters = (uint8_t)conf->n_clusters;
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		unsigned id = conf->clusters[i].id;

		elders_put_cluster(&p->views.clusters[i], &conf->clusters[i],
		    &views[id], addrs[id]);
	}
	all->len = parcel_encode(p, all->views);
	LIST_FOREACH (it, &all->list) {
		struct elders_one *e = LIST_ENTRY(it, struct elders_one, link);

		if (e->is_over)
			continue;
		/* An older one it owes may be what it hangs on. */
		if (e->since == 0 || e->seed.acked >= e->sent)
			e->since = now;
		elders_send(e, now);
	}
}

uint64_t
elders_acked(const struct elders *all)
{
	uint64_t least = UINT64_MAX;

	LIST_FOREACH (it, &all->list) {
		const struct elders_one *e =
		    LIST_ENTRY(it, struct elders_one, link);

		if (!e->is_over && e->seed.acked < least)
			least = e->seed.acked;
	}
	return least;
}

void
elders_set_used(struct elders *all, pid_t pid, const char *cluster,
    const char *node, uint64_t n)
{
	struct parcel_place of;

	memset(&of, 0, sizeof(of));
	snprintf(of.cluster, sizeof(of.cluster), "%s", cluster);
	snprintf(of.node, sizeof(of.node), "%s", node);
	LIST_FOREACH (it, &all->list) {
		struct elders_one *e = LIST_ENTRY(it, struct elders_one, link);

		if (e->seed.pid == pid)
			elders_note_used(e, &of, n);
	}
}

void
elders_tell_used(const struct elders *all, elders_used_fn *fn, void *arg)
{
	LIST_FOREACH (it, &all->list) {
		const struct elders_one *e =
		    LIST_ENTRY(it, struct elders_one, link);

		for (unsigned i = 0; i < e->n_used; i++)
			fn(arg, e->seed.pid, e->used[i].of.cluster,
			    e->used[i].of.node, e->used[i].n);
	}
}

void
elders_reopen_log(struct elders *all)
{
	size_t len;

	CHECK_OBJ(all, ELDERS_MAGIC);
	memset(&all->parcel, 0, sizeof(all->parcel));
	all->parcel.kind = PARCEL_REOPEN;
	len = parcel_encode(&all->parcel, all->packet.bytes);
	LIST_FOREACH (it, &all->list) {
		struct elders_one *e = LIST_ENTRY(it, struct elders_one, link);

		/* One that does not read has no lines to write either. */
		if (e->seed.channel_fd >= 0)
			(void)!channel_send(e->seed.channel_fd,
			    all->packet.bytes, len, NULL, 0);
	}
}

unsigned
elders_list(const struct elders *all, struct elder_seed seeds[ELDERS_MAX])
{
	unsigned n = 0;

	CHECK_OBJ(all, ELDERS_MAGIC);
	LIST_FOREACH (it, &all->list) {
		const struct elders_one *e =
		    LIST_ENTRY(it, struct elders_one, link);

		if (!e->is_over && e->seed.channel_fd >= 0 && n < ELDERS_MAX)
			seeds[n++] = e->seed;
	}
	return n;
}

unsigned
elders_count(const struct elders *all)
{
	CHECK_OBJ(all, ELDERS_MAGIC);
	return all->n;
}

uint64_t
elders_sessions(const struct elders *all)
{
	uint64_t sum = 0;

	LIST_FOREACH (it, &all->list)
		sum += LIST_ENTRY(it, struct elders_one, link)->seed.sessions;
	return sum;
}
