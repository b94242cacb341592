/*
 * rerun.h - a recorded incident of production once more: what the brain of
 * this program decides at each event, compared with what was decided then,
 * and told in plain sentences.
 */
#ifndef REGENT_TESTS_SIM_RERUN_H
#define REGENT_TESTS_SIM_RERUN_H

/*
 * Replays the file that `regentctl record` has written.  0 when each decision
 * is the recorded one, 1 when one is not, 2 when the file can't be read; then
 * with the reason and its line on stderr.
 */
int rerun_file(const char *path);

#endif
