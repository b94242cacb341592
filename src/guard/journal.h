/*
 * journal.h - what must survive a restart, on disk before it is done.
 *
 * One text file in state_dir, one line a record, each with a checksum; a torn
 * last line is what a crash leaves and is dropped.  Lines are written by a
 * thread of their own, so that a slow disk never stalls probes.  The file is
 * locked: two guards on one state_dir would be two brains.
 */
#ifndef REGENT_GUARD_JOURNAL_H
#define REGENT_GUARD_JOURNAL_H

#include "base/err.h"
#include "core/action.h"
#include "core/model.h"
#include "net/loop.h"

struct journal_record {
	char cluster[32];
	enum record kind;
	uint64_t epoch;
	uint64_t position;
	uint64_t promised; /* intent: as in struct node; or 0 */
	char node[32];
	char from[32]; /* intent: the primary that is replaced; "" if none */
	char history[HISTORY_LEN];
};

/* How a line ended: `code` is 0 or a negative errno value. */
typedef void journal_done_fn(
    void *arg, unsigned cluster_id, uint32_t seq, int code, usec_t now);

/* Called for each intact record, oldest first. */
typedef void journal_replay_fn(void *arg, const struct journal_record *record);

struct journal;

/*
 * Opens (or makes) state_dir/journal, replays it, and rewrites it with the
 * last records of each cluster.  `lock_fd` is the lock of the process that we
 * replace, to be owned if it is of this directory, or -1.  NULL with the
 * reason in err when the directory can't be used or another process holds it.
 */
struct journal *journal_open(struct loop *loop, const char *state_dir,
    int lock_fd, journal_replay_fn *replay, void *arg, struct err *err)
    MUST_CHECK;
void journal_close(struct journal **journal);

/*
 * For the process that replaces us: the lock, which goes with all who have
 * it; whether every line was answered; and, if it has failed after all, that
 * the file may have been rewritten by it.
 */
int journal_lock_fd(const struct journal *journal);
bool journal_is_quiet(struct journal *journal);
void journal_look_again(struct journal *journal);

void journal_on_done(struct journal *journal, journal_done_fn *done, void *arg);

/* Queues a record; `done` is called on the loop when it is on disk. */
void journal_write(struct journal *journal, unsigned cluster_id, uint32_t seq,
    const struct journal_record *record);

/* One line with its checksum and newline; for tests and the fuzzer too. */
size_t journal_format(
    const struct journal_record *record, char *line, size_t size);
bool journal_parse(struct journal_record *record, const char *line, size_t len);

#endif
