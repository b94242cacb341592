#include "guard/driver/mysql_link.h"

#include "base/mem.h"
#include "net/sock.h"

#include <errmsg.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A deadline seen this much too late was slept over. */
#define MYSQL_LINK_LATE (50 * USEC_MS)

/* An answer of a server is a few kilobytes. */
#define MYSQL_LINK_PACKET_MAX (1024UL * 1024)

/* An operation that is told that it is late ends; in how many steps is the
 * library's affair. */
enum { MYSQL_LINK_ABORT_MAX = 32 };

/* ---- ending ---------------------------------------------------------- */

static int mysql_link_continue(struct mysql_link *l, int ready);

/* The library keeps a stack for what is under way: it has to end first. */
static void
mysql_link_abort(struct mysql_link *l)
{
	for (int i = 0; l->waits != 0; i++) {
		CHECK(i < MYSQL_LINK_ABORT_MAX);
		l->waits = mysql_link_continue(l, MYSQL_WAIT_TIMEOUT);
	}
}

void
mysql_link_close(struct mysql_link *l)
{
	watch_stop(&l->watch);
	timer_stop(&l->timer);
	if (l->mysql == NULL)
		return;
	mysql_link_abort(l);
	l->state = MYSQL_LINK_CLOSED;
	mysql_free_result(l->rows);
	l->rows = NULL;
	mysql_close(l->mysql);
	l->mysql = NULL;
	free(l->sql);
	l->sql = NULL;
}

static void
mysql_link_fail(
    struct mysql_link *l, enum verdict verdict, const char *detail, usec_t now)
{
	char copy[256]; /* the library's text goes with the connection */

	snprintf(copy, sizeof(copy), "%s", detail);
	mysql_link_close(l);
	l->ops->on_failed(l, verdict, copy, now);
}

static enum verdict
mysql_link_verdict_of_loss(const struct mysql_link *l, const char *text)
{
	int code = l->connect_error;

	/* It had let us in before: the process went away, which is another
	 * thing than a port that drops everybody. */
	if (l->was_connected)
		return VERDICT_LOST;
	/* What the library calls the error of an end is whatever errno was. */
	if (l->is_reachable)
		return VERDICT_CLOSED;
	if (code == 0)
		code = -mysql_errno_of_text(text);
	return driver_verdict_of_errno(code);
}

static enum verdict
mysql_link_verdict(const struct mysql_link *l, unsigned code, const char *text)
{
	switch (code) {
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_ERR_NET_READ:
	case CR_ERR_NET_WRITE:
		return mysql_link_verdict_of_loss(l, text);
	case CR_SSL_CONNECTION_ERROR:
	case CR_SECURE_AUTH:
	case CR_AUTH_PLUGIN_CANNOT_LOAD:
	case CR_AUTH_PLUGIN_ERR:
		return VERDICT_LOGIN;
	case CR_SOCKET_CREATE_ERROR:
	case CR_IPSOCK_ERROR:
	case CR_OUT_OF_MEMORY:
		return VERDICT_LOCAL;
	default:
		break;
	}
	/* Errors of the library begin at 2000; and MariaDB's at 4000. */
	if ((code >= CR_MIN_ERROR && code <= CR_MAX_ERROR) || code >= 5000)
		return VERDICT_GARBAGE;
	return mysql_verdict_of_error(code);
}

/* The operation under way ended by an error. */
static void
mysql_link_fail_error(struct mysql_link *l, usec_t now)
{
	unsigned code = mysql_errno(l->mysql);
	char text[256];

	if (l->connect_error != 0)
		snprintf(text, sizeof(text), "connect: %s",
		    strerror(-l->connect_error));
	else
		snprintf(text, sizeof(text), "%s (error %u)",
		    mysql_error(l->mysql), code);
	mysql_link_fail(
	    l, mysql_link_verdict(l, code, mysql_error(l->mysql)), text, now);
}

/* ---- answers --------------------------------------------------------- */

static void
mysql_link_tell_table(struct mysql_link *l, MYSQL_RES *rows, usec_t now)
{
	struct mysql_table table = { 0 };
	const MYSQL_FIELD *fields;
	const char **names, **cells;

	table.n_columns = mysql_num_fields(rows);
	table.n_rows = (unsigned)mysql_num_rows(rows);
	names = mem_new((table.n_columns + 1) * sizeof(*names));
	cells = mem_new(
	    ((size_t)table.n_columns * table.n_rows + 1) * sizeof(*cells));
	fields = mysql_fetch_fields(rows);
	for (unsigned i = 0; i < table.n_columns; i++)
		names[i] = fields[i].name;
	for (unsigned i = 0; i < table.n_rows; i++)
		memcpy(cells + i * table.n_columns, mysql_fetch_row(rows),
		    table.n_columns * sizeof(*cells));
	table.names = names;
	table.cells = cells;
	l->ops->on_table(l, &table, now);
	free(names);
	free(cells);
}

static void
mysql_link_end_connecting(struct mysql_link *l, usec_t now)
{
	if (l->connected == NULL) {
		mysql_link_fail_error(l, now);
		return;
	}
	if (l->needs_tls && mysql_get_ssl_cipher(l->mysql) == NULL) {
		mysql_link_fail(l, VERDICT_LOGIN,
		    "the server offers no TLS, which sslmode asks for", now);
		return;
	}
	l->is_reachable = true;
	l->was_connected = true;
	l->state = MYSQL_LINK_IDLE;
	l->ops->on_connected(l, mysql_get_server_info(l->mysql), now);
}

static void
mysql_link_end_asking(struct mysql_link *l, usec_t now)
{
	unsigned code = mysql_errno(l->mysql);
	const struct mysql_table empty = { 0 };
	char text[256];

	if (l->rc == 0 && mysql_field_count(l->mysql) > 0) {
		l->state = MYSQL_LINK_READING;
		l->waits = mysql_store_result_start(&l->rows, l->mysql);
	} else if (l->rc == 0) {
		l->state = MYSQL_LINK_IDLE;
		l->ops->on_table(l, &empty, now);
	} else if (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR) {
		mysql_link_fail_error(l, now);
	} else {
		l->state = MYSQL_LINK_IDLE;
		snprintf(text, sizeof(text), "%s", mysql_error(l->mysql));
		l->ops->on_refused(l, code, text, now);
	}
}

static void
mysql_link_end_reading(struct mysql_link *l, usec_t now)
{
	MYSQL_RES *rows = l->rows;

	if (rows == NULL) {
		mysql_link_fail_error(l, now);
		return;
	}
	l->rows = NULL; /* the link may be closed meanwhile */
	l->state = MYSQL_LINK_IDLE;
	mysql_link_tell_table(l, rows, now);
	mysql_free_result(rows);
}

/* ---- the turn -------------------------------------------------------- */

static int
mysql_link_continue(struct mysql_link *l, int ready)
{
	switch (l->state) {
	case MYSQL_LINK_CONNECTING:
		return mysql_real_connect_cont(&l->connected, l->mysql, ready);
	case MYSQL_LINK_ASKING:
		return mysql_real_query_cont(&l->rc, l->mysql, ready);
	case MYSQL_LINK_READING:
		return mysql_store_result_cont(&l->rows, l->mysql, ready);
	case MYSQL_LINK_CLOSED:
	case MYSQL_LINK_IDLE:
	case MYSQL_LINK_ASKED:
		break;
	}
	CHECK_NEVER("no operation is under way");
}

static void
mysql_link_wait(struct mysql_link *l, int waits)
{
	int events = 0;

	if ((waits & MYSQL_WAIT_READ) != 0)
		events |= WATCH_READ;
	if ((waits & MYSQL_WAIT_WRITE) != 0)
		events |= WATCH_WRITE;
	watch_set(&l->watch, mysql_get_socket(l->mysql), events);
}

/* What follows when nothing is waited for; false: nothing. */
static bool
mysql_link_next(struct mysql_link *l, usec_t now)
{
	switch (l->state) {
	case MYSQL_LINK_CLOSED:
		return false;
	case MYSQL_LINK_IDLE:
		mysql_link_wait(l, MYSQL_WAIT_READ); /* its end is seen */
		return false;
	case MYSQL_LINK_ASKED:
		l->state = MYSQL_LINK_ASKING;
		l->waits = mysql_real_query_start(
		    &l->rc, l->mysql, l->sql, strlen(l->sql));
		return true;
	case MYSQL_LINK_CONNECTING:
		mysql_link_end_connecting(l, now);
		return true;
	case MYSQL_LINK_ASKING:
		mysql_link_end_asking(l, now);
		return true;
	case MYSQL_LINK_READING:
		mysql_link_end_reading(l, now);
		return true;
	}
	CHECK_NEVER("unknown state");
}

/* Not by recursion: a callback that asks is served by the turn it is in. */
static void
mysql_link_turn(struct mysql_link *l, usec_t now)
{
	if (l->is_turning)
		return;
	l->is_turning = true;
	while (l->waits == 0 && mysql_link_next(l, now))
		;
	l->is_turning = false;
	if (l->waits != 0)
		mysql_link_wait(l, l->waits);
}

/*
 * Why a connect failed is known to the kernel only, and told once: before the
 * library asks.  It fails all the same, for there is no other end.
 */
static void
mysql_link_look_at_connect(struct mysql_link *l)
{
	int fd = mysql_get_socket(l->mysql);
	struct addr peer;

	if (l->state != MYSQL_LINK_CONNECTING || l->is_reachable)
		return;
	l->is_reachable = sock_peer(fd, &peer);
	if (!l->is_reachable)
		l->connect_error = sock_connect_result(fd);
}

static void
mysql_link_on_ready(struct watch *watch, int events, usec_t now)
{
	struct mysql_link *l = container_of(watch, struct mysql_link, watch);
	int ready = 0;

	if (l->state == MYSQL_LINK_IDLE) {
		mysql_link_fail(l, VERDICT_LOST, "the node closed", now);
		return;
	}
	mysql_link_look_at_connect(l);
	if ((events & WATCH_READ) != 0)
		ready |= MYSQL_WAIT_READ;
	if ((events & WATCH_WRITE) != 0)
		ready |= MYSQL_WAIT_WRITE;
	/* The library may close the descriptor, and only start anew. */
	watch_stop(&l->watch);
	l->waits = mysql_link_continue(l, ready);
	mysql_link_turn(l, now);
}

/*
 * Our own lateness is not the node's: an answer that lies in the socket
 * counts, and when the loop slept over the deadline the node gets its time
 * again.
 */
static void
mysql_link_on_deadline(struct timer *timer, usec_t now)
{
	struct mysql_link *l = container_of(timer, struct mysql_link, timer);
	bool is_late = now - timer_deadline(timer) > MYSQL_LINK_LATE;
	int events = watch_poll(&l->watch);

	if (events != 0) {
		mysql_link_on_ready(&l->watch, events, now);
		if (!mysql_link_is_open(l) || l->timeout_us == 0 ||
		    timer_is_set(timer))
			return; /* it has ended, answered, or was asked anew */
	}
	if (is_late)
		timer_set(timer, now + l->timeout_us);
	else if (l->is_reachable)
		mysql_link_fail(l, VERDICT_SILENT, "no answer in time", now);
	else
		mysql_link_fail(
		    l, VERDICT_UNREACHABLE, "no connection in time", now);
}

/* ---- for the contact ------------------------------------------------- */

void
mysql_link_init(
    struct mysql_link *l, struct loop *loop, const struct mysql_link_ops *ops)
{
	watch_init(&l->watch, loop, mysql_link_on_ready);
	timer_init(&l->timer, loop, mysql_link_on_deadline);
	l->ops = ops;
	l->state = MYSQL_LINK_CLOSED;
}

/*
 * libpq's words.  The library can't leave the name out of the verification:
 * verify-ca is as strict as verify-full.
 */
static void
mysql_link_set_tls(struct mysql_link *l, const struct contact_login *login)
{
	const my_bool is_on = 1;
	const my_bool is_verified = login->sslmode >= SSLMODE_VERIFY_CA;

	l->needs_tls = login->sslmode >= SSLMODE_REQUIRE;
	/* Newer libraries verify unless told not to. */
	mysql_options(l->mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &is_verified);
	if (login->sslmode == SSLMODE_DISABLE)
		return;
	mysql_options(l->mysql, MYSQL_OPT_SSL_ENFORCE, &is_on);
	if (login->ssl_ca[0] != '\0')
		mysql_options(l->mysql, MYSQL_OPT_SSL_CA, login->ssl_ca);
	if (login->ssl_cert[0] != '\0')
		mysql_options(l->mysql, MYSQL_OPT_SSL_CERT, login->ssl_cert);
	if (login->ssl_key[0] != '\0')
		mysql_options(l->mysql, MYSQL_OPT_SSL_KEY, login->ssl_key);
}

static void
mysql_link_set_options(struct mysql_link *l, const struct contact_login *login)
{
	const unsigned protocol = MYSQL_PROTOCOL_TCP, is_local_infile = 0;
	const unsigned long packet_max = MYSQL_LINK_PACKET_MAX;

	mysql_options(l->mysql, MYSQL_OPT_NONBLOCK, NULL);
	mysql_options(l->mysql, MYSQL_OPT_PROTOCOL, &protocol);
	/* Else a server might ask for our files. */
	mysql_options(l->mysql, MYSQL_OPT_LOCAL_INFILE, &is_local_infile);
	mysql_options(l->mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet_max);
	mysql_options(l->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(l->mysql, MYSQL_INIT_COMMAND,
	    "SET SESSION sql_mode = '', lock_wait_timeout = 3");
	mysql_options4(
	    l->mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "regent");
	mysql_link_set_tls(l, login);
}

void
mysql_link_connect(
    struct mysql_link *l, const struct contact_login *login, usec_t now)
{
	CHECK(!mysql_link_is_open(l));
	l->mysql = mysql_init(NULL);
	CHECK(l->mysql != NULL); /* memory, as mem_new */
	mysql_link_set_options(l, login);
	l->is_reachable = false;
	l->was_connected = false;
	l->connect_error = 0;
	l->state = MYSQL_LINK_CONNECTING;
	l->waits = mysql_real_connect_start(&l->connected, l->mysql,
	    login->address.host, login->user, login->password, NULL,
	    login->address.port, NULL, 0);
	mysql_link_turn(l, now);
}

bool
mysql_link_is_open(const struct mysql_link *l)
{
	return l->state != MYSQL_LINK_CLOSED;
}

void
mysql_link_ask(struct mysql_link *l, const char *sql, usec_t now)
{
	CHECK(l->state == MYSQL_LINK_IDLE);
	free(l->sql);
	l->sql = mem_strdup(sql);
	l->state = MYSQL_LINK_ASKED;
	watch_stop(&l->watch);
	mysql_link_turn(l, now);
}

void
mysql_link_set_timeout(struct mysql_link *l, usec_t timeout_us)
{
	l->timeout_us = timeout_us;
	if (timeout_us > 0)
		timer_set(&l->timer, loop_clock() + timeout_us);
	else
		timer_stop(&l->timer);
}
