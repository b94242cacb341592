/*
 * driver.h - what the guard needs of one kind of database.
 *
 * A contact is a conversation with one node.  It does one job at a time and
 * answers each exactly once by on_done, unless it is closed first.  A contact
 * that keeps its connection open between jobs calls on_lost when the node
 * ends it: that is how a death is seen at once.  Guard thread only.
 */
#ifndef REGENT_GUARD_DRIVER_DRIVER_H
#define REGENT_GUARD_DRIVER_DRIVER_H

#include "base/endpoint.h"
#include "conf/conf.h"
#include "core/event.h"
#include "net/loop.h"

enum job_kind {
	JOB_PROBE, /* who are you: report */
	JOB_FENCE, /* refuse writes for pause_us, or until JOB_UNFENCE */
	JOB_UNFENCE,
	JOB_PROMOTE, /* become primary: report that proves it */
	JOB_DEMOTE,  /* a primary: follow target */
	JOB_REPOINT, /* a replica: follow target */
	JOB_REDIAL,  /* a replica: drop the link and dial upstream anew */
	JOB_PERSIST, /* remember the role over a restart */
	JOB_EXAMINE, /* as JOB_PROBE, and what you would not let us do */
	JOB_COUNT
};

extern const char *const job_names[JOB_COUNT];

/* The data of the cluster, as the brain knows it: "" if it does not. */
struct lineage {
	uint64_t forked_at;
	char history[HISTORY_LEN];
	char history_prev[HISTORY_LEN];
};

struct job {
	enum job_kind kind;
	usec_t timeout_us;
	usec_t pause_us;
	struct endpoint target;       /* as the node reaches it */
	struct endpoint target_at;    /* as we do, numeric; maybe unset */
	struct endpoint target_named; /* the same as configured */
	struct lineage known;
};

struct contact_result {
	enum verdict verdict; /* VERDICT_OK: the job is done */
	bool has_report;
	struct report report; /* without upstream, which is an endpoint here */
	struct endpoint upstream; /* as the node says it, maybe a name */
	bool follows_leader; /* replica: of whoever leads; upstream unset */
	bool has_admin;      /* an agent asks for this state of the node */
	enum admin_state admin;
	/* JOB_EXAMINE: a privilege is missing; the detail names it. */
	bool is_lacking;
	/* JOB_REPOINT, and JOB_DEMOTE of drivers with has_rejoin: a command is
	 * to do it, for it has data that the cluster has not, or can't be told
	 * while it runs. */
	bool needs_rejoin;
	char server[48];  /* JOB_EXAMINE: product and version, if told */
	char detail[160]; /* what the node said, for people; no secrets */
};

struct contact_ops {
	void (*on_done)(
	    void *arg, const struct contact_result *result, usec_t now);
	void (*on_lost)(void *arg, const char *detail, usec_t now);
};

/* How to reach a node; copied by open. */
struct contact_login {
	struct endpoint address; /* numeric */
	const char *host;        /* as configured, maybe a name */
	const char *user;        /* "" if none */
	const char *password;    /* "" if none */
	const char *ca_path;     /* of Patroni; "": without TLS */
	const char *database;    /* PostgreSQL's; "" if none */
	enum conf_sslmode sslmode;
	const char *ssl_ca; /* of a database; "" if none, as the others */
	const char *ssl_cert;
	const char *ssl_key;
	const char *check_path; /* asked over HTTP: up, or primary */
	const char *check_replica_path;
	const char *check_command;
	const char *const *check_env; /* of the command; NULL if none */
	const char *replication_user; /* of nodes that follow; "": as it is */
	const char *replication_password;
	bool is_synced; /* a primary shall wait for replicas (sync_replicas) */
};

struct contact;

struct driver {
	const char *name;
	bool has_roles;
	bool stalls;      /* silent while it writes its configuration for us */
	bool has_examine; /* else JOB_PROBE is all there is to ask */
	bool has_rejoin;  /* an old primary is taken back, or needs_rejoin */
	usec_t probe_gap_us; /* not asked more often, however urgent */
	usec_t silence_us;   /* a link that is alive is never quiet longer */
	usec_t unlink_us;    /* until a replica knows that its primary ended */
	struct contact *(*open)(struct loop *loop,
	    const struct contact_login *login, const struct contact_ops *ops,
	    void *arg);
	void (*start)(
	    struct contact *contact, const struct job *job, usec_t now);
	void (*close)(struct contact **contact);
};

const struct driver *driver_of(
    enum conf_protocol protocol, enum conf_check check);

/*
 * How a node of the section is asked at its numeric address, or at none;
 * borrows the strings of the configuration.
 */
struct contact_login driver_login(const struct conf_cluster *section,
    const struct conf_node *node, const struct endpoint *address);

/* Of a section: some checks tell roles only where something else promotes. */
const struct driver *driver_of_cluster(const struct conf_cluster *section);

extern const struct driver driver_tcp;
extern const struct driver driver_redis;
extern const struct driver driver_patroni;    /* only with HAVE_PATRONI */
extern const struct driver driver_http;       /* only with HAVE_CURL */
extern const struct driver driver_http_roles; /* the same */
extern const struct driver driver_exec;
extern const struct driver driver_exec_roles;
extern const struct driver driver_agent;
extern const struct driver driver_postgres; /* only with HAVE_POSTGRES */
extern const struct driver driver_mysql;    /* only with HAVE_MYSQL */

/* Of a node whose name has no address, or none that is known. */
extern const struct driver driver_absent;
extern const struct driver driver_unknown;

/* Reports a role of which nothing more is known: no position, no upstream. */
void driver_report_role(struct contact_result *result, enum role role);

/* What a failed connect (a negative errno value) says of the node. */
enum verdict driver_verdict_of_errno(int code);

#endif
