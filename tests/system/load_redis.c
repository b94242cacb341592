#include "load_tongue.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
load_redis_open(
    const struct load_options *options, const char *host, uint16_t port)
{
	struct timeval timeout;
	redisContext *conn;
	redisReply *reply;

	timeout.tv_sec = (time_t)(options->timeout_us / USEC_SEC);
	timeout.tv_usec = (suseconds_t)(options->timeout_us % USEC_SEC);
	conn = redisConnectWithTimeout(host, port, timeout);
	if (conn == NULL)
		return NULL;
	if (conn->err != 0 || redisSetTimeout(conn, timeout) != REDIS_OK)
		goto fail;
	if (options->password == NULL)
		return conn;
	reply = redisCommand(conn, "AUTH %s", options->password);
	if (reply == NULL)
		goto fail;
	freeReplyObject(reply);
	return conn;
fail:
	redisFree(conn);
	return NULL;
}

static void
load_redis_close(void *conn)
{
	redisFree(conn);
}

static int
load_redis_fd(const void *conn)
{
	const redisContext *context = conn;

	return context->fd;
}

static void
load_redis_send(redisContext *conn, const struct load_write *write)
{
	const struct load_options *o = write->options;
	unsigned long long number = write->number;

	redisAppendCommand(
	    conn, "SET w%u:%llu %llu", write->writer, number, number);
	if (o->sync_replicas > 0)
		redisAppendCommand(conn, "WAIT %u %lld", o->sync_replicas,
		    (long long)(o->sync_us / USEC_MS));
}

/* What was answered to the write, and to WAIT if that was sent. */
static enum load_error
load_redis_judge(
    struct load_write *write, const redisReply *set, const redisReply *wait)
{
	if (set->type == REDIS_REPLY_ERROR) {
		snprintf(write->reply, sizeof(write->reply), "%s", set->str);
		return strncmp(set->str, "READONLY", 8) == 0 ? LOAD_READONLY
							     : LOAD_REPLY;
	}
	if (wait != NULL &&
	    (wait->type != REDIS_REPLY_INTEGER ||
		wait->integer < (long long)write->options->sync_replicas))
		return LOAD_UNSYNCED;
	return LOAD_ACKED;
}

static enum load_error
load_redis_write(void *arg, struct load_write *write)
{
	redisContext *conn = arg;
	bool is_synced = write->options->sync_replicas > 0;
	redisReply *set = NULL, *wait = NULL;
	enum load_error error = LOAD_CUT;

	load_redis_send(conn, write);
	if (redisGetReply(conn, (void **)&set) == REDIS_OK &&
	    (!is_synced || redisGetReply(conn, (void **)&wait) == REDIS_OK))
		error = load_redis_judge(write, set, wait);
	else if (conn->err == REDIS_ERR_IO &&
	    (errno == EAGAIN || errno == ETIMEDOUT))
		error = LOAD_TIMEOUT;
	freeReplyObject(set);
	freeReplyObject(wait);
	return error;
}

static int
load_redis_take(redisContext *conn, uint64_t number, bool *is_there)
{
	redisReply *reply;
	int rc = -1;

	if (redisGetReply(conn, (void **)&reply) != REDIS_OK)
		return -1;
	if (reply->type == REDIS_REPLY_STRING ||
	    reply->type == REDIS_REPLY_NIL) {
		*is_there = reply->type == REDIS_REPLY_STRING &&
		    strtoull(reply->str, NULL, 10) == number;
		rc = 0;
	}
	freeReplyObject(reply);
	return rc;
}

static int
load_redis_find(
    void *conn, unsigned writer, uint64_t first, unsigned n, bool *is_there)
{
	for (unsigned i = 0; i < n; i++)
		if (redisAppendCommand(conn, "GET w%u:%llu", writer,
			(unsigned long long)(first + i)) != REDIS_OK)
			return -1;
	for (unsigned i = 0; i < n; i++)
		if (load_redis_take(conn, first + i, &is_there[i]) != 0)
			return -1;
	return 0;
}

const struct load_tongue load_redis = {
	.open = load_redis_open,
	.close = load_redis_close,
	.fd = load_redis_fd,
	.write = load_redis_write,
	.find = load_redis_find,
};
