#include "pg_node.h"

#include "base/mem.h"
#include "base/text.h"
#include "disk.h"
#include "pg_tool.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a server that does not answer is waited for. */
#define PG_NODE_ANSWER "2"

/* ---- asking ---------------------------------------------------------- */

static PGconn *
pg_login(uint16_t port, const char *user, const char *database)
{
	char dsn[160];
	PGconn *conn;

	snprintf(dsn, sizeof(dsn),
	    "hostaddr=127.0.0.1 port=%u user=%s dbname=%s sslmode=disable "
	    "gssencmode=disable",
	    (unsigned)port, user, database);
	conn = PQconnectdb(dsn);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	PQfinish(conn);
	return NULL;
}

PGconn *
pg_connect(uint16_t port)
{
	return pg_login(port, "app", "crm");
}

/* Of an answer: its first cell, or why there is none. */
static char *
pg_take(PGresult *answer)
{
	char *cell = NULL;

	switch (PQresultStatus(answer)) {
	case PGRES_COMMAND_OK:
		cell = mem_strdup("");
		break;
	case PGRES_TUPLES_OK:
		cell = mem_strdup(PQntuples(answer) > 0 && PQnfields(answer) > 0
			? PQgetvalue(answer, 0, 0)
			: "");
		break;
	default:
		break;
	}
	PQclear(answer);
	return cell;
}

char *
pg_query(uint16_t port, const char *sql)
{
	PGconn *conn = pg_connect(port);
	char *cell = conn != NULL ? pg_take(PQexec(conn, sql)) : NULL;

	PQfinish(conn);
	return cell;
}

static void
pg_node_disconnect(struct pg_node *node)
{
	PQfinish(node->conn);
	node->conn = NULL;
}

/* A frozen server must not freeze the test: the answer has a deadline. */
static bool
pg_node_await(PGconn *conn)
{
	usec_t deadline = clock_deadline(PG_NODE_MS);

	while (PQconsumeInput(conn) == 1) {
		if (!PQisBusy(conn))
			return true;
		if (!clock_step(deadline))
			return false;
	}
	return false;
}

static char *
pg_node_ask(struct pg_node *node, const char *sql)
{
	PGresult *answer, *more;

	if (node->conn == NULL)
		node->conn = pg_login(node->port, "postgres", "postgres");
	if (node->conn == NULL)
		return NULL;
	if (PQsendQuery(node->conn, sql) == 0 || !pg_node_await(node->conn)) {
		pg_node_disconnect(node);
		return NULL;
	}
	answer = PQgetResult(node->conn);
	while ((more = PQgetResult(node->conn)) != NULL) {
		PQclear(answer);
		answer = more;
	}
	if (PQstatus(node->conn) == CONNECTION_BAD)
		pg_node_disconnect(node);
	return pg_take(answer);
}

static PRINTF_LIKE(2, 0) char *pg_node_vask(
    struct pg_node *node, const char *fmt, va_list ap)
{
	char *sql, *cell;

	CHECK(vasprintf(&sql, fmt, ap) >= 0);
	cell = pg_node_ask(node, sql);
	free(sql);
	return cell;
}

char *
pg_node_query(struct pg_node *node, const char *fmt, ...)
{
	va_list ap;
	char *cell;

	va_start(ap, fmt);
	cell = pg_node_vask(node, fmt, ap);
	va_end(ap);
	return cell;
}

void
pg_node_must(struct pg_node *node, const char *fmt, ...)
{
	va_list ap;
	char *cell;

	va_start(ap, fmt);
	cell = pg_node_vask(node, fmt, ap);
	va_end(ap);
	if (cell == NULL)
		fail_msg(
		    "%s: %s: %s", node->name, fmt, PQerrorMessage(node->conn));
	free(cell);
}

bool
pg_node_says(struct pg_node *node, const char *sql, const char *want)
{
	char *cell = pg_node_ask(node, sql);
	bool is_so = cell != NULL && strcmp(cell, want) == 0;

	free(cell);
	return is_so;
}

bool
pg_node_is_primary(struct pg_node *node)
{
	return pg_node_says(node, "SELECT pg_is_in_recovery()", "f");
}

bool
pg_node_follows(struct pg_node *node, const struct pg_node *primary)
{
	char want[16];

	snprintf(want, sizeof(want), "%u", (unsigned)primary->port);
	return pg_node_says(node,
	    "SELECT sender_port FROM pg_stat_wal_receiver "
	    "WHERE status = 'streaming'",
	    want);
}

/* ---- the directory that all nodes are copies of ---------------------- */

static int
pg_remove_entry(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st; /* the signature is nftw's */
	(void)type;
	(void)ftw;
	return remove(path);
}

static char *
pg_template_dir(void)
{
	static char dir[SITE_DIR_LEN];

	return dir;
}

static void
pg_template_remove(void)
{
	nftw(pg_template_dir(), pg_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void
pg_copy(struct site *site, const char *from, const char *to)
{
	char all[SITE_PATH_LEN + 4];
	const char *const args[] = { "cp", "-a", all, to, NULL };

	snprintf(all, sizeof(all), "%s/.", from);
	pg_tool_must(site, args);
}

static void
pg_append(const char *dir, const char *file, const char *text)
{
	char path[SITE_PATH_LEN + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "ae");
	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	CHECK(fputs(text, f) >= 0);
	CHECK(fchmod(fileno(f), 0644) == 0); /* root writes, nobody reads */
	CHECK(fclose(f) == 0);
}

static void
pg_launch(struct pg_node *node)
{
	char bin[SITE_PATH_LEN], program[SITE_PATH_LEN + 16];
	const char *const args[] = { program, "-D", node->data, NULL };

	CHECK(pg_tool_find_bin(bin, sizeof(bin)));
	snprintf(program, sizeof(program), "%s/postgres", bin);
	pg_tool_start(&node->process, args);
}

static bool
pg_node_answers(struct pg_node *node)
{
	return pg_node_says(node, "SELECT 1", "1");
}

/*
 * What is left of a server that was killed may hold its memory a moment
 * longer; the new one refuses to start then.
 */
static void
pg_node_launch(struct pg_node *node)
{
	usec_t deadline = clock_deadline(PG_NODE_MS);

	do {
		if (!process_is_running(&node->process))
			pg_launch(node);
		if (pg_node_answers(node))
			return;
	} while (clock_step(deadline));
	fail_msg("node %s did not start", node->name);
}

static void
pg_initdb(struct site *site, const char *data)
{
	char bin[SITE_PATH_LEN], program[SITE_PATH_LEN + 16];
	const char *const args[] = { program, "-D", data, "-U", "postgres",
		"-A", "trust", "-N", "--data-checksums", "-E", "UTF8",
		"--locale=C", NULL };

	CHECK(pg_tool_find_bin(bin, sizeof(bin)));
	snprintf(program, sizeof(program), "%s/initdb", bin);
	pg_tool_must(site, args);
	pg_append(data, "postgresql.conf",
	    "listen_addresses = '127.0.0.1'\n"
	    "unix_socket_directories = ''\n"
	    "shared_buffers = 16MB\n"
	    "wal_keep_size = 128MB\n"
	    "hot_standby = on\n"
	    "wal_level = replica\n");
	pg_append(data, "pg_hba.conf.new",
	    "host all postgres 127.0.0.1/32 trust\n"
	    "host crm app 127.0.0.1/32 trust\n"
	    "host postgres regent 127.0.0.1/32 scram-sha-256\n"
	    "host replication replicator 127.0.0.1/32 scram-sha-256\n"
	    "host replication,postgres rejoin 127.0.0.1/32 scram-sha-256\n");
}

/* The files for operators are what makes the roles of the tests. */
static void
pg_run_file(struct pg_node *node, const char *path)
{
	char *sql = site_read_file(path), *cell;

	CHECK(sql[0] != '\0');
	cell = pg_node_ask(node, sql);
	if (cell == NULL)
		fail_msg("%s: %s", path, PQerrorMessage(node->conn));
	free(cell);
	free(sql);
}

static void
pg_make_roles(struct pg_node *node)
{
	pg_run_file(node, TOP_SRCDIR "/contrib/sql/postgres.sql");
	pg_run_file(node, TOP_SRCDIR "/contrib/sql/pg-rejoin.sql");
	pg_node_must(node, "SET password_encryption = 'scram-sha-256'");
	pg_node_must(
	    node, "ALTER ROLE regent PASSWORD %s", "'a secret''s \\ name'");
	pg_node_must(
	    node, "ALTER ROLE rejoin PASSWORD '%s'", PG_REJOIN_PASSWORD);
	pg_node_must(node,
	    "CREATE ROLE replicator LOGIN REPLICATION PASSWORD %s",
	    "'copy = it'''");
	pg_node_must(node, "CREATE ROLE app LOGIN");
	pg_node_must(node, "CREATE DATABASE crm OWNER app");
}

static void
pg_node_init(struct pg_node *node, struct site *site, const char *name)
{
	snprintf(node->name, sizeof(node->name), "%s", name);
	node->site = site;
	node->port = site_port();
	process_init(&node->process, site, node->name);
}

/* Runs once as a server of its own, to get its roles. */
static void
pg_template_make(struct site *site, const char *data)
{
	struct pg_node node = { 0 };
	char conf[64], from[SITE_PATH_LEN + 32], to[SITE_PATH_LEN + 32];

	pg_initdb(site, data);
	snprintf(from, sizeof(from), "%s/pg_hba.conf.new", data);
	snprintf(to, sizeof(to), "%s/pg_hba.conf", data);
	CHECK(rename(from, to) == 0);
	pg_node_init(&node, site, "template");
	snprintf(node.data, sizeof(node.data), "%s", data);
	snprintf(conf, sizeof(conf), "port = %u\nfsync = off\n",
	    (unsigned)node.port);
	pg_append(data, "postgresql.conf", conf);
	pg_node_launch(&node);
	pg_make_roles(&node);
	pg_node_stop(&node);
}

static void
pg_template_make_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = pg_template_dir();

	snprintf(dir, SITE_DIR_LEN, "%.40s/regent-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	CHECK(mkdtemp(dir) != NULL);
	CHECK(chmod(dir, 0755) == 0);
	CHECK(atexit(pg_template_remove) == 0);
}

/* The template; made at the first call, removed when the program ends. */
static const char *
pg_template(struct site *site)
{
	static char data[SITE_PATH_LEN];
	static bool is_made;

	if (is_made)
		return data;
	if (data[0] == '\0')
		pg_template_make_dir();
	else /* it was begun by a test that failed */
		nftw(data, pg_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	snprintf(data, sizeof(data), "%s/data", pg_template_dir());
	pg_tool_make_dir(data);
	pg_template_make(site, data);
	is_made = true;
	return data;
}

/* ---- the node -------------------------------------------------------- */

bool
pg_node_is_there(void)
{
	char path[SITE_PATH_LEN];

	return process_find("setpriv", path, sizeof(path)) &&
	    pg_tool_find_bin(path, sizeof(path));
}

void
pg_node_make_standby(struct pg_node *node, const struct pg_node *primary)
{
	char line[256];

	snprintf(line, sizeof(line),
	    "primary_conninfo = 'host=127.0.0.1 port=%u user=replicator "
	    "application_name=%s password=''copy = it\\\\'''''\n",
	    (unsigned)primary->port, node->name);
	pg_append(node->data, "postgresql.auto.conf", line);
	pg_append(node->data, "standby.signal", "");
}

static void
pg_node_write(struct pg_node *node, const struct pg_node_options *options)
{
	struct text conf = TEXT_INIT;

	text_addf(&conf, "port = %u\nfsync = %s\ncluster_name = %s\n%s\n",
	    (unsigned)node->port, options->is_durable ? "on" : "off",
	    node->name, options->lines != NULL ? options->lines : "");
	pg_append(node->data, "postgresql.conf", text_cstr(&conf));
	text_fini(&conf);
	if (options->primary != NULL)
		pg_node_make_standby(node, options->primary);
}

/* Its children, which a signal to itself does not reach. */
static void
pg_node_signal_children(struct pg_node *node, int sig)
{
	char path[64];
	char *children, *at, *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)node->process.pid, (int)node->process.pid);
	children = site_read_file(path);
	for (at = children;; at = end) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		(void)kill((pid_t)pid, sig); /* one that has ended: as well */
	}
	free(children);
}

void
pg_node_freeze(struct pg_node *node)
{
	process_signal(&node->process, SIGSTOP); /* first: it makes no more */
	pg_node_signal_children(node, SIGSTOP);
}

void
pg_node_resume(struct pg_node *node)
{
	pg_node_signal_children(node, SIGCONT);
	process_signal(&node->process, SIGCONT);
}

void
pg_node_kill(struct pg_node *node)
{
	process_kill(&node->process);
	pg_node_disconnect(node);
}

void
pg_node_stop(struct pg_node *node)
{
	process_signal(&node->process, SIGINT);
	if (process_wait(&node->process, PG_NODE_MS) != 0)
		fail_msg("node %s did not stop", node->name);
	pg_node_disconnect(node);
}

/* The server as its files tell of it, whoever started it. */
void
pg_node_adopt(struct pg_node *node)
{
	char path[SITE_PATH_LEN + 32];
	char *file;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/postmaster.pid", node->data);
	file = site_read_file(path);
	pid = (pid_t)atoi(file);
	free(file);
	if (pid <= 1 || pid == node->process.pid)
		return;
	(void)process_is_running(&node->process); /* buries the old one */
	if (node->process.pid == 0)
		node->process.pid = pid;
	pg_node_disconnect(node);
}

static void
pg_node_dump(struct resource *res)
{
	struct pg_node *node = container_of(res, struct pg_node, resource);

	site_print_tail(node->name, node->process.log, 3000);
}

static void
pg_node_close(struct resource *res)
{
	struct pg_node *node = container_of(res, struct pg_node, resource);

	pg_node_disconnect(node);
	pg_node_adopt(node);
	if (process_is_running(&node->process)) {
		pg_node_resume(node); /* what is frozen does not end */
		process_signal(&node->process, SIGQUIT);
		(void)process_wait(&node->process, PG_NODE_MS);
	}
	process_kill(&node->process);
	free(node);
}

struct pg_node *
pg_node_start(struct site *site, const struct pg_node_options *options)
{
	const char *template = pg_template(site);
	struct pg_node *node = mem_new(sizeof(*node));
	char dir[SITE_PATH_LEN]; /* pg-rejoin writes beside the data */

	CHECK(chmod(site->dir, 0755) == 0);
	pg_node_init(node, site, options->name);
	site_path(site, dir, "%s", node->name);
	site_path(site, node->data, "%s/data", node->name);
	pg_tool_make_dir(dir);
	if (options->disk_mib > 0) /* goes after the node */
		node->disk = disk_mount(site, dir, options->disk_mib);
	node->resource.dump = pg_node_dump;
	node->resource.close = pg_node_close;
	site_add(site, &node->resource);
	pg_tool_make_dir(node->data);
	pg_copy(site, template, node->data);
	pg_node_write(node, options);
	pg_node_launch(node);
	if (options->primary != NULL)
		ASSERT_WITHIN(
		    PG_NODE_MS, pg_node_follows(node, options->primary));
	return node;
}

void
pg_node_restart(struct pg_node *node)
{
	pg_node_launch(node);
}

void
pg_node_begin_restart(struct pg_node *node)
{
	pg_launch(node);
}
