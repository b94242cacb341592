#include "monitor.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct monitor {
	struct resource resource;
	redisContext *conn;
	struct text seen; /* as it came: "+TIME [DB IP:PORT] \"SET\" ..." */
};

usec_t
monitor_wall_clock(void)
{
	struct timespec ts;

	CHECK(clock_gettime(CLOCK_REALTIME, &ts) == 0);
	return (usec_t)ts.tv_sec * USEC_SEC + ts.tv_nsec / 1000;
}

static void
monitor_close(struct resource *res)
{
	struct monitor *m = container_of(res, struct monitor, resource);

	redisFree(m->conn);
	text_fini(&m->seen);
	free(m);
}

struct monitor *
monitor_start(struct site *site, struct redis_node *node)
{
	struct monitor *m;
	redisReply *reply;
	redisContext *conn;

	conn = redis_node_open(node, 5000);
	assert_non_null(conn);
	m = mem_new(sizeof(*m));
	m->conn = conn;
	m->resource.close = monitor_close;
	site_add(site, &m->resource);
	reply = redisCommand(conn, "MONITOR");
	assert_non_null(reply);
	freeReplyObject(reply);
	return m;
}

static void
monitor_drain(struct monitor *m)
{
	char bytes[16384];
	ssize_t n;

	do {
		n = recv(m->conn->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n > 0)
			text_add_bytes(&m->seen, bytes, (size_t)n);
	} while (n > 0);
}

static bool
monitor_parse_set(const char *line, struct monitor_set *set)
{
	long long sec, usec;
	char command[16];

	if (sscanf(line,
		"+%lld.%lld [%*d %15[0-9.]:%u] \"%15[^\"]\" \"%63[^\"]", &sec,
		&usec, set->source, &set->source_port, command, set->key) != 6)
		return false;
	set->wall_us = sec * USEC_SEC + usec;
	return strcasecmp(command, "SET") == 0;
}

void
monitor_each_set(struct monitor *m, monitor_set_fn *fn, void *arg)
{
	struct monitor_set set;
	const char *line;

	monitor_drain(m);
	line = text_cstr(&m->seen);
	while (line != NULL && *line != '\0') {
		if (monitor_parse_set(line, &set))
			fn(&set, arg);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	text_clear(&m->seen);
}
