#include "net/processor.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

int
processors_usable(void)
{
	cpu_set_t set;

	/* Refused where the machine has more than a set holds. */
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return CPU_COUNT(&set);
}

int
processor_bind(unsigned n)
{
	cpu_set_t all, one;
	unsigned left;

	if (sched_getaffinity(0, sizeof(all), &all) != 0)
		return -errno;
	left = n % (unsigned)CPU_COUNT(&all);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all) || left-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		return -pthread_setaffinity_np(
		    pthread_self(), sizeof(one), &one);
	}
	return -EINVAL;
}
