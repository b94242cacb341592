#include "guard/driver/driver.h"

#include <errno.h>
#include <stdio.h>

const char *const job_names[JOB_COUNT] = {
	[JOB_PROBE] = "probe",
	[JOB_FENCE] = "fence",
	[JOB_UNFENCE] = "unfence",
	[JOB_PROMOTE] = "promote",
	[JOB_DEMOTE] = "demote",
	[JOB_REPOINT] = "repoint",
	[JOB_REDIAL] = "redial",
	[JOB_PERSIST] = "persist",
	[JOB_EXAMINE] = "examine",
};

static const struct driver *
driver_of_patroni(void)
{
#ifdef HAVE_PATRONI
	return &driver_patroni;
#else
	CHECK_NEVER("check = patroni, which the configuration refuses");
#endif
}

static const struct driver *
driver_of_http(bool has_roles)
{
#ifdef HAVE_CURL
	return has_roles ? &driver_http_roles : &driver_http;
#else
	(void)has_roles;
	CHECK_NEVER("check = http, which the configuration refuses");
#endif
}

const struct driver *
driver_of_cluster(const struct conf_cluster *section)
{
	bool has_roles = section->failover == FAILOVER_FOLLOW;

	switch (section->check) {
	case CHECK_HTTP:
		return driver_of_http(has_roles);
	case CHECK_EXEC:
		return has_roles ? &driver_exec_roles : &driver_exec;
	case CHECK_AGENT:
		return &driver_agent;
	case CHECK_PROTOCOL:
	case CHECK_PATRONI:
	case CHECK_COUNT:
		break;
	}
	return driver_of(section->protocol, section->check);
}

static const struct driver *
driver_of_postgres(void)
{
#ifdef HAVE_POSTGRES
	return &driver_postgres;
#else
	CHECK_NEVER("protocol = postgres, which the configuration refuses");
#endif
}

static const struct driver *
driver_of_mysql(void)
{
#ifdef HAVE_MYSQL
	return &driver_mysql;
#else
	CHECK_NEVER("protocol = mysql, which the configuration refuses");
#endif
}

const struct driver *
driver_of(enum conf_protocol protocol, enum conf_check check)
{
	if (check == CHECK_PATRONI)
		return driver_of_patroni();
	switch (protocol) {
	case PROTOCOL_TCP:
		return &driver_tcp;
	case PROTOCOL_REDIS:
		return &driver_redis;
	case PROTOCOL_POSTGRES:
		return driver_of_postgres();
	case PROTOCOL_MYSQL:
		return driver_of_mysql();
	case PROTOCOL_COUNT:
		break;
	}
	CHECK_NEVER("unknown protocol");
}

/* Beside the database, where something else tells of it. */
static struct endpoint
driver_asked(const struct conf_cluster *section, const struct conf_node *node,
    const struct endpoint *address)
{
	struct endpoint asked = *address;

	if (endpoint_is_set(&asked) &&
	    (section->check == CHECK_PATRONI || section->check == CHECK_HTTP ||
		section->check == CHECK_AGENT))
		asked.port =
		    (uint16_t)(node->check_port > 0 ? node->check_port
						    : section->check_port);
	return asked;
}

struct contact_login
driver_login(const struct conf_cluster *section, const struct conf_node *node,
    const struct endpoint *address)
{
	return (struct contact_login){
		.address = driver_asked(section, node, address),
		.host = node->address.host,
		.user = section->user,
		.password = section->password,
		.ca_path = section->check_ca,
		.database = section->database,
		.sslmode = section->sslmode,
		.ssl_ca = section->ssl_ca,
		.ssl_cert = section->ssl_cert,
		.ssl_key = section->ssl_key,
		.check_path = section->check_path,
		.check_replica_path = section->check_replica_path,
		.check_command = section->check_command,
		.replication_user = section->replication_user,
		.replication_password = section->replication_password,
		.is_synced = section->sync_replicas > 0,
	};
}

/*
 * One history for all: whoever says that it is a replica is one of whoever
 * says that it is the primary.
 */
void
driver_report_role(struct contact_result *result, enum role role)
{
	struct report *r = &result->report;

	result->has_report = true;
	r->role = role;
	r->is_linked = role == ROLE_REPLICA;
	r->link_idle_us = USEC_NEVER;
	snprintf(r->history, sizeof(r->history), "check");
	result->follows_leader = role == ROLE_REPLICA;
}

enum verdict
driver_verdict_of_errno(int code)
{
	switch (-code) {
	case ECONNREFUSED:
		return VERDICT_REFUSED;
	case ECONNRESET:
	case EPIPE:
		return VERDICT_CLOSED;
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
		return VERDICT_UNREACHABLE;
	default:
		/* EMFILE, ENOBUFS, EADDRNOTAVAIL...: our own trouble. */
		return VERDICT_LOCAL;
	}
}
