/*
 * lan.h - real hosts on a real switch, and wires that can be cut.
 *
 *	regent  clients  a  b  c	a network namespace each, 10.77.0.x
 *	   └───────┴─────┼──┴──┘
 *	              switch		a bridge in a namespace of its own
 *
 * A cut wire swallows packets, as a pulled cable or a lost route does; nobody
 * is told.  It can be cut in one direction.  The namespaces have no names:
 * they end with the processes in them, so nothing is left behind, nothing of
 * the machine is touched, and any number of programs can have a LAN.
 *
 * The main thread lives in the switch, from where no host is reached: it
 * enters a host (host.h) to make a connection to it over the host's own
 * loopback, which is never cut.
 */
#ifndef REGENT_SYSTEM_LAN_H
#define REGENT_SYSTEM_LAN_H

#include "host.h"
#include "site.h"

enum lan_place { LAN_REGENT, LAN_CLIENTS, LAN_A, LAN_B, LAN_C, LAN_PLACES };

/* Sets of places: LAN_AT(A) | LAN_AT(B). */
#define LAN_AT(PLACE) (1U << LAN_##PLACE)
#define LAN_ALL ((1U << LAN_PLACES) - 1)

struct lan {
	struct resource resource;
	struct site *site;
	int home; /* the namespace that the main thread came from */
	struct host host[LAN_PLACES];
	unsigned cut[LAN_PLACES]; /* places whom this one does not reach */
};

/* Skips the test, and says why, where namespaces are not permitted. */
struct lan *lan_open(struct site *site);

/* What is sent at `from` for a place in `to` vanishes, or no longer. */
void lan_cut(struct lan *lan, unsigned from, unsigned to);
void lan_heal(struct lan *lan, unsigned from, unsigned to);

/* Both directions. */
void lan_cut_both(struct lan *lan, unsigned some, unsigned others);
void lan_heal_both(struct lan *lan, unsigned some, unsigned others);

#endif
