/*
 * fake_node.h - servers that do what real ones will not do on demand.
 *
 * One thread serves all connections of a node.  A node can be taken down (its
 * port then refuses) and brought up again on the same port, and can change
 * its behaviour for what comes next.  A node is a resource of its site; the
 * functions are for the main thread.
 */
#ifndef REGENT_SYSTEM_FAKE_NODE_H
#define REGENT_SYSTEM_FAKE_NODE_H

#include "site.h"

enum fake_kind {
	FAKE_SILENT,  /* accepts, reads, never answers */
	FAKE_DEAF,    /* accepts, never reads */
	FAKE_CLOSE,   /* accepts and closes at once */
	FAKE_GARBAGE, /* answers what is no protocol */
	FAKE_HALF,    /* answers the first half of a reply to ROLE */
	FAKE_REDIS,   /* RESP: scripted ROLE and INFO, +OK to the rest */
	FAKE_ECHO,    /* sends back what it reads, with backpressure */
	FAKE_NAMED,   /* greets with its name and a newline, then echoes */
	FAKE_PARTING, /* says its name, ends its side, goes on reading */
	FAKE_SOURCE,  /* "N\n" is answered with fake_byte(0..N-1) */
	FAKE_WEB,     /* HTTP: two scripted statuses */
	FAKE_AGENT,   /* says a scripted line and ends its side */
};

struct fake_node;

struct fake_node *fake_node_start(
    struct site *site, const char *name, enum fake_kind kind);

uint16_t fake_node_port(const struct fake_node *node);
void fake_node_down(struct fake_node *node);
void fake_node_up(struct fake_node *node);
void fake_node_become(struct fake_node *node, enum fake_kind kind);

/*
 * The reply to ROLE, and the body of INFO, of a FAKE_REDIS; the statuses of
 * /replica ("503 No", second) and of all other paths of a FAKE_WEB; the line
 * of a FAKE_AGENT.
 */
void fake_node_script(
    struct fake_node *node, const char *role_reply, const char *info_body);

/* Commands that a FAKE_REDIS has seen whose first words are `words`. */
unsigned fake_node_seen(struct fake_node *node, const char *words);

unsigned fake_node_accepted(struct fake_node *node); /* since the start */
unsigned fake_node_open(struct fake_node *node);     /* now */
uint64_t fake_node_bytes(struct fake_node *node);    /* read so far */

/* Byte number i of a bulk transfer: loss and disorder are seen at once. */
unsigned char fake_byte(uint64_t i);

#endif
