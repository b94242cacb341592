/*
 * bench-load bulk: each connection asks bench-server's source with one byte
 * and reads as fast as it can.
 */
#include "load.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BULK_READ_BYTES (256 * 1024)
#define BULK_EVENTS 64

static void
bulk_open(const struct load_options *o, int epoll)
{
	for (unsigned i = 0; i < o->connections; i++) {
		int fd = load_dial(o);

		if (send(fd, "b", 1, MSG_NOSIGNAL) != 1)
			load_die_errno("send");
		load_set_nonblocking(fd);
		load_register(
		    epoll, EPOLL_CTL_ADD, fd, EPOLLIN, (void *)(intptr_t)fd);
	}
}

static uint64_t
bulk_read(int fd)
{
	static char buf[BULK_READ_BYTES];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		load_die_errno("recv");
	if (n == 0)
		load_die("a download ended");
	return (uint64_t)n;
}

static uint64_t
bulk_turn(int epoll)
{
	struct epoll_event events[BULK_EVENTS];
	int n = epoll_wait(epoll, events, BULK_EVENTS, LOAD_STALL_MS);
	uint64_t bytes = 0;

	if (n < 0)
		load_die_errno("epoll_wait");
	if (n == 0)
		load_die("no byte for %d ms", LOAD_STALL_MS);
	for (int i = 0; i < n; i++)
		bytes += bulk_read((int)(intptr_t)events[i].data.ptr);
	return bytes;
}

void
load_bulk(const struct load_options *o)
{
	static struct load_window window;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		load_die_errno("epoll_create1");
	bulk_open(o, epoll);
	load_window_start(&window, o);
	while (load_window_goes_on(&window, load_now_ns()))
		load_window_count(&window, 0, bulk_turn(epoll));
	load_window_print(&window);
	close(epoll);
}
