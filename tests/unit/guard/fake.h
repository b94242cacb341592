/*
 * fake.h - a driver whose contacts do nothing of their own: the test says
 * when and how they answer.
 */
#ifndef REGENT_TESTS_GUARD_FAKE_H
#define REGENT_TESTS_GUARD_FAKE_H

#include "guard/driver/driver.h"

enum { FAKE_CONTACTS_MAX = 16 };

struct contact {
	struct contact_login login;
	const struct contact_ops *ops;
	void *arg;
	struct job job; /* the last one */
	int n_started;
	bool is_closed;
};

/* All contacts since the last fake_reset, closed or not. */
struct fake {
	unsigned n_contacts;
	struct contact contacts[FAKE_CONTACTS_MAX];
	bool is_hasty; /* answers before start returns */
};

extern struct fake fake;
extern const struct driver driver_fake;

void fake_reset(void);

/* The contact answers with that verdict, and the detail "said VERDICT". */
void fake_answer(struct contact *c, enum verdict verdict, usec_t now);

#endif
