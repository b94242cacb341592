/*
 * build.h - a list of sections becomes a snapshot.
 *
 * Nodes are put into their clusters, whichever comes first in the file.  What
 * can't be put anywhere (no such cluster, no room) is reported and left out.
 */
#ifndef REGENT_CONF_BUILD_H
#define REGENT_CONF_BUILD_H

#include "conf/parse.h"

/*
 * Takes the bodies out of the list.  Never NULL: a file with errors makes a
 * snapshot too, so that the rest of it can be checked.  Ids are not given
 * yet (diff.h).
 */
struct conf *build_conf(struct section_list *list, struct report *report);

#endif
