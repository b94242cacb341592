#include "world.h"

#include <string.h>

/* A client that gets no answer for so long gives its session up. */
#define CROWD_PATIENCE (2 * USEC_SEC)

static void
crowd_wake(struct world *w, int client, usec_t after)
{
	struct client *c = &w->crowd.clients[client];
	struct message m = { .kind = MSG_CLIENT, .slot = client };

	m.id = ++c->turn;
	world_later(w, &m, after);
}

static usec_t
crowd_think(struct world *w)
{
	return dice_between(
	    &w->dice, w->setting.think_us[0], w->setting.think_us[1]);
}

void
crowd_init(struct world *w)
{
	struct crowd *crowd = &w->crowd;

	memset(crowd, 0, sizeof(*crowd));
	crowd->n_workers = w->setting.n_workers;
	if (crowd->n_workers == 0)
		crowd->n_workers = 1 + dice_below(&w->dice, WORKERS_MAX);
	crowd->n_clients = w->setting.n_clients;
	if (crowd->n_clients == 0)
		crowd->n_clients = 1 + dice_below(&w->dice, CLIENTS_MAX);
	for (unsigned i = 0; i < crowd->n_clients; i++) {
		crowd->clients[i].worker = (int)(i % crowd->n_workers);
		crowd->clients[i].node = NODE_NONE;
		crowd_wake(w, (int)i, crowd_think(w));
	}
	crowd_reset(w);
}

/* The client's session ends; it comes back after a while. */
static void
crowd_cut(struct world *w, int client)
{
	struct client *c = &w->crowd.clients[client];

	if (c->node == NODE_NONE)
		return;
	c->node = NODE_NONE;
	c->is_waiting = false;
	c->session++;
	crowd_wake(w, client, crowd_think(w));
}

void
crowd_reset(struct world *w)
{
	struct crowd *crowd = &w->crowd;

	for (unsigned i = 0; i < crowd->n_clients; i++)
		crowd_cut(w, (int)i);
	for (unsigned i = 0; i < WORKERS_MAX; i++) {
		memset(&crowd->workers[i], 0, sizeof(crowd->workers[i]));
		crowd->workers[i].view.writer = NODE_NONE;
	}
	crowd->pending_serial = 0;
}

static usec_t
crowd_worker_delay(struct world *w)
{
	usec_t delay = dice_between(
	    &w->dice, w->setting.worker_us[0], w->setting.worker_us[1]);

	if (fault_is_on(w, FAULT_WORKER) && dice_chance(&w->dice, 500))
		delay += dice_between(&w->dice, 0, 300 * USEC_MS);
	return delay;
}

void
crowd_publish(struct world *w, const struct cluster_view *view)
{
	struct crowd *crowd = &w->crowd;

	crowd->pending = *view;
	for (int i = 0; i < w->setting.n_nodes; i++)
		crowd->pending_places[i] = w->guard.located[i].place;
	crowd->pending_serial = w->guard.serial;
	for (unsigned i = 0; i < crowd->n_workers; i++) {
		struct message m = { .kind = MSG_VIEW, .slot = (int)i };

		if (crowd->workers[i].is_told)
			continue;
		crowd->workers[i].is_told = true;
		m.life = w->guard.life;
		world_later(w, &m, crowd_worker_delay(w));
	}
}

uint64_t
crowd_acked(const struct world *w)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < w->crowd.n_workers; i++)
		if (w->crowd.workers[i].acked < least)
			least = w->crowd.workers[i].acked;
	return least;
}

/* First cuts what the view takes away, then acknowledges. */
static void
crowd_on_view(struct world *w, int worker)
{
	struct crowd *crowd = &w->crowd;
	struct worker *k = &crowd->workers[worker];
	struct message m = { .kind = MSG_ACKED, .life = w->guard.life };

	k->is_told = false;
	k->view = crowd->pending;
	memcpy(k->places, crowd->pending_places, sizeof(k->places));
	for (unsigned i = 0; i < crowd->n_clients; i++) {
		struct client *c = &crowd->clients[i];

		/* As route_cut() in src/relay/route.c: writers write there
		 * or nowhere. */
		if (c->worker == worker && c->node != k->view.writer)
			crowd_cut(w, (int)i);
	}
	k->acked = crowd->pending_serial;
	jury_routes(w);
	world_later(w, &m, dice_between(&w->dice, 10, 200));
}

static void
crowd_trouble(struct world *w, int slot)
{
	struct message m = { .kind = MSG_TROUBLE, .slot = slot };

	m.life = w->guard.life;
	world_later(w, &m, dice_between(&w->dice, 10, 200));
}

static void
crowd_on_client(struct world *w, int client)
{
	struct client *c = &w->crowd.clients[client];
	const struct worker *k = &w->crowd.workers[c->worker];
	struct annals *a = &w->annals;
	struct message m = { .kind = MSG_WRITE, .slot = client };
	struct write *write;

	if (c->is_waiting) {
		crowd_cut(w, client); /* it has waited long enough */
		return;
	}
	if (c->node == NODE_NONE)
		c->node = k->view.writer;
	if (c->node == NODE_NONE) {
		crowd_wake(w, client, crowd_think(w));
		return;
	}
	if (a->n_writes == WRITES_MAX) {
		w->ending = END_FULL;
		return;
	}
	write = &a->writes[a->n_writes];
	memset(write, 0, sizeof(*write));
	write->client = client;
	write->session = c->session;
	write->node = c->node;
	write->place = k->places[c->node];
	m.value = a->n_writes++;
	c->is_waiting = true;
	net_send(w, &m, PLACE_HOST, c->node);
	crowd_wake(w, client, CROWD_PATIENCE);
}

static void
crowd_on_reply(struct world *w, const struct message *m)
{
	struct write *write = &w->annals.writes[m->value];
	struct client *c = &w->crowd.clients[m->slot];

	if (c->session != write->session ||
	    w->net.n_blocks[PLACE_HOST][PLACE_CLIENTS] > 0)
		return;
	c->is_waiting = false;
	write->is_acked = true;
	write->acked_at = w->now;
	w->n_acked++;
	jury_ack(w, write, c->worker);
	crowd_wake(w, m->slot, crowd_think(w));
}

void
crowd_answer(struct world *w, int slot, uint32_t id)
{
	struct message m = { .kind = MSG_REPLY, .value = id };

	m.slot = w->annals.writes[id].client;
	net_send(w, &m, slot, PLACE_HOST);
}

void
crowd_on_refused(struct world *w, uint32_t id)
{
	const struct write *write = &w->annals.writes[id];
	struct client *c = &w->crowd.clients[write->client];

	if (c->session != write->session)
		return;
	if (!w->dbs[write->node].is_alive ||
	    write->place < w->dbs[write->node].place_from)
		crowd_trouble(w, write->node);
	crowd_cut(w, write->client);
}

void
crowd_on_death(struct world *w, int slot)
{
	bool is_noticed = false;

	if (!net_is_open(w, slot, PLACE_HOST))
		return;
	for (unsigned i = 0; i < w->crowd.n_clients; i++) {
		if (w->crowd.clients[i].node != slot)
			continue;
		is_noticed = true;
		crowd_cut(w, (int)i);
	}
	if (is_noticed)
		crowd_trouble(w, slot);
}

void
crowd_on_message(struct world *w, const struct message *m)
{
	switch (m->kind) {
	case MSG_VIEW:
		if (m->life == w->guard.life && w->guard.is_running)
			crowd_on_view(w, m->slot);
		break;
	case MSG_CLIENT:
		if (w->crowd.clients[m->slot].turn == m->id)
			crowd_on_client(w, m->slot);
		break;
	case MSG_REPLY:
		crowd_on_reply(w, m);
		break;
	default:
		CHECK_NEVER("not for the crowd");
	}
}
