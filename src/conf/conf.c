#include "conf/conf.h"

#include "conf/option.h"

#include <stdlib.h>
#include <string.h>

const char *const conf_protocol_names[PROTOCOL_COUNT] = {
	[PROTOCOL_TCP] = "tcp",
	[PROTOCOL_REDIS] = "redis",
	[PROTOCOL_POSTGRES] = "postgres",
	[PROTOCOL_MYSQL] = "mysql",
};

const char *const conf_sslmode_names[SSLMODE_COUNT] = {
	[SSLMODE_DISABLE] = "disable",
	[SSLMODE_PREFER] = "prefer",
	[SSLMODE_REQUIRE] = "require",
	[SSLMODE_VERIFY_CA] = "verify-ca",
	[SSLMODE_VERIFY_FULL] = "verify-full",
};

const char *const conf_failover_names[FAILOVER_COUNT] = {
	[FAILOVER_AUTO] = "auto",
	[FAILOVER_FOLLOW] = "follow",
	[FAILOVER_MANUAL] = "manual",
};

const char *const conf_check_names[CHECK_COUNT] = {
	[CHECK_PROTOCOL] = "protocol",
	[CHECK_PATRONI] = "patroni",
	[CHECK_HTTP] = "http",
	[CHECK_EXEC] = "exec",
	[CHECK_AGENT] = "agent",
};

const char *const conf_mode_names[MODE_COUNT] = {
	[MODE_TCP] = "tcp",
};

const char *const conf_route_names[ROUTE_COUNT] = {
	[ROUTE_PRIMARY] = "primary",
	[ROUTE_REPLICA] = "replica",
	[ROUTE_ANY] = "any",
};

const char *const conf_accel_names[ACCEL_COUNT] = {
	[ACCEL_OFF] = "off",
	[ACCEL_AUTO] = "auto",
};

const char *const conf_balance_names[BALANCE_COUNT] = {
	[BALANCE_LEASTSESS] = "leastsess",
	[BALANCE_ROUNDROBIN] = "roundrobin",
	[BALANCE_SOURCE] = "source",
	[BALANCE_RANDOM2] = "random2",
	[BALANCE_FIRST] = "first",
};

const struct conf *
conf_ref(const struct conf *conf)
{
	/* The counter is no part of what is const about a snapshot. */
	struct conf *counted = (struct conf *)conf;
	unsigned before;

	CHECK_OBJ(conf, CONF_MAGIC);
	before =
	    atomic_fetch_add_explicit(&counted->refs, 1, memory_order_relaxed);
	CHECK(before > 0);
	return conf;
}

static void
conf_fini_cluster(struct conf_cluster *cluster)
{
	for (unsigned i = 0; i < cluster->n_nodes; i++) {
		option_fini_body(option_scope(SCOPE_NODE), &cluster->nodes[i]);
		free(cluster->nodes[i].name);
	}
	option_fini_body(option_scope(SCOPE_CLUSTER), cluster);
	free(cluster->nodes);
	free(cluster->name);
}

static void
conf_free(struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_clusters; i++)
		conf_fini_cluster(&conf->clusters[i]);
	for (unsigned i = 0; i < conf->n_listens; i++) {
		option_fini_body(option_scope(SCOPE_LISTEN), &conf->listens[i]);
		free(conf->listens[i].name);
	}
	option_fini_body(option_scope(SCOPE_REGENT), conf);
	free(conf->clusters);
	free(conf->listens);
	free(conf->path);
	conf->magic = 0;
	free(conf);
}

void
conf_unref(const struct conf **conf)
{
	struct conf *counted;
	unsigned before;

	CHECK(conf != NULL);
	counted = (struct conf *)*conf;
	if (counted == NULL)
		return;
	CHECK_OBJ(counted, CONF_MAGIC);
	*conf = NULL;
	/* What other threads did with it happens before it is freed. */
	before =
	    atomic_fetch_sub_explicit(&counted->refs, 1, memory_order_acq_rel);
	CHECK(before > 0);
	if (before == 1)
		conf_free(counted);
}

const struct conf_cluster *
conf_find_cluster(const struct conf *conf, const char *name)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	CHECK(name != NULL);
	for (unsigned i = 0; i < conf->n_clusters; i++)
		if (strcmp(conf->clusters[i].name, name) == 0)
			return &conf->clusters[i];
	return NULL;
}

const struct conf_cluster *
conf_cluster_by_id(const struct conf *conf, unsigned id)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	for (unsigned i = 0; i < conf->n_clusters; i++)
		if (conf->clusters[i].id == id)
			return &conf->clusters[i];
	return NULL;
}

const struct conf_node *
conf_find_node(const struct conf_cluster *cluster, const char *name)
{
	CHECK(cluster != NULL && name != NULL);
	for (unsigned i = 0; i < cluster->n_nodes; i++)
		if (strcmp(cluster->nodes[i].name, name) == 0)
			return &cluster->nodes[i];
	return NULL;
}

const struct conf_node *
conf_node_by_id(const struct conf_cluster *cluster, unsigned id)
{
	CHECK(cluster != NULL);
	for (unsigned i = 0; i < cluster->n_nodes; i++)
		if (cluster->nodes[i].id == id)
			return &cluster->nodes[i];
	return NULL;
}

const struct conf_listen *
conf_find_listen(const struct conf *conf, const char *name)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	CHECK(name != NULL);
	for (unsigned i = 0; i < conf->n_listens; i++)
		if (strcmp(conf->listens[i].name, name) == 0)
			return &conf->listens[i];
	return NULL;
}

const struct conf_listen *
conf_listen_by_id(const struct conf *conf, unsigned id)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	for (unsigned i = 0; i < conf->n_listens; i++)
		if (conf->listens[i].id == id)
			return &conf->listens[i];
	return NULL;
}
