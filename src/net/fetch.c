#include "net/fetch.h"

#include "base/mem.h"
#include "net/timer.h"

#include <curl/curl.h>
#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FETCH_MAGIC 0x46455443u

/* A deadline seen this much too late was slept over. */
#define FETCH_LATE (50 * USEC_MS)

/* One request has one connection, and an old one may be on its way out. */
enum { FETCH_SOCKETS_MAX = 4, FETCH_URL_LEN = 2 * ENDPOINT_TEXT_LEN };

struct fetch_socket {
	ev_io io;
	struct fetch *fetch; /* NULL: free */
};

struct fetch {
	uint32_t magic;
	struct grave grave;
	struct fetch_plan plan;
	struct endpoint named; /* as the server is told */
	struct curl_slist *connect_to;
	char *ca_path;
	CURLM *multi;
	CURL *easy;
	struct fetch_socket sockets[FETCH_SOCKETS_MAX];
	struct timer curl_timer; /* when libcurl wants to be called */
	struct timer deadline;
	usec_t timeout_us;
	bool is_busy;
	bool is_too_long;
	size_t head_len;
	size_t body_len;
	char body[FETCH_ANSWER_MAX];
	char detail[CURL_ERROR_SIZE];
};

/* For options that can only be refused by a libcurl that was built without
 * them, or without memory. */
#define FETCH_SET(f, option, value) \
	CHECK(curl_easy_setopt((f)->easy, (option), (value)) == CURLE_OK)

/* ---- the answer ------------------------------------------------------ */

static int
fetch_code_of_connect(const struct fetch *f)
{
	long error = 0;

	if (curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &error) != CURLE_OK ||
	    error <= 0)
		return -ECONNREFUSED;
	return (int)-error;
}

static int
fetch_code(const struct fetch *f, CURLcode code)
{
	if (f->is_too_long)
		return -EMSGSIZE;
	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_COULDNT_CONNECT:
		return fetch_code_of_connect(f);
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
		return -ECONNRESET;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return -EPROTO;
	default:
		return -EBADMSG;
	}
}

/* The request is over: libcurl forgets it, but keeps the connection. */
static void
fetch_end(struct fetch *f)
{
	CHECK(f->is_busy);
	f->is_busy = false;
	timer_stop(&f->deadline);
	CHECK(curl_multi_remove_handle(f->multi, f->easy) == CURLM_OK);
}

static void
fetch_answer(struct fetch *f, CURLcode code, usec_t now)
{
	struct fetch_answer answer = {
		.code = fetch_code(f, code),
		.body = f->body,
		.body_len = f->body_len,
		.detail = f->detail,
	};
	long status = 0;

	(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	answer.status = (int)status;
	if (f->detail[0] == '\0')
		snprintf(f->detail, sizeof(f->detail), "%s",
		    curl_easy_strerror(code));
	fetch_end(f);
	f->plan.on_done(f->plan.arg, &answer, now);
}

/* After each call into libcurl: whether the request has ended. */
static void
fetch_settle(struct fetch *f)
{
	CURLMsg *msg;
	int n_left;

	while (f->is_busy) {
		msg = curl_multi_info_read(f->multi, &n_left);
		if (msg == NULL)
			return;
		if (msg->msg != CURLMSG_DONE)
			continue;
		fetch_answer(f, msg->data.result, loop_now(f->plan.loop));
		return; /* maybe closed, or asking anew */
	}
}

static void
fetch_act(struct fetch *f, curl_socket_t fd, int events)
{
	int n_running;

	CHECK(curl_multi_socket_action(f->multi, fd, events, &n_running) ==
	    CURLM_OK);
	fetch_settle(f);
}

/* ---- what libcurl asks for ------------------------------------------- */

static bool
fetch_has_room(struct fetch *f, size_t len)
{
	f->is_too_long = f->head_len + f->body_len + len > FETCH_ANSWER_MAX;
	return !f->is_too_long;
}

/* Returning less than it was given makes libcurl give up. */
static size_t
fetch_on_head(char *bytes, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;

	(void)bytes;
	if (!fetch_has_room(f, size * n))
		return 0;
	f->head_len += size * n;
	return size * n;
}

static size_t
fetch_on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;

	if (!fetch_has_room(f, size * n))
		return 0;
	memcpy(f->body + f->body_len, bytes, size * n);
	f->body_len += size * n;
	return size * n;
}

static void
fetch_on_ev(struct ev_loop *ev, ev_io *w, int revents)
{
	struct fetch_socket *s = container_of(w, struct fetch_socket, io);
	int events = 0;

	(void)ev;
	CHECK_OBJ(s->fetch, FETCH_MAGIC);
	if ((revents & EV_READ) != 0)
		events |= CURL_CSELECT_IN;
	if ((revents & EV_WRITE) != 0)
		events |= CURL_CSELECT_OUT;
	fetch_act(s->fetch, w->fd, events);
}

static struct fetch_socket *
fetch_free_socket(struct fetch *f)
{
	for (unsigned i = 0; i < FETCH_SOCKETS_MAX; i++)
		if (f->sockets[i].fetch == NULL)
			return &f->sockets[i];
	CHECK_NEVER("libcurl has more sockets than one request needs");
}

static void
fetch_watch(struct fetch *f, struct fetch_socket *s, int fd, int what)
{
	int events = 0;

	if (s->fetch != NULL)
		ev_io_stop(loop_ev(f->plan.loop), &s->io);
	s->fetch = f;
	if ((what & CURL_POLL_IN) != 0)
		events |= EV_READ;
	if ((what & CURL_POLL_OUT) != 0)
		events |= EV_WRITE;
	ev_io_init(&s->io, fetch_on_ev, fd, events);
	ev_io_start(loop_ev(f->plan.loop), &s->io);
}

static int
fetch_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *held)
{
	struct fetch_socket *s = held;
	struct fetch *f = arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s == NULL)
			return 0;
		ev_io_stop(loop_ev(f->plan.loop), &s->io);
		s->fetch = NULL;
		return 0;
	}
	if (s == NULL) {
		s = fetch_free_socket(f);
		CHECK(curl_multi_assign(f->multi, fd, s) == CURLM_OK);
	}
	fetch_watch(f, s, fd, what);
	return 0;
}

static int
fetch_on_curl_wants(CURLM *multi, long ms, void *arg)
{
	struct fetch *f = arg;

	(void)multi;
	if (ms < 0)
		timer_stop(&f->curl_timer);
	else
		timer_set(&f->curl_timer, loop_clock() + ms * USEC_MS);
	return 0;
}

static void
fetch_on_curl_timer(struct timer *timer, usec_t now)
{
	(void)now;
	fetch_act(container_of(timer, struct fetch, curl_timer),
	    CURL_SOCKET_TIMEOUT, 0);
}

/* ---- the deadline ---------------------------------------------------- */

static bool
fetch_is_connected(const struct fetch *f)
{
	curl_off_t connected_us = 0;

	return curl_easy_getinfo(f->easy, CURLINFO_CONNECT_TIME_T,
		   &connected_us) == CURLE_OK &&
	    connected_us > 0;
}

/*
 * Our own lateness is not the server's: when the loop slept over the deadline
 * the server gets its time again.
 */
static void
fetch_on_deadline(struct timer *timer, usec_t now)
{
	struct fetch *f = container_of(timer, struct fetch, deadline);
	struct fetch_answer answer = { .body = f->body };

	if (now - timer_deadline(timer) > FETCH_LATE) {
		timer_set(&f->deadline, now + f->timeout_us);
		return;
	}
	if (fetch_is_connected(f)) {
		answer.code = -ETIME;
		answer.detail = "no answer in time";
	} else {
		answer.code = -ETIMEDOUT;
		answer.detail = "no connection in time";
	}
	fetch_end(f);
	f->plan.on_done(f->plan.arg, &answer, now);
}

/* ---- opening and closing --------------------------------------------- */

static void
fetch_init_easy(struct fetch *f)
{
	FETCH_SET(f, CURLOPT_NOSIGNAL, 1L);
	FETCH_SET(f, CURLOPT_PROXY, "");
	FETCH_SET(f, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	FETCH_SET(f, CURLOPT_USERAGENT, PACKAGE_STRING);
	FETCH_SET(f, CURLOPT_ERRORBUFFER, f->detail);
	FETCH_SET(f, CURLOPT_HEADERFUNCTION, fetch_on_head);
	FETCH_SET(f, CURLOPT_HEADERDATA, f);
	FETCH_SET(f, CURLOPT_WRITEFUNCTION, fetch_on_body);
	FETCH_SET(f, CURLOPT_WRITEDATA, f);
	if (f->ca_path[0] != '\0')
		FETCH_SET(f, CURLOPT_CAINFO, f->ca_path);
}

/* Whatever the name in the URL, it is at this address. */
static void
fetch_init_name(struct fetch *f)
{
	char text[FETCH_URL_LEN], address[ENDPOINT_TEXT_LEN];

	f->named = f->plan.address;
	if (f->plan.name == NULL)
		return;
	CHECK(
	    endpoint_from_named(&f->named, f->plan.name, f->plan.address.port));
	snprintf(text, sizeof(text), "::%s",
	    endpoint_format(&f->plan.address, address));
	f->connect_to = curl_slist_append(NULL, text);
	CHECK(f->connect_to != NULL);
	FETCH_SET(f, CURLOPT_CONNECT_TO, f->connect_to);
	f->plan.name = NULL; /* borrowed no longer */
}

static void
fetch_init_multi(struct fetch *f)
{
	CHECK(curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION,
		  fetch_on_socket) == CURLM_OK);
	CHECK(curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) == CURLM_OK);
	CHECK(curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION,
		  fetch_on_curl_wants) == CURLM_OK);
	CHECK(curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f) == CURLM_OK);
	CHECK(
	    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, 1L) == CURLM_OK);
}

struct fetch *
fetch_open(const struct fetch_plan *plan)
{
	struct fetch *f = mem_new(sizeof(*f));

	CHECK(plan->on_done != NULL && endpoint_is_set(&plan->address));
	f->magic = FETCH_MAGIC;
	f->plan = *plan;
	f->ca_path = mem_strdup(plan->ca_path);
	f->plan.ca_path = f->ca_path;
	timer_init(&f->curl_timer, plan->loop, fetch_on_curl_timer);
	timer_init(&f->deadline, plan->loop, fetch_on_deadline);
	f->multi = curl_multi_init();
	f->easy = curl_easy_init();
	CHECK(f->multi != NULL && f->easy != NULL);
	fetch_init_multi(f);
	fetch_init_easy(f);
	fetch_init_name(f);
	return f;
}

void
fetch_get(struct fetch *f, const char *path, usec_t timeout_us)
{
	char host[ENDPOINT_TEXT_LEN], url[FETCH_URL_LEN];
	int n;

	CHECK_OBJ(f, FETCH_MAGIC);
	CHECK(!f->is_busy);
	n = snprintf(url, sizeof(url), "http%s://%s%s",
	    f->ca_path[0] != '\0' ? "s" : "", endpoint_format(&f->named, host),
	    path);
	CHECK(n > 0 && (size_t)n < sizeof(url));
	f->is_busy = true;
	f->is_too_long = false;
	f->head_len = 0;
	f->body_len = 0;
	f->detail[0] = '\0';
	f->timeout_us = timeout_us;
	FETCH_SET(f, CURLOPT_URL, url);
	timer_set(&f->deadline, loop_clock() + timeout_us);
	/* It asks for a turn of its own by fetch_on_curl_wants. */
	CHECK(curl_multi_add_handle(f->multi, f->easy) == CURLM_OK);
}

static void
fetch_free(struct grave *grave)
{
	struct fetch *f = container_of(grave, struct fetch, grave);

	free(f->ca_path);
	free(f);
}

void
fetch_close(struct fetch **fetch)
{
	struct fetch *f = *fetch;

	if (f == NULL)
		return;
	CHECK_OBJ(f, FETCH_MAGIC);
	if (f->is_busy)
		fetch_end(f);
	CHECK(curl_multi_cleanup(f->multi) == CURLM_OK);
	curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->connect_to);
	timer_stop(&f->curl_timer);
	timer_stop(&f->deadline);
	loop_bury(f->plan.loop, &f->grave, fetch_free);
	*fetch = NULL;
}
