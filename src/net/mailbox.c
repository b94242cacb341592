#include "net/mailbox.h"

#include "base/mem.h"

#include <ev.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAILBOX_MAGIC 0x4d41494cu

struct mailbox {
	uint32_t magic;
	ev_async async;
	struct loop *loop;
	mailbox_fn *fn;
	void *arg;
	size_t size;
	unsigned capacity;
	pthread_mutex_t lock; /* guards head, n and the slots */
	unsigned head;
	unsigned n;
	unsigned char *slots;
	unsigned char *message; /* the receiver's copy */
};

static bool
mailbox_take(struct mailbox *mb)
{
	bool has_message;

	pthread_mutex_lock(&mb->lock);
	has_message = mb->n > 0;
	if (has_message) {
		memcpy(mb->message, mb->slots + mb->head * mb->size, mb->size);
		mb->head = (mb->head + 1) % mb->capacity;
		mb->n--;
	}
	pthread_mutex_unlock(&mb->lock);
	return has_message;
}

static void
mailbox_on_async(struct ev_loop *ev, ev_async *w, int revents)
{
	struct mailbox *mb = container_of(w, struct mailbox, async);

	(void)ev;
	(void)revents;
	CHECK_OBJ(mb, MAILBOX_MAGIC);
	/* A flood of messages must not keep the loop from its other work. */
	for (unsigned i = 0; i < mb->capacity; i++) {
		if (!mailbox_take(mb))
			return;
		mb->fn(mb->arg, mb->message, loop_now(mb->loop));
	}
	ev_async_send(loop_ev(mb->loop), &mb->async);
}

struct mailbox *
mailbox_new(struct loop *loop, size_t message_size, unsigned capacity,
    mailbox_fn *fn, void *arg)
{
	struct mailbox *mb = mem_new(sizeof(*mb));

	CHECK(message_size > 0 && capacity > 0);
	mb->magic = MAILBOX_MAGIC;
	mb->loop = loop;
	mb->fn = fn;
	mb->arg = arg;
	mb->size = message_size;
	mb->capacity = capacity;
	mb->slots = mem_new(message_size * capacity);
	mb->message = mem_new(message_size);
	CHECK(pthread_mutex_init(&mb->lock, NULL) == 0);
	ev_async_init(&mb->async, mailbox_on_async);
	ev_async_start(loop_ev(loop), &mb->async);
	return mb;
}

void
mailbox_deliver(struct mailbox *mb)
{
	CHECK_OBJ(mb, MAILBOX_MAGIC);
	while (mailbox_take(mb))
		mb->fn(mb->arg, mb->message, loop_now(mb->loop));
}

void
mailbox_free(struct mailbox **mailbox)
{
	struct mailbox *mb = *mailbox;

	if (mb == NULL)
		return;
	CHECK_OBJ(mb, MAILBOX_MAGIC);
	ev_async_stop(loop_ev(mb->loop), &mb->async);
	pthread_mutex_destroy(&mb->lock);
	free(mb->slots);
	free(mb->message);
	free(mb);
	*mailbox = NULL;
}

bool
mailbox_post(struct mailbox *mb, const void *message)
{
	bool has_room;

	CHECK_OBJ(mb, MAILBOX_MAGIC);
	pthread_mutex_lock(&mb->lock);
	has_room = mb->n < mb->capacity;
	if (has_room) {
		unsigned slot = (mb->head + mb->n) % mb->capacity;

		memcpy(mb->slots + slot * mb->size, message, mb->size);
		mb->n++;
	}
	pthread_mutex_unlock(&mb->lock);
	if (has_room)
		ev_async_send(loop_ev(mb->loop), &mb->async);
	return has_room;
}
