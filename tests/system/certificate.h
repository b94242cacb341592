/*
 * certificate.h - a certificate authority in the directory of a test, and
 * servers of 127.0.0.1 that it vouches for.  By openssl(1).
 */
#ifndef REGENT_TESTS_SYSTEM_CERTIFICATE_H
#define REGENT_TESTS_SYSTEM_CERTIFICATE_H

#include "site.h"

/* Whether openssl is installed. */
bool certificate_is_possible(void);

/* DIR/ca.pem and ca.key; replaces the former authority, if there is one. */
void certificate_make_ca(struct site *site);

/* DIR/server.pem and server.key, readable by all: databases have users of
 * their own. */
void certificate_make_server(struct site *site);

#endif
