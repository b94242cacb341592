/*
 * Any bytes as the state that another version of the program has left: names
 * of the configuration, brains and their records.  Whatever is taken is whole.
 */
#include "base/mem.h"
#include "conf/outline.h"
#include "guard/legacy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_new(size + 1);
	const struct conf *outline;
	struct legacy *legacy;
	struct err err;

	if (size > 0)
		memcpy(text, data, size);
	outline = outline_read(text, &err);
	conf_unref(&outline);
	legacy = legacy_read(text, &err);
	legacy_free(&legacy);
	free(text);
	return 0;
}
