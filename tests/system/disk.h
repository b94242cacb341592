/*
 * disk.h - a small disk of a test's own, which can be full without harm to
 * anybody: a tmpfs that only this program and its children see, in a mount
 * namespace, for root and for whoever may make a user namespace.
 *
 * A resource of its site, which unmounts it; main thread only.
 */
#ifndef REGENT_SYSTEM_DISK_H
#define REGENT_SYSTEM_DISK_H

#include "site.h"

struct disk;

/*
 * Skips the test, and says why, where such disks are not permitted; to be
 * called first, and before there are threads.
 */
void disk_require(void);

/* Mounted on a directory, which keeps its owner. */
struct disk *disk_mount(struct site *site, const char *path, unsigned mib);

/* Not a byte is left, but of files that have their room already. */
void disk_fill(struct disk *disk);

/* The opposite: what disk_fill took is given back. */
void disk_clear(struct disk *disk);

#endif
