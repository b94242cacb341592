#include "guard/examine.h"

#include "base/mem.h"
#include "guard/hookenv.h"
#include "guard/operate.h"
#include "net/resolve.h"
#include "net/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMINE_MAGIC 0x4558414du

struct examine;

/* One node, on its way from a name to an answer. */
struct examined {
	struct examine *examine;
	const struct conf_cluster *section;
	const struct conf_node *conf;
	struct resolve *resolve; /* while its name is looked up */
	struct timer timer;      /* of that */
	bool is_done;
	struct contact_result result;
};

struct examine {
	uint32_t magic;
	struct loop *loop;
	struct resolver *resolver;
	struct list operations;
	unsigned n;
	unsigned n_left;
	struct examined *nodes;
};

/* ---- asking ----------------------------------------------------------- */

static void
examine_finish(struct examined *n, const struct contact_result *result)
{
	CHECK(!n->is_done);
	n->is_done = true;
	n->result = *result;
	if (--n->examine->n_left == 0)
		loop_stop(n->examine->loop);
}

static void
examine_on_done(const struct operation_key *key, const struct job *job,
    const struct contact_result *result, usec_t now)
{
	struct examine *e = key->owner;

	(void)job;
	(void)now;
	CHECK_OBJ(e, EXAMINE_MAGIC);
	examine_finish(&e->nodes[key->slot], result);
}

static usec_t
examine_timeout(const struct examined *n)
{
	usec_t check = n->section->check_timeout_us;

	return check > EXAMINE_TIMEOUT ? check : EXAMINE_TIMEOUT;
}

static void
examine_ask(struct examined *n, const struct endpoint *address, usec_t now)
{
	const struct driver *driver = driver_of_cluster(n->section);
	struct operation_plan plan = {
		.driver = driver,
		.login = driver_login(n->section, n->conf, address),
		.key = { .owner = n->examine,
		    .slot = (int)(n - n->examine->nodes),
		    .asked_at = now },
		.on_done = examine_on_done,
		.job = { .kind = driver->has_examine ? JOB_EXAMINE : JOB_PROBE,
		    .timeout_us = examine_timeout(n) },
	};
	struct hookenv env;

	hookenv_init_check(&env, n->section, n->conf->name, address);
	plan.login.check_env = hookenv_list(&env);
	operation_start(&n->examine->operations, n->examine->loop, &plan, now);
	hookenv_fini(&env);
}

/* ---- names ------------------------------------------------------------ */

static void
examine_stop_lookup(struct examined *n)
{
	timer_stop(&n->timer);
	resolve_close(&n->resolve);
}

static void
examine_fail_lookup(
    struct examined *n, enum verdict verdict, const char *detail)
{
	struct contact_result result = { .verdict = verdict };

	snprintf(result.detail, sizeof(result.detail), "its name: %s", detail);
	examine_stop_lookup(n);
	examine_finish(n, &result);
}

static void
examine_on_address(void *arg, const struct resolved *resolved, usec_t now)
{
	struct examined *n = arg;
	struct endpoint address;

	switch (resolved->outcome) {
	case RESOLVE_PENDING:
		return;
	case RESOLVE_OK:
		CHECK(endpoint_from(
		    &address, resolved->hosts[0], n->conf->address.port));
		examine_stop_lookup(n);
		examine_ask(n, &address, now);
		return;
	case RESOLVE_ABSENT:
		examine_fail_lookup(n, VERDICT_UNREACHABLE, resolved->detail);
		return;
	case RESOLVE_FAILED:
		examine_fail_lookup(n, VERDICT_LOCAL, resolved->detail);
		return;
	}
}

static void
examine_on_late(struct timer *timer, usec_t now)
{
	struct examined *n = container_of(timer, struct examined, timer);

	(void)now;
	examine_fail_lookup(n, VERDICT_LOCAL, "no name server answered");
}

static void
examine_begin(struct examined *n, usec_t now)
{
	struct examine *e = n->examine;

	if (!endpoint_is_named(&n->conf->address)) {
		examine_ask(n, &n->conf->address, now);
		return;
	}
	CHECK(e->resolver != NULL);
	n->resolve = resolve_open(
	    e->resolver, n->conf->address.host, examine_on_address, n);
	timer_set(&n->timer, now + examine_timeout(n));
}

/* ---- the table -------------------------------------------------------- */

enum { EXAMINE_COLUMNS = 7 };

struct examine_row {
	char cells[EXAMINE_COLUMNS][192];
};

static const char *const examine_titles[EXAMINE_COLUMNS] = { "CLUSTER", "NODE",
	"ADDRESS", "VERDICT", "ROLE", "SERVER", "DETAIL" };

static enum examine_outcome
examine_outcome_of(const struct contact_result *result)
{
	if (result->verdict == VERDICT_LOGIN)
		return EXAMINE_LACKING;
	if (result->verdict != VERDICT_OK)
		return EXAMINE_UNANSWERED;
	return result->is_lacking ? EXAMINE_LACKING : EXAMINE_WELL;
}

static void
examine_set(struct examine_row *row, int column, const char *value)
{
	snprintf(row->cells[column], sizeof(row->cells[column]), "%s",
	    value[0] != '\0' ? value : "-");
}

static void
examine_fill(struct examine_row *row, const struct examined *n)
{
	const struct contact_result *r = &n->result;
	char address[ENDPOINT_TEXT_LEN];

	examine_set(row, 0, n->section->name);
	examine_set(row, 1, n->conf->name);
	examine_set(row, 2, endpoint_format(&n->conf->address, address));
	examine_set(row, 3,
	    r->is_lacking && r->verdict == VERDICT_OK
		? "lacks-privilege"
		: verdict_names[r->verdict]);
	examine_set(row, 4, r->has_report ? role_names[r->report.role] : "");
	examine_set(row, 5, r->server);
	examine_set(row, 6, r->detail);
}

static void
examine_print_row(
    struct text *out, const struct examine_row *row, const int *widths)
{
	for (int i = 0; i < EXAMINE_COLUMNS - 1; i++)
		text_addf(out, "%-*s  ", widths[i], row->cells[i]);
	text_addf(out, "%s\n", row->cells[EXAMINE_COLUMNS - 1]);
}

static void
examine_print_table(
    struct text *out, const struct examine_row *rows, unsigned n)
{
	int widths[EXAMINE_COLUMNS] = { 0 };

	for (unsigned k = 0; k < n; k++)
		for (int i = 0; i < EXAMINE_COLUMNS; i++) {
			int width = (int)strlen(rows[k].cells[i]);

			widths[i] = width > widths[i] ? width : widths[i];
		}
	for (unsigned k = 0; k < n; k++)
		examine_print_row(out, &rows[k], widths);
}

static enum examine_outcome
examine_tell(const struct examine *e, struct text *out)
{
	struct examine_row *rows = mem_new((e->n + 1) * sizeof(*rows));
	enum examine_outcome worst = EXAMINE_WELL;
	unsigned n_of[EXAMINE_UNANSWERED + 1] = { 0 };

	for (int i = 0; i < EXAMINE_COLUMNS; i++)
		examine_set(&rows[0], i, examine_titles[i]);
	for (unsigned k = 0; k < e->n; k++) {
		enum examine_outcome o =
		    examine_outcome_of(&e->nodes[k].result);

		examine_fill(&rows[k + 1], &e->nodes[k]);
		n_of[o]++;
		worst = o > worst ? o : worst;
	}
	examine_print_table(out, rows, e->n + 1);
	free(rows);
	text_addf(out,
	    "%u nodes: %u well, %u without a login or a privilege, %u not "
	    "answering well\n",
	    e->n, n_of[EXAMINE_WELL], n_of[EXAMINE_LACKING],
	    n_of[EXAMINE_UNANSWERED]);
	return worst;
}

/* ---- all of it -------------------------------------------------------- */

static void
examine_add_nodes(struct examine *e, const struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_clusters; i++)
		e->n += conf->clusters[i].n_nodes;
	e->nodes = mem_new((e->n + 1) * sizeof(*e->nodes));
	e->n = 0;
	for (unsigned i = 0; i < conf->n_clusters; i++)
		for (unsigned k = 0; k < conf->clusters[i].n_nodes; k++) {
			struct examined *n = &e->nodes[e->n++];

			n->examine = e;
			n->section = &conf->clusters[i];
			n->conf = &conf->clusters[i].nodes[k];
			timer_init(&n->timer, e->loop, examine_on_late);
		}
	e->n_left = e->n;
}

static void
examine_close(struct examine *e)
{
	operations_cancel(&e->operations);
	for (unsigned i = 0; i < e->n; i++)
		examine_stop_lookup(&e->nodes[i]);
	resolver_free(&e->resolver);
	loop_free(&e->loop);
	free(e->nodes);
}

int
examine_nodes(const struct conf *conf, struct text *out,
    enum examine_outcome *outcome, struct err *err)
{
	struct examine e = { .magic = EXAMINE_MAGIC };
	int rc = 0;

	e.loop = loop_new(true); /* which waits for check_command */
	list_init(&e.operations);
	e.resolver = resolver_new(e.loop);
	if (e.resolver != NULL)
		rc = resolver_configure(e.resolver, &conf->nameservers, err);
	if (rc == 0) {
		examine_add_nodes(&e, conf);
		for (unsigned i = 0; i < e.n; i++)
			examine_begin(&e.nodes[i], loop_clock());
		/* They may all have failed before the loop began. */
		if (e.n_left > 0)
			loop_run(e.loop);
		*outcome = examine_tell(&e, out);
	}
	examine_close(&e);
	return rc;
}
