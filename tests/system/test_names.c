/*
 * Nodes whose addresses are names: real redis-servers on addresses of
 * loopback, and a DNS server that says where the names are.
 *
 * redis-server itself asks the resolver of the system, so nodes are told
 * numeric addresses of each other (replication_address), or a name that
 * /etc/hosts has.
 */
#include "client.h"
#include "daemon.h"
#include "fake_dns.h"
#include "redis_node.h"

#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_SETTLE_MS 15000

/* Outlives the body of its test, as every resource of a site does. */
struct names_dns {
	struct resource resource;
	struct fake_dns *dns;
};

struct names {
	struct site *site;
	struct fake_dns *dns;
	struct redis_node *node[4];
	struct daemon *daemon;
	uint16_t node_port;
	uint16_t port; /* of regent */
};

static void
names_close(struct resource *res)
{
	struct names_dns *server =
	    container_of(res, struct names_dns, resource);

	fake_dns_stop(&server->dns);
	free(server);
}

static struct fake_dns *
names_start_dns(struct site *site)
{
	struct names_dns *server = mem_new(sizeof(*server));

	server->dns = fake_dns_start();
	server->resource.close = names_close;
	site_add(site, &server->resource);
	return server->dns;
}

static void
names_open(struct names *n, struct site *site)
{
	memset(n, 0, sizeof(*n));
	n->site = site;
	n->dns = names_start_dns(site);
	n->node_port = site_port();
	n->port = site_port();
}

/* Number i is redis-server at 127.0.0.(2 + i), all at one port. */
static struct redis_node *
names_start_node(struct names *n, unsigned i, const struct redis_node *primary)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static const char *const hosts[] = { "127.0.0.2", "127.0.0.3",
		"127.0.0.4", "127.0.0.5" };
	const struct redis_node_options options = {
		.name = names[i],
		.primary = primary,
		.loopback = hosts[i],
		.port = n->node_port,
	};

	n->node[i] = redis_node_start(n->site, &options);
	return n->node[i];
}

static void
names_point(struct names *n, const char *name, const struct redis_node *node)
{
	fake_dns_set(n->dns, name, 1, redis_node_address(node));
}

/* `nodes`: the sections of the nodes, which the test knows best. */
static void
names_configure(struct names *n, const char *cluster_lines, const char *nodes)
{
	static const char fmt[] = "workers = 2\n"
				  "nameservers = %s\n"
				  "[cluster crm]\n"
				  "protocol = redis\n"
				  "check_interval = 100ms\n"
				  "%s\n"
				  "%s\n"
				  "[listen write]\n"
				  "bind = 127.0.0.1:%u\n"
				  "cluster = crm\n";
	char text[ENDPOINT_TEXT_LEN];
	struct endpoint ep;

	fake_dns_endpoint(n->dns, &ep);
	endpoint_format(&ep, text);
	if (n->daemon == NULL)
		n->daemon = daemon_new(n->site, fmt, text, cluster_lines, nodes,
		    (unsigned)n->port);
	else
		daemon_configure(n->daemon, fmt, text, cluster_lines, nodes,
		    (unsigned)n->port);
}

/* The section of a node by name, told to others by its number. */
static void
names_add_section(struct names *n, char *out, size_t size, unsigned i)
{
	size_t len = strlen(out);

	snprintf(out + len, size - len,
	    "[node crm/%c]\n"
	    "address = %c.test:%u\n"
	    "replication_address = 127.0.0.%u:%u\n",
	    'a' + (int)i, 'a' + (int)i, (unsigned)n->node_port, 2 + i,
	    (unsigned)n->node_port);
}

static void
names_launch(struct names *n, const char *cluster_lines, unsigned n_nodes)
{
	char sections[1024] = "";

	for (unsigned i = 0; i < n_nodes; i++)
		names_add_section(n, sections, sizeof(sections), i);
	names_configure(n, cluster_lines, sections);
	daemon_launch(n->daemon);
}

static bool
names_is_at(struct names *n, const char *node, const char *address)
{
	char want[64];

	snprintf(want, sizeof(want), "%s:%u", address, (unsigned)n->node_port);
	return daemon_node_is(n->daemon, node, "at", want);
}

static bool
names_has_primary(struct names *n, const char *node)
{
	return strcmp(daemon_primary(n->daemon, "crm"), node) == 0;
}

static bool
names_set(redisContext *conn, const char *key)
{
	redisReply *reply = redisCommand(conn, "SET %s 1", key);
	bool is_ok = reply != NULL && reply->type == REDIS_REPLY_STATUS;

	if (reply != NULL)
		freeReplyObject(reply);
	return is_ok;
}

/* A client that connects, writes and leaves. */
static bool
names_writes(struct names *n, const char *key)
{
	redisContext *conn = redis_node_connect(n->port, NULL, 10000);
	bool is_ok;

	if (conn == NULL)
		return false;
	is_ok = names_set(conn, key);
	redisFree(conn);
	return is_ok;
}

/*
 * The server behind the name is exchanged for its own replica.  A client of
 * the old one is cut; the next one waits until the new one was probed, which
 * takes as long as it is frozen, although its port is open.
 */
static void
test_name_moves_to_another_server(struct site *site)
{
	struct names n;
	redisContext *conn;
	int waiting;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_start_node(&n, 1, n.node[0]);
	names_point(&n, "a.test", n.node[0]);
	names_launch(&n, "", 1);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "before"));
	assert_true(names_is_at(&n, "a", "127.0.0.2"));
	assert_contains(daemon_ask(n.daemon, "show cluster crm"), "a.test:");
	conn = redis_node_connect(n.port, NULL, 10000);
	assert_true(names_set(conn, "mine"));
	ASSERT_WITHIN(NAMES_SETTLE_MS, redis_node_has_key(n.node[1], "mine"));
	redis_node_must(n.node[1], "REPLICAOF NO ONE");
	redis_node_freeze(n.node[1]);
	names_point(&n, "a.test", n.node[1]);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_is_at(&n, "a", "127.0.0.3"));
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, daemon_stat(n.daemon, "write", "cut") > 0);
	assert_false(names_set(conn, "late"));
	redisFree(conn);
	waiting = client_open(n.port);
	client_send(waiting, "PING\r\n");
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, daemon_stat(n.daemon, "write", "held") > 0);
	ASSERT_DURING(150, client_is_waiting(waiting));
	assert_false(redis_node_has_key(n.node[0], "late"));
	redis_node_resume(n.node[1]);
	client_expect(waiting, "+PONG\r\n", NAMES_SETTLE_MS);
	close(waiting);
	assert_true(names_writes(&n, "after"));
	assert_true(redis_node_has_key(n.node[1], "after"));
	assert_false(redis_node_has_key(n.node[0], "after"));
	assert_true(
	    daemon_has_logged(n.daemon, "name=a.test address=127.0.0.2:"));
}

/*
 * Somebody else's database behind the name of the primary: a replica is
 * promoted, and the stranger is kept out and left as it is.
 */
static void
test_stranger_behind_the_name_is_left_alone(struct site *site)
{
	struct names n;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_start_node(&n, 1, n.node[0]);
	names_start_node(&n, 2, NULL);
	redis_node_must(n.node[2], "SET theirs 1");
	names_point(&n, "a.test", n.node[0]);
	names_point(&n, "b.test", n.node[1]);
	names_launch(&n, "max_loss = 1GB\n", 2);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "ours"));
	ASSERT_WITHIN(NAMES_SETTLE_MS, redis_node_has_key(n.node[1], "ours"));
	names_point(&n, "a.test", n.node[2]);
	redis_node_kill(n.node[0]);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_has_primary(&n, "b"));
	assert_true(names_writes(&n, "more"));
	assert_true(redis_node_has_key(n.node[1], "ours"));
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, daemon_node_is_quarantined(n.daemon, "a"));
	assert_true(names_is_at(&n, "a", "127.0.0.4"));
	ASSERT_DURING(300, redis_node_has_key(n.node[2], "theirs"));
	assert_true(redis_node_is_primary(n.node[2]));
	assert_int_equal(redis_node_key_count(n.node[2]), 1);
}

/* A replica behind its name is exchanged: it is read once it follows. */
static void
test_replica_moves(struct site *site)
{
	struct names n;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_start_node(&n, 1, n.node[0]);
	names_start_node(&n, 2, NULL); /* follows nobody yet */
	redis_node_must(
	    n.node[2], "REPLICAOF 127.0.0.9 %u", (unsigned)n.node_port);
	names_point(&n, "a.test", n.node[0]);
	names_point(&n, "b.test", n.node[1]);
	names_launch(&n, "", 2);
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, daemon_node_is(n.daemon, "b", "read", "yes"));
	names_point(&n, "b.test", n.node[2]);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_is_at(&n, "b", "127.0.0.4"));
	/* It is told whom to follow, by the number that it can reach. */
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, redis_node_follows(n.node[2], n.node[0]));
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, daemon_node_is(n.daemon, "b", "read", "yes"));
	assert_true(names_has_primary(&n, "a"));
}

/* Nobody answers, or there is no such name any more: what is known is kept. */
static void
test_name_that_is_lost_keeps_its_address(struct site *site)
{
	struct names n;
	unsigned asked;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_point(&n, "a.test", n.node[0]);
	names_launch(&n, "", 1);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k1"));
	fake_dns_remove(n.dns, "a.test");
	ASSERT_WITHIN(NAMES_SETTLE_MS,
	    daemon_has_logged(n.daemon,
		"kept until the name can be looked "
		"up"));
	assert_true(names_writes(&n, "k2"));
	fake_dns_become(n.dns, FAKE_DNS_SILENT);
	asked = fake_dns_asked(n.dns, "a.test");
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, fake_dns_asked(n.dns, "a.test") >= asked + 2);
	assert_true(names_writes(&n, "k3"));
	assert_true(names_is_at(&n, "a", "127.0.0.2"));
	assert_true(daemon_node_is_up(n.daemon, "a"));
	names_point(&n, "a.test", n.node[0]);
	fake_dns_become(n.dns, FAKE_DNS_ANSWERS);
	ASSERT_WITHIN(NAMES_SETTLE_MS,
	    daemon_has_logged(n.daemon, "nothing has changed"));
	assert_int_equal(redis_node_key_count(n.node[0]), 3);
}

/* A host that is gone has no name any more, and the others go on. */
static void
test_absent_name_is_a_node_that_is_down(struct site *site)
{
	struct names n;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_start_node(&n, 1, n.node[0]);
	names_point(&n, "a.test", n.node[0]);
	names_launch(&n, "", 2);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k"));
	assert_true(daemon_node_is_down(n.daemon, "b"));
	assert_string_equal(daemon_node_field(n.daemon, "crm", "b", "at"), "-");
	names_point(&n, "b.test", n.node[1]);
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, daemon_node_is(n.daemon, "b", "read", "yes"));
}

/* Without an answer nothing is known, and nothing is decided. */
static void
test_silent_server_at_the_start(struct site *site)
{
	struct names n;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_point(&n, "a.test", n.node[0]);
	fake_dns_become(n.dns, FAKE_DNS_SILENT);
	names_launch(&n, "", 1);
	ASSERT_WITHIN(NAMES_SETTLE_MS, fake_dns_asked(n.dns, "a.test") >= 2);
	assert_string_equal(
	    daemon_node_field(n.daemon, "crm", "a", "health"), "UNCHECKED");
	fake_dns_become(n.dns, FAKE_DNS_ANSWERS);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k"));
}

/* One that is asked once an hour is not asked again, whatever it would say. */
static void
test_time_to_live_is_kept(struct site *site)
{
	struct names n;
	unsigned asked;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_start_node(&n, 1, n.node[0]);
	fake_dns_set(n.dns, "a.test", 3600, "127.0.0.2");
	names_point(&n, "b.test", n.node[1]);
	names_launch(&n, "", 2);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k"));
	fake_dns_set(n.dns, "a.test", 3600, "127.0.0.9");
	asked = fake_dns_asked(n.dns, "b.test");
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, fake_dns_asked(n.dns, "b.test") >= asked + 2);
	assert_int_equal(fake_dns_asked(n.dns, "a.test"), 1);
	assert_true(names_writes(&n, "k"));
}

/* Several addresses: the one in use stays, in whatever order they come. */
static void
test_one_of_several_addresses_is_kept(struct site *site)
{
	struct names n;
	unsigned asked;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_point(&n, "a.test", n.node[0]);
	names_launch(&n, "", 1);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k"));
	fake_dns_set(n.dns, "a.test", 1, "127.0.0.1 127.0.0.2 127.0.0.9");
	asked = fake_dns_asked(n.dns, "a.test");
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, fake_dns_asked(n.dns, "a.test") >= asked + 2);
	assert_true(names_is_at(&n, "a", "127.0.0.2"));
	assert_true(names_writes(&n, "k"));
}

/* A failover among nodes that have names. */
static void
test_primary_with_a_name_is_replaced(struct site *site)
{
	struct names n;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	for (unsigned i = 1; i < 3; i++)
		names_start_node(&n, i, n.node[0]);
	names_point(&n, "a.test", n.node[0]);
	names_point(&n, "b.test", n.node[1]);
	names_point(&n, "c.test", n.node[2]);
	names_launch(&n, "", 3);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k1"));
	ASSERT_WITHIN(NAMES_SETTLE_MS,
	    daemon_node_is(n.daemon, "b", "read", "yes") &&
		daemon_node_is(n.daemon, "c", "read", "yes"));
	/* Linked is not enough: Redis streams from a second later, at worst. */
	ASSERT_WITHIN(NAMES_SETTLE_MS,
	    redis_node_has_key(n.node[1], "k1") &&
		redis_node_has_key(n.node[2], "k1"));
	redis_node_kill(n.node[0]);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k2"));
	ASSERT_WITHIN(NAMES_SETTLE_MS,
	    (names_has_primary(&n, "b") &&
		daemon_node_is(n.daemon, "c", "read", "yes")) ||
		(names_has_primary(&n, "c") &&
		    daemon_node_is(n.daemon, "b", "read", "yes")));
}

/* localhost, which is in /etc/hosts, is where the primary is. */
static void
test_replica_that_follows_a_name_is_left_so(struct site *site)
{
	/* The first address of the name may be ::1. */
	const struct redis_node_options first = { .name = "a",
		.lines = "bind 127.0.0.1 -::1\n" };
	struct redis_node_options second = { .name = "b" };
	char sections[512];
	struct names n;
	redisReply *role;

	names_open(&n, site);
	n.node[0] = redis_node_start(site, &first);
	n.node[1] = redis_node_start(site, &second);
	redis_node_must(
	    n.node[1], "REPLICAOF localhost %u", (unsigned)n.node[0]->port);
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, redis_node_follows(n.node[1], n.node[0]));
	snprintf(sections, sizeof(sections),
	    "[node crm/a]\naddress = 127.0.0.1:%u\n"
	    "[node crm/b]\naddress = 127.0.0.1:%u\n",
	    (unsigned)n.node[0]->port, (unsigned)n.node[1]->port);
	names_configure(&n, "", sections);
	daemon_launch(n.daemon);
	ASSERT_WITHIN(
	    NAMES_SETTLE_MS, daemon_node_is(n.daemon, "b", "read", "yes"));
	assert_true(daemon_node_is(n.daemon, "b", "upstream", "a"));
	role = redis_node_command(n.node[1], "ROLE");
	assert_non_null(role);
	assert_string_equal(role->element[1]->str, "localhost");
	freeReplyObject(role);
}

/* The servers of a reload are asked, and what is known stays known. */
static void
test_reload_asks_other_servers(struct site *site)
{
	char sections[1024] = "";
	struct fake_dns *other;
	struct names n;

	names_open(&n, site);
	names_start_node(&n, 0, NULL);
	names_point(&n, "a.test", n.node[0]);
	names_launch(&n, "", 1);
	ASSERT_WITHIN(NAMES_SETTLE_MS, names_writes(&n, "k"));
	other = names_start_dns(site);
	fake_dns_become(n.dns, FAKE_DNS_SILENT);
	fake_dns_set(other, "a.test", 1, "127.0.0.2");
	n.dns = other;
	names_add_section(&n, sections, sizeof(sections), 0);
	names_configure(&n, "", sections);
	daemon_signal(n.daemon, SIGHUP);
	ASSERT_WITHIN(NAMES_SETTLE_MS, fake_dns_asked(other, "a.test") >= 2);
	assert_true(names_is_at(&n, "a", "127.0.0.2"));
	assert_true(names_writes(&n, "k"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_name_moves_to_another_server),
		SITE_TEST(test_stranger_behind_the_name_is_left_alone),
		SITE_TEST(test_replica_moves),
		SITE_TEST(test_name_that_is_lost_keeps_its_address),
		SITE_TEST(test_absent_name_is_a_node_that_is_down),
		SITE_TEST(test_silent_server_at_the_start),
		SITE_TEST(test_time_to_live_is_kept),
		SITE_TEST(test_one_of_several_addresses_is_kept),
		SITE_TEST(test_primary_with_a_name_is_replaced),
		SITE_TEST(test_replica_that_follows_a_name_is_left_so),
		SITE_TEST(test_reload_asks_other_servers),
	};

	return SITE_MAIN(tests);
}
