/*
 * act.h - the commands that change something.  Each answers the call it is
 * given, switchover and failover when they are over.
 */
#ifndef REGENT_ADMIN_ACT_H
#define REGENT_ADMIN_ACT_H

struct call;

void act_switchover(struct call *call);
void act_failover(struct call *call);
void act_pause(struct call *call);
void act_resume(struct call *call);
void act_set_node(struct call *call);
void act_rejoin(struct call *call);
void act_reload(struct call *call);
void act_upgrade(struct call *call);
void act_stop(struct call *call);

#endif
