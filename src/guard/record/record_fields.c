#include "guard/record/record_fields.h"

#include "core/event.h"
#include "guard/record/record.h"

_Static_assert(EV_COUNT < 31, "kinds of events are bits beside the report");

static const char *const record_mode_names[] = {
	[MODE_AUTO] = "auto",
	[MODE_FOLLOW] = "follow",
	[MODE_MANUAL] = "manual",
};

static const char *const record_outcome_names[] = {
	[OUTCOME_NONE] = "none",
	[OUTCOME_WAITING] = "waiting",
	[OUTCOME_OK] = "ok",
	[OUTCOME_FAILED] = "failed",
};

static const char *const record_cut_names[CUT_COUNT] = {
	[CUT_NONE] = "none",
	[CUT_DRAIN] = "drain",
	[CUT_NOW] = "now",
};

#define FIELDS(rows) \
	{ \
		.at = rows, .n = ARRAY_LEN(rows) \
	}

#define POLICY_FIELDS(type, m, always) \
	FIELD_ENUM(type, m.mode, record_mode_names, always), \
	    FIELD(type, m.has_roles, always), \
	    FIELD(type, m.has_authority, always), \
	    FIELD(type, m.counts_transactions, always), \
	    FIELD(type, m.health.fall, always), \
	    FIELD(type, m.health.rise, always), \
	    FIELD(type, m.health.interval_us, always), \
	    FIELD(type, m.health.flap_hold_us, always), \
	    FIELD(type, m.sync_replicas, always), \
	    FIELD(type, m.max_loss_bytes, always), \
	    FIELD(type, m.max_lag_bytes, always), \
	    FIELD(type, m.failover_limit, always), \
	    FIELD(type, m.failover_window_us, always), \
	    FIELD(type, m.fence_timeout_us, always), \
	    FIELD(type, m.promote_timeout_us, always), \
	    FIELD(type, m.silence_us, always), \
	    FIELD(type, m.unlink_us, always)

#define HEALTH_FIELDS(type, m) \
	FIELD_ENUM(type, m.state, health_names, RECORD_ALWAYS), \
	    FIELD_ENUM(type, m.last, verdict_names, RECORD_ALWAYS), \
	    FIELD(type, m.changed_at, 0), FIELD(type, m.judged_at, 0), \
	    FIELD(type, m.suspect_at, 0), FIELD(type, m.refused_at, 0), \
	    FIELD(type, m.probe_at, 0), FIELD(type, m.fails, 0), \
	    FIELD(type, m.oks, 0), FIELD(type, m.up_at, 0), \
	    FIELD(type, m.falls, 0)

#define REPORT_FIELDS(type, m, always) \
	FIELD_ENUM(type, m.role, role_names, always), \
	    FIELD_FOREIGN(type, m.upstream, always), \
	    FIELD(type, m.position, always), FIELD(type, m.unapplied, 0), \
	    FIELD(type, m.sync_replicas, 0), FIELD(type, m.is_linked, 0), \
	    FIELD(type, m.is_loading, 0), FIELD(type, m.is_never_promoted, 0), \
	    FIELD(type, m.is_read_only, 0), FIELD(type, m.link_idle_us, 0), \
	    FIELD(type, m.history, 0), FIELD(type, m.history_prev, 0), \
	    FIELD(type, m.forked_at, 0), FIELD(type, m.instance, 0)

#define TASK_FIELDS(type, m) \
	FIELD_ENUM(type, m.outcome, record_outcome_names, 0), \
	    FIELD(type, m.seq, 0)

#define ORDER_FIELDS(type, m, always) \
	FIELD_ENUM(type, m.kind, order_names, always), \
	    FIELD(type, m.node, always)

static const struct field record_cluster_rows[] = {
	FIELD(struct cluster, name, RECORD_ALWAYS),
	FIELD_ENUM(struct cluster, phase, phase_names, RECORD_ALWAYS),
	FIELD(struct cluster, epoch, RECORD_ALWAYS),
	FIELD(struct cluster, primary, RECORD_ALWAYS),
	FIELD(struct cluster, candidate, RECORD_ALWAYS),
	FIELD(struct cluster, intended, RECORD_ALWAYS),
	FIELD(struct cluster, told, 0),
	FIELD_FOREIGN(struct cluster, appointed, RECORD_ALWAYS),
	FIELD(struct cluster, history, RECORD_ALWAYS),
	FIELD(struct cluster, position, RECORD_ALWAYS),
	FIELD(struct cluster, furthest, 0),
	FIELD(struct cluster, branch.bytes, 0),
	FIELD(struct cluster, branch.is_acked, 0),
	FIELD(struct cluster, mark, 0),
	FIELD(struct cluster, mark_at, 0),
	FIELD(struct cluster, history_prev, 0),
	FIELD(struct cluster, forked_at, 0),
	FIELD(struct cluster, acks, 0),
	FIELD(struct cluster, n_slots, 0),
	FIELD(struct cluster, phase_at, 0),
	FIELD(struct cluster, why, 0),
	POLICY_FIELDS(struct cluster, policy, RECORD_ALWAYS),
	FIELD(struct cluster, is_barrier_reached, 0),
	FIELD(struct cluster, barrier_at, 0),
	FIELD(struct cluster, is_paused, 0),
	FIELD(struct cluster, is_switching, 0),
	FIELD(struct cluster, is_fenced, 0),
	FIELD(struct cluster, fenced_at, 0),
	FIELD(struct cluster, trusted_from, 0),
	ORDER_FIELDS(struct cluster, order, RECORD_ALWAYS),
	FIELD(struct cluster, order_at, 0),
	TASK_FIELDS(struct cluster, journal),
	TASK_FIELDS(struct cluster, recall),
	TASK_FIELDS(struct cluster, fence),
	TASK_FIELDS(struct cluster, promote),
	FIELD(struct cluster, journal_retry_at, 0),
	FIELD(struct cluster, seq, 0),
	FIELD(struct cluster, promotions, 0),
	FIELD(struct cluster, n_promotions, 0),
	FIELD(struct cluster, loss_bytes, 0),
	FIELD(struct cluster, published.epoch, RECORD_ALWAYS),
	FIELD(struct cluster, published.writer, RECORD_ALWAYS),
};

static const struct field record_node_rows[] = {
	FIELD(struct node, name, RECORD_ALWAYS),
	FIELD(struct node, is_used, RECORD_ALWAYS),
	FIELD(struct node, priority, RECORD_ALWAYS),
	FIELD(struct node, weight, RECORD_ALWAYS),
	FIELD(struct node, is_backup, 0),
	FIELD_ENUM(struct node, admin, admin_names, RECORD_ALWAYS),
	HEALTH_FIELDS(struct node, health),
	REPORT_FIELDS(struct node, report, RECORD_ALWAYS),
	FIELD(struct node, asked_at, 0),
	FIELD(struct node, report_at, 0),
	FIELD(struct node, reported_at, 0),
	FIELD(struct node, is_proven, 0),
	FIELD(struct node, proven_at, 0),
	FIELD(struct node, heard_at, 0),
	FIELD(struct node, is_quarantined, 0),
	FIELD(struct node, was_primary, 0),
	FIELD(struct node, is_told, 0),
	FIELD(struct node, promised, 0),
	FIELD(struct node, is_rejoin_ordered, 0),
	FIELD(struct node, is_excluded, 0),
	FIELD(struct node, excluded_at, 0),
	FIELD(struct node, is_flapping, 0),
	TASK_FIELDS(struct node, task),
	FIELD(struct node, task_fails, 0),
	FIELD(struct node, task_retry_at, 0),
	TASK_FIELDS(struct node, redial),
	FIELD(struct node, redialed_at, 0),
};

static const struct field record_view_rows[] = {
	FIELD_AS(struct node_view, is_reader, "view.is_reader", 0),
	FIELD_ENUM_AS(struct node_view, cut, "view.cut", record_cut_names, 0),
	FIELD_AS(struct node_view, weight, "view.weight", 0),
	FIELD_AS(struct node_view, is_backup, "view.is_backup", 0),
	FIELD_AS(struct node_view, is_cold, "view.is_cold", 0),
	FIELD_AS(struct node_view, returned_at, "view.returned_at", 0),
};

#define ON(KIND) (UINT32_C(1) << EV_##KIND)

static const struct field record_event_rows[] = {
	FIELD_ENUM(struct event, kind, event_names, RECORD_ALWAYS),
	FIELD_FOREIGN(struct event, node, RECORD_ALWAYS),
	FIELD_ENUM(struct event, verdict, verdict_names, ON(VERDICT)),
	FIELD(struct event, is_ok, ON(RESULT) | ON(PAUSE)),
	FIELD(struct event, is_more, 0),
	FIELD(struct event, seq, ON(RESULT)),
	FIELD(struct event, epoch, ON(BARRIER)),
	FIELD_ENUM(struct event, admin, admin_names, ON(ADMIN)),
	ORDER_FIELDS(struct event, order, ON(ORDER)),
	FIELD(struct event, name, ON(NODE_ADD)),
	FIELD(struct event, priority, ON(NODE_ADD)),
	FIELD(struct event, weight, ON(NODE_ADD)),
	FIELD(struct event, is_backup, 0),
	FIELD(struct event, asked_at, 0),
	FIELD(struct event, has_report, 0),
	REPORT_FIELDS(struct event, report, RECORD_WITH_REPORT),
	POLICY_FIELDS(struct event, policy, ON(POLICY)),
	FIELD(struct event, memory.epoch, ON(REPLAY)),
	FIELD(struct event, memory.position, ON(REPLAY)),
	FIELD(struct event, memory.primary, ON(REPLAY)),
	FIELD(struct event, memory.intended, ON(REPLAY)),
	FIELD(struct event, memory.promised, 0),
	FIELD(struct event, memory.history, ON(REPLAY)),
};

static const struct field record_entry_rows[] = {
	FIELD_AS(struct record_entry, rule, "rule", RECORD_ALWAYS),
	FIELD_ENUM_AS(struct record_entry, phase, "then.phase", phase_names,
	    RECORD_ALWAYS),
	FIELD_AS(struct record_entry, epoch, "then.epoch", RECORD_ALWAYS),
};

const struct fields record_cluster_fields = FIELDS(record_cluster_rows);
const struct fields record_node_fields = FIELDS(record_node_rows);
const struct fields record_view_fields = FIELDS(record_view_rows);
const struct fields record_event_fields = FIELDS(record_event_rows);
const struct fields record_entry_fields = FIELDS(record_entry_rows);
