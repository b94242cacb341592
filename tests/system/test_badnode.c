/*
 * Nodes that answer badly, or not at all, or lie.  The good ones go on being
 * served; regent stays responsive and does not spin.
 */
#include "crm.h"
#include "fake_node.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BADNODE_ANSWER_US (500 * USEC_MS)

struct badnode {
	struct crm crm;
	struct fake_node *fake; /* node crm/x */
	char section[96];
};

/* A good cluster with one more node, x, of the given kind. */
static void
badnode_open(struct badnode *bad, struct site *site, enum fake_kind kind,
    const char *cluster_lines)
{
	struct crm_options options = {
		.cluster_lines = cluster_lines,
		.node_sections = bad->section,
	};

	bad->fake = fake_node_start(site, "x", kind);
	snprintf(bad->section, sizeof(bad->section),
	    "[node crm/x]\naddress = 127.0.0.1:%u",
	    (unsigned)fake_node_port(bad->fake));
	crm_open(&bad->crm, site, &options);
}

/* Asked at any time, regent answers soon, and it has time to spare. */
static void
badnode_check_responsive(struct daemon *d)
{
	usec_t cpu_us = process_cpu_us(d->process.pid);
	usec_t start = clock_now(), asked;
	usec_t span_us = 1000 * USEC_MS;

	do {
		asked = clock_now();
		assert_true(daemon_answers(d));
		assert_true(
		    clock_now() - asked < BADNODE_ANSWER_US * clock_slowdown());
		clock_sleep_until(asked + 50 * USEC_MS);
	} while (clock_now() - start < span_us);
	cpu_us = process_cpu_us(d->process.pid) - cpu_us;
	if (cpu_us > span_us / 2)
		fail_msg("busy for %lld of %lld us", (long long)cpu_us,
		    (long long)span_us);
}

/* Probed again and again, never up; the others do not care. */
static void
badnode_check_kind(struct site *site, enum fake_kind kind)
{
	struct badnode bad;
	struct load_result r;
	struct load *load;

	badnode_open(&bad, site, kind,
	    "check_interval = 50ms\ncheck_timeout = 300ms\nfall = 2");
	load = crm_load(&bad.crm, 1, 200);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(bad.crm.daemon, "x"));
	ASSERT_WITHIN(CRM_SETTLE_MS, fake_node_accepted(bad.fake) >= 2);
	badnode_check_responsive(bad.crm.daemon);
	assert_true(daemon_node_is_down(bad.crm.daemon, "x"));
	assert_ptr_equal(crm_primary(&bad.crm), bad.crm.node[0]);
	crm_wait_acked(load, 50);
	load_read(load, &r);
	assert_int_equal(r.errors, 0);
	assert_true(redis_node_key_count(bad.crm.node[1]) > 0);
	for (int i = 0; i < 6; i++)
		assert_true(
		    redis_node_port_has(bad.crm.read_port, "w0:1", "1"));
}

static void
test_node_that_never_answers(struct site *site)
{
	badnode_check_kind(site, FAKE_SILENT);
}

static void
test_node_that_never_reads(struct site *site)
{
	badnode_check_kind(site, FAKE_DEAF);
}

static void
test_node_that_answers_garbage(struct site *site)
{
	badnode_check_kind(site, FAKE_GARBAGE);
}

static void
test_node_that_answers_half_a_reply(struct site *site)
{
	badnode_check_kind(site, FAKE_HALF);
}

static void
test_node_that_closes_at_once(struct site *site)
{
	badnode_check_kind(site, FAKE_CLOSE);
}

/* A replica that has lost its link, with data of the given history. */
static void
badnode_script_replica(struct fake_node *fake, uint16_t primary_port,
    const char *history, long long offset)
{
	char role[160], info[512];

	snprintf(role, sizeof(role),
	    "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:%u\r\n"
	    "$7\r\nconnect\r\n:%lld\r\n",
	    (unsigned)primary_port, offset);
	snprintf(info, sizeof(info),
	    "# Server\r\nrun_id:%040d\r\nloading:0\r\n"
	    "# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\n"
	    "master_port:%u\r\nmaster_link_status:down\r\n"
	    "master_last_io_seconds_ago:-1\r\nmaster_sync_in_progress:0\r\n"
	    "slave_read_repl_offset:%lld\r\nslave_repl_offset:%lld\r\n"
	    "slave_priority:100\r\nslave_read_only:1\r\n"
	    "master_replid:%s\r\nmaster_repl_offset:%lld\r\n",
	    7, (unsigned)primary_port, offset, offset, history, offset);
	fake_node_script(fake, role, info);
}

static void
badnode_history(struct redis_node *node, char history[64])
{
	redisReply *info = redis_node_command(node, "INFO replication");
	const char *at = strstr(info->str, "master_replid:");

	assert_non_null(at);
	assert_int_equal(sscanf(at, "master_replid:%63[0-9a-f]", history), 1);
	freeReplyObject(info);
}

/* It replicates from somewhere else: up, but not proven. */
static void
test_replica_of_a_stranger_takes_no_reads(struct site *site)
{
	struct badnode bad;

	badnode_open(&bad, site, FAKE_SILENT, "");
	redis_node_must(bad.crm.node[0], "SET k v");
	badnode_script_replica(
	    bad.fake, 1, "7777777777777777777777777777777777777777", 1000000);
	fake_node_become(bad.fake, FAKE_REDIS);
	ASSERT_WITHIN(CRM_SETTLE_MS, fake_node_seen(bad.fake, "ROLE") > 3);
	ASSERT_DURING(300, redis_node_port_has(bad.crm.read_port, "k", "v"));
	assert_int_equal(fake_node_seen(bad.fake, "GET"), 0);
	assert_ptr_equal(crm_primary(&bad.crm), bad.crm.node[0]);
}

static void
test_node_that_claims_to_be_primary_is_not_written(struct site *site)
{
	struct load_result r;
	struct badnode bad;
	struct load *load;

	badnode_open(&bad, site, FAKE_SILENT, "");
	load = crm_load(&bad.crm, 2, 500);
	fake_node_script(bad.fake, "*3\r\n$6\r\nmaster\r\n:99999999\r\n*0\r\n",
	    "# Server\r\nrun_id:1111111111111111111111111111111111111111\r\n"
	    "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n"
	    "master_replid:2222222222222222222222222222222222222222\r\n"
	    "master_repl_offset:99999999\r\n");
	fake_node_become(bad.fake, FAKE_REDIS);
	ASSERT_WITHIN(CRM_SETTLE_MS, fake_node_seen(bad.fake, "ROLE") > 3);
	crm_wait_acked(load, 500);
	assert_ptr_equal(crm_primary(&bad.crm), bad.crm.node[0]);
	assert_int_equal(fake_node_seen(bad.fake, "SET"), 0);
	load_read(load, &r);
	assert_int_equal(r.errors, 0);
}

/* It says OK to REPLICAOF NO ONE, and remains what it was. */
static void
test_candidate_that_does_not_become_primary_is_passed_over(struct site *site)
{
	struct redis_node *now;
	struct badnode bad;
	char history[64];

	badnode_open(&bad, site, FAKE_SILENT, "promote_timeout = 500ms");
	badnode_history(bad.crm.node[0], history);
	badnode_script_replica(
	    bad.fake, bad.crm.node[0]->port, history, 99999999);
	fake_node_become(bad.fake, FAKE_REDIS);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_up(bad.crm.daemon, "x"));
	redis_node_kill(bad.crm.node[0]);
	now = crm_wait_successor(&bad.crm, bad.crm.node[0]);
	crm_wait_settled(&bad.crm, now);
	crm_check_one_primary(&bad.crm, now);
	assert_true(fake_node_seen(bad.fake, "REPLICAOF NO ONE") > 0);
}

static void
test_wrong_password_is_a_fault_of_the_configuration(struct site *site)
{
	static const struct crm_options wrong = {
		.password = "right",
		.cluster_lines = "password = wrong",
	};
	static const struct crm_options right = {
		.password = "right",
		.cluster_lines = "password = right",
	};
	struct crm crm;

	crm_start_nodes(&crm, site, &wrong);
	crm_start_daemon(&crm, &wrong);
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    strstr(daemon_ask(crm.daemon, "show cluster crm"), "password") !=
		NULL);
	badnode_check_responsive(crm.daemon);
	assert_false(daemon_node_is_down(crm.daemon, "a"));
	assert_null(crm_primary(&crm));
	assert_false(daemon_has_logged(crm.daemon, "wrong"));
	crm_configure(&crm, &right);
	daemon_signal(crm.daemon, SIGHUP);
	crm_wait_settled(&crm, crm.node[0]);
}

static void
test_password_changed_under_way_starts_no_failover(struct site *site)
{
	static const struct crm_options options = {
		.password = "right",
		.cluster_lines = "password = right\n"
				 "check_interval = 50ms\n"
				 "fall = 2",
	};
	struct crm crm;

	crm_open(&crm, site, &options);
	redis_node_must(crm.node[0], "CONFIG SET requirepass other");
	crm.node[0]->password = "other";
	/* The probe has to log in again, and can't. */
	freeReplyObject(
	    redis_node_command(crm.node[0], "CLIENT KILL TYPE normal"));
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    strstr(daemon_ask(crm.daemon, "show cluster crm"), "password") !=
		NULL);
	ASSERT_DURING(1000,
	    !redis_node_is_primary(crm.node[1]) &&
		!redis_node_is_primary(crm.node[2]));
	assert_false(daemon_node_is_down(crm.daemon, "a"));
	crm_check_one_primary(&crm, crm.node[0]);
}

static void
test_failover_with_a_password(struct site *site)
{
	char path[SITE_PATH_LEN], lines[SITE_PATH_LEN + 32];
	struct crm_options options = {
		.password = "opensesame",
		.cluster_lines = lines,
	};
	struct redis_node *now;
	struct load *load;
	struct crm crm;

	site_path(site, path, "password");
	site_write_file(path, "opensesame\n");
	snprintf(lines, sizeof(lines), "password_file = %s", path);
	crm_open(&crm, site, &options);
	load = crm_load(&crm, 1, 500);
	redis_node_kill(crm.node[0]);
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_acked(load, 100);
	redis_node_restart(crm.node[0]);
	crm_wait_settled(&crm, now);
	load_stop(load);
	assert_in_range(crm_count_lost(load, now), 0, 1);
	assert_false(daemon_has_logged(crm.daemon, "opensesame"));
	assert_lacks(daemon_ask(crm.daemon, "show cluster"), "opensesame");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_node_that_never_answers),
		SITE_TEST(test_node_that_never_reads),
		SITE_TEST(test_node_that_answers_garbage),
		SITE_TEST(test_node_that_answers_half_a_reply),
		SITE_TEST(test_node_that_closes_at_once),
		SITE_TEST(test_replica_of_a_stranger_takes_no_reads),
		SITE_TEST(test_node_that_claims_to_be_primary_is_not_written),
		SITE_TEST(
		    test_candidate_that_does_not_become_primary_is_passed_over),
		SITE_TEST(test_wrong_password_is_a_fault_of_the_configuration),
		SITE_TEST(test_password_changed_under_way_starts_no_failover),
		SITE_TEST(test_failover_with_a_password),
	};

	return SITE_MAIN(tests);
}
