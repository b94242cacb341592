/*
 * observer.h - what the data plane tells the guard.  Wired in app.c; called
 * from worker threads.
 */
#ifndef REGENT_RELAY_OBSERVER_H
#define REGENT_RELAY_OBSERVER_H

struct observer {
	void *arg;

	/* Connecting to a node failed, or it reset a session. */
	void (*on_trouble)(void *arg, unsigned cluster_id, unsigned node_id);

	/* A worker acknowledged a publication: relay_acked may have grown. */
	void (*on_acked)(void *arg);
};

#endif
