#include "load_impl.h"

#include "base/mem.h"
#include "clock.h"

#include <stdio.h>

/* A refused client tries again after this, instead of spinning. */
#define WRITER_RETRY_US 1000

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
		if (reply[0] != '\0')
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
	if (load->felt != 0 && load->recovered == 0 && sent >= load->felt &&
	    w->opened >= load->mark)
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
		load_old_keep(load, w->fd);
	w->fd = -1;
	pthread_mutex_unlock(&load->lock);
	load->options.tongue->close(w->conn);
	w->conn = NULL;
}

static bool
writer_connect(struct writer *w)
{
	struct load *load = w->load;

	w->is_fresh = true;
	w->conn = load->options.tongue->open(
	    &load->options, load->options.host, load->options.port);
	if (w->conn == NULL) {
		writer_note_error(w, LOAD_REFUSED, "");
		clock_sleep_until(clock_now() + WRITER_RETRY_US);
		return false;
	}
	w->opened = clock_now();
	pthread_mutex_lock(&load->lock);
	w->fd = load->options.tongue->fd(w->conn);
	pthread_mutex_unlock(&load->lock);
	return true;
}

static void
writer_write(struct writer *w)
{
	struct load_write write = {
		.options = &w->load->options,
		.writer = w->id,
		.number = w->next,
	};
	usec_t sent = clock_now();
	enum load_error error = write.options->tongue->write(w->conn, &write);

	if (error == LOAD_ACKED) {
		writer_note_ack(w, sent, clock_now());
		return;
	}
	writer_note_error(w, error, write.reply);
	if (error == LOAD_CUT || error == LOAD_TIMEOUT)
		writer_disconnect(w);
	else
		w->is_fresh = false;
	if (error == LOAD_READONLY || error == LOAD_REPLY)
		clock_sleep_until(clock_now() + WRITER_RETRY_US);
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
