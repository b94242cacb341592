/*
 * writers.h - a load (load.h) as a resource of its site: stopped and freed
 * with it, and told about when the test has failed.
 */
#ifndef REGENT_SYSTEM_WRITERS_H
#define REGENT_SYSTEM_WRITERS_H

#include "load.h"
#include "site.h"

/* How long the first writes may take. */
#define WRITERS_MS 15000

/* Returns when the first writes are acknowledged. */
struct load *writers_start(
    struct site *site, const struct load_options *options);

/* Waits until the load has written `n` more. */
void writers_wait_acked(struct load *load, uint64_t n);

#endif
