/*
 * load_impl.h - what load.c, load_writer.c, load_old.c and load_verify.c
 * share.  Nobody else includes it.
 *
 * One mutex for everything that several threads look at; a writer holds it
 * for a few instructions per answer.
 */
#ifndef REGENT_SYSTEM_LOAD_IMPL_H
#define REGENT_SYSTEM_LOAD_IMPL_H

#include "load_tongue.h"

#include "base/check.h"

#include <pthread.h>
#include <stddef.h>

#define LOAD_OLD_MAX 256

/* Numbers first..last of a writer were not acknowledged. */
struct span {
	uint64_t first;
	uint64_t last;
};

struct writer {
	struct load *load;
	unsigned id;
	pthread_t thread;
	void *conn;    /* of the thread alone; see load_tongue.h */
	usec_t opened; /* conn is there since */
	bool is_fresh; /* nothing was answered on conn yet */
	usec_t due;    /* when the next write may go, if paced */
	/* Under load->lock: */
	int fd;        /* of conn, for load_stop; -1 without one */
	uint64_t next; /* all numbers below are decided */
	struct span *failed;
	size_t n_failed;
	size_t failed_cap;
	usec_t last_ack;
	usec_t longest_gap_us;
};

/* Connections that broke and are written to all the same (load_hold_old). */
struct old_set {
	pthread_t thread;
	bool is_on;
	int fds[LOAD_OLD_MAX];
	unsigned n;
	uint64_t next;
	uint64_t acked;
};

struct load {
	struct load_options options;
	struct writer *writers;
	bool is_joined; /* of the owner's thread */
	pthread_mutex_t lock;
	/* Under lock: */
	bool is_stopping;
	struct load_result result;
	usec_t last_ack;
	usec_t mark;
	usec_t felt;      /* the first error after mark; 0: none yet */
	usec_t recovered; /* when the outage after mark ended; 0: not yet */
	struct old_set old;
};

void *writer_main(void *arg);

bool load_is_running(struct load *load);

/* Takes over a copy of a broken connection, with lock held. */
void load_old_keep(struct load *load, int fd);
void *load_old_main(void *arg);

#endif
