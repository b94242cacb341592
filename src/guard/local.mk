noinst_LIBRARIES += libguard.a
libguard_a_SOURCES =
