/*
 * order.h - what an operator may tell the brain to do.
 */
#ifndef REGENT_CORE_ORDER_H
#define REGENT_CORE_ORDER_H

enum order_kind {
	ORDER_NONE,
	ORDER_SWITCHOVER,
	ORDER_FAILOVER, /* whatever the configuration limits */
	ORDER_FORCE,    /* the same, also where it is not known to be safe */
	ORDER_COUNT
};

/* What the operator asked for; `node` NODE_NONE leaves the choice to us. */
struct order {
	enum order_kind kind;
	int node;
};

extern const char *const order_names[ORDER_COUNT];

#endif
