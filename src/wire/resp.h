/*
 * resp.h - RESP2 and RESP3, the protocol of Redis, for the control plane:
 * writing commands and walking replies that lie complete in memory.
 *
 * Pure: no buffer of its own, no allocation, no I/O.  A reply is outside
 * bytes: any input gives RESP_MORE, RESP_BAD or a length, never a crash.
 * Streamed strings and aggregates ($?, *?) are refused; no Redis sends them.
 * Source: redis.io/docs/latest/develop/reference/protocol-spec.
 */
#ifndef REGENT_WIRE_RESP_H
#define REGENT_WIRE_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum resp_type {
	RESP_SIMPLE,  /* +OK */
	RESP_ERROR,   /* -ERR ..., !21\r\n... */
	RESP_INTEGER, /* :1 */
	RESP_BULK,    /* $3\r\nabc, and =15\r\ntxt:... */
	RESP_ARRAY,   /* *2, ~2 and >2 */
	RESP_MAP,     /* %2: 2 pairs */
	RESP_NULL,    /* $-1, *-1, _ */
	RESP_BOOLEAN, /* #t */
	RESP_DOUBLE,  /* ,1.5 and (12345 as text */
	RESP_TYPE_COUNT
};

enum { RESP_MORE = 0, RESP_BAD = -1 };

/*
 * What is beyond these is refused, and as soon as it is known: a peer that
 * talks nonsense must not make us wait for the rest of it.
 */
#define RESP_DEPTH_MAX 32                  /* Redis' own nest less than 10 */
#define RESP_LINE_MAX (64 * 1024)          /* simple, error, double */
#define RESP_BULK_MAX (512L * 1024 * 1024) /* Redis' proto-max-bulk-len */
#define RESP_ITEMS_MAX (4L * 1024 * 1024)  /* elements, or pairs of a map */

/*
 * One element.  Pointers point into the input; text is NULL unless simple,
 * error, bulk or double, items is NULL unless array or map.
 */
struct resp {
	enum resp_type type;
	int64_t integer;  /* integer, boolean */
	const char *text; /* without type, length and CRLF; not terminated */
	size_t text_len;
	size_t n_items;    /* direct elements: array; map counts 2 a pair */
	const char *items; /* first element of an array or map */
	const char *end;   /* behind the last byte of the element */
};

/*
 * Length of the complete reply at the start of bytes, attributes (|)
 * included; RESP_MORE when it is incomplete, RESP_BAD when it can't become
 * one.  Linear in the bytes it looks at; never looks behind the reply.
 */
long resp_length(const char *bytes, size_t len);

/*
 * Reads the element at `at`, which must be (part of) a reply that
 * resp_length() found complete and that ends at or before `end`.  Attributes
 * in front are skipped.
 */
void resp_read(struct resp *r, const char *at, const char *end);

/*
 * The i-th direct element; false when r is no array or map or has fewer.
 * Walks from the first one: to visit many, resp_read() from r->items, and
 * then from each item's end, with r->end as the end.
 */
bool resp_item(const struct resp *r, size_t i, struct resp *item);

/* Whether the text of r starts with `prefix`. */
bool resp_has_prefix(const struct resp *r, const char *prefix);

/* Copies the text of r, cut to size - 1, terminated, controls as spaces. */
void resp_copy(const struct resp *r, char *buf, size_t size);

/*
 * Appends a command of n arguments as an array of bulk strings behind *len.
 * Returns false, and leaves *len, when it does not fit in size.
 */
bool resp_command(
    char *buf, size_t size, size_t *len, size_t n, const char *const *args);

#endif
