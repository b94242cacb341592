#include "asker.h"

#include <string.h>

static void
asker_on_done(void *arg, const struct contact_result *result, usec_t now)
{
	struct asker *a = arg;

	(void)now;
	assert_int_equal(a->n_done, 0);
	a->result = *result;
	a->n_done = 1;
	if (a->is_asking_again) {
		a->is_asking_again = false;
		asker_ask(a, JOB_PROBE, 10 * USEC_SEC);
	}
}

static void
asker_on_lost(void *arg, const char *detail, usec_t now)
{
	struct asker *a = arg;

	(void)now;
	assert_true(detail[0] != '\0');
	a->n_lost++;
}

static const struct contact_ops asker_ops = {
	.on_done = asker_on_done,
	.on_lost = asker_on_lost,
};

void
asker_open(struct asker *a, const struct driver *driver)
{
	memset(a, 0, sizeof(*a));
	trial_open(&a->trial, true);
	host_open(&a->host, &a->trial);
	a->driver = driver;
	asker_login(a, "", "");
}

void
asker_close(struct asker *a)
{
	a->driver->close(&a->contact);
	assert_null(a->contact);
	a->driver->close(&a->contact);
	host_close(&a->host);
	trial_close(&a->trial);
}

void
asker_login_at(struct asker *a, const struct contact_login *login)
{
	a->driver->close(&a->contact);
	a->contact = a->driver->open(a->trial.loop, login, &asker_ops, a);
}

void
asker_check(struct asker *a, struct contact_login login)
{
	login.address = a->host.address;
	asker_login_at(a, &login);
}

void
asker_login(struct asker *a, const char *user, const char *password)
{
	asker_check(a,
	    (struct contact_login){
		.user = user,
		.password = password,
		.ca_path = "",
		.check_path = "/",
		.check_replica_path = "",
		.check_command = "exit 0",
		.database = "",
		.ssl_ca = "",
		.ssl_cert = "",
		.ssl_key = "",
		.replication_user = "",
		.replication_password = "",
	    });
}

void
asker_ask(struct asker *a, enum job_kind kind, usec_t timeout)
{
	struct job job = {
		.kind = kind,
		.timeout_us = timeout,
		.pause_us = 10 * USEC_SEC,
	};

	assert_true(endpoint_from(&job.target, "10.0.0.2", 6380));
	a->n_done = 0;
	memset(&a->result, 0xff, sizeof(a->result));
	a->driver->start(a->contact, &job, loop_clock());
}

void
asker_expect(struct asker *a, enum verdict verdict)
{
	TRIAL_UNTIL(&a->trial, a->n_done == 1);
	if (a->result.verdict != verdict)
		fail_msg("verdict %s instead of %s: %s",
		    verdict_names[a->result.verdict], verdict_names[verdict],
		    a->result.detail);
}

void
asker_wait(struct asker *a)
{
	for (int i = 0; i < 5; i++)
		trial_turn(&a->trial, "nothing");
}
