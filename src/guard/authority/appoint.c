#include "guard/authority/appoint.h"

#include <stdio.h>
#include <string.h>

void
appoint_init(struct appoint *a, unsigned n)
{
	CHECK(n >= 1 && n <= ENDPOINT_LIST_MAX);
	memset(a, 0, sizeof(*a));
	a->n = n;
}

unsigned
appoint_n_heard(const struct appoint *a)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->n; i++)
		n += a->voices[i].is_heard;
	return n;
}

static bool
appoint_is_same(const struct appoint_voice *x, const struct appoint_voice *y)
{
	return x->epoch == y->epoch && strcmp(x->primary, y->primary) == 0;
}

static unsigned
appoint_n_saying(const struct appoint *a, const struct appoint_voice *voice)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->n; i++)
		n += a->voices[i].is_heard &&
		    appoint_is_same(&a->voices[i], voice);
	return n;
}

static bool
appoint_is_majority(const struct appoint *a, unsigned n)
{
	return 2 * n > a->n;
}

/* The newest; of equally new ones what most say, and then the first. */
static const struct appoint_voice *
appoint_newest(const struct appoint *a)
{
	const struct appoint_voice *best = NULL;

	for (unsigned i = 0; i < a->n; i++) {
		const struct appoint_voice *v = &a->voices[i];

		if (!v->is_heard)
			continue;
		if (best == NULL || v->epoch > best->epoch ||
		    (v->epoch == best->epoch &&
			appoint_n_saying(a, v) > appoint_n_saying(a, best)))
			best = v;
	}
	return best;
}

static bool
appoint_make(struct appoint *a, const struct appoint_voice *voice)
{
	bool is_new = strcmp(a->primary, voice->primary) != 0;

	a->is_made = true;
	a->epoch = voice->epoch;
	memcpy(a->primary, voice->primary, sizeof(a->primary));
	a->setback_at = 0;
	return is_new;
}

/* Whether a majority has said the same thing, not a newer one, long enough. */
static bool
appoint_is_set_back(
    struct appoint *a, const struct appoint_voice *voice, usec_t now)
{
	if (!appoint_is_majority(a, appoint_n_saying(a, voice))) {
		a->setback_at = 0;
		return false;
	}
	if (a->setback_at == 0 || !appoint_is_same(&a->setback, voice)) {
		a->setback_at = now;
		a->setback = *voice;
	}
	return now - a->setback_at >= APPOINT_SETBACK;
}

static bool
appoint_decide(struct appoint *a, usec_t now)
{
	const struct appoint_voice *voice = appoint_newest(a);

	if (voice == NULL)
		return false; /* the last appointment stands */
	if (!a->is_made)
		return appoint_is_majority(a, appoint_n_heard(a)) &&
		    appoint_make(a, voice);
	if (voice->epoch > a->epoch)
		return appoint_make(a, voice);
	if (voice->epoch == a->epoch &&
	    strcmp(voice->primary, a->primary) == 0) {
		a->setback_at = 0;
		return false;
	}
	return appoint_is_set_back(a, voice, now) && appoint_make(a, voice);
}

bool
appoint_hear(struct appoint *a, unsigned i, uint64_t epoch, const char *primary,
    usec_t now)
{
	struct appoint_voice *v = &a->voices[i];

	CHECK(i < a->n);
	v->is_heard = true;
	v->epoch = epoch;
	snprintf(v->primary, sizeof(v->primary), "%s", primary);
	return appoint_decide(a, now);
}

bool
appoint_lose(struct appoint *a, unsigned i, usec_t now)
{
	CHECK(i < a->n);
	a->voices[i].is_heard = false;
	return appoint_decide(a, now);
}
