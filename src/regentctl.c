/*
 * regentctl.c - the command line of the control socket: sends one line,
 * prints the answers, and ends with a status that scripts can use.
 */
#include "base/text.h"
#include "net/sock.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CTL_SOCKET_DEFAULT "/run/regent/control.sock"
#define CTL_TIMEOUT_DEFAULT 60
#define CTL_TIMEOUT_MAX 86400

/* What regent takes as one line (see src/admin/caller.h). */
#define CTL_LINE_MAX 4096

/* Exit statuses, as regentctl(1) tells them. */
enum {
	CTL_OK = 0,
	CTL_REFUSED = 1,     /* an answer is an error */
	CTL_USAGE = 2,       /* the command line is wrong */
	CTL_UNREACHABLE = 3, /* no regent, or no answer from it */
};

struct ctl {
	const char *path;
	long timeout;
	bool is_json;
	bool is_forced;
	struct text line;
	struct text answers;
};

static const char ctl_usage[] =
    "usage: regentctl [-s SOCKET] [-t SECONDS] [--json] COMMAND...\n"
    "       regentctl -h | -V\n";

static const char ctl_help[] =
    "\n"
    "Talks to a running regent over its control socket.\n"
    "\n"
    "  -s, --socket SOCKET    default: $REGENT_SOCKET, or else\n"
    "                         " CTL_SOCKET_DEFAULT "\n"
    "  -t, --timeout SECONDS  how long to wait for the answer; default 60\n"
    "  -j, --json             answer as JSON\n"
    "      --force            the same word for `failover`\n"
    "  -h, --help             this text\n"
    "  -V, --version          the version\n"
    "\n"
    "`regentctl help` lists the commands, regentctl(1) explains them.\n"
    "\n"
    "Exit status: 0 ok; 1 regent answered an error; 2 wrong usage;\n"
    "3 regent can't be reached or does not answer.\n";

static const struct option ctl_options[] = {
	{ .name = "socket", .has_arg = required_argument, .val = 's' },
	{ .name = "timeout", .has_arg = required_argument, .val = 't' },
	{ .name = "json", .has_arg = no_argument, .val = 'j' },
	{ .name = "force", .has_arg = no_argument, .val = 'F' },
	{ .name = "help", .has_arg = no_argument, .val = 'h' },
	{ .name = "version", .has_arg = no_argument, .val = 'V' },
	{ .name = NULL },
};

/* ---- the command line ------------------------------------------------ */

static _Noreturn void
ctl_fail_usage(const char *why)
{
	if (why != NULL)
		fprintf(stderr, "regentctl: %s\n", why);
	fputs(ctl_usage, stderr);
	exit(CTL_USAGE);
}

static long
ctl_parse_timeout(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 1 ||
	    value > CTL_TIMEOUT_MAX)
		ctl_fail_usage("-t: expected a number of seconds, 1 to 86400");
	return value;
}

static void
ctl_parse_option(struct ctl *ctl, int option)
{
	switch (option) {
	case 's':
		ctl->path = optarg;
		break;
	case 't':
		ctl->timeout = ctl_parse_timeout(optarg);
		break;
	case 'j':
		ctl->is_json = true;
		break;
	case 'F':
		ctl->is_forced = true;
		break;
	case 'h':
		printf("%s%s", ctl_usage, ctl_help);
		exit(CTL_OK);
	case 'V':
		printf("regentctl %s\n", PACKAGE_VERSION);
		exit(CTL_OK);
	default:
		ctl_fail_usage(NULL); /* getopt has said why */
	}
}

/* Of several commands in the line each is to answer in JSON. */
static void
ctl_end_command(struct ctl *ctl)
{
	size_t len = ctl->line.len;

	while (len > 0 && ctl->line.at[len - 1] == ' ')
		len--;
	if (len == 0 || ctl->line.at[len - 1] == ';')
		return;
	if (ctl->is_forced)
		text_add(&ctl->line, " --force");
	if (ctl->is_json)
		text_add(&ctl->line, " json");
}

static void
ctl_add_word(struct ctl *ctl, const char *word)
{
	if (strchr(word, '\n') != NULL)
		ctl_fail_usage("a command is one line");
	for (; *word != '\0'; word++) {
		if (*word == ';')
			ctl_end_command(ctl);
		text_add_bytes(&ctl->line, word, 1);
	}
}

static void
ctl_parse(struct ctl *ctl, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(
		    argc, argv, "s:t:jhV", ctl_options, NULL)) != -1)
		ctl_parse_option(ctl, option);
	if (optind == argc)
		ctl_fail_usage("no command");
	for (int i = optind; i < argc; i++) {
		if (i > optind)
			text_add(&ctl->line, " ");
		ctl_add_word(ctl, argv[i]);
	}
	ctl_end_command(ctl);
	text_add(&ctl->line, "\n");
	if (ctl->line.len > CTL_LINE_MAX)
		ctl_fail_usage("the command is too long");
}

/* ---- the socket ------------------------------------------------------ */

static const char ctl_late[] =
    "regentctl: no answer in time (-t); what was ordered may still happen\n";

/* Ends the process, whatever it waits in. */
static void
ctl_on_alarm(int signum)
{
	ssize_t ignored; /* there is no other way to say it */

	(void)signum;
	ignored = write(STDERR_FILENO, ctl_late, sizeof(ctl_late) - 1);
	(void)ignored;
	_exit(CTL_UNREACHABLE);
}

static void
ctl_explain(const struct ctl *ctl, int code, const struct err *err)
{
	fprintf(stderr, "regentctl: %s\n", err->text);
	if (code == -EACCES || code == -EPERM)
		fprintf(stderr,
		    "Only the user of regent and the group of the "
		    "socket may use it (control_mode).\n");
	else
		fprintf(stderr,
		    "Is regent running, and is %s its control_socket?  "
		    "Name another one with -s or REGENT_SOCKET.\n",
		    ctl->path);
}

static int
ctl_send(struct ctl *ctl, int fd)
{
	while (ctl->line.len > 0) {
		ssize_t n = write(fd, ctl->line.at, ctl->line.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text_consume(&ctl->line, (size_t)n);
	}
	return 0;
}

static int
ctl_receive(struct ctl *ctl, int fd)
{
	char bytes[16384];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text_add_bytes(&ctl->answers, bytes, (size_t)n);
	}
	return 0;
}

static bool
ctl_is_complete(const struct ctl *ctl)
{
	size_t len = ctl->answers.len;

	return len >= 2 && memcmp(ctl->answers.at + len - 2, "\n\n", 2) == 0;
}

static int
ctl_exchange(struct ctl *ctl)
{
	struct err err;
	int fd, rc;

	fd = sock_connect_unix(ctl->path, &err);
	if (fd < 0) {
		ctl_explain(ctl, fd, &err);
		return CTL_UNREACHABLE;
	}
	rc = ctl_send(ctl, fd);
	/* A refusal may come before all was sent. */
	if (rc == 0 || rc == -EPIPE)
		rc = ctl_receive(ctl, fd);
	close(fd);
	if (ctl_is_complete(ctl))
		return CTL_OK;
	fprintf(stderr, "regentctl: control socket %s: %s\n", ctl->path,
	    rc != 0 ? strerror(-rc)
		    : "regent ended the connection before "
		      "its answer was complete");
	return CTL_UNREACHABLE;
}

/* ---- the answers ----------------------------------------------------- */

static bool
ctl_is_error(const char *answer)
{
	static const char *const starts[] = { "error:", "{\"error\":" };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (strncmp(answer, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* Errors go to stderr; answers on stdout keep the empty line between them. */
static int
ctl_print(const struct ctl *ctl)
{
	const char *at = text_cstr(&ctl->answers), *end;
	bool is_first = true;
	int rc = CTL_OK;

	for (; (end = strstr(at, "\n\n")) != NULL; at = end + 2) {
		bool is_error = ctl_is_error(at);

		if (is_error)
			rc = CTL_REFUSED;
		if (!is_error && !is_first)
			putchar('\n');
		is_first = is_first && is_error;
		fprintf(
		    is_error ? stderr : stdout, "%.*s\n", (int)(end - at), at);
	}
	if (fflush(stdout) == 0)
		return rc;
	perror("regentctl");
	return CTL_UNREACHABLE;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = {
		.path = getenv("REGENT_SOCKET"),
		.timeout = CTL_TIMEOUT_DEFAULT,
		.line = TEXT_INIT,
		.answers = TEXT_INIT,
	};
	int rc;

	if (ctl.path == NULL || ctl.path[0] == '\0')
		ctl.path = CTL_SOCKET_DEFAULT;
	ctl_parse(&ctl, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, ctl_on_alarm);
	alarm((unsigned)ctl.timeout);
	rc = ctl_exchange(&ctl);
	alarm(0); /* a slow reader of ours is no fault of regent */
	if (rc == CTL_OK)
		rc = ctl_print(&ctl);
	text_fini(&ctl.line);
	text_fini(&ctl.answers);
	return rc;
}
