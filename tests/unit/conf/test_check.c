/* Sections that are right each for itself, and do not fit together. */
#include "help.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct help_case test_structure[] = {
	{ .ini = "",
	    .errors =
		"t: found no cluster: expected a section [cluster NAME]\n"
		"t: found no listener: expected a section [listen NAME]\n" },
	{ .ini = "[cluster crm]\n[node crm/a]\naddress = 10.0.0.1:1\n",
	    .errors = "t: found no listener: expected a section "
		      "[listen NAME]\n" },
	{ .ini = "[listen w]\nbind = *:1\ncluster = crm\n",
	    .errors =
		"t: found no cluster: expected a section [cluster NAME]\n"
		"t:1: [listen w] cluster: found \"crm\": expected the name of "
		"a [cluster NAME]\n" },
	{ .ini = HELP_GOOD "[cluster x]\n",
	    .errors = "t:11: [cluster x]: found no node: expected a section "
		      "[node x/NAME]\n" },
	{ .ini = HELP_GOOD "[node x/a]\naddress = 10.0.0.1:1\n",
	    .errors = "t:11: [node x/a]: found a node of no cluster: expected "
		      "a section [cluster x]\n" },
	{ .ini = HELP_GOOD "[listen r]\nbind = *:1\ncluster = crn\n",
	    .errors = "t:11: [listen r] cluster: found \"crn\": expected the "
		      "name of a [cluster NAME]\n" },
};

static void
test_missing_parts_are_reported(void **state)
{
	(void)state;
	help_expect_all(test_structure, ARRAY_LEN(test_structure));
}

static const struct help_case test_addresses[] = {
	{ .ini = HELP_GOOD "[node crm/b]\naddress = 10.0.0.11:6379\n",
	    .errors = "t:11: [node crm/b] address: found 10.0.0.11:6379, which "
		      "[node crm/a] has: expected another one\n" },
	{ .ini = HELP_GOOD "[node crm/b]\naddress = [::ffff:10.0.0.11]:6379\n",
	    .errors = "t:11: [node crm/b] address: found "
		      "[::ffff:10.0.0.11]:6379, which [node crm/a] has: "
		      "expected another one\n" },
	{ .ini = HELP_GOOD "[cluster x]\n"
			   "[node x/b]\naddress = 10.0.0.11:6379\n",
	    .errors = "t:12: [node x/b] address: found 10.0.0.11:6379, which "
		      "[node crm/a] has: expected another one\n" },
	{ .ini = HELP_GOOD "[node crm/b]\naddress = 10.0.0.11:6380\n",
	    .errors = NULL },
	{ .ini = HELP_GOOD "[node crm/b]\naddress = *:1\n"
			   "replication_address = [::]:1\n",
	    .errors =
		"t:11: [node crm/b] address: found 0.0.0.0:1: expected the "
		"address of one node\n"
		"t:11: [node crm/b] replication_address: found [::]:1: "
		"expected the address of one node\n" },
	{ .ini = HELP_GOOD "[node crm/b]\naddress = 10.0.0.12:1\n"
			   "replication_address = 10.1.0.1:1\n"
			   "[node crm/c]\naddress = 10.0.0.13:1\n"
			   "replication_address = 10.1.0.1:1\n",
	    .errors =
		"t:14: [node crm/c] replication_address: found 10.1.0.1:1, "
		"which [node crm/b] has: expected another one\n" },
};

#ifdef HAVE_CARES
static const struct help_case test_names[] = {
	{ .ini = HELP_GOOD "[node crm/b]\naddress = Redis-1.test:1\n"
			   "replication_address = redis-1.lan:1\n",
	    .errors = NULL },
	{ .ini = HELP_GOOD "[node crm/b]\naddress = db1.test:1\n"
			   "[node crm/c]\naddress = DB1.test.:1\n",
	    .errors = "t:13: [node crm/c] address: found db1.test.:1, which "
		      "[node crm/b] has: expected another one\n" },
	{ .ini = HELP_GOOD "[listen r]\nbind = localhost:1\ncluster = crm\n",
	    .errors = "t:12: [listen r] bind: found \"localhost:1\": expected "
		      "a numeric IP:PORT, such as 10.0.0.1:6379 or "
		      "[::1]:6379\n" },
};
#else
static const struct help_case test_names[] = {
	{ .ini = HELP_GOOD "[node crm/b]\naddress = db1.test:1\n",
	    .errors = "t:11: [node crm/b] address: found db1.test:1: expected "
		      "a numeric address, because this regent was built "
		      "without c-ares\n" },
};
#endif

static void
test_nodes_may_have_names(void **state)
{
	(void)state;
	help_expect_all(test_names, ARRAY_LEN(test_names));
}

static void
test_addresses_belong_to_one_node(void **state)
{
	(void)state;
	help_expect_all(test_addresses, ARRAY_LEN(test_addresses));
}

#define LISTEN(address) "[listen r]\nbind = " address "\ncluster = crm\n"
#define BIND_ERROR(address, other, theirs) \
	"t:11: [listen r] bind: found " address ", but [listen " other \
	"] has " theirs ": expected another address or port\n"

static const struct help_case test_binds[] = {
	{ .ini = HELP_GOOD LISTEN("*:6379"),
	    .errors = BIND_ERROR("0.0.0.0:6379", "w", "0.0.0.0:6379") },
	{ .ini = HELP_GOOD LISTEN("10.0.0.1:6379"),
	    .errors = BIND_ERROR("10.0.0.1:6379", "w", "0.0.0.0:6379") },
	{ .ini = HELP_GOOD LISTEN("[::]:6379"),
	    .errors = BIND_ERROR("[::]:6379", "w", "0.0.0.0:6379") },
	{ .ini = HELP_GOOD LISTEN("[::ffff:10.0.0.1]:6379"),
	    .errors =
		BIND_ERROR("[::ffff:10.0.0.1]:6379", "w", "0.0.0.0:6379") },
	{ .ini = HELP_GOOD LISTEN("[::1]:6379"), .errors = NULL },
	{ .ini = HELP_GOOD LISTEN("*:6380"), .errors = NULL },
	{ .ini = HELP_GOOD LISTEN("[::]:1") "[listen s]\nbind = [::1]:1\n"
					    "cluster = crm\n",
	    .errors = "t:14: [listen s] bind: found [::1]:1, but [listen r] "
		      "has [::]:1: expected another address or port\n" },
	{ .ini = HELP_GOOD LISTEN("10.0.0.1:1") "[listen s]\nbind = *:1\n"
						"cluster = crm\n",
	    .errors = "t:14: [listen s] bind: found 0.0.0.0:1, but [listen r] "
		      "has 10.0.0.1:1: expected another address or port\n" },
	{ .ini = HELP_GOOD LISTEN("10.0.0.1:1") "[listen s]\n"
						"bind = 10.0.0.2:1\n"
						"cluster = crm\n",
	    .errors = NULL },
};

static void
test_listeners_do_not_overlap(void **state)
{
	(void)state;
	help_expect_all(test_binds, ARRAY_LEN(test_binds));
}

static const struct help_case test_loops[] = {
	{ .ini = HELP_GOOD "[node crm/b]\naddress = 10.0.0.1:1\n"
			   "[listen r]\nbind = 10.0.0.1:1\ncluster = crm\n",
	    .errors = "t:13: [listen r] bind: found 10.0.0.1:1, which "
		      "[node crm/b] needs: expected another address or "
		      "port\n" },
	{ .ini = HELP_GOOD "[node crm/b]\naddress = 127.0.0.1:6379\n",
	    .errors = "t:7: [listen w] bind: found 0.0.0.0:6379, which "
		      "[node crm/b] needs: expected another address or "
		      "port\n" },
	{ .ini = HELP_GOOD "[node crm/b]\naddress = [::1]:1\n"
			   "[listen r]\nbind = [::]:1\ncluster = crm\n",
	    .errors = "t:13: [listen r] bind: found [::]:1, which "
		      "[node crm/b] needs: expected another address or "
		      "port\n" },
	/* Port 6379 of all addresses here, and of a node elsewhere. */
	{ .ini = HELP_GOOD, .errors = NULL },
};

static void
test_regent_is_not_its_own_client(void **state)
{
	(void)state;
	help_expect_all(test_loops, ARRAY_LEN(test_loops));
}

#define X_NODE "[node x/a]\naddress = 10.0.0.2:1\n"
#define X_SENTINELS "[cluster x]\nprotocol = redis\nfailover = follow\n"
#define SENTINEL_MODE_ERROR(protocol, failover) \
	"t:11: [cluster x] sentinels: found sentinels with protocol " \
	"= " protocol " and failover = " failover \
	": expected protocol = redis and failover = follow\n"

static const struct help_case test_sentinels[] = {
	{ .ini = HELP_GOOD X_SENTINELS "sentinels = 10.0.0.1:1 10.0.0.1:2\n"
				       "sentinel_name = mymaster\n"
				       "sentinel_password = s\n" X_NODE,
	    .errors = NULL },
	{ .ini = HELP_GOOD "[cluster x]\nprotocol = redis\n"
			   "sentinels = 10.0.0.1:1\n" X_NODE,
	    .errors = SENTINEL_MODE_ERROR("redis", "auto") },
	{ .ini = HELP_GOOD "[cluster x]\nfailover = follow\n"
			   "sentinels = 10.0.0.1:1\n" X_NODE,
	    .errors = SENTINEL_MODE_ERROR("tcp", "follow") },
	{ .ini = HELP_GOOD X_SENTINELS
	    "sentinels = 10.0.0.1:1 *:1 [::ffff:10.0.0.1]:1\n" X_NODE,
	    .errors =
		"t:11: [cluster x] sentinels: found 0.0.0.0:1: expected the "
		"address of one sentinel\n"
		"t:11: [cluster x] sentinels: found [::ffff:10.0.0.1]:1 "
		"twice: expected each sentinel once\n" },
	{ .ini = HELP_GOOD X_SENTINELS "sentinels = 10.0.0.1:1\n"
				       "sentinel_user = u\n" X_NODE,
	    .errors = "t:11: [cluster x] sentinel_user: found a user without "
		      "a password: expected sentinel_password_file or "
		      "sentinel_password\n" },
	{ .ini = HELP_GOOD X_SENTINELS "sentinels = 10.0.0.1:1\n"
				       "sentinel_password = s\n"
				       "sentinel_password_file = /s\n" X_NODE,
	    .errors = "t:11: [cluster x] sentinel_password: found "
		      "sentinel_password and sentinel_password_file: expected "
		      "one of them\n" },
	{ .ini = HELP_GOOD X_SENTINELS "sentinel_name = mymaster\n" X_NODE,
	    .errors = "t:11: [cluster x] sentinel_name: found it without "
		      "sentinels: expected sentinels\n" },
};

static void
test_sentinels_appoint_what_regent_follows(void **state)
{
	(void)state;
	help_expect_all(test_sentinels, ARRAY_LEN(test_sentinels));
}

#ifdef HAVE_PATRONI
#define WITHOUT_PATRONI ""
#else
#define WITHOUT_PATRONI \
	"t:11: [cluster x] check: found patroni: expected protocol, because " \
	"this regent was built without libcurl or jansson\n"
#endif

static const struct help_case test_patroni[] = {
	{ .ini = HELP_GOOD "[cluster x]\ncheck = patroni\n" X_NODE,
	    .errors =
		"t:11: [cluster x] check: found patroni with failover = auto: "
		"expected failover = follow, because Patroni "
		"promotes\n" WITHOUT_PATRONI },
	{ .ini = HELP_GOOD "[cluster x]\ncheck = patroni\nprotocol = redis\n"
			   "failover = follow\n" X_NODE,
	    .errors = "t:11: [cluster x] check: found patroni with protocol = "
		      "redis: expected protocol = postgres, or "
		      "tcp\n" WITHOUT_PATRONI },
	{ .ini = HELP_GOOD "[cluster x]\ncheck = patroni\n"
			   "protocol = postgres\n"
			   "failover = follow\ncheck_port = 9000\n" X_NODE
			   "check_port = 9001\n",
#ifdef HAVE_PATRONI
	    .errors = NULL },
#else
	    .errors = WITHOUT_PATRONI },
#endif
};

static void
test_patroni_is_only_followed(void **state)
{
	(void)state;
	help_expect_all(test_patroni, ARRAY_LEN(test_patroni));
}

#ifdef HAVE_MYSQL
#define WITHOUT_MYSQL ""
#else
#define WITHOUT_MYSQL \
	"t:11: [cluster x] protocol: found mysql: expected another, because " \
	"this regent was built without libmariadb\n"
#endif

#define MYSQL "[cluster x]\nprotocol = mysql\n"
#define REPLICATION "replication_user = r\nreplication_password = p\n"

static const struct help_case test_mysql[] = {
	{ .ini = HELP_GOOD MYSQL REPLICATION "max_loss = 1MB\n"
					     "max_lag = 0\n" X_NODE,
	    .errors = WITHOUT_MYSQL
	    "t:11: [cluster x] max_loss: found it with protocol = mysql: "
	    "expected max_loss_transactions, because MariaDB and MySQL "
	    "count transactions\n"
	    "t:11: [cluster x] max_lag: found it with protocol = mysql: "
	    "expected max_lag_transactions, because MariaDB and MySQL "
	    "count transactions\n" },
	{ .ini = HELP_GOOD "[cluster x]\nmax_loss_transactions = 1\n" X_NODE,
	    .errors = "t:11: [cluster x] max_loss_transactions: found it with "
		      "protocol = tcp: expected max_loss, because only "
		      "MariaDB and MySQL count transactions\n" },
	{ .ini = HELP_GOOD MYSQL X_NODE,
	    .errors = WITHOUT_MYSQL
	    "t:11: [cluster x] replication_user: found none with failover "
	    "= auto: expected the user by which nodes replicate, or a "
	    "former primary can't follow\n" },
	{ .ini = HELP_GOOD "[cluster x]\nreplication_user = r\n" X_NODE,
	    .errors = "t:11: [cluster x] replication_user: found a user "
		      "without a password: expected "
		      "replication_password_file or replication_password\n" },
#ifdef HAVE_MYSQL
	{ .ini = HELP_GOOD MYSQL REPLICATION "max_loss_transactions = 0\n"
					     "max_lag_transactions = "
					     "5\n" X_NODE,
	    .errors = NULL },
	{ .ini = HELP_GOOD MYSQL "failover = follow\n" X_NODE, .errors = NULL },
#endif
};

static void
test_mysql_counts_transactions(void **state)
{
	(void)state;
	help_expect_all(test_mysql, ARRAY_LEN(test_mysql));
}

static const struct help_case test_hooks[] = {
	{ .ini = HELP_GOOD "[cluster x]\nprotocol = redis\n"
			   "promote_command = /p\nfence_command = /f\n"
			   "rejoin_command = /r\nnotify_command = /n\n" X_NODE,
	    .errors = NULL },
	{ .ini = HELP_GOOD "[cluster x]\nnotify_command = /n\n"
			   "failover = follow\n" X_NODE,
	    .errors = NULL },
	{ .ini = HELP_GOOD "[cluster x]\npromote_command = /p\n" X_NODE,
	    .errors = "t:11: [cluster x] promote_command: found a command "
		      "with protocol = tcp: expected a protocol whose nodes "
		      "are primaries and replicas\n" },
	{ .ini = HELP_GOOD "[cluster x]\nprotocol = redis\n"
			   "fence_command = /f\nrejoin_command = /r\n"
			   "failover = follow\n" X_NODE,
	    .errors = "t:11: [cluster x] fence_command: found a command with "
		      "failover = follow: expected none, because something "
		      "else promotes, and regent changes nothing on the nodes\n"
		      "t:11: [cluster x] rejoin_command: found a command with "
		      "failover = follow: expected none, because something "
		      "else promotes, and regent changes nothing on the "
		      "nodes\n" },
};

static void
test_hooks_need_somebody_to_promote(void **state)
{
	(void)state;
	help_expect_all(test_hooks, ARRAY_LEN(test_hooks));
}

#define X_CHECK(lines) HELP_GOOD "[cluster x]\n" lines X_NODE
#ifdef HAVE_CURL
#define WITHOUT_CURL ""
#else
#define WITHOUT_CURL \
	"t:11: [cluster x] check: found http: expected another, because this " \
	"regent was built without libcurl\n"
#endif

static const struct help_case test_checks[] = {
	{ .ini = X_CHECK("check = exec\ncheck_command = /c\n"),
	    .errors = NULL },
	{ .ini = X_CHECK("check = agent\ncheck_port = 9\n"), .errors = NULL },
#ifdef HAVE_CURL
	{ .ini = X_CHECK("check = http\ncheck_path = /h?x=1\n"),
	    .errors = NULL },
	{ .ini = X_CHECK("check = http\nfailover = follow\n"
			 "check_path = /p\ncheck_replica_path = /r\n"),
	    .errors = NULL },
#endif
	{ .ini = X_CHECK("check = http\nprotocol = redis\n"),
	    .errors = "t:11: [cluster x] check: found http with protocol = "
		      "redis and failover = auto: expected check = protocol, "
		      "because to promote such a node takes what it says "
		      "itself, or failover = follow\n" WITHOUT_CURL },
	{ .ini = X_CHECK("check = exec\ncheck_command = /c\n"
			 "failover = follow\nprotocol = redis\n"),
	    .errors = NULL },
	{ .ini = X_CHECK("check = agent\nfailover = follow\n"),
	    .errors = "t:11: [cluster x] check: found agent with failover = "
		      "follow: expected another, because an agent does not say "
		      "who is primary\n" },
	{ .ini = X_CHECK("check = exec\n"),
	    .errors = "t:11: [cluster x] check_command: found none with check "
		      "= exec: expected a command\n" },
	{ .ini = X_CHECK("check_command = /c\n"),
	    .errors = "t:11: [cluster x] check_command: found a command with "
		      "check = protocol: expected check = exec\n" },
	{ .ini = X_CHECK("check = agent\ncheck_path = a b\n"),
	    .errors = "t:11: [cluster x] check_path: found \"a b\": expected "
		      "a path without blanks that begins with /\n"
		      "t:11: [cluster x] check_path: found it with check = "
		      "agent: expected check = http\n" },
	{ .ini = X_CHECK("check = http\ncheck_replica_path = /r\n"),
	    .errors = WITHOUT_CURL
	    "t:11: [cluster x] check_replica_path: found it with failover = "
	    "auto: expected failover = follow, because regent can't promote "
	    "such a node\n" },
};

static void
test_checks_fit_what_is_checked(void **state)
{
	(void)state;
	help_expect_all(test_checks, ARRAY_LEN(test_checks));
}

static const struct help_case test_options[] = {
	{ .ini = "[cluster crm]\nsync_replicas = 2\n"
		 "[node crm/a]\naddress = 10.0.0.1:1\n"
		 "[node crm/b]\naddress = 10.0.0.2:1\n"
		 "[listen w]\nbind = *:1\ncluster = crm\n",
	    .errors = "t:1: [cluster crm] sync_replicas: found 2 with 2 nodes: "
		      "expected fewer than nodes, one of them being the "
		      "primary\n" },
	{ .ini = HELP_GOOD "[regent]\nlog = regent.log\n",
	    .errors = "t:11: [regent] log: found \"regent.log\": expected "
		      "stderr, syslog or an absolute path\n" },
	{ .ini = HELP_GOOD "[regent]\ncontrol_socket = /" HUNDRED TEN "\n",
	    .errors = "t:11: [regent] control_socket: found 111 bytes: "
		      "expected at most 107, the limit of unix sockets\n" },
};

static void
test_options_fit_the_rest(void **state)
{
	(void)state;
	help_expect_all(test_options, ARRAY_LEN(test_options));
}

#define SECRET_CLUSTER(options) \
	HELP_GOOD "[cluster s]\n" options "[node s/a]\naddress = 10.0.0.1:1\n"

static const struct help_case test_secrets[] = {
	{ .ini = SECRET_CLUSTER("user = regent\n"),
	    .errors = "t:11: [cluster s] user: found a user without a "
		      "password: expected password_file or password\n" },
	{ .ini = SECRET_CLUSTER("password = hunter2\npassword_file = /p\n"),
	    .errors = "t:11: [cluster s] password: found password and "
		      "password_file: expected one of them\n" },
	{ .ini = SECRET_CLUSTER("user = regent\npassword = hunter2\n"),
	    .errors = NULL },
	{ .ini = SECRET_CLUSTER("user = regent\npassword_file = /p\n"),
	    .errors = NULL },
	{ .ini = SECRET_CLUSTER("password = hunter2\n"), .errors = NULL },
	{ .ini = SECRET_CLUSTER("password_file = hunter2\n"),
	    .errors = "t:12: [cluster s] password_file: found another text: "
		      "expected an absolute path of at most 173 bytes\n" },
};

static void
test_passwords_are_given_once(void **state)
{
	(void)state;
	help_expect_all(test_secrets, ARRAY_LEN(test_secrets));
}

static void
test_limits_are_reported_once(void **state)
{
	struct text ini = TEXT_INIT;

	(void)state;
	text_add(&ini, HELP_GOOD);
	for (int i = 1; i <= CONF_NODES_MAX + 1; i++)
		text_addf(
		    &ini, "[node crm/n%d]\naddress = 10.0.1.%d:1\n", i, i);
	help_expect(ini.at, NULL,
	    "t:41: [node crm/n16]: found one node too many: expected at most "
	    "16\n");

	text_clear(&ini);
	for (int i = 0; i < CONF_CLUSTERS_MAX + 2; i++)
		text_addf(&ini,
		    "[cluster c%d]\n[node c%d/a]\naddress = 10.0.1.%d:1\n", i,
		    i, i);
	text_add(&ini, "[listen w]\nbind = *:1\ncluster = c0\n");
	help_expect(ini.at, NULL,
	    "t:193: [cluster c64]: found one cluster too many: expected at "
	    "most 64\n");

	text_clear(&ini);
	text_add(&ini, HELP_GOOD);
	for (int i = 1; i <= CONF_LISTENS_MAX + 1; i++)
		text_addf(
		    &ini, "[listen l%d]\nbind = *:%d\ncluster = crm\n", i, i);
	help_expect(ini.at, NULL,
	    "t:392: [listen l128]: found one listen too many: expected at "
	    "most 128\n");
	text_fini(&ini);
}

static void
test_all_errors_are_found_in_one_run(void **state)
{
	(void)state;
	help_expect("[regent]\nworkers = many\n"
		    "[cluster crm]\ncolour = red\nuser = x\n"
		    "[node crm/a]\n"
		    "[node crx/b]\naddress = 10.0.0.1:1\n"
		    "nonsense\n"
		    "[listen w]\nbind = *:1\ncluster = crn\n",
	    NULL,
	    "t:2: [regent] workers: found \"many\": expected auto or a whole "
	    "number between 1 and 64\n"
	    "t:4: [cluster crm] colour: found an unknown option: expected one "
	    "of [cluster NAME], see regent.conf(5)\n"
	    "t:9: [node crx/b]: found neither an option nor a section: "
	    "expected \"name = value\" or \"[section]\"\n"
	    "t:6: [node crm/a] address: found nothing: expected IP:PORT or "
	    "NAME:PORT\n"
	    "t:7: [node crx/b]: found a node of no cluster: expected a section "
	    "[cluster crx]\n"
	    "t:3: [cluster crm] user: found a user without a password: "
	    "expected password_file or password\n"
	    "t:10: [listen w] cluster: found \"crn\": expected the name of a "
	    "[cluster NAME]\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_parts_are_reported),
		cmocka_unit_test(test_addresses_belong_to_one_node),
		cmocka_unit_test(test_nodes_may_have_names),
		cmocka_unit_test(test_listeners_do_not_overlap),
		cmocka_unit_test(test_regent_is_not_its_own_client),
		cmocka_unit_test(test_options_fit_the_rest),
		cmocka_unit_test(test_passwords_are_given_once),
		cmocka_unit_test(test_limits_are_reported_once),
		cmocka_unit_test(test_all_errors_are_found_in_one_run),
		cmocka_unit_test(test_sentinels_appoint_what_regent_follows),
		cmocka_unit_test(test_patroni_is_only_followed),
		cmocka_unit_test(test_mysql_counts_transactions),
		cmocka_unit_test(test_hooks_need_somebody_to_promote),
		cmocka_unit_test(test_checks_fit_what_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
