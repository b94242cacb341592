#include "certificate.h"

#include "process.h"

#include <stdio.h>
#include <stdlib.h>

bool
certificate_is_possible(void)
{
	char path[SITE_PATH_LEN];

	return process_find("openssl", path, sizeof(path));
}

static void
certificate_openssl(struct site *site, const char *args)
{
	char path[SITE_PATH_LEN], command[512], *output;
	const char *const argv[] = { "sh", "-c", command, NULL };

	snprintf(
	    command, sizeof(command), "cd %s && openssl %s", site->dir, args);
	assert_true(process_find("sh", path, sizeof(path)));
	if (process_run(site, path, argv, &output) != 0)
		fail_msg("openssl %s: %s", args, output);
	free(output);
}

void
certificate_make_ca(struct site *site)
{
	certificate_openssl(site,
	    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca"
	    " -keyout ca.key -out ca.pem 2>/dev/null");
}

void
certificate_make_server(struct site *site)
{
	certificate_openssl(site,
	    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=node"
	    " -addext subjectAltName=IP:127.0.0.1 -CA ca.pem -CAkey ca.key"
	    " -keyout server.key -out server.pem 2>/dev/null &&"
	    " chmod a+r server.*");
}
