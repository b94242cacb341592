/*
 * show.h - the commands that change nothing.  Each fills tables and answers
 * the call it is given, show_sessions when every worker has told.
 */
#ifndef REGENT_ADMIN_SHOW_H
#define REGENT_ADMIN_SHOW_H

struct call;

void show_help(struct call *call);
void show_info(struct call *call);
void show_cluster(struct call *call);
void show_sessions(struct call *call);
void show_stat(struct call *call);
void show_events(struct call *call);
void show_record(struct call *call);
void show_explain(struct call *call);
void show_candidates(struct call *call);
void show_config(struct call *call);

#endif
