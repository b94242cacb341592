#include "conf/check.h"

#include "conf/check_hooks.h"
#include "conf/check_mysql.h"
#include "conf/value.h"

#include <string.h>

/* sun_path of a unix socket is 108 bytes on Linux, with its final zero. */
enum { CHECK_UNIX_PATH_MAX = 107 };

/* An IPv4 address is the same when it is written as an IPv6 one. */
static const char *
check_host(const struct endpoint *ep)
{
	static const char mapped[] = "::ffff:";
	const char *host = ep->host;

	if (strncmp(host, mapped, sizeof(mapped) - 1) == 0 &&
	    strchr(host, '.') != NULL)
		host += sizeof(mapped) - 1;
	return host;
}

static bool
check_is_wildcard(const struct endpoint *ep)
{
	const char *host = check_host(ep);

	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static bool
check_is_loopback(const struct endpoint *ep)
{
	const char *host = check_host(ep);

	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static bool
check_is_same(const struct endpoint *a, const struct endpoint *b)
{
	return endpoint_is_set(a) && endpoint_is_set(b) &&
	    (endpoint_equal(a, b) ||
		(a->port == b->port &&
		    strcmp(check_host(a), check_host(b)) == 0));
}

/* "::" takes IPv4 connections as well, "0.0.0.0" no IPv6 ones. */
static bool
check_covers(const struct endpoint *wide, const struct endpoint *ep)
{
	if (!endpoint_is_set(wide) || !endpoint_is_set(ep) ||
	    wide->port != ep->port)
		return false;
	if (strcmp(check_host(wide), "::") == 0)
		return true;
	return strcmp(check_host(wide), "0.0.0.0") == 0 &&
	    strchr(check_host(ep), ':') == NULL;
}

static bool
check_overlaps(const struct endpoint *a, const struct endpoint *b)
{
	return check_is_same(a, b) || check_covers(a, b) || check_covers(b, a);
}

static void
check_regent(const struct conf *conf, struct report *report)
{
	struct place place = place_of_regent(conf, "log");
	const size_t max = CHECK_UNIX_PATH_MAX;

	if (conf->log[0] != '/' && strcmp(conf->log, "stderr") != 0 &&
	    strcmp(conf->log, "syslog") != 0)
		report_add(report, &place,
		    "found \"%s\": expected stderr, syslog or an absolute "
		    "path",
		    conf->log);
	place.option = "control_socket";
	if (strlen(conf->control_socket) > max)
		report_add(report, &place,
		    "found %zu bytes: expected at most %zu, the limit of "
		    "unix sockets",
		    strlen(conf->control_socket), max);
}

static void
check_credentials(const struct conf_cluster *c, struct report *report)
{
	bool has_password = c->password[0] != '\0';
	bool has_file = c->password_file[0] != '\0';
	struct place place = place_of_cluster(c, "password");

	if (has_password && has_file)
		report_add(report, &place,
		    "found password and password_file: expected one of them");
	place.option = "user";
	if (c->user[0] != '\0' && !has_password && !has_file)
		report_add(report, &place,
		    "found a user without a password: expected "
		    "password_file or password");
}

static void
check_sentinel_credentials(const struct conf_cluster *c, struct report *report)
{
	bool has_password = c->sentinel_password[0] != '\0';
	bool has_file = c->sentinel_password_file[0] != '\0';
	struct place place = place_of_cluster(c, "sentinel_password");

	if (has_password && has_file)
		report_add(report, &place,
		    "found sentinel_password and sentinel_password_file: "
		    "expected one of them");
	place.option = "sentinel_user";
	if (c->sentinel_user[0] != '\0' && !has_password && !has_file)
		report_add(report, &place,
		    "found a user without a password: expected "
		    "sentinel_password_file or sentinel_password");
}

/* Each of them is one voice: the same one twice would count twice. */
static void
check_sentinel_addresses(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, "sentinels");
	char buf[ENDPOINT_TEXT_LEN];

	for (unsigned i = 0; i < c->sentinels.n; i++) {
		const struct endpoint *ep = &c->sentinels.at[i];

		if (check_is_wildcard(ep))
			report_add(report, &place,
			    "found %s: expected the address of one sentinel",
			    endpoint_format(ep, buf));
		for (unsigned j = 0; j < i; j++)
			if (check_is_same(ep, &c->sentinels.at[j]))
				report_add(report, &place,
				    "found %s twice: expected each sentinel "
				    "once",
				    endpoint_format(ep, buf));
	}
}

static void
check_sentinels(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, "sentinel_name");

	if (c->sentinels.n == 0 && c->sentinel_name[0] != '\0')
		report_add(report, &place,
		    "found it without sentinels: expected sentinels");
	place.option = "sentinels";
	check_sentinel_credentials(c, report);
	check_sentinel_addresses(c, report);
	if (c->sentinels.n > 0 &&
	    (c->failover != FAILOVER_FOLLOW || c->protocol != PROTOCOL_REDIS))
		report_add(report, &place,
		    "found sentinels with protocol = %s and failover = %s: "
		    "expected protocol = redis and failover = follow",
		    conf_protocol_names[c->protocol],
		    conf_failover_names[c->failover]);
}

/* A driver that needs libraries which may have been left out. */
static void
check_patroni(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, "check");

	if (c->check != CHECK_PATRONI)
		return;
	if (c->failover != FAILOVER_FOLLOW)
		report_add(report, &place,
		    "found patroni with failover = %s: expected failover = "
		    "follow, because Patroni promotes",
		    conf_failover_names[c->failover]);
	if (c->protocol != PROTOCOL_TCP && c->protocol != PROTOCOL_POSTGRES)
		report_add(report, &place,
		    "found patroni with protocol = %s: expected protocol = "
		    "postgres, or tcp",
		    conf_protocol_names[c->protocol]);
#ifndef HAVE_PATRONI
	report_add(report, &place,
	    "found patroni: expected protocol, because this regent was built "
	    "without libcurl or jansson");
#endif
}

/*
 * What can be left out of a build is missed here, not when a node dies.  The
 * nodes that Patroni speaks for are asked nothing.
 */
static void
check_protocol(const struct conf_cluster *c, struct report *report)
{
	static const char *const missing[PROTOCOL_COUNT] = {
#ifndef HAVE_POSTGRES
		[PROTOCOL_POSTGRES] = "libpq",
#endif
#ifndef HAVE_MYSQL
		[PROTOCOL_MYSQL] = "libmariadb",
#endif
		[PROTOCOL_TCP] = NULL,
	};
	struct place place = place_of_cluster(c, "protocol");

	if (missing[c->protocol] != NULL && c->check == CHECK_PROTOCOL)
		report_add(report, &place,
		    "found %s: expected another, because this regent was "
		    "built without %s",
		    conf_protocol_names[c->protocol], missing[c->protocol]);
}

/* A name or a certificate that nobody would be asked for protects nobody. */
static void
check_tls(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, "ssl_ca");

	if (c->sslmode >= SSLMODE_VERIFY_CA && c->ssl_ca[0] == '\0')
		report_add(report, &place,
		    "found none with sslmode = %s: expected the file of the "
		    "authorities to verify by",
		    conf_sslmode_names[c->sslmode]);
	place.option = "ssl_key";
	if ((c->ssl_cert[0] == '\0') != (c->ssl_key[0] == '\0'))
		report_add(report, &place,
		    "found one of ssl_cert and ssl_key: expected both");
}

static void
check_cluster(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, NULL);

	if (c->n_nodes == 0)
		report_add(report, &place,
		    "found no node: expected a section [node %s/NAME]",
		    c->name);
	place.option = "sync_replicas";
	if (c->n_nodes > 0 && c->sync_replicas >= (int64_t)c->n_nodes)
		report_add(report, &place,
		    "found %lld with %u nodes: expected fewer than nodes, "
		    "one of them being the primary",
		    (long long)c->sync_replicas, c->n_nodes);
	check_protocol(c, report);
	check_tls(c, report);
	check_credentials(c, report);
	check_sentinels(c, report);
	check_patroni(c, report);
	check_hooks(c, report);
	check_mysql(c, report);
}

/* Names need a library which may have been left out. */
static void
check_name(
    const struct endpoint *ep, const struct place *place, struct report *report)
{
#ifndef HAVE_CARES
	char buf[ENDPOINT_TEXT_LEN];

	if (endpoint_is_named(ep))
		report_add(report, place,
		    "found %s: expected a numeric address, because this "
		    "regent was built without c-ares",
		    endpoint_format(ep, buf));
#else
	(void)ep;
	(void)place;
	(void)report;
#endif
}

static void
check_node(const struct conf_cluster *c, const struct conf_node *node,
    struct report *report)
{
	struct place place = place_of_node(c, node, "address");
	char buf[ENDPOINT_TEXT_LEN];

	if (check_is_wildcard(&node->address))
		report_add(report, &place,
		    "found %s: expected the address of one node",
		    endpoint_format(&node->address, buf));
	check_name(&node->address, &place, report);
	place.option = "replication_address";
	check_name(&node->replication_address, &place, report);
	if (check_is_wildcard(&node->replication_address))
		report_add(report, &place,
		    "found %s: expected the address of one node",
		    endpoint_format(&node->replication_address, buf));
}

/* Both in one cluster: nodes tell of each other by these addresses. */
static void
check_replication_pair(const struct conf_cluster *c,
    const struct conf_node *node, const struct conf_node *before,
    struct report *report)
{
	struct place place = place_of_node(c, node, "replication_address");
	char buf[ENDPOINT_TEXT_LEN];

	if (check_is_same(
		&node->replication_address, &before->replication_address))
		report_add(report, &place,
		    "found %s, which [node %s/%s] has: expected another one",
		    endpoint_format(&node->replication_address, buf), c->name,
		    before->name);
}

static void
check_node_pair(const struct conf_cluster *c, const struct conf_node *node,
    const struct conf_cluster *c_before, const struct conf_node *before,
    struct report *report)
{
	struct place place = place_of_node(c, node, "address");
	char buf[ENDPOINT_TEXT_LEN];

	if (check_is_same(&node->address, &before->address))
		report_add(report, &place,
		    "found %s, which [node %s/%s] has: expected another one",
		    endpoint_format(&node->address, buf), c_before->name,
		    before->name);
	if (c == c_before)
		check_replication_pair(c, node, before, report);
}

/* Compares a node with all that stand before it in the snapshot. */
static void
check_node_address(const struct conf *conf, const struct conf_cluster *c,
    const struct conf_node *node, struct report *report)
{
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		const struct conf_cluster *before = &conf->clusters[i];

		for (unsigned j = 0; j < before->n_nodes; j++) {
			if (&before->nodes[j] == node)
				return;
			check_node_pair(
			    c, node, before, &before->nodes[j], report);
		}
	}
}

static void
check_listen_cluster(
    const struct conf *conf, const struct conf_listen *l, struct report *report)
{
	struct place place = place_of_listen(l, "cluster");
	struct text found = TEXT_INIT;

	if (l->cluster_name[0] == '\0' ||
	    conf_find_cluster(conf, l->cluster_name) != NULL)
		return;
	value_quote(l->cluster_name, &found);
	report_add(report, &place,
	    "found %s: expected the name of a [cluster NAME]",
	    text_cstr(&found));
	text_fini(&found);
}

static void
check_listen_nodes(const struct conf_cluster *c, const struct conf_listen *l,
    struct report *report)
{
	struct place place = place_of_listen(l, "bind");
	char buf[ENDPOINT_TEXT_LEN];

	for (unsigned i = 0; i < c->n_nodes; i++) {
		const struct conf_node *node = &c->nodes[i];
		bool is_covered = check_is_loopback(&node->address) &&
		    check_covers(&l->bind, &node->address);

		/*
		 * A wildcard is fine for nodes of other hosts; with one on
		 * this host regent would be its own client.
		 */
		if (is_covered || check_is_same(&l->bind, &node->address))
			report_add(report, &place,
			    "found %s, which [node %s/%s] needs: expected "
			    "another address or port",
			    endpoint_format(&l->bind, buf), c->name,
			    node->name);
	}
}

static void
check_listen_bind(
    const struct conf *conf, const struct conf_listen *l, struct report *report)
{
	struct place place = place_of_listen(l, "bind");
	char buf[ENDPOINT_TEXT_LEN], other[ENDPOINT_TEXT_LEN];

	for (unsigned i = 0; &conf->listens[i] != l; i++) {
		const struct conf_listen *before = &conf->listens[i];

		if (check_overlaps(&l->bind, &before->bind))
			report_add(report, &place,
			    "found %s, but [listen %s] has %s: expected "
			    "another address or port",
			    endpoint_format(&l->bind, buf), before->name,
			    endpoint_format(&before->bind, other));
	}
	for (unsigned i = 0; i < conf->n_clusters; i++)
		check_listen_nodes(&conf->clusters[i], l, report);
}

/* One error each for what a configuration can't be without. */
static void
check_is_complete(const struct conf *conf, struct report *report)
{
	struct place place = place_of_file();

	if (conf->n_clusters == 0)
		report_add(report, &place,
		    "found no cluster: expected a section [cluster NAME]");
	if (conf->n_listens == 0)
		report_add(report, &place,
		    "found no listener: expected a section [listen NAME]");
}

void
check_conf(const struct conf *conf, struct report *report)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	CHECK(report != NULL);
	check_regent(conf, report);
	check_is_complete(conf, report);
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		const struct conf_cluster *c = &conf->clusters[i];

		check_cluster(c, report);
		for (unsigned j = 0; j < c->n_nodes; j++) {
			check_node(c, &c->nodes[j], report);
			check_node_address(conf, c, &c->nodes[j], report);
		}
	}
	for (unsigned i = 0; i < conf->n_listens; i++) {
		check_listen_cluster(conf, &conf->listens[i], report);
		check_listen_bind(conf, &conf->listens[i], report);
	}
}
