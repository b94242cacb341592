#include "app.h"

#include "app_private.h"
#include "app_upgrade.h"
#include "base/text.h"
#include "conf/load.h"
#include "net/notify.h"
#include "relay/relay.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APP_DRAIN_LOOK (20 * USEC_MS)
#define APP_STATUS_LOOK (500 * USEC_MS)

/* Guard and relay meet here. */

static void
app_publish(void *arg, uint64_t serial, const struct cluster_view *views,
    const struct addr (*addrs)[NODES_MAX])
{
	struct app *app = arg;

	app->serial = serial;
	memcpy(app->addrs, addrs, sizeof(app->addrs));
	relay_publish(app->relay, serial, views, addrs);
	elders_publish(
	    app->elders, serial, guard_conf(app->guard), views, addrs);
}

static uint64_t
app_acked(void *arg)
{
	struct app *app = arg;
	uint64_t ours = relay_acked(app->relay);
	uint64_t theirs = elders_acked(app->elders);

	return ours < theirs ? ours : theirs;
}

/* Reload: all of it or nothing. */

static int
app_take_conf(struct app *app, const struct conf *conf, struct err *err)
{
	int rc;

	rc = guard_may_apply(app->guard, conf, err);
	if (rc == 0)
		rc = relay_prepare(app->relay, conf, err);
	if (rc != 0)
		return rc;
	rc = log_open(conf->log, err);
	if (rc != 0) {
		relay_abandon(app->relay);
		return rc;
	}
	log_set_level(conf->log_level);
	relay_commit(app->relay);
	guard_apply(app->guard, conf);
	conf_unref(&app->conf);
	app->conf = conf_ref(conf);
	return 0;
}

static void
app_log_errors(const struct text *errors)
{
	const char *at = text_cstr(errors);

	while (*at != '\0') {
		size_t len = strcspn(at, "\n");

		log_error("reload=failed reason=\"%.*s\"", (int)len, at);
		at += len + (at[len] == '\n');
	}
	log_error("reload=failed action=\"the old configuration stays in "
		  "force\"");
}

/* Returns 0, or -1 with one line an error; logs what came of it. */
static int
app_reload(void *arg, struct text *errors)
{
	struct app *app = arg;
	const struct conf *conf;
	struct err err;
	int rc = -1;

	if (app->handover != NULL || app->elder != NULL) {
		text_add(errors,
		    app->elder != NULL ? "this process was replaced\n"
				       : "an upgrade is under way\n");
		app_log_errors(errors);
		return -1;
	}
	notify_send(
	    "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)loop_clock());
	conf = conf_load(app->conf->path, app->conf, errors);
	if (conf != NULL) {
		rc = app_take_conf(app, conf, &err);
		if (rc != 0)
			text_addf(errors, "%s\n", err.text);
		conf_unref(&conf);
	}
	notify_send("READY=1");
	if (rc == 0)
		log_notice("reload=ok file=%s", app->conf->path);
	else
		app_log_errors(errors);
	return rc == 0 ? 0 : -1;
}

/* Ending. */

static void
app_on_drain(struct timer *timer, usec_t now)
{
	struct app *app = container_of(timer, struct app, drain);
	uint64_t n = relay_sessions(app->relay) + elders_sessions(app->elders);

	if (n == 0 || now >= app->drain_until) {
		log_notice(
		    "stop=graceful sessions_cut=%llu", (unsigned long long)n);
		loop_stop(app->loop);
		return;
	}
	timer_set(timer, now + APP_DRAIN_LOOK);
}

static void
app_stop(void *arg, bool is_graceful)
{
	struct app *app = arg;

	if (!is_graceful) {
		log_notice("stop=now sessions_cut=%llu",
		    (unsigned long long)relay_sessions(app->relay));
		loop_stop(app->loop);
		return;
	}
	if (app->is_draining)
		return;
	app->is_draining = true;
	log_notice("stop=graceful sessions=%llu drain_ms=%lld",
	    (unsigned long long)relay_sessions(app->relay),
	    (long long)(app->conf->drain_timeout_us / USEC_MS));
	notify_send("STOPPING=1\nSTATUS=draining");
	relay_drain(app->relay);
	app->drain_until = loop_clock() + app->conf->drain_timeout_us;
	timer_set(&app->drain, loop_clock() + APP_DRAIN_LOOK);
}

void
app_reopen_log(struct app *app)
{
	struct err err;

	elders_reopen_log(app->elders);

	if (log_reopen(&err) == 0)
		log_notice("log=reopened");
	else
		log_error("log=reopen reason=\"%s\"", err.text);
}

static void
app_on_upgrade_signal(struct app *app)
{
	struct err err;

	if (app_upgrade(app, NULL, NULL, &err) != 0)
		log_error("upgrade=failed reason=\"%s\"", err.text);
}

static void
app_on_signal(void *arg, int signum)
{
	struct text errors = TEXT_INIT;
	struct app *app = arg;

	switch (signum) {
	case SIGHUP:
		(void)app_reload(app, &errors); /* it has logged them */
		text_fini(&errors);
		break;
	case SIGUSR1:
		app_reopen_log(app);
		break;
	case SIGUSR2:
		app_on_upgrade_signal(app);
		break;
	case SIGQUIT:
		app_stop(app, true);
		break;
	default:
		app_stop(app, false);
		break;
	}
}

/* The service manager. */

static void
app_format_status(const struct app *app, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < app->conf->n_clusters; i++) {
		const struct cluster *c =
		    guard_brain(app->guard, app->conf->clusters[i].id);
		const char *primary = c->published.writer >= 0
		    ? c->nodes[c->published.writer].name
		    : "none";

		text_append(buf, size, &len, "%s%s: %s, primary %s",
		    i > 0 ? "; " : "", c->name, phase_names[c->phase], primary);
	}
}

static void
app_on_status(struct timer *timer, usec_t now)
{
	struct app *app = container_of(timer, struct app, status);
	char status[sizeof(app->last_status)];

	app_format_status(app, status, sizeof(status));
	if (!app->is_draining && strcmp(status, app->last_status) != 0) {
		memcpy(app->last_status, status, sizeof(status));
		notify_send("STATUS=%s", status);
	}
	timer_set(timer, now + APP_STATUS_LOOK);
}

static void
app_on_watchdog(struct timer *timer, usec_t now)
{
	notify_send("WATCHDOG=1");
	timer_set(timer, now + notify_watchdog_interval());
}

/* Beginning. */

static void
app_init_wires(struct app *app)
{
	app->effects = (struct effects){
		.arg = app,
		.publish = app_publish,
		.acked = app_acked,
	};
	app->world = (struct admin_world){
		.guard = app->guard,
		.relay = app->relay,
		.reload = app_reload,
		.stop = app_stop,
		.upgrade = app_upgrade,
		.upgrade_forget = app_upgrade_forget,
		.elders = app_upgrade_elders,
		.arg = app,
		.version = PACKAGE_VERSION,
		.features = APP_FEATURES,
		.started_at = loop_clock(),
	};
}

static int
app_open_admin(struct app *app, struct err *err)
{
	struct admin_door door = {
		.path = app->conf->control_socket,
		.mode = (unsigned)app->conf->control_mode,
		.fd = inherit_take_unix(
		    app->inherited, app->conf->control_socket),
	};

	door.is_kept = door.fd >= 0 && app_upgrade_is_control_kept(app);
	app->admin = admin_open(app->loop, &app->world, &door, err);
	return app->admin != NULL ? 0 : -1;
}

static void
app_watch_signals(struct app *app)
{
	static const int signals[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT,
		SIGTERM, SIGINT };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		loop_on_signal(app->loop, signals[i], app_on_signal, app);
}

/* From there on nothing may fail: the old process has only its sessions. */
static int
app_take_over(struct app *app, struct err *err)
{
	struct err trouble;
	int rc = app_upgrade_take_over(app, err);

	if (rc == 0 &&
	    daemonize_pid_file(
		&app->daemonize, app->conf->pid_file, &trouble) != 0)
		log_error("upgrade=taken reason=\"%s\"", trouble.text);
	return rc;
}

static int
app_open(struct app *app, struct err *err)
{
	const struct observer observer = {
		.arg = app,
		.on_trouble = app_on_trouble,
		.on_acked = app_on_acked,
	};
	struct guard_legacy legacy = { .lock_fd = -1 };

	app->loop = loop_new(true);
	timer_init(&app->status, app->loop, app_on_status);
	timer_init(&app->watchdog, app->loop, app_on_watchdog);
	timer_init(&app->drain, app->loop, app_on_drain);
	app_watch_signals(app); /* heard when the loop runs, and not lost */
	app_init_wires(app);
	app_upgrade_init(app);
	app->relay =
	    relay_new(app->loop, app->conf, &observer, app->inherited, err);
	if (app->relay == NULL)
		return -1;
	if (app->heir != NULL && app_upgrade_await(app, &legacy, err) != 0)
		return -1;
	app->guard = guard_new(app->loop, app->conf, &app->effects,
	    app->heir != NULL ? &legacy : NULL, err);
	if (app->guard == NULL)
		return -1;
	app->world.guard = app->guard;
	app->world.relay = app->relay;
	if (app_open_admin(app, err) != 0)
		return -1;
	inherit_free(&app->inherited);
	if (app->heir != NULL)
		return app_take_over(app, err);
	return daemonize_pid_file(&app->daemonize, app->conf->pid_file, err);
}

static void
app_start(struct app *app)
{
	timer_set(&app->status, loop_clock());
	if (notify_watchdog_interval() > 0)
		timer_set(&app->watchdog, loop_clock());
	/* Routes first: nobody has to wait who need not. */
	guard_start(app->guard);
	relay_accept(app->relay);
	log_notice("regent=%s pid=%ld workers=%u maxconn=%llu file=%s",
	    PACKAGE_VERSION, (long)getpid(), relay_workers(app->relay),
	    (unsigned long long)relay_maxconn(app->relay), app->conf->path);
	notify_send("READY=1");
	daemonize_ready(&app->daemonize);
}

static void
app_close(struct app *app)
{
	if (app->loop != NULL) {
		timer_stop(&app->status);
		timer_stop(&app->watchdog);
		timer_stop(&app->drain);
	}
	handover_free(&app->handover);
	admin_close(&app->admin);
	/* The workers first: until they are joined they talk to the guard. */
	relay_free(&app->relay);
	guard_free(&app->guard);
	app_upgrade_fini(app);
	loop_free(&app->loop);
	inherit_free(&app->inherited);
	daemonize_fini(&app->daemonize);
	conf_unref(&app->conf);
}

/* Nobody sees the standard error of a daemon. */
static const char *
app_log_name(const struct conf *conf, bool is_daemon)
{
	return is_daemon && strcmp(conf->log, "stderr") == 0 ? "syslog"
							     : conf->log;
}

/* What must come before any thread, and before what can fail. */
static int
app_prepare(struct app *app, struct err *err)
{
	int rc = 0;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full journal is an error, not an end */
	log_set_level(app->conf->log_level);
	if (app->heir != NULL)
		app->inherited = heir_take_sockets(app->heir);
	else
		app->inherited = inherit_new();
	rc = inherit_from_manager(app->inherited, err);
	if (rc == 0)
		rc = log_open(app_log_name(app->conf, app->is_daemon), err);
	if (rc == 0 && app->is_daemon)
		rc = app->heir != NULL ? daemonize_settle(err)
				       : daemonize_fork(&app->daemonize, err);
	notify_init();
	return rc;
}

int
app_run(const struct conf *conf, bool is_daemon, struct heir *heir)
{
	struct app *app = calloc(1, sizeof(*app));
	struct err err;
	int rc;

	CHECK(app != NULL);
	app->conf = conf;
	app->is_daemon = is_daemon;
	app->heir = heir;
	rc = app_prepare(app, &err);
	if (rc == 0)
		rc = app_open(app, &err);
	if (rc == 0) {
		app_start(app);
		loop_run(app->loop);
		notify_send("STOPPING=1");
	} else {
		fprintf(stderr, "regent: cannot start: %s\n", err.text);
		log_error("start=failed reason=\"%s\"", err.text);
		if (app->heir != NULL)
			heir_fail(app->heir, err.text);
	}
	app_close(app);
	free(app);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
