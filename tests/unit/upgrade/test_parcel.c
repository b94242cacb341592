/*
 * The words between two processes: each kind goes over and comes back, and no
 * piece of one is taken for the whole.
 */
#include "upgrade/parcel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct parcel in, out;
static uint8_t bytes[PARCEL_BYTES_MAX];

static void
expect_same(void)
{
	struct err err = { "" };
	size_t len = parcel_encode(&in, bytes);
	uint8_t *copy = malloc(len); /* its end is watched */

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	if (parcel_decode(&out, copy, len, &err) != 0)
		fail_msg("kind %d: %s", (int)in.kind, err.text);
	assert_memory_equal(&in, &out, sizeof(in));
	free(copy);
	for (size_t cut = 0; cut < len; cut += cut < 200 ? 1 : 97) {
		copy = malloc(cut + 1);
		memcpy(copy, bytes, cut);
		assert_true(parcel_decode(&out, copy, cut, &err) < 0);
		free(copy);
	}
}

static void
test_each_kind_comes_back(void **state)
{
	(void)state;
	for (int kind = 0; kind < PARCEL_KIND_COUNT; kind++) {
		memset(&in, 0, sizeof(in));
		in.kind = (enum parcel_kind)kind;
		switch (in.kind) {
		case PARCEL_HELLO:
			in.hello.pid = 4711;
			in.hello.n_sockets = 12;
			strcpy(in.hello.version, "0.1.0");
			break;
		case PARCEL_ELDER:
			in.elder.pid = UINT64_MAX;
			in.elder.acked = 1;
			in.elder.retired_at = 77;
			break;
		case PARCEL_FAILED:
			strcpy(in.text, "[cluster crm] is gone: why?");
			break;
		case PARCEL_ACK:
		case PARCEL_OPEN:
			in.number = 1234567890123;
			break;
		case PARCEL_USED:
			in.used.n = 12;
			/* fallthrough */
		case PARCEL_TROUBLE:
		case PARCEL_NODE_COUNTS:
			strcpy(in.place.cluster, "crm");
			strcpy(in.place.node, "a");
			break;
		case PARCEL_LISTEN_COUNTS:
			strcpy(in.counts.of.cluster, "crm-write");
			in.counts.n = 1;
			strcpy(in.counts.at[0].name, "bytes_in");
			in.counts.at[0].value = 5;
			break;
		default:
			break;
		}
		expect_same();
	}
}

static void
fill_views(unsigned n_clusters, unsigned n_nodes)
{
	memset(&in, 0, sizeof(in));
	in.kind = PARCEL_VIEWS;
	in.views.serial = 99;
	in.views.n_clusters = (uint8_t)n_clusters;
	for (unsigned i = 0; i < n_clusters; i++) {
		struct parcel_cluster *c = &in.views.clusters[i];

		snprintf(c->name, sizeof(c->name),
		    "cluster-with-a-long-name-no-%03u", i);
		snprintf(c->writer, sizeof(c->writer),
		    "a-node-with-a-very-long-name-00");
		c->epoch = UINT64_MAX;
		c->n_nodes = (uint8_t)n_nodes;
		for (unsigned k = 0; k < n_nodes; k++) {
			struct parcel_node *n = &c->nodes[k];

			snprintf(n->name, sizeof(n->name),
			    "a-node-with-a-very-long-name-%02u", k);
			n->is_reader = k % 2 == 0;
			n->cut = (uint8_t)(k % 3);
			n->weight = 256;
			n->addr_len = PARCEL_ADDR_LEN;
			memset(n->addr, (int)k, sizeof(n->addr));
		}
	}
}

static void
test_views_come_back_also_the_greatest(void **state)
{
	(void)state;
	fill_views(0, 0);
	expect_same();
	fill_views(1, 3);
	expect_same();
	in.views.clusters[0].writer[0] = '\0';
	memset(in.views.clusters[0].writer, 0, sizeof(parcel_name));
	in.views.clusters[0].nodes[1].addr_len = 0;
	memset(in.views.clusters[0].nodes[1].addr, 0, PARCEL_ADDR_LEN);
	expect_same();
	fill_views(PARCEL_CLUSTERS_MAX, PARCEL_NODES_MAX);
	expect_same();
}

static void
expect_refused(size_t len, const char *why)
{
	struct err err = { "" };

	assert_true(parcel_decode(&out, bytes, len, &err) < 0);
	assert_non_null(strstr(err.text, why));
}

static void
test_damage_is_refused(void **state)
{
	size_t len;

	(void)state;
	fill_views(1, 1);
	len = parcel_encode(&in, bytes);
	bytes[0] ^= 1;
	expect_refused(len, "not regent's words");
	bytes[0] ^= 1;
	bytes[4]++;
	expect_refused(len, "speaks version 2");
	bytes[4]--;
	bytes[5] = PARCEL_KIND_COUNT;
	expect_refused(len, "damaged head");
	bytes[5] = PARCEL_VIEWS;
	bytes[20] = PARCEL_CLUSTERS_MAX + 1;
	expect_refused(len, "damaged body");
	bytes[20] = 1;
	bytes[23] = ' '; /* in a name */
	expect_refused(len, "damaged body");
	expect_refused(0, "not regent's words");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_comes_back),
		cmocka_unit_test(test_views_come_back_also_the_greatest),
		cmocka_unit_test(test_damage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
