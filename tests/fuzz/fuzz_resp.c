/*
 * Any bytes as a reply, and what is found in them walked to the last leaf;
 * the same bytes as the arguments of a command, encoded and read back.
 */
#include "wire/resp.h"

#include "base/check.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* resp_item() walks from the first item: bound what is quadratic here. */
#define FUZZ_ITEMS_MAX 64
#define FUZZ_CUTS_MAX 256
#define FUZZ_ARGS_MAX 16

static bool
fuzz_is_text(enum resp_type type)
{
	return type == RESP_SIMPLE || type == RESP_ERROR || type == RESP_BULK ||
	    type == RESP_DOUBLE;
}

static void
fuzz_copy(const struct resp *r)
{
	char buf[16];
	size_t len;

	memset(buf, 'x', sizeof(buf));
	resp_copy(r, buf, sizeof(buf));
	len = strnlen(buf, sizeof(buf));
	CHECK(len < sizeof(buf));
	CHECK(len == r->text_len || len == sizeof(buf) - 1);
	for (size_t i = 0; i < len; i++)
		CHECK((unsigned char)buf[i] >= ' ' && buf[i] != 0x7f);
	CHECK(resp_has_prefix(r, ""));
}

/* One element that starts at or behind `at` and must end by `end`. */
static void
fuzz_element(const struct resp *r, const char *at, const char *end)
{
	bool is_aggregate = r->type == RESP_ARRAY || r->type == RESP_MAP;

	CHECK(r->type < RESP_TYPE_COUNT);
	CHECK(r->end > at && r->end <= end);
	CHECK(fuzz_is_text(r->type) == (r->text != NULL));
	CHECK(is_aggregate == (r->items != NULL));
	CHECK(r->text == NULL ||
	    (r->text > at && r->text + r->text_len + 2 == r->end));
	CHECK(is_aggregate || r->n_items == 0);
	CHECK(r->type != RESP_MAP || r->n_items % 2 == 0);
	fuzz_copy(r);
}

/* By index and in turn must be the same item. */
static void
fuzz_item_by_index(const struct resp *r, size_t i, const struct resp *inturn)
{
	struct resp item;

	if (i >= FUZZ_ITEMS_MAX)
		return;
	CHECK(resp_item(r, i, &item));
	CHECK(item.type == inturn->type);
	CHECK(item.integer == inturn->integer);
	CHECK(item.text == inturn->text && item.text_len == inturn->text_len);
	CHECK(item.items == inturn->items && item.n_items == inturn->n_items);
	CHECK(item.end == inturn->end);
}

static void
fuzz_walk(const struct resp *r, int depth)
{
	const char *at = r->items;
	struct resp item;

	CHECK(depth <= RESP_DEPTH_MAX);
	CHECK(!resp_item(r, r->n_items, &item));
	for (size_t i = 0; i < r->n_items; i++) {
		resp_read(&item, at, r->end);
		fuzz_element(&item, at, r->end);
		fuzz_item_by_index(r, i, &item);
		fuzz_walk(&item, depth + 1);
		at = item.end;
	}
	CHECK(r->items == NULL || at == r->end);
}

/* With less input the answer is the same, or that there is not enough. */
static void
fuzz_prefixes(const char *bytes, size_t size, long length)
{
	size_t step = size / FUZZ_CUTS_MAX + 1;

	for (size_t cut = 0; cut < size; cut += step) {
		long got = resp_length(bytes, cut);

		CHECK(got == RESP_MORE || got == length);
		CHECK(length <= 0 || cut >= (size_t)length || got == RESP_MORE);
	}
}

static void
fuzz_reply(const char *bytes, size_t size)
{
	long length = resp_length(bytes, size);
	struct resp r;

	fuzz_prefixes(bytes, size, length);
	if (length <= 0) {
		CHECK(length == RESP_MORE || length == RESP_BAD);
		return;
	}
	CHECK((size_t)length <= size);
	CHECK(resp_length(bytes, (size_t)length) == length);
	resp_read(&r, bytes, bytes + length);
	CHECK(r.end == bytes + length);
	fuzz_element(&r, bytes, bytes + length);
	fuzz_walk(&r, 0);
}

/* Cuts the input at its NUL bytes, in place; at least one argument. */
static size_t
fuzz_split(char *input, size_t size, const char **args)
{
	size_t n = 0;

	for (char *at = input; at < input + size && n < FUZZ_ARGS_MAX;) {
		args[n++] = at;
		at += strlen(at) + 1;
	}
	if (n == 0)
		args[n++] = "";
	return n;
}

static void
fuzz_command(const uint8_t *data, size_t size)
{
	const char *args[FUZZ_ARGS_MAX];
	char input[512 + 1], out[1024];
	size_t n, len = 0;
	struct resp r, item;

	if (size > sizeof(input) - 1)
		size = sizeof(input) - 1;
	if (size > 0)
		memcpy(input, data, size);
	input[size] = '\0';
	n = fuzz_split(input, size, args);
	CHECK(resp_command(out, sizeof(out), &len, n, args));
	CHECK(resp_length(out, len) == (long)len);
	resp_read(&r, out, out + len);
	CHECK(r.type == RESP_ARRAY && r.n_items == n);
	for (size_t i = 0; i < n; i++) {
		CHECK(resp_item(&r, i, &item) && item.type == RESP_BULK);
		CHECK(item.text_len == strlen(args[i]));
		CHECK(memcmp(item.text, args[i], item.text_len) == 0);
	}
	for (size_t room = 0, was = 0; room < len; room += 7, was = 0)
		CHECK(!resp_command(out, room, &was, n, args) && was == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reply((const char *)data, size);
	fuzz_command(data, size);
	return 0;
}
