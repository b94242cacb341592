#include "pg_farm.h"

#include "disk.h"
#include "pg_load.h"
#include "pg_tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct pg_options pg_farm_no_options;

/* Who owns the data may not be let into the directory of the sources. */
static void
pg_farm_copy_rejoin(struct pg_farm *farm)
{
	char *script = site_read_file(TOP_SRCDIR "/contrib/hooks/pg-rejoin");

	site_path(farm->site, farm->rejoin, "pg-rejoin");
	site_write_file(farm->rejoin, script);
	CHECK(script[0] != '\0' && chmod(farm->rejoin, 0755) == 0);
	free(script);
}

/* What pg-rejoin needs to know here; it runs as the owner of the data. */
static void
pg_farm_write_rejoin(struct pg_farm *farm)
{
	struct text conf = TEXT_INIT;
	char bin[SITE_PATH_LEN], pass[SITE_PATH_LEN], dir[SITE_PATH_LEN];

	CHECK(pg_tool_find_bin(bin, sizeof(bin)));
	site_path(farm->site, dir, "rejoin");
	pg_tool_make_dir(dir);
	site_path(farm->site, pass, "rejoin/pass");
	site_write_file(pass, "*:*:*:*:" PG_REJOIN_PASSWORD "\n");
	pg_tool_give(pass);
	text_addf(&conf,
	    "PGDATA=%s/$node/data\n"
	    "PGBIN=%s\n"
	    "PGPASSFILE=%s\n",
	    farm->site->dir, bin, pass);
	pg_farm_copy_rejoin(farm);
	site_path(farm->site, farm->rejoin_conf, "rejoin.conf");
	site_write_file(farm->rejoin_conf, text_cstr(&conf));
	text_fini(&conf);
}

/* Room for the server and some segments of its log. */
static unsigned
pg_farm_disk(const struct pg_options *options, const char *name)
{
	return options->small_disks != NULL &&
		strstr(options->small_disks, name) != NULL
	    ? 128
	    : 0;
}

void
pg_farm_start_nodes(
    struct pg_farm *farm, struct site *site, const struct pg_options *options)
{
	static const char *const names[PG_NODES] = { "a", "b", "c" };

	memset(farm, 0, sizeof(*farm));
	farm->site = site;
	if (options == NULL)
		options = &pg_farm_no_options;
	if (options->small_disks != NULL)
		disk_require();
	for (unsigned i = 0; i < PG_NODES; i++) {
		const struct pg_node_options node = {
			.name = names[i],
			.primary = farm->node[0],
			.lines = options->server_lines,
			.is_durable = options->is_durable,
			.disk_mib = pg_farm_disk(options, names[i]),
		};

		farm->node[i] = pg_node_start(site, &node);
	}
	pg_farm_write_rejoin(farm);
	farm->write_port = site_port();
	farm->read_port = site_port();
}

static const char *
pg_farm_or_empty(const char *lines)
{
	return lines != NULL ? lines : "";
}

static void
pg_farm_write(
    struct text *out, struct pg_farm *farm, const struct pg_options *options)
{
	text_addf(out,
	    "workers = 2\n"
	    "%s\n"
	    "[cluster pg]\n"
	    "protocol = postgres\n"
	    "user = regent\n"
	    "password = %s\n"
	    "%s\n",
	    pg_farm_or_empty(options->regent_lines),
	    options->password != NULL ? options->password : PG_PASSWORD,
	    pg_farm_or_empty(options->cluster_lines));
	if (options->is_rejoining)
		text_addf(out, "rejoin_command = %s -c %s\n", farm->rejoin,
		    farm->rejoin_conf);
	for (unsigned i = 0; i < PG_NODES; i++)
		text_addf(out, "[node pg/%s]\naddress = 127.0.0.1:%u\n",
		    farm->node[i]->name, (unsigned)farm->node[i]->port);
	text_addf(out,
	    "[listen write]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = pg\n"
	    "route = primary\n"
	    "[listen read]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = pg\n"
	    "route = replica\n"
	    "primary_fallback = no\n",
	    (unsigned)farm->write_port, (unsigned)farm->read_port);
}

void
pg_farm_configure(struct pg_farm *farm, const struct pg_options *options)
{
	struct text ini = TEXT_INIT;

	if (options == NULL)
		options = &pg_farm_no_options;
	pg_farm_write(&ini, farm, options);
	if (farm->daemon == NULL)
		farm->daemon = daemon_new(farm->site, "%s", text_cstr(&ini));
	else
		daemon_configure(farm->daemon, "%s", text_cstr(&ini));
	text_fini(&ini);
}

void
pg_farm_start_daemon(struct pg_farm *farm, const struct pg_options *options)
{
	pg_farm_configure(farm, options);
	daemon_launch(farm->daemon);
}

void
pg_farm_open(
    struct pg_farm *farm, struct site *site, const struct pg_options *options)
{
	pg_farm_start_nodes(farm, site, options);
	pg_farm_start_daemon(farm, options);
	pg_farm_wait_settled(farm, farm->node[0]);
}

struct load *
pg_farm_load(struct pg_farm *farm, unsigned n_writers, unsigned rate)
{
	const struct load_options options = {
		.tongue = &load_postgres,
		.port = farm->write_port,
		.n_writers = n_writers,
		.rate = rate,
		.timeout_us = 20 * USEC_SEC * clock_slowdown(),
	};
	char *made = pg_query(farm->write_port, PG_LOAD_TABLE);

	assert_non_null(made);
	free(made);
	return writers_start(farm->site, &options);
}

uint64_t
pg_farm_count_lost(struct load *load, struct pg_node *node)
{
	uint64_t lost, acked;

	if (load_count_lost(load, "127.0.0.1", node->port, &lost, &acked) != 0)
		fail_msg("node %s can't be asked", node->name);
	return lost;
}

struct pg_node *
pg_farm_primary(struct pg_farm *farm)
{
	const char *name = daemon_primary(farm->daemon, "pg");

	for (unsigned i = 0; i < PG_NODES; i++)
		if (strcmp(farm->node[i]->name, name) == 0)
			return farm->node[i];
	return NULL;
}

struct pg_node *
pg_farm_wait_successor(struct pg_farm *farm, const struct pg_node *old)
{
	struct pg_node *now = NULL;

	ASSERT_WITHIN(PG_SETTLE_MS,
	    (now = pg_farm_primary(farm)) != NULL && now != old &&
		pg_node_is_primary(now));
	return now;
}

static bool
pg_farm_is_rejoined(struct pg_node *node, struct pg_node *primary)
{
	pg_node_adopt(node);
	return process_is_running(&node->process) &&
	    pg_node_follows(node, primary);
}

void
pg_farm_wait_rejoined(struct pg_node *node, struct pg_node *primary)
{
	ASSERT_WITHIN(PG_SETTLE_MS, pg_farm_is_rejoined(node, primary));
}

static bool
pg_farm_is_settled(struct pg_farm *farm, struct pg_node *primary)
{
	if (pg_farm_primary(farm) != primary || !pg_node_is_primary(primary))
		return false;
	for (unsigned i = 0; i < PG_NODES; i++) {
		struct pg_node *node = farm->node[i];

		if (node == primary || !process_is_running(&node->process))
			continue;
		if (!pg_node_follows(node, primary) ||
		    strcmp(daemon_node_field(
			       farm->daemon, "pg", node->name, "read"),
			"yes") != 0)
			return false;
	}
	return true;
}

void
pg_farm_wait_settled(struct pg_farm *farm, struct pg_node *primary)
{
	ASSERT_WITHIN(PG_SETTLE_MS, pg_farm_is_settled(farm, primary));
}
