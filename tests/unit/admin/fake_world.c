#include "fake_world.h"

#include "base/mem.h"
#include "conf/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_world fake;

static const char fake_ini[] = "[cluster crm]\n"
			       "protocol = redis\n"
			       "password = opensesame\n"
			       "[node crm/a]\n"
			       "address = 10.0.0.11:6379\n"
			       "[node crm/b]\n"
			       "address = 10.0.0.12:6379\n"
			       "[node crm/c]\n"
			       "address = 10.0.0.13:6379\n"
			       "priority = 0\n"
			       "[listen write]\n"
			       "bind = 127.0.0.1:6379\n"
			       "cluster = crm\n"
			       "[listen read]\n"
			       "bind = 127.0.0.1:6380\n"
			       "cluster = crm\n"
			       "route = replica\n"
			       "[cluster web]\n"
			       "failover = manual\n"
			       "[node web/only]\n"
			       "address = 10.0.0.20:80\n";

static void
fake_init_node(struct node *n, const char *name, enum role role)
{
	n->is_used = true;
	snprintf(n->name, sizeof(n->name), "%s", name);
	n->priority = 100;
	n->weight = 1;
	n->health.state = HEALTH_UP;
	n->health.judged_at = 1;
	n->report.role = role;
	n->report.upstream = role == ROLE_REPLICA ? 0 : NODE_NONE;
	n->report.position = 1000;
	n->is_proven = role == ROLE_REPLICA;
}

static void
fake_init_brains(void)
{
	struct cluster *crm = &fake.brains[0], *web = &fake.brains[1];

	cluster_init(crm, "crm");
	crm->policy.has_roles = true;
	crm->policy.mode = MODE_AUTO;
	crm->phase = PHASE_STEADY;
	crm->why = "the rightful primary is up";
	crm->epoch = 3;
	crm->primary = 0;
	crm->position = 1000;
	fake_init_node(&crm->nodes[0], "a", ROLE_PRIMARY);
	fake_init_node(&crm->nodes[1], "b", ROLE_REPLICA);
	fake_init_node(&crm->nodes[2], "c", ROLE_REPLICA);
	crm->n_slots = 3;
	crm->nodes[1].report.position = 990;
	crm->nodes[2].priority = 0;
	crm->published.writer = 0;
	cluster_init(web, "web");
	web->n_slots = 1;
	fake_init_node(&web->nodes[0], "only", ROLE_UNKNOWN);
	web->nodes[0].health.state = HEALTH_UNCHECKED;
	web->nodes[0].health.judged_at = 0;
}

static int
fake_reload(void *arg, struct text *errors)
{
	struct fake_world *w = arg;

	snprintf(w->asked, sizeof(w->asked), "reload");
	if (w->reload_errors == NULL)
		return 0;
	text_add(errors, w->reload_errors);
	return -EINVAL;
}

static void
fake_stop(void *arg, bool is_graceful)
{
	struct fake_world *w = arg;

	snprintf(w->asked, sizeof(w->asked), "stop %d", is_graceful);
}

int
fake_world_open(void **state)
{
	struct text errors = TEXT_INIT;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.loop = loop_new(false);
	fake.conf = conf_load_bytes(
	    "/etc/fake.ini", fake_ini, strlen(fake_ini), NULL, &errors);
	assert_string_equal(text_cstr(&errors), "");
	assert_int_equal(conf_find_cluster(fake.conf, "web")->id, 1);
	fake_init_brains();
	fake.admin = (struct admin_world){
		.reload = fake_reload,
		.stop = fake_stop,
		.arg = &fake,
		.version = "1.2.3",
	};
	text_fini(&errors);
	return 0;
}

int
fake_world_close(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		record_fini(&fake.recorders[i]);
	conf_unref(&fake.conf);
	loop_free(&fake.loop);
	return 0;
}

void
fake_world_list(unsigned n)
{
	struct session_info *infos = mem_new((n + 1) * sizeof(*infos));
	relay_list_fn *list = fake.list;

	for (unsigned i = 0; i < n; i++) {
		infos[i] = (struct session_info){
			.id = i + 1,
			.listen_id = i % 3, /* there is no third */
			.node_id = (int)(i % 5) - 1,
			.state = "open",
			.client = "10.1.1.1:40000",
			.age_us = (usec_t)i * USEC_SEC,
			.bytes_in = i,
		};
	}
	fake.list = NULL;
	list(fake.arg, infos, n);
	free(infos);
}

void
fake_world_step(const struct event *ev, usec_t now)
{
	struct cluster before;
	struct actions actions = { .n = 0 };
	struct step step = { &before, &fake.brains[0], ev, NULL, &actions,
		now };
	usec_t from, until;

	memcpy(&before, &fake.brains[0], sizeof(before));
	step.rule = failover_step(&fake.brains[0], ev, now, &actions);
	record_step(&fake.recorders[0], &step);
	episode_step(&fake.episodes[0], &step);
	if (fake.episodes[0].last.kind == EPISODE_NONE)
		return;
	episode_bounds(&fake.episodes[0].last, &from, &until);
	record_keep(&fake.recorders[0], from, until);
}

/* ---- guard ----------------------------------------------------------- */

const struct conf *
guard_conf(const struct guard *guard)
{
	(void)guard;
	return fake.conf;
}

const struct cluster *
guard_brain(const struct guard *guard, unsigned id)
{
	(void)guard;
	return conf_cluster_by_id(fake.conf, id) != NULL ? &fake.brains[id]
							 : NULL;
}

const struct recorder *
guard_record(const struct guard *guard, unsigned id)
{
	(void)guard;
	return conf_cluster_by_id(fake.conf, id) != NULL ? &fake.recorders[id]
							 : NULL;
}

const struct episode *
guard_episode(const struct guard *guard, unsigned id)
{
	(void)guard;
	return conf_cluster_by_id(fake.conf, id) != NULL
	    ? &fake.episodes[id].last
	    : NULL;
}

const char *
guard_node_detail(const struct guard *guard, unsigned cluster, unsigned node)
{
	(void)guard;
	(void)cluster;
	return node == 1 ? fake.detail : "";
}

const struct endpoint *
guard_node_address(const struct guard *guard, unsigned cluster, unsigned node)
{
	static struct endpoint at[NODES_MAX]; /* of none but the first */

	(void)guard;
	(void)cluster;
	CHECK(endpoint_from(&at[0], "10.0.0.11", 6379));
	return &at[node];
}

struct guard_appointed
guard_appointed(const struct guard *guard, unsigned cluster)
{
	struct guard_appointed it = { .node = NODE_NONE, .address = "" };

	(void)guard;
	if (cluster == 0 && fake.has_sentinels) {
		it.n_sentinels = 2;
		it.n_heard = 1;
		it.node = 1;
		it.address = "10.0.0.12:6379";
	}
	return it;
}

bool
guard_sentinel(const struct guard *guard, unsigned cluster, unsigned i,
    struct sentinel_state *state)
{
	(void)guard;
	if (cluster != 0 || !fake.has_sentinels || i > 1)
		return false;
	memset(state, 0, sizeof(*state));
	CHECK(endpoint_from(&state->address, "10.0.0.20", (uint16_t)(i + 1)));
	if (i == 0) {
		state->is_heard = true;
		state->epoch = 7;
		snprintf(
		    state->primary, sizeof(state->primary), "10.0.0.12:6379");
	} else {
		snprintf(state->detail, sizeof(state->detail), "no answer");
	}
	return true;
}

uint64_t
guard_stalls(const struct guard *guard)
{
	(void)guard;
	return 7;
}

static int
fake_order(struct err *err)
{
	return fake.refusal != NULL ? err_set(err, -EBUSY, "%s", fake.refusal)
				    : 0;
}

int
guard_order(
    struct guard *guard, const struct guard_request *request, struct err *err)
{
	(void)guard;
	snprintf(fake.asked, sizeof(fake.asked), "%d %s %s", request->kind,
	    request->cluster, request->node != NULL ? request->node : "-");
	fake.answer = request->answer;
	fake.arg = request->arg;
	return fake_order(err);
}

void
guard_forget(struct guard *guard, const void *arg)
{
	(void)guard;
	if (fake.answer == NULL || fake.arg != arg)
		return;
	fake.answer = NULL;
	fake.n_forgotten++;
}

int
guard_set_admin(struct guard *guard, const char *cluster, const char *node,
    enum admin_state admin, struct err *err)
{
	(void)guard;
	snprintf(fake.asked, sizeof(fake.asked), "admin %s %s %s", cluster,
	    node, admin_names[admin]);
	return fake_order(err);
}

int
guard_rejoin(
    struct guard *guard, const char *cluster, const char *node, struct err *err)
{
	(void)guard;
	snprintf(fake.asked, sizeof(fake.asked), "rejoin %s %s", cluster, node);
	return fake_order(err);
}

int
guard_pause(
    struct guard *guard, const char *cluster, bool is_paused, struct err *err)
{
	(void)guard;
	snprintf(
	    fake.asked, sizeof(fake.asked), "pause %s %d", cluster, is_paused);
	return fake_order(err);
}

/* ---- relay ----------------------------------------------------------- */

unsigned
relay_workers(const struct relay *relay)
{
	(void)relay;
	return 2;
}

uint64_t
relay_maxconn(const struct relay *relay)
{
	(void)relay;
	return 1000;
}

const char *
relay_accel(const struct relay *relay)
{
	(void)relay;
	return "off: no listener asks for it";
}

uint64_t
relay_sessions(const struct relay *relay)
{
	(void)relay;
	return 5;
}

uint64_t
relay_listen_counter(
    const struct relay *relay, unsigned id, enum listen_counter counter)
{
	(void)relay;
	return 100 * (id + 1) - counter;
}

uint64_t
relay_node_counter(const struct relay *relay, unsigned cluster_id,
    unsigned node_id, enum node_counter counter)
{
	(void)relay;
	(void)cluster_id;
	return 10 * (node_id + 1) - counter;
}

void
relay_list(struct relay *relay, relay_list_fn *done, void *arg)
{
	(void)relay;
	fake.list = done;
	fake.arg = arg;
}

void
relay_list_forget(struct relay *relay, const void *arg)
{
	(void)relay;
	if (fake.list == NULL || fake.arg != arg)
		return;
	fake.list = NULL;
	fake.n_forgotten++;
}
