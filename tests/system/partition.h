/*
 * partition.h - a cluster on a LAN, under writers, whose wires are cut; and
 * what must be true afterwards whatever was cut.
 *
 * Writers count a write as acknowledged when a replica has it, too (WAIT), and
 * regent is told so (sync_replicas = 1).  Each node is watched by a monitor on
 * its own host, which sees who wrote there, whatever regent believes.
 */
#ifndef REGENT_SYSTEM_PARTITION_H
#define REGENT_SYSTEM_PARTITION_H

#include "crm.h"
#include "monitor.h"

/*
 * The bound, from the cut to the first write that is acknowledged elsewhere.
 * One interval and two timeouts make the primary down.  Then each replica in
 * turn is told to link anew, and given 1.5 s to do so (core/hearing.h).  The
 * rest is for the promotion, which takes some ms, and for a busy machine.
 */
#define PARTITION_DETECT_MS 500
#define PARTITION_OPINION_MS 1600
#define PARTITION_SLACK_MS 1500
#define PARTITION_BOUND_MS \
	(PARTITION_DETECT_MS + PARTITION_OPINION_MS + PARTITION_SLACK_MS)

/* For so long a replica that has linked anew is proof of a living primary. */
#define PARTITION_PROOF_MS 5000

/*
 * After a wire is healed TCP speaks again when its retransmission is due,
 * which is as late again as the cut was long.
 */
#define PARTITION_HEAL_MS(cut_ms) ((cut_ms) + PARTITION_SLACK_MS)

/* Longer than a promotion that must not happen would take. */
#define PARTITION_QUIET_MS 2000

/* What regent says. */
#define PARTITION_ONLY_REGENT "only regent can't reach the primary"
#define PARTITION_HEARD "hindered: a replica still receives from the primary"
#define PARTITION_FEW_POSITIONS "enough replicas have told their position"

struct partition {
	struct lan *lan;
	struct crm crm;
	struct load *load;
	struct monitor *monitor[CRM_NODES];
	unsigned epoch; /* at the beginning */
};

/* a is the primary, everything is reached, the writers write. */
void partition_open(struct partition *p, struct site *site);

void partition_heal(struct partition *p);

bool partition_says(struct partition *p, const char *part);

/* Nobody else was promoted, nor is anybody else routed. */
bool partition_is_kept(struct partition *p);

/* Waits for the next acknowledged write; prints how long that took. */
void partition_wait_writes(
    struct partition *p, const char *since, int bound_ms);

/*
 * Waits until a write to another node than a was acknowledged, and prints how
 * long after load_mark that was.  Returns that node.
 */
struct redis_node *partition_wait_successor(
    struct partition *p, const char *since);

/*
 * Everything is healed.  No acknowledged write is lost on any node, there is
 * one primary, and the node that is written through regent has changed so
 * often, each time in another epoch.  Stops the load and prints the figures.
 */
void partition_check(
    struct partition *p, unsigned moves_min, unsigned moves_max);

#endif
