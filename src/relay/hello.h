/*
 * hello.h - what a PostgreSQL client says first: it is read before a node is
 * chosen, because a CancelRequest belongs to all of them.
 *
 * The bytes are kept until the node has answered, as they can be sent to
 * another one until then.  A client of any other protocol has no hello: it is
 * connected at once.
 */
#ifndef REGENT_RELAY_HELLO_H
#define REGENT_RELAY_HELLO_H

#include "base/usec.h"
#include "wire/pgwire.h"

#include <sys/types.h>

/* Startup packets are rarely longer; the rest goes the way of all bytes. */
enum { HELLO_MAX = 512 };

_Static_assert(
    (int)HELLO_MAX >= (int)PGWIRE_CANCEL_MAX, "it holds a CancelRequest");

/* A client speaks as soon as it is connected: who is silent is no client. */
#define HELLO_TIME (10 * USEC_SEC)

struct front;
struct session;

struct hello {
	uint8_t *bytes; /* NULL: none */
	uint32_t len;
};

/* Whether clients of this front say something that must be waited for. */
bool hello_is_awaited(const struct front *f);

/* SESSION_HELLO: reads, and goes on once it is known what the client wants. */
void hello_read(struct session *s, usec_t now);

/*
 * Reads some more of it; as stream_read, and -ENOMEM.  There must be room,
 * and there is while the kind is not known.
 */
ssize_t hello_take(struct session *s);

enum pgwire_hello_kind hello_kind(const struct session *s);

/* Whether another node can be told the same without harm: nothing was asked
 * for but to be let in. */
bool hello_is_repeatable(const struct session *s);

void hello_forget(struct session *s);

#endif
