/* The intrusive list: order, removal, and what a lone link is. */
#include "base/list.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct member {
	int id;
	struct list link;
};

#define MEMBERS 4

static void
list_fill(struct list *head, struct member *members)
{
	list_init(head);
	for (int i = 0; i < MEMBERS; i++) {
		members[i].id = i;
		list_init(&members[i].link);
		list_push(head, &members[i].link);
	}
}

/* The ids in order as one decimal number; both directions must agree. */
static int
list_ids(const struct list *head)
{
	int forth = 0, back = 0, scale = 1;

	LIST_FOREACH (it, head)
		forth = forth * 10 + LIST_ENTRY(it, struct member, link)->id;
	for (struct list *it = head->prev; it != head; it = it->prev) {
		back += scale * LIST_ENTRY(it, struct member, link)->id;
		scale *= 10;
	}
	assert_int_equal(forth, back);
	return forth;
}

static void
test_fresh_list_is_empty(void **state)
{
	struct list head;

	(void)state; /* of cmocka; no test here has any */
	list_init(&head);
	assert_true(list_is_empty(&head));
	LIST_FOREACH (it, &head)
		fail();
}

static void
test_members_keep_the_order_they_came_in(void **state)
{
	struct member members[MEMBERS];
	struct list head;

	(void)state;
	list_fill(&head, members);
	assert_false(list_is_empty(&head));
	assert_int_equal(list_ids(&head), 123);
}

static void
test_removed_member_is_gone_and_unlinked(void **state)
{
	struct member members[MEMBERS];
	struct list head;

	(void)state;
	list_fill(&head, members);
	assert_true(list_is_linked(&members[1].link));
	list_remove(&members[1].link);
	assert_false(list_is_linked(&members[1].link));
	assert_int_equal(list_ids(&head), 23);
	list_push(&head, &members[1].link);
	assert_int_equal(list_ids(&head), 231);
}

static void
test_removing_twice_is_harmless(void **state)
{
	struct member members[MEMBERS];
	struct list head;

	(void)state;
	list_fill(&head, members);
	list_remove(&members[3].link);
	list_remove(&members[3].link);
	assert_int_equal(list_ids(&head), 12);
}

static void
test_walk_may_remove_every_member(void **state)
{
	struct member members[MEMBERS];
	struct list head;
	int seen = 0;

	(void)state;
	list_fill(&head, members);
	LIST_FOREACH_SAFE (it, &head) {
		list_remove(it);
		seen++;
	}
	assert_int_equal(seen, MEMBERS);
	assert_true(list_is_empty(&head));
}

/* Being in two lists at once would corrupt both: better to die at once. */
static void
test_pushing_a_linked_member_aborts(void **state)
{
	struct member members[MEMBERS];
	struct list head;
	int status;
	pid_t pid;

	(void)state;
	list_fill(&head, members);
	pid = fork();
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL); /* cmocka's handler would fail us */
		fclose(stderr);
		list_push(&head, &members[0].link);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh_list_is_empty),
		cmocka_unit_test(test_members_keep_the_order_they_came_in),
		cmocka_unit_test(test_removed_member_is_gone_and_unlinked),
		cmocka_unit_test(test_removing_twice_is_harmless),
		cmocka_unit_test(test_walk_may_remove_every_member),
		cmocka_unit_test(test_pushing_a_linked_member_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
