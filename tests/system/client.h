/*
 * client.h - a TCP client on loopback with deadlines, for the relay tests.
 *
 * A client is a blocking socket; the caller closes it.  A function that
 * expects something fails the test when it does not come in time.
 */
#ifndef REGENT_SYSTEM_CLIENT_H
#define REGENT_SYSTEM_CLIENT_H

#include "site.h"

int client_open(uint16_t port);

/* From 127.0.0.N, with N of 1 to 254; -1: reset, as one who is refused may be
 * before he knows that he was connected. */
int client_open_from(uint16_t port, unsigned n);

/* A client with a small receive buffer, so that little is in the kernel. */
int client_open_narrow(uint16_t port);

/* A listening socket on that port, which nobody else can open then. */
int client_listen(uint16_t port);

/* Whether a connection is refused. */
bool client_is_refused(uint16_t port);

void client_send(int fd, const char *text);

/* Reads exactly this text. */
void client_expect(int fd, const char *want, int ms);
bool client_gets(int fd, const char *want, int ms);

/* Reads a line into buf, without its newline; false when there is none. */
bool client_read_line(int fd, char *buf, size_t size, int ms);

/* Reads to the end; false when the connection is still open after `ms`. */
bool client_is_closed(int fd, int ms);

/* Neither bytes nor an end wait to be read. */
bool client_is_waiting(int fd);

/* Sends text and reads the same. */
bool client_echoes(int fd, const char *text, int ms);

#endif
