/*
 * load_tongue.h - how the writers of a load speak to one kind of database.
 *
 * Connections belong to the thread that opened them; a tongue has no state of
 * its own.
 */
#ifndef REGENT_SYSTEM_LOAD_TONGUE_H
#define REGENT_SYSTEM_LOAD_TONGUE_H

#include "load.h"

/* One write: number `number` of writer `writer`. */
struct load_write {
	const struct load_options *options;
	unsigned writer;
	uint64_t number;
	char reply[128]; /* the error's text, if it has one */
};

#define LOAD_ACKED LOAD_ERROR_COUNT

struct load_tongue {
	/* NULL when there is no connection within the timeout. */
	void *(*open)(const struct load_options *options, const char *host,
	    uint16_t port);
	void (*close)(void *conn);
	int (*fd)(const void *conn);
	/*
	 * LOAD_ACKED or how it failed; after LOAD_CUT and LOAD_TIMEOUT the
	 * connection is only closed.
	 */
	enum load_error (*write)(void *conn, struct load_write *write);
	/*
	 * Which of the n numbers from `first` on the server has; -1 when it
	 * does not say.
	 */
	int (*find)(void *conn, unsigned writer, uint64_t first, unsigned n,
	    bool *is_there);
};

extern const struct load_tongue load_redis;

#endif
