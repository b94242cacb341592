/*
 * A file that is whole, and says what it said, whatever happened to the disk
 * and the process.
 */
#include "base/log.h"
#include "guard/journal.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct journal_record intent = {
	.cluster = "crm",
	.kind = RECORD_INTENT,
	.epoch = 7,
	.position = 1234,
	.node = "b",
	.from = "a",
	.history = "0123456789abcdef0123456789abcdef01234567",
};

static struct trial trial;
static char directory[64];
static char file[80];

/* What was replayed, and how written lines ended. */
static struct journal_record replayed[256];
static unsigned n_replayed;
static unsigned n_done;
static uint32_t last_seq;
static int last_code;

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, false);
	snprintf(directory, sizeof(directory), "/tmp/regent-journal-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/journal", directory);
	return 0;
}

static void
remove_from(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	remove_from(directory, "journal");
	remove_from(directory, "journal.new");
	remove_from(directory, "lock");
	trial_close(&trial);
	return rmdir(directory);
}

static void
on_replay(void *arg, const struct journal_record *record)
{
	assert_ptr_equal(arg, &n_replayed);
	assert_true(n_replayed < ARRAY_LEN(replayed));
	replayed[n_replayed++] = *record;
}

static void
on_done(void *arg, unsigned cluster_id, uint32_t seq, int code, usec_t now)
{
	assert_ptr_equal(arg, &n_done);
	assert_int_equal(cluster_id, 5);
	assert_true(now == loop_now(trial.loop));
	assert_int_equal(seq, last_seq + 1);
	last_seq = seq;
	last_code = code;
	n_done++;
}

static struct journal *
try_open(struct err *err)
{
	struct journal *j;

	n_replayed = 0;
	n_done = 0;
	last_seq = 0;
	j = journal_open(
	    trial.loop, directory, -1, on_replay, &n_replayed, err);
	if (j != NULL)
		journal_on_done(j, on_done, &n_done);
	return j;
}

static struct journal *
must_open(void)
{
	struct err err;
	struct journal *j = try_open(&err);

	if (j == NULL)
		fail_msg("%s", err.text);
	return j;
}

static void
must_not_open(const char *reason)
{
	struct err err = { "" };

	assert_null(try_open(&err));
	assert_non_null(strstr(err.text, "state_dir"));
	if (strstr(err.text, reason) == NULL)
		fail_msg("\"%s\" does not say: %s", err.text, reason);
}

static struct journal_record
record_of(const char *cluster, enum record kind, uint64_t epoch)
{
	struct journal_record r = { .kind = kind, .epoch = epoch };

	snprintf(r.cluster, sizeof(r.cluster), "%s", cluster);
	snprintf(r.node, sizeof(r.node), "n%u", (unsigned)epoch);
	return r;
}

/* Writes and waits until it is known how it ended. */
static int
write_record(struct journal *j, const struct journal_record *r)
{
	unsigned n = n_done;

	journal_write(j, 5, last_seq + 1, r);
	TRIAL_UNTIL(&trial, n_done == n + 1);
	return last_code;
}

static void
write_of(
    struct journal *j, const char *cluster, enum record kind, uint64_t epoch)
{
	struct journal_record r = record_of(cluster, kind, epoch);

	assert_int_equal(write_record(j, &r), 0);
}

static void
append(const char *bytes, size_t len)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (int)len);
	close(fd);
}

static off_t
file_size(void)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

static void
assert_same(const struct journal_record *a, const struct journal_record *b)
{
	assert_string_equal(a->cluster, b->cluster);
	assert_int_equal(a->kind, b->kind);
	assert_true(a->epoch == b->epoch && a->position == b->position);
	assert_string_equal(a->node, b->node);
	assert_string_equal(a->from, b->from);
	assert_string_equal(a->history, b->history);
}

static void
test_new_directory_has_nothing_to_replay(void **state)
{
	struct journal *j = must_open();

	(void)state;
	assert_int_equal(n_replayed, 0);
	assert_int_equal(file_size(), 0);
	journal_close(&j);
	assert_null(j);
	journal_close(&j);
}

static void
test_written_record_is_on_disk_when_it_is_answered(void **state)
{
	struct journal *j = must_open();
	char line[512], got[512] = "";
	FILE *f;

	(void)state;
	assert_int_equal(write_record(j, &intent), 0);
	f = fopen(file, "r");
	assert_non_null(fgets(got, sizeof(got), f));
	assert_int_equal(fgetc(f), EOF);
	fclose(f);
	journal_format(&intent, line, sizeof(line));
	assert_string_equal(got, line);
	journal_close(&j);
}

static void
test_records_are_replayed_oldest_first(void **state)
{
	struct journal *j = must_open();

	(void)state;
	write_of(j, "a", RECORD_PRIMARY, 1);
	write_of(j, "b", RECORD_PRIMARY, 1);
	write_of(j, "a", RECORD_INTENT, 2);
	journal_close(&j);
	j = must_open();
	assert_int_equal(n_replayed, 3);
	assert_string_equal(replayed[0].cluster, "a");
	assert_int_equal(replayed[0].kind, RECORD_PRIMARY);
	assert_string_equal(replayed[1].cluster, "b");
	assert_string_equal(replayed[2].cluster, "a");
	assert_int_equal(replayed[2].kind, RECORD_INTENT);
	assert_true(replayed[2].epoch == 2);
	journal_close(&j);
}

/* Lines that are still queued when the process ends in order. */
static void
test_close_writes_what_is_queued(void **state)
{
	struct journal *j = must_open();

	(void)state;
	for (unsigned i = 1; i <= 20; i++) {
		struct journal_record r = record_of("c", RECORD_PRIMARY, i);

		journal_write(j, 5, i, &r);
	}
	journal_close(&j);
	assert_int_equal(n_done, 0);
	j = must_open();
	assert_int_equal(n_replayed, 1);
	assert_true(replayed[0].epoch == 20);
	journal_close(&j);
}

static void
test_start_keeps_the_last_primary_and_an_open_intent(void **state)
{
	struct journal *j = must_open();
	off_t before;

	(void)state;
	for (unsigned i = 1; i < 40; i += 2) {
		write_of(j, "c", RECORD_INTENT, i);
		write_of(j, "c", RECORD_PRIMARY, i + 1);
	}
	write_of(j, "c", RECORD_INTENT, 41);
	write_of(j, "c", RECORD_INTENT, 42);
	before = file_size();
	journal_close(&j);
	for (int i = 0; i < 2; i++) { /* and a second start changes nothing */
		j = must_open();
		assert_int_equal(n_replayed, 2);
		assert_int_equal(replayed[0].kind, RECORD_PRIMARY);
		assert_true(replayed[0].epoch == 40);
		assert_int_equal(replayed[1].kind, RECORD_INTENT);
		assert_true(replayed[1].epoch == 42);
		assert_true(file_size() < before / 10);
		journal_close(&j);
	}
}

static void
test_intent_that_ended_is_not_kept(void **state)
{
	struct journal *j = must_open();

	(void)state;
	write_of(j, "c", RECORD_INTENT, 1);
	write_of(j, "c", RECORD_PRIMARY, 2);
	journal_close(&j);
	j = must_open();
	assert_int_equal(n_replayed, 1);
	assert_int_equal(replayed[0].kind, RECORD_PRIMARY);
	journal_close(&j);
}

static void
test_torn_last_line_is_dropped_and_the_rest_kept(void **state)
{
	char line[512];
	size_t len = journal_format(&intent, line, sizeof(line));

	(void)state;
	for (size_t cut = 1; cut < len; cut += 7) {
		struct journal *j = must_open();

		write_of(j, "c", RECORD_PRIMARY, cut);
		journal_close(&j);
		append(line, cut);
		j = must_open();
		assert_int_equal(n_replayed, 1);
		assert_true(replayed[0].epoch == cut);
		write_of(j, "d", RECORD_PRIMARY, cut);
		journal_close(&j);
		j = must_open();
		assert_int_equal(n_replayed, 2);
		journal_close(&j);
		remove_from(directory, "journal");
	}
}

/* Whole, but for its newline: it may have been cut from a longer one. */
static void
test_line_without_its_newline_is_dropped(void **state)
{
	char line[512];
	size_t len = journal_format(&intent, line, sizeof(line));
	struct journal *j;

	(void)state;
	append(line, len - 1);
	j = must_open();
	assert_int_equal(n_replayed, 0);
	journal_close(&j);
}

static void
test_damaged_line_in_the_middle_costs_only_itself(void **state)
{
	char line[512];
	size_t len;
	struct journal *j;

	(void)state;
	len = journal_format(&intent, line, sizeof(line));
	append(line, len);
	append("\n\0\xff garbage\nv1 cluster=\n", 24);
	memcpy(line + 11, "cmr", 3);
	append(line, len);
	memcpy(line + 11, "crm", 3);
	append(line, len);
	j = must_open();
	assert_int_equal(n_replayed, 1);
	assert_same(&replayed[0], &intent);
	journal_close(&j);
}

/*
 * Records of clusters that were removed stay in the file.  However many they
 * are, it must not be the newest that is forgotten.
 */
static void
test_newest_records_are_kept_when_there_are_many_clusters(void **state)
{
	struct journal *j = must_open();

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		char cluster[16];

		snprintf(cluster, sizeof(cluster), "c%u", i);
		write_of(j, cluster, RECORD_PRIMARY, i);
	}
	journal_close(&j);
	j = must_open();
	assert_true(n_replayed >= 64);
	assert_string_equal(replayed[n_replayed - 1].cluster, "c199");
	assert_string_equal(replayed[n_replayed - 2].cluster, "c198");
	journal_close(&j);
}

static void
test_second_opener_is_refused(void **state)
{
	struct journal *j = must_open(), *other;

	(void)state;
	write_of(j, "c", RECORD_PRIMARY, 1);
	must_not_open("held by another regent");
	assert_int_equal(n_replayed, 0);
	n_done = 0;
	last_seq = 0;
	write_of(j, "c", RECORD_PRIMARY, 2); /* the first is unharmed */
	journal_close(&j);
	other = must_open();
	assert_true(replayed[0].epoch == 2);
	journal_close(&other);
}

static void
test_directory_that_can_not_be_used_is_an_error(void **state)
{
	char real[64];

	(void)state;
	strcpy(real, directory);
	snprintf(directory, sizeof(directory), "%.40s/none", real);
	must_not_open(strerror(ENOENT));
	strcpy(directory, real);

	assert_int_equal(mkdir(file, 0700), 0);
	must_not_open(strerror(EISDIR));
	assert_int_equal(rmdir(file), 0);

	strcpy(directory, file);
	append("", 0);
	must_not_open(strerror(ENOTDIR));
	strcpy(directory, real);
}

/*
 * A disk that gives an error is not an empty one: starting without what the
 * journal knows would forget the primary, and the new file would forget it
 * for ever.
 */
static void
test_journal_that_can_not_be_read_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(symlink("/proc/self/mem", file), 0);
	must_not_open(strerror(EIO));
}

static void
test_directory_that_can_not_be_written_is_an_error(void **state)
{
	const uid_t self = geteuid(), nobody = 65534;

	(void)state;
	assert_int_equal(chmod(directory, 0500), 0);
	/* Nothing is forbidden to root. */
	if (self == 0)
		assert_int_equal(seteuid(nobody), 0);
	must_not_open(strerror(EACCES));
	assert_int_equal(seteuid(self), 0);
	assert_int_equal(chmod(directory, 0700), 0);
}

/* A disk that is full, as a limit of the size of files. */
static rlim_t
disk_end_at(rlim_t size)
{
	struct rlimit limit;
	rlim_t old;

	getrlimit(RLIMIT_FSIZE, &limit);
	old = limit.rlim_cur;
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	return old;
}

static void
test_full_disk_fails_the_write_and_leaves_no_torn_line(void **state)
{
	static const struct {
		int room; /* bytes */
		int code;
	} disks[] = { { 0, -EFBIG }, { 1, -ENOSPC }, { 60, -ENOSPC } };
	struct journal *j = must_open();

	(void)state;
	write_of(j, "c", RECORD_PRIMARY, 1);
	for (size_t i = 0; i < ARRAY_LEN(disks); i++) {
		off_t size = file_size();
		rlim_t old = disk_end_at((rlim_t)(size + disks[i].room));
		int code = write_record(j, &intent);

		disk_end_at(old);
		assert_int_equal(code, disks[i].code);
		assert_true(file_size() == size);
	}
	write_of(j, "c", RECORD_PRIMARY, 9);
	assert_int_equal(write_record(j, &intent), 0);
	journal_close(&j);
	j = must_open();
	assert_int_equal(n_replayed, 2);
	assert_true(replayed[0].epoch == 9);
	assert_same(&replayed[1], &intent);
	journal_close(&j);
}

/* The old file must be there whole when the new one can't be written. */
static void
test_full_disk_at_the_start_is_an_error_and_costs_nothing(void **state)
{
	struct journal *j = must_open();
	rlim_t old;
	struct err err;

	(void)state;
	write_of(j, "c", RECORD_PRIMARY, 1);
	journal_close(&j);
	for (rlim_t room = 0; room < 40; room += 39) {
		old = disk_end_at(room);
		j = try_open(&err);
		disk_end_at(old);
		assert_null(j);
		assert_non_null(strstr(err.text, "journal.new"));
	}
	j = must_open();
	assert_int_equal(n_replayed, 1);
	journal_close(&j);
}

/*
 * The guard may be busy for a while: what the disk has done meanwhile waits
 * to be answered, and what is too much is refused, not a reason to die.
 */
static void
test_flood_of_records_does_no_harm(void **state)
{
	struct journal *j = must_open();
	off_t size = 0;

	(void)state;
	for (unsigned i = 1; i <= 2000; i++) {
		struct journal_record r = record_of("c", RECORD_PRIMARY, i);
		usec_t end = loop_clock() + 20 * USEC_MS;
		char line[512];

		journal_write(j, 5, i, &r);
		size += (off_t)journal_format(&r, line, sizeof(line));
		while (i % 100 == 0 && file_size() < size && loop_clock() < end)
			continue;
	}
	TRIAL_UNTIL(&trial, n_done >= 100);
	journal_close(&j);
	j = must_open();
	assert_int_equal(n_replayed, 1);
	assert_true(replayed[0].epoch >= 100);
	journal_close(&j);
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_new_directory_has_nothing_to_replay),
		FILE_TEST(test_written_record_is_on_disk_when_it_is_answered),
		FILE_TEST(test_records_are_replayed_oldest_first),
		FILE_TEST(test_close_writes_what_is_queued),
		FILE_TEST(test_start_keeps_the_last_primary_and_an_open_intent),
		FILE_TEST(test_intent_that_ended_is_not_kept),
		FILE_TEST(test_torn_last_line_is_dropped_and_the_rest_kept),
		FILE_TEST(test_line_without_its_newline_is_dropped),
		FILE_TEST(test_damaged_line_in_the_middle_costs_only_itself),
		FILE_TEST(
		    test_newest_records_are_kept_when_there_are_many_clusters),
		FILE_TEST(test_second_opener_is_refused),
		FILE_TEST(test_directory_that_can_not_be_used_is_an_error),
		FILE_TEST(test_journal_that_can_not_be_read_is_an_error),
		FILE_TEST(test_directory_that_can_not_be_written_is_an_error),
		FILE_TEST(
		    test_full_disk_fails_the_write_and_leaves_no_torn_line),
		FILE_TEST(
		    test_full_disk_at_the_start_is_an_error_and_costs_nothing),
		FILE_TEST(test_flood_of_records_does_no_harm),
	};

	signal(SIGXFSZ, SIG_IGN);
	log_set_level(LEVEL_ERROR); /* of torn lines there are many */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
