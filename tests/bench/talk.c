#include "talk.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TALK_KEY "regent-bench-key"

static void
talk_append(char **text, size_t *len, const char *bytes, size_t n)
{
	char *grown = realloc(*text, *len + n);

	if (grown == NULL)
		load_die("no memory for a batch of requests");
	memcpy(grown + *len, bytes, n);
	*text = grown;
	*len += n;
}

static void
talk_add_request(struct talk_batch *b, const char *bytes, size_t n)
{
	talk_append(&b->request, &b->request_len, bytes, n);
}

static void
talk_add_reply(struct talk_batch *b, const char *bytes, size_t n)
{
	talk_append(&b->reply, &b->reply_len, bytes, n);
}

static void
talk_add_echo(struct talk_batch *b, const char *value, size_t size)
{
	talk_add_request(b, value, size);
	talk_add_reply(b, value, size);
}

static void
talk_add_set(struct talk_batch *b, const char *value, size_t size)
{
	char head[96];
	int n;

	n = snprintf(head, sizeof(head),
	    "*3\r\n$3\r\nSET\r\n$%zu\r\n" TALK_KEY "\r\n$%zu\r\n",
	    strlen(TALK_KEY), size);
	talk_add_request(b, head, (size_t)n);
	talk_add_request(b, value, size);
	talk_add_request(b, "\r\n", 2);
	talk_add_reply(b, "+OK\r\n", 5);
}

static void
talk_add_get(struct talk_batch *b, const char *value, size_t size)
{
	char head[96];
	int n;

	n = snprintf(head, sizeof(head), "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n",
	    strlen(TALK_KEY), TALK_KEY);
	talk_add_request(b, head, (size_t)n);
	n = snprintf(head, sizeof(head), "$%zu\r\n", size);
	talk_add_reply(b, head, (size_t)n);
	talk_add_reply(b, value, size);
	talk_add_reply(b, "\r\n", 2);
}

void
talk_init(
    struct talk *t, enum talk_tongue tongue, unsigned pipeline, size_t size)
{
	char *value = malloc(size);

	if (value == NULL)
		load_die("no memory for a value of %zu bytes", size);
	memset(value, 'v', size);
	memset(t, 0, sizeof(*t));
	t->per_batch = pipeline;
	for (unsigned turn = 0; turn < 2; turn++) {
		struct talk_batch *b = &t->batch[turn];

		for (unsigned i = 0; i < pipeline; i++) {
			if (tongue == TALK_ECHO)
				talk_add_echo(b, value, size);
			else if ((turn * pipeline + i) % 2 == 0)
				talk_add_set(b, value, size);
			else
				talk_add_get(b, value, size);
		}
	}
	free(value);
}

void
talk_fini(struct talk *t)
{
	for (unsigned turn = 0; turn < 2; turn++) {
		free(t->batch[turn].request);
		free(t->batch[turn].reply);
	}
}

const struct talk_batch *
talk_batch(const struct talk *t, unsigned turn)
{
	return &t->batch[turn % 2];
}
