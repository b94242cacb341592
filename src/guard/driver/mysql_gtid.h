/*
 * mysql_gtid.h - global transaction ids as MariaDB and MySQL write them.
 *
 * MariaDB: "domain-server-sequence", lists of them between commas.  MySQL:
 * "uuid[:tag]:1-5:7, uuid:1-3", a set.  Pure: text in, numbers out.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_GTID_H
#define REGENT_GUARD_DRIVER_MYSQL_GTID_H

#include <stdbool.h>
#include <stdint.h>

/* Of MariaDB; seq 0: none. */
struct gtid {
	uint32_t domain;
	uint32_t server;
	uint64_t seq;
};

/*
 * Takes the next one of a list and moves `*list` behind it.  Returns 1, 0 at
 * the end, or -1 where there is something else.
 */
int gtid_next(const char **list, struct gtid *gtid);

/*
 * The one of `domain` with the highest sequence number that is of another
 * server than `but` (0: of any); seq 0 if there is none.  false if the list
 * is none.
 */
bool gtid_last(
    const char *list, uint32_t domain, uint32_t but, struct gtid *found);

/* Whether `list` has reached all that `wanted` has, in each domain. */
bool gtid_covers(const char *list, const char *wanted);

/* How many transactions a set of MySQL has; false if it is none. */
bool gtid_set_count(const char *set, uint64_t *count);

#endif
