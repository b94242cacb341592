/*
 * sources.h - what each address of a client has: sessions, and how fast they
 * came.
 *
 * One table of a fixed size for all workers, looked at once when a session of
 * a listener with such limits begins and once when it ends, under a lock of a
 * part of the table.  An address without sessions is forgotten when its rate
 * has nothing to remember.  Where there is no place left, clients are let in
 * unwatched: a limit must not become an outage.
 */
#ifndef REGENT_RELAY_SOURCES_H
#define REGENT_RELAY_SOURCES_H

#include "base/usec.h"

#include <stdbool.h>
#include <stdint.h>

enum { SOURCES_MAX = 65536 }; /* places */

struct sources;

struct source_limits {
	int64_t maxconn;    /* 0: none */
	int64_t per_second; /* 0: none */
};

struct sources *sources_new(void);
void sources_free(struct sources **sources);

enum source_answer {
	SOURCE_WELCOME,   /* *id is to be given back by sources_leave */
	SOURCE_UNWATCHED, /* welcome; *id is 0 */
	SOURCE_REFUSED,
};

/* `key` is what the address and the listener hash to.  Any thread. */
enum source_answer sources_enter(struct sources *s, uint64_t key,
    const struct source_limits *limits, usec_t now, uint32_t *id);
void sources_leave(struct sources *s, uint32_t id);

#endif
