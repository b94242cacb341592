#include "rerun.h"

#include "guard/record/incident.h"
#include "guard/record/narrate.h"
#include "guard/record/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * Sentences count their milliseconds from the first sign of trouble, or else
 * from the first one after such a rest.
 */
#define RERUN_REST (10 * USEC_SEC)

struct rerun {
	const char *path;
	unsigned line;
	struct incident_reader reader;
	struct replay replay;
	bool is_begun;
	uint64_t number; /* of the next event */
	uint64_t n_events;
	uint64_t n_rules;
	bool is_counting; /* milliseconds, since then: */
	usec_t since;
	usec_t said_at; /* the last sentence */
};

static void
rerun_on_sentence(void *arg, usec_t now, const char *sentence)
{
	struct rerun *r = arg;
	const struct incident_head *head = &r->reader.head;
	usec_t wall = head->wall_us - (head->now_us - now);
	time_t seconds = (time_t)(wall / USEC_SEC);
	char date[32];
	struct tm tm;

	if (!r->is_counting || now - r->said_at > RERUN_REST)
		r->since = now;
	r->is_counting = true;
	r->said_at = now;
	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%s.%03dZ %+9.1f ms: %s\n", date,
	    (int)(wall % USEC_SEC / USEC_MS),
	    (double)(now - r->since) / (double)USEC_MS, sentence);
}

static void
rerun_say(struct rerun *r, usec_t now, const char *lines)
{
	replay_say_lines(lines, now, rerun_on_sentence, r);
}

static int
rerun_complain(const struct rerun *r, int code, const struct err *err)
{
	fflush(stdout);
	fprintf(stderr, "%s:%u: %s\n", r->path, r->line, err->text);
	return code;
}

static bool
rerun_is_trouble(const struct step *step)
{
	const struct cluster *was = step->before, *is = step->after;

	return was->phase == PHASE_STEADY &&
	    (step->event->kind == EV_ORDER ||
		(was->nodes[was->primary].health.state == HEALTH_UP &&
		    is->nodes[was->primary].health.state != HEALTH_UP));
}

/* Where nothing is missing the brain must have become what was recorded. */
static int
rerun_checkpoint(struct rerun *r)
{
	const struct record_checkpoint *checkpoint = &r->reader.checkpoint;
	struct err err;

	if (r->is_begun && checkpoint->number == r->number &&
	    replay_meet(&r->replay, checkpoint, &err) != 0)
		return rerun_complain(r, 1, &err);
	if (r->is_begun && checkpoint->number != r->number)
		rerun_say(r, checkpoint->at, "events in between were not kept");
	r->is_begun = true;
	r->number = checkpoint->number;
	replay_start(&r->replay, checkpoint);
	return 0;
}

static int
rerun_event(struct rerun *r)
{
	struct text lines = TEXT_INIT;
	struct err err;
	int rc;

	r->number++;
	r->n_events++;
	rc = replay_step(&r->replay, &r->reader.entry, &err);
	r->n_rules += r->replay.step.rule != NULL;
	r->is_counting = r->is_counting && !rerun_is_trouble(&r->replay.step);
	narrate_step(&r->replay.step, &lines);
	rerun_say(r, r->replay.step.now, text_cstr(&lines));
	text_fini(&lines);
	return rc == 0 ? 0 : rerun_complain(r, 1, &err);
}

static int
rerun_line(struct rerun *r, const char *line)
{
	struct err err;
	int item = incident_read(&r->reader, line, &err);

	if (item < 0)
		return rerun_complain(r, 2, &err);
	switch ((enum incident_item)item) {
	case INCIDENT_CHECKPOINT:
		return rerun_checkpoint(r);
	case INCIDENT_ENTRY:
		return rerun_event(r);
	case INCIDENT_HEAD:
		printf("recorded by regent %s\n", r->reader.head.regent);
		break;
	case INCIDENT_MORE:
	case INCIDENT_END:
		break;
	}
	return 0;
}

static int
rerun_refuse(const struct rerun *r, const char *why)
{
	struct err err;

	err_set(&err, -EINVAL, "%s", why);
	return rerun_complain(r, 2, &err);
}

/* A line that was cut may still be made of whole words. */
static int
rerun_bytes(struct rerun *r, char *line, size_t len)
{
	r->line++;
	if (line[len - 1] != '\n')
		return rerun_refuse(r, "the line is cut");
	line[len - 1] = '\0';
	if (strlen(line) != len - 1)
		return rerun_refuse(r, "a zero byte is in the line");
	return rerun_line(r, line);
}

static int
rerun_lines(struct rerun *r, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = getline(&line, &size, file)) > 0)
		rc = rerun_bytes(r, line, (size_t)len);
	free(line);
	if (rc == 0 && !r->reader.is_over)
		rc = rerun_refuse(r, "the record has no end");
	return rc;
}

int
rerun_file(const char *path)
{
	static struct rerun r;
	FILE *file = fopen(path, "re");
	int rc;

	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 2;
	}
	memset(&r, 0, sizeof(r));
	r.path = path;
	incident_reader_init(&r.reader);
	rc = rerun_lines(&r, file);
	fclose(file);
	if (rc == 0)
		printf("replayed %llu events: each of the %llu decisions is "
		       "the recorded one\n",
		    (unsigned long long)r.n_events,
		    (unsigned long long)r.n_rules);
	return rc;
}
