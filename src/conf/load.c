#include "conf/load.h"

#include "base/mem.h"
#include "conf/build.h"
#include "conf/check.h"
#include "conf/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOAD_FILE_MAX ((size_t)1 << 20)
/* Longer than any password, token or certificate-like credential. */
#define LOAD_PASSWORD_MAX 4096

/* ---- files ----------------------------------------------------------- */

/* Error texts go behind "found that ... ". */
static int
load_check_kind(int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, "it can't be read");
	if (S_ISDIR(st.st_mode))
		return err_set(err, -EISDIR, "it is a directory");
	/* A pipe could block the guard, and is empty on the next reload. */
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "it is not a regular file");
	return 0;
}

static int
load_read(int fd, char *buf, size_t size, size_t *len, struct err *err)
{
	ssize_t n = 1;

	*len = 0;
	while (n > 0 && *len < size) {
		n = read(fd, buf + *len, size - *len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return err_errno(err, "it can't be read");
		else
			*len += (size_t)n;
	}
	return 0;
}

/* Reads at most `size` bytes: the caller makes room for one too many. */
static int
load_file(
    const char *path, char *buf, size_t size, size_t *len, struct err *err)
{
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_errno(err, "it can't be read");
	rc = load_check_kind(fd, err);
	if (rc == 0)
		rc = load_read(fd, buf, size, len, err);
	close(fd);
	return rc;
}

/* ---- passwords ------------------------------------------------------- */

/* Cuts the first line out of `len` bytes of `buf`, which has one more. */
static int
load_cut_line(char *buf, size_t len, struct err *err)
{
	size_t end = 0;

	while (end < len && buf[end] != '\n')
		end++;
	if (end > 0 && buf[end - 1] == '\r')
		end--;
	buf[end] = '\0';
	if (end == 0)
		return err_set(err, -EINVAL, "its first line is empty");
	if (end > LOAD_PASSWORD_MAX)
		return err_set(err, -EINVAL,
		    "its first line has more than %d bytes", LOAD_PASSWORD_MAX);
	if (strlen(buf) != end)
		return err_set(
		    err, -EINVAL, "its first line contains a byte 0x00");
	return 0;
}

/* `password` is "", or check.c had complained. */
static int
load_password(const char *path, char **password, struct err *err)
{
	char buf[LOAD_PASSWORD_MAX + 2];
	size_t len = 0;
	int rc;

	rc = load_file(path, buf, sizeof(buf) - 1, &len, err);
	if (rc == 0)
		rc = load_cut_line(buf, len, err);
	if (rc == 0) {
		free(*password);
		*password = mem_strdup(buf);
	}
	explicit_bzero(buf, sizeof(buf));
	return rc;
}

static void
load_password_at(const char *path, char **password, const struct place *place,
    struct report *report)
{
	struct err err;

	if (path[0] == '\0' || (*password)[0] != '\0')
		return;
	if (load_password(path, password, &err) != 0)
		report_add(report, place,
		    "found \"%s\", and that %s: expected a file whose first "
		    "line is the password",
		    path, err.text);
}

static void
load_passwords(struct conf *conf, struct report *report)
{
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		struct conf_cluster *c = &conf->clusters[i];
		struct place place = place_of_cluster(c, "password_file");

		load_password_at(
		    c->password_file, &c->password, &place, report);
		place.option = "sentinel_password_file";
		load_password_at(c->sentinel_password_file,
		    &c->sentinel_password, &place, report);
		place.option = "replication_password_file";
		load_password_at(c->replication_password_file,
		    &c->replication_password, &place, report);
	}
}

/* ---- snapshots ------------------------------------------------------- */

typedef void load_secrets_fn(struct conf *conf, struct report *report);

struct load_source {
	const char *bytes;
	size_t len;
	load_secrets_fn *read_secrets; /* NULL: no other file is read */
};

/*
 * Ids and restarts are seen last and only if all else is well: a value that
 * could not be parsed would look like a changed one.
 */
static const struct conf *
load_source(const struct load_source *source, const struct conf *old,
    struct report *report)
{
	struct section_list sections = { .at = NULL };
	const struct conf *done;
	struct conf *conf;

	parse_bytes(&sections, source->bytes, source->len, report);
	conf = build_conf(&sections, report);
	section_list_fini(&sections);
	check_conf(conf, report);
	if (source->read_secrets != NULL)
		source->read_secrets(conf, report);
	if (report->n_errors == 0)
		diff_assign_ids(conf, old, report);
	if (report->n_errors == 0 && old != NULL)
		diff_check_restart(conf, old, report);

	done = conf;
	if (report->n_errors > 0)
		conf_unref(&done); /* leaves NULL */
	return done;
}

const struct conf *
conf_load(const char *path, const struct conf *old, struct text *errors)
{
	struct report report = { .path = path, .out = errors };
	struct place place = place_of_file();
	struct load_source source = { .read_secrets = load_passwords };
	const struct conf *conf = NULL;
	char *buf = mem_new(LOAD_FILE_MAX + 1);
	struct err err;

	CHECK(path != NULL && errors != NULL);
	if (load_file(path, buf, LOAD_FILE_MAX + 1, &source.len, &err) != 0) {
		report_add(&report, &place,
		    "found that %s: expected a configuration file", err.text);
	} else if (source.len > LOAD_FILE_MAX) {
		report_add(&report, &place,
		    "found a file of more than 1MB: expected less");
	} else {
		source.bytes = buf;
		conf = load_source(&source, old, &report);
	}
	/* The file may contain passwords. */
	explicit_bzero(buf, LOAD_FILE_MAX + 1);
	free(buf);
	return conf;
}

const struct conf *
conf_load_bytes(const char *path, const char *bytes, size_t len,
    const struct conf *old, struct text *errors)
{
	struct report report = { .path = path, .out = errors };
	struct load_source source = { .bytes = bytes, .len = len };

	CHECK(path != NULL && errors != NULL);
	if (len == 0)
		source.bytes = "";
	return load_source(&source, old, &report);
}
