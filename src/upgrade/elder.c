#include "upgrade/elder.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/channel.h"
#include "net/timer.h"
#include "net/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ELDER_MAGIC 0x454c4445u

#define ELDER_LOOK (50 * USEC_MS)
#define ELDER_COUNT (500 * USEC_MS)

struct elder {
	uint32_t magic;
	struct loop *loop;
	const struct conf *conf;
	struct elder_ops ops;
	int fd;
	usec_t until; /* USEC_NEVER: as long as there are sessions */
	struct watch watch;
	struct timer look;
	usec_t counted_at;
	uint64_t serial; /* published last */
	uint64_t acked;  /* told */
	struct addr addrs[CONF_CLUSTERS_MAX][NODES_MAX];
	struct channel_packet packet;
	struct parcel heard;
	struct parcel said;
	uint8_t bytes[PARCEL_BYTES_MAX];
};

static bool
elder_say(struct elder *e)
{
	size_t len = parcel_encode(&e->said, e->bytes);

	return channel_send(e->fd, e->bytes, len, NULL, 0) == 0;
}

static bool
elder_say_number(struct elder *e, enum parcel_kind kind, uint64_t number)
{
	e->said.kind = kind;
	e->said.number = number;
	return elder_say(e);
}

void
elder_look(struct elder *e)
{
	uint64_t acked = e->ops.acked(e->ops.arg);

	CHECK_OBJ(e, ELDER_MAGIC);
	if (acked <= e->acked || acked == UINT64_MAX)
		return;
	if (elder_say_number(e, PARCEL_ACK, acked))
		e->acked = acked; /* else the next look tries again */
}

/* ---- what the guard publishes ------------------------------------------- */

static const struct parcel_cluster *
elder_find_cluster(const struct parcel_views *v, const char *name)
{
	for (unsigned i = 0; i < v->n_clusters; i++)
		if (strcmp(v->clusters[i].name, name) == 0)
			return &v->clusters[i];
	return NULL;
}

static const struct parcel_node *
elder_find_node(const struct parcel_cluster *c, const char *name)
{
	for (unsigned i = 0; c != NULL && i < c->n_nodes; i++)
		if (strcmp(c->nodes[i].name, name) == 0)
			return &c->nodes[i];
	return NULL;
}

/* Another address is another server: who is at the old one is cut. */
static void
elder_take_addr(struct elder *e, struct addr *addr,
    const struct parcel_node *from, struct node_view *view)
{
	struct addr there = { .len = from->addr_len };

	(void)e;
	memcpy(&there.ss, from->addr, from->addr_len);
	if (addr->len != 0 &&
	    (there.len != addr->len ||
		memcmp(&there.ss, &addr->ss, there.len) != 0)) {
		view->is_reader = false;
		view->cut = CUT_NOW;
	}
	*addr = there;
}

/* What the guard does not know any more was taken away by its file. */
static void
elder_take_node(struct elder *e, const struct parcel_cluster *from,
    const struct conf_cluster *cluster, const struct conf_node *node,
    struct cluster_view *view)
{
	const struct parcel_node *p = elder_find_node(from, node->name);
	struct node_view *n = &view->nodes[node->id];

	if (p == NULL) {
		n->cut = CUT_DRAIN;
		return;
	}
	n->is_reader = p->is_reader;
	n->cut = p->cut;
	n->weight = p->weight;
	if (strcmp(from->writer, node->name) == 0)
		view->writer = (int16_t)node->id;
	elder_take_addr(e, &e->addrs[cluster->id][node->id], p, n);
	if (n->cut == CUT_NOW && view->writer == (int16_t)node->id)
		view->writer = -1;
}

static void
elder_take_cluster(struct elder *e, const struct parcel_cluster *from,
    const struct conf_cluster *cluster, struct cluster_view *view)
{
	if (from != NULL)
		view->epoch = from->epoch;
	for (unsigned i = 0; i < cluster->n_nodes; i++)
		elder_take_node(e, from, cluster, &cluster->nodes[i], view);
}

static void
elder_take_views(struct elder *e, const struct parcel_views *v)
{
	struct cluster_view views[CONF_CLUSTERS_MAX];

	if (v->serial <= e->serial)
		return;
	memset(views, 0, sizeof(views));
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		views[i].writer = -1;
	for (unsigned i = 0; i < e->conf->n_clusters; i++) {
		const struct conf_cluster *c = &e->conf->clusters[i];

		elder_take_cluster(
		    e, elder_find_cluster(v, c->name), c, &views[c->id]);
	}
	e->serial = v->serial;
	e->ops.publish(e->ops.arg, v->serial, views,
	    (const struct addr(*)[NODES_MAX])e->addrs);
}

static void
elder_end(struct elder *e, const char *why)
{
	watch_stop(&e->watch);
	timer_stop(&e->look);
	e->ops.on_end(e->ops.arg, why);
}

static void
elder_hear(struct elder *e)
{
	struct err err;
	int rc = parcel_decode(&e->heard, e->packet.bytes, e->packet.len, &err);

	channel_drop(&e->packet);
	if (rc != 0)
		log_error("elder=%ld reason=\"%s\"", (long)getpid(), err.text);
	else if (e->heard.kind == PARCEL_VIEWS)
		elder_take_views(e, &e->heard.views);
	else if (e->heard.kind == PARCEL_REOPEN)
		e->ops.reopen_log(e->ops.arg);
}

static void
elder_on_readable(struct watch *watch, int events, usec_t now)
{
	struct elder *e = container_of(watch, struct elder, watch);
	int rc;

	(void)events;
	(void)now;
	CHECK_OBJ(e, ELDER_MAGIC);
	while ((rc = channel_receive(e->fd, &e->packet)) > 0)
		elder_hear(e);
	if (rc < 0)
		elder_end(e,
		    "the process that took over is gone: nobody "
		    "would tell of another primary");
}

/* ---- what it tells ------------------------------------------------------ */

void
elder_tell_trouble(struct elder *e, unsigned cluster_id, unsigned node_id)
{
	const struct conf_cluster *c = conf_cluster_by_id(e->conf, cluster_id);
	const struct conf_node *n =
	    c != NULL ? conf_node_by_id(c, node_id) : NULL;

	CHECK_OBJ(e, ELDER_MAGIC);
	if (n == NULL)
		return;
	memset(&e->said.place, 0, sizeof(e->said.place));
	e->said.kind = PARCEL_TROUBLE;
	snprintf(e->said.place.cluster, sizeof(parcel_name), "%s", c->name);
	snprintf(e->said.place.node, sizeof(parcel_name), "%s", n->name);
	(void)!elder_say(e); /* a hint: others see the same */
}

bool
elder_tell_counts(
    struct elder *e, bool has_node, const struct parcel_counts *counts)
{
	CHECK_OBJ(e, ELDER_MAGIC);
	e->said.kind = has_node ? PARCEL_NODE_COUNTS : PARCEL_LISTEN_COUNTS;
	e->said.counts = *counts;
	return elder_say(e);
}

bool
elder_tell_used(
    struct elder *e, const char *cluster, const char *node, uint64_t n)
{
	CHECK_OBJ(e, ELDER_MAGIC);
	memset(&e->said.used, 0, sizeof(e->said.used));
	e->said.kind = PARCEL_USED;
	snprintf(e->said.used.of.cluster, sizeof(parcel_name), "%s", cluster);
	snprintf(e->said.used.of.node, sizeof(parcel_name), "%s", node);
	e->said.used.n = n;
	return elder_say(e);
}

static bool
elder_tell_all(struct elder *e, usec_t now)
{
	e->counted_at = now;
	return e->ops.tell_counts(e->ops.arg, e) &&
	    elder_say_number(e, PARCEL_OPEN, e->ops.sessions(e->ops.arg));
}

static void
elder_on_look(struct timer *timer, usec_t now)
{
	struct elder *e = container_of(timer, struct elder, look);

	CHECK_OBJ(e, ELDER_MAGIC);
	timer_set(timer, now + ELDER_LOOK);
	elder_look(e);
	if (!e->ops.tell_used(e->ops.arg, e))
		return; /* there is no room: the next time */
	if (e->ops.is_final(e->ops.arg) && e->ops.sessions(e->ops.arg) == 0) {
		if (!elder_tell_all(e, now))
			return;
		e->said.kind = PARCEL_BYE;
		if (elder_say(e))
			elder_end(e, "the last session has ended");
	} else if (now >= e->until) {
		elder_end(e, "upgrade_timeout");
	} else if (now - e->counted_at >= ELDER_COUNT) {
		(void)elder_tell_all(e, now);
	}
}

struct elder *
elder_new(struct loop *loop, const struct elder_plan *plan,
    const struct elder_ops *ops)
{
	struct elder *e = mem_new(sizeof(*e));

	e->magic = ELDER_MAGIC;
	e->loop = loop;
	e->conf = conf_ref(plan->conf);
	e->ops = *ops;
	e->fd = plan->channel_fd;
	e->serial = plan->serial;
	memcpy(e->addrs, plan->addrs, sizeof(e->addrs));
	e->until =
	    plan->limit_us > 0 ? loop_clock() + plan->limit_us : USEC_NEVER;
	watch_init(&e->watch, loop, elder_on_readable);
	timer_init(&e->look, loop, elder_on_look);
	watch_set(&e->watch, e->fd, WATCH_READ);
	timer_set(&e->look, loop_clock());
	return e;
}

void
elder_free(struct elder **elder)
{
	struct elder *e = *elder;

	if (e == NULL)
		return;
	CHECK_OBJ(e, ELDER_MAGIC);
	watch_stop(&e->watch);
	timer_stop(&e->look);
	close(e->fd);
	conf_unref(&e->conf);
	free(e);
	*elder = NULL;
}
