/*
 * relay_private.h - the relay as its own folder sees it.
 */
#ifndef REGENT_RELAY_RELAY_PRIVATE_H
#define REGENT_RELAY_RELAY_PRIVATE_H

#include "net/timer.h"
#include "relay/doors.h"
#include "relay/share.h"
#include "relay/tally.h"
#include "relay/worker.h"

#define RELAY_MAGIC 0x52454c41u

struct relay {
	uint32_t magic;
	struct loop *loop;
	struct observer observer;
	struct crew crew;
	unsigned n_started;
	struct room room;
	const struct conf *conf;
	const struct conf *prepared; /* by relay_prepare */
	struct inherited *inherited; /* for the first listeners, or NULL */
	struct doors doors;          /* in force */
	struct doors prepared_doors;
	struct mailbox *replies;
	struct list questions;
	unsigned n_questions;
	struct timer look;
	struct share_clock clocks[WORKERS_MAX];
	bool is_examined; /* whether the kernel can carry bytes */
	bool can_accelerate;
	struct err accel;    /* "on", or "off: " and why */
	struct tally others; /* counted by other processes for us */
	struct tally told;   /* by relay_tell_counts */
	int64_t lent[CONF_CLUSTERS_MAX][CONF_NODES_MAX]; /* to others */
	int64_t told_used[CONF_CLUSTERS_MAX][CONF_NODES_MAX];
};

#endif
