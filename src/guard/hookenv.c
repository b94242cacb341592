#include "guard/hookenv.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a login would set; the rest of ours is nobody's business. */
static void
hookenv_keep(struct hookenv *e, const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	if (value == NULL)
		value = otherwise;
	if (value != NULL)
		hookenv_add(e, name, "%s", value);
}

void
hookenv_init(struct hookenv *e, const struct conf_cluster *section)
{
	memset(e, 0, sizeof(*e));
	hookenv_keep(e, "PATH",
	    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	hookenv_keep(e, "HOME", NULL);
	hookenv_keep(e, "LANG", NULL);
	hookenv_keep(e, "LC_ALL", NULL);
	hookenv_keep(e, "TZ", NULL);
	hookenv_add(e, "REGENT_CLUSTER", "%s", section->name);
	hookenv_add(
	    e, "REGENT_PROTOCOL", "%s", conf_protocol_names[section->protocol]);
	hookenv_add(e, "REGENT_USER", "%s", section->user);
	hookenv_add(e, "REGENT_PASSWORD_FILE", "%s", section->password_file);
	hookenv_add(e, "REGENT_DATABASE", "%s",
	    section->protocol == PROTOCOL_POSTGRES ? section->database : "");
}

void
hookenv_copy(struct hookenv *e, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++) {
		CHECK(e->n < HOOKENV_MAX);
		e->at[e->n++] = mem_strdup(*list);
	}
}

void
hookenv_fini(struct hookenv *e)
{
	for (unsigned i = 0; i < e->n; i++)
		free(e->at[i]);
	memset(e, 0, sizeof(*e));
}

void
hookenv_add(struct hookenv *e, const char *name, const char *fmt, ...)
{
	struct text line = TEXT_INIT;
	char value[512];
	va_list ap;

	CHECK(e->n < HOOKENV_MAX);
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	text_addf(&line, "%s=%s", name, value);
	e->at[e->n++] = mem_strdup(text_cstr(&line));
	text_fini(&line);
}

static void
hookenv_add_part(
    struct hookenv *e, const char *name, const char *part, const char *value)
{
	char full[64];

	snprintf(full, sizeof(full), "%s_%s", name, part);
	hookenv_add(e, full, "%s", value);
}

void
hookenv_add_node(struct hookenv *e, const char *name, const char *node,
    const struct endpoint *address)
{
	char whole[ENDPOINT_TEXT_LEN] = "", port[8] = "";
	bool is_set = address != NULL && endpoint_is_set(address);

	if (is_set) {
		endpoint_format(address, whole);
		snprintf(port, sizeof(port), "%u", (unsigned)address->port);
	}
	hookenv_add(e, name, "%s", node);
	hookenv_add_part(e, name, "ADDRESS", whole);
	hookenv_add_part(e, name, "HOST", is_set ? address->host : "");
	hookenv_add_part(e, name, "PORT", port);
}

void
hookenv_init_check(struct hookenv *e, const struct conf_cluster *section,
    const char *node, const struct endpoint *address)
{
	hookenv_init(e, section);
	hookenv_add(e, "REGENT_EVENT", "check");
	hookenv_add_node(e, "REGENT_NODE", node, address);
}

const char *const *
hookenv_list(const struct hookenv *e)
{
	return (const char *const *)e->at;
}
