#include "crm.h"

#include "writers.h"

#include <stdlib.h>
#include <string.h>

static const struct crm_options crm_no_options;

static const struct host *
crm_host(const struct crm *crm, unsigned place)
{
	return crm->lan != NULL ? &crm->lan->host[place] : NULL;
}

void
crm_start_nodes(
    struct crm *crm, struct site *site, const struct crm_options *options)
{
	static const char *const names[CRM_NODES] = { "a", "b", "c" };

	memset(crm, 0, sizeof(*crm));
	crm->site = site;
	if (options == NULL)
		options = &crm_no_options;
	crm->lan = options->lan;
	for (unsigned i = 0; i < CRM_NODES; i++) {
		const struct redis_node_options node = {
			.name = names[i],
			.primary = crm->node[0],
			.password = options->password,
			.lines = options->node_lines,
			.host = crm_host(crm, LAN_A + i),
		};

		crm->node[i] = redis_node_start(site, &node);
	}
	crm->write_port = site_port();
	crm->read_port = site_port();
}

static const char *
crm_or_empty(const char *lines)
{
	return lines != NULL ? lines : "";
}

static void
crm_write(struct text *out, struct crm *crm, const struct crm_options *options)
{
	const char *address = host_address(crm_host(crm, LAN_REGENT));

	text_addf(out,
	    "workers = 2\n"
	    "%s\n"
	    "[cluster crm]\n"
	    "protocol = redis\n"
	    "%s\n",
	    crm_or_empty(options->regent_lines),
	    crm_or_empty(options->cluster_lines));
	for (unsigned i = 0; i < CRM_NODES; i++)
		text_addf(out, "[node crm/%s]\naddress = %s:%u\n%s\n",
		    crm->node[i]->name,
		    host_address(crm->node[i]->process.host),
		    (unsigned)crm->node[i]->port,
		    crm_or_empty(options->node_options));
	text_addf(out,
	    "%s\n"
	    "[listen write]\n"
	    "bind = %s:%u\n"
	    "cluster = crm\n"
	    "route = primary\n"
	    "%s\n"
	    "[listen read]\n"
	    "bind = %s:%u\n"
	    "cluster = crm\n"
	    "route = replica\n"
	    "%s\n",
	    crm_or_empty(options->node_sections), address,
	    (unsigned)crm->write_port, crm_or_empty(options->listen_lines),
	    address, (unsigned)crm->read_port,
	    crm_or_empty(options->listen_lines));
}

void
crm_configure(struct crm *crm, const struct crm_options *options)
{
	struct text ini = TEXT_INIT;

	if (options == NULL)
		options = &crm_no_options;
	crm_write(&ini, crm, options);
	if (crm->daemon == NULL)
		crm->daemon = daemon_new(crm->site, "%s", text_cstr(&ini));
	else
		daemon_configure(crm->daemon, "%s", text_cstr(&ini));
	crm->daemon->process.host = crm_host(crm, LAN_REGENT);
	text_fini(&ini);
}

void
crm_start_daemon(struct crm *crm, const struct crm_options *options)
{
	crm_configure(crm, options);
	daemon_launch(crm->daemon);
}

void
crm_open(struct crm *crm, struct site *site, const struct crm_options *options)
{
	crm_start_nodes(crm, site, options);
	crm_start_daemon(crm, options);
	crm_wait_settled(crm, crm->node[0]);
}

static struct load *
crm_load_start(struct crm *crm, struct load_options *options)
{
	options->host = host_address(crm_host(crm, LAN_REGENT));
	options->from = crm_host(crm, LAN_CLIENTS);
	options->port = crm->write_port;
	options->password = crm->node[0]->password;
	return writers_start(crm->site, options);
}

struct load *
crm_load(struct crm *crm, unsigned n_writers, unsigned rate)
{
	struct load_options options = {
		.n_writers = n_writers,
		.rate = rate,
		.timeout_us = 5 * USEC_SEC * clock_slowdown(),
	};

	return crm_load_start(crm, &options);
}

struct load *
crm_load_synced(struct crm *crm, unsigned n_writers, unsigned rate)
{
	struct load_options options = {
		.n_writers = n_writers,
		.rate = rate,
		.timeout_us = 5 * USEC_SEC * clock_slowdown(),
		.sync_replicas = 1,
		.sync_us = 200 * USEC_MS * clock_slowdown(),
	};

	return crm_load_start(crm, &options);
}

struct redis_node *
crm_node(struct crm *crm, const char *name)
{
	for (unsigned i = 0; i < CRM_NODES; i++)
		if (strcmp(crm->node[i]->name, name) == 0)
			return crm->node[i];
	return NULL;
}

struct redis_node *
crm_primary(struct crm *crm)
{
	return crm_node(crm, daemon_primary(crm->daemon, "crm"));
}

struct redis_node *
crm_wait_successor(struct crm *crm, const struct redis_node *old)
{
	struct redis_node *now = NULL;

	ASSERT_WITHIN(CRM_SETTLE_MS,
	    (now = crm_primary(crm)) != NULL && now != old &&
		redis_node_is_primary(now));
	return now;
}

static bool
crm_is_settled(struct crm *crm, struct redis_node *primary)
{
	if (crm_primary(crm) != primary || !redis_node_is_primary(primary))
		return false;
	for (unsigned i = 0; i < CRM_NODES; i++) {
		struct redis_node *node = crm->node[i];

		if (node != primary && process_is_running(&node->process) &&
		    !redis_node_follows(node, primary))
			return false;
	}
	return true;
}

/* Regent has asked every running node since data came to it. */
static bool
crm_is_seen(struct crm *crm)
{
	for (unsigned i = 0; i < CRM_NODES; i++) {
		struct redis_node *node = crm->node[i];

		if (process_is_running(&node->process) &&
		    atoll(daemon_node_field(
			crm->daemon, "crm", node->name, "position")) <= 0)
			return false;
	}
	return true;
}

void
crm_wait_settled(struct crm *crm, struct redis_node *primary)
{
	char key[32];

	ASSERT_WITHIN(CRM_SETTLE_MS, crm_is_settled(crm, primary));
	snprintf(key, sizeof(key), "settled%u", ++crm->n_settled);
	redis_node_must(primary, "SET %s 1", key);
	for (unsigned i = 0; i < CRM_NODES; i++)
		ASSERT_WITHIN(CRM_SETTLE_MS,
		    !process_is_running(&crm->node[i]->process) ||
			redis_node_has_key(crm->node[i], key));
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_is_seen(crm));
}

void
crm_check_one_primary(struct crm *crm, struct redis_node *primary)
{
	for (unsigned i = 0; i < CRM_NODES; i++) {
		struct redis_node *node = crm->node[i];
		bool should_be = node == primary;

		if (process_is_running(&node->process))
			assert_int_equal(
			    redis_node_is_primary(node), should_be);
	}
}

void
crm_open_quiet(struct crm *crm, redisContext *conns[CRM_QUIET])
{
	for (unsigned i = 0; i < CRM_QUIET; i++) {
		conns[i] = redis_node_connect(crm->write_port, NULL, 10000);
		assert_non_null(conns[i]);
	}
	/* Each is bound to a node, so that there is something to move. */
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    daemon_stat(crm->daemon, "crm/a", "now") >= CRM_QUIET);
}

void
crm_check_quiet(redisContext *conns[CRM_QUIET])
{
	for (unsigned i = 0; i < CRM_QUIET; i++) {
		redisReply *reply = redisCommand(conns[i], "SET quiet%u 1", i);

		assert_non_null(reply);
		assert_int_equal(reply->type, REDIS_REPLY_STATUS);
		freeReplyObject(reply);
		redisFree(conns[i]);
	}
}

void
crm_seed(struct crm *crm)
{
	redis_node_must(crm->node[0], "SET k v");
	for (unsigned i = 1; i < CRM_NODES; i++)
		ASSERT_WITHIN(
		    CRM_SETTLE_MS, redis_node_has_key(crm->node[i], "k"));
}

void
crm_wait_acked(struct load *load, uint64_t n)
{
	writers_wait_acked(load, n);
}

uint64_t
crm_count_lost(struct load *load, struct redis_node *node)
{
	uint64_t lost, acked;
	int was, rc;

	was = host_enter(node->process.host);
	rc = load_count_lost(load, "127.0.0.1", node->port, &lost, &acked);
	host_leave(was);
	if (rc != 0)
		fail_msg("node %s can't be asked", node->name);
	return lost;
}
