#include "deserted.h"

void
deserted_open(struct deserted *d, struct site *site, const char *protocol,
    const char *options)
{
	d->port = site_port();
	d->daemon = daemon_start(site,
	    "workers = 1\n"
	    "[cluster crm]\n"
	    "protocol = %s\n"
	    "user = regent\n"
	    "password = secret\n"
	    "failover = follow\n"
	    "check_interval = 50ms\n"
	    "[node crm/a]\n"
	    "address = 127.0.0.1:%u\n"
	    "[node crm/b]\n"
	    "address = 127.0.0.1:%u\n"
	    "[listen crm-write]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = crm\n"
	    "%s\n",
	    protocol, (unsigned)site_port(), (unsigned)site_port(),
	    (unsigned)d->port, options);
	ASSERT_WITHIN(10000, daemon_node_is_down(d->daemon, "a"));
	ASSERT_WITHIN(10000, daemon_node_is_down(d->daemon, "b"));
}

long long
deserted_count(struct deserted *d, const char *column)
{
	return daemon_stat(d->daemon, "crm-write", column);
}
