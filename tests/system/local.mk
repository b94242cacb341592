# System tests: the real daemon between real servers and real clients.
# crmload needs no cmocka, so contrib/demo can use it where tests can't run.
if HAVE_HIREDIS
LOAD_SOURCES = \
	tests/system/clock.c tests/system/clock.h \
	tests/system/host.c tests/system/host.h \
	tests/system/load.c tests/system/load.h tests/system/load_impl.h \
	tests/system/load_old.c tests/system/load_redis.c \
	tests/system/load_tongue.h tests/system/load_verify.c \
	tests/system/load_writer.c
check_PROGRAMS += tests/system/crmload
tests_system_crmload_SOURCES = tests/system/crmload.c $(LOAD_SOURCES)
tests_system_crmload_CPPFLAGS = $(AM_CPPFLAGS) $(HIREDIS_CFLAGS)
tests_system_crmload_LDADD = libbase.a $(HIREDIS_LIBS)
if HAVE_POSTGRES
tests_system_crmload_SOURCES += tests/system/pg_load.c tests/system/pg_load.h
tests_system_crmload_LDADD += $(LIBPQ_LIBS)
endif
if HAVE_MYSQL
tests_system_crmload_SOURCES += \
	tests/system/maria_load.c tests/system/maria_load.h
tests_system_crmload_LDADD += $(MARIADB_LIBS)
endif
endif

if HAVE_SYSTEM
check_LIBRARIES = tests/system/libsystem.a
tests_system_libsystem_a_SOURCES = \
	$(LOAD_SOURCES) \
	tests/system/answer.c tests/system/answer.h \
	tests/system/client.c tests/system/client.h \
	tests/system/crm.c tests/system/crm.h \
	tests/system/daemon.c tests/system/daemon.h \
	tests/system/disk.c tests/system/disk.h \
	tests/system/endure.c tests/system/endure.h \
	tests/system/fake_conn.c tests/system/fake_impl.h \
	tests/system/fake_node.c tests/system/fake_node.h \
	tests/system/farm.c tests/system/farm.h \
	tests/system/json_check.c tests/system/json_check.h \
	tests/system/lan.c tests/system/lan.h \
	tests/system/monitor.c tests/system/monitor.h \
	tests/system/partition.c tests/system/partition.h \
	tests/system/process.c tests/system/process.h \
	tests/system/redis_node.c tests/system/redis_node.h \
	tests/system/sentinel_node.c tests/system/sentinel_node.h \
	tests/system/site.c tests/system/site.h \
	tests/system/writers.c tests/system/writers.h \
	tests/system/zombie.c tests/system/zombie.h
SYSTEM_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(HIREDIS_CFLAGS)
SYSTEM_LIBS = tests/system/libsystem.a libbase.a $(CMOCKA_LIBS) $(HIREDIS_LIBS)
tests_system_libsystem_a_CPPFLAGS = $(SYSTEM_CPPFLAGS)

SYSTEM_TESTS = \
	tests/system/test_harness \
	tests/system/test_config \
	tests/system/test_control \
	tests/system/test_daemon \
	tests/system/test_relay \
	tests/system/test_route \
	tests/system/test_limits \
	tests/system/test_failover \
	tests/system/test_record \
	tests/system/test_roles \
	tests/system/test_switchover \
	tests/system/test_badnode \
	tests/system/test_partition \
	tests/system/test_flap \
	tests/system/test_examine \
	tests/system/test_follow \
	tests/system/test_checks \
	tests/system/test_hooks \
	tests/system/test_churn \
	tests/system/test_upgrade \
	tests/system/test_upgrade_state
check_PROGRAMS += $(SYSTEM_TESTS)
TESTS += $(SYSTEM_TESTS)

tests_system_test_harness_SOURCES = tests/system/test_harness.c
tests_system_test_harness_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_harness_LDADD = $(SYSTEM_LIBS)
tests_system_test_config_SOURCES = tests/system/test_config.c
tests_system_test_config_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_config_LDADD = $(SYSTEM_LIBS)
tests_system_test_control_SOURCES = tests/system/test_control.c
tests_system_test_control_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_control_LDADD = $(SYSTEM_LIBS)
tests_system_test_daemon_SOURCES = tests/system/test_daemon.c
tests_system_test_daemon_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_daemon_LDADD = $(SYSTEM_LIBS)
tests_system_test_relay_SOURCES = tests/system/test_relay.c
tests_system_test_relay_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_relay_LDADD = $(SYSTEM_LIBS)
tests_system_test_route_SOURCES = tests/system/test_route.c
tests_system_test_route_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_route_LDADD = $(SYSTEM_LIBS)
tests_system_test_limits_SOURCES = tests/system/test_limits.c
tests_system_test_limits_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_limits_LDADD = $(SYSTEM_LIBS)
tests_system_test_failover_SOURCES = tests/system/test_failover.c
tests_system_test_failover_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_failover_LDADD = $(SYSTEM_LIBS)
tests_system_test_record_SOURCES = tests/system/test_record.c
tests_system_test_record_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_record_LDADD = $(SYSTEM_LIBS)
tests_system_test_roles_SOURCES = tests/system/test_roles.c
tests_system_test_roles_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_roles_LDADD = $(SYSTEM_LIBS)
tests_system_test_switchover_SOURCES = tests/system/test_switchover.c
tests_system_test_switchover_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_switchover_LDADD = $(SYSTEM_LIBS)
tests_system_test_badnode_SOURCES = tests/system/test_badnode.c
tests_system_test_badnode_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_badnode_LDADD = $(SYSTEM_LIBS)
tests_system_test_partition_SOURCES = tests/system/test_partition.c
tests_system_test_partition_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_partition_LDADD = $(SYSTEM_LIBS)
tests_system_test_flap_SOURCES = tests/system/test_flap.c
tests_system_test_flap_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_flap_LDADD = $(SYSTEM_LIBS)
tests_system_test_examine_SOURCES = tests/system/test_examine.c
tests_system_test_examine_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_examine_LDADD = $(SYSTEM_LIBS)
tests_system_test_follow_SOURCES = tests/system/test_follow.c
tests_system_test_follow_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_follow_LDADD = $(SYSTEM_LIBS)
tests_system_test_hooks_SOURCES = tests/system/test_hooks.c
tests_system_test_hooks_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_hooks_LDADD = $(SYSTEM_LIBS)
tests_system_test_checks_SOURCES = tests/system/test_checks.c
tests_system_test_checks_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_checks_LDADD = $(SYSTEM_LIBS)
tests_system_test_churn_SOURCES = tests/system/test_churn.c
tests_system_test_churn_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_churn_LDADD = $(SYSTEM_LIBS)

tests_system_test_upgrade_SOURCES = tests/system/test_upgrade.c
tests_system_test_upgrade_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_upgrade_LDADD = $(SYSTEM_LIBS)
tests_system_test_upgrade_state_SOURCES = tests/system/test_upgrade_state.c
tests_system_test_upgrade_state_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_upgrade_state_LDADD = $(SYSTEM_LIBS)

if HAVE_POSTGRES
PG_SOURCES = \
	tests/system/pg_farm.c tests/system/pg_farm.h \
	tests/system/pg_load.c tests/system/pg_load.h \
	tests/system/pg_node.c tests/system/pg_node.h \
	tests/system/pg_tool.c tests/system/pg_tool.h
PG_CPPFLAGS = $(SYSTEM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
PG_TESTS = \
	tests/system/test_postgres \
	tests/system/test_postgres_disk \
	tests/system/test_postgres_jobs \
	tests/system/test_postgres_pains \
	tests/system/test_postgres_rejoin
check_PROGRAMS += $(PG_TESTS)
TESTS += $(PG_TESTS)
tests_system_test_postgres_SOURCES = tests/system/test_postgres.c $(PG_SOURCES)
tests_system_test_postgres_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_postgres_LDADD = $(SYSTEM_LIBS) $(LIBPQ_LIBS)
tests_system_test_postgres_disk_SOURCES = \
	tests/system/test_postgres_disk.c $(PG_SOURCES)
tests_system_test_postgres_disk_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_postgres_disk_LDADD = $(SYSTEM_LIBS) $(LIBPQ_LIBS)
# The driver alone, without a daemon.
tests_system_test_postgres_jobs_SOURCES = \
	tests/system/test_postgres_jobs.c \
	tests/system/pg_guise.c tests/system/pg_guise.h $(PG_SOURCES)
tests_system_test_postgres_jobs_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_postgres_jobs_LDADD = $(SYSTEM_LIBS) $(LIBS_GUARD) \
	$(GUARD_LIBS)
tests_system_test_postgres_pains_SOURCES = \
	tests/system/test_postgres_pains.c $(PG_SOURCES)
tests_system_test_postgres_pains_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_postgres_pains_LDADD = $(SYSTEM_LIBS) $(LIBPQ_LIBS)
tests_system_test_postgres_rejoin_SOURCES = \
	tests/system/test_postgres_rejoin.c $(PG_SOURCES)
tests_system_test_postgres_rejoin_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_postgres_rejoin_LDADD = $(SYSTEM_LIBS) $(LIBPQ_LIBS)
check_PROGRAMS += tests/system/test_refuse_postgres
TESTS += tests/system/test_refuse_postgres
tests_system_test_refuse_postgres_SOURCES = \
	tests/system/test_refuse_postgres.c \
	tests/system/deserted.c tests/system/deserted.h $(PG_SOURCES)
tests_system_test_refuse_postgres_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_refuse_postgres_LDADD = $(SYSTEM_LIBS) $(LIBPQ_LIBS)
check_PROGRAMS += tests/system/test_examine_postgres
TESTS += tests/system/test_examine_postgres
tests_system_test_examine_postgres_SOURCES = \
	tests/system/test_examine_postgres.c $(PG_SOURCES)
tests_system_test_examine_postgres_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_examine_postgres_LDADD = $(SYSTEM_LIBS) $(LIBPQ_LIBS)
check_PROGRAMS += tests/system/test_cancel
TESTS += tests/system/test_cancel
tests_system_test_cancel_SOURCES = tests/system/test_cancel.c $(PG_SOURCES)
tests_system_test_cancel_CPPFLAGS = $(PG_CPPFLAGS)
tests_system_test_cancel_LDADD = $(SYSTEM_LIBS) $(LIBPQ_LIBS)
endif

if HAVE_CARES
check_PROGRAMS += tests/system/test_names
TESTS += tests/system/test_names
tests_system_test_names_SOURCES = tests/system/test_names.c \
	tests/unit/net/fake_dns.c tests/unit/net/fake_dns.h
tests_system_test_names_CPPFLAGS = $(SYSTEM_CPPFLAGS) \
	-I$(top_srcdir)/tests/unit/net
tests_system_test_names_LDADD = $(SYSTEM_LIBS)
endif

CERTIFICATE = tests/system/certificate.c tests/system/certificate.h

if HAVE_MYSQL
MARIA_SOURCES = \
	tests/system/maria_farm.c tests/system/maria_farm.h \
	tests/system/maria_load.c tests/system/maria_load.h \
	tests/system/maria_node.c tests/system/maria_node.h
MARIA_CPPFLAGS = $(SYSTEM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
check_PROGRAMS += tests/system/test_mariadb
TESTS += tests/system/test_mariadb
tests_system_test_mariadb_SOURCES = tests/system/test_mariadb.c $(MARIA_SOURCES)
tests_system_test_mariadb_CPPFLAGS = $(MARIA_CPPFLAGS)
tests_system_test_mariadb_LDADD = $(SYSTEM_LIBS) $(MARIADB_LIBS)
check_PROGRAMS += tests/system/test_mariadb_disk
TESTS += tests/system/test_mariadb_disk
tests_system_test_mariadb_disk_SOURCES = tests/system/test_mariadb_disk.c \
	$(MARIA_SOURCES)
tests_system_test_mariadb_disk_CPPFLAGS = $(MARIA_CPPFLAGS)
tests_system_test_mariadb_disk_LDADD = $(SYSTEM_LIBS) $(MARIADB_LIBS)
check_PROGRAMS += tests/system/test_mariadb_pains
TESTS += tests/system/test_mariadb_pains
tests_system_test_mariadb_pains_SOURCES = tests/system/test_mariadb_pains.c \
	$(MARIA_SOURCES) $(CERTIFICATE)
tests_system_test_mariadb_pains_CPPFLAGS = $(MARIA_CPPFLAGS)
tests_system_test_mariadb_pains_LDADD = $(SYSTEM_LIBS) $(MARIADB_LIBS)
check_PROGRAMS += tests/system/test_mariadb_series
TESTS += tests/system/test_mariadb_series
tests_system_test_mariadb_series_SOURCES = \
	tests/system/test_mariadb_series.c $(MARIA_SOURCES)
tests_system_test_mariadb_series_CPPFLAGS = $(MARIA_CPPFLAGS)
tests_system_test_mariadb_series_LDADD = $(SYSTEM_LIBS) $(MARIADB_LIBS)

check_PROGRAMS += tests/system/test_examine_mariadb
TESTS += tests/system/test_examine_mariadb
tests_system_test_examine_mariadb_SOURCES = \
	tests/system/test_examine_mariadb.c $(MARIA_SOURCES)
tests_system_test_examine_mariadb_CPPFLAGS = $(MARIA_CPPFLAGS)
tests_system_test_examine_mariadb_LDADD = $(SYSTEM_LIBS) $(MARIADB_LIBS)

check_PROGRAMS += tests/system/test_refuse_mysql
TESTS += tests/system/test_refuse_mysql
tests_system_test_refuse_mysql_SOURCES = tests/system/test_refuse_mysql.c \
	tests/system/deserted.c tests/system/deserted.h
tests_system_test_refuse_mysql_CPPFLAGS = $(SYSTEM_CPPFLAGS) \
	$(MARIADB_CFLAGS)
tests_system_test_refuse_mysql_LDADD = $(SYSTEM_LIBS) $(MARIADB_LIBS)
endif

if HAVE_PATRONI
check_PROGRAMS += tests/system/test_patroni
TESTS += tests/system/test_patroni
tests_system_test_patroni_SOURCES = tests/system/test_patroni.c \
	tests/system/patroni.c tests/system/patroni.h $(CERTIFICATE) \
	tests/system/pg_tool.c tests/system/pg_tool.h
tests_system_test_patroni_CPPFLAGS = $(SYSTEM_CPPFLAGS)
tests_system_test_patroni_LDADD = $(SYSTEM_LIBS)
endif
endif
