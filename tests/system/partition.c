#include "partition.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PARTITION_WRITERS 4
#define PARTITION_RATE 200

/* A write of a client of regent, executed by a node. */
struct partition_write {
	usec_t wall_us;
	unsigned node;
};

struct partition_writes {
	const char *source; /* only writes from this address */
	unsigned node;      /* whose writes are being read */
	struct partition_write *at;
	unsigned n;
	unsigned cap;
};

static unsigned
partition_epoch(struct partition *p)
{
	return (unsigned)atoi(
	    daemon_cluster_field(p->crm.daemon, "crm", "epoch"));
}

void
partition_open(struct partition *p, struct site *site)
{
	struct crm_options options = {
		.cluster_lines = "check_interval = 100ms\n"
				 "check_timeout = 200ms\n"
				 "fall = 2\n"
				 "sync_replicas = 1",
	};

	memset(p, 0, sizeof(*p));
	p->lan = lan_open(site);
	options.lan = p->lan;
	crm_open(&p->crm, site, &options);
	for (unsigned i = 0; i < CRM_NODES; i++)
		p->monitor[i] = monitor_start(site, p->crm.node[i]);
	p->epoch = partition_epoch(p);
	p->load = crm_load_synced(&p->crm, PARTITION_WRITERS, PARTITION_RATE);
}

void
partition_heal(struct partition *p)
{
	lan_heal(p->lan, LAN_ALL, LAN_ALL);
}

bool
partition_says(struct partition *p, const char *part)
{
	return strstr(daemon_ask(p->crm.daemon, "show cluster crm"), part) !=
	    NULL;
}

bool
partition_is_kept(struct partition *p)
{
	struct redis_node *now = crm_primary(&p->crm);

	return (now == NULL || now == p->crm.node[0]) &&
	    redis_node_role(p->crm.node[1]) == REDIS_REPLICA &&
	    redis_node_role(p->crm.node[2]) == REDIS_REPLICA;
}

void
partition_wait_writes(struct partition *p, const char *since, int bound_ms)
{
	usec_t start = clock_now();
	struct load_result r;
	uint64_t before;

	load_read(p->load, &r);
	before = r.acked;
	ASSERT_WITHIN(bound_ms, (load_read(p->load, &r), r.acked > before));
	print_message("%s: writes again after %.0f ms (bound %d)\n", since,
	    (double)(clock_now() - start) / USEC_MS, bound_ms);
}

struct redis_node *
partition_wait_successor(struct partition *p, const char *since)
{
	struct redis_node *now;
	usec_t outage_us;

	ASSERT_WITHIN(PARTITION_BOUND_MS, load_is_recovered(p->load, NULL));
	(void)load_is_recovered(p->load, &outage_us); /* it is */
	print_message("%s: recovered after %.0f ms (bound %d)\n", since,
	    (double)outage_us / USEC_MS, PARTITION_BOUND_MS);
	now = crm_primary(&p->crm);
	assert_non_null(now);
	assert_ptr_not_equal(now, p->crm.node[0]);
	return now;
}

static void
partition_note_write(const struct monitor_set *set, void *arg)
{
	struct partition_writes *w = arg;

	if (strcmp(set->source, w->source) != 0)
		return;
	if (w->n == w->cap) {
		w->cap = w->cap > 0 ? 2 * w->cap : 1024;
		w->at = mem_resize(w->at, w->cap * sizeof(w->at[0]));
	}
	w->at[w->n++] = (struct partition_write){ set->wall_us, w->node };
}

static int
partition_compare(const void *a, const void *b)
{
	const struct partition_write *x = a, *y = b;

	return (x->wall_us > y->wall_us) - (x->wall_us < y->wall_us);
}

/*
 * How often the node that is written through regent has changed.  Two nodes
 * written at a time would be a change at nearly every write.
 */
static unsigned
partition_count_moves(struct partition *p, unsigned *n_writes)
{
	struct partition_writes w = {
		.source = host_address(&p->lan->host[LAN_REGENT]),
	};
	unsigned moves = 0;

	for (w.node = 0; w.node < CRM_NODES; w.node++)
		monitor_each_set(p->monitor[w.node], partition_note_write, &w);
	assert_true(w.n > 0);
	qsort(w.at, w.n, sizeof(w.at[0]), partition_compare);
	for (unsigned i = 1; i < w.n; i++)
		moves += w.at[i].node != w.at[i - 1].node;
	free(w.at);
	*n_writes = w.n;
	return moves;
}

static uint64_t
partition_count_lost(struct partition *p)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < CRM_NODES; i++)
		lost += crm_count_lost(p->load, p->crm.node[i]);
	return lost;
}

void
partition_check(struct partition *p, unsigned moves_min, unsigned moves_max)
{
	struct redis_node *now;
	struct load_result r;
	unsigned moves, n_writes, epoch;
	uint64_t lost;

	crm_wait_acked(p->load, 100);
	now = crm_primary(&p->crm);
	assert_non_null(now);
	load_stop(p->load);
	load_read(p->load, &r);
	crm_wait_settled(&p->crm, now);
	crm_check_one_primary(&p->crm, now);
	lost = partition_count_lost(p);
	moves = partition_count_moves(p, &n_writes);
	epoch = partition_epoch(p);
	print_message("acked=%llu lost=%llu unsynced=%llu errors=%llu "
		      "gap_ms=%.0f writes=%u moves=%u epochs=%u..%u\n",
	    (unsigned long long)r.acked, (unsigned long long)lost,
	    (unsigned long long)r.kinds[LOAD_UNSYNCED],
	    (unsigned long long)r.errors, (double)r.longest_gap_us / USEC_MS,
	    n_writes, moves, p->epoch, epoch);
	assert_int_equal(lost, 0);
	assert_in_range(moves, moves_min, moves_max);
	/* A node that is written anew is written in an epoch of its own. */
	assert_true(epoch - p->epoch >= moves);
	assert_int_equal(r.kinds[LOAD_READONLY], 0);
}
