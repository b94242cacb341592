/*
 * probe.h - asks one node who it is, again and again, over a contact that
 * stays open.  When to ask is the brain's decision (health.probe_at).
 */
#ifndef REGENT_GUARD_PROBE_H
#define REGENT_GUARD_PROBE_H

#include "guard/driver/driver.h"
#include "net/timer.h"

struct probe;

/* One verdict, with the result behind it; detail is in the result. */
typedef void probe_fn(
    struct probe *probe, const struct contact_result *result, usec_t now);

/* Embedded in its owner. */
struct probe {
	const struct driver *driver;
	struct contact *contact;
	struct timer timer;
	probe_fn *on_verdict;
	usec_t timeout_us;
	struct lineage known; /* to be told with the question */
	usec_t asked_at;      /* the last question */
	bool is_asking;
};

void probe_init(struct probe *p, struct loop *loop, probe_fn *on_verdict);
bool probe_is_open(const struct probe *p);
void probe_open(struct probe *p, struct loop *loop, const struct driver *driver,
    const struct contact_login *login);
void probe_close(struct probe *p);

/* Asks at `when`, unless a question is under way. */
void probe_schedule(struct probe *p, usec_t when);

#endif
