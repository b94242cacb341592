noinst_LIBRARIES += libguard.a
libguard_a_SOURCES = \
	src/guard/effects.h \
	src/guard/examine.c src/guard/examine.h \
	src/guard/execute.c src/guard/execute.h \
	src/guard/guard.c src/guard/guard.h src/guard/guard_private.h \
	src/guard/herald.c src/guard/herald.h \
	src/guard/hook.c src/guard/hook.h \
	src/guard/hookenv.c src/guard/hookenv.h \
	src/guard/journal.c src/guard/journal.h src/guard/journal_line.c \
	src/guard/legacy.c src/guard/legacy.h \
	src/guard/locate.c src/guard/locate.h \
	src/guard/operate.c src/guard/operate.h \
	src/guard/probe.c src/guard/probe.h \
	src/guard/publish.c src/guard/publish.h \
	src/guard/request.c \
	src/guard/retire.c \
	src/guard/ward.c src/guard/ward.h \
	src/guard/ward_hooks.c src/guard/ward_hooks.h \
	src/guard/authority/appoint.c src/guard/authority/appoint.h \
	src/guard/authority/authority.c src/guard/authority/authority.h \
	src/guard/authority/sentinel.c src/guard/authority/sentinel.h \
	src/guard/authority/sentinel_reply.c src/guard/authority/sentinel_reply.h \
	src/guard/driver/agent.c \
	src/guard/driver/agent_reply.c src/guard/driver/agent_reply.h \
	src/guard/driver/dialog.c src/guard/driver/dialog.h \
	src/guard/driver/driver.c src/guard/driver/driver.h \
	src/guard/driver/exec.c \
	src/guard/driver/nowhere.c \
	src/guard/driver/redis.c \
	src/guard/driver/redis_examine.c \
	src/guard/driver/redis_examine.h \
	src/guard/driver/redis_reply.c src/guard/driver/redis_reply.h \
	src/guard/driver/tcp.c \
	src/guard/driver/visit.c src/guard/driver/visit.h \
	src/guard/record/episode.c src/guard/record/episode.h \
	src/guard/record/field.c src/guard/record/field.h \
	src/guard/record/incident.c src/guard/record/incident.h \
	src/guard/record/narrate.c src/guard/record/narrate.h \
	src/guard/record/narrate_decision.c \
	src/guard/record/record.c src/guard/record/record.h \
	src/guard/record/record_fields.c src/guard/record/record_fields.h \
	src/guard/record/replay.c src/guard/record/replay.h \
	src/guard/record/step.h \
	src/guard/record/word.c src/guard/record/word.h
if HAVE_CURL
libguard_a_SOURCES += \
	src/guard/driver/http.c \
	src/guard/driver/web.c src/guard/driver/web.h
endif
if HAVE_POSTGRES
libguard_a_SOURCES += \
	src/guard/driver/postgres.c \
	src/guard/driver/postgres_conninfo.c \
	src/guard/driver/postgres_conninfo.h \
	src/guard/driver/postgres_examine.c \
	src/guard/driver/postgres_examine.h \
	src/guard/driver/postgres_error.c src/guard/driver/postgres_error.h \
	src/guard/driver/postgres_link.c src/guard/driver/postgres_link.h \
	src/guard/driver/postgres_reply.c src/guard/driver/postgres_reply.h \
	src/guard/driver/postgres_sql.c \
	src/guard/driver/postgres_steps.c src/guard/driver/postgres_steps.h \
	src/guard/driver/postgres_timeline.c \
	src/guard/driver/postgres_timeline.h
endif
if HAVE_PATRONI
libguard_a_SOURCES += \
	src/guard/driver/patroni.c \
	src/guard/driver/patroni_reply.c src/guard/driver/patroni_reply.h
endif
if HAVE_MYSQL
libguard_a_SOURCES += \
	src/guard/driver/mysql.c \
	src/guard/driver/mysql_examine.c \
	src/guard/driver/mysql_job.c \
	src/guard/driver/mysql_gtid.c src/guard/driver/mysql_gtid.h \
	src/guard/driver/mysql_link.c src/guard/driver/mysql_link.h \
	src/guard/driver/mysql_reply.c src/guard/driver/mysql_reply.h \
	src/guard/driver/mysql_say.c src/guard/driver/mysql_say.h \
	src/guard/driver/mysql_session.c src/guard/driver/mysql_session.h \
	src/guard/driver/mysql_script.c src/guard/driver/mysql_script.h \
	src/guard/driver/mysql_step.c src/guard/driver/mysql_step.h
endif
