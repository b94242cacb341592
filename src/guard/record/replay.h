/*
 * replay.h - a recorded incident once more: the events as they came through
 * the brain of this program, each decision compared with the recorded one.
 *
 * Pure.
 */
#ifndef REGENT_GUARD_RECORD_REPLAY_H
#define REGENT_GUARD_RECORD_REPLAY_H

#include "base/err.h"
#include "guard/record/record.h"

struct replay {
	struct cluster before;
	struct cluster brain;
	struct actions actions;
	struct step step; /* the last one; points into this struct */
};

/* From this brain on. */
void replay_start(
    struct replay *replay, const struct record_checkpoint *checkpoint);

/*
 * The next event.  Negative, with both sides in err, when the rule, the phase
 * or the epoch is not the recorded one: the brain is of another version.
 */
int replay_step(struct replay *replay, const struct record_entry *entry,
    struct err *err) MUST_CHECK;

/* Whether what was replayed has led to this brain. */
int replay_meet(const struct replay *replay,
    const struct record_checkpoint *checkpoint, struct err *err) MUST_CHECK;

typedef void replay_sentence_fn(void *arg, usec_t now, const char *sentence);

/*
 * Replays what the recorder has of the time between, and tells what the brain
 * saw and why it acted, a sentence a call.
 */
void replay_tell(const struct recorder *recorder, usec_t from, usec_t until,
    replay_sentence_fn *say, void *arg);

/* Says each line of a text. */
void replay_say_lines(
    const char *lines, usec_t now, replay_sentence_fn *say, void *arg);

#endif
