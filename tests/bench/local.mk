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
