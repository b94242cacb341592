#include "load_impl.h"

#include "base/mem.h"
#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A refused client tries again after this, instead of spinning. */
#define WRITER_RETRY_US 1000

redisContext *
load_connect(
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

/* Appends to the last span where the numbers join: bounded by the cuts. */
static void
writer_add_failed(struct writer *w, uint64_t number)
{
	struct span *last =
	    w->n_failed > 0 ? &w->failed[w->n_failed - 1] : NULL;

	if (last != NULL && last->last + 1 == number) {
		last->last = number;
		return;
	}
	if (w->n_failed == w->failed_cap) {
		w->failed_cap = w->failed_cap > 0 ? 2 * w->failed_cap : 16;
		w->failed =
		    mem_resize(w->failed, w->failed_cap * sizeof(w->failed[0]));
	}
	w->failed[w->n_failed++] = (struct span){ number, number };
}

static void
writer_note_error(struct writer *w, enum load_error kind, const char *reply)
{
	struct load *load = w->load;

	pthread_mutex_lock(&load->lock);
	if (kind != LOAD_REFUSED)
		writer_add_failed(w, w->next++);
	/* What load_stop cuts short is no error of the service. */
	if (!load->is_stopping) {
		load->result.errors++;
		load->result.kinds[kind]++;
		load->result.fresh_errors += w->is_fresh;
		if (load->mark != 0 && load->felt == 0)
			load->felt = clock_now();
		if (reply != NULL)
			snprintf(load->result.reply, sizeof(load->result.reply),
			    "%s", reply);
	}
	pthread_mutex_unlock(&load->lock);
}

static void
writer_note_ack(struct writer *w, usec_t sent, usec_t now)
{
	struct load *load = w->load;

	pthread_mutex_lock(&load->lock);
	w->next++;
	load->result.acked++;
	if (w->last_ack != 0 && now - w->last_ack > w->longest_gap_us)
		w->longest_gap_us = now - w->last_ack;
	w->last_ack = now;
	if (load->last_ack != 0 &&
	    now - load->last_ack > load->result.longest_gap_us)
		load->result.longest_gap_us = now - load->last_ack;
	if (now > load->last_ack)
		load->last_ack = now;
	if (load->felt != 0 && load->recovered == 0 && sent >= load->felt)
		load->recovered = now;
	pthread_mutex_unlock(&load->lock);
	w->is_fresh = false;
}

static void
writer_disconnect(struct writer *w)
{
	struct load *load = w->load;

	if (w->conn == NULL)
		return;
	pthread_mutex_lock(&load->lock);
	if (load->old.is_on && !load->is_stopping)
		load_old_keep(load, w->conn->fd);
	w->fd = -1;
	pthread_mutex_unlock(&load->lock);
	redisFree(w->conn);
	w->conn = NULL;
}

static bool
writer_connect(struct writer *w)
{
	struct load *load = w->load;

	w->is_fresh = true;
	w->conn = load_connect(
	    &load->options, load->options.host, load->options.port);
	if (w->conn == NULL) {
		writer_note_error(w, LOAD_REFUSED, NULL);
		clock_sleep_until(clock_now() + WRITER_RETRY_US);
		return false;
	}
	pthread_mutex_lock(&load->lock);
	w->fd = w->conn->fd;
	pthread_mutex_unlock(&load->lock);
	return true;
}

static void
writer_on_error_reply(struct writer *w, const char *text)
{
	bool is_readonly = strncmp(text, "READONLY", 8) == 0;

	writer_note_error(w, is_readonly ? LOAD_READONLY : LOAD_REPLY, text);
	w->is_fresh = false;
	clock_sleep_until(clock_now() + WRITER_RETRY_US);
}

static void
writer_send(struct writer *w)
{
	const struct load_options *o = &w->load->options;
	unsigned long long number = w->next;

	redisAppendCommand(w->conn, "SET w%u:%llu %llu", w->id, number, number);
	if (o->sync_replicas > 0)
		redisAppendCommand(w->conn, "WAIT %u %lld", o->sync_replicas,
		    (long long)(o->sync_us / USEC_MS));
}

/* What was answered to the write, and to WAIT if that was sent. */
static void
writer_judge(struct writer *w, const redisReply *set, const redisReply *wait,
    usec_t sent)
{
	if (set->type == REDIS_REPLY_ERROR)
		writer_on_error_reply(w, set->str);
	else if (wait != NULL &&
	    (wait->type != REDIS_REPLY_INTEGER ||
		wait->integer < (long long)w->load->options.sync_replicas))
		writer_note_error(w, LOAD_UNSYNCED, NULL);
	else
		writer_note_ack(w, sent, clock_now());
}

static void
writer_write(struct writer *w)
{
	bool is_synced = w->load->options.sync_replicas > 0;
	redisReply *set = NULL, *wait = NULL;
	usec_t sent = clock_now();
	bool is_late;

	writer_send(w);
	if (redisGetReply(w->conn, (void **)&set) == REDIS_OK &&
	    (!is_synced ||
		redisGetReply(w->conn, (void **)&wait) == REDIS_OK)) {
		writer_judge(w, set, wait, sent);
	} else {
		is_late = w->conn->err == REDIS_ERR_IO &&
		    (errno == EAGAIN || errno == ETIMEDOUT);
		writer_note_error(w, is_late ? LOAD_TIMEOUT : LOAD_CUT, NULL);
		writer_disconnect(w);
	}
	freeReplyObject(set);
	freeReplyObject(wait);
}

static void
writer_pace(struct writer *w)
{
	usec_t now;

	if (w->load->options.rate == 0)
		return;
	now = clock_now();
	w->due += USEC_SEC / w->load->options.rate;
	if (w->due < now)
		w->due = now; /* an outage is not made up for */
	clock_sleep_until(w->due);
}

void *
writer_main(void *arg)
{
	struct writer *w = arg;

	host_move(w->load->options.from);
	while (load_is_running(w->load)) {
		if (w->conn == NULL && !writer_connect(w))
			continue;
		writer_write(w);
		writer_pace(w);
	}
	writer_disconnect(w);
	return NULL;
}
