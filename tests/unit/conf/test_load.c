/*
 * Lines, sections and options: what is read, and what is said about the rest.
 * Limits of a line come from inih; Debian's keeps 200 bytes.
 */
#include "help.h"

#include <stdio.h>

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

#define NO_OPTION \
	"found neither an option nor a section: expected \"name = value\" or " \
	"\"[section]\"\n"
#define FORMS "[regent], [cluster NAME], [node CLUSTER/NAME] or [listen NAME]\n"
#define NAME_FORM \
	"a name being 1 to 31 letters, digits, \"_\", \".\" or \"-\", the " \
	"first a letter or digit\n"

static void
test_defaults_hold_where_the_file_is_silent(void **state)
{
	const struct conf *conf = help_load(HELP_GOOD, NULL);
	const struct conf_cluster *c = conf_find_cluster(conf, "crm");
	const struct conf_listen *l = conf_find_listen(conf, "w");

	(void)state;
	assert_string_equal(conf->path, "t");
	assert_int_equal(conf->workers, 0);
	assert_int_equal(conf->control_mode, 0660);
	assert_int_equal(conf->log_level, LEVEL_NOTICE);
	assert_string_equal(conf->state_dir, "/var/lib/regent");
	assert_string_equal(conf->pid_file, "");
	assert_int_equal(c->protocol, PROTOCOL_REDIS);
	assert_int_equal(c->check_interval_us, 200 * USEC_MS);
	assert_int_equal(c->max_loss_bytes, 10 << 20);
	assert_int_equal(c->nodes[0].priority, 100);
	assert_false(endpoint_is_set(&c->nodes[0].replication_address));
	assert_string_equal(l->bind.host, "0.0.0.0");
	assert_int_equal(l->bind.port, 6379);
	assert_int_equal(l->cluster_id, c->id);
	assert_true(l->has_primary_fallback);
	conf_unref(&conf);
}

static void
test_values_of_the_file_are_taken(void **state)
{
	const struct conf *conf = help_load(HELP_GOOD
	    "route = replica\nhold_timeout=1500ms\n"
	    "primary_fallback = no\n"
	    "[regent]\nworkers = 4\nlog_level = debug\n"
	    "drain_timeout = 1m\nlog = /var/log/regent.log\n",
	    NULL);
	const struct conf_listen *l = conf_find_listen(conf, "w");

	(void)state;
	assert_int_equal(l->route, ROUTE_REPLICA);
	assert_int_equal(l->hold_timeout_us, 1500 * USEC_MS);
	assert_false(l->has_primary_fallback);
	assert_int_equal(conf->workers, 4);
	assert_int_equal(conf->line, 14);
	assert_int_equal(conf->log_level, LEVEL_DEBUG);
	assert_int_equal(conf->drain_timeout_us, 60 * USEC_SEC);
	assert_string_equal(conf->log, "/var/log/regent.log");
	conf_unref(&conf);
}

static void
test_layout_of_lines_does_not_matter(void **state)
{
	const struct conf *conf =
	    help_load("\xef\xbb\xbf# a comment\r\n"
		      "  ; another = one\r\n"
		      "\t[ cluster \t crm ] ; the nodes\r\n"
		      "  protocol=redis\r\n"
		      "\tuser  =  a;b c  ; not this\r\n"
		      "    password = x=y:z#\r\n"
		      "\r\n"
		      "[listen w];\n"
		      "bind = *:6379\n"
		      " cluster = crm\n"
		      "[node crm/a]\n"
		      "  address = 10.0.0.11:6379",
		NULL);
	const struct conf_cluster *c = &conf->clusters[0];

	(void)state;
	assert_string_equal(c->name, "crm");
	assert_int_equal(c->line, 3);
	assert_string_equal(c->user, "a;b c");
	assert_string_equal(c->password, "x=y:z#");
	assert_int_equal(c->nodes[0].line, 11);
	assert_int_equal(c->nodes[0].address.port, 6379);
	conf_unref(&conf);
}

static void
test_nodes_may_come_before_their_cluster(void **state)
{
	const struct conf *conf =
	    help_load("[node b/x]\naddress = 10.0.0.1:1\n"
		      "[node a/x]\naddress = 10.0.0.2:1\n"
		      "[node b/y]\naddress = 10.0.0.3:1\n"
		      "[listen w]\nbind = *:1\ncluster = b\n"
		      "[cluster a]\n[cluster b]\n",
		NULL);

	(void)state;
	assert_int_equal(conf->n_clusters, 2);
	assert_string_equal(conf->clusters[0].name, "a");
	assert_int_equal(conf->clusters[0].n_nodes, 1);
	assert_int_equal(conf->clusters[1].n_nodes, 2);
	assert_string_equal(conf->clusters[1].nodes[1].name, "y");
	assert_string_equal(
	    conf->clusters[1].nodes[1].address.host, "10.0.0.3");
	assert_int_equal(conf->listens[0].cluster_id, conf->clusters[1].id);
	conf_unref(&conf);
}

/* inih would cut this section's name at 50 bytes. */
static void
test_longest_names_are_whole(void **state)
{
	const struct conf *conf = help_load(
	    "[cluster " TEN TEN TEN "x]\n"
	    "[node " TEN TEN TEN "x/" TEN TEN TEN "a]\naddress = 10.0.0.1:1\n"
	    "[node " TEN TEN TEN "x/" TEN TEN TEN "b]\naddress = 10.0.0.2:1\n"
	    "[listen w]\nbind = *:1\ncluster = " TEN TEN TEN "x\n",
	    NULL);
	const struct conf_cluster *c = conf_find_cluster(conf, TEN TEN TEN "x");

	(void)state;
	assert_int_equal(c->n_nodes, 2);
	assert_non_null(conf_find_node(c, TEN TEN TEN "b"));
	conf_unref(&conf);
}

static void
test_things_are_found_by_name_and_id(void **state)
{
	const struct conf *conf = help_load(HELP_GOOD, NULL);
	const struct conf_cluster *c = conf_find_cluster(conf, "crm");

	(void)state;
	assert_ptr_equal(conf_cluster_by_id(conf, c->id), c);
	assert_null(conf_cluster_by_id(conf, c->id + 1));
	assert_null(conf_find_cluster(conf, "crn"));
	assert_ptr_equal(conf_find_node(c, "a"), &c->nodes[0]);
	assert_ptr_equal(conf_node_by_id(c, c->nodes[0].id), &c->nodes[0]);
	assert_null(conf_find_node(c, "b"));
	assert_null(conf_node_by_id(c, c->nodes[0].id + 1));
	assert_ptr_equal(conf_find_listen(conf, "w"), &conf->listens[0]);
	assert_ptr_equal(conf_listen_by_id(conf, 0), &conf->listens[0]);
	assert_null(conf_find_listen(conf, "x"));
	assert_null(conf_listen_by_id(conf, 1));
	conf_unref(&conf);
}

static void
test_snapshot_lives_until_the_last_reference(void **state)
{
	const struct conf *conf = help_load(HELP_GOOD, NULL);
	const struct conf *second = conf_ref(conf);

	(void)state;
	conf_unref(&conf);
	assert_null(conf);
	assert_string_equal(second->clusters[0].name, "crm");
	conf_unref(&second);
	assert_null(second);
	conf_unref(&second); /* nothing to give back */
}

static const struct help_case test_lines[] = {
	{ .ini = HELP_GOOD "what is this\n",
	    .errors = "t:11: [listen w]: " NO_OPTION },
	/* Without "=" a password must not be shown, wherever it is cut. */
	{ .ini = HELP_GOOD "password hunter2\npassword: hunter2\n"
			   "password hunter2 = x\npassword h:unter2 = x\n",
	    .errors =
		"t:11: [listen w]: " NO_OPTION "t:12: [listen w]: " NO_OPTION
		"t:13: [listen w]: " NO_OPTION "t:14: [listen w]: " NO_OPTION },
	{ .ini = HELP_GOOD "= 5\n", .errors = "t:11: [listen w]: " NO_OPTION },
	{ .ini = HELP_GOOD "route ; = any\n",
	    .errors = "t:11: [listen w]: " NO_OPTION },
	{ .ini = HELP_GOOD "route ; = any",
	    .errors = "t:11: [listen w]: " NO_OPTION },
	{ .ini = HELP_GOOD "route = \x01\n",
	    .errors =
		"t:11: [listen w]: found the byte 0x01: expected text\n" },
	{ .ini = HELP_GOOD "; " HUNDRED HUNDRED HUNDRED "\n", .errors = NULL },
	{ .ini = HELP_GOOD "b" TEN TEN TEN TEN TEN " = x\n",
	    .errors = "t:11: [listen w]: found an option name of 51 bytes: "
		      "expected at most 49\n" },
	{ .ini = "workers = 4\n" HELP_GOOD,
	    .errors = "t:1: workers: found an option before the first section: "
		      "expected a section such as [regent]\n" },
};

static void
test_broken_lines_are_reported(void **state)
{
	(void)state;
	help_expect_all(test_lines, ARRAY_LEN(test_lines));
}

static void
test_nul_byte_is_reported(void **state)
{
	static const char ini[] = HELP_GOOD "route = any\0\n# \0\n\0";
	struct text errors = TEXT_INIT;

	(void)state;
	assert_null(conf_load_bytes("t", ini, sizeof(ini) - 1, NULL, &errors));
	assert_string_equal(text_cstr(&errors),
	    "t:11: [listen w]: found the byte 0x00: expected text\n"
	    "t:12: [listen w]: found the byte 0x00: expected text\n"
	    "t:13: [listen w]: found the byte 0x00: expected text\n");
	text_fini(&errors);
}

/* The text depends on the inih that is there; that it is told must not. */
static void
test_long_line_is_reported_not_cut(void **state)
{
	struct text ini = TEXT_INIT;
	struct text errors = TEXT_INIT;
	const char *start = "t:11: [listen w]: found a line of 100008 bytes: "
			    "expected at most ";

	(void)state;
	text_add(&ini, HELP_GOOD "route = ");
	for (int i = 0; i < 1000; i++)
		text_add(&ini, HUNDRED);
	text_add(&ini, "\nfoo = 1\n");
	assert_null(conf_load_bytes("t", ini.at, ini.len, NULL, &errors));
	assert_memory_equal(errors.at, start, strlen(start));
	assert_non_null(strstr(errors.at, "\nt:12: [listen w] foo: "));
	text_fini(&ini);
	text_fini(&errors);
}

static const struct help_case test_sections[] = {
	{ .ini = HELP_GOOD "[custer x]\nfoo = 1\n",
	    .errors = "t:11: [custer x]: found an unknown section: "
		      "expected " FORMS },
	{ .ini = HELP_GOOD "[]\n",
	    .errors = "t:11: found an unknown section: expected " FORMS },
	{ .ini = HELP_GOOD "[cluster x\nfoo = 1\n",
	    .errors = "t:11: found a section that does not end with \"]\": "
		      "expected " FORMS },
	{ .ini = HELP_GOOD "[cluster x] foo\n",
	    .errors = "t:11: found a section that does not end with \"]\": "
		      "expected " FORMS },
	{ .ini = HELP_GOOD "[cluster " HUNDRED HUNDRED "]\n",
	    .errors = "t:11: found a section name of 208 bytes: "
		      "expected at most 95\n" },
	{ .ini = HELP_GOOD "[regent x]\n",
	    .errors = "t:11: [regent x]: found \"x\": expected [regent] "
		      "without a name\n" },
	{ .ini = HELP_GOOD "[cluster]\n",
	    .errors = "t:11: [cluster]: found nothing: expected "
		      "[cluster NAME], " NAME_FORM },
	{ .ini = HELP_GOOD "[cluster a b]\n",
	    .errors = "t:11: [cluster a b]: found \"a b\": expected "
		      "[cluster NAME], " NAME_FORM },
	{ .ini = HELP_GOOD "[listen " TEN TEN TEN "ab]\n",
	    .errors = "t:11: [listen " TEN TEN TEN "ab]: found \"" TEN TEN TEN
		      "ab\": expected [listen NAME], " NAME_FORM },
	{ .ini = HELP_GOOD "[node a]\n",
	    .errors = "t:11: [node a]: found \"a\": expected "
		      "[node CLUSTER/NAME], " NAME_FORM },
	{ .ini = HELP_GOOD "[node crm/-b]\n",
	    .errors = "t:11: [node crm/-b]: found \"crm/-b\": expected "
		      "[node CLUSTER/NAME], " NAME_FORM },
	{ .ini = HELP_GOOD "[cluster crm]\nrise = 0\n[regent]\n[regent]\n",
	    .errors = "t:11: [cluster crm]: found it again: expected it once, "
		      "line 1 has it\n"
		      "t:12: [cluster crm] rise: found \"0\": expected a whole "
		      "number between 1 and 100\n"
		      "t:14: [regent]: found it again: expected it once, "
		      "line 13 has it\n" },
	{ .ini = HELP_GOOD "[node crm/a]\n[listen w]\n",
	    .errors = "t:11: [node crm/a]: found it again: expected it once, "
		      "line 4 has it\n"
		      "t:12: [listen w]: found it again: expected it once, "
		      "line 7 has it\n" },
};

static void
test_broken_sections_are_reported(void **state)
{
	(void)state;
	help_expect_all(test_sections, ARRAY_LEN(test_sections));
}

static const struct help_case test_options[] = {
	{ .ini = HELP_GOOD "route = any\nroute = any\n",
	    .errors = "t:12: [listen w] route: found it again: expected it "
		      "once, line 11 has it\n" },
	{ .ini = HELP_GOOD "hold_timout = 5s\nrote = any\n",
	    .errors = "t:11: [listen w] hold_timout: found an unknown option: "
		      "expected perhaps hold_timeout\n"
		      "t:12: [listen w] rote: found an unknown option: "
		      "expected perhaps route\n" },
	{ .ini = HELP_GOOD "colour = red\n",
	    .errors = "t:11: [listen w] colour: found an unknown option: "
		      "expected one of [listen NAME], see regent.conf(5)\n" },
	{ .ini = HELP_GOOD "priority = 5\n",
	    .errors = "t:11: [listen w] priority: found an unknown option: "
		      "expected it in [node CLUSTER/NAME]\n" },
	{ .ini = HELP_GOOD "route = both\nhold_timeout = 5x\n"
			   "hold_max = 1000001\nprimary_fallback = 1\n",
	    .errors =
		"t:11: [listen w] route: found \"both\": expected primary, "
		"replica or any\n"
		"t:12: [listen w] hold_timeout: found \"5x\": expected a "
		"duration between 0s and 1h, such as 30s\n"
		"t:13: [listen w] hold_max: found \"1000001\": expected a "
		"whole number between 0 and 1000000\n"
		"t:14: [listen w] primary_fallback: found \"1\": expected yes "
		"or no\n" },
	{ .ini = HELP_GOOD "mode = redis\n[cluster p]\nprotocol = oracle\n"
			   "[node p/a]\naddress = 10.0.0.1:5432\n",
	    .errors =
		"t:11: [listen w] mode: found \"redis\": expected tcp\n"
		"t:13: [cluster p] protocol: found \"oracle\": expected tcp, "
		"redis, postgres or mysql\n" },
	{ .ini = HELP_GOOD "[node crm/b]\n[listen r]\n",
	    .errors =
		"t:11: [node crm/b] address: found nothing: expected IP:PORT "
		"or NAME:PORT\n"
		"t:12: [listen r] bind: found nothing: expected a numeric "
		"IP:PORT\n"
		"t:12: [listen r] cluster: found nothing: expected text of at "
		"most 173 bytes\n" },
	/* Once is enough: a bad value is no missing one. */
	{ .ini = HELP_GOOD "[node crm/b]\naddress = db/2:6379\n",
	    .errors = "t:12: [node crm/b] address: found \"db/2:6379\": "
		      "expected IP:PORT or NAME:PORT, such as 10.0.0.1:6379, "
		      "[::1]:6379 or db1.lan:6379\n" },
	{ .ini = HELP_GOOD "[regent]\ncontrol_socket =\npid_file =\n",
	    .errors =
		"t:12: [regent] control_socket: found nothing: expected an "
		"absolute path of at most 173 bytes\n" },
};

static void
test_broken_options_are_reported(void **state)
{
	(void)state;
	help_expect_all(test_options, ARRAY_LEN(test_options));
}

static void
test_endless_errors_are_cut(void **state)
{
	struct text ini = TEXT_INIT;
	struct text errors = TEXT_INIT;
	const char *last =
	    "t: found more errors: only the first 100 are shown\n";
	unsigned lines = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_add(&ini, "x\n");
	assert_null(conf_load_bytes("t", ini.at, ini.len, NULL, &errors));
	for (size_t i = 0; i < errors.len; i++)
		lines += errors.at[i] == '\n';
	assert_int_equal(lines, 101);
	assert_string_equal(errors.at + errors.len - strlen(last), last);
	text_fini(&ini);
	text_fini(&errors);
}

static void
test_too_many_sections_are_reported(void **state)
{
	struct text ini = TEXT_INIT;
	struct text errors = TEXT_INIT;

	(void)state;
	for (int i = 0; i < 2000; i++)
		text_addf(
		    &ini, "[listen l%d]\nbind = *:%d\ncluster = c\n", i, i + 1);
	assert_null(conf_load_bytes("t", ini.at, ini.len, NULL, &errors));
	assert_non_null(strstr(errors.at,
	    "t:3652: found one section too many: expected at most 1217\n"));
	text_fini(&ini);
	text_fini(&errors);
}

/* ---- files ----------------------------------------------------------- */
int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_hold_where_the_file_is_silent),
		cmocka_unit_test(test_values_of_the_file_are_taken),
		cmocka_unit_test(test_layout_of_lines_does_not_matter),
		cmocka_unit_test(test_nodes_may_come_before_their_cluster),
		cmocka_unit_test(test_longest_names_are_whole),
		cmocka_unit_test(test_things_are_found_by_name_and_id),
		cmocka_unit_test(test_snapshot_lives_until_the_last_reference),
		cmocka_unit_test(test_broken_lines_are_reported),
		cmocka_unit_test(test_nul_byte_is_reported),
		cmocka_unit_test(test_long_line_is_reported_not_cut),
		cmocka_unit_test(test_broken_sections_are_reported),
		cmocka_unit_test(test_broken_options_are_reported),
		cmocka_unit_test(test_endless_errors_are_cut),
		cmocka_unit_test(test_too_many_sections_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
