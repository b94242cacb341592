/*
 * The operator's commands: they promote, fence and rejoin real Redis nodes in
 * place of regent, are told of what happens, and are never in its way.
 */
#include "crm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hooks {
	struct crm crm;
	char script[SITE_PATH_LEN];
	char log[SITE_PATH_LEN]; /* a line for each run */
	char options[600];
};

/*
 * One script for all: it tells its log what it was told, and goes on with
 * the lines of the test.
 */
static void
hooks_write_script(struct hooks *h, struct site *site, const char *body)
{
	char text[2000];

	site_path(site, h->script, "hook.sh");
	site_path(site, h->log, "hook.log");
	snprintf(text, sizeof(text),
	    "dir='%s'\n"
	    "echo \"$REGENT_EVENT node=$REGENT_NODE@$REGENT_NODE_ADDRESS "
	    "primary=$REGENT_PRIMARY target=$REGENT_TARGET "
	    "$REGENT_CLUSTER/$REGENT_PROTOCOL $REGENT_PHASE_BEFORE "
	    "$REGENT_PHASE $REGENT_LEVEL: $REGENT_REASON\" >>$dir/hook.log\n"
	    "follow() {\n"
	    "	redis-cli -h $REGENT_NODE_HOST -p $REGENT_NODE_PORT "
	    "replicaof $1 $2\n"
	    "}\n"
	    "%s\n",
	    site->dir, body);
	site_write_file(h->script, text);
	site_write_file(h->log, "");
}

/* `names`: of the options that run the script. */
static void
hooks_open(struct hooks *h, struct site *site, const char *const *names,
    const char *more, const char *body)
{
	struct crm_options options = { .cluster_lines = h->options };
	size_t len = 0;

	hooks_write_script(h, site, body);
	text_append(h->options, sizeof(h->options), &len,
	    "check_interval = 100ms\ncheck_timeout = 200ms\nfall = 2\n%s",
	    more);
	for (; *names != NULL; names++)
		text_append(h->options, sizeof(h->options), &len,
		    "%s = sh %s\n", *names, h->script);
	crm_open(&h->crm, site, &options);
}

static bool
hooks_was_told(struct hooks *h, const char *part)
{
	char *text = site_read_file(h->log);
	bool is_there = strstr(text, part) != NULL;

	free(text);
	return is_there;
}

static bool
hooks_has_logged(struct hooks *h, const char *part)
{
	return daemon_has_logged(h->crm.daemon, part);
}

/* The pid that the script wrote; 0: none yet. */
static pid_t
hooks_pid(struct hooks *h, const char *name)
{
	char path[SITE_PATH_LEN], *text;
	pid_t pid;

	site_path(h->crm.site, path, "%s", name);
	text = site_read_file(path);
	pid = strchr(text, '\n') != NULL ? atoi(text) : 0;
	free(text);
	return pid;
}

/* Or a zombie that its new parent has not looked after yet. */
static bool
hooks_is_gone(pid_t pid)
{
	char path[32], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return true;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z';
}

static void
test_command_promotes(struct site *site)
{
	static const char *const names[] = { "promote_command", NULL };
	struct redis_node *now;
	struct hooks h;
	char want[128];

	hooks_open(&h, site, names, "", "follow no one");
	redis_node_kill(h.crm.node[0]);
	now = crm_wait_successor(&h.crm, h.crm.node[0]);
	assert_true(redis_node_is_primary(now));
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    hooks_has_logged(&h, "hook=promote_command result=ok"));
	snprintf(want, sizeof(want),
	    "promote node=%s@127.0.0.1:%u primary=a target=%s crm/redis",
	    now->name, (unsigned)now->port, now->name);
	assert_true(hooks_was_told(&h, want));
	assert_false(hooks_has_logged(&h, "operation=promote"));
	crm_wait_settled(&h.crm, now);
}

/* One can't, one says that it did, and neither is believed. */
static void
test_failed_promotions_go_on_to_the_next(struct site *site)
{
	static const char *const names[] = { "promote_command", NULL };
	struct hooks h;

	hooks_open(&h, site, names, "promote_timeout = 1s\n",
	    "[ -e $dir/second ] && exec redis-cli -h $REGENT_NODE_HOST "
	    "-p $REGENT_NODE_PORT replicaof no one\n"
	    "[ -e $dir/first ] && touch $dir/second && exit 0\n"
	    "touch $dir/first; echo no quorum >&2; exit 7");
	redis_node_kill(h.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    hooks_has_logged(&h,
		"hook=promote_command result=failed detail=\"exit code 7: no "
		"quorum\""));
	crm_wait_successor(&h.crm, h.crm.node[0]);
	assert_true(hooks_has_logged(&h,
	    "detail=\"the node does not report to be primary: exit code "
	    "0\""));
	crm_wait_settled(&h.crm, crm_primary(&h.crm));
}

/* The node can't be reached, but the power switch can. */
static void
test_command_fences_a_frozen_node(struct site *site)
{
	static const char *const names[] = { "fence_command", NULL };
	char body[64];
	struct hooks h;

	hooks_open(&h, site, names, "", ". $dir/fence");
	snprintf(body, sizeof(body), "kill -9 %ld",
	    (long)h.crm.node[0]->process.pid);
	site_path(site, h.script, "fence");
	site_write_file(h.script, body);
	redis_node_freeze(h.crm.node[0]);
	crm_wait_successor(&h.crm, h.crm.node[0]);
	assert_true(hooks_has_logged(&h, "hook=fence_command result=ok"));
	assert_true(hooks_was_told(&h, "fence node=a@"));
	redis_node_kill(h.crm.node[0]); /* and its end is taken note of */
}

/* The failover waits for it, but not for ever. */
static void
test_failed_fence_is_waited_for(struct site *site)
{
	static const char *const names[] = { "fence_command", NULL };
	struct hooks h;

	hooks_open(&h, site, names, "hook_timeout = 500ms\n", "sleep 1000");
	redis_node_freeze(h.crm.node[0]);
	crm_wait_successor(&h.crm, h.crm.node[0]);
	assert_true(hooks_has_logged(&h,
	    "hook=fence_command result=failed detail=\"killed: it took "
	    "longer than 0.5 s\""));
	redis_node_resume(h.crm.node[0]);
	crm_wait_settled(&h.crm, crm_primary(&h.crm));
}

static void
test_switchover_runs_no_fence_command(struct site *site)
{
	static const char *const names[] = { "fence_command", NULL };
	struct hooks h;

	hooks_open(&h, site, names, "", "exit 0");
	crm_seed(&h.crm);
	assert_contains(daemon_ask(h.crm.daemon, "switchover crm b"), "b");
	crm_wait_settled(&h.crm, h.crm.node[1]);
	assert_true(hooks_has_logged(&h, "operation=fence result=ok"));
	assert_false(hooks_was_told(&h, "fence"));
}

static void
test_command_rejoins_the_old_primary(struct site *site)
{
	static const char *const names[] = { "rejoin_command", NULL };
	struct redis_node *now;
	struct hooks h;
	char want[128];

	hooks_open(&h, site, names, "",
	    "follow $REGENT_TARGET_HOST $REGENT_TARGET_PORT");
	redis_node_kill(h.crm.node[0]);
	now = crm_wait_successor(&h.crm, h.crm.node[0]);
	redis_node_restart(h.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, redis_node_follows(h.crm.node[0], now));
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    hooks_has_logged(
		&h, "hook=rejoin_command result=ok detail=\"exit code 0: OK"));
	snprintf(want, sizeof(want),
	    "rejoin node=a@127.0.0.1:%u primary=%s "
	    "target=%s ",
	    (unsigned)h.crm.node[0]->port, now->name, now->name);
	assert_true(hooks_was_told(&h, want));
	assert_false(hooks_has_logged(&h, "operation=demote"));
	crm_wait_settled(&h.crm, now);
}

static void
hooks_ctl(struct hooks *h, const char *want)
{
	const char *answer = daemon_ask(h->crm.daemon, "rejoin crm/a");

	if (strstr(answer, want) == NULL)
		fail_msg("no \"%s\" in: %s", want, answer);
}

/* A node that is down is made anew when the operator says so, and once. */
static void
test_order_runs_the_command_for_a_node_that_is_down(struct site *site)
{
	static const char *const names[] = { "rejoin_command", NULL };
	struct redis_node *now;
	struct hooks h;
	char go[SITE_PATH_LEN];

	hooks_open(&h, site, names, "",
	    "until [ -e $dir/go ]; do sleep 0.02; done; echo made anew");
	redis_node_kill(h.crm.node[0]);
	now = crm_wait_successor(&h.crm, h.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(h.crm.daemon, "a"));
	hooks_ctl(&h, "");
	ASSERT_WITHIN(CRM_SETTLE_MS, hooks_was_told(&h, "rejoin node=a@"));
	assert_true(hooks_was_told(&h, "ordered by the operator"));
	hooks_ctl(&h, "runs for crm/a already");
	site_path(site, go, "go");
	site_write_file(go, "");
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    hooks_has_logged(&h,
		"hook=rejoin_command result=ok detail=\"exit code 0: made "
		"anew"));
	assert_ptr_equal(crm_primary(&h.crm), now);
}

static void
test_order_for_a_node_that_is_down_needs_the_command(struct site *site)
{
	static const char *const names[] = { NULL };
	struct hooks h;

	hooks_open(&h, site, names, "", "");
	redis_node_kill(h.crm.node[0]);
	(void)crm_wait_successor(&h.crm, h.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(h.crm.daemon, "a"));
	hooks_ctl(&h, "there is no rejoin_command");
}

/* A copy of what is primary no more is not worth its end. */
static void
test_rejoin_ends_with_its_primary(struct site *site)
{
	static const char *const names[] = { "rejoin_command", NULL };
	struct redis_node *second, *third;
	struct hooks h;
	pid_t pid = 0;

	hooks_open(&h, site, names, "",
	    "[ -e $dir/pid ] && exec redis-cli -h $REGENT_NODE_HOST "
	    "-p $REGENT_NODE_PORT "
	    "replicaof $REGENT_TARGET_HOST $REGENT_TARGET_PORT\n"
	    "echo $$ >$dir/pid; exec sleep 1000");
	redis_node_kill(h.crm.node[0]);
	second = crm_wait_successor(&h.crm, h.crm.node[0]);
	crm_wait_settled(&h.crm, second);
	redis_node_restart(h.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, (pid = hooks_pid(&h, "pid")) > 0);
	redis_node_kill(second);
	third = crm_wait_successor(&h.crm, second);
	ASSERT_WITHIN(CRM_SETTLE_MS, hooks_is_gone(pid));
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    hooks_has_logged(&h, "detail=\"ended: another node is primary"));
	ASSERT_WITHIN(CRM_SETTLE_MS, redis_node_follows(h.crm.node[0], third));
}

static void
test_decisions_are_told_in_their_order(struct site *site)
{
	static const char *const names[] = { "notify_command", NULL };
	struct hooks h;
	char *text, *down, *promoted;

	hooks_open(&h, site, names, "", "");
	redis_node_kill(h.crm.node[0]);
	crm_wait_successor(&h.crm, h.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, hooks_was_told(&h, "notice: promoted"));
	text = site_read_file(h.log);
	assert_contains(text, "STEADY HOLD warn: the primary is down");
	assert_contains(text, "phase node=@ primary=a");
	down = strstr(text, "the primary is down");
	promoted = strstr(text, "notice: promoted");
	assert_true(down < promoted);
	free(text);
	assert_false(hooks_has_logged(&h, "hook=notify_command"));
}

/* It hangs, and the failover is as quick as ever. */
static void
test_hanging_notification_holds_nobody_up(struct site *site)
{
	static const char *const names[] = { "notify_command", NULL };
	struct redis_node *now;
	struct hooks h;
	pid_t pid = 0;

	hooks_open(&h, site, names, "hook_timeout = 1h\n",
	    "echo $$ >$dir/pid; exec sleep 1000");
	ASSERT_WITHIN(CRM_SETTLE_MS, (pid = hooks_pid(&h, "pid")) > 0);
	redis_node_kill(h.crm.node[0]);
	now = crm_wait_successor(&h.crm, h.crm.node[0]);
	crm_wait_settled(&h.crm, now);
	assert_false(hooks_is_gone(pid));
	/* What runs goes with its daemon. */
	daemon_restart(h.crm.daemon);
	ASSERT_WITHIN(CRM_SETTLE_MS, hooks_is_gone(pid));
}

/* Also with its cluster, and a reload without the command starts none. */
static void
test_reload_takes_commands_away(struct site *site)
{
	static const char *const names[] = { "notify_command", NULL };
	struct crm_options plain = { .cluster_lines = "fall = 2" };
	struct hooks h;
	size_t log;
	char *before, *after;

	hooks_open(&h, site, names, "", "");
	ASSERT_WITHIN(CRM_SETTLE_MS, hooks_was_told(&h, "decision"));
	log = daemon_log_size(h.crm.daemon);
	crm_configure(&h.crm, &plain);
	daemon_signal(h.crm.daemon, SIGHUP);
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    daemon_has_logged_since(h.crm.daemon, log, "reload=ok"));
	before = site_read_file(h.log);
	redis_node_kill(h.crm.node[0]);
	crm_wait_successor(&h.crm, h.crm.node[0]);
	after = site_read_file(h.log);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void
test_cluster_that_is_removed_ends_its_commands(struct site *site)
{
	static const char *const names[] = { "notify_command", NULL };
	struct hooks h;
	pid_t pid = 0;
	int fds;

	hooks_open(&h, site, names, "hook_timeout = 1h\n",
	    "echo $$ >$dir/pid; exec sleep 1000");
	ASSERT_WITHIN(CRM_SETTLE_MS, (pid = hooks_pid(&h, "pid")) > 0);
	fds = process_fd_count(h.crm.daemon->process.pid);
	daemon_configure(h.crm.daemon,
	    "workers = 2\n[cluster other]\n[node other/a]\naddress = "
	    "127.0.0.1:%u\n"
	    "[listen w]\nbind = 127.0.0.1:%u\ncluster = other\n",
	    (unsigned)site_port(), (unsigned)site_port());
	daemon_signal(h.crm.daemon, SIGHUP);
	ASSERT_WITHIN(CRM_SETTLE_MS, hooks_is_gone(pid));
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, process_fd_count(h.crm.daemon->process.pid) < fds);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_command_promotes),
		SITE_TEST(test_failed_promotions_go_on_to_the_next),
		SITE_TEST(test_command_fences_a_frozen_node),
		SITE_TEST(test_failed_fence_is_waited_for),
		SITE_TEST(test_switchover_runs_no_fence_command),
		SITE_TEST(test_command_rejoins_the_old_primary),
		SITE_TEST(test_order_runs_the_command_for_a_node_that_is_down),
		SITE_TEST(test_order_for_a_node_that_is_down_needs_the_command),
		SITE_TEST(test_rejoin_ends_with_its_primary),
		SITE_TEST(test_decisions_are_told_in_their_order),
		SITE_TEST(test_hanging_notification_holds_nobody_up),
		SITE_TEST(test_reload_takes_commands_away),
		SITE_TEST(test_cluster_that_is_removed_ends_its_commands),
	};

	return SITE_MAIN(tests);
}
