/*
 * Any bytes are a configuration or a list of errors.  What loads is printed,
 * and what is printed loads again, beside the first as a reload would.
 */
#include "conf/load.h"
#include "conf/print.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_conf_reload(const struct conf *conf)
{
	struct text first = TEXT_INIT;
	struct text second = TEXT_INIT;
	struct text errors = TEXT_INIT;
	const struct conf *again;

	conf_print(conf, &first);
	again = conf_load_bytes("f", first.at, first.len, conf, &errors);
	CHECK(again != NULL && errors.len == 0);
	conf_print(again, &second);
	CHECK(strcmp(first.at, second.at) == 0);
	conf_unref(&again);
	text_fini(&first);
	text_fini(&second);
	text_fini(&errors);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text errors = TEXT_INIT;
	const struct conf *conf;

	conf = conf_load_bytes("f", (const char *)data, size, NULL, &errors);
	CHECK((conf == NULL) == (errors.len > 0));
	if (conf != NULL)
		fuzz_conf_reload(conf);
	conf_unref(&conf);
	text_fini(&errors);
	return 0;
}
