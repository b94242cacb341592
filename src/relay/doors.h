/*
 * doors.h - the listening sockets of a relay, and which worker accepts from
 * which.
 *
 * A list of the guard thread.  The descriptors belong to whoever accepts from
 * them; a list only knows their numbers.
 */
#ifndef REGENT_RELAY_DOORS_H
#define REGENT_RELAY_DOORS_H

#include "conf/conf.h"
#include "net/inherit.h"

struct door {
	unsigned worker;
	unsigned listen_id;
	int fd;
	int from; /* the listener that has it now, or -1: nobody has */
};

/* All zero is an empty one. */
struct doors {
	unsigned n;
	struct door *at;
};

void doors_fini(struct doors *doors);
void doors_add(struct doors *doors, const struct door *door);

/* Closes those that nobody accepts from, and empties the list. */
void doors_close(struct doors *doors);

/*
 * A socket for each worker: inherited ones as far as there are, the others
 * new in the same group.  More sockets than workers: some accept from several,
 * for a socket that is closed takes its queue along.  What can't be added to
 * a group (it is another user's, or was made without SO_REUSEPORT) is shared
 * by the workers.  On failure the list has what was opened.
 */
int doors_open(struct doors *doors, const struct conf_listen *listen,
    struct inherited *inherited, unsigned n_workers, struct err *err)
    MUST_CHECK;

/* Those of the listener `from` go on as those of `to`. */
void doors_pass_on(struct doors *doors, const struct doors *of,
    const struct conf_listen *from, const struct conf_listen *to);

/* What is in force after `prepared` with `conf`; empties `prepared`. */
void doors_commit(
    struct doors *doors, struct doors *prepared, const struct conf *conf);

#endif
