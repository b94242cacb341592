# json_check tells whether an answer is JSON.
ADMIN_TEST_JSON = tests/system/json_check.c tests/system/json_check.h
ADMIN_TEST_FAKE = tests/unit/admin/fake_world.c tests/unit/admin/fake_world.h
ADMIN_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir) \
	-I$(top_srcdir)/tests/unit/admin
ADMIN_TEST_LIBS = $(LIBS_ADMIN) $(BPF_LIBS) $(EV_LIBS) $(INIH_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/admin/test_table
TESTS += tests/unit/admin/test_table
tests_unit_admin_test_table_SOURCES = \
	tests/unit/admin/test_table.c $(ADMIN_TEST_JSON)
tests_unit_admin_test_table_CPPFLAGS = $(ADMIN_TEST_CPPFLAGS)
tests_unit_admin_test_table_LDADD = $(ADMIN_TEST_LIBS)

check_PROGRAMS += tests/unit/admin/test_command
TESTS += tests/unit/admin/test_command
tests_unit_admin_test_command_SOURCES = \
	tests/unit/admin/test_command.c $(ADMIN_TEST_FAKE) $(ADMIN_TEST_JSON)
tests_unit_admin_test_command_CPPFLAGS = $(ADMIN_TEST_CPPFLAGS)
tests_unit_admin_test_command_LDADD = $(ADMIN_TEST_LIBS)

check_PROGRAMS += tests/unit/admin/test_caller
TESTS += tests/unit/admin/test_caller
tests_unit_admin_test_caller_SOURCES = \
	tests/unit/admin/test_caller.c $(ADMIN_TEST_FAKE)
tests_unit_admin_test_caller_CPPFLAGS = $(ADMIN_TEST_CPPFLAGS)
tests_unit_admin_test_caller_LDADD = $(ADMIN_TEST_LIBS)
