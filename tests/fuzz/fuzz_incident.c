/*
 * Any bytes as the file of an incident.  What is taken is written again, and
 * that is read as the same.
 */
#include "guard/record/incident.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct incident_reader reader, again;

static int
fuzz_read_again(const struct text *lines)
{
	char *text = mem_strdup(text_cstr(lines)), *rest = text, *line;
	struct err err;
	int item = INCIDENT_MORE;

	incident_reader_init(&again);
	again.has_head = reader.has_head;
	again.has_checkpoint = true;
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		CHECK(item == INCIDENT_MORE);
		item = incident_read(&again, line, &err);
	}
	free(text);
	return item;
}

static void
fuzz_taken(int item)
{
	struct text lines = TEXT_INIT;
	int slot;

	switch ((enum incident_item)item) {
	case INCIDENT_HEAD:
		incident_write_head(&reader.head, &lines);
		reader.has_head = false;
		CHECK(fuzz_read_again(&lines) == INCIDENT_HEAD);
		reader.has_head = true;
		CHECK(
		    memcmp(&again.head, &reader.head, sizeof(again.head)) == 0);
		break;
	case INCIDENT_CHECKPOINT:
		incident_write_checkpoint(&reader.checkpoint, &lines);
		CHECK(fuzz_read_again(&lines) == INCIDENT_CHECKPOINT);
		CHECK(incident_differ(&again.checkpoint.cluster,
			  &reader.checkpoint.cluster, &slot) == NULL);
		break;
	case INCIDENT_ENTRY:
		incident_write_entry(&reader.entry, &lines);
		CHECK(fuzz_read_again(&lines) == INCIDENT_ENTRY);
		CHECK(memcmp(&again.entry, &reader.entry,
			  sizeof(again.entry)) == 0);
		break;
	case INCIDENT_MORE:
	case INCIDENT_END:
		break;
	}
	text_fini(&lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_new(size + 1), *rest = text, *line;
	struct err err;

	if (size > 0)
		memcpy(text, data, size);
	incident_reader_init(&reader);
	while ((line = strsep(&rest, "\n")) != NULL) {
		int item = incident_read(&reader, line, &err);

		if (item < 0)
			break;
		fuzz_taken(item);
	}
	free(text);
	return 0;
}
