#include "admin/show.h"

#include "admin/command.h"
#include "conf/print.h"

#include <string.h>
#include <unistd.h>

/* ---- help ------------------------------------------------------------ */

static const struct column show_help_columns[] = {
	{ .title = "command" },
	{ .title = "arguments" },
	{ .title = "about" },
	{ .title = "more" },
};

/* For people: the usage in one column, which is easier to read. */
static const struct column show_usage_columns[] = {
	{ .title = "command" },
	{ .title = "about" },
};

static void
show_help_row(const struct command *command, bool is_json, struct table *t)
{
	if (is_json) {
		table_add_text(t, command->name);
		table_add_text(t, command->args);
		table_add_text(t, command->brief);
		table_add_text(t, command->prose);
		return;
	}
	table_add_textf(t, "%s%s%s", command->name,
	    command->args[0] != '\0' ? " " : "", command->args);
	table_add_text(t, command->brief);
}

/* What `help` was asked for: "", "show" or "show cluster". */
static void
show_help_subject(const struct call *call, struct text *subject)
{
	for (unsigned i = 0; i < call->n_args; i++)
		text_addf(subject, "%s%s", i > 0 ? " " : "", call->args[i]);
}

/* A sentence in each line. */
static void
show_help_prose(const char *prose, struct text *out)
{
	while (*prose != '\0') {
		const char *stop = strstr(prose, ". ");
		size_t len =
		    stop != NULL ? (size_t)(stop + 1 - prose) : strlen(prose);

		text_addf(out, "  %.*s\n", (int)len, prose);
		prose += len + (stop != NULL);
	}
}

static void
show_help_of(struct call *call, const char *subject)
{
	const struct command *only = NULL;
	struct table t;
	struct page page;

	if (call->is_json)
		table_init(&t, show_help_columns, ARRAY_LEN(show_help_columns));
	else
		table_init(
		    &t, show_usage_columns, ARRAY_LEN(show_usage_columns));
	for (unsigned i = 0; i < commands_n; i++) {
		if (subject[0] != '\0' &&
		    !command_is_under(&commands[i], subject))
			continue;
		show_help_row(&commands[i], call->is_json, &t);
		only = &commands[i];
	}
	if (only == NULL) {
		call_fail(call, "no such command: %s; see `help`", subject);
	} else {
		call_open_page(call, &page);
		page_put_lines(&page, "commands", &t);
		if (table_rows(&t) == 1 && !call->is_json)
			show_help_prose(only->prose, page.out);
		call_done(call, &page);
	}
	table_fini(&t);
}

void
show_help(struct call *call)
{
	struct text subject = TEXT_INIT;

	show_help_subject(call, &subject);
	show_help_of(call, text_cstr(&subject));
	text_fini(&subject);
}

/* ---- info ------------------------------------------------------------ */

static const struct column show_info_columns[] = {
	{ .title = "name" },
	{ .title = "version" },
	{ .title = "pid", .kind = CELL_NUMBER },
	{ .title = "uptime", .key = "uptime_us", .kind = CELL_DURATION },
	{ .title = "workers", .kind = CELL_NUMBER },
	{ .title = "maxconn", .kind = CELL_NUMBER },
	{ .title = "sessions", .kind = CELL_NUMBER },
	{ .title = "sessions_total", .kind = CELL_NUMBER },
	{ .title = "held", .kind = CELL_NUMBER },
	{ .title = "clusters", .kind = CELL_NUMBER },
	{ .title = "listeners", .kind = CELL_NUMBER },
	{ .title = "epochs", .kind = CELL_NUMBER },
	{ .title = "stalls", .kind = CELL_NUMBER },
	{ .title = "elders", .kind = CELL_NUMBER },
	{ .title = "control_socket" },
	{ .title = "config" },
	{ .title = "accel" },
	{ .title = "features" },
};

static uint64_t
show_listen_sum(const struct call *call, enum listen_counter counter)
{
	const struct conf *conf = guard_conf(call->world->guard);
	uint64_t sum = 0;

	for (unsigned i = 0; i < conf->n_listens; i++)
		sum += relay_listen_counter(
		    call->world->relay, conf->listens[i].id, counter);
	return sum;
}

/* Grows whenever the writer of any cluster changes: scripts watch it. */
static uint64_t
show_epochs(const struct call *call)
{
	const struct conf *conf = guard_conf(call->world->guard);
	uint64_t sum = 0;

	for (unsigned i = 0; i < conf->n_clusters; i++)
		sum += guard_brain(call->world->guard, conf->clusters[i].id)
			   ->epoch;
	return sum;
}

static void
show_info_limits(const struct call *call, struct table *t)
{
	const struct relay *relay = call->world->relay;
	uint64_t unheld = show_listen_sum(call, LISTEN_unheld);

	table_add_number(t, relay_workers(relay));
	table_add_number(t, relay_maxconn(relay));
	table_add_number(t, relay_sessions(relay));
	table_add_number(t, show_listen_sum(call, LISTEN_opened));
	table_add_number(t, show_listen_sum(call, LISTEN_held) - unheld);
}

static const struct column show_elder_columns[] = {
	{ .title = "elder", .kind = CELL_NUMBER },
	{ .title = "sessions", .kind = CELL_NUMBER },
	{ .title = "age", .key = "age_us", .kind = CELL_DURATION },
};

/* Processes that were replaced; for people only if there are some. */
static void
show_elders(
    struct page *page, const struct admin_elder *elders, unsigned n, usec_t now)
{
	struct table t;

	if (n == 0 && !page->is_json)
		return;
	table_init(&t, show_elder_columns, ARRAY_LEN(show_elder_columns));
	for (unsigned i = 0; i < n; i++) {
		table_add_number(&t, elders[i].pid);
		table_add_number(&t, elders[i].sessions);
		table_add_duration(&t, now - elders[i].retired_at);
	}
	page_put_table(page, "elder_processes", &t);
	table_fini(&t);
}

void
show_info(struct call *call)
{
	const struct admin_world *world = call->world;
	const struct conf *conf = guard_conf(world->guard);
	struct admin_elder elders[ADMIN_ELDERS_MAX];
	unsigned n_elders =
	    world->elders != NULL ? world->elders(world->arg, elders) : 0;
	struct table t;
	struct page page;

	table_init(&t, show_info_columns, ARRAY_LEN(show_info_columns));
	table_add_text(&t, "regent");
	table_add_text(&t, world->version);
	table_add_number(&t, (uint64_t)getpid());
	table_add_duration(&t, call->now - world->started_at);
	show_info_limits(call, &t);
	table_add_number(&t, conf->n_clusters);
	table_add_number(&t, conf->n_listens);
	table_add_number(&t, show_epochs(call));
	table_add_number(&t, guard_stalls(world->guard));
	table_add_number(&t, n_elders);
	table_add_text(&t, conf->control_socket);
	table_add_text(&t, conf->path);
	table_add_text(&t, relay_accel(world->relay));
	table_add_text(&t, world->features);
	call_open_page(call, &page);
	page_put_facts(&page, &t);
	show_elders(&page, elders, n_elders, call->now);
	call_done(call, &page);
	table_fini(&t);
}

/* ---- config ---------------------------------------------------------- */

static const struct column show_section_columns[] = {
	{ .title = "section" },
};

static const struct column show_option_columns[] = {
	{ .title = "option" },
	{ .title = "value" },
};

/* "name = value" or "name =" of conf_print. */
static void
show_config_option(char *line, struct table *options)
{
	char *value = strchr(line, '=');

	CHECK(value != NULL && value > line);
	value[-1] = '\0';
	value++;
	table_add_text(options, line);
	table_add_text(options, value + strspn(value, " "));
}

static void
show_config_section(struct page *page, char *name, struct table *options)
{
	struct table t;

	table_init(&t, show_section_columns, ARRAY_LEN(show_section_columns));
	name[strcspn(name, "]")] = '\0';
	table_add_text(&t, name);
	page_open_item(page);
	page_put_pairs(page, &t);
	page_put_table(page, "options", options);
	page_close_item(page);
	table_fini(&t);
	table_fini(options);
}

/* Cut along the lines of the ini file, which is the one way to print it. */
static void
show_config_json(struct page *page, char *ini)
{
	char *line, *section = NULL;
	struct table options;

	page_open_list(page, "sections");
	while ((line = strsep(&ini, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		if (line[0] != '[') {
			show_config_option(line, &options);
			continue;
		}
		if (section != NULL)
			show_config_section(page, section, &options);
		section = line + 1;
		table_init(&options, show_option_columns,
		    ARRAY_LEN(show_option_columns));
	}
	show_config_section(page, section, &options);
	page_close_list(page);
}

void
show_config(struct call *call)
{
	struct text ini = TEXT_INIT;
	struct page page;

	conf_print(guard_conf(call->world->guard), &ini);
	call_open_page(call, &page);
	if (call->is_json)
		show_config_json(&page, ini.at);
	else
		text_add(page.out, ini.at);
	call_done(call, &page);
	text_fini(&ini);
}
