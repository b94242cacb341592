# regent-scenario plays *.scn to the brain; run plays all of them, each one a
# test.
SCENARIO_SOURCES = \
	tests/scenario/act.c tests/scenario/act.h \
	tests/scenario/holds.c tests/scenario/holds.h \
	tests/scenario/script.c tests/scenario/script.h \
	tests/scenario/stage.c tests/scenario/stage.h \
	tests/scenario/words.c tests/scenario/words.def \
	tests/scenario/words.h
SCENARIO_CPPFLAGS = -I$(top_srcdir)/tests/sim -I$(top_srcdir)/tests/scenario

check_PROGRAMS += tests/scenario/regent-scenario
tests_scenario_regent_scenario_SOURCES = \
	tests/scenario/main.c $(SCENARIO_SOURCES) $(SIM_WORLD)
tests_scenario_regent_scenario_CPPFLAGS = $(AM_CPPFLAGS) $(SCENARIO_CPPFLAGS)
tests_scenario_regent_scenario_LDADD = $(LIBS_CORE)

if HAVE_CMOCKA
check_PROGRAMS += tests/scenario/test_script
TESTS += tests/scenario/test_script
tests_scenario_test_script_SOURCES = \
	tests/scenario/test_script.c $(SCENARIO_SOURCES) $(SIM_WORLD)
tests_scenario_test_script_CPPFLAGS = $(UNIT_CPPFLAGS) $(SCENARIO_CPPFLAGS)
tests_scenario_test_script_LDADD = $(LIBS_CORE) $(UNIT_LIBS)
endif

TESTS += tests/scenario/run
dist_check_SCRIPTS += tests/scenario/run
EXTRA_DIST += tests/scenario/README $(srcdir)/tests/scenario/*.scn
