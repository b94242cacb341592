/*
 * session.h - a client and, when bound, its connection to a node.
 *
 *   open -> HELLO            what PostgreSQL's client wants; others: at once
 *            |  \
 *            |   CANCEL      brings it to the nodes, then closed
 *            |
 *           HELD <--------- CONNECTING ----------> OPEN -> closed
 *            |   refused       ^
 *            |-----------------+  a view brings a node
 *            |
 *           FAREWELL         is told why it is refused, then closed
 *
 * Owned by its front, in one list a state.  Ends by session_close, after
 * which it lies in the loop's graveyard.  What a state does with bytes is in
 * a file of its own: hello, cancel, farewell, and flow for OPEN.
 */
#ifndef REGENT_RELAY_SESSION_H
#define REGENT_RELAY_SESSION_H

#include "net/stream.h"
#include "net/timer.h"
#include "relay/farewell.h"
#include "relay/front.h"
#include "relay/hello.h"

#define SESSION_MAGIC 0x53455353u

enum session_state {
	SESSION_HELLO,      /* has not said what it wants */
	SESSION_HELD,       /* waits for a node */
	SESSION_CONNECTING, /* to its node */
	SESSION_OPEN,       /* bytes flow */
	SESSION_CANCEL,     /* a CancelRequest on its way to the nodes */
	SESSION_FAREWELL,   /* is being told that it is refused */
	SESSION_CLOSED,
	SESSION_STATE_COUNT
};

struct kernel;

struct session {
	uint32_t magic;
	uint8_t state;
	int8_t slot; /* of its node, or -1 */
	bool is_draining;
	bool is_told;    /* FAREWELL: why; now it may go */
	uint8_t refusal; /* FAREWELL */
	union {
		uint8_t n_noes;  /* FAREWELL: said to wishes for encryption */
		uint8_t n_small; /* OPEN: small turns in a row (tcp/kernel.c) */
	};
	int8_t cancel_slot; /* CANCEL: of the node being asked, or -1 */
	uint8_t n_retries;  /* after all nodes had failed it */
	uint32_t source;    /* of sources.h, or 0 */
	struct list link;   /* front.sessions[state] */
	struct front *front;
	struct stream client;
	struct stream backend;
	struct pump to_node;
	struct pump to_client;
	struct kernel *kernel; /* OPEN: which carries its bytes, or NULL */
	struct hello hello;
	union {
		struct timer timer;
		struct grave grave; /* CLOSED */
	};
	usec_t held_at; /* 0: never waited for a node */
	usec_t opened_at;
	usec_t active_at;
	union {
		usec_t drain_until; /* is_draining */
		usec_t waited_us;   /* FAREWELL: for a node */
	};
	uint64_t id;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint32_t tried;      /* slots that failed for this client, bits */
	uint32_t n_left_out; /* FAREWELL: bytes read and thrown away */
};

_Static_assert(sizeof(struct session) <= 320, "idle sessions are small");

/* Takes over the client's descriptor; false (and closed) without memory. */
bool session_open(struct front *f, int fd, uint32_t source, usec_t now);

/*
 * A view has come: what becomes of this session.  One that would have to be
 * cut stays as it is until `may_cut`.
 */
void session_reroute(struct session *s, bool may_cut, usec_t now);

/* Looks for a node again; a held session only. */
void session_retry(struct session *s, usec_t now);

/* Ends it at once; bytes not yet sent to the node are thrown away.  `why` is
 * for the log (level info, a line a session). */
void session_close(struct session *s, const char *why);

void session_describe(
    const struct session *s, struct session_info *info, usec_t now);

/* A line (level info) of how it ended; before it leaves its node. */
void session_log(const struct session *s, const char *why);

/* For the files of its states only. */

/* The only writer of the state: it is the list the session is in. */
void session_set_state(struct session *s, enum session_state state);

/* To the earliest limit that the state has. */
void session_set_timer(struct session *s, usec_t now);

void session_count(struct session *s, enum listen_counter counter, uint64_t n);
void session_count_node(
    struct session *s, enum node_counter counter, uint64_t n);

/* Connects it to a node, or holds it, or refuses it. */
void session_route(struct session *s, usec_t now);

/* Leaves its node: no byte of this client reaches it from here on. */
void session_unbind(struct session *s);

/* Ends it because its node is no longer to be used. */
void session_cut(struct session *s);

/* Its node has failed this client, which leaves it; others may be tried. */
void session_note_failure(struct session *s, int error, usec_t now);

#endif
