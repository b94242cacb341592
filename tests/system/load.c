#include "load_impl.h"

#include "base/mem.h"
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOAD_TIMEOUT_US (5 * USEC_SEC)

const char *const load_error_names[LOAD_ERROR_COUNT] = {
	[LOAD_CUT] = "cut",
	[LOAD_TIMEOUT] = "timeout",
	[LOAD_REFUSED] = "refused",
	[LOAD_READONLY] = "readonly",
	[LOAD_REPLY] = "reply",
	[LOAD_UNSYNCED] = "unsynced",
};

struct load *
load_start(const struct load_options *options)
{
	struct load *load = mem_new(sizeof(*load));

	CHECK(options->n_writers > 0 && options->n_writers <= LOAD_WRITERS_MAX);
	load->options = *options;
	if (load->options.host == NULL)
		load->options.host = "127.0.0.1";
	if (load->options.tongue == NULL)
		load->options.tongue = &load_redis;
	if (load->options.timeout_us == 0)
		load->options.timeout_us = LOAD_TIMEOUT_US;
	CHECK(pthread_mutex_init(&load->lock, NULL) == 0);
	load->writers = mem_new(options->n_writers * sizeof(struct writer));
	for (unsigned i = 0; i < options->n_writers; i++) {
		struct writer *w = &load->writers[i];

		w->load = load;
		w->id = i;
		w->fd = -1;
		w->next = 1;
	}
	for (unsigned i = 0; i < options->n_writers; i++) {
		struct writer *w = &load->writers[i];

		CHECK(pthread_create(&w->thread, NULL, writer_main, w) == 0);
	}
	return load;
}

bool
load_is_running(struct load *load)
{
	bool is_running;

	pthread_mutex_lock(&load->lock);
	is_running = !load->is_stopping;
	pthread_mutex_unlock(&load->lock);
	return is_running;
}

void
load_stop(struct load *load)
{
	if (load->is_joined)
		return;
	load->is_joined = true;
	pthread_mutex_lock(&load->lock);
	load->is_stopping = true;
	/* A writer may be waiting for an answer that never comes. */
	for (unsigned i = 0; i < load->options.n_writers; i++)
		if (load->writers[i].fd >= 0)
			shutdown(load->writers[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&load->lock);
	for (unsigned i = 0; i < load->options.n_writers; i++)
		pthread_join(load->writers[i].thread, NULL);
	if (load->old.is_on)
		pthread_join(load->old.thread, NULL);
}

void
load_free(struct load **loadp)
{
	struct load *load = *loadp;

	load_stop(load);
	for (unsigned i = 0; i < load->options.n_writers; i++)
		free(load->writers[i].failed);
	for (unsigned i = 0; i < load->old.n; i++)
		close(load->old.fds[i]);
	pthread_mutex_destroy(&load->lock);
	free(load->writers);
	free(load);
	*loadp = NULL;
}

static usec_t
load_outage_us(const struct load *load)
{
	if (load->mark == 0 || load->recovered == 0)
		return -1;
	return load->recovered - load->mark;
}

/* A gap that still lasts counts as far as it has come. */
static void
load_add_open_gaps(struct load *load, struct load_result *result)
{
	usec_t now = clock_now();

	if (load->last_ack != 0 &&
	    now - load->last_ack > result->longest_gap_us)
		result->longest_gap_us = now - load->last_ack;
	for (unsigned i = 0; i < load->options.n_writers; i++) {
		usec_t last = load->writers[i].last_ack;

		if (last != 0 && now - last > result->longest_writer_gap_us)
			result->longest_writer_gap_us = now - last;
	}
}

void
load_read(struct load *load, struct load_result *result)
{
	pthread_mutex_lock(&load->lock);
	*result = load->result;
	for (unsigned i = 0; i < load->options.n_writers; i++) {
		usec_t gap = load->writers[i].longest_gap_us;

		if (gap > result->longest_writer_gap_us)
			result->longest_writer_gap_us = gap;
	}
	if (!load->is_stopping)
		load_add_open_gaps(load, result);
	result->outage_us = load_outage_us(load);
	result->old_acked = load->old.acked;
	pthread_mutex_unlock(&load->lock);
}

void
load_mark(struct load *load)
{
	pthread_mutex_lock(&load->lock);
	load->mark = clock_now();
	load->felt = 0;
	load->recovered = 0;
	pthread_mutex_unlock(&load->lock);
}

bool
load_is_recovered(struct load *load, usec_t *outage_us)
{
	usec_t outage;

	pthread_mutex_lock(&load->lock);
	outage = load_outage_us(load);
	pthread_mutex_unlock(&load->lock);
	if (outage_us != NULL)
		*outage_us = outage;
	return outage >= 0;
}

void
load_hold_old(struct load *load)
{
	pthread_mutex_lock(&load->lock);
	if (!load->old.is_on && !load->is_stopping) {
		load->old.is_on = true;
		CHECK(pthread_create(
			  &load->old.thread, NULL, load_old_main, load) == 0);
	}
	pthread_mutex_unlock(&load->lock);
}

bool
load_is_acked(struct load *load, unsigned writer, uint64_t number)
{
	struct writer *w = &load->writers[writer];
	bool is_acked;

	CHECK(writer < load->options.n_writers);
	pthread_mutex_lock(&load->lock);
	is_acked = number >= 1 && number < w->next;
	for (size_t i = 0; i < w->n_failed && is_acked; i++)
		if (number >= w->failed[i].first && number <= w->failed[i].last)
			is_acked = false;
	pthread_mutex_unlock(&load->lock);
	return is_acked;
}
