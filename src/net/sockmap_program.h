/*
 * sockmap_program.h - the BPF program of a sockmap and what it shares with
 * this process.  For sockmap.c only.
 *
 * The kernel runs it for each piece of bytes that arrives at a socket of the
 * map `taps`, under that socket's lock.
 */
#ifndef REGENT_NET_SOCKMAP_PROGRAM_H
#define REGENT_NET_SOCKMAP_PROGRAM_H

#include "net/sockmap.h"

#include <stdint.h>

/*
 * A direction of a pair.  The program and this process write different
 * members; both read all.
 */
struct sockmap_lane {
	uint64_t carried;    /* program: bytes given to the other socket */
	uint64_t left;       /* program: bytes left for the process to read */
	uint64_t returned;   /* process: of those, read and written by it */
	uint32_t start;      /* program: where the sink's sequence would be
			      * had nothing been carried, modulo 2^32 */
	uint32_t is_started; /* program: `start` is current */
	uint64_t spare[4];
};

_Static_assert(sizeof(struct sockmap_lane) == 64, "a cache line");

/* Where members lie in the kernel's struct tcp_sock, from its BTF. */
struct sockmap_layout {
	int16_t write_seq;
	int16_t wmem_queued;
	int16_t sndbuf;
};

struct sockmap_fds {
	int slots; /* hash: cookie of a socket -> number of its lane */
	int lanes; /* array: number -> struct sockmap_lane */
	int pairs; /* sockmap without a program: lane -> its source */
	int taps;  /* sockmap with the program: the same */
	int news;  /* ring: numbers of lanes that have begun to leave bytes */
};

/* Any thread. */
int sockmap_layout(struct sockmap_layout *layout, struct err *err) MUST_CHECK;

/*
 * The descriptor of the program, or negative with the reason.  A greedy one
 * carries what the sink has no room for, too: for the trial only.
 */
int sockmap_program_load(const struct sockmap_fds *fds,
    const struct sockmap_layout *layout, bool is_greedy, struct err *err)
    MUST_CHECK;

/* sockmap_new with such a program. */
struct sockmap *sockmap_new_greedy(struct loop *loop, unsigned pairs_max,
    sockmap_fn *fn, struct err *err) MUST_CHECK;

#endif
