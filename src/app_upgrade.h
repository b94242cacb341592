/*
 * app_upgrade.h - one process takes the place of another: who gives what, who
 * gets it, and what becomes of the old one.  doc/internals.md has the order.
 */
#ifndef REGENT_APP_UPGRADE_H
#define REGENT_APP_UPGRADE_H

#include "app_private.h"

/* What workers observe, on any thread. */
void app_on_trouble(void *arg, unsigned cluster_id, unsigned node_id);
void app_on_acked(void *arg);

/* Before the relay is opened; and behind it. */
void app_upgrade_init(struct app *app);
void app_upgrade_fini(struct app *app);

/* As struct admin_world asks for it (admin/admin.h). */
int app_upgrade(
    void *arg, guard_answer_fn *answer, void *answer_arg, struct err *err);
void app_upgrade_forget(void *arg, const void *answer_arg);
unsigned app_upgrade_elders(
    void *arg, struct admin_elder list[ADMIN_ELDERS_MAX]);

/*
 * For a process that takes over.  All is open but guard and admin: waits for
 * the old one, whose state is in *legacy.  Then, when they are open as well:
 * the old one is told.
 */
int app_upgrade_await(
    struct app *app, struct guard_legacy *legacy, struct err *err) MUST_CHECK;
bool app_upgrade_is_control_kept(const struct app *app);
int app_upgrade_take_over(struct app *app, struct err *err) MUST_CHECK;

#endif
