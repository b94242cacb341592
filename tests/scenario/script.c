#include "script.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What is known while a script is read. */
struct reader {
	struct script *script;
	struct words words;
	unsigned line;
	usec_t from; /* of the present block */
	bool has_blocks;
};

/* Calm, quick and close to the defaults of a configuration. */
static const struct setting script_defaults = {
	.seed = 1,
	.n_nodes = 3,
	.policy = { .mode = MODE_AUTO,
	    .has_roles = true,
	    .health = { .fall = 3,
		.rise = 2,
		.interval_us = 200 * USEC_MS,
		.flap_hold_us = 10 * USEC_SEC },
	    .max_loss_bytes = 10 << 20,
	    .max_lag_bytes = 16 << 20,
	    .failover_limit = 5,
	    .failover_window_us = 600 * USEC_SEC,
	    .fence_timeout_us = 50 * USEC_MS,
	    .promote_timeout_us = 5 * USEC_SEC,
	    .silence_us = 11 * USEC_SEC,
	    .unlink_us = 20 * USEC_MS },
	.priority = { 100, 100, 100, 100, 100, 100, 100, 100, 100 },
	.check_timeout_us = 500 * USEC_MS,
	.net_us = { 150, 250 },
	.beat_us = 100 * USEC_MS,
	.beat_busy_us = 10 * USEC_MS,
	.disk_us = { 2 * USEC_MS, 2 * USEC_MS },
	.worker_us = { 20, 500 },
	.think_us = { 10 * USEC_MS, 40 * USEC_MS },
	.copy_us = { USEC_SEC, USEC_SEC },
	.join_us = 20 * USEC_MS,
	.retry_us = 300 * USEC_MS,
	.quiet_us = USEC_NEVER,
	.flush_us = USEC_SEC,
	.link_timeout_us = 60 * USEC_SEC,
	.n_workers = 2,
	.n_clients = 2,
};

/* The next item, with the text of its line. */
static struct item *
script_add(struct reader *r, enum item_kind kind, const char *line, size_t len)
{
	struct script *s = r->script;
	struct item *item;

	if (s->n_items == SCRIPT_ITEMS_MAX)
		return NULL;
	item = &s->items[s->n_items++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	item->line = r->line;
	item->from = r->from;
	item->phase = PHASE_COUNT;
	memcpy(item->text, line, len);
	return item;
}

static int
script_check_nodes(
    const struct script *s, const struct args *args, struct err *err)
{
	for (int i = 0; i < 2; i++)
		if (args->node[i] != PLACE_HOST &&
		    args->node[i] >= s->setting.n_nodes)
			return err_set(err, -EINVAL, "there is no node %s",
			    world_name(args->node[i]));
	return 0;
}

static int
script_match(struct reader *r, const struct phrases *phrases, unsigned first,
    struct args *args, struct err *err)
{
	int row = words_match(phrases, &r->words, first, args, err), rc;

	if (row < 0)
		return row;
	rc = script_check_nodes(r->script, args, err);
	return rc != 0 ? rc : row;
}

/* A command from the word `first` on; `set` and a setting is one too. */
static int
script_read_command(
    struct reader *r, struct item *item, unsigned first, struct err *err)
{
	int row;

	item->is_setting =
	    first < r->words.n && strcmp(r->words.at[first], "set") == 0;
	row = item->is_setting
	    ? script_match(r, &words_settings, first + 1, &item->args, err)
	    : script_match(r, &words_commands, first, &item->args, err);
	if (row < 0)
		return row;
	item->has_command = true;
	item->command = row;
	return 0;
}

static void
script_reach(struct reader *r, usec_t time)
{
	if (time > r->script->end)
		r->script->end = time;
}

/* Takes "by TIME" and its like off the end of the line. */
static int
script_read_when(struct reader *r, struct item *item, struct err *err)
{
	static const char *const names[] = {
		[WHEN_AT] = "at", [WHEN_BY] = "by", [WHEN_UNTIL] = "until"
	};
	struct words *w = &r->words;
	int rc;

	for (unsigned i = 0; i < ARRAY_LEN(names) && w->n > 2; i++) {
		if (w->is_text[w->n - 2] ||
		    strcmp(w->at[w->n - 2], names[i]) != 0)
			continue;
		rc = words_time(w->at[w->n - 1], &item->until, err);
		if (rc != 0)
			return rc;
		if (item->until < item->from)
			return err_set(err, -EINVAL,
			    "%s is over when the block begins",
			    w->at[w->n - 1]);
		item->when = (enum when)i;
		w->n -= 2;
		script_reach(r, item->until);
		break;
	}
	return 0;
}

/* "[no] CONDITION [by|until|at TIME]", from the word `first` on. */
static int
script_read_expect(
    struct reader *r, struct item *item, unsigned first, struct err *err)
{
	struct words *w = &r->words;
	int row;

	if (script_read_when(r, item, err) != 0)
		return -EINVAL;
	if (first < w->n && !w->is_text[first] &&
	    strcmp(w->at[first], "no") == 0) {
		item->is_negated = true;
		first++;
	}
	row = script_match(r, &words_conditions, first, &item->args, err);
	if (row < 0)
		return row;
	item->condition = (enum condition)row;
	return 0;
}

/* "never CONDITION": from here to the end. */
static int
script_read_never(struct reader *r, struct item *item, struct err *err)
{
	int rc;

	item->when = WHEN_END;
	rc = script_read_expect(r, item, 1, err);
	if (rc != 0)
		return rc;
	if (item->is_negated || item->when != WHEN_END)
		return err_set(
		    err, -EINVAL, "never takes a condition and nothing more");
	item->is_negated = true;
	item->when = WHEN_UNTIL;
	item->until = USEC_NEVER;
	return 0;
}

static int
script_read_block(struct reader *r, struct item *item, struct err *err)
{
	const struct words *w = &r->words;
	usec_t from;

	if (w->n < 3)
		return err_set(
		    err, -EINVAL, "at TIME, then a command or expect");
	if (words_time(w->at[1], &from, err) != 0)
		return -EINVAL;
	if (r->has_blocks && from < r->from)
		return err_set(
		    err, -EINVAL, "%s is before the last block", w->at[1]);
	r->from = from;
	r->has_blocks = true;
	item->from = from;
	script_reach(r, from);
	if (strcmp(w->at[2], "expect") != 0)
		return script_read_command(r, item, 2, err);
	return 0;
}

/* "on PHASE [after TIME] command" */
static int
script_read_trigger(struct reader *r, struct item *item, struct err *err)
{
	const struct words *w = &r->words;
	unsigned first = 2;

	if (w->n < 3)
		return err_set(err, -EINVAL, "on PHASE, then a command");
	if (words_phase(w->at[1], &item->phase, err) != 0)
		return -EINVAL;
	if (w->n > 3 && strcmp(w->at[2], "after") == 0) {
		if (words_time(w->at[3], &item->delay, err) != 0)
			return -EINVAL;
		first = 4;
	}
	return script_read_command(r, item, first, err);
}

static int
script_read_setting(struct reader *r, struct err *err)
{
	struct args args;
	int row;

	if (r->has_blocks)
		return err_set(err, -EINVAL,
		    "neither at, on, expect, never nor end: a setting stands "
		    "before the first at");
	row = words_match(&words_settings, &r->words, 0, &args, err);
	if (row == SETTING_NODES)
		words_set(&r->script->setting, SETTING_NODES, &args);
	if (row < 0 || script_check_nodes(r->script, &args, err) != 0)
		return -EINVAL;
	words_set(&r->script->setting, (enum setting_name)row, &args);
	return 0;
}

static int
script_read_end(struct reader *r, struct err *err)
{
	usec_t end;

	if (r->words.n != 2)
		return err_set(err, -EINVAL, "end TIME");
	if (words_time(r->words.at[1], &end, err) != 0)
		return -EINVAL;
	script_reach(r, end);
	return 0;
}

static int
script_read_item(
    struct reader *r, const char *line, size_t len, struct err *err)
{
	const char *first = r->words.at[0];
	enum item_kind kind = ITEM_EXPECT;
	struct item *item;

	if (strcmp(first, "at") == 0)
		kind = ITEM_BLOCK;
	else if (strcmp(first, "on") == 0)
		kind = ITEM_TRIGGER;
	item = script_add(r, kind, line, len);
	if (item == NULL)
		return err_set(
		    err, -EINVAL, "more than %d lines", SCRIPT_ITEMS_MAX);
	item->when = WHEN_END;
	switch (kind) {
	case ITEM_BLOCK:
		return script_read_block(r, item, err);
	case ITEM_TRIGGER:
		return script_read_trigger(r, item, err);
	case ITEM_EXPECT:
		break;
	}
	if (strcmp(first, "never") == 0)
		return script_read_never(r, item, err);
	return script_read_expect(r, item, 1, err);
}

/* "at TIME expect CONDITION" is a block and an expectation. */
static int
script_read_both(
    struct reader *r, const char *line, size_t len, struct err *err)
{
	struct item *item = script_add(r, ITEM_EXPECT, line, len);

	if (item == NULL)
		return err_set(
		    err, -EINVAL, "more than %d lines", SCRIPT_ITEMS_MAX);
	item->when = WHEN_AT;
	item->until = r->from;
	return script_read_expect(r, item, 3, err);
}

static int
script_read_line(
    struct reader *r, const char *line, size_t len, struct err *err)
{
	static const char *const items[] = { "at", "on", "expect", "never" };
	struct words *w = &r->words;
	int rc = words_split(w, line, len, err);

	if (rc != 0 || w->n == 0)
		return rc;
	if (strcmp(w->at[0], "end") == 0)
		return script_read_end(r, err);
	for (unsigned i = 0; i < ARRAY_LEN(items); i++) {
		if (strcmp(w->at[0], items[i]) != 0)
			continue;
		rc = script_read_item(r, line, len, err);
		if (rc == 0 && i == 0 && strcmp(w->at[2], "expect") == 0)
			rc = script_read_both(r, line, len, err);
		return rc;
	}
	return script_read_setting(r, err);
}

static int
script_finish(const struct script *s, struct err *err)
{
	for (unsigned i = 0; i < s->n_items; i++)
		if (s->items[i].kind == ITEM_EXPECT) {
			if ((int)s->setting.policy.sync_replicas >=
			    s->setting.n_nodes)
				return err_set(err, -EINVAL,
				    "%s: sync %u takes more than %d nodes",
				    s->name, s->setting.policy.sync_replicas,
				    s->setting.n_nodes);
			return 0;
		}
	return err_set(err, -EINVAL, "%s: it expects nothing", s->name);
}

int
script_parse(
    struct script *s, const char *name, const char *text, struct err *err)
{
	struct reader r = { .script = s };
	size_t len;

	memset(s, 0, sizeof(*s));
	s->name = name;
	s->setting = script_defaults;
	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		int rc;

		len = strcspn(text, "\n");
		r.line++;
		rc = script_read_line(&r, text, len, err);
		if (rc != 0) {
			err_prefix(err, "%s:%u", name, r.line);
			return rc;
		}
	}
	return script_finish(s, err);
}

int
script_load(struct script *s, const char *path, struct err *err)
{
	struct text text = TEXT_INIT;
	FILE *file = fopen(path, "re");
	char bytes[4096];
	size_t n;
	int rc = 0;

	if (file == NULL)
		return err_errno(err, "%s", path);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		text_add_bytes(&text, bytes, n);
	if (ferror(file))
		rc = err_errno(err, "%s", path);
	fclose(file);
	if (rc == 0)
		rc = script_parse(s, path, text_cstr(&text), err);
	text_fini(&text);
	return rc;
}
