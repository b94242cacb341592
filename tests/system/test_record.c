/*
 * A failover that happened can be looked at afterwards: explained with the
 * time of each phase, recorded, and replayed by the simulator.
 */
#include "answer.h"
#include "crm.h"
#include "json_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
record_sim_program(void)
{
	const char *set = getenv("REGENT_SIM");

	return set != NULL ? set : "./tests/sim/regent-sim";
}

/* Runs regentctl; the caller frees what it printed. */
static char *
record_ctl(struct crm *crm, const char *command)
{
	const char *argv[] = { "regentctl", "-s", crm->daemon->control, command,
		NULL };
	char *output;

	assert_int_equal(
	    process_run(crm->site, daemon_ctl_program(), argv, &output), 0);
	return output;
}

static void
record_save(struct crm *crm, const char *path)
{
	char *text = record_ctl(crm, "record crm");

	assert_int_equal(strncmp(text, "incident version=1 ", 19), 0);
	site_write_file(path, text);
	free(text);
}

static int
record_replay(struct crm *crm, const char *path, char **story)
{
	const char *argv[] = { "regent-sim", "--replay", path, NULL };

	return process_run(crm->site, record_sim_program(), argv, story);
}

/* Replays without a difference; the caller frees the story. */
static char *
record_must_replay(struct crm *crm)
{
	char path[SITE_PATH_LEN];
	char *story;
	int rc;

	site_path(crm->site, path, "incident.rec");
	record_save(crm, path);
	rc = record_replay(crm, path, &story);
	if (rc != 0)
		fail_msg("regent-sim: exit code %d: %s", rc, story);
	assert_contains(story, "each of the");
	return story;
}

static long long
record_number(const char *json, const char *from, const char *key)
{
	char member[64];
	const char *at = strstr(json, from);

	snprintf(member, sizeof(member), "\"%s\":", key);
	at = at != NULL ? strstr(at, member) : NULL;
	if (at == NULL)
		fail_msg("no %s behind %s in: %s", key, from, json);
	return strtoll(at + strlen(member), NULL, 10);
}

/* When a phase began and how long it took, as explain has it. */
struct record_phase {
	long long after_us;
	long long took_us;
};

static struct record_phase
record_phase(const char *json, const char *name)
{
	struct record_phase phase;
	char member[64];

	snprintf(member, sizeof(member), "{\"phase\":\"%s\",\"state\":\"done\"",
	    name);
	phase.after_us = record_number(json, member, "after_us");
	phase.took_us = record_number(json, member, "took_us");
	return phase;
}

static long long
record_end(const char *json, const char *name)
{
	struct record_phase phase = record_phase(json, name);

	return phase.after_us + phase.took_us;
}

/* Each phase of a failover begins where the one before it ended. */
static void
record_check_chain(const char *json)
{
	static const char *const chain[] = { "detect", "decide", "journal" };
	static const char *const route[] = { "promote", "verify", "publish",
		"release" };

	assert_int_equal(record_phase(json, "detect").after_us, 0);
	for (unsigned i = 0; i + 1 < ARRAY_LEN(chain); i++)
		assert_int_equal(record_end(json, chain[i]),
		    record_phase(json, chain[i + 1]).after_us);
	assert_true(record_phase(json, "promote").after_us >=
	    record_end(json, "journal"));
	for (unsigned i = 0; i + 1 < ARRAY_LEN(route); i++)
		assert_int_equal(record_end(json, route[i]),
		    record_phase(json, route[i + 1]).after_us);
	assert_int_equal(record_phase(json, "repoint").after_us,
	    record_phase(json, "release").after_us);
}

/* All of it together is the time that clients saw. */
static void
record_check_sums(const char *json)
{
	long long held = record_phase(json, "barrier").after_us;
	long long released = record_end(json, "release");

	assert_int_equal(
	    record_number(json, "{", "outage_us"), released - held);
	assert_int_equal(record_number(json, "{", "total_us"), released);
	assert_int_equal(held, record_end(json, "detect"));
}

static void
record_check_phases(struct crm *crm)
{
	char *json = record_ctl(crm, "explain crm json");

	if (!json_is_valid(json))
		fail_msg("no JSON: %s", json);
	record_check_chain(json);
	record_check_sums(json);
	free(json);
}

static bool
record_is_followed(struct crm *crm)
{
	char *json = record_ctl(crm, "explain crm json");
	bool is_followed = strstr(json,
			       "{\"phase\":\"repoint\",\"state\":"
			       "\"done\"") != NULL;

	free(json);
	return is_followed;
}

static void
test_failover_is_explained_and_replayed(struct site *site)
{
	struct redis_node *now;
	char promoted[64], *text;
	struct crm crm;

	crm_open(&crm, site, NULL);
	assert_contains(
	    daemon_ask(crm.daemon, "explain crm"), "no failover since");
	redis_node_kill(crm.node[0]);
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_settled(&crm, now);
	ASSERT_WITHIN(CRM_SETTLE_MS, record_is_followed(&crm));
	text = record_ctl(&crm, "explain crm");
	snprintf(promoted, sizeof(promoted), "%s was promoted", now->name);
	assert_contains(text, "kind: failover");
	assert_contains(text, "state: done");
	assert_contains(text, "rule primary-down: the primary is down");
	assert_contains(text, promoted);
	free(text);
	record_check_phases(&crm);
	text = record_must_replay(&crm);
	assert_contains(text, "it was SUSPECT and is DOWN");
	assert_contains(text, promoted);
	free(text);
}

static void
test_switchover_is_explained_and_replayed(struct site *site)
{
	struct crm crm;
	char *text;

	crm_open(&crm, site, NULL);
	assert_lacks(daemon_ask(crm.daemon, "switchover crm b"), "error:");
	crm_wait_settled(&crm, crm.node[1]);
	ASSERT_WITHIN(CRM_SETTLE_MS, record_is_followed(&crm));
	text = record_ctl(&crm, "explain crm");
	assert_contains(text, "kind: switchover");
	assert_contains(text, "the operator orders a switchover, to b");
	assert_contains(text, "catchup");
	free(text);
	text = record_must_replay(&crm);
	assert_contains(text, "b is told to become primary");
	free(text);
}

/* While nobody can be promoted there is no end to tell, but a beginning. */
static void
test_open_failover_is_explained_so_far(struct site *site)
{
	static const struct crm_options options = {
		.cluster_lines = "failover = manual",
	};
	struct crm crm;
	char *text;

	crm_open(&crm, site, &options);
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    daemon_cluster_is(crm.daemon, "crm", "phase", "LOST"));
	text = record_ctl(&crm, "explain crm");
	assert_contains(text, "state: under way");
	assert_contains(text, "so far");
	assert_contains(text, "(phase HOLD -> LOST)");
	free(text);
	free(record_must_replay(&crm));
}

/* Another version of the brain, or a file that somebody touched. */
static void
test_other_decision_is_found(struct site *site)
{
	char path[SITE_PATH_LEN], *text, *story;
	struct crm crm;
	char *at;

	crm_open(&crm, site, NULL);
	site_path(site, path, "incident.rec");
	text = record_ctl(&crm, "record crm");
	at = strstr(text, "rule=adopt ");
	assert_non_null(at);
	memcpy(at, "rule=clear ", 11);
	site_write_file(path, text);
	assert_int_equal(record_replay(&crm, path, &story), 1);
	assert_contains(story, "incident.rec:");
	assert_contains(story, "recorded: rule clear");
	assert_contains(story, "replayed: rule adopt");
	free(story);
	memcpy(at, "rule=adopt ", 11);
	text[strlen(text) / 2] = '\0';
	site_write_file(path, text);
	assert_int_equal(record_replay(&crm, path, &story), 2);
	free(story);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_failover_is_explained_and_replayed),
		SITE_TEST(test_switchover_is_explained_and_replayed),
		SITE_TEST(test_open_failover_is_explained_so_far),
		SITE_TEST(test_other_decision_is_found),
	};

	return SITE_MAIN(tests);
}
