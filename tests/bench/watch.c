#include "watch.h"
#include "load.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
watch_parse(struct watch *w, const char *list)
{
	const char *at = list;
	char *end;

	do {
		long pid = strtol(at, &end, 10);

		if (end == at || pid <= 0 || w->n_pids == WATCH_MAX)
			load_die("--watch %s: not up to %d process ids", list,
			    WATCH_MAX);
		w->pid[w->n_pids++] = (pid_t)pid;
		at = end + 1;
	} while (*end == ',');
	if (*end != '\0')
		load_die("--watch %s: process ids between commas", list);
}

static FILE *
watch_open(const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		load_die_errno("%s", path);
	return file;
}

static DIR *
watch_open_dir(pid_t pid, const char *name)
{
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	dir = opendir(path);
	if (dir == NULL)
		load_die_errno("%s", path);
	return dir;
}

/* A thread that has just ended has used nothing. */
static uint64_t
watch_thread_ns(pid_t pid, const char *tid)
{
	uint64_t ns = 0;
	char path[320];
	FILE *file;

	snprintf(
	    path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, tid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%" SCNu64, &ns) != 1)
		load_die("%s: the kernel counts no time of threads", path);
	fclose(file);
	return ns;
}

static uint64_t
watch_process_ns(pid_t pid)
{
	DIR *dir = watch_open_dir(pid, "task");
	const struct dirent *entry;
	uint64_t ns = 0;

	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			ns += watch_thread_ns(pid, entry->d_name);
	closedir(dir);
	return ns;
}

/* user nice system, irq softirq: all but idle, iowait and steal. */
static uint64_t
watch_machine_ns(void)
{
	FILE *file = watch_open("/proc/stat");
	uint64_t t[7];

	if (fscanf(file,
		"cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		" %" SCNu64 " %" SCNu64,
		&t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6]) != 7)
		load_die("/proc/stat: has no line cpu");
	fclose(file);
	return (t[0] + t[1] + t[2] + t[5] + t[6]) *
	    (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

void
watch_take(const struct watch *w, struct watch_sample *sample)
{
	sample->cpu_ns = 0;
	for (unsigned i = 0; i < w->n_pids; i++)
		sample->cpu_ns += watch_process_ns(w->pid[i]);
	sample->machine_ns = watch_machine_ns();
}

static void
watch_add_memory(pid_t pid, struct watch_memory *m)
{
	char path[64], line[128];
	uint64_t kib;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = watch_open(path);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Private_Dirty: %" SCNu64, &kib) == 1)
			m->private_bytes += kib * 1024;
		if (sscanf(line, "Rss: %" SCNu64, &kib) == 1)
			m->rss_bytes += kib * 1024;
	}
	fclose(file);
}

void
watch_take_memory(const struct watch *w, struct watch_memory *m)
{
	memset(m, 0, sizeof(*m));
	for (unsigned i = 0; i < w->n_pids; i++)
		watch_add_memory(w->pid[i], m);
}

unsigned
watch_fd_count(const struct watch *w)
{
	unsigned count = 0;

	for (unsigned i = 0; i < w->n_pids; i++) {
		DIR *dir = watch_open_dir(w->pid[i], "fd");
		const struct dirent *entry;

		while ((entry = readdir(dir)) != NULL)
			count += entry->d_name[0] != '.';
		closedir(dir);
	}
	return count;
}
