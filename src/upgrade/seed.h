/*
 * seed.h - an elder as one process hands it to the next.
 */
#ifndef REGENT_UPGRADE_SEED_H
#define REGENT_UPGRADE_SEED_H

#include "base/usec.h"

#include <stdint.h>
#include <sys/types.h>

enum { ELDERS_MAX = 64 };

struct elder_seed {
	pid_t pid;
	int channel_fd;
	int pidfd;
	uint64_t acked;    /* serial of a publication */
	uint64_t sessions; /* as it told last */
	usec_t retired_at; /* monotonic */
};

#endif
