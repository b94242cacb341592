noinst_LIBRARIES += libupgrade.a
libupgrade_a_SOURCES = \
	src/upgrade/elder.c src/upgrade/elder.h \
	src/upgrade/elders.c src/upgrade/elders.h \
	src/upgrade/handover.c src/upgrade/handover.h \
	src/upgrade/heir.c src/upgrade/heir.h \
	src/upgrade/launch.c src/upgrade/launch.h \
	src/upgrade/parcel.c src/upgrade/parcel.h \
	src/upgrade/seed.h
