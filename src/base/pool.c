#include "base/pool.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A block lies at a multiple of its size: an object knows its block. */
enum { POOL_BLOCK = 32768, POOL_OBJECT_MAX = 4096, POOL_ALIGN = 8 };

#if defined(__SANITIZE_ADDRESS__)
#define POOL_IS_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_IS_CHECKED 1
#endif
#endif
#ifndef POOL_IS_CHECKED
#define POOL_IS_CHECKED 0
#endif

struct pool_slot {
	struct pool_slot *next;
};

struct pool_block {
	struct list link;
	struct pool_slot *free;
	unsigned n_used;
	unsigned n_touched; /* objects that were out at least once */
};

static size_t
pool_first(void)
{
	return (sizeof(struct pool_block) + POOL_ALIGN - 1) &
	    ~(size_t)(POOL_ALIGN - 1);
}

static unsigned
pool_per_block(const struct pool *p)
{
	return (unsigned)((POOL_BLOCK - pool_first()) / p->size);
}

/* Twice as much, for a multiple is in it; the rest goes back at once. */
static struct pool_block *
pool_map(void)
{
	uintptr_t at, begin;
	void *area = mmap(NULL, 2 * POOL_BLOCK, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		return NULL;
	at = (uintptr_t)area;
	begin = (at + POOL_BLOCK - 1) & ~(uintptr_t)(POOL_BLOCK - 1);
	if (begin > at)
		CHECK(munmap(area, begin - at) == 0);
	if (begin < at + POOL_BLOCK)
		CHECK(munmap((void *)(begin + POOL_BLOCK),
			  at + POOL_BLOCK - begin) == 0);
	return (struct pool_block *)begin;
}

static void
pool_unmap(struct pool *p, struct pool_block *b)
{
	list_remove(&b->link);
	p->n_empty--;
	CHECK(munmap(b, POOL_BLOCK) == 0);
}

static struct pool_block *
pool_add_block(struct pool *p)
{
	struct pool_block *b = pool_map();

	if (b == NULL)
		return NULL;
	list_init(&b->link);
	list_push(&p->roomy, &b->link);
	p->n_empty++;
	return b;
}

void
pool_init(struct pool *p, size_t size)
{
	CHECK(size >= sizeof(struct pool_slot) && size <= POOL_OBJECT_MAX);
	memset(p, 0, sizeof(*p));
	p->size = (size + POOL_ALIGN - 1) & ~(size_t)(POOL_ALIGN - 1);
	list_init(&p->roomy);
}

/* Memory that nobody had before is not touched before its time. */
static void *
pool_take_from(struct pool *p, struct pool_block *b)
{
	struct pool_slot *slot = b->free;

	if (b->n_used++ == 0)
		p->n_empty--;
	if (b->n_used == pool_per_block(p))
		list_remove(&b->link);
	if (slot == NULL)
		return (char *)b + pool_first() + b->n_touched++ * p->size;
	b->free = slot->next;
	return memset(slot, 0, p->size);
}

void *
pool_take(struct pool *p)
{
	struct pool_block *b;
	void *object;

	if (POOL_IS_CHECKED) { /* that use after free is found */
		object = mem_try(p->size);
		p->n += object != NULL;
		return object;
	}
	b = list_is_empty(&p->roomy)
	    ? pool_add_block(p)
	    : LIST_ENTRY(p->roomy.next, struct pool_block, link);
	if (b == NULL)
		return NULL;
	p->n++;
	return pool_take_from(p, b);
}

/* One empty block is kept: clients come and go. */
static void
pool_give_to(struct pool *p, struct pool_block *b, struct pool_slot *slot)
{
	slot->next = b->free;
	b->free = slot;
	if (b->n_used-- == pool_per_block(p))
		list_push(&p->roomy, &b->link);
	if (b->n_used == 0 && p->n_empty++ > 0)
		pool_unmap(p, b);
}

void
pool_give(struct pool *p, void *object)
{
	CHECK(p->n > 0);
	p->n--;
	if (POOL_IS_CHECKED)
		free(object);
	else
		pool_give_to(p,
		    (struct pool_block *)((uintptr_t)object &
			~(uintptr_t)(POOL_BLOCK - 1)),
		    object);
}

void
pool_fini(struct pool *p)
{
	CHECK(p->n == 0);
	while (!list_is_empty(&p->roomy))
		pool_unmap(
		    p, LIST_ENTRY(p->roomy.next, struct pool_block, link));
}
