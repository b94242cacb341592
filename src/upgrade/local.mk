noinst_LIBRARIES += libupgrade.a
libupgrade_a_SOURCES = \
	src/upgrade/parcel.c src/upgrade/parcel.h
