/*
 * play.h - a script of MariaDB or MySQL played by hand: what it says is
 * compared, what it is answered is given.
 */
#ifndef REGENT_TESTS_GUARD_PLAY_H
#define REGENT_TESTS_GUARD_PLAY_H

#include "guard/driver/mysql_script.h"
#include "exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PLAY_TIMEOUT (4 * USEC_SEC)

/* Of the test that runs; the job's options may be set before play_begin. */
extern struct mysql_script play_script;
extern struct job play_job;
extern usec_t play_now;

int play_set_up(void **state);
int play_tear_down(void **state);

void play_begin(enum job_kind kind, const char *version);

/* It says something that starts so; then it is answered, or refused. */
void play_expect(const char *sql);
void play_answer(const char *text);
void play_exchange(const char *sql, const char *text);
void play_refuse(const char *sql, unsigned code, const char *text);

void play_pass_pause(void);

/* It is over; and a part of what it tells. */
void play_expect_done(enum verdict verdict);
void play_expect_detail(const char *part);

#endif
