/*
 * pool.h - memory for many small objects of one size.
 *
 * Objects lie close together in blocks, without a header each, and a block
 * that has none left goes back to the system: after a storm of clients the
 * process is as small as before.  One thread uses a pool.
 */
#ifndef REGENT_BASE_POOL_H
#define REGENT_BASE_POOL_H

#include "base/list.h"

#include <stddef.h>

struct pool {
	size_t size;       /* of an object */
	unsigned n;        /* objects out */
	unsigned n_empty;  /* blocks kept without an object */
	struct list roomy; /* blocks with room */
};

/* Objects of up to 4096 bytes. */
void pool_init(struct pool *pool, size_t size);

/* Zeroed, or NULL without memory. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *object);

/* All objects must have been given back. */
void pool_fini(struct pool *pool);

#endif
