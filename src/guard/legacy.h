/*
 * legacy.h - what a guard leaves to the one that takes its place in an
 * upgrade: its brains with their flight records, where nodes are, what
 * agents and operators have set.
 *
 * Text, a fact a line, each behind the word that says whose it is; what
 * another version does not know it passes over.  The brain is the last
 * checkpoint of its record (record/incident.h).  Private to guard/.
 */
#ifndef REGENT_GUARD_LEGACY_H
#define REGENT_GUARD_LEGACY_H

#include "base/err.h"
#include "base/text.h"
#include "base/usec.h"

#include <stdbool.h>

struct guard;
struct legacy;

/* All that there is to leave. */
void legacy_write(const struct guard *g, struct text *out);

/* NULL with the reason when a brain can't be read. */
struct legacy *legacy_read(const char *text, struct err *err) MUST_CHECK;
void legacy_free(struct legacy **legacy);

/*
 * Gives each new ward of the guard, not configured yet, the brain of its
 * name: afterwards a configuration is a reload for it.  A cluster whose
 * protocol is another one begins anew.
 */
void legacy_give(struct legacy *legacy, struct guard *g);

/* Whether the ward has its brain from there. */
bool legacy_has(const struct legacy *legacy, const char *cluster);

/* Behind the configuration: where nodes with names are, and what has changed
 * in the file while nobody looked. */
void legacy_settle(struct legacy *legacy, struct guard *g, usec_t now);

#endif
