/*
 * outline.h - the names and ids of a snapshot as text, and back.
 *
 * For a process that takes the place of another: what keeps its name keeps
 * its id, as in a reload.  An outline is only good as the `old` of conf_load.
 */
#ifndef REGENT_CONF_OUTLINE_H
#define REGENT_CONF_OUTLINE_H

#include "base/text.h"
#include "conf/conf.h"

/* A line each: "cluster ID NAME", "node CLUSTER-ID ID NAME", "listen ID NAME".
 */
void outline_write(const struct conf *conf, struct text *out);

/* A new reference, or NULL with the reason.  Lines of another kind are passed
 * over. */
const struct conf *outline_read(const char *text, struct err *err) MUST_CHECK;

#endif
