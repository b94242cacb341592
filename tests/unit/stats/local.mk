check_PROGRAMS += tests/unit/stats/test_stats
TESTS += tests/unit/stats/test_stats
tests_unit_stats_test_stats_SOURCES = tests/unit/stats/test_stats.c
tests_unit_stats_test_stats_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_stats_test_stats_LDADD = $(LIBS_STATS) $(UNIT_LIBS)
