/*
 * Broken connections that are written to all the same: a client that has not
 * noticed, or does not care.  Nothing sent here may ever be answered.
 */
#include "load_impl.h"

#include "clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOAD_OLD_INTERVAL_US 5000

void
load_old_keep(struct load *load, int fd)
{
	struct old_set *old = &load->old;
	int copy;

	if (old->n == LOAD_OLD_MAX)
		return;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy >= 0)
		old->fds[old->n++] = copy;
}

/* Replies to SET are one line each, and only success starts with '+'. */
static void
load_old_count_answers(struct old_set *old, int fd)
{
	char bytes[1024];
	ssize_t n;

	n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	for (ssize_t i = 0; i < n; i++)
		old->acked += bytes[i] == '+';
}

static void
load_old_write(struct old_set *old, int fd)
{
	char line[64];
	int len;

	len = snprintf(line, sizeof(line), "SET old:%llu %llu\r\n",
	    (unsigned long long)old->next, (unsigned long long)old->next);
	old->next++;
	/* Most of these connections are dead: failing is the expected case. */
	(void)send(fd, line, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void *
load_old_main(void *arg)
{
	struct load *load = arg;
	struct old_set *old = &load->old;

	while (load_is_running(load)) {
		pthread_mutex_lock(&load->lock);
		for (unsigned i = 0; i < old->n; i++) {
			load_old_count_answers(old, old->fds[i]);
			load_old_write(old, old->fds[i]);
		}
		pthread_mutex_unlock(&load->lock);
		clock_sleep_until(clock_now() + LOAD_OLD_INTERVAL_US);
	}
	return NULL;
}
