/*
 * operator.h - the one who orders, and who is called when regent knows no
 * safe way on.  Regent refuses here what src/guard/guard.c refuses.
 */
#ifndef REGENT_TESTS_SIM_OPERATOR_H
#define REGENT_TESTS_SIM_OPERATOR_H

struct fault;
struct world;

/* His orders, as faults: see fault.def. */
void operator_switch(struct world *w, struct fault *f);
void operator_force(struct world *w, struct fault *f);
void operator_pause(struct world *w, struct fault *f);
void operator_unpause(struct world *w, struct fault *f);
void operator_admin(struct world *w, struct fault *f);
void operator_admin_end(struct world *w, struct fault *f);
void operator_rejoin(struct world *w, struct fault *f);

/*
 * The time to recover is over.  If regent is held for a reason that needs an
 * operator, he helps; else it has failed.
 */
void operator_judge(struct world *w);

#endif
