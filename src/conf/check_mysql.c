#include "conf/check_mysql.h"

#include "conf/option.h"

/* The limit in bytes and the one in transactions: one of them is meant. */
struct check_pair {
	const char *bytes;
	const char *transactions;
};

static const struct check_pair check_pairs[] = {
	{ "max_loss", "max_loss_transactions" },
	{ "max_lag", "max_lag_transactions" },
};

static bool
check_is_default(const struct conf_cluster *c, const char *name)
{
	const struct option *option =
	    option_find(option_scope(SCOPE_CLUSTER), name);
	const int64_t *value = option_value(option, c);
	struct err err;
	int64_t other;

	CHECK(value_parse(
		  &option->rule, option->rule.default_text, &other, &err) == 0);
	return *value == other;
}

/* A limit that nobody looks at would be trusted all the same. */
static void
check_limit(const struct conf_cluster *c, const char *set, const char *meant,
    struct report *report)
{
	struct place place = place_of_cluster(c, set);

	if (check_is_default(c, set))
		return;
	report_add(report, &place,
	    "found it with protocol = %s: expected %s, because %s",
	    conf_protocol_names[c->protocol], meant,
	    c->protocol == PROTOCOL_MYSQL
		? "MariaDB and MySQL count transactions"
		: "only MariaDB and MySQL count transactions");
}

static void
check_replication_credentials(
    const struct conf_cluster *c, struct report *report)
{
	bool has_password = c->replication_password[0] != '\0';
	bool has_file = c->replication_password_file[0] != '\0';
	struct place place = place_of_cluster(c, "replication_password");

	if (has_password && has_file)
		report_add(report, &place,
		    "found replication_password and "
		    "replication_password_file: expected one of them");
	place.option = "replication_user";
	if (c->replication_user[0] != '\0' && !has_password && !has_file)
		report_add(report, &place,
		    "found a user without a password: expected "
		    "replication_password_file or replication_password");
	if (c->protocol == PROTOCOL_MYSQL && c->replication_user[0] == '\0' &&
	    c->failover != FAILOVER_FOLLOW)
		report_add(report, &place,
		    "found none with failover = %s: expected the user by "
		    "which nodes replicate, or a former primary can't follow",
		    conf_failover_names[c->failover]);
}

void
check_mysql(const struct conf_cluster *c, struct report *report)
{
	for (size_t i = 0; i < ARRAY_LEN(check_pairs); i++) {
		const struct check_pair *pair = &check_pairs[i];

		if (c->protocol == PROTOCOL_MYSQL)
			check_limit(c, pair->bytes, pair->transactions, report);
		else
			check_limit(c, pair->transactions, pair->bytes, report);
	}
	check_replication_credentials(c, report);
}
