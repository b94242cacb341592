#include "conf/check_hooks.h"

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

void
check_hooks(const struct conf_cluster *c, struct report *report)
{
	check_hook(c, "promote_command", c->promote_command, report);
	check_hook(c, "fence_command", c->fence_command, report);
	check_hook(c, "rejoin_command", c->rejoin_command, report);
}
