/*
 * The tools of the system tests, tried on real nodes without regent: a tool
 * that can't fail proves nothing.
 */
#include "answer.h"
#include "client.h"
#include "fake_node.h"
#include "json_check.h"
#include "lan.h"
#include "load.h"
#include "monitor.h"
#include "redis_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct redis_node *
harness_node(
    struct site *site, const char *name, const struct redis_node *primary)
{
	const struct redis_node_options options = {
		.name = name,
		.primary = primary,
	};

	return redis_node_start(site, &options);
}

static uint64_t
harness_acked(struct load *load)
{
	struct load_result r;

	load_read(load, &r);
	return r.acked;
}

static uint64_t
harness_lost(struct load *load, const struct redis_node *node)
{
	uint64_t lost, acked;

	assert_int_equal(
	    load_count_lost(load, "127.0.0.1", node->port, &lost, &acked), 0);
	assert_true(acked > 0);
	return lost;
}

static void
test_replica_follows_and_is_promoted_by_hand(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	struct redis_node *b = harness_node(site, "b", a);

	assert_true(redis_node_is_primary(a));
	assert_false(redis_node_is_primary(b));
	assert_true(redis_node_follows(b, a));
	redis_node_must(b, "REPLICAOF NO ONE");
	assert_true(redis_node_is_primary(b));
	redis_node_must(a, "REPLICAOF 127.0.0.1 %u", (unsigned)b->port);
	ASSERT_WITHIN(10000, redis_node_follows(a, b));
	assert_false(redis_node_points_at(b, a));
}

static void
test_rewritten_configuration_survives_a_restart(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	struct redis_node *b = harness_node(site, "b", a);

	redis_node_must(b, "REPLICAOF NO ONE");
	redis_node_must(b, "CONFIG REWRITE");
	redis_node_kill(b);
	assert_int_equal(redis_node_role(b), REDIS_SILENT);
	redis_node_restart(b);
	assert_true(redis_node_is_primary(b));
}

static void
test_frozen_node_is_silent_until_resumed(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);

	redis_node_freeze(a);
	assert_int_equal(redis_node_role(a), REDIS_SILENT);
	redis_node_resume(a);
	ASSERT_WITHIN(5000, redis_node_is_primary(a));
}

static void
test_password_is_asked_for(struct site *site)
{
	const struct redis_node_options options = {
		.name = "a",
		.password = "opensesame",
	};
	struct redis_node *a = redis_node_start(site, &options);

	redis_node_must(a, "SET k v");
	assert_true(redis_node_has_key(a, "k"));
	assert_false(redis_node_port_has(a->port, "k", "v"));
}

static void
test_load_finds_what_a_node_has_lost(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	const struct load_options options = { .port = a->port, .n_writers = 4 };
	struct load *load = load_start(&options);

	ASSERT_WITHIN(10000, harness_acked(load) > 2000);
	load_stop(load);
	assert_int_equal(harness_lost(load, a), 0);
	assert_true(load_is_acked(load, 3, 1));
	redis_node_must(a, "RENAME w0:1 elsewhere");
	redis_node_must(a, "RENAME w3:1 elsewhere");
	assert_int_equal(harness_lost(load, a), 2);
	redis_node_must(a, "FLUSHALL");
	assert_int_equal(harness_lost(load, a), harness_acked(load));
	load_free(&load);
}

static void
test_load_measures_the_outage_and_goes_on(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	const struct load_options options = { .port = a->port, .n_writers = 2 };
	struct load *load = load_start(&options);
	struct load_result r;
	usec_t outage_us;

	ASSERT_WITHIN(10000, harness_acked(load) > 100);
	load_mark(load);
	redis_node_kill(a);
	assert_false(load_is_recovered(load, NULL));
	ASSERT_WITHIN(10000, (load_read(load, &r), r.kinds[LOAD_REFUSED] > 5));
	assert_true(r.kinds[LOAD_CUT] >= 1);
	redis_node_restart(a);
	ASSERT_WITHIN(10000, load_is_recovered(load, &outage_us));
	load_stop(load);
	load_read(load, &r);
	assert_int_equal(r.outage_us, outage_us);
	assert_true(r.longest_gap_us > 0);
	load_free(&load);
}

static void
test_load_counts_readonly_apart(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	struct redis_node *b = harness_node(site, "b", a);
	const struct load_options options = { .port = b->port, .n_writers = 1 };
	struct load *load = load_start(&options);
	struct load_result r;

	ASSERT_WITHIN(10000, (load_read(load, &r), r.errors > 3));
	load_stop(load);
	load_read(load, &r);
	assert_int_equal(r.acked, 0);
	assert_int_equal(r.kinds[LOAD_READONLY], r.errors);
	assert_false(load_is_acked(load, 0, 1));
	load_free(&load);
}

/* The zombie: a frozen node's old connections come to life again. */
static void
test_load_hears_an_old_connection_that_answers(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	const struct load_options options = {
		.port = a->port, .n_writers = 1, .timeout_us = 50 * USEC_MS
	};
	struct load *load = load_start(&options);
	struct load_result r;

	ASSERT_WITHIN(10000, harness_acked(load) > 10);
	load_hold_old(load);
	redis_node_freeze(a);
	ASSERT_WITHIN(10000, (load_read(load, &r), r.kinds[LOAD_TIMEOUT] > 0));
	redis_node_resume(a);
	ASSERT_WITHIN(10000, (load_read(load, &r), r.old_acked > 3));
	load_free(&load);
	ASSERT_WITHIN(5000, redis_node_has_key(a, "old:0"));
}

struct harness_sets {
	unsigned primary_port;
	unsigned n_clients;
	unsigned n_replicated;
};

static void
harness_count_set(const struct monitor_set *set, void *arg)
{
	struct harness_sets *sets = arg;

	if (set->source_port == sets->primary_port)
		sets->n_replicated++;
	else
		sets->n_clients++;
	assert_true(monitor_wall_clock() - set->wall_us < 60 * USEC_SEC);
}

static void
test_monitor_tells_a_replicated_write_from_a_client(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	struct redis_node *b = harness_node(site, "b", a);
	struct harness_sets sets = { .primary_port = a->port };
	struct monitor *monitor = monitor_start(site, b);

	redis_node_must(a, "SET k 1");
	ASSERT_WITHIN(5000,
	    (monitor_each_set(monitor, harness_count_set, &sets),
		sets.n_replicated == 1));
	redis_node_must(b, "REPLICAOF NO ONE");
	redis_node_must(b, "SET k 2");
	ASSERT_WITHIN(5000,
	    (monitor_each_set(monitor, harness_count_set, &sets),
		sets.n_clients == 1));
	assert_int_equal(sets.n_replicated, 1);
}

/* What a restart after SAVE keeps: the brain may rely on it. */
static void
test_saved_primary_comes_back_with_its_data(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	struct redis_node *b = harness_node(site, "b", a);

	redis_node_must(a, "SET k v");
	redis_node_save(a);
	redis_node_kill(a);
	redis_node_restart(a);
	ASSERT_WITHIN(10000, redis_node_has_key(a, "k"));
	ASSERT_WITHIN(10000, redis_node_follows(b, a));
	assert_true(redis_node_has_key(b, "k"));
}

static void
test_json_is_told_from_what_is_none(struct site *site)
{
	static const char *const good[] = { "{}", "[]", "null",
		" {\"a\": [1, -2.5e3, \"x\\u00e9\\n\", true]} \n" };
	static const char *const bad[] = { "", "{", "{]", "[1,]", "{\"a\"}",
		"{\"a\":1,}", "\"x", "tru", "1 2", "\"\t\"", "{a:1}" };

	(void)site; /* needs nothing */
	for (unsigned i = 0; i < ARRAY_LEN(good); i++)
		assert_true(json_is_valid(good[i]));
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(json_is_valid(bad[i]));
}

static void
test_fake_nodes_behave_as_told(struct site *site)
{
	struct fake_node *node = fake_node_start(site, "x", FAKE_NAMED);
	uint16_t port = fake_node_port(node);
	int fd = client_open(port);

	client_expect(fd, "x\n", 5000);
	assert_true(client_echoes(fd, "hello", 5000));
	assert_int_equal(fake_node_open(node), 1);
	shutdown(fd, SHUT_WR);
	assert_true(client_is_closed(fd, 5000));
	close(fd);
	fake_node_become(node, FAKE_CLOSE);
	fd = client_open(port);
	assert_true(client_is_closed(fd, 5000));
	close(fd);
	fake_node_become(node, FAKE_SILENT);
	fd = client_open(port);
	client_send(fd, "anyone?");
	ASSERT_DURING(50, client_is_waiting(fd));
	fake_node_down(node);
	assert_true(client_is_closed(fd, 5000));
	assert_true(client_is_refused(port));
	close(fd);
	fake_node_up(node);
	assert_false(client_is_refused(port));
}

static void
test_fake_redis_tells_its_script(struct site *site)
{
	struct fake_node *node = fake_node_start(site, "x", FAKE_REDIS);
	redisContext *conn =
	    redis_node_connect(fake_node_port(node), "secret", 5000);
	redisReply *reply;

	assert_non_null(conn);
	reply = redisCommand(conn, "ROLE");
	assert_non_null(reply);
	assert_string_equal(reply->element[0]->str, "master");
	freeReplyObject(reply);
	reply = redisCommand(conn, "INFO replication");
	assert_non_null(reply);
	assert_contains(reply->str, "role:master");
	freeReplyObject(reply);
	redisFree(conn);
	assert_int_equal(fake_node_seen(node, "AUTH secret"), 1);
	assert_int_equal(fake_node_seen(node, "role"), 1);
	assert_int_equal(fake_node_seen(node, "REPLICAOF"), 0);
}

static void
test_fake_source_sends_the_pattern(struct site *site)
{
	struct fake_node *node = fake_node_start(site, "x", FAKE_SOURCE);
	int fd = client_open(fake_node_port(node));
	unsigned char byte;

	client_send(fd, "300000\n");
	for (unsigned i = 0; i < 300000; i++) {
		if (recv(fd, &byte, 1, 0) != 1 || byte != fake_byte(i))
			fail_msg("byte %u is wrong", i);
	}
	close(fd);
}

static void
test_process_is_watched_and_killed(struct site *site)
{
	const char *argv[] = { "sh", "-c", "echo started; exec sleep 100",
		NULL };
	struct process p;
	char *log;

	process_init(&p, site, "sleeper");
	process_start(&p, "/bin/sh", argv);
	assert_true(process_is_running(&p));
	ASSERT_WITHIN(5000, process_rss_kib(p.pid) > 0);
	assert_true(process_fd_count(p.pid) >= 3);
	assert_true(process_cpu_us(p.pid) < USEC_SEC);
	ASSERT_WITHIN(5000,
	    (log = site_read_file(p.log), free(log), log != NULL) &&
		process_wait(&p, 0) == -1);
	process_kill(&p);
	assert_int_equal(p.exit_code, 128 + 9);
	argv[2] = "exit 3";
	process_start(&p, "/bin/sh", argv);
	assert_int_equal(process_wait(&p, 5000), 3);
}

static void
test_answers_are_read(struct site *site)
{
	static const char text[] =
	    "cluster=crm phase=STEADY epoch=12 primary=a\n"
	    "node  role     state  lag\n"
	    "a     primary  UP     0\n"
	    "b     replica  DOWN   -\n";
	char value[32];

	(void)site; /* needs nothing */
	assert_true(answer_pair(text, "epoch", value, sizeof(value)));
	assert_string_equal(value, "12");
	assert_false(answer_pair(text, "och", value, sizeof(value)));
	assert_true(answer_cell(text, "b", "state", value, sizeof(value)));
	assert_string_equal(value, "DOWN");
	assert_false(answer_cell(text, "c", "state", value, sizeof(value)));
	assert_int_equal(answer_line_count(text), 4);
}

static void
test_ports_are_never_handed_out_twice(struct site *site)
{
	uint16_t a = site_port(), b = site_port();

	(void)site; /* ports belong to the program */
	assert_int_not_equal(a, b);
	assert_true(client_is_refused(a));
}

/* A write that no replica has is none to writers that ask for replicas. */
static void
test_load_counts_what_replicas_lack_apart(struct site *site)
{
	struct redis_node *a = harness_node(site, "a", NULL);
	const struct load_options options = {
		.port = a->port,
		.n_writers = 1,
		.sync_replicas = 1,
		.sync_us = 20 * USEC_MS,
	};
	struct load *load = load_start(&options);
	struct load_result r;

	ASSERT_WITHIN(5000, (load_read(load, &r), r.kinds[LOAD_UNSYNCED] >= 3));
	assert_int_equal(r.acked, 0);
	(void)harness_node(site, "b", a); /* closed with the site */
	ASSERT_WITHIN(5000, (load_read(load, &r), r.acked >= 3));
	load_free(&load);
}

static bool
harness_reaches(
    struct lan *lan, const struct redis_node *node, enum lan_place from)
{
	redisContext *conn = redis_node_open_from(
	    node, &lan->host[from], 200 * clock_slowdown());

	if (conn == NULL)
		return false;
	redisFree(conn);
	return true;
}

static void
test_cut_wire_swallows_what_it_should(struct site *site)
{
	struct lan *lan = lan_open(site);
	const struct redis_node_options options = {
		.name = "a",
		.host = &lan->host[LAN_A],
	};
	struct redis_node *a = redis_node_start(site, &options);

	assert_true(harness_reaches(lan, a, LAN_CLIENTS));
	lan_cut(lan, LAN_AT(CLIENTS), LAN_AT(A));
	assert_false(harness_reaches(lan, a, LAN_CLIENTS));
	assert_true(harness_reaches(lan, a, LAN_REGENT));
	lan_heal(lan, LAN_AT(CLIENTS), LAN_AT(A));
	lan_cut(lan, LAN_AT(A), LAN_ALL);
	assert_false(harness_reaches(lan, a, LAN_CLIENTS));
	assert_false(harness_reaches(lan, a, LAN_REGENT));
	assert_true(redis_node_is_primary(a));
	lan_heal_both(lan, LAN_AT(A), LAN_AT(REGENT));
	assert_true(harness_reaches(lan, a, LAN_REGENT));
	assert_false(harness_reaches(lan, a, LAN_CLIENTS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_replica_follows_and_is_promoted_by_hand),
		SITE_TEST(test_rewritten_configuration_survives_a_restart),
		SITE_TEST(test_frozen_node_is_silent_until_resumed),
		SITE_TEST(test_password_is_asked_for),
		SITE_TEST(test_load_finds_what_a_node_has_lost),
		SITE_TEST(test_load_measures_the_outage_and_goes_on),
		SITE_TEST(test_load_counts_readonly_apart),
		SITE_TEST(test_load_hears_an_old_connection_that_answers),
		SITE_TEST(test_monitor_tells_a_replicated_write_from_a_client),
		SITE_TEST(test_saved_primary_comes_back_with_its_data),
		SITE_TEST(test_json_is_told_from_what_is_none),
		SITE_TEST(test_fake_nodes_behave_as_told),
		SITE_TEST(test_fake_redis_tells_its_script),
		SITE_TEST(test_fake_source_sends_the_pattern),
		SITE_TEST(test_process_is_watched_and_killed),
		SITE_TEST(test_answers_are_read),
		SITE_TEST(test_ports_are_never_handed_out_twice),
		SITE_TEST(test_load_counts_what_replicas_lack_apart),
		SITE_TEST(test_cut_wire_swallows_what_it_should),
	};

	return SITE_MAIN(tests);
}
