/*
 * fault.h - what goes wrong in a schedule, and when.
 */
#ifndef REGENT_TESTS_SIM_FAULT_H
#define REGENT_TESTS_SIM_FAULT_H

#include "database.h"

enum fault_kind {
#define FAULT(NAME, name, weight, text) FAULT_##NAME,
#include "fault.def"
#undef FAULT
	FAULT_COUNT
};

extern const char *const fault_names[FAULT_COUNT];
extern const char *const fault_texts[FAULT_COUNT];

enum { FAULTS_MAX = 12 };

struct fault {
	enum fault_kind kind;
	enum phase phase; /* begins when the brain comes to it, if it does */
	int node;
	int other; /* node, or what kind needs */
	bool is_on;
	usec_t at;     /* it begins then, at the latest */
	uint32_t turn; /* of the message that begins it */
};

/* Faults that are in force, besides those of single nodes. */
struct trouble {
	bool is_disk_full;
	bool is_disk_hanging;
	bool are_probes_local; /* regent can't ask */
	bool are_operations_bad;
	bool is_worker_slow;
};

/* Draws the faults of a schedule and puts them on the heap. */
void fault_plan(struct world *w);
/* The brain has come to another phase. */
void fault_on_phase(struct world *w, enum phase phase);
void fault_on_message(struct world *w, const struct message *m);
/* Nothing is under way: what comes next need not be waited for. */
void fault_hasten(struct world *w);

/* All faults end, but for a node that may stay dead. */
void fault_heal(struct world *w);

#endif
