#include "patroni.h"

#include "base/mem.h"
#include "base/text.h"
#include "certificate.h"
#include "pg_tool.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATRONI_STOP_MS 15000

/* ---- programs -------------------------------------------------------- */

bool
patroni_is_there(void)
{
	static const char *const programs[] = { "patroni", "patronictl", "etcd",
		"psql", "setpriv", "openssl" };
	char path[SITE_PATH_LEN];

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (!process_find(programs[i], path, sizeof(path)))
			return false;
	return pg_tool_find_bin(path, sizeof(path));
}

/* ---- etcd and the nodes ---------------------------------------------- */

static void
patroni_start_etcd(struct patroni *p)
{
	char dir[SITE_PATH_LEN], client[64], peer[64], cluster[80];
	const char *const args[] = { "etcd", "--data-dir", dir,
		"--unsafe-no-fsync", "--listen-client-urls", client,
		"--advertise-client-urls", client, "--listen-peer-urls", peer,
		"--initial-advertise-peer-urls", peer, "--initial-cluster",
		cluster, NULL };

	p->etcd_port = site_port();
	site_path(p->site, dir, "etcd");
	pg_tool_make_dir(dir);
	snprintf(client, sizeof(client), "http://127.0.0.1:%u",
	    (unsigned)p->etcd_port);
	snprintf(
	    peer, sizeof(peer), "http://127.0.0.1:%u", (unsigned)site_port());
	snprintf(cluster, sizeof(cluster), "default=%s", peer);
	process_init(&p->etcd, p->site, "etcd");
	pg_tool_start(&p->etcd, args);
}

/* As quick as Patroni allows: it looks every second, a lock lasts 20. */
static void
patroni_write_conf(struct patroni *p, struct patroni_node *node)
{
	struct text conf = TEXT_INIT;
	char bin[SITE_PATH_LEN];

	CHECK(pg_tool_find_bin(bin, sizeof(bin)));
	text_addf(&conf,
	    "scope: crm\n"
	    "name: %s\n"
	    "restapi:\n"
	    "  listen: 127.0.0.1:%u\n"
	    "  connect_address: 127.0.0.1:%u\n"
	    "  certfile: %s/server.pem\n"
	    "  keyfile: %s/server.key\n"
	    "ctl:\n"
	    "  cacert: %s/ca.pem\n"
	    "etcd3:\n"
	    "  hosts: 127.0.0.1:%u\n"
	    "bootstrap:\n"
	    "  dcs:\n"
	    "    ttl: 20\n"
	    "    loop_wait: 1\n"
	    "    retry_timeout: 5\n"
	    "    postgresql:\n"
	    "      use_slots: true\n"
	    "      parameters:\n"
	    "        fsync: 'off'\n"
	    "  initdb: [{encoding: UTF8}, no-sync, data-checksums]\n"
	    "  pg_hba:\n"
	    "  - host replication all 127.0.0.1/32 trust\n"
	    "  - host all all 127.0.0.1/32 trust\n",
	    node->name, (unsigned)node->rest_port, (unsigned)node->rest_port,
	    p->site->dir, p->site->dir, p->site->dir, (unsigned)p->etcd_port);
	text_addf(&conf,
	    "postgresql:\n"
	    "  listen: 127.0.0.1:%u\n"
	    "  connect_address: 127.0.0.1:%u\n"
	    "  data_dir: %s/data\n"
	    "  bin_dir: %s\n"
	    "  pgpass: %s/pgpass\n"
	    "  authentication:\n"
	    "    superuser: {username: postgres, password: x}\n"
	    "    replication: {username: replicator, password: x}\n"
	    "  parameters:\n"
	    "    unix_socket_directories: ''\n"
	    "    shared_buffers: 16MB\n",
	    (unsigned)node->port, (unsigned)node->port, node->data, bin,
	    node->data);
	site_path(p->site, node->conf, "%s.yml", node->name);
	site_write_file(node->conf, text_cstr(&conf));
	text_fini(&conf);
}

static void
patroni_start_node(struct patroni *p, unsigned i)
{
	struct patroni_node *node = &p->node[i];
	const char *const args[] = { "patroni", node->conf, NULL };

	snprintf(node->name, sizeof(node->name), "n%u", i + 1);
	node->port = site_port();
	node->rest_port = site_port();
	site_path(p->site, node->data, "%s", node->name);
	pg_tool_make_dir(node->data);
	patroni_write_conf(p, node);
	process_init(&node->process, p->site, node->name);
	snprintf(
	    node->process.log, sizeof(node->process.log), "%s.log", node->conf);
	pg_tool_start(&node->process, args);
}

/* The server's process; 0 when there is none. */
static pid_t
patroni_postmaster(const struct patroni_node *node)
{
	char path[SITE_PATH_LEN + 32];
	char *file;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/data/postmaster.pid", node->data);
	file = site_read_file(path);
	pid = (pid_t)atoi(file);
	free(file);
	return pid > 1 ? pid : 0;
}

/*
 * Patroni starts its server by way of a process that ends, so the server is
 * left to us (site_prepare).  To Patroni it runs until it has been waited
 * for, and that must not depend on what the test is doing.
 */
static void *
patroni_reap(void *arg)
{
	struct patroni *p = arg;

	while (!atomic_load(&p->is_stopping)) {
		for (unsigned i = 0; i < PATRONI_NODES; i++) {
			struct patroni_node *node = &p->node[i];
			pid_t seen = atomic_load(&node->postmaster);
			pid_t pid = patroni_postmaster(node);

			if (seen > 0)
				(void)waitpid(seen, NULL, WNOHANG);
			if (pid > 0)
				atomic_store(&node->postmaster, pid);
		}
		clock_sleep_until(clock_now() + 20 * USEC_MS);
	}
	return NULL;
}

void
patroni_crash(struct patroni_node *node)
{
	pid_t pid = patroni_postmaster(node);

	CHECK(pid > 0);
	CHECK(kill(pid, SIGKILL) == 0);
}

/* In good order if it can be: then PostgreSQL stops with it. */
static void
patroni_stop_node(struct patroni_node *node)
{
	pid_t pid;

	if (process_is_running(&node->process))
		process_signal(&node->process, SIGTERM);
	(void)process_wait(&node->process, PATRONI_STOP_MS);
	process_kill(&node->process);
	pid = patroni_postmaster(node);
	if (pid > 0)
		(void)kill(pid, SIGKILL); /* gone already: as well */
}

static void
patroni_close(struct resource *res)
{
	struct patroni *p = container_of(res, struct patroni, resource);

	for (unsigned i = 0; i < PATRONI_NODES; i++)
		patroni_stop_node(&p->node[i]);
	process_kill(&p->etcd);
	atomic_store(&p->is_stopping, true);
	CHECK(pthread_join(p->reaper, NULL) == 0);
	free(p);
}

static void
patroni_dump(struct resource *res)
{
	struct patroni *p = container_of(res, struct patroni, resource);

	for (unsigned i = 0; i < PATRONI_NODES; i++)
		site_print_tail(p->node[i].name, p->node[i].process.log, 3000);
}

struct patroni *
patroni_start(struct site *site)
{
	struct patroni *p = mem_new(sizeof(*p));

	p->site = site;
	p->resource.dump = patroni_dump;
	p->resource.close = patroni_close;
	CHECK(chmod(site->dir, 0755) == 0);
	site_add(site, &p->resource);
	certificate_make_ca(site);
	certificate_make_server(site);
	patroni_start_etcd(p);
	for (unsigned i = 0; i < PATRONI_NODES; i++)
		patroni_start_node(p, i);
	CHECK(pthread_create(&p->reaper, NULL, patroni_reap, p) == 0);
	return p;
}

/* ---- asking ---------------------------------------------------------- */

static char *
patroni_run(struct patroni *p, const char *const *args)
{
	struct pg_tool tool;
	char *output;
	size_t len;

	pg_tool_prepare(&tool, args);
	if (process_run(p->site, tool.path, tool.argv, &output) != 0) {
		print_message("%s: %s\n", args[0], output);
		free(output);
		return NULL;
	}
	len = strlen(output);
	if (len > 0 && output[len - 1] == '\n')
		output[len - 1] = '\0';
	return output;
}

bool
patroni_switchover(struct patroni *p, const struct patroni_node *to)
{
	const char *const args[] = { "patronictl", "-c", to->conf, "switchover",
		"crm", "--candidate", to->name, "--force", NULL };
	char *output = patroni_run(p, args);
	bool is_done =
	    output != NULL && strstr(output, "Successfully switched over");

	free(output);
	return is_done;
}

char *
patroni_query(struct patroni *p, uint16_t port, const char *sql)
{
	char dsn[128];
	const char *const args[] = { "psql", dsn, "-qAtX", "-c", sql, NULL };

	snprintf(dsn, sizeof(dsn),
	    "host=127.0.0.1 port=%u user=postgres dbname=postgres",
	    (unsigned)port);
	return patroni_run(p, args);
}
