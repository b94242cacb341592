#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_NARROW_BYTES 4096

static struct sockaddr_in
client_addr(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };

	addr.sin_port = htons(port);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return addr;
}

int
client_listen(uint16_t port)
{
	struct sockaddr_in addr = client_addr(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int
client_connect(uint16_t port, int receive_bytes)
{
	struct sockaddr_in addr = client_addr(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	if (receive_bytes > 0)
		CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes,
			  sizeof(receive_bytes)) == 0);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

int
client_open_from(uint16_t port, unsigned n)
{
	struct sockaddr_in addr = client_addr(port), from = client_addr(0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + n);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	if (errno != ECONNRESET)
		fail_msg(
		    "connect to port %u: %s", (unsigned)port, strerror(errno));
	close(fd);
	return -1;
}

int
client_open(uint16_t port)
{
	int fd = client_connect(port, 0);

	if (fd < 0)
		fail_msg(
		    "connect to port %u: %s", (unsigned)port, strerror(errno));
	return fd;
}

int
client_open_narrow(uint16_t port)
{
	int fd = client_connect(port, CLIENT_NARROW_BYTES);

	assert_true(fd >= 0);
	return fd;
}

bool
client_is_refused(uint16_t port)
{
	int fd = client_connect(port, 0);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

void
client_send(int fd, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* Waits for something to read; false at the deadline. */
static bool
client_wait_readable(int fd, usec_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	usec_t left = deadline - clock_now();

	return poll(&pfd, 1, left > 0 ? (int)(left / USEC_MS) + 1 : 0) > 0;
}

bool
client_gets(int fd, const char *want, int ms)
{
	usec_t deadline = clock_deadline(ms);
	size_t len = strlen(want), at = 0;
	char bytes[512];
	ssize_t n;

	CHECK(len <= sizeof(bytes));
	while (at < len) {
		if (!client_wait_readable(fd, deadline))
			return false;
		n = recv(fd, bytes + at, len - at, 0);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return memcmp(bytes, want, len) == 0;
}

void
client_expect(int fd, const char *want, int ms)
{
	if (!client_gets(fd, want, ms))
		fail_msg("client did not get \"%s\"", want);
}

bool
client_read_line(int fd, char *buf, size_t size, int ms)
{
	usec_t deadline = clock_deadline(ms);

	for (size_t at = 0; at < size; at++) {
		if (!client_wait_readable(fd, deadline))
			return false;
		if (recv(fd, buf + at, 1, 0) != 1)
			return false;
		if (buf[at] == '\n') {
			buf[at] = '\0';
			return true;
		}
	}
	return false;
}

bool
client_is_closed(int fd, int ms)
{
	usec_t deadline = clock_deadline(ms);
	char bytes[4096];

	while (client_wait_readable(fd, deadline))
		if (recv(fd, bytes, sizeof(bytes), 0) <= 0)
			return true;
	return false;
}

bool
client_is_waiting(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 0;
}

bool
client_echoes(int fd, const char *text, int ms)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return false;
	return client_gets(fd, text, ms);
}
