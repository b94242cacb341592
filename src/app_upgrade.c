#include "app_upgrade.h"

#include "base/mem.h"
#include "conf/outline.h"
#include "net/notify.h"
#include "relay/relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APP_CONTROL_KEPT "control kept\n"

enum { APP_TO_ELDER_MAX = 4096 };

struct app_news {
	bool is_trouble; /* else an acknowledgement */
	unsigned cluster_id;
	unsigned node_id;
};

/* ---- what workers observe ----------------------------------------------- */

void
app_on_trouble(void *arg, unsigned cluster_id, unsigned node_id)
{
	const struct app_news news = { true, cluster_id, node_id };
	struct app *app = arg;

	if (atomic_load(&app->is_elder)) /* a full one knows enough */
		(void)!mailbox_post(app->to_elder, &news);
	else
		guard_post_trouble(app->guard, cluster_id, node_id);
}

void
app_on_acked(void *arg)
{
	const struct app_news news = { .is_trouble = false };
	struct app *app = arg;

	if (atomic_load(&app->is_elder)) /* a lost one is seen by a timer */
		(void)!mailbox_post(app->to_elder, &news);
	else
		guard_post_acked(app->guard);
}

static void
app_on_news(void *arg, const void *message, usec_t now)
{
	const struct app_news *news = message;
	struct app *app = arg;

	(void)now;
	if (app->elder == NULL)
		return;
	if (news->is_trouble)
		elder_tell_trouble(app->elder, news->cluster_id, news->node_id);
	else
		elder_look(app->elder);
}

/* ---- elders -------------------------------------------------------------- */

static void
app_on_elder_acked(void *arg)
{
	struct app *app = arg;

	if (app->guard != NULL)
		guard_post_acked(app->guard);
}

/* By names: its numbers are its own. */
static void
app_on_elder_trouble(void *arg, const char *cluster, const char *node)
{
	struct app *app = arg;
	const struct conf_cluster *c = conf_find_cluster(app->conf, cluster);
	const struct conf_node *n = c != NULL ? conf_find_node(c, node) : NULL;

	if (n != NULL && app->guard != NULL)
		guard_post_trouble(app->guard, c->id, n->id);
}

static void
app_on_elder_used(
    void *arg, const char *cluster, const char *node, int64_t change)
{
	struct app *app = arg;

	if (app->relay != NULL && !atomic_load(&app->is_elder))
		relay_lend(app->relay, cluster, node, change);
}

static void
app_on_elder_count(void *arg, const char *of, const char *node,
    const char *counter, uint64_t value)
{
	struct app *app = arg;

	relay_take_count(app->relay, of, node, counter, value);
}

static struct elders *
app_new_elders(struct app *app)
{
	const struct elders_ops ops = {
		.arg = app,
		.on_acked = app_on_elder_acked,
		.on_trouble = app_on_elder_trouble,
		.on_used = app_on_elder_used,
		.on_count = app_on_elder_count,
	};

	return elders_new(app->loop, &ops);
}

void
app_upgrade_init(struct app *app)
{
	app->elders = app_new_elders(app);
	app->to_elder = mailbox_new(app->loop, sizeof(struct app_news),
	    APP_TO_ELDER_MAX, app_on_news, app);
}

void
app_upgrade_fini(struct app *app)
{
	elder_free(&app->elder);
	elders_free(&app->elders);
	heir_free(&app->heir);
	mailbox_free(&app->to_elder);
}

unsigned
app_upgrade_elders(void *arg, struct admin_elder list[ADMIN_ELDERS_MAX])
{
	struct elder_seed seeds[ELDERS_MAX];
	struct app *app = arg;
	unsigned n = elders_list(app->elders, seeds);

	_Static_assert((int)ELDERS_MAX <= (int)ADMIN_ELDERS_MAX, "room");
	for (unsigned i = 0; i < n; i++)
		list[i] = (struct admin_elder){
			.pid = (uint64_t)seeds[i].pid,
			.sessions = seeds[i].sessions,
			.retired_at = seeds[i].retired_at,
		};
	return n;
}

/* ---- we are replaced ----------------------------------------------------- */

static void
app_give_names(void *arg, struct text *out)
{
	struct app *app = arg;

	outline_write(app->conf, out);
}

static unsigned
app_give_sockets(void *arg, int *fds, unsigned max)
{
	struct app *app = arg;
	unsigned n = relay_sockets(app->relay, fds, max - 1);

	fds[n++] = admin_fd(app->admin);
	return n;
}

static bool
app_is_quiet(void *arg, const char **why)
{
	struct app *app = arg;

	return guard_is_quiet(app->guard, why);
}

static bool
app_write_counts(void *arg, const struct relay_counts *counts)
{
	struct text *out = arg;

	text_addf(out, "counts %s %s", counts->of,
	    counts->node != NULL ? counts->node : "-");
	for (unsigned i = 0; i < counts->n; i++)
		text_addf(out, " %s %llu", counts->at[i].name,
		    (unsigned long long)counts->at[i].value);
	text_add(out, "\n");
	return true;
}

static void
app_write_used(
    void *arg, pid_t pid, const char *cluster, const char *node, uint64_t n)
{
	struct text *out = arg;

	text_addf(out, "used %ld %s %s %llu\n", (long)pid, cluster, node,
	    (unsigned long long)n);
}

static bool
app_write_our_used(void *arg, const char *cluster, const char *node, uint64_t n)
{
	app_write_used(arg, getpid(), cluster, node, n);
	return true;
}

static void
app_give_state(void *arg, struct text *out, int *lock_fd)
{
	struct app *app = arg;

	if (admin_is_kept(app->admin))
		text_add(out, APP_CONTROL_KEPT);
	guard_save(app->guard, out);
	relay_forget_told(app->relay);
	(void)relay_tell_counts(app->relay, app_write_counts, out);
	(void)relay_tell_used(app->relay, app_write_our_used, out);
	elders_tell_used(app->elders, app_write_used, out);
	*lock_fd = guard_lock_fd(app->guard);
}

static unsigned
app_give_elders(void *arg, struct elder_seed seeds[ELDERS_MAX])
{
	struct app *app = arg;

	return elders_list(app->elders, seeds);
}

static void
app_answer_upgrade(struct app *app, bool is_ok, const char *text)
{
	guard_answer_fn *answer = app->upgrade_answer;

	app->upgrade_answer = NULL;
	if (answer != NULL)
		answer(app->upgrade_arg, is_ok, text);
}

static void
app_on_upgrade_failed(void *arg, const char *why, bool was_still)
{
	struct app *app = arg;

	app->handover = NULL;
	if (was_still) {
		guard_resume(app->guard);
		relay_forget_told(app->relay);
	}
	log_error("upgrade=failed reason=\"%s\" action=\"this process goes on "
		  "as if nothing had happened\"",
	    why);
	notify_send("READY=1");
	app_answer_upgrade(app, false, why);
}

/* ---- we are an elder ------------------------------------------------------
 */

static void
app_elder_publish(void *arg, uint64_t serial, const struct cluster_view *views,
    const struct addr (*addrs)[NODES_MAX])
{
	struct app *app = arg;

	relay_publish(app->relay, serial, views, addrs);
}

static uint64_t
app_elder_acked(void *arg)
{
	struct app *app = arg;

	return relay_acked(app->relay);
}

static uint64_t
app_elder_sessions(void *arg)
{
	struct app *app = arg;

	return relay_sessions(app->relay);
}

static bool
app_elder_is_final(void *arg)
{
	struct app *app = arg;

	return relay_is_retired(app->relay);
}

static bool
app_elder_tell(void *arg, const struct relay_counts *counts)
{
	struct parcel_counts parcel;
	struct app *app = arg;

	memset(&parcel, 0, sizeof(parcel));
	snprintf(
	    parcel.of.cluster, sizeof(parcel.of.cluster), "%s", counts->of);
	if (counts->node != NULL)
		snprintf(
		    parcel.of.node, sizeof(parcel.of.node), "%s", counts->node);
	for (unsigned i = 0; i < counts->n; i++) {
		snprintf(parcel.at[i].name, sizeof(parcel.at[i].name), "%s",
		    counts->at[i].name);
		parcel.at[i].value = counts->at[i].value;
	}
	parcel.n = (uint8_t)counts->n;
	return elder_tell_counts(app->elder, counts->node != NULL, &parcel);
}

static bool
app_elder_tell_counts(void *arg, struct elder *elder)
{
	struct app *app = arg;

	(void)elder;
	return relay_tell_counts(app->relay, app_elder_tell, app);
}

static bool
app_elder_say_used(void *arg, const char *cluster, const char *node, uint64_t n)
{
	struct app *app = arg;

	return elder_tell_used(app->elder, cluster, node, n);
}

/* Who was being accepted still found the room that others have; those who wait
 * here must not wait for it. */
static void
app_on_retired(struct app *app)
{
	app->is_retired = true;
	relay_take_back(app->relay);
	log_notice("elder=%ld state=accepts-nobody sessions=%llu",
	    (long)getpid(), (unsigned long long)relay_sessions(app->relay));
}

static bool
app_elder_tell_used(void *arg, struct elder *elder)
{
	struct app *app = arg;

	(void)elder;
	if (relay_is_retired(app->relay) && !app->is_retired)
		app_on_retired(app);
	return relay_tell_used(app->relay, app_elder_say_used, app);
}

static void
app_elder_reopen_log(void *arg)
{
	app_reopen_log(arg);
}

static void
app_elder_on_end(void *arg, const char *why)
{
	struct app *app = arg;

	log_notice("elder=%ld stop=now sessions_cut=%llu reason=\"%s\"",
	    (long)getpid(), (unsigned long long)relay_sessions(app->relay),
	    why);
	loop_stop(app->loop);
}

static void
app_become_elder(struct app *app, int channel_fd)
{
	const struct elder_ops ops = {
		.arg = app,
		.publish = app_elder_publish,
		.acked = app_elder_acked,
		.sessions = app_elder_sessions,
		.is_final = app_elder_is_final,
		.tell_counts = app_elder_tell_counts,
		.tell_used = app_elder_tell_used,
		.reopen_log = app_elder_reopen_log,
		.on_end = app_elder_on_end,
	};
	const struct elder_plan plan = {
		.channel_fd = channel_fd,
		.limit_us = app->conf->upgrade_timeout_us,
		.conf = app->conf,
		.serial = app->serial,
		.addrs = (const struct addr(*)[NODES_MAX])app->addrs,
	};

	app->elder = elder_new(app->loop, &plan, &ops);
	relay_retire(app->relay);
	guard_retire(app->guard);
}

/* The elders have the other one as well, so their channels do not end. */
static void
app_on_upgrade_taken(void *arg, int channel_fd, pid_t pid)
{
	struct app *app = arg;
	char text[64];

	app->handover = NULL;
	daemonize_forget(&app->daemonize); /* it is being replaced */
	notify_send("MAINPID=%ld\nREADY=1", (long)pid);
	notify_stop();
	timer_stop(&app->status);
	timer_stop(&app->watchdog);
	snprintf(text, sizeof(text), "process %ld has taken over", (long)pid);
	app_answer_upgrade(app, true, text);
	atomic_store(&app->is_elder, true);
	elders_free(&app->elders);
	app->elders = app_new_elders(app);
	app_become_elder(app, channel_fd);
	admin_retire(&app->admin);
}

/* ---- the order ------------------------------------------------------------
 */

static int
app_upgrade_may(const struct app *app, struct err *err)
{
	if (app->elder != NULL)
		return err_set(err, -EBUSY, "this process was replaced");
	if (app->is_draining)
		return err_set(err, -EBUSY, "this process ends");
	if (app->handover != NULL)
		return err_set(err, -EBUSY, "an upgrade is under way");
	if (elders_count(app->elders) >= ELDERS_MAX - 1)
		return err_set(err, -EBUSY,
		    "%d processes that were replaced have sessions still: see "
		    "upgrade_timeout",
		    ELDERS_MAX - 1);
	return 0;
}

int
app_upgrade(
    void *arg, guard_answer_fn *answer, void *answer_arg, struct err *err)
{
	struct app *app = arg;
	const struct handover_ops ops = {
		.arg = app,
		.names = app_give_names,
		.sockets = app_give_sockets,
		.is_quiet = app_is_quiet,
		.state = app_give_state,
		.elders = app_give_elders,
		.on_failed = app_on_upgrade_failed,
		.on_taken = app_on_upgrade_taken,
	};
	int rc = app_upgrade_may(app, err);

	if (rc != 0)
		return rc;
	app->handover = handover_start(app->loop, &ops, err);
	if (app->handover == NULL)
		return -ECHILD;
	app->upgrade_answer = answer;
	app->upgrade_arg = answer_arg;
	notify_send(
	    "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)loop_clock());
	return 0;
}

void
app_upgrade_forget(void *arg, const void *answer_arg)
{
	struct app *app = arg;

	if (app->upgrade_answer != NULL && app->upgrade_arg == answer_arg)
		app->upgrade_answer = NULL;
}

/* ---- we take over ---------------------------------------------------------
 */

/* "counts crm a connects 5 ...": pairs of a name and a value. */
static void
app_take_counts(struct app *app, const char *line)
{
	char of[NAME_LEN_MAX + 1], node[NAME_LEN_MAX + 1];
	char counter[NAME_LEN_MAX + 1];
	unsigned long long value;
	int n = 0;

	_Static_assert(NAME_LEN_MAX == 31, "the widths below");
	if (sscanf(line, "counts %31s %31s%n", of, node, &n) != 2)
		return;
	for (line += n; sscanf(line, " %31s %llu%n", counter, &value, &n) == 2;
	     line += n)
		relay_take_count(app->relay, of,
		    strcmp(node, "-") == 0 ? NULL : node, counter, value);
}

static void
app_take_all_counts(struct app *app, const char *state)
{
	char *copy = mem_strdup(state), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, "counts ", 7) == 0)
			app_take_counts(app, line);
	free(copy);
}

int
app_upgrade_await(struct app *app, struct guard_legacy *legacy, struct err *err)
{
	int rc = heir_await(app->heir, err);

	if (rc != 0)
		return rc;
	legacy->state = heir_state(app->heir);
	legacy->lock_fd = heir_take_lock(app->heir);
	app_take_all_counts(app, legacy->state);
	return 0;
}

/* Of a service manager; or the one before us had it from one. */
bool
app_upgrade_is_control_kept(const struct app *app)
{
	return app->heir == NULL ||
	    strncmp(heir_state(app->heir), APP_CONTROL_KEPT,
		strlen(APP_CONTROL_KEPT)) == 0;
}

/* What elders had when the old process stood still. */
static void
app_take_used(struct app *app, const char *state)
{
	char *copy = mem_strdup(state), *rest = copy, *line;
	char cluster[NAME_LEN_MAX + 1], node[NAME_LEN_MAX + 1];
	unsigned long long n;
	long pid;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (sscanf(line, "used %ld %31s %31s %llu", &pid, cluster, node,
			&n) == 4)
			elders_set_used(
			    app->elders, (pid_t)pid, cluster, node, n);
	free(copy);
}

int
app_upgrade_take_over(struct app *app, struct err *err)
{
	struct elder_seed seed;
	int rc = heir_take_over(app->heir, err);

	if (rc != 0)
		return rc;
	while (heir_take_elder(app->heir, &seed))
		elders_add(app->elders, &seed);
	app_take_used(app, heir_state(app->heir));
	heir_free(&app->heir);
	return 0;
}
