#include "admin/show_time.h"

#include "base/text.h"

const char *
show_format_time(const struct timespec *wall, char *buf)
{
	struct tm tm;
	size_t len;

	gmtime_r(&wall->tv_sec, &tm);
	len = strftime(buf, SHOW_TIME_LEN, "%Y-%m-%dT%H:%M:%S", &tm);
	text_append(
	    buf, SHOW_TIME_LEN, &len, ".%03ldZ", wall->tv_nsec / 1000000);
	return buf;
}

usec_t
show_wall_of(usec_t then, usec_t now)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return wall.tv_sec * USEC_SEC + wall.tv_nsec / 1000 - (now - then);
}

const char *
show_format_instant(usec_t then, usec_t now, char *buf)
{
	usec_t us = show_wall_of(then, now);
	struct timespec wall = {
		.tv_sec = us / USEC_SEC,
		.tv_nsec = us % USEC_SEC * 1000,
	};

	return show_format_time(&wall, buf);
}
