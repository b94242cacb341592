/*
 * mysql_reply.h - what the answers of a MariaDB or MySQL server mean to the
 * guard.
 *
 * Pure: tables in, facts out.  A column that is missing, or holds something
 * else than it should, spoils the whole table: half of a truth would be
 * believed.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_REPLY_H
#define REGENT_GUARD_DRIVER_MYSQL_REPLY_H

#include "guard/driver/driver.h"
#include "guard/driver/mysql_gtid.h"

enum mysql_dialect { DIALECT_MARIADB, DIALECT_MYSQL, DIALECT_COUNT };

/* The answer of one statement; a cell is NULL where SQL has NULL. */
struct mysql_table {
	unsigned n_columns;
	unsigned n_rows;
	const char *const *names;
	const char *const *cells; /* row by row */
};

enum {
	MYSQL_NAME_LEN = 128,
	MYSQL_ERROR_LEN = 512,
	MYSQL_SERVERS_MAX = 16 /* that wrote in one domain, the latest */
};

/* One replica connection, as the replica tells of it. */
struct mysql_upstream {
	char name[MYSQL_NAME_LEN]; /* "" is the default one */
	struct endpoint endpoint;  /* unset if it is a name */
	bool is_receiving;         /* connected */
	bool is_dialing;           /* not connected, but not stopped either */
	bool is_applying;
	bool has_gtid;   /* it asks by GTID */
	uint32_t server; /* MariaDB: server id of the other end; 0: not known */
	uint64_t heartbeats; /* MariaDB */
	uint64_t read_at;    /* in the log of the other end */
	unsigned io_errno;
	unsigned sql_errno;
	char io_error[MYSQL_ERROR_LEN];
	char sql_error[MYSQL_ERROR_LEN];
};

/* What one server has told of itself. */
struct mysql_facts {
	enum mysql_dialect dialect;
	unsigned version; /* 101104 is 10.11.4 */
	bool is_read_only;
	bool has_log;      /* and logs what it replicates */
	bool is_semi_sync; /* configured; `sync_replicas` if it is in force */
	bool was_written;  /* the last transaction is its own */
	uint32_t domain;   /* MariaDB: its main one */
	uint32_t server;   /* MariaDB */
	struct gtid last;  /* MariaDB: applied or written, of the domain */
	struct gtid received;
	struct gtid servers[MYSQL_SERVERS_MAX]; /* the last one of each */
	unsigned n_servers;
	char own[HISTORY_LEN];    /* MySQL: its uuid */
	char source[HISTORY_LEN]; /* MySQL: the uuid it follows; "" if none */
	uint64_t n_executed;      /* MySQL: transactions */
	uint64_t n_received;      /* MySQL: of them, not executed */
	char semi_sync[MYSQL_NAME_LEN]; /* of MySQL, where it is a plugin's */
	uint32_t sync_replicas;
	unsigned n_upstreams;
	struct mysql_upstream upstream; /* the first */
	char instance[HISTORY_LEN];
};

/* NULL where there is no such column, or SQL has NULL. */
const char *mysql_cell(
    const struct mysql_table *t, unsigned row, const char *name);

/* Digits and nothing else, up to `max`; the cell may be NULL. */
bool mysql_number(const char *cell, uint64_t max, uint64_t *value);

/* "10.11.4-MariaDB-log", "8.0.36"; false if it is neither. */
bool mysql_read_version(struct mysql_facts *facts, const char *text);

/* The answers to the statements of mysql_say.h of the same name. */
bool mysql_read_who(struct mysql_facts *facts, const struct mysql_table *t);
bool mysql_read_upstreams(
    struct mysql_facts *facts, const struct mysql_table *t);
bool mysql_read_received(
    struct mysql_facts *facts, const struct mysql_table *t);
bool mysql_read_sync(struct mysql_facts *facts, const struct mysql_table *t);
bool mysql_read_start(struct mysql_facts *facts, const struct mysql_table *t);

/* Everything that was received is applied. */
bool mysql_is_applied(const struct mysql_facts *facts);

/* A report from all of it. */
void mysql_report(struct contact_result *result,
    const struct mysql_facts *facts, const struct lineage *known);

/*
 * MariaDB: whether it has written behind the point where the known reign of
 * another server began; then that point is *fork.
 */
bool mysql_has_diverged(const struct mysql_facts *facts,
    const struct lineage *known, uint64_t *fork);

/* What an error of the server says of the node. */
enum verdict mysql_verdict_of_error(unsigned code);

/* The errno value that an error text of the library ends with; 0 if none. */
int mysql_errno_of_text(const char *text);

#endif
