#include "guard/guard.h"

#include "base/mem.h"
#include "guard/guard_private.h"
#include "guard/legacy.h"
#include "guard/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The brains' clock: slow while all is well, quick in a failover. */
#define GUARD_BEAT (50 * USEC_MS)
#define GUARD_BEAT_BUSY (5 * USEC_MS)

/* A beat this late means that we slept, and no verdict of that time holds. */
#define GUARD_STALL (100 * USEC_MS)

enum { GUARD_INBOX_MAX = 4096 };

enum guard_message_kind { GUARD_TROUBLE, GUARD_ACKED };

struct guard_message {
	enum guard_message_kind kind;
	unsigned cluster_id;
	unsigned node_id;
};

static const struct event guard_tick = { .kind = EV_TICK, .node = NODE_NONE };

struct ward *
guard_ward(const struct guard *g, const char *cluster, struct err *err)
{
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		if (g->wards[i] != NULL &&
		    strcmp(g->wards[i]->brain.name, cluster) == 0)
			return g->wards[i];
	err_set(err, -ENOENT, "no such cluster: %s", cluster);
	return NULL;
}

int
guard_slot(const struct ward *w, const char *node, struct err *err)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (w->brain.nodes[i].is_used &&
		    strcmp(w->brain.nodes[i].name, node) == 0)
			return i;
	return err_set(
	    err, -ENOENT, "no such node: %s/%s", w->brain.name, node);
}

static void
guard_on_message(void *arg, const void *message, usec_t now)
{
	const struct guard_message *m = message;
	struct guard *g = arg;
	struct ward *w;

	CHECK_OBJ(g, GUARD_MAGIC);
	if (m->kind == GUARD_ACKED) {
		publish_look_at_acked(g, now);
		return;
	}
	w = g->wards[m->cluster_id];
	if (w != NULL && w->brain.nodes[m->node_id].is_used) {
		struct event ev = {
			.kind = EV_PASSIVE,
			.node = (int)m->node_id,
		};

		ward_step(w, &ev, now);
	}
}

void
guard_post_trouble(struct guard *g, unsigned cluster_id, unsigned node_id)
{
	struct guard_message m = { GUARD_TROUBLE, cluster_id, node_id };

	CHECK(cluster_id < CONF_CLUSTERS_MAX && node_id < NODES_MAX);
	/* When it is full the guard knows of trouble enough. */
	(void)!mailbox_post(g->inbox, &m);
}

void
guard_post_acked(struct guard *g)
{
	struct guard_message m = { .kind = GUARD_ACKED };

	/* A lost one is made good by the next heartbeat. */
	(void)!mailbox_post(g->inbox, &m);
}

static bool
guard_is_busy(const struct guard *g)
{
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		if (g->wards[i] != NULL &&
		    failover_is_busy(&g->wards[i]->brain))
			return true;
	return false;
}

static bool
guard_has_slept(const struct guard *g, usec_t now, usec_t boot_now)
{
	usec_t suspended = (boot_now - g->boot_beat_at) - (now - g->beat_at);

	return now - timer_deadline(&g->heartbeat) > GUARD_STALL ||
	    suspended > GUARD_STALL;
}

static void
guard_beat(struct guard *g, const struct event *ev, usec_t now)
{
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		if (g->wards[i] != NULL)
			ward_step(g->wards[i], ev, now);
	timer_set(&g->heartbeat,
	    now + (guard_is_busy(g) ? GUARD_BEAT_BUSY : GUARD_BEAT));
}

void
guard_look_at_clock(struct guard *g, usec_t now)
{
	const struct event ev = { .kind = EV_CLOCK, .node = NODE_NONE };
	usec_t boot_now = loop_boot_clock();

	if (!g->is_started || !guard_has_slept(g, now, boot_now))
		return;
	log_warn("guard=loop slept_ms=%lld action=\"suspend judgement until "
		 "every node was probed afresh\"",
	    (long long)((boot_now - g->boot_beat_at) / USEC_MS));
	g->stalls++;
	g->beat_at = now;
	g->boot_beat_at = boot_now;
	timer_set(&g->heartbeat, now); /* late no more */
	guard_beat(g, &ev, now);
}

static void
guard_on_heartbeat(struct timer *timer, usec_t now)
{
	struct guard *g = container_of(timer, struct guard, heartbeat);

	guard_look_at_clock(g, now);
	g->beat_at = now;
	g->boot_beat_at = loop_boot_clock();
	publish_look_at_acked(g, now);
	guard_beat(g, &guard_tick, now);
}

static void
guard_on_journal(
    void *arg, unsigned cluster_id, uint32_t seq, int code, usec_t now)
{
	struct guard *g = arg;
	struct event ev = {
		.kind = EV_RESULT,
		.node = NODE_NONE,
		.seq = seq,
		.is_ok = code == 0,
	};

	if (seq != 0 && g->wards[cluster_id] != NULL)
		ward_step(g->wards[cluster_id], &ev, now);
}

/* What the journal remembers, by cluster id, while it is replayed. */
struct guard_replay {
	struct guard *guard;
	unsigned n;
	struct journal_record *records;
	bool is_known[CONF_CLUSTERS_MAX];
	struct memory memory[CONF_CLUSTERS_MAX];
};

/* There is no ward yet that it could be told. */
static void
guard_on_record(void *arg, const struct journal_record *record)
{
	struct guard_replay *replay = arg;

	replay->records = mem_resize(
	    replay->records, (replay->n + 1) * sizeof(*replay->records));
	replay->records[replay->n++] = *record;
}

static int
guard_replay_slot(const struct ward *w, const char *node)
{
	struct err ignored; /* a node that was removed since */

	return node[0] != '\0' && guard_slot(w, node, &ignored) >= 0
	    ? guard_slot(w, node, &ignored)
	    : NODE_NONE;
}

static void
guard_replay_record(
    struct guard_replay *replay, const struct journal_record *record)
{
	struct err ignored; /* a cluster that was removed since */
	struct ward *w = guard_ward(replay->guard, record->cluster, &ignored);
	struct memory *m;

	if (w == NULL)
		return;
	m = &replay->memory[w->id];
	replay->is_known[w->id] = true;
	m->epoch = record->epoch;
	m->position = record->position;
	m->promised = record->promised;
	memcpy(m->history, record->history, sizeof(m->history));
	if (record->kind == RECORD_PRIMARY) {
		m->primary = guard_replay_slot(w, record->node);
		m->intended = NODE_NONE;
	} else {
		m->primary = guard_replay_slot(w, record->from);
		m->intended = guard_replay_slot(w, record->node);
	}
}

/* Who has a brain already knows all that the journal does, and more. */
static void
guard_replay(
    struct guard *g, struct guard_replay *replay, const struct legacy *legacy)
{
	for (unsigned i = 0; i < replay->n; i++)
		guard_replay_record(replay, &replay->records[i]);
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++) {
		struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };

		if (!replay->is_known[i] ||
		    (legacy != NULL &&
			legacy_has(legacy, g->wards[i]->brain.name)))
			continue;
		ev.memory = replay->memory[i];
		ward_step(g->wards[i], &ev, loop_now(g->loop));
	}
}

static void
guard_configure_wards(struct guard *g, const struct conf *conf, usec_t now)
{
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		const struct conf_cluster *section = &conf->clusters[i];

		if (g->wards[section->id] == NULL)
			g->wards[section->id] = ward_new(g, g->loop, section);
		ward_configure(g->wards[section->id], conf, now);
	}
}

/* As a reload would, in a process that had this state before. */
static int
guard_inherit(struct guard *g, struct legacy *legacy, struct err *err)
{
	for (unsigned i = 0; i < g->conf->n_clusters; i++) {
		const struct conf_cluster *section = &g->conf->clusters[i];

		g->wards[section->id] = ward_new(g, g->loop, section);
	}
	legacy_give(legacy, g);
	return guard_may_apply(g, g->conf, err);
}

/* The journal first: rules may fire as soon as there are nodes. */
static int
guard_open(struct guard *g, struct legacy *legacy, int lock_fd, struct err *err)
{
	struct guard_replay *replay = mem_new(sizeof(*replay));
	usec_t now = loop_now(g->loop);
	int rc = 0;

	replay->guard = g;
	g->journal = journal_open(
	    g->loop, g->conf->state_dir, lock_fd, guard_on_record, replay, err);
	if (g->journal == NULL)
		rc = -EIO;
	else
		journal_on_done(g->journal, guard_on_journal, g);
	if (rc == 0 && legacy != NULL)
		rc = guard_inherit(g, legacy, err);
	if (rc == 0) {
		guard_configure_wards(g, g->conf, now);
		guard_replay(g, replay, legacy);
		if (legacy != NULL)
			legacy_settle(legacy, g, now);
	}
	free(replay->records);
	free(replay);
	return rc;
}

struct guard *
guard_new(struct loop *loop, const struct conf *conf,
    const struct effects *effects, const struct guard_legacy *left,
    struct err *err)
{
	struct guard *g = mem_new(sizeof(*g));
	struct legacy *legacy = NULL;
	int rc = 0;

	g->magic = GUARD_MAGIC;
	g->loop = loop;
	g->conf = conf_ref(conf);
	g->effects = effects;
	timer_init(&g->heartbeat, loop, guard_on_heartbeat);
	g->inbox = mailbox_new(loop, sizeof(struct guard_message),
	    GUARD_INBOX_MAX, guard_on_message, g);
	g->resolver = resolver_new(loop);
	if (g->resolver != NULL &&
	    resolver_configure(g->resolver, &conf->nameservers, err) != 0) {
		guard_free(&g);
		return NULL;
	}
	if (left != NULL) {
		legacy = legacy_read(left->state, err);
		rc = legacy != NULL ? 0 : -EINVAL;
	}
	if (rc == 0)
		rc = guard_open(
		    g, legacy, left != NULL ? left->lock_fd : -1, err);
	legacy_free(&legacy);
	if (rc != 0)
		guard_free(&g);
	return g;
}

void
guard_start(struct guard *g)
{
	usec_t now = loop_clock();

	CHECK_OBJ(g, GUARD_MAGIC);
	g->is_started = true;
	g->beat_at = now;
	g->boot_beat_at = loop_boot_clock();
	publish_views(g);
	timer_set(&g->heartbeat, now);
}

void
guard_free(struct guard **guard)
{
	struct guard *g = *guard;

	if (g == NULL)
		return;
	CHECK_OBJ(g, GUARD_MAGIC);
	timer_stop(&g->heartbeat);
	journal_close(&g->journal);
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		ward_free(&g->wards[i]);
	resolver_free(&g->resolver);
	mailbox_free(&g->inbox);
	conf_unref(&g->conf);
	free(g);
	*guard = NULL;
}

static int
guard_may_apply_to(
    const struct ward *w, const struct conf_cluster *conf, struct err *err)
{
	const struct cluster *c = &w->brain;

	for (int i = 0; i < NODES_MAX; i++) {
		if (!c->nodes[i].is_used ||
		    (conf != NULL && conf_node_by_id(conf, (unsigned)i)))
			continue;
		if (conf != NULL && i == c->primary)
			return err_set(err, -EBUSY,
			    "node %s/%s is the primary and can't be removed: "
			    "switchover first",
			    c->name, c->nodes[i].name);
		if (i == c->candidate)
			return err_set(err, -EBUSY,
			    "node %s/%s is being promoted and can't be "
			    "removed: try again in a moment",
			    c->name, c->nodes[i].name);
		if (conf == NULL && failover_is_busy(c) &&
		    c->phase != PHASE_LEARN && c->phase != PHASE_HOLD)
			return err_set(err, -EBUSY,
			    "cluster %s can't be removed in phase %s", c->name,
			    phase_names[c->phase]);
	}
	return 0;
}

int
guard_may_apply(const struct guard *g, const struct conf *conf, struct err *err)
{
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++) {
		int rc;

		if (g->wards[i] == NULL)
			continue;
		rc = guard_may_apply_to(
		    g->wards[i], conf_cluster_by_id(conf, i), err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void
guard_apply_nameservers(struct guard *g, const struct conf *conf)
{
	struct err err;

	if (g->resolver != NULL &&
	    resolver_configure(g->resolver, &conf->nameservers, &err) != 0)
		log_error("reload=ok but=\"%s\" action=\"the servers of before "
			  "are asked\"",
		    err.text);
}

void
guard_apply(struct guard *g, const struct conf *conf)
{
	usec_t now = loop_clock();

	CHECK_OBJ(g, GUARD_MAGIC);
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		if (g->wards[i] != NULL && conf_cluster_by_id(conf, i) == NULL)
			ward_free(&g->wards[i]);
	guard_apply_nameservers(g, conf);
	guard_configure_wards(g, conf, now);
	conf_unref(&g->conf);
	g->conf = conf_ref(conf);
	publish_views(g);
}

const struct conf *
guard_conf(const struct guard *g)
{
	CHECK_OBJ(g, GUARD_MAGIC);
	return g->conf;
}

const struct cluster *
guard_brain(const struct guard *g, unsigned id)
{
	CHECK(id < CONF_CLUSTERS_MAX);
	return g->wards[id] != NULL ? &g->wards[id]->brain : NULL;
}

const struct recorder *
guard_record(const struct guard *g, unsigned cluster_id)
{
	CHECK(cluster_id < CONF_CLUSTERS_MAX);
	return g->wards[cluster_id] != NULL ? &g->wards[cluster_id]->record
					    : NULL;
}

const struct episode *
guard_episode(const struct guard *g, unsigned cluster_id)
{
	CHECK(cluster_id < CONF_CLUSTERS_MAX);
	return g->wards[cluster_id] != NULL
	    ? &g->wards[cluster_id]->episode.last
	    : NULL;
}

const char *
guard_node_detail(const struct guard *g, unsigned cluster_id, unsigned node_id)
{
	const struct ward_node *n;
	const struct ward *w;

	CHECK(cluster_id < CONF_CLUSTERS_MAX && node_id < NODES_MAX);
	w = g->wards[cluster_id];
	n = &w->nodes[node_id];
	if (n->detail[0] == '\0' && (int)node_id != w->brain.primary &&
	    !view_is_following(&w->brain, (int)node_id))
		return n->trouble;
	return n->detail;
}

const struct endpoint *
guard_node_address(const struct guard *g, unsigned cluster_id, unsigned node_id)
{
	CHECK(cluster_id < CONF_CLUSTERS_MAX && node_id < NODES_MAX);
	return &g->wards[cluster_id]->nodes[node_id].place.address;
}

struct guard_appointed
guard_appointed(const struct guard *g, unsigned cluster_id)
{
	struct guard_appointed it = { .node = NODE_NONE, .address = "" };
	const struct authority *a;
	const struct appoint *appoint;

	CHECK(cluster_id < CONF_CLUSTERS_MAX && g->wards[cluster_id] != NULL);
	a = &g->wards[cluster_id]->authority;
	if (a->sentinels == NULL)
		return it;
	appoint = sentinels_appoint(a->sentinels);
	it.n_sentinels = appoint->n;
	it.n_heard = appoint_n_heard(appoint);
	it.node = a->slot;
	it.address = a->primary;
	return it;
}

bool
guard_sentinel(const struct guard *g, unsigned cluster_id, unsigned i,
    struct sentinel_state *state)
{
	const struct authority *a;

	CHECK(cluster_id < CONF_CLUSTERS_MAX && g->wards[cluster_id] != NULL);
	a = &g->wards[cluster_id]->authority;
	return a->sentinels != NULL && sentinels_state(a->sentinels, i, state);
}

uint64_t
guard_stalls(const struct guard *g)
{
	return g->stalls;
}
