/*
 * request.c - what operators ask of the guard: refused with a reason, or told
 * to the brain of the cluster.
 */
#include "guard/guard_private.h"
#include "guard/ward_hooks.h"

#include <errno.h>

static int
guard_may_order(const struct ward *w, enum order_kind kind, struct err *err)
{
	const struct cluster *c = &w->brain;

	if (w->answer != NULL)
		return err_set(
		    err, -EBUSY, "an order for %s is under way", c->name);
	if (c->policy.mode == MODE_FOLLOW)
		return err_set(err, -EPERM,
		    "failover = follow: something else moves the primary");
	if (kind == ORDER_SWITCHOVER && c->phase != PHASE_STEADY)
		return err_set(err, -EBUSY,
		    "phase %s: a switchover needs a primary that serves; "
		    "see `failover`",
		    phase_names[c->phase]);
	if (kind >= ORDER_FAILOVER && c->phase != PHASE_HOLD &&
	    c->phase != PHASE_LOST)
		return err_set(err, -EBUSY,
		    "phase %s: a failover is for a cluster without primary; "
		    "see `switchover`",
		    phase_names[c->phase]);
	return 0;
}

int
guard_order(
    struct guard *g, const struct guard_request *request, struct err *err)
{
	struct ward *w = guard_ward(g, request->cluster, err);
	struct event ev = { .kind = EV_ORDER, .node = NODE_NONE };
	int slot = NODE_NONE;

	if (w == NULL)
		return -ENOENT;
	if (request->node != NULL) {
		slot = guard_slot(w, request->node, err);
		if (slot < 0)
			return slot;
		if (slot == w->brain.primary &&
		    request->kind == ORDER_SWITCHOVER)
			return err_set(err, -EINVAL,
			    "%s/%s is the primary already", request->cluster,
			    request->node);
	}
	if (guard_may_order(w, request->kind, err) != 0)
		return -EBUSY;
	w->answer = request->answer;
	w->answer_arg = request->arg;
	ev.order = (struct order){ request->kind, slot };
	ward_tell(
	    w, LEVEL_NOTICE, slot, "order=\"%s\"", order_names[request->kind]);
	ward_step(w, &ev, loop_now(g->loop));
	return 0;
}

void
guard_forget(struct guard *g, const void *arg)
{
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		if (g->wards[i] != NULL && g->wards[i]->answer_arg == arg)
			g->wards[i]->answer = NULL;
}

int
guard_set_admin(struct guard *g, const char *cluster, const char *node,
    enum admin_state admin, struct err *err)
{
	struct ward *w = guard_ward(g, cluster, err);
	struct event ev = { .kind = EV_ADMIN, .admin = admin };

	if (w == NULL)
		return -ENOENT;
	ev.node = guard_slot(w, node, err);
	if (ev.node < 0)
		return ev.node;
	if (ev.node == w->brain.primary && admin != ADMIN_READY)
		return err_set(err, -EBUSY,
		    "%s/%s is the primary: switchover first", cluster, node);
	ward_tell(w, LEVEL_NOTICE, ev.node, "admin=%s->%s",
	    admin_names[w->brain.nodes[ev.node].admin], admin_names[admin]);
	ward_step(w, &ev, loop_now(g->loop));
	return 0;
}

/*
 * Nothing can be said to a node that is down.  The command that makes it
 * anew can, and is not the brain's to begin: it acts on who answers.
 */
static int
guard_rejoin_down(struct ward *w, int slot, struct err *err)
{
	const char *node = w->brain.nodes[slot].name;

	if (w->section->rejoin_command[0] == '\0')
		return err_set(err, -EPERM,
		    "%s/%s is down and there is no rejoin_command: start it, "
		    "or set one (see doc/hooks.md)",
		    w->brain.name, node);
	if (!ward_hooks_rejoin(
		w, slot, 0, "ordered by the operator", loop_now(w->loop)))
		return err_set(err, -EBUSY,
		    "rejoin_command runs for %s/%s already", w->brain.name,
		    node);
	return 0;
}

int
guard_rejoin(
    struct guard *g, const char *cluster, const char *node, struct err *err)
{
	struct ward *w = guard_ward(g, cluster, err);
	struct event ev = { .kind = EV_REJOIN };

	if (w == NULL)
		return -ENOENT;
	ev.node = guard_slot(w, node, err);
	if (ev.node < 0)
		return ev.node;
	if (w->brain.policy.mode == MODE_FOLLOW)
		return err_set(
		    err, -EPERM, "failover = follow: regent changes no node");
	if (w->brain.phase != PHASE_STEADY)
		return err_set(err, -EBUSY,
		    "phase %s: there is no primary to follow",
		    phase_names[w->brain.phase]);
	if (ev.node == w->brain.primary)
		return err_set(
		    err, -EBUSY, "%s/%s is the primary", cluster, node);
	if (w->brain.nodes[ev.node].health.state == HEALTH_DOWN &&
	    guard_rejoin_down(w, ev.node, err) != 0)
		return -EBUSY;
	ward_tell(w, LEVEL_NOTICE, ev.node, "order=rejoin");
	ward_step(w, &ev, loop_now(g->loop));
	return 0;
}

int
guard_pause(
    struct guard *g, const char *cluster, bool is_paused, struct err *err)
{
	struct ward *w = guard_ward(g, cluster, err);
	struct event ev = { .kind = EV_PAUSE, .node = NODE_NONE };

	if (w == NULL)
		return -ENOENT;
	ev.is_ok = is_paused;
	ward_tell(w, LEVEL_NOTICE, NODE_NONE, "failover=%s",
	    is_paused ? "paused" : "resumed");
	ward_step(w, &ev, loop_now(g->loop));
	return 0;
}
