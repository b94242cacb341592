#include "net/channel.h"

#include "base/text.h"
#include "net/sock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A whole packet must fit, and some more. */
enum { CHANNEL_BUFFER = 4 * CHANNEL_BYTES_MAX };

union channel_control {
	struct cmsghdr header; /* aligns */
	char bytes[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
};

int
channel_pair(int fds[2], struct err *err)
{
	int size = CHANNEL_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, fds) != 0)
		return err_errno(err, "socketpair");
	/* As far as the kernel's limits go: a packet has room in any case. */
	for (int i = 0; i < 2; i++)
		(void)setsockopt(
		    fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

int
channel_send(
    int fd, const void *bytes, size_t len, const int *fds, unsigned n_fds)
{
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union channel_control control;
	struct cmsghdr *c;
	ssize_t n;

	CHECK(len > 0 && len <= CHANNEL_BYTES_MAX);
	CHECK(n_fds <= CHANNEL_FDS_MAX);
	if (n_fds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static void
channel_take_fds(struct channel_packet *packet, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		CHECK(n <= CHANNEL_FDS_MAX);
		memcpy(packet->fds, CMSG_DATA(c), n * sizeof(int));
		packet->n_fds = (unsigned)n;
	}
}

int
channel_receive(int fd, struct channel_packet *packet)
{
	struct iovec iov = {
		.iov_base = packet->bytes,
		.iov_len = sizeof(packet->bytes),
	};
	union channel_control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	packet->n_fds = 0;
	packet->len = 0;
	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	channel_take_fds(packet, &msg);
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		channel_drop(packet);
		return -EMSGSIZE;
	}
	if (n == 0) {
		channel_drop(packet);
		return -EPIPE;
	}
	packet->len = (size_t)n;
	return 1;
}

int
channel_await(int fd, struct channel_packet *packet, usec_t deadline)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		usec_t left;
		int rc = channel_receive(fd, packet);

		if (rc != 0)
			return rc;
		left = deadline - loop_clock();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)(left / USEC_MS) + 1) < 0 &&
		    errno != EINTR)
			return -errno;
	}
}

void
channel_drop(struct channel_packet *packet)
{
	for (unsigned i = 0; i < packet->n_fds; i++)
		if (packet->fds[i] >= 0)
			close(packet->fds[i]);
	packet->n_fds = 0;
}

int
channel_put_text(const char *text, size_t len)
{
	int fd = memfd_create("regent", MFD_CLOEXEC), rc;
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < len) {
		ssize_t n = pwrite(fd, text + done, len - done, (off_t)done);

		if (n <= 0) {
			rc = n < 0 ? -errno : -EIO;
			close(fd);
			return rc;
		}
		done += (size_t)n;
	}
	return fd;
}

int
channel_get_text(int fd, struct text *text, size_t max)
{
	char buf[16384];
	struct stat st;
	size_t done = 0;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uintmax_t)st.st_size > max)
		return -EFBIG;
	for (;;) {
		ssize_t n = pread(fd, buf, sizeof(buf), (off_t)done);

		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		done += (size_t)n;
		if (done > max)
			return -EFBIG;
		text_add_bytes(text, buf, (size_t)n);
	}
}
