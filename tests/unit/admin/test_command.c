/* Each command: what it asks of whom, what it answers, what it refuses. */
#include "fake_world.h"

#include "admin/command.h"
#include "tests/system/json_check.h"

#include <stdio.h>
#include <string.h>

/* One command being run; the text is cut into words. */
struct run {
	char text[512];
	struct call call;
};

static void
run_start(struct run *run, const char *text)
{
	snprintf(run->text, sizeof(run->text), "%s", text);
	call_init(&run->call, &fake.admin, fake.loop);
	run->call.now = 10 * USEC_SEC;
	command_run(&run->call, run->text);
}

static const char *
run_answer(const struct run *run)
{
	assert_true(run->call.is_answered);
	return text_cstr(&run->call.answer);
}

static void
expect(const char *text, const char *want)
{
	struct run run;

	run_start(&run, text);
	assert_string_equal(run_answer(&run), want);
	call_fini(&run.call);
}

static void
expect_part(const char *text, const char *part)
{
	struct run run;

	run_start(&run, text);
	if (strstr(run_answer(&run), part) == NULL)
		fail_msg("no \"%s\" in: %s", part, run_answer(&run));
	call_fini(&run.call);
}

static void
expect_json(const char *text)
{
	struct run run;

	run_start(&run, text);
	if (!json_is_valid(run_answer(&run)))
		fail_msg("%s: no JSON: %s", text, run_answer(&run));
	assert_int_equal(run_answer(&run)[0], '{');
	/* One line, so that answers can be told apart. */
	assert_ptr_equal(strchr(run_answer(&run), '\n'),
	    run_answer(&run) + run.call.answer.len - 1);
	call_fini(&run.call);
}

static void
test_unknown_commands_are_explained(void **state)
{
	(void)state;
	expect("shwo",
	    "error: unknown command `shwo`; did you mean `show`? "
	    "see `help`\n");
	expect("shwo cluster",
	    "error: unknown command `shwo`; did you mean "
	    "`show cluster`? see `help`\n");
	expect("show clutser crm",
	    "error: unknown command `show clutser`; "
	    "did you mean `show cluster`? see "
	    "`help`\n");
	expect("dance", "error: unknown command `dance`; see `help`\n");
	expect("show tables",
	    "error: unknown command `show tables`; see "
	    "`help`\n");
	expect("show",
	    "error: `show` is not a whole command; see `help "
	    "show`\n");
	expect("json", "error: unknown command `json`; see `help`\n");
}

static void
test_wrong_arguments_are_explained(void **state)
{
	(void)state;
	expect("switchover",
	    "error: switchover: CLUSTER is missing; usage: "
	    "switchover CLUSTER [NODE]\n");
	expect("switchover crm a b",
	    "error: switchover: too many words; usage: switchover CLUSTER "
	    "[NODE]\n");
	expect("switchover crm --force",
	    "error: switchover: unknown option --force; usage: switchover "
	    "CLUSTER [NODE]\n");
	expect("failover crm --hard",
	    "error: failover: unknown option --hard; usage: failover "
	    "CLUSTER [NODE] [--force]\n");
	expect("show info a b c d e f g h i",
	    "error: show info: too many words; usage: show info\n");
	expect("set node crm/b state tired",
	    "error: set node: found \"tired\", expected ready|drain|maint; "
	    "usage: set node CLUSTER/NODE state ready|drain|maint\n");
	expect_part("set node crm/b state read", "found \"read\"");
	expect_part("set node crm/b", "state is missing");
	expect_part("set node crm state maint", "expected CLUSTER/NODE");
	expect_part("set node /b state maint", "expected CLUSTER/NODE");
	expect_part("set node crm/ state maint", "expected CLUSTER/NODE");
	expect_part("rejoin a/b/c", "expected CLUSTER/NODE");
	expect_part("stop gracefully", "expected graceful");
	expect("show cluster x", "error: show cluster: no such cluster: x\n");
	expect("show events x", "error: show events: no such cluster: x\n");
	expect("show cluster x json",
	    "{\"error\":\"show cluster: no such cluster: x\"}\n");
	assert_string_equal(fake.asked, "");
}

static void
test_help(void **state)
{
	(void)state;
	for (unsigned i = 0; i < commands_n; i++)
		expect_part("help", commands[i].name);
	expect_part("help show", "show cluster [CLUSTER]");
	expect("help pause",
	    "pause CLUSTER  promote, demote and repoint "
	    "nothing until resume\n");
	expect_part("help set node",
	    "\n  maint: also, its sessions end within drain_timeout.\n");
	expect(
	    "help dance", "error: help: no such command: dance; see `help`\n");
	expect_json("help json");
	expect_json("help set node json");
}

static void
test_show_cluster(void **state)
{
	(void)state;
	snprintf(fake.detail, sizeof(fake.detail), "link is \"down\"");
	expect("show cluster crm",
	    "cluster=crm phase=STEADY epoch=3 primary=a last_primary=a held=no "
	    "failover=auto paused=no sync_replicas=0 loss_bytes=0 since=10.0s "
	    "why=\"the "
	    "rightful primary is "
	    "up\"\n"
	    "  NODE  ADDRESS         AT              ROLE     HEALTH  ADMIN  "
	    "STANDING  READ  "
	    "LAG_BYTES  POSITION  UPSTREAM  PRIORITY  WEIGHT  SESSIONS  "
	    "VERDICT  DETAIL\n"
	    "  a     10.0.0.11:6379  10.0.0.11:6379  primary  UP      ready  "
	    "OK        no    "
	    "        0      1000  -              100       1         1  "
	    "ok       -\n"
	    "  b     10.0.0.12:6379  -               replica  UP      ready  "
	    "OK        no    "
	    "       10       990  a              100       1         1  "
	    "ok       link is \"down\"\n"
	    "  c     10.0.0.13:6379  -               replica  UP      ready  "
	    "OK        no    "
	    "        0      1000  a                0       1         1  "
	    "ok       -\n");
	expect_part("show cluster",
	    "cluster=web phase=LEARN epoch=0 "
	    "primary=- last_primary=- held=yes failover=manual");
	expect_part("show cluster", "cluster=crm");
}

static void
test_show_cluster_tells_who_is_appointed(void **state)
{
	(void)state;
	fake.has_sentinels = true;
	expect_part("show cluster crm",
	    "\nappointed=b appointed_address=10.0.0.12:6379 "
	    "sentinels_heard=1/2\n"
	    "  SENTINEL     HEARD  EPOCH  APPOINTS        DETAIL\n"
	    "  10.0.0.20:1  yes        7  10.0.0.12:6379  -\n"
	    "  10.0.0.20:2  no         -  -               no answer\n");
	expect_json("show cluster crm json");
	expect_part("show cluster crm json",
	    "\"appointed\":\"b\",\"appointed_address\":\"10.0.0.12:6379\"");
	fake.has_sentinels = false;
	expect_json("show cluster crm json");
	expect_part("show cluster crm json", "\"appointed\":null");
	expect_part("show cluster crm json", "\"sentinels\":[]");
}

static void
test_standing_of_nodes(void **state)
{
	struct node *b = &fake.brains[0].nodes[1];

	(void)state;
	b->is_proven = false;
	expect_part("show cluster crm", "UNPROVEN");
	b->health.last = VERDICT_LOGIN;
	expect_part("show cluster crm", "LOGIN");
	b->is_excluded = true;
	expect_part("show cluster crm", "EXCLUDED");
	b->is_quarantined = true;
	expect_part("show cluster crm", "QUARANTINED");
	b->report.role = ROLE_UNKNOWN;
	b->report.upstream = NODE_FOREIGN;
	expect_part("show cluster crm", "QUARANTINED  no            -");
}

static void
test_held_cluster_tells_what_it_waits_for(void **state)
{
	struct cluster *c = &fake.brains[0];

	(void)state;
	c->phase = PHASE_HOLD;
	c->published.writer = NODE_NONE;
	c->nodes[0].health.state = HEALTH_DOWN;
	c->nodes[0].report.role = ROLE_UNKNOWN;
	c->is_paused = true;
	expect_part("show cluster crm", "primary=- last_primary=a held=yes");
	expect_part("show cluster crm", "\nwaits_for=\"");
	expect_part(
	    "show cluster crm", "hindered: the operator paused failover");
	expect_part("show cluster crm json", "\"waits_for\":\"");
}

static void
test_show_candidates(void **state)
{
	(void)state;
	expect_part("show candidates crm", "its priority forbids it");
	expect_part("show candidates crm",
	    "b     yes  yes   replica         10       990  a              "
	    "100  fit\n");
	expect_part("show candidates web", "it does not answer");
}

static void
test_show_info(void **state)
{
	(void)state;
	expect_part("show info", "name: regent\nversion: 1.2.3\npid: ");
	expect_part("show info", "uptime: 10.0s\nworkers: 2\nmaxconn: 1000\n");
	expect_part("show info", "clusters: 2\nlisteners: 2\nepochs: 3\n");
	expect_part("show info",
	    "config: /etc/fake.ini\naccel: off: no listener asks for "
	    "it\nfeatures: -\n");
	expect_part("show info json", "\"uptime_us\":10000000,");
}

static void
test_show_stat(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LISTEN_COUNTER_COUNT; i++) {
		char key[64];

		snprintf(key, sizeof(key), "\"%s\":", listen_counters[i].name);
		expect_part("show stat json", key);
	}
	expect_part("show stat", "LISTENER  CLUSTER  NOW  HELD_NOW  SESSIONS");
	expect_part("show stat", "\nwrite     crm        1         1");
	expect_part("show stat", "\nNODE      NOW  MAXCONN  CONNECTS");
	expect_part("show stat", "\nweb/only    1");
}

static void
test_show_sessions_waits_for_the_workers(void **state)
{
	struct run run;

	(void)state;
	run_start(&run, "show sessions");
	assert_false(run.call.is_answered);
	fake_world_list(4);
	assert_string_equal(run_answer(&run),
	    "ID  WORKER  LISTENER  CLIENT          NODE  STATE   AGE  IDLE  IN"
	    "  OUT\n"
	    " 1       0  write     10.1.1.1:40000  -     open    0us   0us   0"
	    "    0\n"
	    " 2       0  read      10.1.1.1:40000  a     open   1.0s   0us   1"
	    "    0\n"
	    " 3       0  -         10.1.1.1:40000  -     open   2.0s   0us   2"
	    "    0\n"
	    " 4       0  write     10.1.1.1:40000  c     open   3.0s   0us   3"
	    "    0\n");
	call_fini(&run.call);
	run_start(&run, "show sessions json");
	fake_world_list(3);
	assert_true(json_is_valid(run_answer(&run)));
	call_fini(&run.call);
}

static void
test_long_lists_are_cut_and_counted(void **state)
{
	struct run run;

	(void)state;
	run_start(&run, "show sessions");
	fake_world_list(10001);
	assert_non_null(strstr(
	    run_answer(&run), "\nsessions_listed=10000 sessions_left_out=1\n"));
	call_fini(&run.call);
}

static void
test_caller_may_leave_before_the_answer(void **state)
{
	struct run run;

	(void)state;
	run_start(&run, "show sessions");
	call_cancel(&run.call);
	assert_int_equal(fake.n_forgotten, 1);
	run_start(&run, "failover crm");
	call_cancel(&run.call);
	assert_int_equal(fake.n_forgotten, 2);
}

static void
test_events_of_clusters_are_merged(void **state)
{
	struct run run;
	const char *first, *second, *third;

	(void)state;
	expect("show events", "(none)\n");
	record_tell(&fake.recorders[0], 1, "a", "state=UP->DOWN");
	record_tell(&fake.recorders[0], 3, NULL, "phase=STEADY->HOLD");
	record_tell(&fake.recorders[1], 2, NULL, "in between");
	run_start(&run, "show events");
	first = strstr(run_answer(&run), "Z  crm  a  state=UP->DOWN\n");
	second = strstr(run_answer(&run), "Z  web  -  in between\n");
	third = strstr(run_answer(&run), "Z  crm  -  phase=STEADY->HOLD\n");
	assert_true(first != NULL && first < second && second < third);
	call_fini(&run.call);
	expect_part("show events web", "in between");
	run_start(&run, "show events web");
	assert_null(strstr(run_answer(&run), "crm"));
	call_fini(&run.call);
}

/* The policy and a primary that is down: clients are held. */
static void
lose_primary(void)
{
	struct event ev = { .kind = EV_POLICY, .node = NODE_NONE };

	ev.policy.has_roles = true;
	ev.policy.health.fall = 1;
	ev.policy.health.rise = 1;
	ev.policy.promote_timeout_us = USEC_SEC;
	ev.policy.silence_us = 11 * USEC_SEC;
	fake_world_step(&ev, 1000);
	ev = (struct event){
		.kind = EV_VERDICT, .node = 0, .verdict = VERDICT_REFUSED
	};
	fake_world_step(&ev, 2000);
	assert_int_equal(fake.brains[0].phase, PHASE_HOLD);
}

static void
test_record_is_one(void **state)
{
	(void)state;
	expect_part("record crm", "incident version=1 regent=1.2.3 ");
	lose_primary();
	expect_part("record crm", "\ncheckpoint at_us=1000 number=0 nodes=");
	expect_part("record crm",
	    "\nevent at_us=2000 kind=verdict node=0 "
	    "verdict=refused rule=primary-down ");
	expect_part("record crm", "\nend events=2\n");
	expect_json("record crm json");
	expect_part("record crm json", "{\"line\":\"event at_us=2000 ");
	expect_json("record web json");
}

static void
test_explain_tells_the_last_failover(void **state)
{
	(void)state;
	expect("explain crm", "crm: no failover since regent started\n");
	expect("explain crm json", "{\"cluster\":\"crm\",\"kind\":\"none\"}\n");
	lose_primary();
	expect_part("explain crm", "kind: failover\nstate: under way\n");
	expect_part("explain crm", "cause: the primary is down\n");
	expect_part("explain crm", "\ndetect ");
	expect_part("explain crm", "rule primary-down: the primary is down");
	expect_json("explain crm json");
	expect_part(
	    "explain crm json", "{\"phase\":\"detect\",\"state\":\"done\",");
	expect_part("explain crm json", "\"after_us\":0,\"took_us\":0,");
	expect_part(
	    "explain crm json", "{\"phase\":\"promote\",\"state\":null,");
}

static void
test_config_hides_secrets(void **state)
{
	struct run run;

	(void)state;
	expect_part("show config", "password = ***\n");
	expect_part("show config json",
	    "{\"section\":\"node crm/a\",\"options\":[{\"option\":"
	    "\"address\",\"value\":\"10.0.0.11:6379\"}");
	run_start(&run, "show config");
	assert_null(strstr(run_answer(&run), "opensesame"));
	call_fini(&run.call);
	run_start(&run, "show config json");
	assert_null(strstr(run_answer(&run), "opensesame"));
	call_fini(&run.call);
}

static void
test_every_show_speaks_json(void **state)
{
	static const char *const texts[] = { "show info json",
		"show cluster json", "show cluster crm json", "show stat json",
		"show events json", "explain crm json", "record crm json",
		"show candidates crm json", "show config json", "dance json",
		"switchover json", "pause crm json" };

	(void)state;
	memcpy(fake.detail, "\xff\"\\\n\x01", 6);
	record_tell(&fake.recorders[0], 1, "a", "%s", fake.detail);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		expect_json(texts[i]);
}

static void
test_order_answers_when_it_is_done(void **state)
{
	struct run run;

	(void)state;
	run_start(&run, "switchover crm b");
	assert_string_equal(fake.asked, "1 crm b");
	assert_false(run.call.is_answered);
	fake.answer(fake.arg, true, "promoted; primary=b epoch=4");
	assert_string_equal(
	    run_answer(&run), "ok: switchover: promoted; primary=b epoch=4\n");
	call_fini(&run.call);
	run_start(&run, "failover crm json");
	assert_string_equal(fake.asked, "2 crm -");
	fake.answer(fake.arg, false, "no");
	assert_string_equal(run_answer(&run), "{\"error\":\"failover: no\"}\n");
	call_fini(&run.call);
	run_start(&run, "failover --force crm b");
	assert_string_equal(fake.asked, "3 crm b");
	fake.answer(fake.arg, true, "promoted");
	call_fini(&run.call);
	fake.refusal = "no such node: crm/x";
	expect("switchover crm x", "error: switchover: no such node: crm/x\n");
}

static void
test_actions(void **state)
{
	(void)state;
	expect("set node crm/b state maint",
	    "ok: set node: crm/b is set to maint\n");
	assert_string_equal(fake.asked, "admin crm b maint");
	expect("  rejoin\tcrm/c  ",
	    "ok: rejoin: crm/c will follow the "
	    "primary\n");
	assert_string_equal(fake.asked, "rejoin crm c");
	expect("pause crm", "ok: pause: failover of crm is paused\n");
	assert_string_equal(fake.asked, "pause crm 1");
	expect("resume crm", "ok: resume: failover of crm is resumed\n");
	assert_string_equal(fake.asked, "pause crm 0");
	expect_part("stop", "ok: ");
	assert_string_equal(fake.asked, "stop 0");
	expect_part("stop graceful", "ok: ");
	assert_string_equal(fake.asked, "stop 1");
	fake.refusal = "it is the primary";
	expect("set node crm/a state drain",
	    "error: set node: it is the primary\n");
	expect("pause crm", "error: pause: it is the primary\n");
	expect("rejoin crm/a", "error: rejoin: it is the primary\n");
}

static void
test_reload_tells_all_errors(void **state)
{
	(void)state;
	expect("reload", "ok: reload: the configuration is in force\n");
	fake.reload_errors = "f:1: one\nf:2: two\n";
	expect("reload",
	    "error: reload: the configuration in force stays in "
	    "force\nf:1: one\nf:2: two\n\n");
}

#define COMMAND_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fake_world_open, fake_world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		COMMAND_TEST(test_unknown_commands_are_explained),
		COMMAND_TEST(test_wrong_arguments_are_explained),
		COMMAND_TEST(test_help),
		COMMAND_TEST(test_show_cluster),
		COMMAND_TEST(test_show_cluster_tells_who_is_appointed),
		COMMAND_TEST(test_standing_of_nodes),
		COMMAND_TEST(test_held_cluster_tells_what_it_waits_for),
		COMMAND_TEST(test_show_candidates),
		COMMAND_TEST(test_show_info),
		COMMAND_TEST(test_show_stat),
		COMMAND_TEST(test_show_sessions_waits_for_the_workers),
		COMMAND_TEST(test_long_lists_are_cut_and_counted),
		COMMAND_TEST(test_caller_may_leave_before_the_answer),
		COMMAND_TEST(test_events_of_clusters_are_merged),
		COMMAND_TEST(test_record_is_one),
		COMMAND_TEST(test_explain_tells_the_last_failover),
		COMMAND_TEST(test_config_hides_secrets),
		COMMAND_TEST(test_every_show_speaks_json),
		COMMAND_TEST(test_order_answers_when_it_is_done),
		COMMAND_TEST(test_actions),
		COMMAND_TEST(test_reload_tells_all_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
