#include "farm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const farm_names[FARM_NODES] = { "a", "b", "c" };

static const char *
farm_or_empty(const char *lines)
{
	return lines != NULL ? lines : "";
}

/* Options that name no weight mean equal ones. */
static unsigned
farm_weight(const struct farm_options *options, unsigned node)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < FARM_NODES; i++)
		sum += options->weight[i];
	return sum > 0 ? options->weight[node] : 1;
}

static void
farm_write(
    struct text *out, struct farm *farm, const struct farm_options *options)
{
	text_addf(out,
	    "%s\n"
	    "[cluster farm]\n"
	    "protocol = tcp\n"
	    "check_interval = 50ms\n"
	    "%s\n",
	    farm_or_empty(options->regent_lines),
	    farm_or_empty(options->cluster_lines));
	for (unsigned i = 0; i < FARM_NODES; i++)
		text_addf(out,
		    "[node farm/%s]\n"
		    "address = 127.0.0.1:%u\n"
		    "priority = %u\n"
		    "weight = %u\n"
		    "%s\n",
		    farm_names[i], (unsigned)fake_node_port(farm->node[i]),
		    300 - 100 * i, farm_weight(options, i),
		    farm_or_empty(options->node_lines));
	text_addf(out,
	    "[listen farm]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = farm\n"
	    "%s\n",
	    (unsigned)farm->port, farm_or_empty(options->listen_lines));
}

void
farm_configure(
    struct farm *farm, const struct farm_options *options, const char *more)
{
	struct text ini = TEXT_INIT;

	farm_write(&ini, farm, options);
	text_add(&ini, more);
	if (farm->daemon == NULL)
		farm->daemon = daemon_new(farm->site, "%s", text_cstr(&ini));
	else
		daemon_configure(farm->daemon, "%s", text_cstr(&ini));
	text_fini(&ini);
}

void
farm_open(
    struct farm *farm, struct site *site, const struct farm_options *options)
{
	memset(farm, 0, sizeof(*farm));
	farm->site = site;
	farm->port = site_port();
	for (unsigned i = 0; i < FARM_NODES; i++) {
		farm->node[i] =
		    fake_node_start(site, farm_names[i], options->kind);
		if (options->is_down)
			fake_node_down(farm->node[i]);
	}
	farm_configure(farm, options, "");
	daemon_launch(farm->daemon);
	for (unsigned i = 0; i < FARM_NODES && !options->is_down; i++)
		farm_wait_up(farm, i);
}

static bool
farm_health_is(struct farm *farm, unsigned node, const char *want)
{
	return strcmp(daemon_node_field(
			  farm->daemon, "farm", farm_names[node], "health"),
		   want) == 0;
}

void
farm_wait_up(struct farm *farm, unsigned node)
{
	ASSERT_WITHIN(FARM_SETTLE_MS, farm_health_is(farm, node, "UP"));
}

void
farm_wait_down(struct farm *farm, unsigned node)
{
	ASSERT_WITHIN(FARM_SETTLE_MS, farm_health_is(farm, node, "DOWN"));
}

int
farm_greet(struct farm *farm, int *fdp, int ms)
{
	char name[16];

	*fdp = client_open(farm->port);
	if (!client_read_line(*fdp, name, sizeof(name), ms))
		return -1;
	for (int i = 0; i < FARM_NODES; i++)
		if (strcmp(name, farm_names[i]) == 0)
			return i;
	fail_msg("greeted by %s", name);
	return -1;
}

int
farm_ask(struct farm *farm)
{
	int fd, node;

	node = farm_greet(farm, &fd, FARM_SETTLE_MS);
	close(fd);
	return node;
}
