#include "site.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Below the kernel's usual range of ephemeral ports: a client's source port
 * must not take the port of a node that is about to be started again.
 */
#define SITE_PORT_MIN 10000
#define SITE_PORT_MAX 30000

void
site_prepare(void)
{
	const char *filter = getenv("REGENT_TEST_FILTER");
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	/* A regent that went into the background is still ours to wait for. */
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
	CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
	if (filter != NULL)
		cmocka_set_test_filter(filter);
}

void
site_prefer_memory(void)
{
	if (access("/dev/shm", W_OK) == 0)
		CHECK(setenv("TMPDIR", "/dev/shm", 0) == 0);
}

int
site_setup(void **state)
{
	const struct site_test *test = *state;
	const char *tmp = getenv("TMPDIR");
	struct site *site = mem_new(sizeof(*site));

	if (tmp == NULL || strlen(tmp) > SITE_DIR_LEN - 20)
		tmp = "/tmp";
	snprintf(site->dir, sizeof(site->dir), "%s/regent-XXXXXX", tmp);
	if (mkdtemp(site->dir) == NULL) {
		perror(site->dir);
		free(site);
		return -1;
	}
	list_init(&site->resources);
	site->test = test;
	*state = site;
	return 0;
}

static void
site_finish(struct site *site)
{
	LIST_FOREACH (it, &site->resources) {
		struct resource *res = LIST_ENTRY(it, struct resource, link);

		if (res->finish != NULL)
			res->finish(res);
	}
}

void
site_run(void **state)
{
	struct site *site = *state;

	site->test->body(site);
	site_finish(site);
	site->is_passed = true;
}

static int
site_remove_entry(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st; /* the signature is nftw's */
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
site_dump(struct site *site)
{
	LIST_FOREACH (it, &site->resources) {
		struct resource *res = LIST_ENTRY(it, struct resource, link);

		if (res->dump != NULL)
			res->dump(res);
	}
}

int
site_teardown(void **state)
{
	struct site *site = *state;

	if (!site->is_passed)
		site_dump(site);
	while (!list_is_empty(&site->resources)) {
		struct resource *res =
		    LIST_ENTRY(site->resources.prev, struct resource, link);

		list_remove(&res->link);
		res->close(res);
	}
	if (getenv("REGENT_TEST_KEEP") != NULL)
		print_error("kept: %s\n", site->dir);
	else
		nftw(site->dir, site_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	/* Children that killed servers left to us. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	free(site);
	return 0;
}

void
site_add(struct site *site, struct resource *res)
{
	CHECK(res->close != NULL);
	list_init(&res->link);
	list_push(&site->resources, &res->link);
}

void
site_path(const struct site *site, char *buf, const char *fmt, ...)
{
	va_list ap;
	int n, more;

	n = snprintf(buf, SITE_PATH_LEN, "%s/", site->dir);
	va_start(ap, fmt);
	more = vsnprintf(buf + n, (size_t)(SITE_PATH_LEN - n), fmt, ap);
	va_end(ap);
	CHECK(more >= 0 && n + more < SITE_PATH_LEN);
}

void
site_write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	CHECK(fputs(text, file) >= 0);
	CHECK(fclose(file) == 0);
}

char *
site_read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *bytes = NULL;
	size_t cap = 0;

	if (file != NULL) {
		if (getdelim(&bytes, &cap, '\0', file) < 0 && bytes != NULL)
			bytes[0] = '\0';
		fclose(file);
	}
	return bytes != NULL ? bytes : mem_strdup("");
}

void
site_print_tail(const char *title, const char *path, size_t bytes)
{
	char *all = site_read_file(path);
	size_t len = strlen(all);
	const char *from = len > bytes ? all + len - bytes : all;

	/* Not print_error: its buffer is smaller than a tail. */
	fprintf(stderr, "---- %s ----\n%s\n", title, from);
	free(all);
}

/*
 * Two test programs running at a time must not agree on a port that neither
 * has opened yet.  An abstract unix socket is a lock that leaves nothing
 * behind; it is kept until the process ends.
 */
static bool
site_lock_port(uint16_t port)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n;

	CHECK(fd >= 0);
	n = snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1,
	    "regent-test-port-%u", (unsigned)port);
	if (bind(fd, (struct sockaddr *)&addr,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		    (size_t)n)) == 0)
		return true;
	close(fd);
	return false;
}

static bool
site_port_is_free(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	CHECK(fd >= 0);
	addr.sin_port = htons(port);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	close(fd);
	return rc == 0;
}

uint16_t
site_port(void)
{
	static int next;

	if (next == 0)
		next = SITE_PORT_MIN +
		    (int)getpid() * 61 % (SITE_PORT_MAX - SITE_PORT_MIN);
	for (int i = SITE_PORT_MIN; i < SITE_PORT_MAX; i++) {
		uint16_t port = (uint16_t)next;

		if (++next >= SITE_PORT_MAX)
			next = SITE_PORT_MIN;
		if (site_lock_port(port) && site_port_is_free(port))
			return port;
	}
	fail_msg("no free port");
	return 0;
}

void
site_assert_contains(const char *text, const char *part, bool is_wanted)
{
	if ((strstr(text, part) != NULL) == is_wanted)
		return;
	fail_msg("%s \"%s\" in: %s", is_wanted ? "expected" : "unexpected",
	    part, text);
}
