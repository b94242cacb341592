check_PROGRAMS += tests/unit/conf/test_value
TESTS += tests/unit/conf/test_value
tests_unit_conf_test_value_SOURCES = \
	tests/unit/conf/test_value.c tests/unit/conf/help.h
tests_unit_conf_test_value_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_test_value_LDADD = $(LIBS_CONF) $(INIH_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/conf/test_load
TESTS += tests/unit/conf/test_load
tests_unit_conf_test_load_SOURCES = \
	tests/unit/conf/test_load.c tests/unit/conf/help.h
tests_unit_conf_test_load_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_test_load_LDADD = $(LIBS_CONF) $(INIH_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/conf/test_check
TESTS += tests/unit/conf/test_check
tests_unit_conf_test_check_SOURCES = \
	tests/unit/conf/test_check.c tests/unit/conf/help.h
tests_unit_conf_test_check_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_test_check_LDADD = $(LIBS_CONF) $(INIH_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/conf/test_diff
TESTS += tests/unit/conf/test_diff
tests_unit_conf_test_diff_SOURCES = \
	tests/unit/conf/test_diff.c tests/unit/conf/help.h
tests_unit_conf_test_diff_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_test_diff_LDADD = $(LIBS_CONF) $(INIH_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/conf/test_print
TESTS += tests/unit/conf/test_print
tests_unit_conf_test_print_SOURCES = \
	tests/unit/conf/test_print.c tests/unit/conf/help.h
tests_unit_conf_test_print_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_test_print_LDADD = $(LIBS_CONF) $(INIH_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/conf/test_file
TESTS += tests/unit/conf/test_file
tests_unit_conf_test_file_SOURCES = \
	tests/unit/conf/test_file.c tests/unit/conf/help.h
tests_unit_conf_test_file_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_test_file_LDADD = $(LIBS_CONF) $(INIH_LIBS) $(UNIT_LIBS)
