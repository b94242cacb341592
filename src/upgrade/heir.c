#include "upgrade/heir.h"

#include "base/mem.h"
#include "base/text.h"
#include "conf/outline.h"
#include "net/channel.h"
#include "upgrade/parcel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEIR_MAGIC 0x48454952u

/* For what is on its way, and for the moment when the old one is quiet. */
#define HEIR_PATIENCE (10 * USEC_SEC)
#define HEIR_WAIT (120 * USEC_SEC)

enum { HEIR_NAMES_MAX = 1 << 20, HEIR_STATE_MAX = 1 << 28 };

struct heir {
	uint32_t magic;
	int fd; /* of the channel; -1: given away */
	int pidfd;
	int lock_fd;
	pid_t pid;
	const struct conf *outline;
	struct inherited *inherited;
	struct text state;
	unsigned n_elders;
	unsigned n_taken;
	struct elder_seed elders[ELDERS_MAX + 1];
	struct channel_packet packet;
	struct parcel parcel;
	uint8_t bytes[PARCEL_BYTES_MAX];
};

static int
heir_send(struct heir *h, struct err *err)
{
	size_t len = parcel_encode(&h->parcel, h->bytes);
	int rc = channel_send(h->fd, h->bytes, len, NULL, 0);

	if (rc == 0)
		return 0;
	errno = -rc;
	return err_errno(err, "the old process");
}

static int
heir_say(struct heir *h, enum parcel_kind kind, struct err *err)
{
	h->parcel.kind = kind;
	return heir_send(h, err);
}

/* The next parcel; its descriptors are in the packet. */
static int
heir_hear(struct heir *h, usec_t patience, struct err *err)
{
	int rc = channel_await(h->fd, &h->packet, loop_clock() + patience);

	if (rc < 0) {
		errno = -rc;
		return err_errno(err, "the old process");
	}
	rc = parcel_decode(&h->parcel, h->packet.bytes, h->packet.len, err);
	if (rc != 0)
		channel_drop(&h->packet);
	return rc;
}

/* The i-th descriptor of the packet, ours from now on; -1: there is none. */
static int
heir_fd(struct heir *h, unsigned i)
{
	int fd = i < h->packet.n_fds ? h->packet.fds[i] : -1;

	if (fd >= 0)
		h->packet.fds[i] = -1;
	return fd;
}

static int
heir_read_text(struct heir *h, struct text *text, size_t max, struct err *err)
{
	int fd = heir_fd(h, 0);
	int rc = fd >= 0 ? channel_get_text(fd, text, max) : -ENODATA;

	if (fd >= 0)
		close(fd);
	if (rc == 0)
		return 0;
	errno = -rc;
	return err_errno(err, "a text of the old process");
}

static int
heir_hear_hello(struct heir *h, struct err *err)
{
	struct text names = TEXT_INIT;
	int rc = heir_hear(h, HEIR_PATIENCE, err);

	if (rc == 0 && h->parcel.kind != PARCEL_HELLO)
		rc = err_set(err, -EPROTO, "the old process does not greet");
	if (rc != 0)
		return rc;
	h->pid = (pid_t)h->parcel.hello.pid;
	rc = heir_read_text(h, &names, HEIR_NAMES_MAX, err);
	h->pidfd = heir_fd(h, 1);
	channel_drop(&h->packet);
	if (rc == 0)
		h->outline = outline_read(text_cstr(&names), err);
	text_fini(&names);
	return rc != 0 || h->outline == NULL ? -EINVAL : 0;
}

static int
heir_hear_sockets(struct heir *h, struct err *err)
{
	uint64_t n = h->parcel.hello.n_sockets;

	while (inherit_count(h->inherited) < n) {
		int rc = heir_hear(h, HEIR_PATIENCE, err);

		if (rc == 0 &&
		    (h->parcel.kind != PARCEL_SOCKETS || h->packet.n_fds == 0))
			rc = err_set(err, -EPROTO, "a socket is missing");
		for (unsigned i = 0; rc == 0 && i < h->packet.n_fds; i++) {
			rc = inherit_add(h->inherited, h->packet.fds[i], err);
			if (rc == 0)
				h->packet.fds[i] = -1;
		}
		channel_drop(&h->packet);
		if (rc != 0)
			return rc;
	}
	return 0;
}

struct heir *
heir_open(int fd, struct err *err)
{
	struct heir *h = mem_new(sizeof(*h));
	int rc;

	h->magic = HEIR_MAGIC;
	h->fd = fd;
	h->pidfd = -1;
	h->lock_fd = -1;
	h->inherited = inherit_new();
	rc = heir_hear_hello(h, err);
	if (rc == 0)
		rc = heir_hear_sockets(h, err);
	if (rc == 0)
		return h;
	heir_fail(h, err->text);
	heir_free(&h);
	return NULL;
}

static void
heir_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
heir_free(struct heir **heir)
{
	struct heir *h = *heir;
	struct elder_seed seed;

	if (h == NULL)
		return;
	CHECK_OBJ(h, HEIR_MAGIC);
	while (heir_take_elder(h, &seed)) {
		heir_close(&seed.channel_fd);
		heir_close(&seed.pidfd);
	}
	heir_close(&h->fd);
	heir_close(&h->pidfd);
	heir_close(&h->lock_fd);
	conf_unref(&h->outline);
	inherit_free(&h->inherited);
	text_fini(&h->state);
	free(h);
	*heir = NULL;
}

const struct conf *
heir_outline(const struct heir *h)
{
	CHECK_OBJ(h, HEIR_MAGIC);
	return h->outline;
}

struct inherited *
heir_take_sockets(struct heir *h)
{
	struct inherited *inherited = h->inherited;

	CHECK_OBJ(h, HEIR_MAGIC);
	h->inherited = NULL;
	return inherited;
}

static void
heir_add_elder(struct heir *h, const struct elder_seed *seed)
{
	CHECK(h->n_elders < ARRAY_LEN(h->elders));
	h->elders[h->n_elders++] = *seed;
}

static int
heir_hear_elder(struct heir *h, struct err *err)
{
	const struct parcel_elder *p = &h->parcel.elder;
	const struct elder_seed seed = {
		.pid = (pid_t)p->pid,
		.acked = p->acked,
		.sessions = p->sessions,
		.retired_at = p->retired_at,
		.channel_fd = heir_fd(h, 0),
		.pidfd = heir_fd(h, 1),
	};

	if (seed.channel_fd < 0 || seed.pidfd < 0 || h->n_elders == ELDERS_MAX)
		return err_set(err, -EPROTO, "an elder can't be had");
	heir_add_elder(h, &seed);
	return 0;
}

static int
heir_hear_state(struct heir *h, struct err *err)
{
	int rc = heir_read_text(h, &h->state, HEIR_STATE_MAX, err);

	h->lock_fd = heir_fd(h, 1);
	if (rc == 0 && h->lock_fd < 0)
		rc = err_set(err, -EPROTO, "the lock is missing");
	return rc;
}

int
heir_await(struct heir *h, struct err *err)
{
	int rc;

	CHECK_OBJ(h, HEIR_MAGIC);
	rc = heir_say(h, PARCEL_READY, err);
	while (rc == 0) {
		rc = heir_hear(h, HEIR_WAIT, err);
		if (rc == 0 && h->parcel.kind == PARCEL_TAKE) {
			channel_drop(&h->packet);
			return 0;
		}
		if (rc == 0 && h->parcel.kind == PARCEL_STATE)
			rc = heir_hear_state(h, err);
		else if (rc == 0 && h->parcel.kind == PARCEL_ELDER)
			rc = heir_hear_elder(h, err);
		else if (rc == 0)
			rc = err_set(err, -EPROTO, "an unexpected parcel");
		channel_drop(&h->packet);
	}
	return rc;
}

const char *
heir_state(const struct heir *h)
{
	CHECK_OBJ(h, HEIR_MAGIC);
	return text_cstr(&h->state);
}

int
heir_take_lock(struct heir *h)
{
	int fd = h->lock_fd;

	CHECK_OBJ(h, HEIR_MAGIC);
	h->lock_fd = -1;
	return fd;
}

/* It has acknowledged everything of its own, and nothing of ours. */
int
heir_take_over(struct heir *h, struct err *err)
{
	int rc;

	CHECK_OBJ(h, HEIR_MAGIC);
	rc = heir_say(h, PARCEL_TAKEN, err);
	if (rc != 0)
		return rc;
	heir_add_elder(h,
	    &(struct elder_seed){
		.pid = h->pid,
		.channel_fd = h->fd,
		.pidfd = h->pidfd,
		.retired_at = loop_clock(),
	    });
	h->fd = -1;
	h->pidfd = -1;
	return 0;
}

bool
heir_take_elder(struct heir *h, struct elder_seed *seed)
{
	CHECK_OBJ(h, HEIR_MAGIC);
	if (h->n_taken == h->n_elders)
		return false;
	*seed = h->elders[h->n_taken++];
	return true;
}

void
heir_fail(struct heir *h, const char *why)
{
	struct err ignored; /* it will see that we end */

	CHECK_OBJ(h, HEIR_MAGIC);
	if (h->fd < 0)
		return;
	memset(&h->parcel, 0, sizeof(h->parcel));
	h->parcel.kind = PARCEL_FAILED;
	for (size_t i = 0; i < PARCEL_TEXT_LEN - 1 && why[i] != '\0'; i++)
		h->parcel.text[i] =
		    why[i] >= ' ' && why[i] < 0x7f ? why[i] : ' ';
	(void)heir_send(h, &ignored);
}
