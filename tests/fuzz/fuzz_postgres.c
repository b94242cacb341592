/*
 * Any text as an answer of PostgreSQL: the first byte says what of; what comes
 * of it is within its bounds, and a changed primary_conninfo leads where it
 * should.
 */
#include "guard/driver/postgres_conninfo.h"
#include "guard/driver/postgres_error.h"
#include "guard/driver/postgres_reply.h"
#include "guard/driver/postgres_timeline.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_report(const struct contact_result *result)
{
	const struct report *r = &result->report;

	CHECK(r->role == ROLE_PRIMARY || r->role == ROLE_REPLICA);
	CHECK(r->role == ROLE_REPLICA || !r->is_linked);
	CHECK(!r->is_linked || endpoint_is_set(&result->upstream));
	CHECK(r->link_idle_us >= 0);
	CHECK(strnlen(r->history_prev, HISTORY_LEN) < HISTORY_LEN);
	CHECK(strnlen(r->instance, HISTORY_LEN) < HISTORY_LEN);
	CHECK(strnlen(result->detail, sizeof(result->detail)) <
	    sizeof(result->detail));
}

/* A cell a line; the rest are as those of a standby. */
static void
fuzz_state(char *text)
{
	static const char *const standby[CELL_COUNT] = { "t", "0/1", "0/2", "f",
		"1", "host=10.0.0.1", "", "on", "off", "60", "", "1",
		"streaming", "10.0.0.1", "5432", "t", "t", "1", "1" };
	struct contact_result result = { .verdict = VERDICT_OK };
	const char *cells[CELL_COUNT];
	char *rest = NULL;

	for (int i = 0; i < CELL_COUNT; i++) {
		char *line = strtok_r(i == 0 ? text : NULL, "\n", &rest);

		cells[i] = line != NULL ? line : standby[i];
	}
	CHECK(postgres_read_system(&result, "7", "3", "0/5000000"));
	if (postgres_read_state(&result, cells))
		fuzz_report(&result);
}

static void
fuzz_fork(const char *text, size_t len)
{
	struct report report = {
		.role = ROLE_PRIMARY, .forked_at = 0x4000000, .history = "7/3"
	};
	const struct postgres_course mine = { 2, 0x4000000, text, len / 2 };
	const struct postgres_course primary = { 3, 0x5000000, text, len };
	char why[160] = "";

	CHECK(postgres_can_follow(&mine, &primary, why, sizeof(why)) ==
	    (why[0] == '\0'));
	if (!postgres_read_fork(&report, text, len))
		return;
	CHECK(strcmp(report.history_prev, "7/1") == 0 ||
	    strcmp(report.history_prev, "7/2") == 0);
}

static void
fuzz_conninfo(const char *text)
{
	struct text led = TEXT_INIT, stirred = TEXT_INIT, back = TEXT_INIT;
	struct endpoint target, upstream, same;

	CHECK(endpoint_from(&target, "10.0.0.2", 5433));
	postgres_read_upstream(&upstream, text);
	if (postgres_lead_to(&led, text, &target)) {
		postgres_read_upstream(&same, text_cstr(&led));
		CHECK(endpoint_equal(&same, &target));
	}
	if (postgres_stir(&stirred, text)) {
		postgres_read_upstream(&same, text_cstr(&stirred));
		CHECK(memcmp(&same, &upstream, sizeof(same)) == 0);
		CHECK(postgres_stir(&back, text_cstr(&stirred)));
		CHECK(strcmp(text_cstr(&back), text_cstr(&stirred)) != 0);
	}
	text_fini(&led);
	text_fini(&stirred);
	text_fini(&back);
}

static void
fuzz_texts(const char *text)
{
	struct contact_result result = { .verdict = VERDICT_OK };
	char detail[160];

	CHECK(postgres_verdict_of_message(text, detail, sizeof(detail)) <
	    VERDICT_COUNT);
	CHECK(strnlen(detail, sizeof(detail)) < sizeof(detail));
	(void)postgres_sync_replicas(text);
	(void)postgres_read_system(&result, text, text, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	CHECK(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % 4) {
	case 0:
		fuzz_state(text);
		break;
	case 1:
		fuzz_fork(text, size - 1);
		break;
	case 2:
		fuzz_conninfo(text);
		break;
	default:
		fuzz_texts(text);
	}
	free(text);
	return 0;
}
