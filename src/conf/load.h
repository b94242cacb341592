/*
 * load.h - a configuration file becomes a snapshot, or a list of errors.
 *
 * The only place that reads files.  All errors of a file are found in one
 * run; nothing is applied unless there are none.
 */
#ifndef REGENT_CONF_LOAD_H
#define REGENT_CONF_LOAD_H

#include "base/text.h"
#include "conf/conf.h"

/*
 * Reads and checks `path`.  `old` is the snapshot in force or NULL: names it
 * knows keep their ids, and what only a restart can change must not differ.
 * Returns a new reference, or NULL with one line an error in `errors`:
 * "FILE:LINE: [section] option: found ...: expected ...".
 */
const struct conf *conf_load(
    const char *path, const struct conf *old, struct text *errors) MUST_CHECK;

/*
 * The same from bytes in memory; `path` is for messages.  Touches no file: a
 * password_file is not read, and the password of such a cluster is not set.
 */
const struct conf *conf_load_bytes(const char *path, const char *bytes,
    size_t len, const struct conf *old, struct text *errors) MUST_CHECK;

#endif
