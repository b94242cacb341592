#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* A line longer than this is cut; PIPE_BUF keeps lines whole in a pipe. */
#define LOG_LINE_MAX 2048

const char *const log_level_names[LEVEL_COUNT] = {
	[LEVEL_ERROR] = "error",
	[LEVEL_WARN] = "warn",
	[LEVEL_NOTICE] = "notice",
	[LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
};

static const int log_syslog_priority[LEVEL_COUNT] = {
	[LEVEL_ERROR] = LOG_ERR,
	[LEVEL_WARN] = LOG_WARNING,
	[LEVEL_NOTICE] = LOG_NOTICE,
	[LEVEL_INFO] = LOG_INFO,
	[LEVEL_DEBUG] = LOG_DEBUG,
};

/*
 * The target changes under the lock and is used under it: a worker must not
 * write into a descriptor that the guard has just closed on rotation.
 */
static struct {
	pthread_mutex_t lock;
	int fd;
	bool is_syslog;
	char path[PATH_MAX]; /* empty unless a file */
} log_target = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO };

static atomic_int log_level = LEVEL_NOTICE;

static void
log_target_set(int fd, bool is_syslog, const char *path)
{
	int old = -1;

	pthread_mutex_lock(&log_target.lock);
	if (log_target.path[0] != '\0')
		old = log_target.fd;
	log_target.fd = fd;
	log_target.is_syslog = is_syslog;
	if (path != log_target.path)
		snprintf(log_target.path, sizeof(log_target.path), "%s", path);
	pthread_mutex_unlock(&log_target.lock);
	if (old >= 0)
		close(old);
}

static int
log_open_file(const char *path, struct err *err)
{
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "log file %s", path);
	log_target_set(fd, false, path);
	return 0;
}

int
log_open(const char *target, struct err *err)
{
	if (strcmp(target, "stderr") == 0) {
		log_target_set(STDERR_FILENO, false, "");
		return 0;
	}
	if (strcmp(target, "syslog") == 0) {
		openlog("regent", LOG_PID | LOG_NDELAY, LOG_DAEMON);
		log_target_set(-1, true, "");
		return 0;
	}
	if (strlen(target) >= sizeof(log_target.path))
		return err_set(
		    err, -ENAMETOOLONG, "log file name too long: %s", target);
	return log_open_file(target, err);
}

int
log_reopen(struct err *err)
{
	if (log_target.path[0] == '\0')
		return 0;
	return log_open_file(log_target.path, err);
}

void
log_set_level(enum log_level level)
{
	CHECK(level < LEVEL_COUNT);
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

bool
log_is_on(enum log_level level)
{
	return (int)level <=
	    atomic_load_explicit(&log_level, memory_order_relaxed);
}

/* RFC 3339 in UTC with milliseconds, then the level. */
static size_t
log_stamp(char *line, size_t size, enum log_level level)
{
	struct timespec ts;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	len = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	len += (size_t)snprintf(line + len, size - len, ".%03ldZ %s ",
	    ts.tv_nsec / 1000000, log_level_names[level]);
	return len;
}

/* A log that can't be written must not stop the service it reports on. */
static void
log_write_fd(int fd, const char *line, size_t len)
{
	ssize_t n;

	do
		n = write(fd, line, len);
	while (n < 0 && errno == EINTR);
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	size_t start, len;
	va_list ap;
	int n;

	CHECK(level < LEVEL_COUNT);
	start = log_stamp(line, sizeof(line), level);
	va_start(ap, fmt);
	n = vsnprintf(line + start, sizeof(line) - start - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	len = strlen(line);
	for (size_t i = start; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' '; /* one fact, one line */

	pthread_mutex_lock(&log_target.lock);
	if (log_target.is_syslog) {
		syslog(log_syslog_priority[level], "%s", line + start);
	} else {
		line[len++] = '\n';
		log_write_fd(log_target.fd, line, len);
	}
	pthread_mutex_unlock(&log_target.lock);
}
