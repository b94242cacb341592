#include "disk.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

struct disk {
	struct resource resource;
	char path[SITE_PATH_LEN];
	char ballast[SITE_PATH_LEN + 16];
};

static void
disk_skip(const char *what)
{
	print_message(
	    "no disk of our own here: %s: %s\n", what, strerror(errno));
	skip();
}

static bool
disk_write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool is_ok =
	    fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return is_ok;
}

/* Whoever is not root stays who he is: the servers refuse to run as root. */
static bool
disk_enter_user_namespace(void)
{
	unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "%u %u 1", uid, uid);
	snprintf(gids, sizeof(gids), "%u %u 1", gid, gid);
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	    disk_write_proc("/proc/self/setgroups", "deny") &&
	    disk_write_proc("/proc/self/uid_map", uids) &&
	    disk_write_proc("/proc/self/gid_map", gids);
}

/* Once for the program: what is mounted from now on, nobody else sees. */
void
disk_require(void)
{
	static bool is_entered;

	if (is_entered)
		return;
	if (geteuid() == 0 ? unshare(CLONE_NEWNS) != 0
			   : !disk_enter_user_namespace())
		disk_skip("unshare");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		disk_skip("mount --make-rprivate /");
	is_entered = true;
}

static void
disk_close(struct resource *res)
{
	struct disk *disk = container_of(res, struct disk, resource);

	(void)umount2(disk->path, MNT_DETACH); /* it goes with us anyway */
	free(disk);
}

struct disk *
disk_mount(struct site *site, const char *path, unsigned mib)
{
	struct disk *disk = mem_new(sizeof(*disk));
	struct stat st;
	char options[96];

	CHECK(stat(path, &st) == 0);
	snprintf(disk->path, sizeof(disk->path), "%s", path);
	snprintf(disk->ballast, sizeof(disk->ballast), "%s/ballast", path);
	snprintf(options, sizeof(options), "size=%um,mode=%o,uid=%u,gid=%u",
	    mib, (unsigned)st.st_mode & 07777, (unsigned)st.st_uid,
	    (unsigned)st.st_gid);
	disk->resource.close = disk_close;
	site_add(site, &disk->resource);
	disk_require();
	if (mount("none", path, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
		disk_skip("mount tmpfs");
	return disk;
}

void
disk_fill(struct disk *disk)
{
	static char block[1 << 16];
	int fd = open(
	    disk->ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ssize_t n;

	CHECK(fd >= 0);
	do {
		n = write(fd, block, sizeof(block));
	} while (n > 0);
	CHECK(n < 0 && errno == ENOSPC);
	close(fd);
}

void
disk_clear(struct disk *disk)
{
	CHECK(unlink(disk->ballast) == 0);
}
