#include "conf/report.h"

#include <stdarg.h>
#include <stdio.h>

struct place
place_of_file(void)
{
	return (struct place){ .line = 0 };
}

struct place
place_of_regent(const struct conf *conf, const char *option)
{
	return (struct place){
		.line = conf->line,
		.section = "regent",
		.option = option,
	};
}

struct place
place_of_cluster(const struct conf_cluster *cluster, const char *option)
{
	struct place place = { .line = cluster->line, .option = option };

	snprintf(
	    place.section, sizeof(place.section), "cluster %s", cluster->name);
	return place;
}

struct place
place_of_node(const struct conf_cluster *cluster, const struct conf_node *node,
    const char *option)
{
	struct place place = { .line = node->line, .option = option };

	snprintf(place.section, sizeof(place.section), "node %s/%s",
	    cluster->name, node->name);
	return place;
}

struct place
place_of_listen(const struct conf_listen *listen, const char *option)
{
	struct place place = { .line = listen->line, .option = option };

	snprintf(
	    place.section, sizeof(place.section), "listen %s", listen->name);
	return place;
}

static void
report_add_place(struct report *report, const struct place *place)
{
	const char *gap = "";

	text_add(report->out, report->path);
	if (place->line > 0)
		text_addf(report->out, ":%d", place->line);
	text_add(report->out, ": ");
	if (place->section[0] != '\0') {
		text_addf(report->out, "[%s]", place->section);
		gap = " ";
	}
	if (place->option != NULL)
		text_addf(report->out, "%s%s", gap, place->option);
	if (place->section[0] != '\0' || place->option != NULL)
		text_add(report->out, ": ");
}

bool
report_is_full(const struct report *report)
{
	return report->n_errors > REPORT_ERRORS_MAX;
}

void
report_add(
    struct report *report, const struct place *place, const char *fmt, ...)
{
	char message[1024];
	va_list ap;

	CHECK(report != NULL && report->out != NULL && place != NULL);
	if (report_is_full(report))
		return;
	if (report->n_errors++ == REPORT_ERRORS_MAX) {
		text_addf(report->out,
		    "%s: found more errors: only the first %d are shown\n",
		    report->path, REPORT_ERRORS_MAX);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	report_add_place(report, place);
	text_addf(report->out, "%s\n", message);
}
