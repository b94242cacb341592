#include "maria_node.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <ftw.h>
#include <mysql.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARIA_NOBODY "65534"

enum { MARIA_ARGS_MAX = 40 };

static unsigned maria_last_error;

/* ---- programs -------------------------------------------------------- */

struct maria_command {
	char path[SITE_PATH_LEN];
	const char *argv[MARIA_ARGS_MAX];
	size_t n;
};

static bool
maria_find(const char *program, char *buf, size_t size)
{
	if (process_find(program, buf, size))
		return true;
	snprintf(buf, size, "/usr/sbin/%s", program);
	return access(buf, X_OK) == 0;
}

bool
maria_is_there(void)
{
	static const char *const programs[] = { "mariadbd",
		"mariadb-install-db", "setpriv", "cp" };
	char path[SITE_PATH_LEN];

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (!maria_find(programs[i], path, sizeof(path)))
			return false;
	return true;
}

static void
maria_add(struct maria_command *c, const char *const *args)
{
	for (size_t i = 0; args[i] != NULL; i++) {
		CHECK(c->n + 1 < MARIA_ARGS_MAX);
		c->argv[c->n++] = args[i];
	}
}

/* The server does not run as root, and what it reads is its own. */
static void
maria_begin(struct maria_command *c)
{
	static const char *const demote[] = { "setpriv",
		"--reuid=" MARIA_NOBODY, "--regid=" MARIA_NOBODY,
		"--clear-groups", "--pdeathsig=KILL", NULL };

	memset(c, 0, sizeof(*c));
	if (geteuid() == 0)
		maria_add(c, demote);
}

static void
maria_end(struct maria_command *c)
{
	char program[SITE_PATH_LEN];

	CHECK(maria_find(c->argv[0], program, sizeof(program)));
	snprintf(c->path, sizeof(c->path), "%s", program);
}

static void
maria_must(struct site *site, const char *const *args)
{
	struct maria_command c;
	char *output;
	int rc;

	maria_begin(&c);
	maria_add(&c, args);
	maria_end(&c);
	rc = process_run(site, c.path, c.argv, &output);
	if (rc != 0)
		fail_msg("%s: exit code %d: %s", args[0], rc, output);
	free(output);
}

/* ---- data ------------------------------------------------------------ */

static char maria_template[SITE_DIR_LEN];

static int
maria_remove_entry(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st; /* the signature is nftw's */
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
maria_remove(const char *path)
{
	(void)nftw(path, maria_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void
maria_remove_template(void)
{
	maria_remove(maria_template);
}

static void
maria_own(const char *path)
{
	if (geteuid() == 0)
		CHECK(chown(path, (uid_t)atoi(MARIA_NOBODY),
			  (gid_t)atoi(MARIA_NOBODY)) == 0);
}

/* Takes seconds, so it is done once; the directory goes with the program. */
static const char *
maria_make_template(struct site *site)
{
	static char datadir[SITE_PATH_LEN], tmpdir[SITE_PATH_LEN];
	const char *const args[] = { "mariadb-install-db", "--no-defaults",
		datadir, tmpdir, "--auth-root-authentication-method=normal",
		"--skip-test-db", "--skip-name-resolve",
		"--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M",
		NULL };

	if (maria_template[0] != '\0')
		return maria_template;
	snprintf(maria_template, sizeof(maria_template), "%.*s/maria-XXXXXX",
	    (int)(strrchr(site->dir, '/') - site->dir), site->dir);
	CHECK(mkdtemp(maria_template) != NULL);
	CHECK(atexit(maria_remove_template) == 0);
	maria_own(maria_template);
	snprintf(datadir, sizeof(datadir), "--datadir=%s", maria_template);
	snprintf(tmpdir, sizeof(tmpdir), "--tmpdir=%s", maria_template);
	maria_must(site, args);
	return maria_template;
}

/* The directory may be there already, as the place of a disk. */
static void
maria_copy(struct site *site, const char *from, const char *to)
{
	char all[SITE_PATH_LEN + 4];
	const char *const args[] = { "cp", "-a", all, to, NULL };

	snprintf(all, sizeof(all), "%s/.", from);
	CHECK(mkdir(to, 0700) == 0 || errno == EEXIST);
	maria_own(to);
	maria_must(site, args);
}

/* ---- the server ------------------------------------------------------ */

static void
maria_launch(struct maria_node *n)
{
	char datadir[SITE_PATH_LEN + 16], tmpdir[SITE_PATH_LEN + 16];
	char sock[SITE_PATH_LEN + 16];
	char port[16], id[24], pid[SITE_PATH_LEN + 32];
	const char *const args[] = { "mariadbd", "--no-defaults", datadir,
		tmpdir, sock, port, id, pid, "--bind-address=127.0.0.1",
		"--log-bin=bin", "--log-slave-updates", "--gtid-strict-mode=1",
		"--read-only=1", "--skip-name-resolve",
		"--performance-schema=0", "--innodb-buffer-pool-size=8M",
		"--innodb-log-file-size=4M",
		"--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1",
		"--key-buffer-size=1M", "--aria-pagecache-buffer-size=1M",
		"--slave-net-timeout=10", NULL };
	struct maria_command c;

	/* A server that starts removes what others have in a shared one. */
	snprintf(datadir, sizeof(datadir), "--datadir=%s", n->data);
	snprintf(tmpdir, sizeof(tmpdir), "--tmpdir=%s", n->data);
	snprintf(sock, sizeof(sock), "--socket=%s", n->socket);
	snprintf(port, sizeof(port), "--port=%u", (unsigned)n->port);
	snprintf(id, sizeof(id), "--server-id=%u", n->server_id);
	snprintf(pid, sizeof(pid), "--pid-file=%s/pid", n->data);
	maria_begin(&c);
	maria_add(&c, args);
	maria_add(&c, n->options);
	maria_end(&c);
	process_start(&n->process, c.path, c.argv);
}

static void
maria_wait_up(struct maria_node *n)
{
	ASSERT_WITHIN(MARIA_START_MS,
	    maria_says(n, "SELECT 1", "1") || !process_is_running(&n->process));
	if (!process_is_running(&n->process))
		fail_msg("mariadbd %s did not start: exit code %d", n->name,
		    n->process.exit_code);
}

static void
maria_node_close(struct resource *res)
{
	struct maria_node *n = container_of(res, struct maria_node, resource);

	process_kill(&n->process);
	free(n);
}

static void
maria_node_dump(struct resource *res)
{
	struct maria_node *n = container_of(res, struct maria_node, resource);
	char *status;

	site_print_tail(n->name, n->process.log, 2500);
	if (n->is_frozen || !process_is_running(&n->process))
		return;
	status = maria_ask(n,
	    "SELECT @@server_id, @@read_only, @@gtid_current_pos,"
	    " @@gtid_binlog_state, @@gtid_slave_pos");
	print_error("%s: %s\n", n->name, status != NULL ? status : "silent");
	free(status);
	status = maria_ask(n, "SHOW ALL SLAVES STATUS");
	print_error("%s\n", status != NULL ? status : "silent");
	free(status);
}

struct maria_node *
maria_node_start(struct site *site, const char *name, unsigned server_id,
    const char *const *options)
{
	struct maria_node *n = mem_new(sizeof(*n));
	const char *template = maria_make_template(site);

	n->site = site;
	n->server_id = server_id;
	n->port = site_port();
	snprintf(n->name, sizeof(n->name), "%s", name);
	for (size_t i = 0; options != NULL && options[i] != NULL; i++) {
		CHECK(i + 1 < ARRAY_LEN(n->options));
		n->options[i] = options[i];
	}
	n->resource.close = maria_node_close;
	n->resource.dump = maria_node_dump;
	site_add(site, &n->resource);
	CHECK(chmod(site->dir, 0777) == 0);
	site_path(site, n->data, "%s", name);
	site_path(site, n->socket, "%s.sock", name);
	maria_copy(site, template, n->data);
	process_init(&n->process, site, name);
	maria_launch(n);
	maria_wait_up(n);
	return n;
}

void
maria_node_crash(struct maria_node *n)
{
	process_kill(&n->process);
	n->is_frozen = false;
}

void
maria_node_stop(struct maria_node *n)
{
	process_signal(&n->process, SIGTERM);
	if (process_wait(&n->process, MARIA_START_MS) < 0)
		fail_msg("mariadbd %s does not stop", n->name);
}

void
maria_node_restart(struct maria_node *n)
{
	maria_launch(n);
	maria_wait_up(n);
}

void
maria_node_freeze(struct maria_node *n)
{
	process_signal(&n->process, SIGSTOP);
	n->is_frozen = true;
}

void
maria_node_thaw(struct maria_node *n)
{
	process_signal(&n->process, SIGCONT);
	n->is_frozen = false;
}

/* What mariadb-backup does, the short way.  It follows whom that followed. */
void
maria_node_rebuild(struct maria_node *n, struct maria_node *from)
{
	CHECK(!process_is_running(&n->process));
	maria_remove(n->data);
	maria_node_stop(from);
	maria_copy(n->site, from->data, n->data);
	maria_node_restart(from);
	maria_node_restart(n);
}

/* ---- asking ---------------------------------------------------------- */

static char *
maria_rows(MYSQL *mysql)
{
	MYSQL_RES *res = mysql_store_result(mysql);
	struct text out = TEXT_INIT;
	MYSQL_ROW row;
	char *copy;

	while (res != NULL && (row = mysql_fetch_row(res)) != NULL) {
		if (out.len > 0)
			text_add(&out, "\n");
		for (unsigned i = 0; i < mysql_num_fields(res); i++)
			text_addf(&out, "%s%s", i > 0 ? "\t" : "",
			    row[i] != NULL ? row[i] : "NULL");
	}
	mysql_free_result(res);
	copy = mem_strdup(text_cstr(&out));
	text_fini(&out);
	return copy;
}

/* Several statements between semicolons: the rows of the last. */
static char *
maria_run(MYSQL *mysql, const char *sql)
{
	char *rows = NULL;
	int rc = mysql_query(mysql, sql);

	while (rc == 0) {
		free(rows);
		rows = maria_rows(mysql);
		rc = mysql_next_result(mysql);
	}
	maria_last_error = mysql_errno(mysql);
	if (rc > 0) {
		free(rows);
		rows = NULL;
	}
	return rows;
}

static char *
maria_connect_and_run(const char *socket_path, uint16_t port, const char *user,
    const char *password, const char *sql)
{
	const unsigned protocol =
	    socket_path != NULL ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	const unsigned timeout = 10U * (unsigned)clock_slowdown();
	MYSQL *mysql = mysql_init(NULL);
	char *rows = NULL;

	CHECK(mysql != NULL);
	mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
	mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &timeout);
	if (mysql_real_connect(mysql,
		socket_path != NULL ? "localhost" : "127.0.0.1", user, password,
		NULL, port, socket_path, CLIENT_MULTI_STATEMENTS) != NULL)
		rows = maria_run(mysql, sql);
	else
		maria_last_error = mysql_errno(mysql);
	mysql_close(mysql);
	return rows;
}

char *
maria_ask(struct maria_node *n, const char *sql)
{
	return maria_connect_and_run(n->socket, 0, "root", "", sql);
}

char *
maria_ask_at(
    uint16_t port, const char *user, const char *password, const char *sql)
{
	return maria_connect_and_run(NULL, port, user, password, sql);
}

unsigned
maria_error(void)
{
	return maria_last_error;
}

void
maria_do(struct maria_node *n, const char *sql)
{
	char *rows = maria_ask(n, sql);

	if (rows == NULL)
		fail_msg("%s: error %u: %s", n->name, maria_error(), sql);
	free(rows);
}

bool
maria_says(struct maria_node *n, const char *sql, const char *want)
{
	char *rows = maria_ask(n, sql);
	bool is_so = rows != NULL && strcmp(rows, want) == 0;

	free(rows);
	return is_so;
}

bool
maria_follows(struct maria_node *n, uint16_t port)
{
	char *rows = maria_ask(n, "SHOW ALL SLAVES STATUS"), text[16];
	unsigned n_yes = 0;
	bool is_from;

	snprintf(text, sizeof(text), "\t%u\t", (unsigned)port);
	is_from = rows != NULL && strstr(rows, text) != NULL;
	for (char *at = rows; at != NULL; n_yes += at != NULL)
		at = strstr(at + (at != rows), "\tYes\t");
	free(rows);
	return is_from && n_yes >= 1;
}
