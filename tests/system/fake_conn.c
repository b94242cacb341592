#include "fake_impl.h"

#include "base/mem.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes that wait to be sent before a connection stops reading. */
#define FAKE_OUT_MAX 65536

struct fake_conn {
	struct fake_node *node;
	int fd;
	enum fake_kind kind; /* of the node when it was accepted */
	bool is_eof;         /* the client has finished sending */
	struct text out;
	redisReader *reader;   /* FAKE_REDIS */
	uint64_t source_at;    /* FAKE_SOURCE: bytes made so far */
	uint64_t source_total; /* and how many were asked for */
};

static void
fake_conn_speak_agent(struct fake_conn *conn)
{
	pthread_mutex_lock(&conn->node->lock);
	text_addf(&conn->out, "%s\n", conn->node->role_reply);
	pthread_mutex_unlock(&conn->node->lock);
}

/* A request fits into what one read brings. */
static void
fake_conn_speak_web(struct fake_conn *conn, const char *bytes, size_t len)
{
	struct fake_node *node = conn->node;
	bool is_replica = len > 13 && memcmp(bytes, "GET /replica ", 13) == 0;

	pthread_mutex_lock(&node->lock);
	text_addf(&conn->out, "HTTP/1.1 %s\r\nContent-Length: 3\r\n\r\nok\n",
	    is_replica ? node->info_body : node->role_reply);
	pthread_mutex_unlock(&node->lock);
}

struct fake_conn *
fake_conn_open(struct fake_node *node, int fd)
{
	enum fake_kind kind = (enum fake_kind)atomic_load(&node->kind);
	struct fake_conn *conn;

	if (kind == FAKE_CLOSE) {
		close(fd);
		return NULL;
	}
	conn = mem_new(sizeof(*conn));
	conn->node = node;
	conn->fd = fd;
	conn->kind = kind;
	conn->reader = redisReaderCreate();
	CHECK(conn->reader != NULL);
	if (kind == FAKE_NAMED || kind == FAKE_PARTING)
		text_addf(&conn->out, "%s\n", node->name);
	if (kind == FAKE_AGENT)
		fake_conn_speak_agent(conn);
	return conn;
}

void
fake_conn_close(struct fake_conn **connp)
{
	struct fake_conn *conn = *connp;

	redisReaderFree(conn->reader);
	text_fini(&conn->out);
	close(conn->fd);
	free(conn);
	*connp = NULL;
}

void
fake_conn_want(const struct fake_conn *conn, struct pollfd *pfd)
{
	pfd->fd = conn->kind == FAKE_DEAF ? -1 : conn->fd;
	pfd->events = 0;
	pfd->revents = 0;
	if (!conn->is_eof && conn->out.len < FAKE_OUT_MAX)
		pfd->events |= POLLIN;
	if (conn->out.len > 0 || conn->source_at < conn->source_total)
		pfd->events |= POLLOUT;
}

/* The command as one line of words, for fake_node_seen. */
static void
fake_conn_note_command(struct fake_node *node, const redisReply *command)
{
	text_add(&node->seen, "\n");
	for (size_t i = 0; i < command->elements; i++) {
		const redisReply *word = command->element[i];

		text_addf(&node->seen, "%s%.*s", i > 0 ? " " : "",
		    (int)word->len, word->str);
	}
}

static void
fake_conn_answer(struct fake_conn *conn, const redisReply *command)
{
	struct fake_node *node = conn->node;
	const char *name = "";

	if (command->type == REDIS_REPLY_ARRAY && command->elements > 0 &&
	    command->element[0]->type == REDIS_REPLY_STRING)
		name = command->element[0]->str;
	pthread_mutex_lock(&node->lock);
	if (*name != '\0')
		fake_conn_note_command(node, command);
	if (strcasecmp(name, "ROLE") == 0)
		text_add(&conn->out, node->role_reply);
	else if (strcasecmp(name, "INFO") == 0)
		text_addf(&conn->out, "$%zu\r\n%s\r\n", strlen(node->info_body),
		    node->info_body);
	else if (strcasecmp(name, "PING") == 0)
		text_add(&conn->out, "+PONG\r\n");
	else
		text_add(&conn->out, "+OK\r\n");
	pthread_mutex_unlock(&node->lock);
}

static bool
fake_conn_speak_redis(struct fake_conn *conn, const char *bytes, size_t len)
{
	redisReply *command = NULL;

	if (redisReaderFeed(conn->reader, bytes, len) != REDIS_OK)
		return false;
	while (
	    redisReaderGetReply(conn->reader, (void **)&command) == REDIS_OK) {
		if (command == NULL)
			return true;
		fake_conn_answer(conn, command);
		freeReplyObject(command);
	}
	return false;
}

static bool
fake_conn_take(struct fake_conn *conn, const char *bytes, size_t len)
{
	char number[24];

	switch (conn->kind) {
	case FAKE_GARBAGE:
		text_add(&conn->out, "\x01\x02 no protocol at all \xff\r\n");
		return true;
	case FAKE_HALF:
		text_add(&conn->out, "*3\r\n$6\r\nmas");
		return true;
	case FAKE_REDIS:
		return fake_conn_speak_redis(conn, bytes, len);
	case FAKE_ECHO:
	case FAKE_NAMED:
		text_add_bytes(&conn->out, bytes, len);
		return true;
	case FAKE_SOURCE:
		snprintf(number, sizeof(number), "%.*s", (int)len, bytes);
		conn->source_total = strtoull(number, NULL, 10);
		return true;
	case FAKE_WEB:
		fake_conn_speak_web(conn, bytes, len);
		return true;
	case FAKE_AGENT:
	case FAKE_SILENT:
	case FAKE_PARTING:
	case FAKE_DEAF:
	case FAKE_CLOSE:
		return true;
	}
	return false;
}

static bool
fake_conn_read(struct fake_conn *conn)
{
	char bytes[16384];
	ssize_t n;

	if (conn->is_eof || conn->out.len >= FAKE_OUT_MAX)
		return true;
	n = recv(conn->fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0) {
		conn->is_eof = true;
		return true;
	}
	atomic_fetch_add(&conn->node->n_bytes, (uint64_t)n);
	return fake_conn_take(conn, bytes, (size_t)n);
}

static void
fake_conn_make_source(struct fake_conn *conn)
{
	while (conn->source_at < conn->source_total &&
	    conn->out.len < FAKE_OUT_MAX) {
		unsigned char byte = fake_byte(conn->source_at++);

		text_add_bytes(&conn->out, &byte, 1);
	}
}

static bool
fake_conn_write(struct fake_conn *conn)
{
	ssize_t n;

	fake_conn_make_source(conn);
	if (conn->out.len == 0)
		return true;
	n = send(conn->fd, conn->out.at, conn->out.len, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	text_consume(&conn->out, (size_t)n);
	if ((conn->kind == FAKE_PARTING || conn->kind == FAKE_AGENT) &&
	    conn->out.len == 0)
		shutdown(conn->fd, SHUT_WR);
	return true;
}

/* Half-close: all that was asked for is sent before our side ends too. */
static bool
fake_conn_is_finished(struct fake_conn *conn)
{
	return conn->is_eof && conn->out.len == 0 &&
	    conn->source_at >= conn->source_total;
}

bool
fake_conn_serve(struct fake_conn *conn)
{
	if (!fake_conn_read(conn) || !fake_conn_write(conn))
		return false;
	return !fake_conn_is_finished(conn);
}
