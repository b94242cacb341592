noinst_LIBRARIES += libstats.a
libstats_a_SOURCES = \
	src/stats/counters.def src/stats/stats.c src/stats/stats.h
