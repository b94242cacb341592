/* A reload: who keeps an id, who gets a new one, and what needs a restart. */
#include "help.h"

#define NODE(cluster, name, address) \
	"[node " cluster "/" name "]\naddress = " address "\n"
#define LISTEN(name, port, cluster) \
	"[listen " name "]\nbind = *:" port "\ncluster = " cluster "\n"

#define TEST_OLD \
	"[cluster a]\n" NODE("a", "x", "10.0.0.1:1") \
	    NODE("a", "y", "10.0.0.2:1") NODE("a", "z", \
		"10.0.0.3:1") "[cluster b]\n" NODE("b", "x", "10.0.1.1:1") \
		LISTEN("r", "1", "a") LISTEN("w", "2", "b")

static unsigned
test_node_id(const struct conf *conf, const char *cluster, const char *node)
{
	return conf_find_node(conf_find_cluster(conf, cluster), node)->id;
}

static void
test_ids_start_from_zero_in_order(void **state)
{
	const struct conf *conf = help_load(TEST_OLD, NULL);

	(void)state;
	assert_int_equal(conf_find_cluster(conf, "a")->id, 0);
	assert_int_equal(conf_find_cluster(conf, "b")->id, 1);
	assert_int_equal(test_node_id(conf, "a", "z"), 2);
	assert_int_equal(test_node_id(conf, "b", "x"), 0);
	assert_int_equal(conf_find_listen(conf, "w")->id, 1);
	assert_int_equal(conf_find_listen(conf, "w")->cluster_id, 1);
	conf_unref(&conf);
}

static void
test_same_name_keeps_its_id_in_any_order(void **state)
{
	const struct conf *old = help_load(TEST_OLD, NULL);
	const struct conf *conf = help_load(
	    LISTEN("w", "2", "b") LISTEN("r", "1", "a") "[cluster b]\n" NODE(
		"b", "x", "10.0.1.1:1") "[cluster a]\n" NODE("a", "z",
		"10.0.0.3:1") NODE("a", "x", "10.0.0.1:1"),
	    old);

	(void)state;
	assert_int_equal(conf_find_cluster(conf, "a")->id, 0);
	assert_int_equal(conf_find_cluster(conf, "b")->id, 1);
	assert_int_equal(test_node_id(conf, "a", "x"), 0);
	assert_int_equal(test_node_id(conf, "a", "z"), 2);
	assert_int_equal(conf_find_listen(conf, "r")->id, 0);
	assert_int_equal(conf_find_listen(conf, "w")->id, 1);
	assert_int_equal(conf_find_listen(conf, "w")->cluster_id, 1);
	conf_unref(&conf);
	conf_unref(&old);
}

/* Sessions of what was removed may still be counted under its id. */
static void
test_new_name_takes_no_id_of_the_old_snapshot(void **state)
{
	const struct conf *old = help_load(TEST_OLD, NULL);
	const struct conf *conf = help_load(
	    "[cluster c]\n" NODE("c", "x", "10.0.2.1:1") "[cluster a]\n" NODE(
		"a", "n", "10.0.0.4:1") NODE("a", "z", "10.0.0.3:1")
		LISTEN("n", "3", "c") LISTEN("r", "1", "a"),
	    old);

	(void)state;
	assert_int_equal(conf_find_cluster(conf, "c")->id, 2);
	assert_int_equal(conf_find_cluster(conf, "a")->id, 0);
	assert_int_equal(test_node_id(conf, "a", "n"), 3);
	assert_int_equal(test_node_id(conf, "a", "z"), 2);
	assert_int_equal(test_node_id(conf, "c", "x"), 0);
	assert_int_equal(conf_find_listen(conf, "n")->id, 2);
	assert_int_equal(conf_find_listen(conf, "n")->cluster_id, 2);
	conf_unref(&conf);
	conf_unref(&old);
}

static void
test_add_many_nodes(struct text *ini, char name)
{
	text_clear(ini);
	text_add(ini, "[cluster a]\n" LISTEN("w", "1", "a"));
	for (int i = 1; i <= CONF_NODES_MAX; i++)
		text_addf(ini, "[node a/%c%d]\naddress = 10.%c.0.%d:1\n", name,
		    i, name == 'o' ? '1' : '2', i);
}

static void
test_ids_that_run_out_are_reported(void **state)
{
	struct text ini = TEXT_INIT;
	struct text errors = TEXT_INIT;
	const struct conf *old;
	const char *first = "t:5: [node a/n1]: found no room beside what this "
			    "reload removes: expected at most 16 old and new "
			    "together; remove first, add in a second reload\n";

	(void)state;
	test_add_many_nodes(&ini, 'o');
	old = help_load(ini.at, NULL);
	test_add_many_nodes(&ini, 'n');
	assert_null(conf_load_bytes("t", ini.at, ini.len, old, &errors));
	assert_memory_equal(errors.at, first, strlen(first));
	conf_unref(&old);
	text_fini(&ini);
	text_fini(&errors);
}

#define TEST_PLAIN HELP_GOOD "[regent]\n"

static const struct help_case test_restarts[] = {
	{ .ini = TEST_PLAIN "workers = 4\nstate_dir = /other\n"
			    "control_mode = 0600\npid_file = /run/pid\n"
			    "control_socket = /s\n",
	    .errors =
		"t:11: [regent] workers: found 4: expected auto as now: "
		"changing workers needs a restart\n"
		"t:11: [regent] control_socket: found /s: expected "
		"/run/regent/control.sock as now: changing control_socket "
		"needs a restart\n"
		"t:11: [regent] control_mode: found 0600: expected 0660 as "
		"now: changing control_mode needs a restart\n"
		"t:11: [regent] state_dir: found /other: expected "
		"/var/lib/regent as now: changing state_dir needs a restart\n"
		"t:11: [regent] pid_file: found /run/pid: expected nothing as "
		"now: changing pid_file needs a restart\n" },
	{ .ini = "[cluster crm]\n"
		 "[node crm/a]\naddress = 10.0.0.12:6379\n"
		 "[listen w]\nbind = *:6380\ncluster = other\n"
		 "[cluster other]\n[node other/a]\naddress = 10.0.1.1:1\n",
	    .errors =
		"t:1: [cluster crm] protocol: found tcp: expected redis as "
		"now: changing protocol needs a restart (or another name)\n"
		"t:2: [node crm/a] address: found 10.0.0.12:6379: expected "
		"10.0.0.11:6379 as now: changing address needs a restart (or "
		"another name)\n"
		"t:4: [listen w] bind: found 0.0.0.0:6380: expected "
		"0.0.0.0:6379 as now: changing bind needs a restart (or "
		"another name)\n"
		"t:4: [listen w] cluster: found other: expected crm as now: "
		"changing cluster needs a restart (or another name)\n" },
	/* With another name it is another node. */
	{ .ini = "[cluster crm]\nprotocol = redis\n"
		 "[node crm/b]\naddress = 10.0.0.11:6379\n"
		 "[listen x]\nbind = *:6379\ncluster = crm\n",
	    .errors = NULL },
	/* All that a reload may change. */
	{ .ini = TEST_PLAIN "maxconn = 10\nlog_level = info\nlog = syslog\n"
			    "drain_timeout = 1s\n",
	    .errors = NULL },
	/* A broken value must not look like a change. */
	{ .ini = TEST_PLAIN "workers = x\n",
	    .errors = "t:12: [regent] workers: found \"x\": expected auto or a "
		      "whole number between 1 and 64\n" },
};

static void
test_changes_that_need_a_restart_are_refused(void **state)
{
	const struct conf *old = help_load(HELP_GOOD, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(test_restarts); i++)
		help_expect(test_restarts[i].ini, old, test_restarts[i].errors);
	conf_unref(&old);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_start_from_zero_in_order),
		cmocka_unit_test(test_same_name_keeps_its_id_in_any_order),
		cmocka_unit_test(test_new_name_takes_no_id_of_the_old_snapshot),
		cmocka_unit_test(test_ids_that_run_out_are_reported),
		cmocka_unit_test(test_changes_that_need_a_restart_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
