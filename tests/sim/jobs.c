#include "jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(sizeof(struct figures) <= 512, "one write fills no pipe");

/* What the parent keeps of a child. */
struct job {
	pid_t pid;
	int fd; /* its figures come from here */
	bool is_whole;
	struct figures figures;
};

static void
jobs_list(const struct world *w)
{
	printf("seed=%" PRIu64 " nodes=%d sync=%u failovers=%u "
	       "switchovers=%u acked=%u recover_ms=%lld steps=%u "
	       "end=\"%s\" held=\"%s\" by_hand=%d\n",
	    w->setting.seed, w->setting.n_nodes,
	    w->setting.policy.sync_replicas, w->n_failovers, w->n_switchovers,
	    w->n_acked, (long long)(w->recover_us / USEC_MS), w->n_steps,
	    ending_texts[w->ending],
	    w->held == END_NONE ? "" : ending_texts[w->held], w->is_by_hand);
}

/* The child: `seed` is shared, and tells where it is when it dies. */
static void
jobs_work(const struct jobs *jobs, unsigned index, int fd, uint64_t *seed)
{
	static struct world world;
	struct figures sum = { .n = 0 };
	struct trial trial = jobs->trial;
	ssize_t n;

	setvbuf(stdout, NULL, _IOLBF, 0); /* whole lines, among others' */
	for (uint64_t i = index; i < jobs->n; i += jobs->n_jobs) {
		trial.seed = *seed = jobs->trial.seed + i;
		world_init(&world, &trial);
		world_run(&world);
		figures_add(&sum, &world);
		if (jobs->is_list)
			jobs_list(&world);
	}
	fflush(stdout);
	n = write(fd, &sum, sizeof(sum)); /* less than a pipe takes */
	_exit(n == sizeof(sum) ? 0 : 1);
}

static void
jobs_start(
    const struct jobs *jobs, struct job *job, unsigned index, uint64_t *seed)
{
	int fds[2];

	CHECK(pipe(fds) == 0);
	fflush(stdout); /* or the child prints it once more */
	job->pid = fork();
	CHECK(job->pid >= 0);
	if (job->pid == 0)
		jobs_work(jobs, index, fds[1], seed);
	close(fds[1]);
	job->fd = fds[0];
}

static void
jobs_collect(struct job *job)
{
	int status;

	job->is_whole = read(job->fd, &job->figures, sizeof(job->figures)) ==
	    (ssize_t)sizeof(job->figures);
	close(job->fd);
	CHECK(waitpid(job->pid, &status, 0) == job->pid);
}

unsigned
jobs_run(const struct jobs *jobs, struct figures *sum)
{
	static struct job job[JOBS_MAX];
	uint64_t *seeds = mmap(NULL, sizeof(*seeds) * JOBS_MAX,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned n_dead = 0;

	CHECK(seeds != MAP_FAILED);
	CHECK(jobs->n_jobs >= 1 && jobs->n_jobs <= JOBS_MAX);
	for (unsigned i = 0; i < jobs->n_jobs; i++)
		jobs_start(jobs, &job[i], i, &seeds[i]);
	for (unsigned i = 0; i < jobs->n_jobs; i++) {
		jobs_collect(&job[i]);
		if (job[i].is_whole) {
			figures_merge(sum, &job[i].figures);
			continue;
		}
		n_dead++;
		printf("seed %" PRIu64 " kills the simulator: see "
		       "--replay %" PRIu64 "\n",
		    seeds[i], seeds[i]);
	}
	munmap(seeds, sizeof(*seeds) * JOBS_MAX);
	return n_dead;
}

unsigned
jobs_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > JOBS_MAX ? JOBS_MAX : (unsigned)n;
}
