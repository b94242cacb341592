#include "guard/execute.h"

#include "core/candidate.h"
#include "guard/guard_private.h"
#include "guard/publish.h"
#include "guard/ward_hooks.h"

#include <stdio.h>
#include <string.h>

/* Operations nobody waits for get this long. */
#define EXECUTE_TIMEOUT (5 * USEC_SEC)

static const enum job_kind execute_jobs[ACT_COUNT] = {
	[ACT_FENCE] = JOB_FENCE,
	[ACT_UNFENCE] = JOB_UNFENCE,
	[ACT_PROMOTE] = JOB_PROMOTE,
	[ACT_DEMOTE] = JOB_DEMOTE,
	[ACT_REPOINT] = JOB_REPOINT,
	[ACT_REDIAL] = JOB_REDIAL,
	[ACT_PERSIST] = JOB_PERSIST,
};

/* Kept for whoever asks why the node is kept out. */
static void
execute_note_trouble(struct ward *w, const struct operation_key *key,
    const struct job *job, const struct contact_result *result)
{
	char *trouble = w->nodes[key->slot].trouble;

	if (job->kind != JOB_DEMOTE && job->kind != JOB_REPOINT)
		return;
	trouble[0] = '\0';
	if (result->verdict != VERDICT_OK)
		memcpy(trouble, result->detail, sizeof(result->detail));
}

/*
 * Who has what the cluster has not can't follow: a replica, or an old primary
 * where the driver tells.  The command makes it one that can.
 */
static bool
execute_rejoin(struct ward *w, const struct operation_key *key,
    const struct job *job, const struct contact_result *result, usec_t now)
{
	int primary = w->brain.primary;

	return (job->kind == JOB_REPOINT || job->kind == JOB_DEMOTE) &&
	    result->verdict != VERDICT_OK && result->needs_rejoin &&
	    primary >= 0 && primary != key->slot &&
	    endpoint_equal(
		&job->target, &w->nodes[primary].replication.named) &&
	    ward_hooks_rejoin(w, key->slot, key->seq, result->detail, now);
}

static void
execute_on_done(const struct operation_key *key, const struct job *job,
    const struct contact_result *result, usec_t now)
{
	struct ward *w = key->owner;
	bool is_ok = result->verdict == VERDICT_OK;

	CHECK_OBJ(w, WARD_MAGIC);
	ward_tell(w, is_ok ? LEVEL_NOTICE : LEVEL_WARN, key->slot,
	    "operation=%s result=%s detail=\"%s\"", job_names[job->kind],
	    is_ok ? "ok" : verdict_names[result->verdict], result->detail);
	execute_note_trouble(w, key, job, result);
	/* The command may yet succeed: one of the two is enough. */
	if (job->kind == JOB_FENCE && !is_ok &&
	    ward_hooks_is_fencing(w, key->seq))
		return;
	if (execute_rejoin(w, key, job, result, now))
		return;
	ward_answer(w, key, result, now);
}

/* In a failover the brain may wait longer, for fence_command. */
static usec_t
execute_timeout(const struct ward *w, const struct action *a)
{
	if (a->kind == ACT_FENCE && !w->brain.is_switching)
		return w->section->fence_timeout_us;
	return a->timeout_us > 0 ? a->timeout_us : EXECUTE_TIMEOUT;
}

static void
execute_operation(struct ward *w, const struct action *a, usec_t now)
{
	const struct policy *policy = &w->brain.policy;
	struct operation_plan plan = {
		.driver = ward_driver(w, a->node),
		.login = ward_login(w, a->node),
		.key = { .owner = w,
		    .slot = a->node,
		    .seq = a->seq,
		    .asked_at = now },
		.on_done = execute_on_done,
		.job = {
			.kind = execute_jobs[a->kind],
			.timeout_us = execute_timeout(w, a),
			/* Longer than any decision: it must not end early. */
			.pause_us = policy->fence_timeout_us +
			    2 * policy->promote_timeout_us,
			.known = ward_lineage(w),
		},
	};

	if (ward_hooks_take(w, a, now))
		return;
	if (a->target >= 0) {
		const struct ward_node *target = &w->nodes[a->target];

		plan.job.target = target->replication.named;
		plan.job.target_at = target->place.address;
		plan.job.target_named = target->place.named;
	}
	operation_start(&w->operations, w->loop, &plan, now);
}

static const char *
execute_name(const struct ward *w, int slot)
{
	return slot >= 0 ? w->brain.nodes[slot].name : "";
}

static void
execute_journal(struct ward *w, const struct action *a)
{
	struct journal_record record = {
		.kind = a->record,
		.epoch = a->epoch,
		.position = candidate_known(&w->brain),
	};

	memcpy(record.cluster, w->brain.name, sizeof(record.cluster));
	snprintf(
	    record.node, sizeof(record.node), "%s", execute_name(w, a->node));
	if (a->record == RECORD_INTENT) {
		snprintf(record.from, sizeof(record.from), "%s",
		    execute_name(w, a->target));
		record.promised = w->brain.nodes[a->node].promised;
	}
	memcpy(record.history, w->brain.history, sizeof(record.history));
	journal_write(w->guard->journal, w->id, a->seq, &record);
}

static void
execute_tell(struct ward *w, const struct action *a)
{
	static const enum log_level levels[] = {
		[TELL_NOTICE] = LEVEL_NOTICE,
		[TELL_WARN] = LEVEL_WARN,
		[TELL_ERROR] = LEVEL_ERROR,
	};
	char phase[32], loss[48] = "", heard[48] = "";

	if (w->told_phase == w->brain.phase)
		snprintf(
		    phase, sizeof(phase), "%s", phase_names[w->brain.phase]);
	else
		snprintf(phase, sizeof(phase), "%s->%s",
		    phase_names[w->told_phase], phase_names[w->brain.phase]);
	if (a->loss_bytes > 0)
		snprintf(loss, sizeof(loss), " gives_up_%s=%llu",
		    policy_unit(&w->brain.policy),
		    (unsigned long long)a->loss_bytes);
	if (a->target >= 0)
		snprintf(heard, sizeof(heard), " heard_by=%s",
		    execute_name(w, a->target));
	ward_tell(w, levels[a->tell], NODE_NONE,
	    "phase=%s epoch=%llu node=%s%s%s why=\"%s\"", phase,
	    (unsigned long long)w->brain.epoch, execute_name(w, a->node), loss,
	    heard, a->why);
	ward_hooks_notify(w, levels[a->tell], a->node, w->told_phase, a->why);
	w->told_phase = w->brain.phase;
}

static void
execute_answer(struct ward *w, const struct action *a)
{
	guard_answer_fn *answer = w->answer;
	char text[512], named[128] = "";

	w->answer = NULL;
	if (answer == NULL)
		return;
	if (!a->is_ok && a->target >= 0)
		snprintf(named, sizeof(named), "; %s: %s",
		    execute_name(w, a->target),
		    fitness_texts[candidate_fitness(&w->brain, a->target)]);
	snprintf(text, sizeof(text), "%s%s; primary=%s epoch=%llu", a->why,
	    named, execute_name(w, w->brain.primary),
	    (unsigned long long)w->brain.epoch);
	answer(w->answer_arg, a->is_ok, text);
}

static void
execute_action(struct ward *w, const struct action *a, usec_t now)
{
	switch (a->kind) {
	case ACT_PUBLISH:
		publish_views(w->guard);
		break;
	case ACT_JOURNAL:
	case ACT_NOTE:
		execute_journal(w, a);
		break;
	case ACT_FENCE:
	case ACT_UNFENCE:
	case ACT_PROMOTE:
	case ACT_DEMOTE:
	case ACT_REPOINT:
	case ACT_REDIAL:
	case ACT_PERSIST:
		execute_operation(w, a, now);
		break;
	case ACT_TELL:
		execute_tell(w, a);
		break;
	case ACT_ANSWER:
		execute_answer(w, a);
		break;
	case ACT_COUNT:
		CHECK_NEVER("unknown action");
	}
}

void
execute_actions(struct ward *w, const struct actions *actions, usec_t now)
{
	for (unsigned i = 0; i < actions->n; i++)
		execute_action(w, &actions->at[i], now);
}
