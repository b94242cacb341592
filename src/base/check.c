#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void
check_fail(const char *file, int line, const char *func, const char *what)
{
	fprintf(stderr, "regent: check failed: %s (%s, %s:%d)\n", what, func,
	    file, line);
	abort();
}
