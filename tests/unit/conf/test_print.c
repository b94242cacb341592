/* What is printed loads again, tells every option and never a secret. */
#include "conf/print.h"

#include "conf/option.h"
#include "help.h"

#define TEST_ALL \
	HELP_GOOD "maxconn = 5\nidle_timeout = 36h\nbalance = roundrobin\n" \
		  "[cluster s]\nuser=;semicolon\npassword = hunter2\n" \
		  "max_lag = 0\nmax_loss = 3\n" \
		  "[node s/a]\naddress = [::1]:1\n" \
		  "replication_address = 10.9.9.9:1\nweight = 0\n" \
		  "[regent]\nworkers = 3\ncontrol_mode = 0600\n"

static void
test_print_loads_again_as_the_same(void **state)
{
	const struct conf *conf = help_load(TEST_ALL, NULL);
	struct text first = TEXT_INIT;
	struct text second = TEXT_INIT;
	const struct conf *again;

	(void)state;
	conf_print(conf, &first);
	again = help_load(first.at, conf);
	conf_print(again, &second);
	assert_string_equal(first.at, second.at);
	assert_string_equal(conf_find_cluster(again, "s")->user, ";semicolon");
	conf_unref(&conf);
	conf_unref(&again);
	text_fini(&first);
	text_fini(&second);
}

static void
test_print_hides_secrets(void **state)
{
	const struct conf *conf = help_load(TEST_ALL, NULL);
	struct text out = TEXT_INIT;

	(void)state;
	conf_print(conf, &out);
	assert_null(strstr(out.at, "hunter2"));
	assert_non_null(strstr(out.at, "\npassword = ***\n"));
	conf_unref(&conf);
	text_fini(&out);
}

/* As if the password had been read: "***" beside the file would not load. */
static void
test_print_shows_password_file_instead(void **state)
{
	static char password[] = "hunter2";
	const struct conf *conf =
	    help_load(HELP_GOOD "[cluster s]\npassword_file = /p\n"
				"[node s/a]\naddress = 10.0.0.1:1\n",
		NULL);
	struct conf_cluster *c = &conf->clusters[1];
	char *unread = c->password;
	struct text out = TEXT_INIT;
	const struct conf *again;

	(void)state;
	c->password = password;
	conf_print(conf, &out);
	c->password = unread;
	assert_null(strstr(out.at, "hunter2"));
	assert_null(strstr(out.at, "***"));
	again = help_load(out.at, conf);
	assert_string_equal(conf_find_cluster(again, "s")->password_file, "/p");
	conf_unref(&conf);
	conf_unref(&again);
	text_fini(&out);
}

static void
test_longest_texts_load_again(void **state)
{
	struct text ini = TEXT_INIT;
	struct text out = TEXT_INIT;
	const struct conf *conf, *again;

	(void)state;
	text_add(&ini, HELP_GOOD "[cluster s]\nsentinel_password_file=/");
	for (int i = 1; i < VALUE_TEXT_MAX; i++)
		text_add(&ini, "p");
	text_add(&ini, "\n[node s/a]\naddress = 10.0.0.1:1\n");
	conf = help_load(ini.at, NULL);
	conf_print(conf, &out);
	again = help_load(out.at, conf);
	conf_unref(&conf);
	conf_unref(&again);
	text_fini(&ini);
	text_fini(&out);
}

static void
test_documents_tell_every_option(void **state)
{
	struct text sample = TEXT_INIT;
	struct text man = TEXT_INIT;
	struct text line = TEXT_INIT;

	(void)state;
	conf_print_sample(&sample);
	conf_print_man(&man);
	for (unsigned i = 0; i < SCOPE_COUNT; i++) {
		const struct scope *scope = option_scope(i);

		for (unsigned j = 0; j < scope->n_options; j++) {
			const struct option *o = &scope->options[j];

			text_clear(&line);
			text_addf(&line, "\n;%s =", o->name);
			assert_non_null(strstr(sample.at, line.at));
			text_clear(&line);
			text_addf(&line, "\n.It Cm %s No ", o->name);
			assert_non_null(strstr(man.at, line.at));
		}
	}
	text_fini(&sample);
	text_fini(&man);
	text_fini(&line);
}

/* Takes the ";" away from lines like ";name = value" and ";[section]". */
static void
test_uncomment(const char *from, const char *to, struct text *out)
{
	bool is_start = true;

	for (; from < to; from++) {
		bool is_comment = from + 1 < to && from[1] == ' ';

		if (!is_start || *from != ';' || is_comment)
			text_add_bytes(out, from, 1);
		is_start = *from == '\n';
	}
}

static void
test_sample_loads(void **state)
{
	struct text sample = TEXT_INIT;
	const struct conf *conf;

	(void)state;
	conf_print_sample(&sample);
	conf = help_load(sample.at, NULL);
	assert_int_equal(conf->n_clusters, 1);
	assert_int_equal(conf->clusters[0].n_nodes, 3);
	assert_int_equal(conf->n_listens, 2);
	conf_unref(&conf);
	text_fini(&sample);
}

/*
 * A section may be in a file only once, and the sample has [regent] in both
 * halves: each of them loads for itself.
 */
static void
test_each_half_of_the_sample_loads_uncommented(void **state)
{
	struct text sample = TEXT_INIT;
	struct text half = TEXT_INIT;
	const struct conf *conf, *defaults;
	const char *middle;

	(void)state;
	conf_print_sample(&sample);
	middle = strstr(sample.at, "; Every option with its default.");
	assert_non_null(middle);
	test_uncomment(sample.at, middle, &half);
	conf = help_load(half.at, NULL);
	assert_int_equal(conf->clusters[0].n_nodes, 3);
	conf_unref(&conf);

	text_clear(&half);
	test_uncomment(middle, sample.at + sample.len, &half);
	conf = help_load(half.at, NULL);
	assert_true(conf->line > 0);
	/* What the sample calls a default is one. */
	defaults = help_load("[cluster crm]\n"
			     "[node crm/a]\naddress = 10.0.0.11:6379\n"
			     "[listen crm-write]\nbind = 0.0.0.0:6379\n"
			     "cluster = crm\n",
	    NULL);
	text_clear(&half);
	text_clear(&sample);
	conf_print(conf, &half);
	conf_print(defaults, &sample);
	assert_string_equal(half.at, sample.at);
	conf_unref(&conf);
	conf_unref(&defaults);
	text_fini(&sample);
	text_fini(&half);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_loads_again_as_the_same),
		cmocka_unit_test(test_print_hides_secrets),
		cmocka_unit_test(test_print_shows_password_file_instead),
		cmocka_unit_test(test_longest_texts_load_again),
		cmocka_unit_test(test_documents_tell_every_option),
		cmocka_unit_test(test_sample_loads),
		cmocka_unit_test(
		    test_each_half_of_the_sample_loads_uncommented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
