#include "guard/driver/agent_reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { AGENT_WORD_MAX = 31 };

struct agent_word {
	const char *text;
	bool is_down;
	bool has_admin;
	enum admin_state admin;
};

/* In the meaning that HAProxy's manual gives them ("agent-check"). */
static const struct agent_word agent_words[] = {
	{ .text = "up" },
	{ .text = "ready", .has_admin = true, .admin = ADMIN_READY },
	{ .text = "drain", .has_admin = true, .admin = ADMIN_DRAIN },
	{ .text = "maint", .has_admin = true, .admin = ADMIN_MAINT },
	{ .text = "down", .is_down = true },
	{ .text = "stopped", .is_down = true },
	{ .text = "fail", .is_down = true },
	{ .text = "failed", .is_down = true },
};

static bool
agent_is_gap(char byte)
{
	return byte == ' ' || byte == '\t' || byte == ',' || byte == '\r';
}

/* Weights and limits of connections, which are none of ours. */
static bool
agent_is_measure(const char *word)
{
	size_t digits;

	if (strncasecmp(word, "maxconn:", 8) == 0)
		word += 8;
	else if (strncasecmp(word, "weight:", 7) == 0)
		word += 7;
	else if (word[0] != '\0' && word[strlen(word) - 1] != '%')
		return false;
	digits = strspn(word, "0123456789");
	return digits > 0 &&
	    (word[digits] == '\0' || strcmp(word + digits, "%") == 0);
}

static const struct agent_word *
agent_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(agent_words); i++)
		if (strcasecmp(agent_words[i].text, word) == 0)
			return &agent_words[i];
	return NULL;
}

/* A later word of the same kind is the one that counts. */
static bool
agent_learn(struct contact_result *result, const char *word)
{
	const struct agent_word *known = agent_find(word);

	if (known == NULL)
		return agent_is_measure(word);
	if (known->has_admin) {
		result->has_admin = true;
		result->admin = known->admin;
	}
	if (!known->has_admin || known->admin == ADMIN_READY)
		result->verdict = known->is_down ? VERDICT_UNWELL : VERDICT_OK;
	return true;
}

/* One line for people, whatever the bytes. */
static void
agent_tell(struct contact_result *result, const char *what, const char *line,
    size_t len)
{
	int n = snprintf(result->detail, sizeof(result->detail), "%s: %.*s",
	    what, (int)(len < 100 ? len : 100), line);

	for (int i = 0; i < n && result->detail[i] != '\0'; i++)
		if ((unsigned char)result->detail[i] < ' ' ||
		    result->detail[i] == '"')
			result->detail[i] = '\'';
}

static enum verdict
agent_garbage(struct contact_result *result, const char *what, const char *line,
    size_t len)
{
	memset(result, 0, sizeof(*result));
	agent_tell(result, what, line, len);
	return result->verdict = VERDICT_GARBAGE;
}

enum verdict
agent_read(struct contact_result *result, const char *line, size_t len)
{
	char word[AGENT_WORD_MAX + 1];
	unsigned n_words = 0;
	size_t at = 0, end;

	memset(result, 0, sizeof(*result));
	while (at < len && line[at] != '#') {
		for (end = at;
		     end < len && !agent_is_gap(line[end]) && line[end] != '#';)
			end++;
		if (end == at) {
			at++;
			continue;
		}
		snprintf(
		    word, sizeof(word), "%.*s", (int)(end - at), line + at);
		if (end - at > AGENT_WORD_MAX || !agent_learn(result, word))
			return agent_garbage(
			    result, "agent: not understood", line, len);
		n_words++;
		at = end;
	}
	if (n_words == 0)
		return agent_garbage(result, "agent: says nothing", line, len);
	agent_tell(result, "agent", line, len);
	return result->verdict;
}
