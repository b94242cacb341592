noinst_LIBRARIES += libguard.a
libguard_a_SOURCES = \
	src/guard/appoint.c src/guard/appoint.h \
	src/guard/authority.c src/guard/authority.h \
	src/guard/effects.h \
	src/guard/episode.c src/guard/episode.h \
	src/guard/execute.c src/guard/execute.h \
	src/guard/field.c src/guard/field.h \
	src/guard/guard.c src/guard/guard.h src/guard/guard_private.h \
	src/guard/incident.c src/guard/incident.h \
	src/guard/journal.c src/guard/journal.h src/guard/journal_line.c \
	src/guard/narrate.c src/guard/narrate.h \
	src/guard/narrate_decision.c \
	src/guard/operate.c src/guard/operate.h \
	src/guard/probe.c src/guard/probe.h \
	src/guard/record.c src/guard/record.h \
	src/guard/record_fields.c src/guard/record_fields.h \
	src/guard/replay.c src/guard/replay.h \
	src/guard/step.h \
	src/guard/sentinel.c src/guard/sentinel.h \
	src/guard/sentinel_reply.c src/guard/sentinel_reply.h \
	src/guard/ward.c src/guard/ward.h \
	src/guard/word.c src/guard/word.h \
	src/guard/driver/dialog.c src/guard/driver/dialog.h \
	src/guard/driver/driver.c src/guard/driver/driver.h \
	src/guard/driver/redis.c \
	src/guard/driver/redis_reply.c src/guard/driver/redis_reply.h \
	src/guard/driver/tcp.c
if HAVE_PATRONI
libguard_a_SOURCES += \
	src/guard/driver/patroni.c \
	src/guard/driver/patroni_reply.c src/guard/driver/patroni_reply.h
endif
