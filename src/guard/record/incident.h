/*
 * incident.h - the file that `regentctl record` writes: what a brain was and
 * each event since, a line each, to be replayed by regent-sim --replay.
 *
 *	incident version=1 regent=0.2.0 wall_us=... now_us=...
 *	checkpoint at_us=... number=0 nodes=3 name=crm phase=LEARN ...
 *	node slot=0 name=a ...
 *	event at_us=... kind=verdict node=0 ... rule=none then.phase=LEARN ...
 *	...
 *	end events=1234
 *
 * `number` counts the events before a checkpoint.  Where two parts of a
 * record meet, the second begins with a checkpoint that the first leads to; a
 * gap in the numbers says that events between them were not kept.  The last
 * checkpoint, with no event behind it, is the brain when it was recorded.
 *
 * Pure.  The reader takes bytes from anywhere.
 */
#ifndef REGENT_GUARD_RECORD_INCIDENT_H
#define REGENT_GUARD_RECORD_INCIDENT_H

#include "base/err.h"
#include "base/text.h"
#include "guard/record/record.h"

/* What a record begins with: the two clocks at the same instant. */
struct incident_head {
	char regent[32]; /* version of the program */
	usec_t wall_us;  /* since 1970, UTC */
	usec_t now_us;
};

void incident_write_head(const struct incident_head *head, struct text *out);
void incident_write_checkpoint(
    const struct record_checkpoint *checkpoint, struct text *out);
void incident_write_entry(const struct record_entry *entry, struct text *out);
void incident_write_end(uint64_t events, struct text *out);

/* All that the recorder has, and the brain as it is now. */
void incident_write(const struct recorder *recorder,
    const struct cluster *brain, const struct incident_head *head,
    struct text *out);

struct field;

enum incident_item {
	INCIDENT_MORE,       /* the item goes on in the next line */
	INCIDENT_HEAD,       /* reader->head */
	INCIDENT_CHECKPOINT, /* reader->checkpoint */
	INCIDENT_ENTRY,      /* reader->entry */
	INCIDENT_END,        /* nothing may follow */
};

struct incident_reader {
	bool is_lenient; /* words of another version are passed over */
	bool has_head;
	bool has_checkpoint;
	bool is_over;
	unsigned n_nodes; /* lines that the checkpoint still wants */
	uint64_t n_entries;
	struct incident_head head;
	struct record_checkpoint checkpoint;
	struct record_entry entry;
};

void incident_reader_init(struct incident_reader *reader);

/* The next line without its end: an enum incident_item, or negative. */
int incident_read(struct incident_reader *reader, const char *line,
    struct err *err) MUST_CHECK;

/* The first member in which two clusters differ, or NULL; *slot is its node,
 * or NODE_NONE. */
const struct field *incident_differ(
    const struct cluster *a, const struct cluster *b, int *slot);

/* The value of such a member. */
void incident_print_member(const struct cluster *c, int slot,
    const struct field *field, struct text *out);

#endif
