RELAY_TEST_LIBS = tests/unit/net/libtrial.a $(LIBS_RELAY) $(BPF_LIBS) \
	$(EV_LIBS) $(INIH_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/relay/test_pump
TESTS += tests/unit/relay/test_pump
tests_unit_relay_test_pump_SOURCES = tests/unit/relay/test_pump.c
tests_unit_relay_test_pump_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_pump_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_route
TESTS += tests/unit/relay/test_route
tests_unit_relay_test_route_SOURCES = tests/unit/relay/test_route.c
tests_unit_relay_test_route_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_route_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_routes
TESTS += tests/unit/relay/test_routes
tests_unit_relay_test_routes_SOURCES = tests/unit/relay/test_routes.c
tests_unit_relay_test_routes_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_routes_LDADD = $(RELAY_TEST_LIBS)

RIG = tests/unit/relay/rig.c tests/unit/relay/rig.h

check_PROGRAMS += tests/unit/relay/test_relay
TESTS += tests/unit/relay/test_relay
tests_unit_relay_test_relay_SOURCES = tests/unit/relay/test_relay.c $(RIG)
tests_unit_relay_test_relay_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_relay_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_queue
TESTS += tests/unit/relay/test_queue
tests_unit_relay_test_queue_SOURCES = tests/unit/relay/test_queue.c $(RIG)
tests_unit_relay_test_queue_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_queue_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_sources
TESTS += tests/unit/relay/test_sources
tests_unit_relay_test_sources_SOURCES = tests/unit/relay/test_sources.c
tests_unit_relay_test_sources_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_sources_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_barrier
TESTS += tests/unit/relay/test_barrier
tests_unit_relay_test_barrier_SOURCES = tests/unit/relay/test_barrier.c $(RIG)
tests_unit_relay_test_barrier_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_barrier_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_reload
TESTS += tests/unit/relay/test_reload
tests_unit_relay_test_reload_SOURCES = tests/unit/relay/test_reload.c $(RIG)
tests_unit_relay_test_reload_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_reload_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_doors
TESTS += tests/unit/relay/test_doors
tests_unit_relay_test_doors_SOURCES = tests/unit/relay/test_doors.c $(RIG)
tests_unit_relay_test_doors_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_doors_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_refuse
TESTS += tests/unit/relay/test_refuse
tests_unit_relay_test_refuse_SOURCES = tests/unit/relay/test_refuse.c \
	tests/unit/relay/pg.h $(RIG)
tests_unit_relay_test_refuse_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_refuse_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_hello
TESTS += tests/unit/relay/test_hello
tests_unit_relay_test_hello_SOURCES = tests/unit/relay/test_hello.c \
	tests/unit/relay/pg.h $(RIG)
tests_unit_relay_test_hello_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_hello_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_cancel
TESTS += tests/unit/relay/test_cancel
tests_unit_relay_test_cancel_SOURCES = tests/unit/relay/test_cancel.c \
	tests/unit/relay/pg.h $(RIG)
tests_unit_relay_test_cancel_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_cancel_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_share
TESTS += tests/unit/relay/test_share
tests_unit_relay_test_share_SOURCES = tests/unit/relay/test_share.c $(RIG)
tests_unit_relay_test_share_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_share_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_kernel
TESTS += tests/unit/relay/test_kernel
tests_unit_relay_test_kernel_SOURCES = tests/unit/relay/test_kernel.c $(RIG)
tests_unit_relay_test_kernel_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_kernel_LDADD = $(RELAY_TEST_LIBS)

check_PROGRAMS += tests/unit/relay/test_kernel_torture
TESTS += tests/unit/relay/test_kernel_torture
tests_unit_relay_test_kernel_torture_SOURCES = \
	tests/unit/relay/test_kernel_torture.c $(RIG)
tests_unit_relay_test_kernel_torture_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_relay_test_kernel_torture_LDADD = $(RELAY_TEST_LIBS)
