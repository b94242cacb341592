/*
 * heap.h - what happens next: messages in the order of their time, and of
 * their sending where times are equal.
 */
#ifndef REGENT_TESTS_SIM_HEAP_H
#define REGENT_TESTS_SIM_HEAP_H

#include "base/usec.h"

#include <stdbool.h>

enum message_kind {
#define MESSAGE(NAME, to, text) MSG_##NAME,
#include "message.def"
#undef MESSAGE
	MSG_COUNT
};

enum addressee { TO_GUARD, TO_CROWD, TO_NODE, TO_WORLD };

extern const char *const message_texts[MSG_COUNT];
extern const enum addressee message_addressees[MSG_COUNT];

/* Places of the network: slots of nodes, and three more. */
enum {
	PLACE_NONE = -1,
	PLACE_HOST = 16, /* regent's */
	PLACE_CLIENTS,
	PLACE_AUTHORITY,
	PLACE_COUNT
};

struct message {
	usec_t at;
	enum message_kind kind;
	int from;      /* PLACE_NONE: no network between */
	int to;        /* the node, for TO_NODE */
	int slot;      /* whom it speaks of */
	uint32_t id;   /* tells an outdated message */
	uint32_t life; /* of regent; another one is dead */
	uint64_t value;
};

enum { HEAP_MAX = 4096 };

/* What is sifted: small, so that order costs little. */
struct heap_entry {
	uint64_t key;   /* time, and below it the order of sending */
	uint32_t index; /* of the message */
};

struct heap {
	unsigned n;
	uint32_t serial;
	unsigned n_slots; /* ever used */
	unsigned n_free;  /* used, and free again */
	uint32_t free[HEAP_MAX];
	struct heap_entry at[HEAP_MAX];
	struct message messages[HEAP_MAX];
};

void heap_init(struct heap *h);
/* false when it is full. */
bool heap_push(struct heap *h, const struct message *m);
bool heap_pop(struct heap *h, struct message *m);

#endif
