#include "admin/act.h"

#include "admin/call.h"

#include <string.h>

static void
act_on_order_done(void *arg, bool is_ok, const char *text)
{
	struct call *call = arg;

	if (is_ok)
		call_ok(call, "%s", text);
	else
		call_fail(call, "%s", text);
}

static void
act_order(struct call *call, enum order_kind kind)
{
	const struct guard_request request = {
		.kind = kind,
		.cluster = call_arg(call, 0),
		.node = call_arg(call, 1),
		.answer = act_on_order_done,
		.arg = call,
	};
	struct err err;

	if (guard_order(call->world->guard, &request, &err) != 0)
		call_fail(call, "%s", err.text);
}

void
act_switchover(struct call *call)
{
	act_order(call, ORDER_SWITCHOVER);
}

void
act_failover(struct call *call)
{
	act_order(call, call->is_forced ? ORDER_FORCE : ORDER_FAILOVER);
}

static void
act_set_pause(struct call *call, bool is_paused)
{
	const char *cluster = call_arg(call, 0);
	struct err err;

	if (guard_pause(call->world->guard, cluster, is_paused, &err) != 0)
		call_fail(call, "%s", err.text);
	else
		call_ok(call, "failover of %s is %s", cluster,
		    is_paused ? "paused" : "resumed");
}

void
act_pause(struct call *call)
{
	act_set_pause(call, true);
}

void
act_resume(struct call *call)
{
	act_set_pause(call, false);
}

/* Cuts CLUSTER/NODE, the first argument, in two. */
static void
act_split(struct call *call, const char **cluster, const char **node)
{
	char *slash = strchr(call->args[0], '/');

	CHECK(slash != NULL); /* commands.def asks for one */
	*slash = '\0';
	*cluster = call->args[0];
	*node = slash + 1;
}

static enum admin_state
act_admin_of(const char *name)
{
	unsigned i = 0;

	while (strcmp(admin_names[i], name) != 0)
		CHECK(++i < ADMIN_COUNT); /* commands.def knows no other */
	return i;
}

void
act_set_node(struct call *call)
{
	const char *state = call_arg(call, 2), *cluster, *node;
	enum admin_state admin = act_admin_of(state);
	struct err err;

	act_split(call, &cluster, &node);
	if (guard_set_admin(call->world->guard, cluster, node, admin, &err) !=
	    0)
		call_fail(call, "%s", err.text);
	else
		call_ok(call, "%s/%s is set to %s", cluster, node, state);
}

void
act_rejoin(struct call *call)
{
	const char *cluster, *node;
	struct err err;

	act_split(call, &cluster, &node);
	if (guard_rejoin(call->world->guard, cluster, node, &err) != 0)
		call_fail(call, "%s", err.text);
	else
		call_ok(call, "%s/%s will follow the primary", cluster, node);
}

void
act_reload(struct call *call)
{
	struct text errors = TEXT_INIT;

	if (call->world->reload(call->world->arg, &errors) == 0)
		call_ok(call, "the configuration is in force");
	else
		call_fail(call, "the configuration in force stays in force\n%s",
		    text_cstr(&errors));
	text_fini(&errors);
}

void
act_upgrade(struct call *call)
{
	const struct admin_world *world = call->world;
	struct err err;

	if (world->upgrade(world->arg, act_on_order_done, call, &err) != 0)
		call_fail(call, "%s", err.text);
}

void
act_stop(struct call *call)
{
	bool is_graceful = call->n_args > 0;

	call_ok(call,
	    is_graceful ? "ending when sessions have ended" : "ending now");
	call->world->stop(call->world->arg, is_graceful);
}
