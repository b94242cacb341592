#include "rig.h"

#include "base/text.h"
#include "conf/load.h"
#include "net/inherit.h"
#include "net/sock.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

struct rig rig;

static const char *const rig_greetings[RIG_NODES] = { "a:", "b:", "c:" };

static void
rig_on_trouble(void *arg, unsigned cluster_id, unsigned node_id)
{
	struct rig *r = arg;

	CHECK(cluster_id == 0 && node_id < RIG_NODES);
	atomic_fetch_add(&r->n_troubles[node_id], 1);
}

static void
rig_on_acked(void *arg)
{
	struct rig *r = arg;
	int next = RIG_STALL_NEXT;

	atomic_fetch_add(&r->n_acked, 1);
	if (!atomic_compare_exchange_strong(&r->stall, &next, RIG_STALLED))
		return;
	while (atomic_load(&r->stall) == RIG_STALLED)
		sched_yield();
}

static void
rig_add_listen(struct rig *r, struct text *ini, const char *name,
    enum rig_listen listen, const char *options)
{
	char text[ENDPOINT_TEXT_LEN];

	text_addf(ini, "[listen %s]\ncluster = crm\nbind = %s\n%s%s\n", name,
	    endpoint_format(&r->listens[listen], text),
	    listen == RIG_READ && strstr(options, "route = ") == NULL
		? "route = any\n"
		: "",
	    options);
}

const struct conf *
rig_conf(
    struct rig *r, const char *regent, const char *listen, const char *more)
{
	struct text ini = TEXT_INIT, errors = TEXT_INIT;
	char text[ENDPOINT_TEXT_LEN];
	const struct conf *conf;

	text_addf(&ini, "[regent]\nworkers = 2\n%s\n[cluster crm]\n%s\n",
	    regent, r->cluster_lines != NULL ? r->cluster_lines : "");
	for (int i = 0; i < RIG_NODES; i++)
		text_addf(&ini, "[node crm/%c]\naddress = %s\n%s\n", 'a' + i,
		    endpoint_format(&r->nodes[i].address, text),
		    r->node_lines != NULL ? r->node_lines : "");
	rig_add_listen(r, &ini, "write", RIG_WRITE, listen);
	rig_add_listen(r, &ini, "read", RIG_READ, listen);
	text_add(&ini, more);
	conf = conf_load_bytes("rig", ini.at, ini.len, r->conf, &errors);
	if (conf == NULL)
		fail_msg("%s", text_cstr(&errors));
	/* The file may name only what this build has a driver for, and the
	 * relay does without. */
	conf->clusters[0].protocol = r->protocol;
	text_fini(&ini);
	text_fini(&errors);
	return conf;
}

static void
rig_begin(struct rig *r, const char *regent, const char *listen)
{
	struct err err;

	trial_open(&r->trial, false);
	for (int i = 0; i < RIG_NODES; i++) {
		host_open(&r->nodes[i], &r->trial);
		if (r->protocol != PROTOCOL_TCP)
			continue;
		r->nodes[i].greeting = rig_greetings[i];
		r->nodes[i].is_echoing = true;
	}
	for (int i = 0; i < RIG_LISTENS && r->inherited == NULL; i++)
		trial_endpoint(&r->listens[i]);
	r->conf = rig_conf(r, regent, listen, "");
	r->observer = (struct observer){
		.arg = r,
		.on_trouble = rig_on_trouble,
		.on_acked = rig_on_acked,
	};
	r->relay =
	    relay_new(r->trial.loop, r->conf, &r->observer, r->inherited, &err);
	if (r->relay == NULL)
		fail_msg("%s", err.text);
	for (int i = 0; i < CONF_CLUSTERS_MAX; i++)
		r->views[i].writer = -1;
	for (int i = 0; i < RIG_NODES; i++)
		addr_from_endpoint(&r->addrs[0][i], &r->nodes[i].address);
	relay_accept(r->relay);
}

void
rig_open(struct rig *r, const char *regent, const char *listen)
{
	memset(r, 0, sizeof(*r));
	rig_begin(r, regent, listen);
}

void
rig_open_inherited(struct rig *r, unsigned n_sockets, bool is_shared)
{
	struct err err;

	memset(r, 0, sizeof(*r));
	r->inherited = inherit_new();
	for (int i = 0; i < RIG_LISTENS; i++) {
		trial_endpoint(&r->listens[i]);
		for (unsigned k = 0; k < n_sockets; k++) {
			int fd = is_shared
			    ? sock_listen(&r->listens[i], k == 0, &err)
			    : trial_listen(&r->listens[i]);

			assert_true(fd >= 0);
			assert_int_equal(
			    inherit_add(r->inherited, fd, &err), 0);
		}
	}
	rig_begin(r, "", "");
	assert_int_equal(inherit_count(r->inherited), 0);
	inherit_free(&r->inherited);
}

void
rig_open_as(struct rig *r, enum conf_protocol protocol, const char *listen)
{
	memset(r, 0, sizeof(*r));
	r->protocol = protocol;
	rig_begin(r, "", listen);
}

void
rig_open_limited(struct rig *r, enum conf_protocol protocol,
    const char *cluster, const char *node, const char *listen)
{
	memset(r, 0, sizeof(*r));
	r->protocol = protocol;
	r->cluster_lines = cluster;
	r->node_lines = node;
	rig_begin(r, "", listen);
}

void
rig_close(struct rig *r)
{
	atomic_store(&r->stall, RIG_NO_STALL);
	relay_free(&r->relay);
	assert_null(r->relay);
	for (unsigned i = 0; i < r->n_clients; i++)
		peer_close(&r->clients[i]);
	for (int i = 0; i < RIG_NODES; i++)
		host_close(&r->nodes[i]);
	conf_unref(&r->conf);
	trial_close(&r->trial);
}

int
rig_set_up(void **state)
{
	(void)state;
	rig_open(&rig, "", "");
	return 0;
}

int
rig_tear_down(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

void
rig_reload(struct rig *r, const struct conf *conf)
{
	struct err err;

	if (relay_prepare(r->relay, conf, &err) != 0)
		fail_msg("%s", err.text);
	relay_commit(r->relay);
	conf_unref(&r->conf);
	r->conf = conf;
}

void
rig_publish_view(struct rig *r)
{
	r->views[0].epoch++;
	relay_publish(r->relay, ++r->serial, r->views, r->addrs);
}

void
rig_publish(struct rig *r, int writer, unsigned readers)
{
	struct cluster_view *view = &r->views[0];

	view->writer = (int16_t)writer;
	for (int i = 0; i < RIG_NODES; i++) {
		bool is_reader = (readers & 1u << i) != 0;

		view->nodes[i].is_reader = is_reader;
		view->nodes[i].weight = 1;
		view->nodes[i].cut =
		    is_reader || i == writer ? CUT_NONE : CUT_NOW;
	}
	rig_publish_view(r);
}

void
rig_await(struct rig *r)
{
	RIG_UNTIL(r, relay_acked(r->relay) == r->serial);
}

struct peer *
rig_client(struct rig *r, enum rig_listen listen)
{
	struct peer *p = &r->clients[r->n_clients++];

	assert_true(r->n_clients <= RIG_CLIENTS);
	peer_connect(p, &r->trial, &r->listens[listen]);
	return p;
}

int
rig_slot_of(const struct peer *client)
{
	return client->in_len >= 2 ? client->in[0] - 'a' : -1;
}

struct peer *
rig_client_at(struct rig *r, enum rig_listen listen, int slot)
{
	struct peer *p = rig_client(r, listen);

	RIG_UNTIL(r, peer_is_gone(p) || rig_slot_of(p) >= 0);
	assert_false(peer_is_gone(p));
	assert_int_equal(rig_slot_of(p), slot);
	return p;
}

void
rig_converse(struct rig *r, struct peer *client, const char *text)
{
	peer_forget(client);
	peer_say(client, text);
	RIG_UNTIL(r, peer_is_gone(client) || peer_heard(client, text));
	assert_false(peer_is_gone(client));
}

uint64_t
rig_count(struct rig *r, enum rig_listen listen, enum listen_counter counter)
{
	return relay_listen_counter(r->relay, listen, counter);
}

uint64_t
rig_count_node(struct rig *r, int slot, enum node_counter counter)
{
	return relay_node_counter(r->relay, 0, (unsigned)slot, counter);
}

int
rig_prepare(struct rig *r, const struct conf *conf, struct err *err)
{
	return relay_prepare(r->relay, conf, err);
}

const char *
rig_section(const struct endpoint *ep)
{
	static char section[256];
	char text[ENDPOINT_TEXT_LEN];

	snprintf(section, sizeof(section),
	    "[listen more]\ncluster = crm\nroute = any\nbind = %s\n",
	    endpoint_format(ep, text));
	return section;
}

/* Workers open and close it in their own time: whoever asks is answered. */
struct peer *
rig_client_of(struct rig *r, const struct endpoint *ep)
{
	struct peer *p = &r->clients[r->n_clients++];

	assert_true(r->n_clients <= RIG_CLIENTS);
	peer_connect(p, &r->trial, ep);
	RIG_UNTIL(r, p->is_connected || p->error != 0);
	return p;
}

static void
rig_on_list(void *arg, const struct session_info *sessions, unsigned n)
{
	bool *is_answered = arg;

	(void)sessions;
	(void)n;
	*is_answered = true;
}

void
rig_await_workers(struct rig *r)
{
	bool is_answered = false;

	relay_list(r->relay, rig_on_list, &is_answered);
	RIG_UNTIL(r, is_answered);
}

/* Who comes while it closes is a client like any other. */
void
rig_expect_refused(struct rig *r, const struct endpoint *ep)
{
	struct peer *p;

	rig_await_workers(r);
	p = rig_client_of(r, ep);
	assert_int_equal(p->error, -ECONNREFUSED);
	peer_close(p);
	r->n_clients--;
}
