/*
 * mem.h - allocation for the shells; core/ and wire/ never allocate.
 *
 * Control-plane objects are small and bounded by limits of the configuration,
 * so running out of memory there aborts with a message.  The data plane uses
 * mem_try and refuses the one client instead.
 */
#ifndef REGENT_BASE_MEM_H
#define REGENT_BASE_MEM_H

#include "base/check.h"

/* Zeroed memory, never NULL.  Freed with free(). */
void *mem_new(size_t size) __attribute__((malloc, returns_nonnull));

/* Zeroed memory or NULL. */
void *mem_try(size_t size) __attribute__((malloc));

void *mem_resize(void *old, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *s) __attribute__((malloc, returns_nonnull));

#endif
