/*
 * endure.h - clients that notice everything: some that connect, say a word
 * and leave, over and over, and some that never leave and compare each byte
 * that comes back.
 *
 * Behind the port are nodes that greet with a line and echo (FAKE_NAMED).
 * Threads of their own; a resource of the site.
 */
#ifndef REGENT_TESTS_SYSTEM_ENDURE_H
#define REGENT_TESTS_SYSTEM_ENDURE_H

#include "site.h"

struct endure;

struct endure_result {
	uint64_t connects; /* of those who come and go, well served */
	uint64_t failed;   /* refused, reset, or without an answer */
	uint64_t rounds;   /* of those who stay */
	uint64_t bytes;
	uint64_t cut;     /* sessions that ended */
	uint64_t damaged; /* bytes that were not what was sent */
	char why[160];    /* the first failure of all */
};

struct endure *endure_start(
    struct site *site, uint16_t port, unsigned n_comers, unsigned n_stayers);
void endure_read(struct endure *endure, struct endure_result *result);
void endure_stop(struct endure *endure);

#endif
