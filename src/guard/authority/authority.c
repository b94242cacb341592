#include "guard/authority/authority.h"

#include "guard/ward.h"

#include <stdio.h>
#include <string.h>

/* Sentinels ask for the new role every second, and need two times at most. */
#define AUTHORITY_DOUBT (3 * USEC_SEC)

static void
authority_step(struct authority *a, int slot, usec_t now)
{
	const struct event ev = { .kind = EV_APPOINT, .node = slot };

	ward_step(a->ward, &ev, now);
}

static void
authority_on_doubt_over(struct timer *timer, usec_t now)
{
	struct authority *a = container_of(timer, struct authority, doubt);

	ward_tell(a->ward, LEVEL_WARN, a->slot,
	    "appointed by=sentinels address=%s action=\"used again: they did "
	    "not appoint another\"",
	    a->primary);
	authority_step(a, a->slot, now);
}

void
authority_init(struct authority *a, struct ward *ward)
{
	a->ward = ward;
	a->slot = NODE_NONE;
	timer_init(&a->doubt, ward->loop, authority_on_doubt_over);
}

void
authority_doubt(struct authority *a, int slot, usec_t now)
{
	if (a->slot < 0 || slot == a->slot || timer_is_set(&a->doubt))
		return;
	ward_tell(a->ward, LEVEL_WARN, slot,
	    "role=primary action=\"writers wait for the sentinels, which "
	    "appoint %s still\"",
	    a->primary);
	timer_set(&a->doubt, now + AUTHORITY_DOUBT);
	authority_step(a, NODE_FOREIGN, now);
}

/* A name or an address that is no node's appoints none of ours. */
static int
authority_slot(const struct authority *a)
{
	struct endpoint ep;
	struct err ignored;
	int slot;

	if (a->primary[0] == '\0')
		return NODE_NONE;
	if (endpoint_parse_named(&ep, a->primary, &ignored) != 0)
		return NODE_FOREIGN;
	slot = locate_slot_of(a->ward, &ep);
	return slot == NODE_PENDING ? NODE_NONE : slot;
}

static void
authority_tell(const struct authority *a, int slot)
{
	if (slot >= 0)
		ward_tell(a->ward, LEVEL_NOTICE, slot,
		    "appointed by=sentinels address=%s", a->primary);
	else
		ward_tell(a->ward, LEVEL_WARN, NODE_NONE,
		    "appointed=%s by=sentinels action=\"nobody is routed: no "
		    "node of this cluster has that address\"",
		    a->primary);
}

static void
authority_appoint(struct authority *a, usec_t now)
{
	int slot = authority_slot(a);

	if (slot == NODE_NONE)
		return;
	timer_stop(&a->doubt);
	authority_tell(a, slot);
	a->slot = slot;
	authority_step(a, slot, now);
}

static void
authority_on_appointed(void *arg, const char *primary, usec_t now)
{
	struct authority *a = arg;

	snprintf(a->primary, sizeof(a->primary), "%s", primary);
	authority_appoint(a, now);
}

static void
authority_on_changed(void *arg, const struct endpoint *sentinel, bool is_heard,
    const char *detail)
{
	struct authority *a = arg;
	char address[ENDPOINT_TEXT_LEN];

	endpoint_format(sentinel, address);
	if (is_heard)
		ward_tell(a->ward, LEVEL_NOTICE, NODE_NONE,
		    "sentinel=%s state=heard appoints=%s", address, detail);
	else
		ward_tell(a->ward, LEVEL_WARN, NODE_NONE,
		    "sentinel=%s state=lost detail=\"%s\"%s", address, detail,
		    a->primary[0] != '\0' &&
			    appoint_n_heard(sentinels_appoint(a->sentinels)) <=
				1
			? " action=\"the last appointment stands\""
			: "");
}

static const struct sentinels_ops authority_ops = {
	.on_appointed = authority_on_appointed,
	.on_changed = authority_on_changed,
};

static void
authority_open(struct authority *a, const struct conf_cluster *conf)
{
	const struct sentinels_plan plan = {
		.loop = a->ward->loop,
		.addresses = &conf->sentinels,
		.name = conf->sentinel_name[0] != '\0' ? conf->sentinel_name
						       : conf->name,
		.user = conf->sentinel_user,
		.password = conf->sentinel_password,
		.interval_us = conf->check_interval_us,
		.timeout_us = conf->check_timeout_us,
		.ops = &authority_ops,
		.arg = a,
	};

	a->sentinels = sentinels_open(&plan);
}

/*
 * Asked anew after a reload, which may have changed anything about them; what
 * was appointed stands until they answer.
 */
void
authority_configure(
    struct authority *a, const struct conf_cluster *conf, usec_t now)
{
	sentinels_close(&a->sentinels);
	if (conf->sentinels.n == 0) {
		timer_stop(&a->doubt);
		a->primary[0] = '\0';
		a->slot = NODE_NONE;
		return;
	}
	authority_open(a, conf);
	authority_look_again(a, now);
}

void
authority_look_again(struct authority *a, usec_t now)
{
	if (a->sentinels != NULL && authority_slot(a) != a->slot)
		authority_appoint(a, now);
}

void
authority_close(struct authority *a)
{
	timer_stop(&a->doubt);
	sentinels_close(&a->sentinels);
}
