/*
 * postgres_reply.h - what PostgreSQL's answers mean to the guard.
 *
 * Pure: texts in, facts out.  Positions are those of the write-ahead log, in
 * bytes from the beginning of the database.  A history is "<system id>/
 * <timeline>"; a promotion begins a new timeline where the old one was left.
 * No text that is told to people contains primary_conninfo: it may have a
 * password in it.
 */
#ifndef REGENT_GUARD_DRIVER_POSTGRES_REPLY_H
#define REGENT_GUARD_DRIVER_POSTGRES_REPLY_H

#include "guard/driver/driver.h"

/*
 * A receiver that has heard nothing for half of wal_receiver_timeout, which is
 * a minute by default, asks for an answer: a link that is alive is not quiet
 * for longer than this.  Where the setting is another, idle times are told so
 * that they fit.
 */
#define POSTGRES_SILENCE (35 * USEC_SEC)

/* The columns of postgres_state_sql(), in its order. */
enum postgres_cell {
	CELL_IN_RECOVERY,
	CELL_REPLAYED,
	CELL_RECEIVED, /* also once it is promoted, until it restarts */
	CELL_IS_PAUSED,
	CELL_STARTED,     /* when the server did */
	CELL_CONNINFO,    /* primary_conninfo */
	CELL_SYNC_NAMES,  /* synchronous_standby_names */
	CELL_SYNC_COMMIT, /* synchronous_commit */
	CELL_READ_ONLY,   /* default_transaction_read_only */
	CELL_QUIET_US,    /* wal_receiver_timeout */
	CELL_LACKS,       /* privileges we shall need and don't have */
	CELL_LINK_PID,    /* from here on of the WAL receiver; "" without */
	CELL_LINK,        /* its state */
	CELL_LINK_HOST,
	CELL_LINK_PORT,
	CELL_LINK_WROTE,  /* "t": it has received something */
	CELL_LINK_PASSED, /* "f": not yet what was replayed already */
	CELL_LINK_AGE_US,
	CELL_LINK_IDLE_US, /* since its last message */
	CELL_COUNT
};

/* For a server of this version, as PQserverVersion tells it. */
const char *postgres_state_sql(int version);

/* The row of postgres_state_sql(); false if it is no such row. */
bool postgres_read_state(
    struct contact_result *result, const char *const cells[CELL_COUNT]);

/* IDENTIFY_SYSTEM: history and position; false if they are no such texts. */
bool postgres_read_system(struct contact_result *result, const char *system,
    const char *timeline, const char *position);

/*
 * A timeline's history file: where it forked off from which; after the two
 * above.  false if it is no such file.
 */
bool postgres_read_fork(struct report *report, const char *content, size_t len);

/* Of a report's history; 0 while there is none. */
uint64_t postgres_timeline(const struct report *report);

/*
 * A standby that is past the fork, or of an older history and without a link,
 * may never follow whom its primary_conninfo names: its upstream is unset, so
 * that it is told to, and told why not (JOB_REPOINT).
 */
void postgres_judge_upstream(
    struct contact_result *result, const struct lineage *known);

/* How many standbys a commit waits for, from synchronous_standby_names. */
uint32_t postgres_sync_replicas(const char *names);

#endif
