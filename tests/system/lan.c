#include "lan.h"

#include "base/mem.h"
#include "base/text.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const lan_names[LAN_PLACES] = {
	[LAN_REGENT] = "regent",
	[LAN_CLIENTS] = "clients",
	[LAN_A] = "a",
	[LAN_B] = "b",
	[LAN_C] = "c",
};

static void
lan_close(struct resource *res)
{
	struct lan *lan = container_of(res, struct lan, resource);

	for (unsigned i = 0; i < LAN_PLACES; i++)
		if (lan->host[i].ns >= 0)
			close(lan->host[i].ns);
	host_leave(lan->home);
	free(lan);
}

static void lan_skip(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void
lan_skip(const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	print_message("no network namespaces here: %s\n", why);
	skip();
}

static bool
lan_write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool is_ok;

	if (fd < 0)
		return false;
	is_ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return is_ok;
}

static bool
lan_has_rights(void)
{
	int was = host_here();
	bool has = unshare(CLONE_NEWNET) == 0;

	if (has)
		host_leave(was);
	else
		close(was);
	return has;
}

/*
 * Whoever has not the rights of root gets them in a user namespace of his
 * own, once for the whole program: the network namespaces made afterwards
 * belong to that one.
 */
static void
lan_gain_rights(void)
{
	unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
	char map[64];

	if (lan_has_rights())
		return;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		lan_skip("unshare: %s", strerror(errno));
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!lan_write_proc("/proc/self/setgroups", "deny") ||
	    !lan_write_proc("/proc/self/uid_map", map))
		lan_skip("uid_map: %s", strerror(errno));
	snprintf(map, sizeof(map), "0 %u 1", gid);
	if (!lan_write_proc("/proc/self/gid_map", map))
		lan_skip("gid_map: %s", strerror(errno));
}

/* The last one made is the switch: that is where the main thread stays. */
static void
lan_make_namespaces(struct lan *lan)
{
	for (unsigned i = 0; i <= LAN_PLACES; i++) {
		if (unshare(CLONE_NEWNET) != 0)
			lan_skip("unshare: %s", strerror(errno));
		if (i < LAN_PLACES)
			lan->host[i].ns = host_here();
	}
}

/* They are in sbin, which the PATH of a user may lack. */
static bool
lan_find_tool(const char *tool, char *path)
{
	if (process_find(tool, path, SITE_PATH_LEN))
		return true;
	snprintf(path, SITE_PATH_LEN, "/usr/sbin/%s", tool);
	if (access(path, X_OK) == 0)
		return true;
	snprintf(path, SITE_PATH_LEN, "/sbin/%s", tool);
	return access(path, X_OK) == 0;
}

/*
 * Runs `ip -batch` or `nft -f` with these lines, in a host or (NULL) in the
 * switch.  Returns NULL, or what it complained, which the caller frees.
 */
static char *
lan_run(struct lan *lan, const struct host *host, const char *tool,
    const char *lines)
{
	char path[SITE_PATH_LEN], file[SITE_PATH_LEN];
	const char *argv[] = { tool, tool[0] == 'i' ? "-batch" : "-f", file,
		NULL };
	char *output;
	int rc, was;

	if (!lan_find_tool(tool, path))
		return mem_strdup("not in PATH");
	site_path(lan->site, file, "lan.%s", tool);
	site_write_file(file, lines);
	was = host_enter(host);
	rc = process_run(lan->site, path, argv, &output);
	host_leave(was);
	if (rc != 0)
		return output;
	free(output);
	return NULL;
}

static void
lan_try(struct lan *lan, const struct host *host, const char *tool,
    struct text *lines)
{
	char *complaint = lan_run(lan, host, tool, text_cstr(lines));
	char why[128];

	text_clear(lines);
	if (complaint == NULL)
		return;
	snprintf(
	    why, sizeof(why), "%.*s", (int)strcspn(complaint, "\n"), complaint);
	free(complaint);
	text_fini(lines);
	lan_skip("%s: %s", tool, why);
}

static void
lan_plug_in(struct lan *lan)
{
	struct text lines = TEXT_INIT;

	text_add(&lines, "link add br0 type bridge\nlink set br0 up\n");
	for (unsigned i = 0; i < LAN_PLACES; i++) {
		const struct host *host = &lan->host[i];

		text_addf(&lines,
		    "link add name %s type veth peer name eth0 netns "
		    "/proc/%d/fd/%d\n"
		    "link set dev %s master br0 up\n",
		    host->name, (int)getpid(), host->ns, host->name);
	}
	lan_try(lan, NULL, "ip", &lines);
	for (unsigned i = 0; i < LAN_PLACES; i++) {
		text_addf(&lines,
		    "link set lo up\n"
		    "addr add %s/24 dev eth0\n"
		    "link set eth0 up\n",
		    lan->host[i].address);
		lan_try(lan, &lan->host[i], "ip", &lines);
	}
	text_fini(&lines);
}

/*
 * The group of a wire is the set of places that what comes from it does not
 * reach.  So the rules never change: taking one away keeps nft waiting until
 * the kernel has freed it, 20 s on a machine at its limits.
 *
 * Only IP is swallowed.  Without ARP a connect would fail at once now and
 * then, by the age of the entry: that is the easier fault to notice.
 */
static void
lan_install_cuts(struct lan *lan)
{
	struct text lines = TEXT_INIT;

	text_add(&lines,
	    "add table bridge lan\n"
	    "add chain bridge lan forward "
	    "{ type filter hook forward priority 0; }\n");
	for (unsigned i = 0; i < LAN_PLACES; i++)
		text_addf(&lines,
		    "add rule bridge lan forward ether type ip "
		    "oifname \"%s\" iifgroup & %u == %u drop\n",
		    lan_names[i], 1U << i, 1U << i);
	lan_try(lan, NULL, "nft", &lines);
	text_fini(&lines);
}

struct lan *
lan_open(struct site *site)
{
	struct lan *lan = mem_new(sizeof(*lan));

	lan->site = site;
	lan->home = -1;
	for (unsigned i = 0; i < LAN_PLACES; i++) {
		struct host *host = &lan->host[i];

		host->ns = -1;
		snprintf(host->name, sizeof(host->name), "%s", lan_names[i]);
		snprintf(
		    host->address, sizeof(host->address), "10.77.0.%u", i + 1);
	}
	lan->resource.close = lan_close;
	site_add(site, &lan->resource);
	lan_gain_rights();
	lan->home = host_here();
	lan_make_namespaces(lan);
	lan_plug_in(lan);
	lan_install_cuts(lan);
	return lan;
}

/* One command for all, so that hardly any time is between two of them. */
static void
lan_apply(struct lan *lan)
{
	struct text lines = TEXT_INIT;
	char *complaint;

	for (unsigned i = 0; i < LAN_PLACES; i++)
		text_addf(&lines, "link set dev %s group %u\n", lan_names[i],
		    lan->cut[i]);
	complaint = lan_run(lan, NULL, "ip", text_cstr(&lines));
	text_fini(&lines);
	if (complaint != NULL)
		fail_msg("ip: %s", complaint);
}

static void
lan_set(struct lan *lan, unsigned from, unsigned to, bool is_cut)
{
	for (unsigned i = 0; i < LAN_PLACES; i++) {
		if ((from & 1U << i) == 0)
			continue;
		if (is_cut)
			lan->cut[i] |= to & ~(1U << i);
		else
			lan->cut[i] &= ~to;
	}
}

void
lan_cut(struct lan *lan, unsigned from, unsigned to)
{
	lan_set(lan, from, to, true);
	lan_apply(lan);
}

void
lan_heal(struct lan *lan, unsigned from, unsigned to)
{
	lan_set(lan, from, to, false);
	lan_apply(lan);
}

void
lan_cut_both(struct lan *lan, unsigned some, unsigned others)
{
	lan_set(lan, some, others, true);
	lan_cut(lan, others, some);
}

void
lan_heal_both(struct lan *lan, unsigned some, unsigned others)
{
	lan_set(lan, some, others, false);
	lan_heal(lan, others, some);
}
