/*
 * record_fields.h - every member of a cluster and of an event, as tables.
 *
 * A member that is added to the model or to an event needs a row here, or a
 * recorded incident does not replay: test_record_fields finds out.
 */
#ifndef REGENT_GUARD_RECORD_RECORD_FIELDS_H
#define REGENT_GUARD_RECORD_RECORD_FIELDS_H

#include "guard/record/field.h"

/* Of struct cluster, without its nodes. */
extern const struct fields record_cluster_fields;

/* Of struct node, and of the struct node_view of its slot. */
extern const struct fields record_node_fields;
extern const struct fields record_view_fields;

/* Of struct event; which are always written is a mask of event kinds... */
extern const struct fields record_event_fields;

/* ...and of this for an event that has a report. */
#define RECORD_WITH_REPORT (UINT32_C(1) << 31)

/* Of struct record_entry, without its event. */
extern const struct fields record_entry_fields;

/* A mask for members that are always written. */
#define RECORD_ALWAYS (~UINT32_C(0))

#endif
