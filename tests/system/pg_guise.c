#include "pg_guise.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct guise {
	struct resource resource;
	pid_t pid;
};

static int
guise_socket(uint16_t port, bool is_listening)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	int rc;

	CHECK(fd >= 0);
	if (is_listening) {
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		rc = bind(fd, (struct sockaddr *)&at, sizeof(at));
		CHECK(rc == 0 && listen(fd, 8) == 0);
		return fd;
	}
	rc = connect(fd, (struct sockaddr *)&at, sizeof(at));
	CHECK(rc == 0);
	return fd;
}

/* The login's answers come in one piece: they are some hundred bytes. */
static void
guise_change(char *buf, size_t n, const char *major)
{
	static const char name[] = "server_version"; /* with its NUL */
	char *at = memmem(buf, n, name, sizeof(name));

	if (at != NULL && at + sizeof(name) + 2 <= buf + n)
		memcpy(at + sizeof(name), major, 2);
}

/* false: that side has ended. */
static bool
guise_pass(int from, int to, const char *major)
{
	char buf[65536];
	ssize_t n = recv(from, buf, sizeof(buf), 0);

	if (n <= 0)
		return false;
	if (major != NULL)
		guise_change(buf, (size_t)n, major);
	return send(to, buf, (size_t)n, MSG_NOSIGNAL) == n;
}

static void
guise_relay(int client, uint16_t port, const char *major)
{
	int server = guise_socket(port, false);
	struct pollfd fds[] = { { .fd = client, .events = POLLIN },
		{ .fd = server, .events = POLLIN } };
	bool is_open = true;

	while (is_open && poll(fds, 2, -1) > 0) {
		if (fds[0].revents != 0)
			is_open = guise_pass(client, server, NULL);
		if (is_open && fds[1].revents != 0)
			is_open = guise_pass(server, client, major);
	}
	close(server);
	close(client);
}

static void
guise_close(struct resource *res)
{
	struct guise *guise = container_of(res, struct guise, resource);

	(void)kill(guise->pid, SIGKILL);
	(void)waitpid(guise->pid, NULL, 0);
	free(guise);
}

uint16_t
pg_guise_start(struct site *site, const struct pg_node *node, const char *major)
{
	struct guise *guise = mem_new(sizeof(*guise));
	uint16_t port = site_port();
	int listener = guise_socket(port, true);

	guise->pid = fork();
	CHECK(guise->pid >= 0);
	if (guise->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int client = accept(listener, NULL, NULL);

			if (client >= 0)
				guise_relay(client, node->port, major);
		}
	}
	close(listener);
	guise->resource.close = guise_close;
	site_add(site, &guise->resource);
	return port;
}
