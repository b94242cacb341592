#include "conf/check_hooks.h"

#include <string.h>

/* A command that is never run would be trusted all the same. */
static void
check_hook(const struct conf_cluster *c, const char *option,
    const char *command, struct report *report)
{
	struct place place = place_of_cluster(c, option);

	if (command[0] == '\0')
		return;
	if (c->failover == FAILOVER_FOLLOW)
		report_add(report, &place,
		    "found a command with failover = follow: expected none, "
		    "because something else promotes, and regent changes "
		    "nothing on the nodes");
	if (c->protocol == PROTOCOL_TCP)
		report_add(report, &place,
		    "found a command with protocol = tcp: expected a protocol "
		    "whose nodes are primaries and replicas");
}

/* Who is asked in place of the node. */
static void
check_stranger(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, "check");
	bool is_stranger = c->check == CHECK_HTTP || c->check == CHECK_EXEC ||
	    c->check == CHECK_AGENT;

	if (is_stranger && c->protocol != PROTOCOL_TCP &&
	    c->failover != FAILOVER_FOLLOW)
		report_add(report, &place,
		    "found %s with protocol = %s and failover = %s: expected "
		    "check = protocol, because to promote such a node takes "
		    "what it says itself, or failover = follow",
		    conf_check_names[c->check],
		    conf_protocol_names[c->protocol],
		    conf_failover_names[c->failover]);
	if (c->check == CHECK_AGENT && c->failover == FAILOVER_FOLLOW)
		report_add(report, &place,
		    "found agent with failover = follow: expected another, "
		    "because an agent does not say who is primary");
#ifndef HAVE_CURL
	if (c->check == CHECK_HTTP)
		report_add(report, &place,
		    "found http: expected another, because this regent was "
		    "built without libcurl");
#endif
}

static void
check_path(const struct conf_cluster *c, const char *option, const char *path,
    struct report *report)
{
	struct place place = place_of_cluster(c, option);

	if (path[0] != '/' || path[strcspn(path, " \t")] != '\0')
		report_add(report, &place,
		    "found \"%s\": expected a path without blanks that begins "
		    "with /",
		    path);
	if (c->check != CHECK_HTTP)
		report_add(report, &place,
		    "found it with check = %s: expected check = http",
		    conf_check_names[c->check]);
}

static void
check_paths(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, "check_replica_path");

	if (strcmp(c->check_path, "/") != 0)
		check_path(c, "check_path", c->check_path, report);
	if (c->check_replica_path[0] == '\0')
		return;
	check_path(c, "check_replica_path", c->check_replica_path, report);
	if (c->failover != FAILOVER_FOLLOW)
		report_add(report, &place,
		    "found it with failover = %s: expected failover = follow, "
		    "because regent can't promote such a node",
		    conf_failover_names[c->failover]);
}

static void
check_exec(const struct conf_cluster *c, struct report *report)
{
	struct place place = place_of_cluster(c, "check_command");

	if (c->check == CHECK_EXEC && c->check_command[0] == '\0')
		report_add(report, &place,
		    "found none with check = exec: expected a command");
	if (c->check != CHECK_EXEC && c->check_command[0] != '\0')
		report_add(report, &place,
		    "found a command with check = %s: expected check = exec",
		    conf_check_names[c->check]);
}

void
check_hooks(const struct conf_cluster *c, struct report *report)
{
	check_hook(c, "promote_command", c->promote_command, report);
	check_hook(c, "fence_command", c->fence_command, report);
	check_hook(c, "rejoin_command", c->rejoin_command, report);
	check_stranger(c, report);
	check_paths(c, report);
	check_exec(c, report);
}
