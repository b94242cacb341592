/*
 * processor.h - the processors that this process may use: those of its
 * affinity mask, which taskset, cpusets and service managers set.
 */
#ifndef REGENT_NET_PROCESSOR_H
#define REGENT_NET_PROCESSOR_H

/* How many; at least 1. */
int processors_usable(void);

/* Binds the calling thread to the n-th of them, counted round; 0 or a
 * negative errno value. */
int processor_bind(unsigned n);

#endif
