#include "upgrade/handover.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/channel.h"
#include "net/pidfd.h"
#include "net/timer.h"
#include "net/watch.h"
#include "upgrade/launch.h"
#include "upgrade/parcel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANDOVER_MAGIC 0x48414e44u

/* How often it looks whether it is quiet. */
#define HANDOVER_LOOK (5 * USEC_MS)
/* A process that was killed is gone in no time. */
#define HANDOVER_KILL (1 * USEC_SEC)

#define HANDOVER_ENDED "it has ended: see its log"

/* Listeners, times workers, and the control socket. */
enum { HANDOVER_SOCKETS_MAX = 128 * 64 + 1 };

enum handover_state {
	HANDOVER_STARTING,
	HANDOVER_READY, /* it waits until we are quiet */
	HANDOVER_OVER,
};

struct handover {
	uint32_t magic;
	struct grave grave;
	struct loop *loop;
	struct handover_ops ops;
	enum handover_state state;
	pid_t pid;
	int pidfd;
	int fd;
	usec_t deadline;
	usec_t ready_at;
	struct watch watch;
	struct timer timer;
	struct channel_packet packet;
	struct parcel parcel;
	uint8_t bytes[PARCEL_BYTES_MAX];
};

static int
handover_send(struct handover *h, const int *fds, unsigned n_fds)
{
	size_t len = parcel_encode(&h->parcel, h->bytes);

	return channel_send(h->fd, h->bytes, len, fds, n_fds);
}

/* A text, and a descriptor that stays ours. */
static int
handover_send_text(struct handover *h, const struct text *text, int fd)
{
	int fds[2] = { channel_put_text(text_cstr(text), text->len), fd }, rc;

	if (fds[0] < 0)
		return fds[0];
	rc = handover_send(h, fds, 2);
	close(fds[0]);
	return rc;
}

/* ---- its end ----------------------------------------------------------- */

static void
handover_bury(struct grave *grave)
{
	struct handover *h = container_of(grave, struct handover, grave);

	h->magic = 0;
	free(h);
}

static void
handover_close(struct handover *h)
{
	h->state = HANDOVER_OVER;
	timer_stop(&h->timer);
	watch_stop(&h->watch);
	if (h->fd >= 0)
		close(h->fd);
	if (h->pidfd >= 0)
		close(h->pidfd);
	h->fd = -1;
	h->pidfd = -1;
	loop_bury(h->loop, &h->grave, handover_bury);
}

/* Only a process that is gone judges nothing for sure. */
static void
handover_kill(struct handover *h)
{
	if (h->pidfd < 0)
		return;
	pidfd_kill(h->pidfd);
	/* Not gone at once, it comes back to no instruction of ours. */
	(void)pidfd_is_gone(h->pidfd, HANDOVER_KILL);
}

static void
handover_fail(struct handover *h, const char *why, bool was_still)
{
	const struct handover_ops ops = h->ops;
	char text[PARCEL_TEXT_LEN];

	snprintf(text, sizeof(text), "%s", why);
	handover_kill(h);
	handover_close(h);
	ops.on_failed(ops.arg, text, was_still);
}

void
handover_free(struct handover **handover)
{
	struct handover *h = *handover;

	if (h == NULL)
		return;
	CHECK_OBJ(h, HANDOVER_MAGIC);
	handover_kill(h);
	handover_close(h);
	*handover = NULL;
}

/* ---- standing still ---------------------------------------------------- */

static int
handover_give_elders(struct handover *h)
{
	struct elder_seed seeds[ELDERS_MAX];
	unsigned n = h->ops.elders(h->ops.arg, seeds);
	int rc = 0;

	for (unsigned i = 0; i < n && rc == 0; i++) {
		const int fds[] = { seeds[i].channel_fd, seeds[i].pidfd };

		h->parcel.kind = PARCEL_ELDER;
		h->parcel.elder = (struct parcel_elder){
			.pid = (uint64_t)seeds[i].pid,
			.acked = seeds[i].acked,
			.sessions = seeds[i].sessions,
			.retired_at = seeds[i].retired_at,
		};
		rc = handover_send(h, fds, ARRAY_LEN(fds));
	}
	return rc;
}

static int
handover_give_all(struct handover *h)
{
	struct text state = TEXT_INIT;
	int lock_fd, rc;

	h->ops.state(h->ops.arg, &state, &lock_fd);
	h->parcel.kind = PARCEL_STATE;
	rc = handover_send_text(h, &state, lock_fd);
	text_fini(&state);
	if (rc == 0)
		rc = handover_give_elders(h);
	h->parcel.kind = PARCEL_TAKE;
	return rc == 0 ? handover_send(h, NULL, 0) : rc;
}

/* 1: it has taken over; else *why. */
static int
handover_hear(struct handover *h, int rc, char *why, size_t size)
{
	struct err err;

	if (rc == -ETIMEDOUT) {
		snprintf(why, size, "it does not answer");
		return -1;
	}
	if (rc < 0) {
		snprintf(why, size, HANDOVER_ENDED);
		return -1;
	}
	rc = parcel_decode(&h->parcel, h->packet.bytes, h->packet.len, &err);
	channel_drop(&h->packet);
	if (rc != 0)
		snprintf(why, size, "%s", err.text);
	else if (h->parcel.kind == PARCEL_FAILED)
		snprintf(why, size, "%s", h->parcel.text);
	else
		return (int)h->parcel.kind;
	return -1;
}

static void
handover_taken(struct handover *h)
{
	const struct handover_ops ops = h->ops;
	pid_t pid = h->pid;
	int fd = h->fd;

	h->fd = -1;
	handover_close(h);
	ops.on_taken(ops.arg, fd, pid);
}

static void
handover_stand_still(struct handover *h)
{
	usec_t start = loop_clock();
	char why[PARCEL_TEXT_LEN];
	int rc = handover_give_all(h);

	if (rc != 0) {
		handover_fail(h, strerror(-rc), true);
		return;
	}
	rc = channel_await(h->fd, &h->packet, start + HANDOVER_STILL);
	rc = handover_hear(h, rc, why, sizeof(why));
	if (rc == PARCEL_TAKEN) {
		log_notice("upgrade=taken pid=%ld still_ms=%.1f", (long)h->pid,
		    (double)(loop_clock() - start) / USEC_MS);
		handover_taken(h);
		return;
	}
	if (rc >= 0)
		snprintf(why, sizeof(why), "it answers something else");
	handover_fail(h, why, true);
}

/* ---- until then -------------------------------------------------------- */

static void
handover_on_timer(struct timer *timer, usec_t now)
{
	struct handover *h = container_of(timer, struct handover, timer);
	const char *why = NULL;
	char text[128];

	CHECK_OBJ(h, HANDOVER_MAGIC);
	if (h->state == HANDOVER_STARTING) {
		handover_fail(h, "it is not ready in time", false);
	} else if (h->ops.is_quiet(h->ops.arg, &why)) {
		watch_stop(&h->watch);
		handover_stand_still(h);
	} else if (now >= h->deadline) {
		snprintf(text, sizeof(text), "no moment to hand over: %s", why);
		handover_fail(h, text, false);
	} else {
		timer_set(timer, now + HANDOVER_LOOK);
	}
}

static void
handover_on_ready(struct watch *watch, int events, usec_t now)
{
	struct handover *h = container_of(watch, struct handover, watch);
	char why[PARCEL_TEXT_LEN];
	int rc;

	(void)events;
	CHECK_OBJ(h, HANDOVER_MAGIC);
	rc = channel_receive(h->fd, &h->packet);
	if (rc == 0)
		return;
	rc = handover_hear(h, rc, why, sizeof(why));
	if (rc == PARCEL_READY && h->state == HANDOVER_STARTING) {
		h->state = HANDOVER_READY;
		h->deadline = now + HANDOVER_QUIET;
		timer_set(&h->timer, now);
		return;
	}
	if (rc >= 0)
		snprintf(why, sizeof(why), "it says what nobody asked for");
	handover_fail(h, why, false);
}

static int
handover_greet(struct handover *h, const int *fds, unsigned n)
{
	struct text names = TEXT_INIT;
	int pidfd = pidfd_open_process(getpid()), rc;

	if (pidfd < 0)
		return pidfd;
	h->ops.names(h->ops.arg, &names);
	h->parcel.kind = PARCEL_HELLO;
	snprintf(h->parcel.hello.version, sizeof(h->parcel.hello.version), "%s",
	    PACKAGE_VERSION);
	h->parcel.hello.pid = (uint64_t)getpid();
	h->parcel.hello.n_sockets = n;
	rc = handover_send_text(h, &names, pidfd);
	text_fini(&names);
	close(pidfd);
	h->parcel.kind = PARCEL_SOCKETS;
	for (unsigned i = 0; rc == 0 && i < n; i += CHANNEL_FDS_MAX)
		rc = handover_send(h, fds + i,
		    n - i < CHANNEL_FDS_MAX ? n - i : CHANNEL_FDS_MAX);
	return rc;
}

static int
handover_launch(struct handover *h, struct err *err)
{
	int *fds = mem_new(HANDOVER_SOCKETS_MAX * sizeof(*fds)), ends[2], rc;
	unsigned n = h->ops.sockets(h->ops.arg, fds, HANDOVER_SOCKETS_MAX);

	rc = channel_pair(ends, err);
	if (rc != 0)
		goto out;
	h->fd = ends[0];
	h->pid = launch_successor(ends[1], err);
	close(ends[1]);
	rc = h->pid > 0 ? 0 : -ECHILD;
	if (rc != 0)
		goto out;
	h->pidfd = pidfd_open_process(h->pid);
	rc = h->pidfd >= 0 ? handover_greet(h, fds, n) : h->pidfd;
	if (rc == -EPIPE || rc == -ECONNRESET) {
		err_set(err, rc, HANDOVER_ENDED);
	} else if (rc != 0) {
		errno = -rc;
		err_errno(err, "the new process");
	}
out:
	free(fds);
	return rc;
}

struct handover *
handover_start(
    struct loop *loop, const struct handover_ops *ops, struct err *err)
{
	struct handover *h = mem_new(sizeof(*h));

	h->magic = HANDOVER_MAGIC;
	h->loop = loop;
	h->ops = *ops;
	h->fd = -1;
	h->pidfd = -1;
	watch_init(&h->watch, loop, handover_on_ready);
	timer_init(&h->timer, loop, handover_on_timer);
	if (handover_launch(h, err) != 0) {
		handover_free(&h);
		return NULL;
	}
	watch_set(&h->watch, h->fd, WATCH_READ);
	timer_set(&h->timer, loop_clock() + HANDOVER_START);
	log_notice(
	    "upgrade=started pid=%ld program=%s", (long)h->pid, launch_path());
	return h;
}
