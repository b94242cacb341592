#include "maria_farm.h"

#include "base/mem.h"
#include "base/text.h"
#include "disk.h"
#include "maria_load.h"
#include "writers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MARIA_SQL TOP_SRCDIR "/contrib/sql/mariadb.sql"

static const struct maria_options maria_no_options;

/* ---- nodes ----------------------------------------------------------- */

/* What a user of regent runs: contrib/sql/mariadb.sql, as it is. */
static void
maria_farm_grant_regent(struct maria_node *n, const char *before)
{
	char *sql = site_read_file(MARIA_SQL);
	struct text both = TEXT_INIT;

	if (sql[0] == '\0')
		fail_msg("%s can't be read", MARIA_SQL);
	text_addf(&both, "%s%s", before, sql);
	maria_do(n, text_cstr(&both));
	text_fini(&both);
	free(sql);
}

static void
maria_farm_grant(struct maria_node *primary)
{
	maria_farm_grant_regent(primary, "");
	maria_do(primary,
	    "CREATE USER app@'%' IDENTIFIED BY 'app';"
	    "CREATE DATABASE app;"
	    "GRANT ALL ON app.* TO app@'%';"
	    "CREATE TABLE app.t (k VARCHAR(40) PRIMARY KEY, v BIGINT)"
	    " ENGINE = InnoDB;" MARIA_LOAD_TABLE);
}

static void
maria_farm_follow(struct maria_node *n, const struct maria_node *primary)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
	    "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %u,"
	    " MASTER_USER = 'replication', MASTER_PASSWORD = 'change-me-too',"
	    " MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;"
	    "START SLAVE",
	    (unsigned)primary->port);
	maria_do(n, sql);
}

/* One of them is the primary of the others. */
static void
maria_farm_replicate(
    struct maria_farm *farm, const struct maria_options *options)
{
	maria_do(farm->node[0], "SET GLOBAL read_only = 0");
	for (unsigned i = 1; i < MARIA_NODES; i++)
		maria_farm_follow(farm->node[i], farm->node[0]);
	maria_farm_grant(farm->node[0]);
	for (unsigned i = 1; i < MARIA_NODES; i++)
		ASSERT_WITHIN(MARIA_SETTLE_MS,
		    maria_says(
			farm->node[i], "SELECT COUNT(*) FROM app.t", "0"));
	if (options->is_synced)
		maria_do(farm->node[0],
		    "SET GLOBAL rpl_semi_sync_master_enabled = 1");
}

/* Room for the server and some of its log; where its data will be. */
static struct disk *
maria_farm_disk(struct site *site, const char *names, const char *name)
{
	char path[SITE_PATH_LEN];

	if (names == NULL || strstr(names, name) == NULL)
		return NULL;
	site_path(site, path, "%s", name);
	CHECK(mkdir(path, 0777) == 0 && chmod(path, 0777) == 0);
	return disk_mount(site, path, 160);
}

void
maria_farm_start_nodes(struct maria_farm *farm, struct site *site,
    const struct maria_options *options)
{
	static const char *const names[MARIA_NODES] = { "a", "b", "c" };

	if (options == NULL)
		options = &maria_no_options;
	memset(farm, 0, sizeof(*farm));
	farm->site = site;
	farm->is_synced = options->is_synced;
	if (options->small_disks != NULL)
		disk_require();
	for (unsigned i = 0; i < MARIA_NODES; i++) {
		farm->disk[i] =
		    maria_farm_disk(site, options->small_disks, names[i]);
		farm->node[i] = maria_node_start(
		    site, names[i], i + 1, options->server_options);
	}
	for (unsigned i = 0; i < MARIA_NODES && options->is_empty; i++)
		maria_farm_grant_regent(
		    farm->node[i], "SET SESSION sql_log_bin = 0;");
	if (!options->is_empty)
		maria_farm_replicate(farm, options);
	farm->write_port = site_port();
	farm->read_port = site_port();
}

/* ---- regent ---------------------------------------------------------- */

static const char *
maria_or_empty(const char *lines)
{
	return lines != NULL ? lines : "";
}

static void
maria_farm_print(struct text *out, struct maria_farm *farm,
    const struct maria_options *options)
{
	text_addf(out,
	    "workers = 2\n"
	    "%s\n"
	    "[cluster maria]\n"
	    "protocol = mysql\n"
	    "user = regent\n"
	    "password = %s\n"
	    "replication_user = replication\n"
	    "replication_password = change-me-too\n"
	    "%s\n",
	    maria_or_empty(options->regent_lines),
	    options->password != NULL ? options->password : "change-me",
	    maria_or_empty(options->cluster_lines));
	if (options->is_synced)
		text_add(out, "sync_replicas = 1\n");
	if (options->is_tls)
		text_addf(out,
		    "sslmode = verify-full\n"
		    "ssl_ca = %s/ca.pem\n",
		    farm->site->dir);
	for (unsigned i = 0; i < MARIA_NODES; i++)
		text_addf(out, "[node maria/%s]\naddress = 127.0.0.1:%u\n",
		    farm->node[i]->name, (unsigned)farm->node[i]->port);
	text_addf(out,
	    "[listen write]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = maria\n"
	    "route = primary\n"
	    "[listen read]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = maria\n"
	    "route = replica\n"
	    "primary_fallback = no\n",
	    (unsigned)farm->write_port, (unsigned)farm->read_port);
}

void
maria_farm_configure(
    struct maria_farm *farm, const struct maria_options *options)
{
	struct text ini = TEXT_INIT;

	maria_farm_print(
	    &ini, farm, options != NULL ? options : &maria_no_options);
	if (farm->daemon == NULL)
		farm->daemon = daemon_new(farm->site, "%s", text_cstr(&ini));
	else
		daemon_configure(farm->daemon, "%s", text_cstr(&ini));
	text_fini(&ini);
}

void
maria_farm_start_daemon(
    struct maria_farm *farm, const struct maria_options *options)
{
	maria_farm_configure(farm, options);
	daemon_launch(farm->daemon);
}

void
maria_farm_open(struct maria_farm *farm, struct site *site,
    const struct maria_options *options)
{
	maria_farm_start_nodes(farm, site, options);
	maria_farm_start_daemon(farm, options);
	maria_farm_wait_settled(farm, farm->node[0]);
}

/* ---- what is ---------------------------------------------------------- */

const char *
maria_farm_field(
    struct maria_farm *farm, const struct maria_node *node, const char *field)
{
	return daemon_node_field(farm->daemon, "maria", node->name, field);
}

struct maria_node *
maria_farm_primary(struct maria_farm *farm)
{
	const char *name = daemon_primary(farm->daemon, "maria");

	for (unsigned i = 0; i < MARIA_NODES; i++)
		if (strcmp(farm->node[i]->name, name) == 0 &&
		    daemon_cluster_is(farm->daemon, "maria", "phase", "STEADY"))
			return farm->node[i];
	return NULL;
}

static bool
maria_farm_has_successor(struct maria_farm *farm, const struct maria_node *old)
{
	struct maria_node *primary = maria_farm_primary(farm);

	return primary != NULL && primary != old;
}

struct maria_node *
maria_farm_wait_successor(struct maria_farm *farm, const struct maria_node *old)
{
	ASSERT_WITHIN(MARIA_SETTLE_MS, maria_farm_has_successor(farm, old));
	return maria_farm_primary(farm);
}

/* Semi-synchronous: the primary waits for replicas, and nobody else does. */
static bool
maria_farm_is_waiting(
    const struct maria_farm *farm, struct maria_node *n, bool is_primary)
{
	return !farm->is_synced ||
	    maria_says(n, "SELECT @@rpl_semi_sync_master_enabled",
		is_primary ? "1" : "0");
}

static bool
maria_farm_is_settled(struct maria_farm *farm, struct maria_node *primary)
{
	if (maria_farm_primary(farm) != primary)
		return false;
	for (unsigned i = 0; i < MARIA_NODES; i++) {
		struct maria_node *n = farm->node[i];

		if (n == primary || !process_is_running(&n->process) ||
		    n->is_frozen)
			continue;
		if (strcmp(maria_farm_field(farm, n, "read"), "yes") != 0 ||
		    !maria_follows(n, primary->port) ||
		    !maria_farm_is_waiting(farm, n, false))
			return false;
	}
	return maria_farm_is_waiting(farm, primary, true);
}

void
maria_farm_wait_settled(struct maria_farm *farm, struct maria_node *primary)
{
	ASSERT_WITHIN(MARIA_SETTLE_MS, maria_farm_is_settled(farm, primary));
}

char *
maria_farm_write(struct maria_farm *farm, const char *sql)
{
	return maria_ask_at(farm->write_port, "app", "app", sql);
}

char *
maria_farm_read(struct maria_farm *farm, const char *sql)
{
	return maria_ask_at(farm->read_port, "app", "app", sql);
}

bool
maria_farm_tells(
    struct maria_farm *farm, const struct maria_node *node, const char *text)
{
	return daemon_node_tells(farm->daemon, "maria", node->name, text);
}

/* ---- load ------------------------------------------------------------- */

struct load *
maria_farm_load(struct maria_farm *farm, unsigned n_writers, unsigned rate)
{
	const struct load_options options = {
		.tongue = &load_mariadb,
		.port = farm->write_port,
		.n_writers = n_writers,
		.rate = rate,
	};

	return writers_start(farm->site, &options);
}

uint64_t
maria_farm_count_lost(
    struct load *load, struct maria_node *node, uint64_t *acked)
{
	uint64_t lost;

	load_stop(load);
	assert_int_equal(
	    load_count_lost(load, NULL, node->port, &lost, acked), 0);
	return lost;
}

/* ---- coming back ------------------------------------------------------ */

static bool
maria_farm_is_back(struct maria_farm *farm, struct maria_node *n)
{
	struct maria_node *primary = maria_farm_primary(farm);

	return primary != NULL && maria_follows(n, primary->port) &&
	    strcmp(maria_farm_field(farm, n, "standing"), "OK") == 0;
}

static struct maria_node *
maria_farm_other(struct maria_farm *farm, const struct maria_node *than)
{
	struct maria_node *primary = maria_farm_primary(farm);

	for (unsigned i = 0; i < MARIA_NODES; i++)
		if (farm->node[i] != than && farm->node[i] != primary)
			return farm->node[i];
	fail_msg("no other replica");
	return NULL;
}

bool
maria_farm_bring_back(struct maria_farm *farm, struct maria_node *old)
{
	struct maria_node *other;

	maria_node_restart(old);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    maria_farm_is_back(farm, old) ||
		maria_farm_tells(farm, old, "diverged"));
	if (maria_farm_is_back(farm, old))
		return false;
	other = maria_farm_other(farm, old);
	maria_node_crash(old);
	maria_node_rebuild(old, other);
	ASSERT_WITHIN(MARIA_SETTLE_MS, maria_farm_is_back(farm, old));
	return true;
}
