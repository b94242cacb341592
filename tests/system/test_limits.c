/*
 * Limits of nodes: what real servers see of them, and what clients do that
 * have to wait for room.
 */
#include "client.h"
#include "crm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static long long
limits_queued(struct crm *crm)
{
	return daemon_stat(crm->daemon, "write", "queued");
}

/* A client that is answered. */
static int
limits_served(struct crm *crm)
{
	int fd = client_open(crm->write_port);

	client_send(fd, "PING\r\n");
	client_expect(fd, "+PONG\r\n", CRM_SETTLE_MS);
	return fd;
}

/* A client that waits behind all that came before, with a question. */
static int
limits_queue(struct crm *crm)
{
	long long n = limits_queued(crm);
	int fd = client_open(crm->write_port);

	client_send(fd, "SET k w\r\n");
	ASSERT_WITHIN(CRM_SETTLE_MS, limits_queued(crm) == n + 1);
	return fd;
}

/* The first is answered now, and nobody else. */
static void
limits_check_next(const int *fds, unsigned n)
{
	client_expect(fds[0], "+OK\r\n", CRM_SETTLE_MS);
	for (unsigned i = 1; i < n; i++)
		assert_true(client_is_waiting(fds[i]));
}

static long long
limits_clients_of(struct redis_node *node)
{
	return redis_node_info(node, "clients", "connected_clients");
}

static void
limits_reload(struct crm *crm, const struct crm_options *options)
{
	crm_configure(crm, options);
	daemon_signal(crm->daemon, SIGHUP);
}

static void
test_third_client_of_two_waits_and_is_served_in_order(struct site *site)
{
	static const struct crm_options options = {
		.node_options = "maxconn = 2",
	};
	int served[2], queue[8];
	struct crm crm;
	long long idle;

	crm_open(&crm, site, &options);
	idle = limits_clients_of(crm.node[0]);
	for (unsigned i = 0; i < ARRAY_LEN(served); i++)
		served[i] = limits_served(&crm);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++)
		queue[i] = limits_queue(&crm);
	assert_true(limits_clients_of(crm.node[0]) <= idle + 2);
	close(served[1]);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++) {
		limits_check_next(queue + i, ARRAY_LEN(queue) - i);
		assert_true(limits_clients_of(crm.node[0]) <= idle + 2);
		close(queue[i]);
	}
	close(served[0]);
}

static void
test_failover_keeps_the_queue_and_its_order(struct site *site)
{
	static const struct crm_options options = {
		.node_options = "maxconn = 1",
	};
	struct redis_node *now;
	int served, queue[5];
	struct crm crm;

	crm_open(&crm, site, &options);
	served = limits_served(&crm);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++)
		queue[i] = limits_queue(&crm);
	redis_node_kill(crm.node[0]);
	assert_true(client_is_closed(served, CRM_SETTLE_MS));
	close(served);
	now = crm_wait_successor(&crm, crm.node[0]);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++) {
		limits_check_next(queue + i, ARRAY_LEN(queue) - i);
		close(queue[i]);
	}
	assert_true(redis_node_has_key(now, "k"));
}

static void
test_reload_changes_the_limit_and_cuts_nobody(struct site *site)
{
	static const struct crm_options one = {
		.node_options = "maxconn = 1",
	};
	static const struct crm_options three = {
		.node_options = "maxconn = 3",
	};
	int served, queue[4];
	struct crm crm;

	crm_open(&crm, site, &one);
	served = limits_served(&crm);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++)
		queue[i] = limits_queue(&crm);
	limits_reload(&crm, &three);
	client_expect(queue[0], "+OK\r\n", CRM_SETTLE_MS);
	limits_check_next(queue + 1, ARRAY_LEN(queue) - 1);
	assert_int_equal(daemon_stat(crm.daemon, "crm/a", "maxconn"), 3);
	limits_reload(&crm, &one);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, daemon_stat(crm.daemon, "crm/a", "maxconn") == 1);
	client_send(queue[0], "SET k x\r\n");
	client_expect(queue[0], "+OK\r\n", CRM_SETTLE_MS);
	close(queue[0]);
	close(queue[1]);
	ASSERT_DURING(200, client_is_waiting(queue[2]));
	close(served);
	limits_check_next(queue + 2, ARRAY_LEN(queue) - 2);
	close(queue[2]);
	limits_check_next(queue + 3, ARRAY_LEN(queue) - 3);
	close(queue[3]);
}

static void
test_wait_for_room_ends_at_queue_timeout(struct site *site)
{
	static const struct crm_options options = {
		.node_options = "maxconn = 1",
		.listen_lines = "queue_timeout = 300ms",
	};
	struct crm crm;
	int served, fd;

	crm_open(&crm, site, &options);
	served = limits_served(&crm);
	fd = client_open(crm.write_port);
	ASSERT_DURING(100, client_is_waiting(fd));
	assert_true(client_is_closed(fd, CRM_SETTLE_MS));
	close(fd);
	assert_int_equal(daemon_stat(crm.daemon, "write", "queue_expired"), 1);
	client_send(served, "PING\r\n");
	client_expect(served, "+PONG\r\n", CRM_SETTLE_MS);
	close(served);
}

/* The name of the node that reads for a new client; '-' when none does. */
static char
limits_reader(struct crm *crm)
{
	redisContext *conn = redis_node_connect(crm->read_port, NULL, 5000);
	redisReply *reply = NULL;
	char name = '-';

	if (conn != NULL)
		reply = redisCommand(conn, "CONFIG GET port");
	for (unsigned i = 0; reply != NULL && i < CRM_NODES; i++)
		if (reply->elements == 2 &&
		    atoi(reply->element[1]->str) == crm->node[i]->port)
			name = crm->node[i]->name[0];
	freeReplyObject(reply);
	redisFree(conn);
	return name;
}

static void
test_backup_reads_only_while_the_others_are_down(struct site *site)
{
	static const struct crm_options options = {
		.node_sections = "backup = yes", /* of c */
	};
	struct crm crm;

	crm_open(&crm, site, &options);
	for (int i = 0; i < 8; i++)
		assert_int_equal(limits_reader(&crm), 'b');
	redis_node_kill(crm.node[1]);
	/* Rather than the primary, to which readers could fall back. */
	for (int i = 0; i < 8; i++)
		assert_int_equal(limits_reader(&crm), 'c');
	redis_node_restart(crm.node[1]);
	ASSERT_WITHIN(CRM_SETTLE_MS, limits_reader(&crm) == 'b');
	for (int i = 0; i < 8; i++)
		assert_int_equal(limits_reader(&crm), 'b');
}

static unsigned
limits_reads_of(struct crm *crm, char name, unsigned n)
{
	unsigned hits = 0;

	for (unsigned i = 0; i < n; i++)
		hits += limits_reader(crm) == name;
	return hits;
}

/* Half of them is its share once its time is over. */
static void
test_replica_that_came_back_is_spared_for_a_while(struct site *site)
{
	static const struct crm_options options = {
		.cluster_lines = "slow_start = 4s",
		.listen_lines = "balance = random2",
	};
	struct crm crm;

	crm_open(&crm, site, &options);
	/* Not at the start. */
	assert_in_range(limits_reads_of(&crm, 'b', 100), 30, 70);
	redis_node_kill(crm.node[1]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "b"));
	redis_node_restart(crm.node[1]);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, daemon_node_is(crm.daemon, "b", "read", "yes"));
	assert_in_range(limits_reads_of(&crm, 'b', 100), 0, 30);
	ASSERT_WITHIN(CRM_SETTLE_MS, limits_reads_of(&crm, 'b', 100) >= 40);
}

/* A client of that address; -1 when it is reset. */
static int
limits_try_from(struct crm *crm, unsigned n)
{
	int fd = client_open_from(crm->write_port, n);

	if (fd < 0)
		return -1;
	/* It may be reset already. */
	(void)send(fd, "PING\r\n", 6, MSG_NOSIGNAL);
	if (client_gets(fd, "+PONG\r\n", CRM_SETTLE_MS))
		return fd;
	close(fd);
	return -1;
}

static void
limits_come_and_go(struct crm *crm, unsigned n)
{
	int fd = limits_try_from(crm, n);

	if (fd >= 0)
		close(fd);
}

static void
test_greedy_address_is_refused_and_nobody_else(struct site *site)
{
	static const struct crm_options options = {
		.listen_lines = "source_maxconn = 3",
	};
	int greedy[3], modest;
	struct crm crm;

	crm_open(&crm, site, &options);
	for (unsigned i = 0; i < ARRAY_LEN(greedy); i++)
		greedy[i] = limits_try_from(&crm, 2);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(limits_try_from(&crm, 2), -1);
	modest = limits_try_from(&crm, 3);
	assert_true(modest >= 0);
	assert_int_equal(
	    daemon_stat(crm.daemon, "write", "source_refused"), 10);
	close(greedy[2]);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, (greedy[2] = limits_try_from(&crm, 2)) >= 0);
	for (unsigned i = 0; i < ARRAY_LEN(greedy); i++)
		close(greedy[i]);
	close(modest);
}

static void
test_address_that_comes_too_often_is_refused(struct site *site)
{
	static const struct crm_options options = {
		.listen_lines = "source_rate_limit = 1",
	};
	struct crm crm;
	int fd;

	crm_open(&crm, site, &options);
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    (limits_come_and_go(&crm, 2),
		daemon_stat(crm.daemon, "write", "source_refused") > 0));
	fd = limits_try_from(&crm, 3);
	assert_true(fd >= 0);
	close(fd);
	ASSERT_WITHIN(CRM_SETTLE_MS, (fd = limits_try_from(&crm, 2)) >= 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(
		    test_third_client_of_two_waits_and_is_served_in_order),
		SITE_TEST(test_failover_keeps_the_queue_and_its_order),
		SITE_TEST(test_reload_changes_the_limit_and_cuts_nobody),
		SITE_TEST(test_wait_for_room_ends_at_queue_timeout),
		SITE_TEST(test_backup_reads_only_while_the_others_are_down),
		SITE_TEST(test_replica_that_came_back_is_spared_for_a_while),
		SITE_TEST(test_greedy_address_is_refused_and_nobody_else),
		SITE_TEST(test_address_that_comes_too_often_is_refused),
	};

	return SITE_MAIN(tests);
}
