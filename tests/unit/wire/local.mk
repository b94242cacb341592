check_PROGRAMS += tests/unit/wire/test_resp
TESTS += tests/unit/wire/test_resp
tests_unit_wire_test_resp_SOURCES = tests/unit/wire/test_resp.c
tests_unit_wire_test_resp_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_wire_test_resp_LDADD = $(LIBS_WIRE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/wire/test_pgwire
TESTS += tests/unit/wire/test_pgwire
tests_unit_wire_test_pgwire_SOURCES = tests/unit/wire/test_pgwire.c
tests_unit_wire_test_pgwire_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_wire_test_pgwire_LDADD = $(LIBS_WIRE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/wire/test_mywire
TESTS += tests/unit/wire/test_mywire
tests_unit_wire_test_mywire_SOURCES = tests/unit/wire/test_mywire.c
tests_unit_wire_test_mywire_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_wire_test_mywire_LDADD = $(LIBS_WIRE) $(UNIT_LIBS)
