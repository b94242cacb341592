/*
 * fake_world.h - guard and relay as commands see them, without any node.
 *
 * Defines the functions of guard/guard.h and relay/relay.h that admin calls,
 * so that the real ones are not linked.  One cluster "crm" with the nodes a
 * (primary), b and c, the listeners "write" and "read", and an empty cluster
 * "web".  What was asked last is in `asked`.
 */
#ifndef REGENT_TESTS_ADMIN_FAKE_WORLD_H
#define REGENT_TESTS_ADMIN_FAKE_WORLD_H

#include "admin/admin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fake_world {
	struct loop *loop;
	const struct conf *conf;
	struct cluster brains[CONF_CLUSTERS_MAX];
	struct recorder recorders[CONF_CLUSTERS_MAX];
	struct episode_watch episodes[CONF_CLUSTERS_MAX];
	struct admin_world admin;
	char detail[64];
	char asked[256];
	bool has_sentinels;
	const char *refusal; /* of the next order; NULL: it is taken */
	const char *reload_errors;
	guard_answer_fn *answer; /* of the order under way */
	relay_list_fn *list;
	void *arg; /* whose answer or list it is */
	unsigned n_forgotten;
};

extern struct fake_world fake;

int fake_world_open(void **state);
int fake_world_close(void **state);

/* A step of the brain of "crm", recorded. */
void fake_world_step(const struct event *ev, usec_t now);

/* The workers answer show sessions. */
void fake_world_list(unsigned n_sessions);

#endif
