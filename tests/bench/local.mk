# The benchmark's own tools: contrib/bench runs them, nothing installs them.
noinst_PROGRAMS += tests/bench/bench-load tests/bench/bench-server

tests_bench_bench_load_SOURCES = \
	tests/bench/hist.c tests/bench/hist.h \
	tests/bench/load.c tests/bench/load.h \
	tests/bench/load_bulk.c tests/bench/load_common.c \
	tests/bench/load_connect.c tests/bench/load_idle.c \
	tests/bench/load_ping.c \
	tests/bench/talk.c tests/bench/talk.h \
	tests/bench/watch.c tests/bench/watch.h

tests_bench_bench_server_SOURCES = tests/bench/server.c

if HAVE_CMOCKA
check_PROGRAMS += tests/bench/test_hist
TESTS += tests/bench/test_hist
tests_bench_test_hist_SOURCES = tests/bench/test_hist.c tests/bench/hist.c
tests_bench_test_hist_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_bench_test_hist_LDADD = $(UNIT_LIBS)
endif

# They look at the build directory, where they run.
BENCH_TESTS = tests/bench/budget tests/bench/memory \
	tests/bench/selftest
TESTS += $(BENCH_TESTS)
dist_check_SCRIPTS += $(BENCH_TESTS)
EXTRA_DIST += tests/bench/budget.txt
