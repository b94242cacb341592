noinst_LIBRARIES += libadmin.a
libadmin_a_SOURCES =
