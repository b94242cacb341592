#include "guard/driver/driver.h"

#include <errno.h>

const char *const job_names[JOB_COUNT] = {
	[JOB_PROBE] = "probe",
	[JOB_FENCE] = "fence",
	[JOB_UNFENCE] = "unfence",
	[JOB_PROMOTE] = "promote",
	[JOB_DEMOTE] = "demote",
	[JOB_REPOINT] = "repoint",
	[JOB_REDIAL] = "redial",
	[JOB_PERSIST] = "persist",
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
	case PROTOCOL_MYSQL:
		break; /* refused by the configuration */
	case PROTOCOL_COUNT:
		break;
	}
	CHECK_NEVER("unknown protocol");
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
