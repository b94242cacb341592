/*
 * postgres_conninfo.h - primary_conninfo: where a standby gets its data from.
 *
 * Pure but for memory.  The texts hold a password: they go to the server they
 * came from and nowhere else.
 */
#ifndef REGENT_GUARD_DRIVER_POSTGRES_CONNINFO_H
#define REGENT_GUARD_DRIVER_POSTGRES_CONNINFO_H

#include "base/endpoint.h"
#include "base/text.h"

/*
 * Where it leads to.  Unset when it is empty, not to be read, or names a
 * socket or several hosts: such can't be compared.
 */
void postgres_read_upstream(struct endpoint *upstream, const char *conninfo);

/*
 * The same text, leading to target: all but host and port is kept.  false if
 * it can't be read.
 */
bool postgres_lead_to(
    struct text *out, const char *conninfo, const struct endpoint *target);

/*
 * The same text, with another value of the one parameter that a receiver
 * reads and never uses: the server takes it for a change, and dials anew.
 */
bool postgres_stir(struct text *out, const char *conninfo);

#endif
