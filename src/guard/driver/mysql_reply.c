#include "guard/driver/mysql_reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Of a replica that applies nothing any more: it will never be read, however
 * little it lacks, but it may have received more than others.
 */
#define MYSQL_NEVER_APPLIED ((uint64_t)1 << 61)

/* ---- cells ----------------------------------------------------------- */

const char *
mysql_cell(const struct mysql_table *t, unsigned row, const char *name)
{
	for (unsigned i = 0; i < t->n_columns; i++)
		if (strcasecmp(t->names[i], name) == 0)
			return t->cells[row * t->n_columns + i];
	return NULL;
}

/* MySQL renamed every MASTER to SOURCE and every SLAVE to REPLICA. */
static const char *
mysql_cell_of(const struct mysql_table *t, const char *name, const char *before)
{
	const char *cell = mysql_cell(t, 0, name);

	return cell != NULL ? cell : mysql_cell(t, 0, before);
}

bool
mysql_number(const char *cell, uint64_t max, uint64_t *value)
{
	char *end;

	if (cell == NULL || cell[0] < '0' || cell[0] > '9')
		return false;
	errno = 0;
	*value = strtoull(cell, &end, 10);
	return errno == 0 && *end == '\0' && *value <= max;
}

static bool
mysql_number32(const char *cell, uint32_t *value)
{
	uint64_t number;

	if (!mysql_number(cell, UINT32_MAX, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

/* Newer servers have more than ON and OFF; whatever is not off is on. */
static bool
mysql_flag(const char *cell, bool *value)
{
	if (cell == NULL)
		return false;
	*value = strcmp(cell, "0") != 0 && strcasecmp(cell, "OFF") != 0 &&
	    strcasecmp(cell, "NO") != 0;
	return true;
}

static bool
mysql_text(const char *cell, char *buf, size_t size)
{
	if (cell == NULL || strlen(cell) >= size)
		return false;
	snprintf(buf, size, "%s", cell);
	return true;
}

/* A message is for people: the beginning will do. */
static void
mysql_message(const char *cell, char *buf, size_t size)
{
	snprintf(buf, size, "%.*s", (int)size - 1, cell != NULL ? cell : "");
}

/* ---- version and start ----------------------------------------------- */

bool
mysql_read_version(struct mysql_facts *facts, const char *text)
{
	unsigned major, minor, patch;

	/* What MariaDB's handshake put first, for old replicas. */
	if (strncmp(text, "5.5.5-", 6) == 0)
		text += 6;
	if (sscanf(text, "%3u.%2u.%2u", &major, &minor, &patch) != 3)
		return false;
	facts->version = major * 10000 + minor * 100 + patch;
	facts->dialect = strcasestr(text, "mariadb") != NULL ? DIALECT_MARIADB
							     : DIALECT_MYSQL;
	return true;
}

/* Its start in seconds: both terms are of the statement's own start. */
bool
mysql_read_start(struct mysql_facts *facts, const struct mysql_table *t)
{
	uint64_t seconds;

	if (t->n_rows != 1 ||
	    !mysql_number(
		mysql_cell(t, 0, "started"), UINT32_MAX * 4ULL, &seconds))
		return false;
	snprintf(facts->instance, sizeof(facts->instance), "%llu",
	    (unsigned long long)seconds);
	return true;
}

/* ---- who ------------------------------------------------------------- */

static bool
mysql_read_who_mariadb(struct mysql_facts *f, const struct mysql_table *t)
{
	const char *current = mysql_cell(t, 0, "current_pos");
	const char *state = mysql_cell(t, 0, "binlog_state");
	int n;

	if (!mysql_number32(mysql_cell(t, 0, "server_id"), &f->server) ||
	    !mysql_number32(mysql_cell(t, 0, "domain_id"), &f->domain) ||
	    current == NULL || state == NULL ||
	    !gtid_last(current, f->domain, &f->last))
		return false;
	n = gtid_of_domain(state, f->domain, f->servers, MYSQL_SERVERS_MAX);
	if (n < 0)
		return false;
	f->n_servers = (unsigned)n;
	f->was_written = f->last.seq > 0 && f->last.server == f->server;
	return true;
}

static bool
mysql_read_who_mysql(struct mysql_facts *f, const struct mysql_table *t)
{
	const char *executed = mysql_cell(t, 0, "executed");

	if (!mysql_text(
		mysql_cell(t, 0, "server_uuid"), f->own, sizeof(f->own)) ||
	    f->own[0] == '\0' || executed == NULL ||
	    !gtid_set_count(executed, &f->n_executed) ||
	    !mysql_text(mysql_cell(t, 0, "semi_sync_name"), f->semi_sync,
		sizeof(f->semi_sync)))
		return false;
	/* A set tells whether, not when. */
	f->was_written = strcasestr(executed, f->own) != NULL;
	return true;
}

bool
mysql_read_who(struct mysql_facts *facts, const struct mysql_table *t)
{
	bool is_logging, logs_replicated;

	if (t->n_rows != 1 ||
	    !mysql_flag(mysql_cell(t, 0, "read_only"), &facts->is_read_only) ||
	    !mysql_flag(mysql_cell(t, 0, "log_bin"), &is_logging) ||
	    !mysql_flag(mysql_cell(t, 0, "log_updates"), &logs_replicated) ||
	    !mysql_flag(mysql_cell(t, 0, "semi_sync"), &facts->is_semi_sync))
		return false;
	facts->has_log = is_logging && logs_replicated;
	return facts->dialect == DIALECT_MARIADB
	    ? mysql_read_who_mariadb(facts, t)
	    : mysql_read_who_mysql(facts, t);
}

bool
mysql_read_sync(struct mysql_facts *facts, const struct mysql_table *t)
{
	bool is_on;

	facts->sync_replicas = 0;
	if (t->n_rows == 0) /* the plugin is not there */
		return true;
	if (!mysql_flag(mysql_cell(t, 0, "status"), &is_on) ||
	    !mysql_number32(mysql_cell(t, 0, "n"), &facts->sync_replicas))
		return false;
	if (!is_on)
		facts->sync_replicas = 0;
	return true;
}

/* ---- replica connections --------------------------------------------- */

static bool
mysql_read_threads(struct mysql_upstream *u, const struct mysql_table *t)
{
	const char *io =
	    mysql_cell_of(t, "Replica_IO_Running", "Slave_IO_Running");
	const char *sql =
	    mysql_cell_of(t, "Replica_SQL_Running", "Slave_SQL_Running");
	uint64_t io_errno, sql_errno;

	if (io == NULL || sql == NULL ||
	    !mysql_number(
		mysql_cell(t, 0, "Last_IO_Errno"), INT32_MAX, &io_errno) ||
	    !mysql_number(
		mysql_cell(t, 0, "Last_SQL_Errno"), INT32_MAX, &sql_errno))
		return false;
	u->is_receiving = strcasecmp(io, "Yes") == 0;
	u->is_dialing = !u->is_receiving && strcasecmp(io, "No") != 0;
	u->is_applying = strcasecmp(sql, "Yes") == 0;
	u->io_errno = (unsigned)io_errno;
	u->sql_errno = (unsigned)sql_errno;
	mysql_message(
	    mysql_cell(t, 0, "Last_IO_Error"), u->io_error, MYSQL_ERROR_LEN);
	mysql_message(
	    mysql_cell(t, 0, "Last_SQL_Error"), u->sql_error, MYSQL_ERROR_LEN);
	return true;
}

static bool
mysql_read_source(struct mysql_upstream *u, const struct mysql_table *t)
{
	const char *host = mysql_cell_of(t, "Source_Host", "Master_Host");
	uint64_t port;

	if (host == NULL ||
	    !mysql_number(mysql_cell_of(t, "Source_Port", "Master_Port"),
		UINT16_MAX, &port) ||
	    !mysql_number(
		mysql_cell_of(t, "Read_Source_Log_Pos", "Read_Master_Log_Pos"),
		INT64_MAX, &u->read_at))
		return false;
	if (!endpoint_from_named(&u->endpoint, host, (uint16_t)port))
		memset(&u->endpoint, 0, sizeof(u->endpoint));
	return true;
}

static bool
mysql_read_upstream_mariadb(struct mysql_facts *f, const struct mysql_table *t)
{
	struct mysql_upstream *u = &f->upstream;
	const char *using = mysql_cell(t, 0, "Using_Gtid");
	const char *received = mysql_cell(t, 0, "Gtid_IO_Pos");

	if (!mysql_text(mysql_cell(t, 0, "Connection_name"), u->name,
		sizeof(u->name)) ||
	    !mysql_number(mysql_cell(t, 0, "Slave_received_heartbeats"),
		INT64_MAX, &u->heartbeats) ||
	    !mysql_number32(mysql_cell(t, 0, "Master_Server_Id"), &u->server) ||
	    using == NULL || received == NULL ||
	    !gtid_last(received, f->domain, &f->received))
		return false;
	u->has_gtid = strcasecmp(using, "No") != 0;
	return true;
}

static bool
mysql_read_upstream_mysql(struct mysql_facts *f, const struct mysql_table *t)
{
	struct mysql_upstream *u = &f->upstream;
	const char *uuid = mysql_cell_of(t, "Source_UUID", "Master_UUID");

	if (!mysql_text(
		mysql_cell(t, 0, "Channel_Name"), u->name, sizeof(u->name)) ||
	    !mysql_text(uuid, f->source, sizeof(f->source)))
		return false;
	return mysql_flag(mysql_cell(t, 0, "Auto_Position"), &u->has_gtid);
}

bool
mysql_read_upstreams(struct mysql_facts *facts, const struct mysql_table *t)
{
	memset(&facts->upstream, 0, sizeof(facts->upstream));
	memset(&facts->received, 0, sizeof(facts->received));
	facts->source[0] = '\0';
	facts->n_received = 0;
	facts->n_upstreams = t->n_rows;
	if (t->n_rows == 0)
		return true;
	return mysql_read_threads(&facts->upstream, t) &&
	    mysql_read_source(&facts->upstream, t) &&
	    (facts->dialect == DIALECT_MARIADB
		    ? mysql_read_upstream_mariadb(facts, t)
		    : mysql_read_upstream_mysql(facts, t));
}

/* MySQL: what it received and did not execute, as a set. */
bool
mysql_read_received(struct mysql_facts *facts, const struct mysql_table *t)
{
	const char *set;

	facts->n_received = 0;
	if (t->n_rows == 0)
		return true;
	set = mysql_cell(t, 0, "received");
	return set != NULL && gtid_set_count(set, &facts->n_received);
}

/* ---- the report ------------------------------------------------------ */

/*
 * What was received counts as long as one thread runs: when both have
 * stopped, the next start throws the relay log away and asks anew for what is
 * not applied (seen with 10.11, whichever thread is started).
 */
static bool
mysql_keeps_received(const struct mysql_facts *f)
{
	const struct mysql_upstream *u = &f->upstream;

	return f->n_upstreams > 0 &&
	    (u->is_receiving || u->is_dialing || u->is_applying);
}

/* MariaDB: how far it has come. */
static struct gtid
mysql_head(const struct mysql_facts *f)
{
	return mysql_keeps_received(f) && f->received.seq > f->last.seq
	    ? f->received
	    : f->last;
}

static uint64_t
mysql_unapplied(const struct mysql_facts *f)
{
	uint64_t n = f->dialect == DIALECT_MARIADB
	    ? mysql_head(f).seq - f->last.seq
	    : f->n_received;

	if (!mysql_keeps_received(f))
		return 0;
	return n == 0 || f->upstream.is_applying ? n : MYSQL_NEVER_APPLIED;
}

bool
mysql_is_applied(const struct mysql_facts *facts)
{
	return facts->dialect == DIALECT_MARIADB
	    ? facts->received.seq <= facts->last.seq
	    : facts->n_received == 0;
}

/* The last one of another server before that; seq 0 if there is none. */
static struct gtid
mysql_before(const struct mysql_facts *f, const struct gtid *gtid)
{
	struct gtid found = { .domain = f->domain };

	for (unsigned i = 0; i <= f->n_servers; i++) {
		const struct gtid *g =
		    i < f->n_servers ? &f->servers[i] : &f->last;

		if (g->server != gtid->server && g->seq < gtid->seq &&
		    g->seq > found.seq)
			found = *g;
	}
	return found;
}

/*
 * The reign that wrote it, as far as its log tells.  A node that has received
 * the end of one reign and not applied it can't know where the next began:
 * there the cluster's word is taken, where it does not contradict the log.
 */
static struct reign
mysql_reign(const struct mysql_facts *f, const struct gtid *gtid,
    const struct lineage *known)
{
	const char *const names[] = { known->history, known->history_prev };
	struct reign own = { gtid->domain, gtid->server,
		mysql_before(f, gtid).seq };
	struct reign told;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (reign_parse(&told, names[i]) && told.domain == own.domain &&
		    told.server == own.server && told.fork >= own.fork &&
		    told.fork < gtid->seq)
			return told;
	return own;
}

/* What came before its reign. */
static void
mysql_report_fork(struct report *r, const struct mysql_facts *f,
    const struct reign *reign, const struct lineage *known)
{
	const struct gtid first = { reign->domain, reign->server,
		reign->fork + 1 };
	struct gtid before = mysql_before(f, &first);
	struct reign prev;

	if (reign->fork == 0)
		return;
	r->forked_at = reign->fork;
	if (strcmp(r->history, known->history) == 0 &&
	    known->history_prev[0] != '\0') {
		memcpy(r->history_prev, known->history_prev, HISTORY_LEN);
		return;
	}
	if (before.seq == 0)
		return;
	prev = mysql_reign(f, &before, known);
	reign_format(&prev, r->history_prev);
}

_Static_assert((int)REIGN_NAME_LEN == (int)HISTORY_LEN, "one is the other");

/*
 * A history is a reign.  That of a primary begins when the node is opened,
 * before its first transaction; a replica is of the reign of the last one
 * that it has received.
 */
static void
mysql_report_mariadb(
    struct report *r, const struct mysql_facts *f, const struct lineage *known)
{
	struct gtid head = mysql_head(f);
	struct reign reign = { f->domain, f->server, head.seq };

	r->position = head.seq;
	if (r->role == ROLE_REPLICA && head.seq == 0)
		reign.server = f->upstream.server; /* nobody wrote yet */
	else if (r->role == ROLE_REPLICA || head.server == f->server)
		reign = mysql_reign(f, &head, known);
	if (reign.server == 0)
		return;
	reign_format(&reign, r->history);
	mysql_report_fork(r, f, &reign, known);
}

bool
mysql_has_diverged(const struct mysql_facts *facts, const struct lineage *known,
    uint64_t *fork)
{
	struct reign reign;

	if (facts->dialect != DIALECT_MARIADB ||
	    !reign_parse(&reign, known->history) ||
	    reign.domain != facts->last.domain)
		return false;
	*fork = reign.fork;
	return facts->last.server != reign.server &&
	    facts->last.seq > reign.fork;
}

/* Sets have no last member: here the source's own name is the history. */
static void
mysql_report_mysql(struct report *r, const struct mysql_facts *f)
{
	r->position = f->n_executed + f->n_received;
	memcpy(r->history, r->role == ROLE_PRIMARY ? f->own : f->source,
	    HISTORY_LEN);
}

/*
 * A node that follows another is a replica, also if it can be written.  One
 * that follows nobody and is read-only is the primary that we have fenced, or
 * one that was restarted, as long as the last transaction is its own: it must
 * not be read, and follows again only by a demotion.  Else nobody knows what
 * it is: a replica of none of ours, which is never read.
 */
static enum role
mysql_role(const struct mysql_facts *f)
{
	if (f->n_upstreams > 0)
		return ROLE_REPLICA;
	return !f->is_read_only || f->was_written ? ROLE_PRIMARY : ROLE_REPLICA;
}

void
mysql_report(struct contact_result *result, const struct mysql_facts *facts,
    const struct lineage *known)
{
	struct report *r = &result->report;

	memset(r, 0, sizeof(*r));
	memset(&result->upstream, 0, sizeof(result->upstream));
	result->has_report = true;
	r->role = mysql_role(facts);
	if (facts->dialect == DIALECT_MARIADB)
		mysql_report_mariadb(r, facts, known);
	else
		mysql_report_mysql(r, facts);
	memcpy(r->instance, facts->instance, HISTORY_LEN);
	r->is_never_promoted = !facts->has_log || facts->n_upstreams > 1 ||
	    (facts->n_upstreams > 0 && !facts->upstream.has_gtid);
	if (r->role == ROLE_PRIMARY) {
		r->sync_replicas = facts->sync_replicas;
		r->is_read_only = facts->is_read_only;
		return;
	}
	result->upstream = facts->upstream.endpoint;
	r->is_linked = facts->upstream.is_receiving;
	r->unapplied = mysql_unapplied(facts);
}

/* ---- errors ---------------------------------------------------------- */

enum verdict
mysql_verdict_of_error(unsigned code)
{
	switch (code) {
	case 1044: /* access to the database denied */
	case 1045: /* wrong password */
	case 1130: /* not from this host */
	case 1142: /* a privilege of a table */
	case 1143: /* or of a column */
	case 1227: /* a privilege of the server */
	case 1251: /* a password of a kind that we can't prove */
	case 1275:
	case 1524: /* a plugin that is not loaded */
	case 1698: /* no password */
	case 1820: /* the password must be changed first */
	case 1862: /* the password has expired */
	case 3118: /* locked, of MySQL */
	case 3159: /* without TLS */
	case 4151: /* locked, of MariaDB */
		return VERDICT_LOGIN;
	default:
		return VERDICT_ALIVE;
	}
}

/* "... (111)", "... system error: 104": the last number of the text. */
int
mysql_errno_of_text(const char *text)
{
	const char *open = strrchr(text, '('), *colon;
	uint64_t value = 0;

	if (open != NULL && open[1] >= '0' && open[1] <= '9')
		value = strtoull(open + 1, NULL, 10);
	colon = strstr(text, "system error: ");
	if (colon != NULL)
		value = strtoull(colon + 14, NULL, 10);
	return value <= 4095 ? (int)value : 0;
}
