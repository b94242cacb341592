#include "world.h"

usec_t
net_delay(struct world *w)
{
	struct net *net = &w->net;
	usec_t delay =
	    dice_between(&w->dice, net->delay_us[0], net->delay_us[1]);

	return delay + net->extra_us;
}

void
net_send(struct world *w, struct message *m, int from, int to)
{
	m->from = from;
	m->to = to;
	m->at = w->now + net_delay(w);
	world_push(w, m);
}

/* Whether the message lies in the stream of a connection that stays. */
static bool
net_is_kept(const struct message *m)
{
	switch (m->kind) {
	case MSG_WRITE:
	case MSG_REPLY:
	case MSG_STREAM:
	case MSG_REPLICATED:
	case MSG_UNLINK:
	case MSG_TROUBLE:
		return true;
	default:
		return false;
	}
}

bool
net_deliver(struct world *w, const struct message *m)
{
	struct net *net = &w->net;

	if (m->from == PLACE_NONE || net->n_blocks[m->from][m->to] == 0)
		return true;
	if (net_is_kept(m) && net->n_held < NET_HELD_MAX)
		net->held[net->n_held++] = *m;
	else if (m->kind == MSG_ANSWER)
		guard_drop_answer(w, m);
	else if (m->kind == MSG_ASK && m->life == w->guard.life)
		guard_expect_silence(w, m->slot, m->id);
	return false;
}

bool
net_is_open(const struct world *w, int a, int b)
{
	return w->net.n_blocks[a][b] == 0 && w->net.n_blocks[b][a] == 0;
}

void
net_block(struct world *w, int from, int to)
{
	w->net.n_blocks[from][to]++;
}

/* What was held goes on, in its order. */
void
net_unblock(struct world *w, int from, int to)
{
	struct net *net = &w->net;
	usec_t at = w->now + net_delay(w);
	unsigned n = 0;

	CHECK(net->n_blocks[from][to] > 0);
	if (--net->n_blocks[from][to] > 0)
		return;
	for (unsigned i = 0; i < net->n_held; i++) {
		struct message *m = &net->held[i];

		if (m->from != from || m->to != to) {
			net->held[n++] = *m;
			continue;
		}
		m->at = at;
		world_push(w, m);
	}
	net->n_held = n;
}
