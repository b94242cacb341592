#include "wire/mywire.h"

#include "base/check.h"
#include "wire/put.h"

#include <string.h>

enum { MYWIRE_STATE_LEN = 5, MYWIRE_HEAD_LEN = 4, MYWIRE_ERR = 0xff };

bool
mywire_error(
    uint8_t *buf, size_t size, size_t *len, const struct mywire_error *e)
{
	struct wire_put out = { .at = buf, .size = size, .len = *len };
	size_t message_len = strnlen(e->message, MYWIRE_MESSAGE_MAX);
	size_t body = 1 + 2 + message_len;

	CHECK(*len <= size);
	if (e->state != NULL) {
		CHECK(strlen(e->state) == MYWIRE_STATE_LEN);
		body += 1 + MYWIRE_STATE_LEN;
	}
	wire_put_little(&out, (uint32_t)body, 3);
	wire_put_little(&out, e->sequence, 1);
	wire_put_little(&out, MYWIRE_ERR, 1);
	wire_put_little(&out, e->code, 2);
	if (e->state != NULL) {
		wire_put(&out, "#", 1);
		wire_put(&out, e->state, MYWIRE_STATE_LEN);
	}
	wire_put(&out, e->message, message_len);
	if (out.is_full)
		return false;
	CHECK(out.len - *len == MYWIRE_HEAD_LEN + body);
	*len = out.len;
	return true;
}
