/*
 * postgres_examine.h - which privileges of contrib/sql/postgres.sql our role
 * has not.  Pure: the question, and what its answer means.
 */
#ifndef REGENT_GUARD_DRIVER_POSTGRES_EXAMINE_H
#define REGENT_GUARD_DRIVER_POSTGRES_EXAMINE_H

#include "guard/driver/driver.h"

/*
 * For a server of that version (150004 is 15.4); its answer has one row:
 * the version as text, and what is missing, "" if nothing.
 */
const char *postgres_examine_sql(int version);
void postgres_examine_read(
    struct contact_result *result, const char *version, const char *missing);

#endif
