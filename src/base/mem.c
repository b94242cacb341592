#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void *
mem_try(size_t size)
{
	return calloc(1, size);
}

void *
mem_new(size_t size)
{
	void *p = mem_try(size);

	CHECK(p != NULL);
	return p;
}

void *
mem_resize(void *old, size_t size)
{
	void *p = realloc(old, size);

	CHECK(p != NULL);
	return p;
}

char *
mem_strdup(const char *s)
{
	char *copy = strdup(s);

	CHECK(copy != NULL);
	return copy;
}
