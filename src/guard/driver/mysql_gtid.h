/*
 * mysql_gtid.h - global transaction ids as MariaDB and MySQL write them.
 *
 * MariaDB: "domain-server-sequence", lists of them between commas.  MySQL:
 * "uuid[:tag]:1-5:7, uuid:1-3", a set.  Pure: text in, numbers out.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_GTID_H
#define REGENT_GUARD_DRIVER_MYSQL_GTID_H

#include <stdbool.h>
#include <stddef.h>
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
 * The one of `domain` with the highest sequence number; seq 0 if there is
 * none.  false if the list is none.
 */
bool gtid_last(const char *list, uint32_t domain, struct gtid *found);

/*
 * All of a domain, at most `max`, and those with the highest sequence numbers
 * if there are more.  Returns how many, or -1 if the list is none.
 */
int gtid_of_domain(
    const char *list, uint32_t domain, struct gtid *found, unsigned max);

/*
 * What one server wrote from when it was opened until another was: everything
 * of its id behind `fork`, the last sequence number before.  A server may
 * reign again, but never from the same fork, so "domain-server@fork" is a
 * name that does not recur.
 */
struct reign {
	uint32_t domain;
	uint32_t server;
	uint64_t fork;
};

enum { REIGN_NAME_LEN = 48 };

void reign_format(const struct reign *reign, char name[REIGN_NAME_LEN]);
bool reign_parse(struct reign *reign, const char *name);

/* How many transactions a set of MySQL has; false if it is none. */
bool gtid_set_count(const char *set, uint64_t *count);

#endif
