noinst_LIBRARIES += libadmin.a
libadmin_a_SOURCES = \
	src/admin/act.c src/admin/act.h \
	src/admin/admin.c src/admin/admin.h \
	src/admin/call.c src/admin/call.h \
	src/admin/caller.c src/admin/caller.h \
	src/admin/command.c src/admin/command.h src/admin/commands.def \
	src/admin/page.c src/admin/page.h \
	src/admin/show.c src/admin/show.h \
	src/admin/show_cluster.c src/admin/show_events.c \
	src/admin/show_incident.c src/admin/show_stat.c \
	src/admin/show_time.c src/admin/show_time.h \
	src/admin/table.c src/admin/table.h
