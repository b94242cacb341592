check_PROGRAMS += tests/unit/base/test_endpoint
TESTS += tests/unit/base/test_endpoint
tests_unit_base_test_endpoint_SOURCES = tests/unit/base/test_endpoint.c
tests_unit_base_test_endpoint_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_endpoint_LDADD = $(LIBS_BASE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_err
TESTS += tests/unit/base/test_err
tests_unit_base_test_err_SOURCES = tests/unit/base/test_err.c
tests_unit_base_test_err_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_err_LDADD = $(LIBS_BASE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_hash
TESTS += tests/unit/base/test_hash
tests_unit_base_test_hash_SOURCES = tests/unit/base/test_hash.c
tests_unit_base_test_hash_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_hash_LDADD = $(LIBS_BASE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_heap
TESTS += tests/unit/base/test_heap
tests_unit_base_test_heap_SOURCES = tests/unit/base/test_heap.c
tests_unit_base_test_heap_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_heap_LDADD = $(LIBS_BASE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_list
TESTS += tests/unit/base/test_list
tests_unit_base_test_list_SOURCES = tests/unit/base/test_list.c
tests_unit_base_test_list_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_list_LDADD = $(LIBS_BASE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_log
TESTS += tests/unit/base/test_log
tests_unit_base_test_log_SOURCES = tests/unit/base/test_log.c
tests_unit_base_test_log_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_log_LDADD = $(LIBS_BASE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_pool
TESTS += tests/unit/base/test_pool
tests_unit_base_test_pool_SOURCES = tests/unit/base/test_pool.c
tests_unit_base_test_pool_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_pool_LDADD = $(LIBS_BASE) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_text
TESTS += tests/unit/base/test_text
tests_unit_base_test_text_SOURCES = tests/unit/base/test_text.c
tests_unit_base_test_text_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_test_text_LDADD = $(LIBS_BASE) $(UNIT_LIBS)
