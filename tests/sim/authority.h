/*
 * authority.h - what moves the primary where failover = follow: a simple
 * Sentinel, which sees the nodes by ways of its own.
 */
#ifndef REGENT_TESTS_SIM_AUTHORITY_H
#define REGENT_TESTS_SIM_AUTHORITY_H

#include "base/usec.h"

struct world;

struct authority {
	int primary;
	usec_t gone_at; /* 0: it is there */
};

void authority_init(struct world *w);
void authority_on_look(struct world *w);

#endif
