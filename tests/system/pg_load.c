#include "pg_load.h"

#include "clock.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a connection needs to know of its options. */
struct pg_writer {
	PGconn *conn;
	usec_t timeout_us;
};

/* false: nothing came, or went, in time. */
static bool
pg_poll(PGconn *conn, short events, usec_t deadline)
{
	struct pollfd pfd = { .fd = PQsocket(conn), .events = events };
	usec_t left = deadline - clock_now();

	return left > 0 && poll(&pfd, 1, (int)(left / USEC_MS) + 1) > 0;
}

static bool
pg_log_in(PGconn *conn, usec_t deadline)
{
	PostgresPollingStatusType at = PGRES_POLLING_WRITING;

	while (at == PGRES_POLLING_WRITING || at == PGRES_POLLING_READING) {
		if (!pg_poll(conn,
			at == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			deadline))
			return false;
		at = PQconnectPoll(conn);
	}
	return at == PGRES_POLLING_OK;
}

static void *
load_postgres_open(
    const struct load_options *options, const char *host, uint16_t port)
{
	struct pg_writer *w;
	char dsn[160];
	PGconn *conn;

	snprintf(dsn, sizeof(dsn),
	    "hostaddr=%s port=%u user=app dbname=crm sslmode=disable "
	    "gssencmode=disable",
	    host, (unsigned)port);
	conn = PQconnectStart(dsn);
	if (PQstatus(conn) == CONNECTION_BAD ||
	    !pg_log_in(conn, clock_now() + options->timeout_us)) {
		PQfinish(conn);
		return NULL;
	}
	w = malloc(sizeof(*w));
	CHECK(w != NULL);
	*w = (struct pg_writer){ conn, options->timeout_us };
	return w;
}

static void
load_postgres_close(void *arg)
{
	struct pg_writer *w = arg;

	PQfinish(w->conn);
	free(w);
}

static int
load_postgres_fd(const void *arg)
{
	const struct pg_writer *w = arg;

	return PQsocket(w->conn);
}

/* The last result; NULL and *is_late when there is none in time. */
static PGresult *
pg_ask(struct pg_writer *w, const char *sql, bool *is_late)
{
	usec_t deadline = clock_now() + w->timeout_us;
	PGresult *answer = NULL, *more;

	*is_late = false;
	if (PQsendQuery(w->conn, sql) == 0)
		return NULL;
	while (PQisBusy(w->conn)) {
		if (!pg_poll(w->conn, POLLIN, deadline)) {
			*is_late = true;
			return NULL;
		}
		if (PQconsumeInput(w->conn) == 0)
			return NULL;
	}
	while ((more = PQgetResult(w->conn)) != NULL) {
		PQclear(answer);
		answer = more;
	}
	return answer;
}

static enum load_error
pg_judge(struct pg_writer *w, struct load_write *write, const PGresult *answer)
{
	const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);

	if (PQresultStatus(answer) == PGRES_COMMAND_OK)
		return LOAD_ACKED;
	snprintf(write->reply, sizeof(write->reply), "%s",
	    PQresultErrorMessage(answer));
	if (PQstatus(w->conn) == CONNECTION_BAD)
		return LOAD_CUT;
	return sqlstate != NULL && strcmp(sqlstate, "25006") == 0
	    ? LOAD_READONLY
	    : LOAD_REPLY;
}

static enum load_error
load_postgres_write(void *arg, struct load_write *write)
{
	struct pg_writer *w = arg;
	enum load_error error = LOAD_CUT;
	PGresult *answer;
	bool is_late;
	char sql[96];

	snprintf(sql, sizeof(sql), "INSERT INTO load VALUES (%u, %llu)",
	    write->writer, (unsigned long long)write->number);
	answer = pg_ask(w, sql, &is_late);
	if (answer != NULL)
		error = pg_judge(w, write, answer);
	else if (is_late)
		error = LOAD_TIMEOUT;
	PQclear(answer);
	return error;
}

static int
load_postgres_find(
    void *arg, unsigned writer, uint64_t first, unsigned n, bool *is_there)
{
	struct pg_writer *w = arg;
	PGresult *answer;
	bool is_late;
	char sql[160];
	int rc = -1;

	snprintf(sql, sizeof(sql),
	    "SELECT n FROM load WHERE w = %u AND n >= %llu AND n < %llu",
	    writer, (unsigned long long)first, (unsigned long long)(first + n));
	memset(is_there, 0, n * sizeof(*is_there));
	answer = pg_ask(w, sql, &is_late);
	if (PQresultStatus(answer) == PGRES_TUPLES_OK) {
		for (int i = 0; i < PQntuples(answer); i++)
			is_there[strtoull(PQgetvalue(answer, i, 0), NULL, 10) -
			    first] = true;
		rc = 0;
	}
	PQclear(answer);
	return rc;
}

const struct load_tongue load_postgres = {
	.open = load_postgres_open,
	.close = load_postgres_close,
	.fd = load_postgres_fd,
	.write = load_postgres_write,
	.find = load_postgres_find,
};
