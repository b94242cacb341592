#include "maria_load.h"

#include "clock.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Errors of the server, and of the library for a connection that ended. */
enum {
	MARIA_READ_ONLY = 1290,
	MARIA_SHUTDOWN = 1053,
	MARIA_KILLED = 1927,
	MARIA_GONE = 2006,
	MARIA_LOST = 2013,
};

struct maria_writer {
	MYSQL *mysql;
	usec_t timeout_us;
};

static void *
load_mariadb_open(
    const struct load_options *options, const char *host, uint16_t port)
{
	const unsigned protocol = MYSQL_PROTOCOL_TCP,
		       seconds =
			   (unsigned)((options->timeout_us + USEC_SEC - 1) /
			       USEC_SEC);
	MYSQL *mysql = mysql_init(NULL);
	struct maria_writer *w;

	CHECK(mysql != NULL);
	mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);
	if (mysql_real_connect(
		mysql, host, "app", "app", "app", port, NULL, 0) == NULL) {
		mysql_close(mysql);
		return NULL;
	}
	w = malloc(sizeof(*w));
	CHECK(w != NULL);
	*w = (struct maria_writer){ mysql, options->timeout_us };
	return w;
}

static void
load_mariadb_close(void *arg)
{
	struct maria_writer *w = arg;

	mysql_close(w->mysql);
	free(w);
}

static int
load_mariadb_fd(const void *arg)
{
	const struct maria_writer *w = arg;

	return mysql_get_socket(w->mysql);
}

static enum load_error
maria_judge(struct maria_writer *w, struct load_write *write, usec_t took)
{
	snprintf(
	    write->reply, sizeof(write->reply), "%s", mysql_error(w->mysql));
	switch (mysql_errno(w->mysql)) {
	case MARIA_READ_ONLY:
		return LOAD_READONLY;
	case MARIA_SHUTDOWN:
	case MARIA_KILLED:
	case MARIA_GONE:
	case MARIA_LOST:
		return took >= w->timeout_us ? LOAD_TIMEOUT : LOAD_CUT;
	default:
		return LOAD_REPLY;
	}
}

static enum load_error
load_mariadb_write(void *arg, struct load_write *write)
{
	struct maria_writer *w = arg;
	usec_t from = clock_now();
	char sql[96];

	snprintf(sql, sizeof(sql), "INSERT INTO app.load VALUES (%u, %llu)",
	    write->writer, (unsigned long long)write->number);
	if (mysql_query(w->mysql, sql) == 0)
		return LOAD_ACKED;
	return maria_judge(w, write, clock_now() - from);
}

static int
load_mariadb_find(
    void *arg, unsigned writer, uint64_t first, unsigned n, bool *is_there)
{
	struct maria_writer *w = arg;
	MYSQL_RES *rows;
	MYSQL_ROW row;
	char sql[160];

	snprintf(sql, sizeof(sql),
	    "SELECT n FROM app.load WHERE w = %u AND n >= %llu AND n < %llu",
	    writer, (unsigned long long)first, (unsigned long long)(first + n));
	memset(is_there, 0, n * sizeof(*is_there));
	if (mysql_query(w->mysql, sql) != 0)
		return -1;
	rows = mysql_store_result(w->mysql);
	if (rows == NULL)
		return -1;
	while ((row = mysql_fetch_row(rows)) != NULL)
		is_there[strtoull(row[0], NULL, 10) - first] = true;
	mysql_free_result(rows);
	return 0;
}

const struct load_tongue load_mariadb = {
	.open = load_mariadb_open,
	.close = load_mariadb_close,
	.fd = load_mariadb_fd,
	.write = load_mariadb_write,
	.find = load_mariadb_find,
};
