/*
 * daemon.h - the real regent: started with an ini file, asked over its
 * control socket, and expected to end well.
 *
 * This is the one place that knows what answers look like.  The binary is
 * $REGENT or ./regent.  At the end of a passed test the daemon must exit with
 * 0 on SIGTERM, and no sanitizer may have complained in its log.  Main thread
 * only; texts returned are valid until the next question.
 */
#ifndef REGENT_SYSTEM_DAEMON_H
#define REGENT_SYSTEM_DAEMON_H

#include "base/text.h"
#include "process.h"

struct daemon {
	struct resource resource;
	struct process process;
	char ini[SITE_PATH_LEN];
	char control[SITE_PATH_LEN];
	char state_dir[SITE_PATH_LEN];
	const char *options[8]; /* more arguments, ends with NULL */
	unsigned n_elders;
	pid_t elders[64]; /* that were replaced */
	struct text answer;
	char field[256];
};

/*
 * The file begins with [regent], control_socket and state_dir; `fmt` goes on
 * from there, so it may start with options of [regent].  Returns when the
 * daemon answers.
 */
struct daemon *daemon_start(struct site *site, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* The same without starting it. */
struct daemon *daemon_new(struct site *site, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
void daemon_launch(struct daemon *d);

/* Launches what is to fail: returns its exit code. */
int daemon_fails(struct daemon *d);

/*
 * `regent -t --probe` with its file: returns the exit code, and in *output,
 * freed by the caller, what it printed.
 */
int daemon_probe(struct daemon *d, struct site *site, char **output);

/* The same must end with that code, and tell that. */
void daemon_expect_probe(
    struct daemon *d, struct site *site, int code, const char *part);

/* Writes the file anew; takes effect with SIGHUP or at the next start. */
void daemon_configure(struct daemon *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Replaces the whole file. */
void daemon_write_ini(struct daemon *d, const char *text);

void daemon_signal(struct daemon *d, int sig);
void daemon_expect_exit(struct daemon *d, int code, int ms);

/* SIGTERM, exit 0, and launched again with the same file. */
void daemon_restart(struct daemon *d);

/*
 * SIGUSR2, and waits until another process answers: from then on it is the
 * daemon.  The old one is ended with the site, if not by itself.
 */
void daemon_upgrade(struct daemon *d);

/* The pid that answers; 0 when nobody does. */
pid_t daemon_pid(struct daemon *d);

/*
 * Sends the line, returns the answer without its last newlines.  Empty when
 * the daemon can't be reached.
 */
const char *daemon_ask(struct daemon *d, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

bool daemon_answers(struct daemon *d);

/* Whether the log has the text; the log of the last run begins at `from`. */
bool daemon_has_logged(struct daemon *d, const char *part);
size_t daemon_log_size(struct daemon *d);
bool daemon_has_logged_since(struct daemon *d, size_t from, const char *part);

/* Values of `show cluster NAME`: "" when there is none. */
const char *daemon_cluster_field(
    struct daemon *d, const char *cluster, const char *field);
const char *daemon_node_field(
    struct daemon *d, const char *cluster, const char *node, const char *field);
const char *daemon_primary(struct daemon *d, const char *cluster);

/* Whether the text is in its row of `show cluster`. */
bool daemon_node_tells(
    struct daemon *d, const char *cluster, const char *node, const char *text);

bool daemon_cluster_is(
    struct daemon *d, const char *cluster, const char *field, const char *want);
bool daemon_node_is(
    struct daemon *d, const char *node, const char *field, const char *want);
bool daemon_node_is_up(struct daemon *d, const char *node);
bool daemon_node_is_down(struct daemon *d, const char *node);
bool daemon_node_is_quarantined(struct daemon *d, const char *node);

/*
 * A value of `show info`, or the counter of a listener or node (its row) in
 * `show stat`; -1 without it.
 */
long long daemon_info(struct daemon *d, const char *name);
long long daemon_stat(struct daemon *d, const char *row, const char *column);

/* Fails the test when a sanitizer has reported. */
void daemon_check_log(struct daemon *d);

const char *daemon_program(void);
const char *daemon_ctl_program(void);

#endif
