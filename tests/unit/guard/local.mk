GUARD_TEST_LIBS = tests/unit/net/libtrial.a $(LIBS_GUARD) $(GUARD_LIBS) \
	$(UNIT_LIBS)
ASKER = tests/unit/guard/asker.c tests/unit/guard/asker.h
# drill.c includes the brain of the tests of core/.
DRILL = tests/unit/guard/drill.c tests/unit/guard/drill.h
DRILL_CPPFLAGS = -I$(top_srcdir)
FAKE = tests/unit/guard/fake.c tests/unit/guard/fake.h

check_PROGRAMS += tests/unit/guard/test_dialog
TESTS += tests/unit/guard/test_dialog
tests_unit_guard_test_dialog_SOURCES = tests/unit/guard/test_dialog.c
tests_unit_guard_test_dialog_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_dialog_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_driver
TESTS += tests/unit/guard/test_driver
tests_unit_guard_test_driver_SOURCES = tests/unit/guard/test_driver.c \
	$(ASKER)
tests_unit_guard_test_driver_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_driver_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_episode
TESTS += tests/unit/guard/test_episode
tests_unit_guard_test_episode_SOURCES = tests/unit/guard/test_episode.c \
	$(DRILL)
tests_unit_guard_test_episode_CPPFLAGS = $(TRIAL_CPPFLAGS) $(DRILL_CPPFLAGS)
tests_unit_guard_test_episode_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_agent
TESTS += tests/unit/guard/test_agent
tests_unit_guard_test_agent_SOURCES = tests/unit/guard/test_agent.c \
	$(ASKER)
tests_unit_guard_test_agent_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_agent_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_exec
TESTS += tests/unit/guard/test_exec
tests_unit_guard_test_exec_SOURCES = tests/unit/guard/test_exec.c \
	$(ASKER)
tests_unit_guard_test_exec_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_exec_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_herald
TESTS += tests/unit/guard/test_herald
tests_unit_guard_test_herald_SOURCES = tests/unit/guard/test_herald.c
tests_unit_guard_test_herald_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_herald_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_hook
TESTS += tests/unit/guard/test_hook
tests_unit_guard_test_hook_SOURCES = tests/unit/guard/test_hook.c \
	$(FAKE)
tests_unit_guard_test_hook_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_hook_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_hookenv
TESTS += tests/unit/guard/test_hookenv
tests_unit_guard_test_hookenv_SOURCES = tests/unit/guard/test_hookenv.c
tests_unit_guard_test_hookenv_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_hookenv_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_incident
TESTS += tests/unit/guard/test_incident
tests_unit_guard_test_incident_SOURCES = tests/unit/guard/test_incident.c \
	$(DRILL)
tests_unit_guard_test_incident_CPPFLAGS = $(TRIAL_CPPFLAGS) $(DRILL_CPPFLAGS)
tests_unit_guard_test_incident_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_journal
TESTS += tests/unit/guard/test_journal
tests_unit_guard_test_journal_SOURCES = tests/unit/guard/test_journal.c
tests_unit_guard_test_journal_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_journal_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_journal_line
TESTS += tests/unit/guard/test_journal_line
tests_unit_guard_test_journal_line_SOURCES = tests/unit/guard/test_journal_line.c
tests_unit_guard_test_journal_line_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_journal_line_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_narrate
TESTS += tests/unit/guard/test_narrate
tests_unit_guard_test_narrate_SOURCES = tests/unit/guard/test_narrate.c \
	$(DRILL)
tests_unit_guard_test_narrate_CPPFLAGS = $(TRIAL_CPPFLAGS) $(DRILL_CPPFLAGS)
tests_unit_guard_test_narrate_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_operate
TESTS += tests/unit/guard/test_operate
tests_unit_guard_test_operate_SOURCES = tests/unit/guard/test_operate.c \
	$(FAKE)
tests_unit_guard_test_operate_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_operate_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_probe
TESTS += tests/unit/guard/test_probe
tests_unit_guard_test_probe_SOURCES = tests/unit/guard/test_probe.c \
	$(FAKE)
tests_unit_guard_test_probe_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_probe_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_record
TESTS += tests/unit/guard/test_record
tests_unit_guard_test_record_SOURCES = tests/unit/guard/test_record.c
tests_unit_guard_test_record_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_record_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_record_fields
TESTS += tests/unit/guard/test_record_fields
tests_unit_guard_test_record_fields_SOURCES = tests/unit/guard/test_record_fields.c
tests_unit_guard_test_record_fields_CPPFLAGS = $(TRIAL_CPPFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_guard_test_record_fields_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_redis
TESTS += tests/unit/guard/test_redis
tests_unit_guard_test_redis_SOURCES = tests/unit/guard/test_redis.c \
	$(ASKER)
tests_unit_guard_test_redis_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_redis_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_redis_reply
TESTS += tests/unit/guard/test_redis_reply
tests_unit_guard_test_redis_reply_SOURCES = tests/unit/guard/test_redis_reply.c
tests_unit_guard_test_redis_reply_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_redis_reply_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_replay
TESTS += tests/unit/guard/test_replay
tests_unit_guard_test_replay_SOURCES = tests/unit/guard/test_replay.c \
	$(DRILL)
tests_unit_guard_test_replay_CPPFLAGS = $(TRIAL_CPPFLAGS) $(DRILL_CPPFLAGS)
tests_unit_guard_test_replay_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_word
TESTS += tests/unit/guard/test_word
tests_unit_guard_test_word_SOURCES = tests/unit/guard/test_word.c
tests_unit_guard_test_word_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_word_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_appoint
TESTS += tests/unit/guard/test_appoint
tests_unit_guard_test_appoint_SOURCES = tests/unit/guard/test_appoint.c
tests_unit_guard_test_appoint_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_appoint_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_sentinel
TESTS += tests/unit/guard/test_sentinel
tests_unit_guard_test_sentinel_SOURCES = tests/unit/guard/test_sentinel.c
tests_unit_guard_test_sentinel_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_sentinel_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_sentinel_reply
TESTS += tests/unit/guard/test_sentinel_reply
tests_unit_guard_test_sentinel_reply_SOURCES = \
	tests/unit/guard/test_sentinel_reply.c
tests_unit_guard_test_sentinel_reply_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_sentinel_reply_LDADD = $(GUARD_TEST_LIBS)

if HAVE_CURL
check_PROGRAMS += tests/unit/guard/test_http
TESTS += tests/unit/guard/test_http
tests_unit_guard_test_http_SOURCES = tests/unit/guard/test_http.c \
	$(ASKER)
tests_unit_guard_test_http_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_http_LDADD = $(GUARD_TEST_LIBS)
endif

if HAVE_POSTGRES
check_PROGRAMS += tests/unit/guard/test_postgres_conninfo
TESTS += tests/unit/guard/test_postgres_conninfo
tests_unit_guard_test_postgres_conninfo_SOURCES = \
	tests/unit/guard/test_postgres_conninfo.c
tests_unit_guard_test_postgres_conninfo_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_postgres_conninfo_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_postgres_timeline
TESTS += tests/unit/guard/test_postgres_timeline
tests_unit_guard_test_postgres_timeline_SOURCES = \
	tests/unit/guard/test_postgres_timeline.c
tests_unit_guard_test_postgres_timeline_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_postgres_timeline_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_postgres_reply
TESTS += tests/unit/guard/test_postgres_reply
tests_unit_guard_test_postgres_reply_SOURCES = \
	tests/unit/guard/test_postgres_reply.c
tests_unit_guard_test_postgres_reply_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_postgres_reply_LDADD = $(GUARD_TEST_LIBS)
endif

if HAVE_PATRONI
check_PROGRAMS += tests/unit/guard/test_patroni
TESTS += tests/unit/guard/test_patroni
tests_unit_guard_test_patroni_SOURCES = tests/unit/guard/test_patroni.c \
	$(ASKER)
tests_unit_guard_test_patroni_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_patroni_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_patroni_reply
TESTS += tests/unit/guard/test_patroni_reply
tests_unit_guard_test_patroni_reply_SOURCES = \
	tests/unit/guard/test_patroni_reply.c
tests_unit_guard_test_patroni_reply_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_patroni_reply_LDADD = $(GUARD_TEST_LIBS)
endif

if HAVE_MYSQL
EXCHANGE = tests/unit/guard/exchange.c tests/unit/guard/exchange.h
PLAY = tests/unit/guard/play.c tests/unit/guard/play.h $(EXCHANGE)

check_PROGRAMS += tests/unit/guard/test_mysql_dialect
TESTS += tests/unit/guard/test_mysql_dialect
tests_unit_guard_test_mysql_dialect_SOURCES = \
	tests/unit/guard/test_mysql_dialect.c $(PLAY)
tests_unit_guard_test_mysql_dialect_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_mysql_dialect_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_mysql
TESTS += tests/unit/guard/test_mysql
tests_unit_guard_test_mysql_SOURCES = tests/unit/guard/test_mysql.c $(ASKER)
tests_unit_guard_test_mysql_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_mysql_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_mysql_gtid
TESTS += tests/unit/guard/test_mysql_gtid
tests_unit_guard_test_mysql_gtid_SOURCES = tests/unit/guard/test_mysql_gtid.c
tests_unit_guard_test_mysql_gtid_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_mysql_gtid_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_mysql_reply
TESTS += tests/unit/guard/test_mysql_reply
tests_unit_guard_test_mysql_reply_SOURCES = \
	tests/unit/guard/test_mysql_reply.c $(EXCHANGE)
tests_unit_guard_test_mysql_reply_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_mysql_reply_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_mysql_script
TESTS += tests/unit/guard/test_mysql_script
tests_unit_guard_test_mysql_script_SOURCES = \
	tests/unit/guard/test_mysql_script.c \
	tests/unit/guard/mariadb.h $(PLAY)
tests_unit_guard_test_mysql_script_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_mysql_script_LDADD = $(GUARD_TEST_LIBS)

check_PROGRAMS += tests/unit/guard/test_mysql_promote
TESTS += tests/unit/guard/test_mysql_promote
tests_unit_guard_test_mysql_promote_SOURCES = \
	tests/unit/guard/test_mysql_promote.c \
	tests/unit/guard/mariadb.h $(PLAY)
tests_unit_guard_test_mysql_promote_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_guard_test_mysql_promote_LDADD = $(GUARD_TEST_LIBS)
endif
