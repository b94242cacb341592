#include "guard/probe.h"

#include <stdio.h>

static void
probe_on_done(void *arg, const struct contact_result *result, usec_t now)
{
	struct probe *p = arg;

	p->is_asking = false;
	p->on_verdict(p, result, now);
}

static void
probe_on_lost(void *arg, const char *detail, usec_t now)
{
	struct contact_result result = { .verdict = VERDICT_LOST };
	struct probe *p = arg;

	snprintf(result.detail, sizeof(result.detail), "%s", detail);
	p->on_verdict(p, &result, now);
}

static const struct contact_ops probe_contact_ops = {
	.on_done = probe_on_done,
	.on_lost = probe_on_lost,
};

static void
probe_on_timer(struct timer *timer, usec_t now)
{
	struct probe *p = container_of(timer, struct probe, timer);
	struct job job = { .kind = JOB_PROBE,
		.timeout_us = p->timeout_us,
		.known = p->known };

	CHECK(!p->is_asking);
	p->is_asking = true;
	p->asked_at = now;
	p->driver->start(p->contact, &job, now);
}

void
probe_init(struct probe *p, struct loop *loop, probe_fn *on_verdict)
{
	timer_init(&p->timer, loop, probe_on_timer);
	p->on_verdict = on_verdict;
}

bool
probe_is_open(const struct probe *p)
{
	return p->contact != NULL;
}

void
probe_open(struct probe *p, struct loop *loop, const struct driver *driver,
    const struct contact_login *login)
{
	CHECK(!probe_is_open(p));
	p->driver = driver;
	p->is_asking = false;
	p->contact = driver->open(loop, login, &probe_contact_ops, p);
}

void
probe_close(struct probe *p)
{
	timer_stop(&p->timer);
	if (probe_is_open(p))
		p->driver->close(&p->contact);
	p->is_asking = false;
}

void
probe_schedule(struct probe *p, usec_t when)
{
	usec_t soonest = p->asked_at + p->driver->probe_gap_us;

	if (when < soonest)
		when = soonest;
	if (!p->is_asking &&
	    (!timer_is_set(&p->timer) || timer_deadline(&p->timer) != when))
		timer_set(&p->timer, when);
}
