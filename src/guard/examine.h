/*
 * examine.h - `regent -t --probe`: logs in at every node of a configuration,
 * all at the same time, and tells who answers and what it would not let us
 * do.
 *
 * On a loop of its own, beside a regent that runs or not: nothing is changed
 * on any node, nothing is listened on, no file is written.  Main thread, and
 * no other main loop may exist meanwhile.
 */
#ifndef REGENT_GUARD_EXAMINE_H
#define REGENT_GUARD_EXAMINE_H

#include "base/err.h"
#include "base/text.h"
#include "conf/conf.h"

enum examine_outcome {
	EXAMINE_WELL,
	EXAMINE_LACKING, /* all answered; a login or a privilege is missing */
	EXAMINE_UNANSWERED, /* a node did not answer, or not well */
};

/*
 * Adds a table with a line for each node and a summary to `out`; waits at
 * most for the longer of check_timeout and EXAMINE_TIMEOUT, and as long
 * again for names.  Negative errno value, and nothing in `out`, when it can't
 * begin.
 */
#define EXAMINE_TIMEOUT (5 * USEC_SEC)

int examine_nodes(const struct conf *conf, struct text *out,
    enum examine_outcome *outcome, struct err *err) MUST_CHECK;

#endif
