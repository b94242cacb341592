/*
 * app.h - the composition root: the only place that knows every folder.
 *
 * Builds loop, data plane, guard and admin from a configuration, wires them,
 * and turns signals into what they mean.
 */
#ifndef REGENT_APP_H
#define REGENT_APP_H

#include "conf/conf.h"

#include <stdbool.h>

struct heir;

/* What this program understands, for people. */
#ifdef HAVE_POSTGRES
#define APP_POSTGRES ",postgres"
#else
#define APP_POSTGRES ""
#endif
#ifdef HAVE_MYSQL
#define APP_MYSQL ",mysql"
#else
#define APP_MYSQL ""
#endif
#ifdef HAVE_BPF
#define APP_ACCEL " accel=auto"
#else
#define APP_ACCEL ""
#endif
#define APP_FEATURES \
	"protocol=tcp,redis" APP_POSTGRES APP_MYSQL " mode=tcp" APP_ACCEL

/*
 * Runs until it is told to stop.  Takes over the reference to conf, and from
 * another process what `heir` (or NULL) brings, which it owns.  With
 * `is_daemon` it goes into the background once everything is open.  Returns
 * the exit status of the process.
 */
int app_run(const struct conf *conf, bool is_daemon, struct heir *heir);

#endif
