/*
 * list.h - intrusive circular doubly linked list.
 *
 * A link that is in no list points to itself, so removing it twice is
 * harmless and list_is_linked() tells.  The list never owns its members.
 */
#ifndef REGENT_BASE_LIST_H
#define REGENT_BASE_LIST_H

#include "base/check.h"

#include <stdbool.h>

struct list {
	struct list *next;
	struct list *prev;
};

static inline void
list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool
list_is_empty(const struct list *l)
{
	return l->next == l;
}

static inline bool
list_is_linked(const struct list *l)
{
	return l->next != l;
}

static inline void
list_push(struct list *head, struct list *l)
{
	CHECK(!list_is_linked(l));
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline void
list_remove(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

#define LIST_ENTRY(link, type, member) container_of(link, type, member)

#define LIST_FOREACH(it, head) \
	for (struct list *it = (head)->next; it != (head); it = it->next)

/* The body may remove `it`, and nothing else, from the list. */
#define LIST_FOREACH_SAFE(it, head) \
	for (struct list *it = (head)->next, *it##_next = it->next; \
	     it != (head); it = it##_next, it##_next = it->next)

#endif
