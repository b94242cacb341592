# Fuzz targets, built only by a tree that was configured for them:
#   configure CC=clang --enable-fuzz \
#	CFLAGS="-g -O1 -fsanitize=address,undefined,fuzzer-no-link"
#   make && SRCDIR/tests/fuzz/run SECONDS BUILDDIR
# A target is one block below and its seeds in corpus/<target>/; the script
# finds both by name.
EXTRA_DIST += tests/fuzz/run tests/fuzz/corpus

if FUZZ
FUZZ_LINK = -fsanitize=fuzzer

noinst_PROGRAMS += tests/fuzz/fuzz_resp
tests_fuzz_fuzz_resp_SOURCES = tests/fuzz/fuzz_resp.c
tests_fuzz_fuzz_resp_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_resp_LDADD = $(LIBS_WIRE)

noinst_PROGRAMS += tests/fuzz/fuzz_pgwire
tests_fuzz_fuzz_pgwire_SOURCES = tests/fuzz/fuzz_pgwire.c
tests_fuzz_fuzz_pgwire_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_pgwire_LDADD = $(LIBS_WIRE)

noinst_PROGRAMS += tests/fuzz/fuzz_agent
tests_fuzz_fuzz_agent_SOURCES = tests/fuzz/fuzz_agent.c
tests_fuzz_fuzz_agent_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_agent_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)

noinst_PROGRAMS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c
tests_fuzz_fuzz_conf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_conf_LDADD = $(LIBS_CONF) $(INIH_LIBS)

noinst_PROGRAMS += tests/fuzz/fuzz_incident
tests_fuzz_fuzz_incident_SOURCES = tests/fuzz/fuzz_incident.c
tests_fuzz_fuzz_incident_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_incident_LDADD = libguard.a $(LIBS_CORE)

noinst_PROGRAMS += tests/fuzz/fuzz_journal
tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c
tests_fuzz_fuzz_journal_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_journal_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)

noinst_PROGRAMS += tests/fuzz/fuzz_legacy
tests_fuzz_fuzz_legacy_SOURCES = tests/fuzz/fuzz_legacy.c
tests_fuzz_fuzz_legacy_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_legacy_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)

noinst_PROGRAMS += tests/fuzz/fuzz_parcel
tests_fuzz_fuzz_parcel_SOURCES = tests/fuzz/fuzz_parcel.c
tests_fuzz_fuzz_parcel_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_parcel_LDADD = $(LIBS_UPGRADE)

noinst_PROGRAMS += tests/fuzz/fuzz_redis
tests_fuzz_fuzz_redis_SOURCES = tests/fuzz/fuzz_redis.c
tests_fuzz_fuzz_redis_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_redis_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)

noinst_PROGRAMS += tests/fuzz/fuzz_sentinel
tests_fuzz_fuzz_sentinel_SOURCES = tests/fuzz/fuzz_sentinel.c
tests_fuzz_fuzz_sentinel_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_sentinel_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)

if HAVE_POSTGRES
noinst_PROGRAMS += tests/fuzz/fuzz_postgres
tests_fuzz_fuzz_postgres_SOURCES = tests/fuzz/fuzz_postgres.c
tests_fuzz_fuzz_postgres_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_postgres_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)
endif

if HAVE_PATRONI
noinst_PROGRAMS += tests/fuzz/fuzz_patroni
tests_fuzz_fuzz_patroni_SOURCES = tests/fuzz/fuzz_patroni.c
tests_fuzz_fuzz_patroni_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_patroni_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)
endif

if HAVE_MYSQL
noinst_PROGRAMS += tests/fuzz/fuzz_mysql
tests_fuzz_fuzz_mysql_SOURCES = tests/fuzz/fuzz_mysql.c
tests_fuzz_fuzz_mysql_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mysql_LDADD = $(LIBS_GUARD) $(GUARD_LIBS)
endif
endif
