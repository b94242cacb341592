/*
 * fault.h - what goes wrong in a schedule, and when.
 */
#ifndef REGENT_TESTS_SIM_FAULT_H
#define REGENT_TESTS_SIM_FAULT_H

#include "database.h"
#include "dice.h"
#include "heap.h"

enum fault_kind {
#define FAULT(NAME, name, weight, text) FAULT_##NAME,
#include "fault.def"
#undef FAULT
	FAULT_COUNT
};

extern const char *const fault_names[FAULT_COUNT];
extern const char *const fault_texts[FAULT_COUNT];

enum { FAULTS_MAX = 12 };

/* Bits of kinds that are allowed. */
#define FAULTS_ALL UINT64_MAX

struct fault {
	enum fault_kind kind;
	enum phase phase; /* begins when the brain comes to it, if it does */
	int node;
	int other; /* node, or what kind needs */
	bool is_on;
	usec_t duration_us;
	uint32_t blocked[PLACE_COUNT]; /* ways that it blocks, bits */
	struct dice dice;              /* its own: others may be left out */
	usec_t at;                     /* it begins then, at the latest */
	usec_t began_at;
	uint32_t turn; /* of the message that begins it */
};

/* Faults in force that are looked up where they do harm. */
struct trouble {
	unsigned n_on[FAULT_COUNT];
};

/* Draws the faults of a schedule and puts them on the heap. */
void fault_plan(struct world *w);
/* The brain has come to another phase. */
void fault_on_phase(struct world *w, enum phase phase);
void fault_on_message(struct world *w, const struct message *m);
bool fault_is_on(const struct world *w, enum fault_kind kind);
/* Nothing is under way: what comes next need not be waited for. */
void fault_hasten(struct world *w);

#endif
