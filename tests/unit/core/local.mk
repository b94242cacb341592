check_PROGRAMS += tests/unit/core/test_health
TESTS += tests/unit/core/test_health
tests_unit_core_test_health_SOURCES = tests/unit/core/test_health.c
tests_unit_core_test_health_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_health_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_balance
TESTS += tests/unit/core/test_balance
tests_unit_core_test_balance_SOURCES = tests/unit/core/test_balance.c
tests_unit_core_test_balance_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_balance_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_rate
TESTS += tests/unit/core/test_rate
tests_unit_core_test_rate_SOURCES = tests/unit/core/test_rate.c
tests_unit_core_test_rate_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_rate_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_candidate
TESTS += tests/unit/core/test_candidate
tests_unit_core_test_candidate_SOURCES = tests/unit/core/test_candidate.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_candidate_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_candidate_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_facts
TESTS += tests/unit/core/test_facts
tests_unit_core_test_facts_SOURCES = tests/unit/core/test_facts.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_facts_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_facts_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_failover
TESTS += tests/unit/core/test_failover
tests_unit_core_test_failover_SOURCES = tests/unit/core/test_failover.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_failover_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_failover_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_claimant
TESTS += tests/unit/core/test_claimant
tests_unit_core_test_claimant_SOURCES = tests/unit/core/test_claimant.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_claimant_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_claimant_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_decide
TESTS += tests/unit/core/test_decide
tests_unit_core_test_decide_SOURCES = tests/unit/core/test_decide.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_decide_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_decide_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_hearing
TESTS += tests/unit/core/test_hearing
tests_unit_core_test_hearing_SOURCES = tests/unit/core/test_hearing.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_hearing_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_hearing_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_holes
TESTS += tests/unit/core/test_holes
tests_unit_core_test_holes_SOURCES = tests/unit/core/test_holes.c \
	tests/unit/core/brain.c tests/unit/core/brain.h \
	tests/unit/core/draw.c tests/unit/core/draw.h
tests_unit_core_test_holes_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_holes_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_learn
TESTS += tests/unit/core/test_learn
tests_unit_core_test_learn_SOURCES = tests/unit/core/test_learn.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_learn_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_learn_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_promote
TESTS += tests/unit/core/test_promote
tests_unit_core_test_promote_SOURCES = tests/unit/core/test_promote.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_promote_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_promote_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_rejoin
TESTS += tests/unit/core/test_rejoin
tests_unit_core_test_rejoin_SOURCES = tests/unit/core/test_rejoin.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_rejoin_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_rejoin_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_rules
TESTS += tests/unit/core/test_rules
tests_unit_core_test_rules_SOURCES = tests/unit/core/test_rules.c \
	tests/unit/core/brain.c tests/unit/core/brain.h \
	tests/unit/core/draw.c tests/unit/core/draw.h
tests_unit_core_test_rules_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_rules_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_start
TESTS += tests/unit/core/test_start
tests_unit_core_test_start_SOURCES = tests/unit/core/test_start.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_start_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_start_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_switchover
TESTS += tests/unit/core/test_switchover
tests_unit_core_test_switchover_SOURCES = tests/unit/core/test_switchover.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_switchover_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_switchover_LDADD = $(LIBS_CORE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/core/test_view
TESTS += tests/unit/core/test_view
tests_unit_core_test_view_SOURCES = tests/unit/core/test_view.c \
	tests/unit/core/brain.c tests/unit/core/brain.h
tests_unit_core_test_view_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_test_view_LDADD = $(LIBS_CORE) $(UNIT_LIBS)
