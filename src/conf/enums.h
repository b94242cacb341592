/*
 * enums.h - what options of type ENUM may be, and how it is written.
 */
#ifndef REGENT_CONF_ENUMS_H
#define REGENT_CONF_ENUMS_H

enum conf_protocol {
	PROTOCOL_TCP,
	PROTOCOL_REDIS,
	PROTOCOL_POSTGRES,
	PROTOCOL_MYSQL, /* also MariaDB */
	PROTOCOL_COUNT
};

enum conf_failover {
	FAILOVER_AUTO,
	FAILOVER_FOLLOW,
	FAILOVER_MANUAL,
	FAILOVER_COUNT
};

/* How a database is logged into, in libpq's words. */
enum conf_sslmode {
	SSLMODE_DISABLE,
	SSLMODE_PREFER,
	SSLMODE_REQUIRE,
	SSLMODE_VERIFY_CA,
	SSLMODE_VERIFY_FULL,
	SSLMODE_COUNT
};

enum conf_check {
	CHECK_PROTOCOL,
	CHECK_PATRONI,
	CHECK_HTTP,
	CHECK_EXEC,
	CHECK_AGENT,
	CHECK_COUNT
};

enum conf_mode { MODE_TCP, MODE_COUNT };

enum conf_route { ROUTE_PRIMARY, ROUTE_REPLICA, ROUTE_ANY, ROUTE_COUNT };

enum conf_accel { ACCEL_OFF, ACCEL_AUTO, ACCEL_COUNT };

enum conf_balance {
	BALANCE_LEASTSESS,
	BALANCE_ROUNDROBIN,
	BALANCE_SOURCE,
	BALANCE_RANDOM2,
	BALANCE_FIRST,
	BALANCE_COUNT
};

extern const char *const conf_protocol_names[PROTOCOL_COUNT];
extern const char *const conf_sslmode_names[SSLMODE_COUNT];
extern const char *const conf_failover_names[FAILOVER_COUNT];
extern const char *const conf_check_names[CHECK_COUNT];
extern const char *const conf_mode_names[MODE_COUNT];
extern const char *const conf_route_names[ROUTE_COUNT];
extern const char *const conf_balance_names[BALANCE_COUNT];
extern const char *const conf_accel_names[ACCEL_COUNT];

#endif
