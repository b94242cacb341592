#include "redis_node.h"

#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REDIS_NODE_START_MS 10000
#define REDIS_NODE_ANSWER_MS 500

const char *
redis_node_address(const struct redis_node *node)
{
	return node->process.host != NULL ? node->process.host->address
					  : node->loopback;
}

static void
redis_node_disconnect(struct redis_node *node)
{
	if (node->conn != NULL)
		redisFree(node->conn);
	node->conn = NULL;
}

static void
redis_node_dump(struct resource *res)
{
	struct redis_node *node =
	    container_of(res, struct redis_node, resource);

	site_print_tail(node->name, node->process.log, 2000);
}

static void
redis_node_close(struct resource *res)
{
	struct redis_node *node =
	    container_of(res, struct redis_node, resource);

	redis_node_disconnect(node);
	process_kill(&node->process);
	free(node);
}

/*
 * Debian's redis-tools has the whole server: redis-check-rdb is the same
 * binary and looks at argv[0].  So tests need no package that would start a
 * service of its own.
 */
static void
redis_node_find_program(struct site *site, char *program)
{
	char found[SITE_PATH_LEN];

	site_path(site, program, "redis-server");
	if (access(program, X_OK) == 0)
		return;
	if (!process_find("redis-server", found, sizeof(found)) &&
	    !process_find("redis-check-rdb", found, sizeof(found)))
		fail_msg("neither redis-server nor redis-check-rdb in PATH");
	CHECK(symlink(found, program) == 0);
}

static void
redis_node_write_conf(struct site *site, struct redis_node *node,
    const struct redis_node_options *options)
{
	FILE *file;
	char dir[SITE_PATH_LEN];

	site_path(site, dir, "%s", node->name);
	CHECK(mkdir(dir, 0755) == 0);
	site_path(site, node->conf, "%s.conf", node->name);
	file = fopen(node->conf, "we");
	CHECK(file != NULL);
	fprintf(file,
	    "bind %s %s\n"
	    "port %u\n"
	    "dir %s\n"
	    "protected-mode no\n",
	    node->loopback, options->host != NULL ? options->host->address : "",
	    (unsigned)node->port, dir);
	if (!options->is_sentinel)
		fprintf(file,
		    "save \"\"\n"
		    "appendonly no\n"
		    "repl-diskless-sync-delay 0\n");
	if (options->password != NULL)
		fprintf(file, "requirepass %s\nmasterauth %s\n",
		    options->password, options->password);
	if (options->primary != NULL)
		fprintf(file, "replicaof %s %u\n",
		    redis_node_address(options->primary),
		    (unsigned)options->primary->port);
	if (options->lines != NULL)
		fprintf(file, "%s\n", options->lines);
	CHECK(fclose(file) == 0);
}

/* A sentinel has a role of another form. */
static bool
redis_node_answers(struct redis_node *node)
{
	redisReply *reply = redis_node_command(node, "ROLE");
	bool is_array;

	if (reply == NULL)
		return false;
	is_array = reply->type == REDIS_REPLY_ARRAY;
	freeReplyObject(reply);
	return is_array;
}

static void
redis_node_launch(struct redis_node *node)
{
	const char *argv[] = { "redis-server", node->conf,
		node->is_sentinel ? "--sentinel" : NULL, NULL };

	process_start(&node->process, node->program, argv);
	ASSERT_WITHIN(REDIS_NODE_START_MS,
	    redis_node_answers(node) || !process_is_running(&node->process));
	if (!process_is_running(&node->process))
		fail_msg("node %s did not start", node->name);
}

struct redis_node *
redis_node_start(struct site *site, const struct redis_node_options *options)
{
	struct redis_node *node = mem_new(sizeof(*node));

	snprintf(node->name, sizeof(node->name), "%s", options->name);
	node->password = options->password;
	node->is_sentinel = options->is_sentinel;
	node->loopback =
	    options->loopback != NULL ? options->loopback : "127.0.0.1";
	node->port = options->port != 0 ? options->port : site_port();
	process_init(&node->process, site, node->name);
	node->process.host = options->host;
	node->resource.dump = redis_node_dump;
	node->resource.close = redis_node_close;
	site_add(site, &node->resource);
	redis_node_find_program(site, node->program);
	redis_node_write_conf(site, node, options);
	redis_node_launch(node);
	if (options->primary != NULL)
		ASSERT_WITHIN(REDIS_NODE_START_MS,
		    redis_node_follows(node, options->primary));
	return node;
}

void
redis_node_kill(struct redis_node *node)
{
	process_kill(&node->process);
	redis_node_disconnect(node);
}

void
redis_node_freeze(struct redis_node *node)
{
	process_signal(&node->process, SIGSTOP);
}

void
redis_node_resume(struct redis_node *node)
{
	process_signal(&node->process, SIGCONT);
	redis_node_disconnect(node);
}

void
redis_node_restart(struct redis_node *node)
{
	redis_node_disconnect(node);
	redis_node_launch(node);
}

static redisContext *
redis_node_dial(
    const char *address, uint16_t port, const char *password, int timeout_ms)
{
	struct timeval timeout;
	redisContext *conn;
	redisReply *reply;

	timeout.tv_sec = timeout_ms / 1000;
	timeout.tv_usec = timeout_ms % 1000 * 1000;
	conn = redisConnectWithTimeout(address, port, timeout);
	if (conn == NULL || conn->err != 0 ||
	    redisSetTimeout(conn, timeout) != REDIS_OK)
		goto fail;
	if (password == NULL)
		return conn;
	reply = redisCommand(conn, "AUTH %s", password);
	if (reply != NULL)
		freeReplyObject(reply);
	if (conn->err == 0)
		return conn;
fail:
	if (conn != NULL)
		redisFree(conn);
	return NULL;
}

redisContext *
redis_node_connect(uint16_t port, const char *password, int timeout_ms)
{
	return redis_node_dial("127.0.0.1", port, password, timeout_ms);
}

redisContext *
redis_node_open(const struct redis_node *node, int timeout_ms)
{
	redisContext *conn;
	int was;

	was = host_enter(node->process.host);
	conn = redis_node_dial(
	    node->loopback, node->port, node->password, timeout_ms);
	host_leave(was);
	return conn;
}

redisContext *
redis_node_open_from(
    const struct redis_node *node, const struct host *from, int timeout_ms)
{
	redisContext *conn;
	int was;

	was = host_enter(from);
	conn = redis_node_dial(
	    redis_node_address(node), node->port, node->password, timeout_ms);
	host_leave(was);
	return conn;
}

static redisReply *
redis_node_vcommand(struct redis_node *node, const char *fmt, va_list ap)
{
	redisReply *reply;

	if (node->conn == NULL)
		node->conn = redis_node_open(
		    node, REDIS_NODE_ANSWER_MS * clock_slowdown());
	if (node->conn == NULL)
		return NULL;
	reply = redisvCommand(node->conn, fmt, ap);
	if (reply == NULL)
		redis_node_disconnect(node);
	return reply;
}

redisReply *
redis_node_command(struct redis_node *node, const char *fmt, ...)
{
	redisReply *reply;
	va_list ap;

	va_start(ap, fmt);
	reply = redis_node_vcommand(node, fmt, ap);
	va_end(ap);
	return reply;
}

void
redis_node_must(struct redis_node *node, const char *fmt, ...)
{
	redisReply *reply;
	va_list ap;
	bool is_ok;

	va_start(ap, fmt);
	reply = redis_node_vcommand(node, fmt, ap);
	va_end(ap);
	is_ok = reply != NULL && reply->type == REDIS_REPLY_STATUS &&
	    strncmp(reply->str, "OK", 2) == 0;
	if (reply != NULL)
		freeReplyObject(reply);
	if (!is_ok)
		fail_msg("node %s did not accept: %s", node->name, fmt);
}

static bool
redis_node_try_save(struct redis_node *node)
{
	redisReply *reply = redis_node_command(node, "SAVE");
	bool is_ok;

	if (reply == NULL)
		return false;
	is_ok = reply->type == REDIS_REPLY_STATUS;
	freeReplyObject(reply);
	return is_ok;
}

/* Refused while the child of a full copy to a replica is being ended. */
void
redis_node_save(struct redis_node *node)
{
	ASSERT_WITHIN(REDIS_NODE_START_MS, redis_node_try_save(node));
}

/* ROLE: master, offset, replicas; or slave, host, port, state, offset. */
static redisReply *
redis_node_ask_role(struct redis_node *node)
{
	redisReply *reply = redis_node_command(node, "ROLE");

	if (reply == NULL)
		return NULL;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements >= 3)
		return reply;
	freeReplyObject(reply);
	return NULL;
}

enum redis_role
redis_node_role(struct redis_node *node)
{
	redisReply *reply = redis_node_ask_role(node);
	enum redis_role role;

	if (reply == NULL)
		return REDIS_SILENT;
	role = strcmp(reply->element[0]->str, "master") == 0 ? REDIS_PRIMARY
							     : REDIS_REPLICA;
	freeReplyObject(reply);
	return role;
}

bool
redis_node_is_primary(struct redis_node *node)
{
	return redis_node_role(node) == REDIS_PRIMARY;
}

static bool
redis_node_has_upstream(struct redis_node *node,
    const struct redis_node *primary, const char *state)
{
	redisReply *reply = redis_node_ask_role(node);
	bool is_so;

	if (reply == NULL)
		return false;
	is_so = reply->elements >= 5 &&
	    reply->element[2]->integer == primary->port &&
	    (state == NULL || strcmp(reply->element[3]->str, state) == 0);
	freeReplyObject(reply);
	return is_so;
}

bool
redis_node_follows(struct redis_node *node, const struct redis_node *primary)
{
	return redis_node_has_upstream(node, primary, "connected");
}

bool
redis_node_points_at(struct redis_node *node, const struct redis_node *primary)
{
	return redis_node_has_upstream(node, primary, NULL);
}

static long long
redis_node_take_integer(redisReply *reply)
{
	long long value = -1;

	if (reply == NULL)
		return -1;
	if (reply->type == REDIS_REPLY_INTEGER)
		value = reply->integer;
	freeReplyObject(reply);
	return value;
}

long long
redis_node_key_count(struct redis_node *node)
{
	return redis_node_take_integer(redis_node_command(node, "DBSIZE"));
}

bool
redis_node_has_key(struct redis_node *node, const char *key)
{
	return redis_node_take_integer(
		   redis_node_command(node, "EXISTS %s", key)) == 1;
}

long long
redis_node_info(struct redis_node *node, const char *section, const char *field)
{
	redisReply *reply = redis_node_command(node, "INFO %s", section);
	long long value = -1;
	const char *at;
	char want[64];

	if (reply == NULL)
		return -1;
	snprintf(want, sizeof(want), "\n%s:", field);
	at = reply->str != NULL ? strstr(reply->str, want) : NULL;
	if (at != NULL)
		value = strtoll(at + strlen(want), NULL, 10);
	freeReplyObject(reply);
	return value;
}

long long
redis_node_calls(struct redis_node *node, const char *command)
{
	redisReply *reply = redis_node_command(node, "INFO commandstats");
	char want[64];
	const char *at;
	long long calls = 0;

	if (reply == NULL)
		return -1;
	snprintf(want, sizeof(want), "\ncmdstat_%s:calls=", command);
	at = reply->str != NULL ? strstr(reply->str, want) : NULL;
	if (at != NULL)
		calls = strtoll(at + strlen(want), NULL, 10);
	freeReplyObject(reply);
	return calls;
}

bool
redis_node_port_has(uint16_t port, const char *key, const char *want)
{
	redisContext *conn = redis_node_connect(port, NULL, 5000);
	redisReply *reply;
	bool is_so = false;

	if (conn == NULL)
		return false;
	reply = redisCommand(conn, "GET %s", key);
	if (reply != NULL) {
		is_so = reply->type == REDIS_REPLY_STRING &&
		    strcmp(reply->str, want) == 0;
		freeReplyObject(reply);
	}
	redisFree(conn);
	return is_so;
}
