check_PROGRAMS += tests/unit/upgrade/test_parcel
TESTS += tests/unit/upgrade/test_parcel
tests_unit_upgrade_test_parcel_SOURCES = tests/unit/upgrade/test_parcel.c
tests_unit_upgrade_test_parcel_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_upgrade_test_parcel_LDADD = $(LIBS_UPGRADE) $(UNIT_LIBS)
