#include "guard/journal.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_MAGIC 0x4a4f5552u

enum {
	JOURNAL_LINE_MAX = 512,
	JOURNAL_QUEUE_MAX = 1024,
	JOURNAL_KEPT_MAX = 128, /* records a start carries over */
};

struct journal_job {
	struct list link;
	unsigned cluster_id;
	uint32_t seq;
	size_t len;
	char line[JOURNAL_LINE_MAX];
};

struct journal_answer {
	unsigned cluster_id;
	uint32_t seq;
	int code;
};

struct journal {
	uint32_t magic;
	int fd;
	int lock_fd;
	char path[PATH_MAX];
	off_t end; /* behind the last whole line; the writer's own */
	atomic_bool is_doubtful; /* the path may lead to another file */
	struct mailbox *answers;
	journal_done_fn *done;
	void *done_arg;

	pthread_t writer;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	struct list jobs;
	unsigned n_jobs; /* not answered yet */
	bool is_closing;
};

/*
 * A process that should have replaced us may have rewritten the file before it
 * failed: ours is no longer the one that a restart reads then.
 */
static int
journal_find_again(struct journal *j)
{
	struct stat ours, there;
	int fd;

	if (!atomic_load(&j->is_doubtful))
		return 0;
	fd = open(j->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(j->fd, &ours) != 0 || fstat(fd, &there) != 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	if (ours.st_ino != there.st_ino || ours.st_dev != there.st_dev)
		j->end = there.st_size;
	CHECK(dup3(fd, j->fd, O_CLOEXEC) == j->fd);
	close(fd);
	atomic_store(&j->is_doubtful, false);
	return 0;
}

/* A line is on disk whole, or the file is as it was before. */
static int
journal_append(struct journal *j, const struct journal_job *job)
{
	ssize_t n = journal_find_again(j);

	if (n != 0)
		return (int)n;
	n = pwrite(j->fd, job->line, job->len, j->end);
	if (n == (ssize_t)job->len && fdatasync(j->fd) == 0) {
		j->end += n;
		return 0;
	}
	if (n >= 0 && n < (ssize_t)job->len)
		errno = ENOSPC;
	n = -errno;
	if (ftruncate(j->fd, j->end) != 0)
		log_error("journal=%s action=truncate reason=\"%s\"", j->path,
		    strerror(errno));
	return (int)n;
}

static struct journal_job *
journal_next(struct journal *j)
{
	struct list *link;

	while (list_is_empty(&j->jobs) && !j->is_closing)
		pthread_cond_wait(&j->wake, &j->lock);
	if (list_is_empty(&j->jobs))
		return NULL;
	link = j->jobs.next;
	list_remove(link);
	return LIST_ENTRY(link, struct journal_job, link);
}

static void *
journal_run(void *arg)
{
	struct journal *j = arg;
	struct journal_job *job;

	pthread_mutex_lock(&j->lock);
	while ((job = journal_next(j)) != NULL) {
		struct journal_answer answer = { job->cluster_id, job->seq, 0 };

		pthread_mutex_unlock(&j->lock);
		answer.code = journal_append(j, job);
		free(job);
		/* As many slots as jobs may wait for their answer. */
		CHECK(mailbox_post(j->answers, &answer));
		pthread_mutex_lock(&j->lock);
	}
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

static void
journal_on_answer(void *arg, const void *message, usec_t now)
{
	const struct journal_answer *answer = message;
	struct journal *j = arg;

	CHECK_OBJ(j, JOURNAL_MAGIC);
	pthread_mutex_lock(&j->lock);
	j->n_jobs--;
	pthread_mutex_unlock(&j->lock);
	if (answer->code != 0)
		log_error("journal=%s action=write reason=\"%s\"", j->path,
		    strerror(-answer->code));
	if (j->done != NULL)
		j->done(j->done_arg, answer->cluster_id, answer->seq,
		    answer->code, now);
}

void
journal_on_done(struct journal *j, journal_done_fn *done, void *arg)
{
	CHECK_OBJ(j, JOURNAL_MAGIC);
	j->done = done;
	j->done_arg = arg;
}

void
journal_write(struct journal *j, unsigned cluster_id, uint32_t seq,
    const struct journal_record *record)
{
	struct journal_job *job = mem_new(sizeof(*job));
	bool is_full;

	CHECK_OBJ(j, JOURNAL_MAGIC);
	job->cluster_id = cluster_id;
	job->seq = seq;
	job->len = journal_format(record, job->line, sizeof(job->line));
	list_init(&job->link);
	pthread_mutex_lock(&j->lock);
	is_full = j->n_jobs >= JOURNAL_QUEUE_MAX;
	if (!is_full) {
		list_push(&j->jobs, &job->link);
		j->n_jobs++;
		pthread_cond_signal(&j->wake);
	}
	pthread_mutex_unlock(&j->lock);
	if (!is_full)
		return;
	free(job); /* the disk hangs: whoever waits for the line goes on */
	log_error("journal=%s action=queue reason=\"the disk does not keep "
		  "up\" cluster=%s",
	    j->path, record->cluster);
}

/* A lock is of whoever has the descriptor: if it is that of the same file, it
 * is held already. */
static void
journal_adopt_lock(struct journal *j, int lock_fd)
{
	struct stat ours, theirs;

	if (lock_fd < 0)
		return;
	if (fstat(j->lock_fd, &ours) == 0 && fstat(lock_fd, &theirs) == 0 &&
	    ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev) {
		close(j->lock_fd);
		j->lock_fd = lock_fd;
	} else {
		close(lock_fd);
	}
}

/* Locked for life; the lock goes with the process, however it ends. */
static int
journal_lock(
    struct journal *j, const char *state_dir, int lock_fd, struct err *err)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/lock", state_dir) >=
	    (int)sizeof(path))
		return err_set(err, -ENAMETOOLONG, "state_dir %s", state_dir);
	j->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (j->lock_fd < 0)
		return err_errno(err, "state_dir: %s", path);
	journal_adopt_lock(j, lock_fd);
	if (flock(j->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, -EBUSY,
		    "state_dir: %s is held by another regent", path);
	return err_errno(err, "state_dir: %s", path);
}

/* The records worth keeping: the last of each kind and cluster. */
struct journal_kept {
	unsigned n;
	struct journal_record at[JOURNAL_KEPT_MAX];
};

static void
journal_keep(struct journal_kept *kept, const struct journal_record *record)
{
	unsigned i = 0, n = 0;

	/* The newest goes last: a primary's line closes an intent before. */
	for (; i < kept->n; i++)
		if (strcmp(kept->at[i].cluster, record->cluster) != 0 ||
		    (record->kind == RECORD_INTENT &&
			kept->at[i].kind == RECORD_PRIMARY))
			kept->at[n++] = kept->at[i];
	if (n == JOURNAL_KEPT_MAX) /* clusters that were removed long ago */
		memmove(&kept->at[0], &kept->at[1], --n * sizeof(kept->at[0]));
	kept->at[n++] = *record;
	kept->n = n;
}

/* 0, or a negative errno value when the file could not be read to its end. */
static int
journal_read(struct journal_kept *kept, FILE *file, const char *path)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int number = 0, rc;

	while ((len = getline(&line, &cap, file)) > 0) {
		struct journal_record record;

		number++;
		if (line[len - 1] == '\n' &&
		    journal_parse(&record, line, (size_t)len - 1))
			journal_keep(kept, &record);
		else
			log_warn("journal=%s line=%d reason=\"torn or damaged, "
				 "ignored\"",
			    path, number);
	}
	rc = ferror(file) == 0 ? 0 : errno > 0 ? -errno : -EIO;
	free(line);
	return rc;
}

static int
journal_load(struct journal_kept *kept, const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	int rc;

	if (file == NULL && errno == ENOENT)
		return 0;
	if (file == NULL)
		return err_errno(err, "state_dir: %s", path);
	rc = journal_read(kept, file, path);
	fclose(file);
	if (rc == 0)
		return 0;
	/* What could not be read must not be rewritten without it. */
	errno = -rc;
	return err_errno(err, "state_dir: %s", path);
}

static int
journal_sync_dir(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_errno(err, "state_dir: %s", dir);
	if (fsync(fd) != 0)
		rc = err_errno(err, "state_dir: %s", dir);
	close(fd);
	return rc;
}

/* A new file takes the place of the old one only when it is whole. */
static int
journal_rewrite(struct journal *j, const struct journal_kept *kept,
    const char *state_dir, struct err *err)
{
	char temp[PATH_MAX + 8], line[JOURNAL_LINE_MAX];

	snprintf(temp, sizeof(temp), "%s.new", j->path);
	j->fd = open(temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (j->fd < 0)
		return err_errno(err, "state_dir: %s", temp);
	for (unsigned i = 0; i < kept->n; i++) {
		size_t len = journal_format(&kept->at[i], line, sizeof(line));
		ssize_t n = pwrite(j->fd, line, len, j->end);

		if (n != (ssize_t)len) {
			errno = n < 0 ? errno : ENOSPC;
			return err_errno(err, "state_dir: %s", temp);
		}
		j->end += n;
	}
	if (fsync(j->fd) != 0 || rename(temp, j->path) != 0)
		return err_errno(err, "state_dir: %s", temp);
	return journal_sync_dir(state_dir, err);
}

static int
journal_start(struct journal *j, struct loop *loop)
{
	j->answers = mailbox_new(loop, sizeof(struct journal_answer),
	    JOURNAL_QUEUE_MAX, journal_on_answer, j);
	CHECK(pthread_mutex_init(&j->lock, NULL) == 0);
	CHECK(pthread_cond_init(&j->wake, NULL) == 0);
	return -pthread_create(&j->writer, NULL, journal_run, j);
}

struct journal *
journal_open(struct loop *loop, const char *state_dir, int lock_fd,
    journal_replay_fn *replay, void *arg, struct err *err)
{
	struct journal_kept kept = { .n = 0 };
	struct journal *j = mem_new(sizeof(*j));
	int rc;

	j->magic = JOURNAL_MAGIC;
	j->fd = -1;
	j->lock_fd = -1;
	list_init(&j->jobs);
	rc = journal_lock(j, state_dir, lock_fd, err);
	if (rc == 0 &&
	    snprintf(j->path, sizeof(j->path), "%s/journal", state_dir) >=
		(int)sizeof(j->path))
		rc = err_set(err, -ENAMETOOLONG, "state_dir %s", state_dir);
	if (rc == 0)
		rc = journal_load(&kept, j->path, err);
	if (rc == 0)
		rc = journal_rewrite(j, &kept, state_dir, err);
	if (rc == 0 && journal_start(j, loop) != 0)
		rc = err_set(err, -EAGAIN, "no thread for the journal");
	if (rc != 0) {
		mailbox_free(&j->answers);
		if (j->fd >= 0)
			close(j->fd);
		if (j->lock_fd >= 0)
			close(j->lock_fd);
		free(j);
		return NULL;
	}
	for (unsigned i = 0; i < kept.n; i++)
		replay(arg, &kept.at[i]);
	return j;
}

int
journal_lock_fd(const struct journal *j)
{
	CHECK_OBJ(j, JOURNAL_MAGIC);
	return j->lock_fd;
}

bool
journal_is_quiet(struct journal *j)
{
	bool is_quiet;

	CHECK_OBJ(j, JOURNAL_MAGIC);
	pthread_mutex_lock(&j->lock);
	is_quiet = j->n_jobs == 0;
	pthread_mutex_unlock(&j->lock);
	return is_quiet;
}

void
journal_look_again(struct journal *j)
{
	CHECK_OBJ(j, JOURNAL_MAGIC);
	atomic_store(&j->is_doubtful, true);
}

void
journal_close(struct journal **journal)
{
	struct journal *j = *journal;

	if (j == NULL)
		return;
	CHECK_OBJ(j, JOURNAL_MAGIC);
	pthread_mutex_lock(&j->lock);
	j->is_closing = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->writer, NULL); /* writes what is queued first */
	mailbox_free(&j->answers);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	close(j->fd);
	close(j->lock_fd);
	free(j);
	*journal = NULL;
}
