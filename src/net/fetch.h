/*
 * fetch.h - asks one server over HTTP, again and again, without blocking.
 *
 * libcurl's multi interface on a loop.  A fetch has a connection of its own,
 * which is kept between requests where the server allows it.  One request at
 * a time; each is answered exactly once by the callback, unless the fetch is
 * closed first.  Connects to a numeric address only, so that no name is ever
 * looked up: the name is what the server is told, and what its certificate must
 * be for.  Never a proxy of the environment.  The main loop only.
 */
#ifndef REGENT_NET_FETCH_H
#define REGENT_NET_FETCH_H

#include "base/endpoint.h"
#include "net/loop.h"

#include <stddef.h>

/* Headers and body together; a server that says more has failed. */
enum { FETCH_ANSWER_MAX = 65536 };

/*
 * `code` is 0 and status and body are set, or it is a negative errno value:
 * -ECONNREFUSED, -ECONNRESET... as of a socket; -ETIMEDOUT without and
 * -ETIME with a connection; -EMSGSIZE and -EBADMSG for what is too long or no
 * HTTP; -EPROTO when TLS failed.
 */
struct fetch_answer {
	int code;
	int status;       /* 200, 503... */
	const char *body; /* borrowed for the call, not terminated */
	size_t body_len;
	const char *detail; /* why there is no answer, for people */
};

typedef void fetch_fn(void *arg, const struct fetch_answer *answer, usec_t now);

struct fetch_plan {
	struct loop *loop;
	struct endpoint address; /* numeric */
	const char *name;        /* of the server; NULL: the address */
	const char *ca_path;     /* "": http; else https, proven by these */
	fetch_fn *on_done;
	void *arg;
};

struct fetch;

struct fetch *fetch_open(const struct fetch_plan *plan);
void fetch_close(struct fetch **fetch);

/* GET `path` within timeout_us; the callback comes in a later turn. */
void fetch_get(struct fetch *fetch, const char *path, usec_t timeout_us);

#endif
