/*
 * brain.h - one cluster for the tests of core/: a line feeds an event, then
 * the brain settles as the guard lets it.
 *
 * Nodes are called a, b, c...; `db` is what each would say of itself, to be
 * changed by tests.  Answers to actions never come by themselves.
 */
#ifndef REGENT_TESTS_UNIT_CORE_BRAIN_H
#define REGENT_TESTS_UNIT_CORE_BRAIN_H

#include "core/candidate.h"
#include "core/claimant.h"
#include "core/failover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { A, B, C, D, E };

enum { BRAIN_ACTIONS_MAX = 256 };

struct brain {
	struct cluster c;
	struct policy policy;
	unsigned n_nodes;
	usec_t now;
	struct report db[NODES_MAX];
	unsigned n_actions; /* since brain_forget */
	struct action actions[BRAIN_ACTIONS_MAX];
};

/* Configured with n nodes, a is primary in their reports; nothing learnt. */
void brain_init(struct brain *b, unsigned n_nodes);
/* The same without roles: any node may write. */
void brain_init_plain(struct brain *b, unsigned n_nodes);
/* As brain_init, and every node was asked: a is routed, the others follow it.
 */
void brain_init_steady(struct brain *b, unsigned n_nodes);
/* Takes b->policy into force. */
void brain_apply_policy(struct brain *b);

void brain_feed(struct brain *b, const struct event *ev);
void brain_wait(struct brain *b, usec_t duration);
void brain_verdict(struct brain *b, int node, enum verdict verdict);
/* Asks the node now and gets its answer `db`; `rise` times if it is down. */
void brain_ask(struct brain *b, int node);
/* The answer to a question of some time ago. */
void brain_hear(struct brain *b, int node, usec_t asked_at);
/* Asks every node but those down. */
void brain_ask_all(struct brain *b);
void brain_barrier(struct brain *b);
void brain_order(struct brain *b, enum order_kind kind, int node);
void brain_admin(struct brain *b, int node, enum admin_state admin);
void brain_pause(struct brain *b, bool is_paused);
void brain_stall(struct brain *b);

/* Answers the last action of the kind; a promotion becomes true in `db`. */
void brain_answer(struct brain *b, enum action_kind kind, bool is_ok);

/* Two refusals: the process is gone, and its replicas see it too. */
void brain_kill(struct brain *b, int node);
/* As many timeouts as `fall` says. */
void brain_freeze(struct brain *b, int node);
/* In `db`: becomes primary under a history of its own. */
void brain_fork(struct brain *b, int node, const char *history);
void brain_follow(struct brain *b, int node, int upstream);

/* a dies; up to HOLD, INTENT or PROMOTE, everything answered well. */
void brain_fail_over_to(struct brain *b, enum phase phase);
/*
 * As brain_init_steady; then a is dead, the barrier is reached, the replicas
 * were asked since, and a pause keeps them from being promoted.
 */
void brain_hold(struct brain *b, unsigned n_nodes);
/* From a dead primary to a new one, everything answered well. */
void brain_fail_over(struct brain *b);
/* An order is under way up to CATCHUP: the fence is not answered yet. */
void brain_switch_over(struct brain *b, int node);

void brain_forget(struct brain *b);
const struct action *brain_last(const struct brain *b, enum action_kind kind);
bool brain_did(const struct brain *b, enum action_kind kind, int node);
unsigned brain_count(const struct brain *b, enum action_kind kind);
bool brain_has(struct brain *b, enum fact fact, int node);

#define assert_phase(b, want) \
	assert_string_equal(phase_names[(b)->c.phase], phase_names[want])
#define assert_writer(b, want) assert_int_equal((b)->c.published.writer, want)

#endif
