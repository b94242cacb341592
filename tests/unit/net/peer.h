/*
 * peer.h - one end of a conversation in a test: keeps what it hears, and says
 * what it is told to say.
 */
#ifndef REGENT_TESTS_NET_PEER_H
#define REGENT_TESTS_NET_PEER_H

#include "net/stream.h"
#include "trial.h"

enum { PEER_IN_MAX = 8192 };

struct peer {
	struct stream stream;
	bool is_echoing;   /* says what it hears */
	bool is_connected; /* not while connecting */
	bool is_ended;     /* the other side has closed */
	int error;         /* negative errno value, or 0 */
	size_t in_len;
	char in[PEER_IN_MAX]; /* all that was heard, terminated */
};

void peer_connect(struct peer *p, struct trial *t, const struct endpoint *ep);
void peer_adopt(struct peer *p, struct trial *t, int fd);
void peer_close(struct peer *p);

/* It must go out at once: a test says little. */
void peer_say(struct peer *p, const char *text);

/* Whether it has heard just that, or that among other things. */
bool peer_heard(const struct peer *p, const char *text);
bool peer_heard_of(const struct peer *p, const char *text);

/* The other side has closed or reset the connection. */
bool peer_is_gone(const struct peer *p);

/* Forgets what was heard. */
void peer_forget(struct peer *p);

#endif
