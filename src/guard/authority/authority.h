/*
 * authority.h - who besides the nodes says which of them is the primary of a
 * ward: its sentinels, if it has any.
 *
 * Embedded in its ward.  Translates addresses into nodes, tells the brain by
 * EV_APPOINT and people by the log.
 *
 * A sentinel looks at the node that it promotes once a second, and names it
 * only when it has seen the new role.  Until then the old primary would go on
 * acknowledging writes that are lost.  So a replica that becomes primary puts
 * the appointment in doubt: nobody is appointed, and writers are held, until
 * the sentinels name another or the doubt has lasted too long.
 */
#ifndef REGENT_GUARD_AUTHORITY_AUTHORITY_H
#define REGENT_GUARD_AUTHORITY_AUTHORITY_H

#include "conf/conf.h"
#include "guard/authority/sentinel.h"
#include "net/timer.h"

struct ward;

struct authority {
	struct ward *ward;
	struct sentinels *sentinels;    /* NULL: the nodes themselves */
	char primary[APPOINT_TEXT_LEN]; /* appointed last; "" if none yet */
	struct timer doubt; /* set: the brain knows of no appointment */
	int slot;           /* the same as the brain knows it */
};

void authority_init(struct authority *a, struct ward *ward);

/* Behind the ward's nodes: an appointment is about one of them. */
void authority_configure(
    struct authority *a, const struct conf_cluster *conf, usec_t now);
void authority_close(struct authority *a);

/* A node has another address, or a name was looked up. */
void authority_look_again(struct authority *a, usec_t now);

/* A replica has become primary by itself. */
void authority_doubt(struct authority *a, int slot, usec_t now);

#endif
