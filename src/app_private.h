/*
 * app_private.h - the process as app.c and app_upgrade.c see it.
 */
#ifndef REGENT_APP_PRIVATE_H
#define REGENT_APP_PRIVATE_H

#include "admin/admin.h"
#include "app.h"
#include "daemonize.h"
#include "net/inherit.h"
#include "net/mailbox.h"
#include "net/timer.h"
#include "upgrade/elder.h"
#include "upgrade/elders.h"
#include "upgrade/handover.h"
#include "upgrade/heir.h"

#include <stdatomic.h>

struct app {
	const struct conf *conf;
	struct loop *loop;
	struct inherited *inherited; /* until all is open */
	struct relay *relay;
	struct guard *guard;
	struct admin *admin;
	struct effects effects;
	struct admin_world world;
	struct daemonize daemonize;
	bool is_daemon;

	/* Upgrades: app_upgrade.c. */
	struct heir *heir;     /* we take over from another process */
	struct elders *elders; /* whom we have replaced, and they before us */
	struct handover *handover;       /* another one takes over from us */
	guard_answer_fn *upgrade_answer; /* of whoever ordered it, or NULL */
	void *upgrade_arg;
	struct elder *elder; /* it has: we live for our sessions */
	atomic_bool is_elder;
	bool is_retired;          /* and no worker accepts any more */
	struct mailbox *to_elder; /* from workers */
	uint64_t serial;          /* published last, and its addresses */
	struct addr addrs[CONF_CLUSTERS_MAX][NODES_MAX];

	struct timer status;   /* tells the service manager how it goes */
	struct timer watchdog; /* tells it that we live */
	struct timer drain;
	usec_t drain_until;
	bool is_draining;
	char last_status[512];
};

/* The log was moved away. */
void app_reopen_log(struct app *app);

#endif
