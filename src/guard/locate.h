/*
 * locate.h - where the nodes of a ward are, when their addresses are names.
 *
 * A node that moves is as new: its sessions are cut and acknowledged by every
 * worker, and its new address is given to none before a probe there was
 * answered.  Also tells which node is meant when another names it.  Private
 * to guard/; watches belong to the ward and end with locate_close.
 */
#ifndef REGENT_GUARD_LOCATE_H
#define REGENT_GUARD_LOCATE_H

#include "conf/conf.h"
#include "net/resolve.h"

struct ward;
struct ward_node;

/* One address of a node, as it is written and as it can be connected to. */
struct place {
	struct ward_node *node;
	struct endpoint named;   /* as configured, maybe numeric */
	struct endpoint address; /* numeric; not set: not known yet */
	struct resolve *resolve; /* NULL: named is numeric, or not set */
};

/* Hosts that nodes name as their upstream and that nobody has configured. */
enum { LOCATE_ALIASES_MAX = 16 };

struct locate_alias {
	struct ward *ward;
	char host[ENDPOINT_HOST_LEN]; /* "": free */
	struct resolve *resolve;
	usec_t used_at;
};

/* Not yet known which node it is: a name is being looked up. */
enum { NODE_PENDING = -3 };

/* Takes the addresses of a node's section into force. */
void locate_configure(struct ward_node *n, const struct conf_node *conf);
void locate_forget(struct ward_node *n);
void locate_close(struct ward *w); /* of all nodes, and the aliases */

/*
 * The node that others mean by `ep`, a name or an address; NODE_FOREIGN or
 * NODE_PENDING.
 */
int locate_slot_of(struct ward *w, const struct endpoint *ep);

/* A probe was answered: the node is there.  Publishes if that is news. */
void locate_found(struct ward_node *n);

/* Every worker has acknowledged up to `acked`: what waited is published. */
void locate_acked(struct ward *w, uint64_t acked);

/* Whether clients may be sent to the node's address. */
bool locate_is_open(const struct ward_node *n);

#endif
