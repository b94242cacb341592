#include "writers.h"

#include "base/mem.h"

#include <stdlib.h>

struct writers {
	struct resource resource;
	struct load *load;
};

static void
writers_close(struct resource *res)
{
	struct writers *w = container_of(res, struct writers, resource);

	load_free(&w->load);
	free(w);
}

static void
writers_dump(struct resource *res)
{
	struct writers *w = container_of(res, struct writers, resource);
	struct load_result r;

	load_read(w->load, &r);
	print_error("load: acked=%llu errors=%llu", (unsigned long long)r.acked,
	    (unsigned long long)r.errors);
	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		print_error(" %s=%llu", load_error_names[i],
		    (unsigned long long)r.kinds[i]);
	print_error(" %s\n", r.reply);
}

struct load *
writers_start(struct site *site, const struct load_options *options)
{
	struct writers *w = mem_new(sizeof(*w));

	w->load = load_start(options);
	w->resource.dump = writers_dump;
	w->resource.close = writers_close;
	site_add(site, &w->resource);
	writers_wait_acked(w->load, 100);
	return w->load;
}

void
writers_wait_acked(struct load *load, uint64_t n)
{
	struct load_result r;
	uint64_t want;

	load_read(load, &r);
	want = r.acked + n;
	ASSERT_WITHIN(WRITERS_MS, (load_read(load, &r), r.acked >= want));
}
