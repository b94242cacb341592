#include "guard/driver/mysql_gtid.h"

#include <stdio.h>
#include <string.h>

static const char *
gtid_skip(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* Digits up to `max`; NULL where there are none. */
static const char *
gtid_number(const char *at, uint64_t max, uint64_t *value)
{
	const char *first = at;

	*value = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (*value > (max - digit) / 10)
			return NULL;
		*value = *value * 10 + digit;
	}
	return at != first ? at : NULL;
}

/* One "domain-server-sequence"; NULL if it is none. */
static const char *
gtid_one(const char *at, struct gtid *gtid)
{
	uint64_t domain, server, seq;

	at = gtid_number(at, UINT32_MAX, &domain);
	if (at == NULL || *at != '-')
		return NULL;
	at = gtid_number(at + 1, UINT32_MAX, &server);
	if (at == NULL || *at != '-')
		return NULL;
	at = gtid_number(at + 1, INT64_MAX, &seq);
	if (at == NULL)
		return NULL;
	*gtid = (struct gtid){ (uint32_t)domain, (uint32_t)server, seq };
	return at;
}

int
gtid_next(const char **list, struct gtid *gtid)
{
	const char *at = gtid_skip(*list);

	*list = at;
	if (*at == '\0')
		return 0;
	at = gtid_one(at, gtid);
	if (at == NULL)
		return -1;
	at = gtid_skip(at);
	if (*at == ',')
		at++;
	else if (*at != '\0')
		return -1;
	*list = at;
	return 1;
}

bool
gtid_last(const char *list, uint32_t domain, struct gtid *found)
{
	struct gtid gtid;
	int rc;

	*found = (struct gtid){ .domain = domain };
	while ((rc = gtid_next(&list, &gtid)) == 1)
		if (gtid.domain == domain && gtid.seq > found->seq)
			*found = gtid;
	return rc == 0;
}

/* Instead of the lowest one, if it is lower. */
static void
gtid_replace_lowest(struct gtid *found, unsigned n, const struct gtid *gtid)
{
	unsigned lowest = 0;

	for (unsigned i = 1; i < n; i++)
		if (found[i].seq < found[lowest].seq)
			lowest = i;
	if (n > 0 && found[lowest].seq < gtid->seq)
		found[lowest] = *gtid;
}

int
gtid_of_domain(
    const char *list, uint32_t domain, struct gtid *found, unsigned max)
{
	struct gtid gtid;
	unsigned n = 0;
	int rc;

	while ((rc = gtid_next(&list, &gtid)) == 1) {
		if (gtid.domain != domain)
			continue;
		if (n < max)
			found[n++] = gtid;
		else
			gtid_replace_lowest(found, max, &gtid);
	}
	return rc == 0 ? (int)n : -1;
}

void
reign_format(const struct reign *reign, char name[REIGN_NAME_LEN])
{
	snprintf(name, REIGN_NAME_LEN, "%u-%u@%llu", reign->domain,
	    reign->server, (unsigned long long)reign->fork);
}

bool
reign_parse(struct reign *reign, const char *name)
{
	uint64_t domain, server;

	name = gtid_number(name, UINT32_MAX, &domain);
	if (name == NULL || *name != '-')
		return false;
	name = gtid_number(name + 1, UINT32_MAX, &server);
	if (name == NULL || *name != '@')
		return false;
	name = gtid_number(name + 1, INT64_MAX, &reign->fork);
	if (name == NULL || *name != '\0')
		return false;
	reign->domain = (uint32_t)domain;
	reign->server = (uint32_t)server;
	return true;
}

static bool
gtid_is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* A uuid or, since MySQL 8.3, a tag: a word that is no interval. */
static const char *
gtid_word(const char *at, size_t *len)
{
	const char *first = at;

	while (gtid_is_word(*at))
		at++;
	*len = (size_t)(at - first);
	return at;
}

static bool
gtid_is_interval(const char *at, size_t len)
{
	return len > 0 && strspn(at, "0123456789-") >= len;
}

/* Adds "7" or "1-5" to `*count`. */
static bool
gtid_add_interval(const char *at, const char *end, uint64_t *count)
{
	uint64_t from, until;

	at = gtid_number(at, INT64_MAX, &from);
	if (at == NULL || from == 0)
		return false;
	until = from;
	if (*at == '-')
		at = gtid_number(at + 1, INT64_MAX, &until);
	if (at != end || until < from)
		return false;
	if (*count > INT64_MAX - (until - from + 1))
		return false;
	*count += until - from + 1;
	return true;
}

/* What stands behind a uuid: ":tag:1-5:7". */
static const char *
gtid_intervals(const char *at, uint64_t *count)
{
	while (*at == ':') {
		const char *word = gtid_skip(at + 1);
		size_t len;

		at = gtid_word(word, &len);
		if (len == 0)
			return NULL;
		if (gtid_is_interval(word, len) &&
		    !gtid_add_interval(word, at, count))
			return NULL;
		at = gtid_skip(at);
	}
	return at;
}

bool
gtid_set_count(const char *set, uint64_t *count)
{
	const char *at = gtid_skip(set);
	size_t len;

	*count = 0;
	while (*at != '\0') {
		at = gtid_word(at, &len);
		if (len != 36)
			return false;
		at = gtid_intervals(gtid_skip(at), count);
		if (at == NULL)
			return false;
		if (*at == ',')
			at = gtid_skip(at + 1);
		else if (*at != '\0')
			return false;
	}
	return true;
}
