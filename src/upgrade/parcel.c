#include "upgrade/parcel.h"

#include <errno.h>
#include <string.h>

/*
 * u32 magic, u8 version, u8 kind, u16 0, u32 length of what follows; numbers
 * with the lowest byte first, texts behind a u16 with their length.
 */
#define PARCEL_MAGIC 0x746e6772u

enum { PARCEL_HEAD_LEN = 12 };

/*
 * One walk over the members serves both ways, so that the reader can't
 * disagree with the writer.
 */
struct parcel_walk {
	uint8_t *at;
	uint8_t *end;
	bool is_reading;
	bool is_bad;
};

static bool
parcel_has(struct parcel_walk *w, size_t n)
{
	if ((size_t)(w->end - w->at) < n)
		w->is_bad = true;
	return !w->is_bad;
}

static uint64_t
parcel_number(struct parcel_walk *w, uint64_t value, unsigned n)
{
	uint64_t read = 0;

	if (!parcel_has(w, n))
		return 0;
	for (unsigned i = 0; i < n; i++, w->at++) {
		if (w->is_reading)
			read |= (uint64_t)*w->at << 8 * i;
		else
			*w->at = (uint8_t)(value >> 8 * i);
	}
	return w->is_reading ? read : value;
}

static void
parcel_u64(struct parcel_walk *w, uint64_t *value)
{
	*value = parcel_number(w, *value, 8);
}

static void
parcel_u16(struct parcel_walk *w, uint16_t *value)
{
	*value = (uint16_t)parcel_number(w, *value, 2);
}

/* At most `max`: what comes behind is an index, or a size. */
static void
parcel_u8(struct parcel_walk *w, uint8_t *value, uint8_t max)
{
	*value = (uint8_t)parcel_number(w, *value, 1);
	if (*value > max) {
		w->is_bad = true;
		*value = 0;
	}
}

static void
parcel_bool(struct parcel_walk *w, bool *value)
{
	uint8_t byte = *value;

	parcel_u8(w, &byte, 1);
	*value = byte != 0;
}

static void
parcel_time(struct parcel_walk *w, usec_t *value)
{
	*value = (usec_t)parcel_number(w, (uint64_t)*value, 8);
	if (*value < 0) {
		w->is_bad = true;
		*value = 0;
	}
}

static void
parcel_bytes(struct parcel_walk *w, void *bytes, size_t len)
{
	if (!parcel_has(w, len))
		return;
	if (w->is_reading)
		memcpy(bytes, w->at, len);
	else
		memcpy(w->at, bytes, len);
	w->at += len;
}

static void
parcel_text(struct parcel_walk *w, char *text, size_t size)
{
	uint16_t len = w->is_reading ? 0 : (uint16_t)strnlen(text, size - 1);

	parcel_u16(w, &len);
	if (len >= size) {
		w->is_bad = true;
		return;
	}
	parcel_bytes(w, text, len);
	if (!w->is_reading)
		return;
	text[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			w->is_bad = true;
}

/* One that may be missing is "". */
static void
parcel_walk_name(struct parcel_walk *w, parcel_name name, bool is_needed)
{
	parcel_text(w, name, sizeof(parcel_name));
	if (w->is_reading && (name[0] != '\0' || is_needed) &&
	    !text_is_name(name))
		w->is_bad = true;
}

static void
parcel_walk_node(struct parcel_walk *w, struct parcel_node *n)
{
	const uint8_t cut_max = 2; /* CUT_NOW */

	parcel_walk_name(w, n->name, true);
	parcel_bool(w, &n->is_reader);
	parcel_u8(w, &n->cut, cut_max);
	parcel_u16(w, &n->weight);
	parcel_u8(w, &n->addr_len, PARCEL_ADDR_LEN);
	parcel_bytes(w, n->addr, n->addr_len);
}

static void
parcel_walk_views(struct parcel_walk *w, struct parcel_views *v)
{
	parcel_u64(w, &v->serial);
	parcel_u8(w, &v->n_clusters, PARCEL_CLUSTERS_MAX);
	for (unsigned i = 0; i < v->n_clusters && !w->is_bad; i++) {
		struct parcel_cluster *c = &v->clusters[i];

		parcel_walk_name(w, c->name, true);
		parcel_u64(w, &c->epoch);
		parcel_walk_name(w, c->writer, false);
		parcel_u8(w, &c->n_nodes, PARCEL_NODES_MAX);
		for (unsigned k = 0; k < c->n_nodes && !w->is_bad; k++)
			parcel_walk_node(w, &c->nodes[k]);
	}
}

static void
parcel_walk_place(struct parcel_walk *w, struct parcel_place *p, bool has_node)
{
	parcel_walk_name(w, p->cluster, true);
	if (has_node)
		parcel_walk_name(w, p->node, true);
}

static void
parcel_walk_counts(
    struct parcel_walk *w, struct parcel_counts *c, bool has_node)
{
	parcel_walk_place(w, &c->of, has_node);
	parcel_u8(w, &c->n, PARCEL_COUNTS_MAX);
	for (unsigned i = 0; i < c->n && !w->is_bad; i++) {
		parcel_walk_name(w, c->at[i].name, true);
		parcel_u64(w, &c->at[i].value);
	}
}

static void
parcel_walk(struct parcel_walk *w, struct parcel *p)
{
	switch (p->kind) {
	case PARCEL_HELLO:
		parcel_walk_name(w, p->hello.version, true);
		parcel_u64(w, &p->hello.pid);
		parcel_u64(w, &p->hello.n_sockets);
		break;
	case PARCEL_ELDER:
		parcel_u64(w, &p->elder.pid);
		parcel_u64(w, &p->elder.acked);
		parcel_u64(w, &p->elder.sessions);
		parcel_time(w, &p->elder.retired_at);
		break;
	case PARCEL_FAILED:
		parcel_text(w, p->text, sizeof(p->text));
		break;
	case PARCEL_VIEWS:
		parcel_walk_views(w, &p->views);
		break;
	case PARCEL_ACK:
	case PARCEL_OPEN:
		parcel_u64(w, &p->number);
		break;
	case PARCEL_TROUBLE:
		parcel_walk_place(w, &p->place, true);
		break;
	case PARCEL_USED:
		parcel_walk_place(w, &p->used.of, true);
		parcel_u64(w, &p->used.n);
		break;
	case PARCEL_LISTEN_COUNTS:
	case PARCEL_NODE_COUNTS:
		parcel_walk_counts(
		    w, &p->counts, p->kind == PARCEL_NODE_COUNTS);
		break;
	case PARCEL_SOCKETS:
	case PARCEL_STATE:
	case PARCEL_TAKE:
	case PARCEL_READY:
	case PARCEL_TAKEN:
	case PARCEL_REOPEN:
	case PARCEL_BYE:
		break;
	case PARCEL_KIND_COUNT:
		CHECK_NEVER("no kind of parcel");
	}
}

size_t
parcel_encode(const struct parcel *parcel, uint8_t *bytes)
{
	struct parcel_walk head = { .at = bytes,
		.end = bytes + PARCEL_HEAD_LEN };
	struct parcel_walk body = {
		.at = bytes + PARCEL_HEAD_LEN,
		.end = bytes + PARCEL_BYTES_MAX,
	};
	size_t len;

	CHECK(parcel->kind < PARCEL_KIND_COUNT);
	/* A walk that writes changes nothing. */
	parcel_walk(&body, (struct parcel *)parcel);
	CHECK(!body.is_bad);
	len = (size_t)(body.at - bytes);
	(void)parcel_number(&head, PARCEL_MAGIC, 4);
	(void)parcel_number(&head, PARCEL_VERSION, 1);
	(void)parcel_number(&head, parcel->kind, 1);
	(void)parcel_number(&head, 0, 2);
	(void)parcel_number(&head, len - PARCEL_HEAD_LEN, 4);
	return len;
}

int
parcel_decode(
    struct parcel *parcel, const uint8_t *bytes, size_t len, struct err *err)
{
	/* A walk that reads writes nothing there. */
	struct parcel_walk w = {
		.at = (uint8_t *)bytes,
		.end = (uint8_t *)bytes + len,
		.is_reading = true,
	};
	uint64_t magic = parcel_number(&w, 0, 4);
	uint64_t version = parcel_number(&w, 0, 1);
	uint64_t kind = parcel_number(&w, 0, 1);
	uint64_t zero = parcel_number(&w, 0, 2);
	uint64_t rest = parcel_number(&w, 0, 4);

	if (w.is_bad || magic != PARCEL_MAGIC)
		return err_set(err, -EINVAL, "these are not regent's words");
	if (version != PARCEL_VERSION)
		return err_set(err, -EINVAL,
		    "the other one speaks version %u of the hand-over, and "
		    "this one version %d: restart regent",
		    (unsigned)version, PARCEL_VERSION);
	if (kind >= PARCEL_KIND_COUNT || zero != 0 ||
	    rest != len - PARCEL_HEAD_LEN)
		return err_set(err, -EINVAL,
		    "a damaged head: kind %u of %zu "
		    "bytes",
		    (unsigned)kind, len);
	memset(parcel, 0, sizeof(*parcel));
	parcel->kind = (enum parcel_kind)kind;
	parcel_walk(&w, parcel);
	if (w.is_bad || w.at != w.end)
		return err_set(err, -EINVAL,
		    "a damaged body: kind %u of %zu "
		    "bytes",
		    (unsigned)kind, len);
	return 0;
}
