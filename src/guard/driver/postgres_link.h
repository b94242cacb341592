/*
 * postgres_link.h - one connection to a PostgreSQL server, by libpq's
 * asynchronous interface: one statement at a time, under one deadline.
 *
 * It is opened with replication=database: such a connection takes the slot of
 * a WAL sender, so it is let in when max_connections is reached, and runs any
 * statement by the simple query protocol.  Owned by a contact and embedded in
 * it; nothing here blocks, and no name is looked up.
 */
#ifndef REGENT_GUARD_DRIVER_POSTGRES_LINK_H
#define REGENT_GUARD_DRIVER_POSTGRES_LINK_H

#include "guard/driver/driver.h"
#include "net/timer.h"
#include "net/watch.h"

#include <libpq-fe.h>

struct postgres_link;

struct postgres_link_ops {
	/* Logged in: ask, or be done. */
	void (*on_open)(struct postgres_link *link, usec_t now);
	/* The statement was carried out or refused; borrowed for the call. */
	void (*on_answer)(
	    struct postgres_link *link, const PGresult *answer, usec_t now);
	/*
	 * It ended or could not be: the link is closed already.  LOST: it had
	 * been open.
	 */
	void (*on_failed)(struct postgres_link *link, enum verdict verdict,
	    const char *detail, usec_t now);
};

enum link_state { LINK_CLOSED, LINK_DIALING, LINK_IDLE, LINK_ASKING };

struct postgres_link {
	struct loop *loop;
	PGconn *pg;
	struct watch watch;
	struct timer deadline;
	usec_t timeout_us;
	const struct postgres_link_ops *ops;
	enum link_state state;
	char last_words[96]; /* the last notice of the server */
	PGresult *answer;    /* of the statement under way, so far */
};

void postgres_link_init(struct postgres_link *link, struct loop *loop,
    const struct postgres_link_ops *ops);

/*
 * Begins to log in; the server is told to give up its work at the timeout
 * too.  A failure comes by on_failed, maybe before it returns.
 */
void postgres_link_dial(struct postgres_link *link,
    const struct contact_login *login, usec_t timeout_us, usec_t now);

/* on_failed comes when nothing ends the job in that time; 0: no limit. */
void postgres_link_set_timeout(struct postgres_link *link, usec_t timeout_us);

/* Of an open and idle link. */
void postgres_link_ask(struct postgres_link *link, const char *sql, usec_t now);

bool postgres_link_is_open(const struct postgres_link *link);
void postgres_link_close(struct postgres_link *link);

#endif
