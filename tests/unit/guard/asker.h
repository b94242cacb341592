/*
 * asker.h - who asks a contact to do a job, and what it was answered: for the
 * tests of drivers.
 */
#ifndef REGENT_TESTS_GUARD_ASKER_H
#define REGENT_TESTS_GUARD_ASKER_H

#include "guard/driver/driver.h"
#include "host.h"

struct asker {
	struct trial trial;
	struct host host; /* the node */
	const struct driver *driver;
	struct contact *contact;
	int n_done; /* of the last job: 0 or 1 */
	int n_lost;
	struct contact_result result;
	bool is_asking_again; /* once, from within the answer */
};

void asker_open(struct asker *a, const struct driver *driver);
void asker_close(struct asker *a);

/* The same with other options of checks: the address is filled in. */
void asker_check(struct asker *a, struct contact_login login);

/* The same with another login. */
void asker_login(struct asker *a, const char *user, const char *password);

/* With another login and maybe another node. */
void asker_login_at(struct asker *a, const struct contact_login *login);

void asker_ask(struct asker *a, enum job_kind kind, usec_t timeout);

/* Waits for the answer, which must be this one. */
void asker_expect(struct asker *a, enum verdict verdict);

/* Some turns in which nothing should happen. */
void asker_wait(struct asker *a);

#endif
