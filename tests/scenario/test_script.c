/* What a script says, and what is said about a bad one. */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct script script;

static void
assert_bad(const char *text, const char *want)
{
	struct err err = { "" };

	assert_int_not_equal(script_parse(&script, "t.scn", text, &err), 0);
	if (strstr(err.text, want) == NULL)
		fail_msg("'%s' is not in '%s'", want, err.text);
}

static void
assert_good(const char *text)
{
	struct err err = { "" };

	if (script_parse(&script, "t.scn", text, &err) != 0)
		fail_msg("%s", err.text);
}

static void
test_a_script_is_read(void **state)
{
	const struct item *i = script.items;

	(void)state;
	assert_good("# a comment\n"
		    "nodes 5 # and one behind\n"
		    "priority n2 0\n"
		    "at 1.5s cut n1 regent one-way\n"
		    "expect no told \"a # b\" by 2s\n"
		    "on FENCE after 2ms kill n5\n"
		    "never writer none\n"
		    "at 3s set max_loss 7\n"
		    "at 3s expect lost <= 3\n");
	assert_int_equal(script.setting.n_nodes, 5);
	assert_int_equal(script.setting.priority[1], 0);
	assert_int_equal(script.n_items, 7);
	assert_int_equal(script.end, 3 * USEC_SEC);

	assert_int_equal(i[0].kind, ITEM_BLOCK);
	assert_int_equal(i[0].line, 4);
	assert_int_equal(i[0].from, 1500 * USEC_MS);
	assert_int_equal(i[0].command, COMMAND_CUT_ONE_WAY);
	assert_int_equal(i[0].args.node[1], PLACE_HOST);
	assert_int_equal(i[1].when, WHEN_BY);
	assert_int_equal(i[1].until, 2 * USEC_SEC);
	assert_true(i[1].is_negated);
	assert_string_equal(i[1].args.text, "a # b");
	assert_int_equal(i[2].kind, ITEM_TRIGGER);
	assert_int_equal(i[2].phase, PHASE_FENCE);
	assert_int_equal(i[2].delay, 2 * USEC_MS);
	assert_int_equal(i[3].when, WHEN_UNTIL);
	assert_int_equal(i[3].until, USEC_NEVER);
	assert_true(i[3].is_negated);
	assert_true(i[4].is_setting);
	assert_int_equal(i[4].args.number, 7);
	assert_int_equal(i[5].kind, ITEM_BLOCK);
	assert_false(i[5].has_command);
	assert_int_equal(i[6].condition, CONDITION_LOST_MOST);
	assert_int_equal(i[6].when, WHEN_AT);
}

static void
test_times_have_units(void **state)
{
	static const struct {
		const char *word;
		usec_t us;
	} good[] = { { "0s", 0 }, { "7us", 7 }, { "1.5ms", 1500 },
		{ "20s", 20 * USEC_SEC }, { "2min", 120 * USEC_SEC } };
	static const char *const bad[] = { "", "5", "s", "-1s", "5 s", "5S",
		"1e99s", "5h", "0x5s", "nans", "infs", ".5s" };
	struct err err;
	usec_t us;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(words_time(good[i].word, &us, &err), 0);
		assert_int_equal(us, good[i].us);
	}
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
		if (words_time(bad[i], &us, &err) == 0)
			fail_msg("'%s' is a time", bad[i]);
}

static void
test_bad_lines_are_told_with_their_place(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "expect write\nat 5s explode n1\n",
		    "t.scn:2: unknown command 'explode'" },
		{ "at 5 kill n1\n", "t.scn:1: '5' is no time" },
		{ "at 5s\n", "t.scn:1: at TIME, then a command or expect" },
		{ "at 5s kill\n", "kill NODE: something is missing" },
		{ "at 5s kill x1\n", "kill NODE: 'x1' is no node" },
		{ "at 5s kill n0\n", "'n0' is no node" },
		{ "at 5s kill n1 n2\n", "kill NODE: 'n2' is too much" },
		{ "at 5s kill n4\n", "there is no node n4" },
		{ "at 5s kill \"n1\"\n", "'n1' is no NODE" },
		{ "at 5s cut n1 mars\n", "'mars' is neither a node nor" },
		{ "at 5s fail coffee n1\n", "'coffee' is no operation" },
		{ "at 5s start n1 older x\n", "'x' is no number" },
		{ "at 5s set\n", "a setting is missing" },
		{ "at 5s kill n1\nat 4s kill n2\n",
		    "t.scn:2: 4s is before the last block" },
		{ "at 5s kill n1\nexpect write by 4s\n",
		    "t.scn:2: 4s is over when the block begins" },
		{ "expect\n", "a condition is missing" },
		{ "expect peace\n", "unknown condition 'peace'" },
		{ "expect phase BUSY\n", "'BUSY' is no phase" },
		{ "expect told nothing\n", "told TEXT: 'nothing' is no TEXT" },
		{ "expect told \"nothing\n", "a quote is not closed" },
		{ "expect write by soon\n", "'soon' is no time" },
		{ "never no write\n", "never takes a condition" },
		{ "never write by 5s\n", "never takes a condition" },
		{ "on HOLD\n", "on PHASE, then a command" },
		{ "on TEA kill n1\n", "'TEA' is no phase" },
		{ "on HOLD after kill n1\n", "'kill' is no time" },
		{ "nodes 10\n", "nodes NUMBER: 10 is out of range" },
		{ "colour blue\n", "unknown setting 'colour'" },
		{ "at 5s kill n1\nnodes 3\n", "stands before the first at" },
		{ "end\n", "end TIME" },
		{ "nodes 3\n", "t.scn: it expects nothing" },
		{ "nodes 2\nsync 2\nexpect write\n", "takes more than 2" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		assert_bad(cases[i].text, cases[i].want);
}

static void
test_long_scripts_are_refused(void **state)
{
	char line[400], *text = calloc(SCRIPT_ITEMS_MAX + 1, 16);

	(void)state;
	assert_non_null(text);
	for (int i = 0; i <= SCRIPT_ITEMS_MAX; i++)
		strcat(text, "expect write\n");
	assert_bad(text, "t.scn:161: more than 160 lines");
	free(text);

	memset(line, ' ', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_bad(line, "a line of more than 255 bytes");
	memset(line, 'x', 100);
	line[100] = '\0';
	assert_bad(line, "a word of more than 95 bytes");
	assert_bad("a b c d e f g h i j k l m n o p q", "more than 16 words");
}

static void
test_a_missing_file_is_told(void **state)
{
	struct err err;

	(void)state;
	assert_int_not_equal(script_load(&script, "no/such.scn", &err), 0);
	assert_non_null(strstr(err.text, "no/such.scn"));
}

/* Each in a script that plays: what must be told when it is not so. */
static void
test_a_failed_expectation_is_told(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "at 1s kill n1\nexpect writer n3 by 2s\n",
		    "t.scn:2: did not happen in time\n"
		    "  expected: expect writer n3 by 2s\n"
		    "  at 2.0000s: regent runs, phase STEADY" },
		{ "at 1s kill n1\nexpect writer n1 until 2s\n",
		    "t.scn:2: did not stay so" },
		{ "at 1s kill n1\nnever writer n2\nend 2s\n",
		    "t.scn:2: did not stay so" },
		{ "at 1s expect writer n2\n", "t.scn:1: was not so" },
		{ "at 1s kill n1\nexpect lost 5\n", "t.scn:2: was not so" },
		{ "at 1s kill n1\nexpect writer n2 by 3s\n"
		  "expect writer n1 by 2s\n",
		    "t.scn:3: did not happen in time" },
		{ "at 1s expect writer n2 by 3s\nexpect write until 2s\n",
		    "t.scn:2: is over before what stands above it was met" },
	};
	struct stage *st = calloc(1, sizeof(*st));
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	assert_non_null(st);
	assert_non_null(w);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_good(cases[i].text);
		assert_false(stage_run(st, w, &script, STORY_TAIL));
		if (strstr(text_cstr(&st->failure), cases[i].want) == NULL)
			fail_msg("'%s' is not in '%s'", cases[i].want,
			    text_cstr(&st->failure));
		stage_fini(st);
	}
	free(w);
	free(st);
}

/* The order of lines is the order of events. */
static void
test_by_is_met_in_order(void **state)
{
	struct stage *st = calloc(1, sizeof(*st));
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	assert_non_null(st);
	assert_non_null(w);
	assert_good("at 1s kill n1\n"
		    "expect phase HOLD by 2s\n"
		    "expect phase PROMOTE by 2s\n"
		    "expect phase STEADY by 2s\n"
		    "expect no phase HOLD until 3s\n"
		    "expect no promotion until 3s\n");
	assert_true(stage_run(st, w, &script, STORY_NONE));
	stage_fini(st);
	assert_good("at 1s kill n1\n"
		    "expect phase PROMOTE by 2s\n"
		    "expect phase FENCE by 2s\n");
	assert_false(stage_run(st, w, &script, STORY_NONE));
	stage_fini(st);
	free(w);
	free(st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_script_is_read),
		cmocka_unit_test(test_times_have_units),
		cmocka_unit_test(test_bad_lines_are_told_with_their_place),
		cmocka_unit_test(test_long_scripts_are_refused),
		cmocka_unit_test(test_a_missing_file_is_told),
		cmocka_unit_test(test_a_failed_expectation_is_told),
		cmocka_unit_test(test_by_is_met_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
