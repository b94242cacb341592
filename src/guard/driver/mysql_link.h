/*
 * mysql_link.h - a connection to a MariaDB or MySQL server that never blocks:
 * libmariadb's own non-blocking interface on the loop, with a deadline.
 *
 * Embedded in its owner, a contact.  One statement at a time.  Callbacks may
 * ask the next question or close the link.  Guard thread only.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_LINK_H
#define REGENT_GUARD_DRIVER_MYSQL_LINK_H

#include "guard/driver/mysql_reply.h"
#include "net/timer.h"
#include "net/watch.h"

struct mysql_link;
struct st_mysql; /* the library's connection */
struct st_mysql_res;

struct mysql_link_ops {
	/* Logged in; `version` as the server tells it. */
	void (*on_connected)(
	    struct mysql_link *link, const char *version, usec_t now);
	/* The answer; empty, without columns, if the statement has none. */
	void (*on_table)(
	    struct mysql_link *link, const struct mysql_table *t, usec_t now);
	/* The server refused the statement: mysqld's error code and text. */
	void (*on_refused)(struct mysql_link *link, unsigned code,
	    const char *text, usec_t now);
	/* It ended, could not be, or is late: it is closed already. */
	void (*on_failed)(struct mysql_link *link, enum verdict verdict,
	    const char *detail, usec_t now);
};

enum mysql_link_state {
	MYSQL_LINK_CLOSED,
	MYSQL_LINK_CONNECTING, /* up to the end of the login */
	MYSQL_LINK_IDLE,
	MYSQL_LINK_ASKED, /* a statement waits to be sent */
	MYSQL_LINK_ASKING,
	MYSQL_LINK_READING, /* rows */
};

struct mysql_link {
	struct watch watch;
	struct timer timer;
	const struct mysql_link_ops *ops;
	enum mysql_link_state state;
	struct st_mysql *mysql;
	struct st_mysql *connected; /* the results of operations */
	int rc;
	struct st_mysql_res *rows;
	char *sql;
	int waits; /* what the operation under way waits for; 0: none is */
	int connect_error; /* negative errno value */
	bool needs_tls;
	bool is_reachable;  /* the node's kernel has taken the connection */
	bool was_connected; /* and the server has let us in */
	bool is_turning;
	usec_t timeout_us;
};

void mysql_link_init(
    struct mysql_link *l, struct loop *loop, const struct mysql_link_ops *ops);

/* Borrows the strings of `login` until it is closed. */
void mysql_link_connect(
    struct mysql_link *l, const struct contact_login *login, usec_t now);
bool mysql_link_is_open(const struct mysql_link *l);

/* Only while it is idle. */
void mysql_link_ask(struct mysql_link *l, const char *sql, usec_t now);

/* on_failed comes when nothing ends the job in that time; 0: no limit. */
void mysql_link_set_timeout(struct mysql_link *l, usec_t timeout_us);

void mysql_link_close(struct mysql_link *l);

#endif
