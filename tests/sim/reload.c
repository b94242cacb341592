#include "reload.h"

#include "world.h"

#include <stdio.h>

static void
reload_feed(struct world *w, const struct event *ev)
{
	if (w->guard.is_running) /* it may be killed at any event */
		guard_feed(w, ev);
}

static void
reload_add(struct world *w, int slot, bool is_more)
{
	struct event ev = {
		.kind = EV_NODE_ADD,
		.node = slot,
		.is_more = is_more,
		.priority = w->setting.priority[slot],
		.weight = 1,
	};

	snprintf(ev.name, sizeof(ev.name), "%s", world_name(slot));
	guard_open_probe(w, slot);
	if (!w->guard.brain.nodes[slot].is_used)
		locate_find(w, slot);
	reload_feed(w, &ev);
}

static void
reload_remove(struct world *w, int slot)
{
	struct event ev = {
		.kind = EV_NODE_REMOVE, .node = slot, .is_more = true
	};

	guard_open_probe(w, slot); /* what was asked is void */
	reload_feed(w, &ev);
}

/* As ward_configure(): a decision only behind the last of the events. */
void
reload_apply(struct world *w)
{
	struct event ev = {
		.kind = EV_POLICY, .node = NODE_NONE, .is_more = true
	};
	int last = NODE_NONE;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->is_configured[i])
			last = i;
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->guard.brain.nodes[i].is_used && !w->is_configured[i])
			reload_remove(w, i);
	ev.policy = w->policy;
	reload_feed(w, &ev);
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->is_configured[i])
			reload_add(w, i, i != last);
}

/* As guard_may_apply_to() in src/guard/guard.c. */
bool
reload_may_remove(const struct world *w, int slot)
{
	const struct cluster *c = &w->guard.brain;

	if (!w->guard.is_running)
		return true;
	return slot != c->primary && slot != c->candidate;
}

static void
reload_tell(struct world *w)
{
	jury_reconfigured(w);
	if (w->guard.is_running)
		reload_apply(w);
}

void
reload_set_node(struct world *w, int slot, bool is_configured)
{
	STORY(w, "%s is %s the configuration", world_name(slot),
	    is_configured ? "added to" : "removed from");
	w->is_configured[slot] = is_configured;
	reload_tell(w);
}

void
reload_set_policy(struct world *w, const struct policy *policy)
{
	static const char *const modes[] = { [MODE_AUTO] = "auto",
		[MODE_FOLLOW] = "follow",
		[MODE_MANUAL] = "manual" };

	STORY(w, "the policy is failover=%s sync_replicas=%u max_loss=%lld",
	    modes[policy->mode], policy->sync_replicas,
	    (long long)policy->max_loss_bytes);
	w->policy = *policy;
	reload_tell(w);
}
