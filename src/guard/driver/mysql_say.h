/*
 * mysql_say.h - the statements of MariaDB and MySQL, by dialect and version.
 *
 * MariaDB says MASTER and SLAVE; MySQL began to say SOURCE and REPLICA with
 * 8.0.22 and forgot the old words in 8.4.  Pure.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_SAY_H
#define REGENT_GUARD_DRIVER_MYSQL_SAY_H

#include "base/text.h"
#include "guard/driver/mysql_reply.h"

enum mysql_question {
	ASK_START,     /* when did you start: mysql_read_start */
	ASK_WHO,       /* mysql_read_who */
	ASK_UPSTREAMS, /* mysql_read_upstreams */
	ASK_RECEIVED,  /* mysql_read_received; MySQL only */
	ASK_SYNC,      /* mysql_read_sync; of a semi-synchronous primary */
	ASK_SESSIONS,  /* mysql_session.h */
	ASK_COUNT
};

const char *mysql_say_question(
    const struct mysql_facts *facts, enum mysql_question question);

/*
 * Refuse writes, or take them.  It waits for statements under way, and must
 * not come true when nobody waits for it any more: so not longer than that.
 */
void mysql_say_read_only(struct text *sql, const struct mysql_facts *facts,
    bool is_on, usec_t patience_us);

/* Wait for a replica's acknowledgement before a client's; or do not. */
void mysql_say_sync(
    struct text *sql, const struct mysql_facts *facts, bool is_on);

/* `verb` START, STOP or RESET; `what` "", " IO_THREAD", " SQL_THREAD" or
 * " ALL".  Of the replica connection in facts. */
void mysql_say_replica(struct text *sql, const struct mysql_facts *facts,
    const char *verb, const char *what);

struct mysql_follow {
	struct endpoint target;
	const char *user; /* "": the one that it has */
	const char *password;
	bool has_tls;
};

/* Follow `follow.target` from where you are, and dial it every second. */
void mysql_say_follow(struct text *sql, const struct mysql_facts *facts,
    const struct mysql_follow *follow);

#endif
