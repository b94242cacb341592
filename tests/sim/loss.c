/*
 * loss.c - acknowledged writes that are lost: whether a promise was broken.
 */
#include "world.h"

#include <string.h>

/* Nodes that count as replicas, and have it. */
static unsigned
loss_copies(const struct world *w, const struct write *write)
{
	unsigned n = 0;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->is_configured[i] && i != w->guard.brain.primary &&
		    annals_has(&w->annals, &w->dbs[i].data, &write->data))
			n++;
	return n;
}

/*
 * With copies at k of n replicas, any n-k+1 of them contain one.  With fewer,
 * nobody can promise that a decision knows of the write.
 */
static bool
loss_is_thin(const struct world *w, const struct write *write)
{
	return write->is_executed && write->weak == EXCUSE_NONE &&
	    w->policy.sync_replicas > 0 &&
	    loss_copies(w, write) < w->policy.sync_replicas;
}

void
jury_forgotten(struct world *w, int slot, const struct data *had)
{
	for (uint32_t i = 0; i < w->annals.n_writes; i++) {
		struct write *write = &w->annals.writes[i];

		if (annals_has(&w->annals, had, &write->data) &&
		    !annals_has(&w->annals, &w->dbs[slot].data, &write->data) &&
		    loss_is_thin(w, write))
			write->weak = EXCUSE_NODES;
	}
}

void
jury_reconfigured(struct world *w)
{
	for (uint32_t i = 0; i < w->annals.n_writes; i++) {
		struct write *write = &w->annals.writes[i];

		if (loss_is_thin(w, write))
			write->weak = EXCUSE_CONFIG;
	}
}

/*
 * No node that regent knows has it any more, or has it and has begun to copy
 * other data over it: then it can't be saved.
 */
static bool
loss_is_gone(const struct world *w, const struct write *write)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->is_configured[i] && !w->dbs[i].has_no_place &&
		    annals_has(&w->annals, &w->dbs[i].data, &write->data))
			return false;
	return true;
}

/* What was known of the primary tells it to lack no more than max_loss. */
static bool
loss_is_within(const struct world *w, const struct write *write, int64_t most)
{
	const struct data *known = &w->jury.known;

	/* What was never seen can't be measured. */
	return write->data.history != known->history ||
	    write->data.position + (uint64_t)most > known->position;
}

/* Also if regent and its policy changed since the promotion was decided. */
static struct promise
loss_promise(const struct world *w, int writer)
{
	const struct line *last = &w->guard.journal.last;
	struct promise p = { .node = writer,
		.sync_replicas = w->policy.sync_replicas,
		.max_loss_bytes = w->policy.max_loss_bytes };

	if (w->jury.open == writer) {
		p.sync_replicas = last->sync_replicas;
		p.max_loss_bytes = last->max_loss_bytes;
	}
	if (w->jury.promise.node != writer)
		return p;
	/* A promotion that failed: whoever adopts the node may do so now. */
	return w->jury.failed_node == writer && p.sync_replicas == 0
	    ? p
	    : w->jury.promise;
}

/* How a write may be lost without breaking a promise. */
static enum excuse
loss_excuse(const struct world *w, const struct write *write, int writer)
{
	const struct jury *c = &w->jury;
	struct promise p = loss_promise(w, writer);

	if (w->policy.mode == MODE_FOLLOW)
		return EXCUSE_FOLLOWED;
	if (w->is_by_hand || c->is_ordered || c->ordered == writer)
		return EXCUSE_ORDER;
	if (write->weak != EXCUSE_NONE)
		return write->weak;
	/* The one primary that there is; a long tale may be behind it. */
	if (c->is_blank)
		return EXCUSE_NODES;
	if (loss_is_gone(w, write))
		return EXCUSE_NODES;
	if (p.sync_replicas > 0 || p.is_switchover)
		return EXCUSE_NONE;
	return loss_is_within(w, write, p.max_loss_bytes) ? EXCUSE_ASYNC
							  : EXCUSE_NONE;
}

/*
 * It has died since it told what it has, or was led astray: nobody knows that
 * yet.
 */
static bool
loss_is_hidden(const struct world *w, int writer)
{
	const struct report *told = &w->jury.witnesses[writer].report;
	struct report now;

	database_report(w, writer, &now);
	return !w->dbs[writer].is_alive || now.role != told->role ||
	    strcmp(now.instance, told->instance) != 0;
}

static void
loss_judge(struct world *w, int writer)
{
	const struct data *data = &w->dbs[writer].data;

	for (uint32_t i = 0; i < w->annals.n_writes; i++) {
		struct write *write = &w->annals.writes[i];

		if (!write->is_acked || write->is_lost ||
		    annals_has(&w->annals, data, &write->data))
			continue;
		write->is_lost = true;
		write->excuse = loss_excuse(w, write, writer);
		if (write->excuse == EXCUSE_NONE)
			jury_fail(w, INV_NO_LOSS,
			    "write %u, made by %s at h%u:%llu, is not in %s "
			    "at h%u:%llu",
			    i, world_name(write->node), write->data.history,
			    (unsigned long long)write->data.position,
			    world_name(writer), data->history,
			    (unsigned long long)data->position);
	}
}

void
jury_losses(struct world *w, int writer)
{
	w->jury.is_loss_owed = loss_is_hidden(w, writer);
	if (!w->jury.is_loss_owed)
		loss_judge(w, writer);
}

void
jury_end(struct world *w)
{
	int writer = w->jury.writer;

	/* It was to find out, and route another. */
	if (w->jury.is_loss_owed && writer != NODE_NONE)
		loss_judge(w, writer);
	for (uint32_t i = 0; i < w->annals.n_writes; i++) {
		const struct write *write = &w->annals.writes[i];

		if (!write->is_acked || writer == NODE_NONE ||
		    annals_has(&w->annals, &w->dbs[writer].data, &write->data))
			continue;
		/* Lost since it was routed: the node has done that. */
		w->lost[write->is_lost ? write->excuse : EXCUSE_NODES]++;
	}
}
