check_PROGRAMS += tests/unit/wire/test_resp
TESTS += tests/unit/wire/test_resp
tests_unit_wire_test_resp_SOURCES = tests/unit/wire/test_resp.c
tests_unit_wire_test_resp_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_wire_test_resp_LDADD = $(LIBS_WIRE) $(UNIT_LIBS)
