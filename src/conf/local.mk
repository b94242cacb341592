noinst_LIBRARIES += libconf.a
libconf_a_SOURCES = \
	src/conf/build.c src/conf/build.h \
	src/conf/check.c src/conf/check.h \
	src/conf/check_hooks.c src/conf/check_hooks.h \
	src/conf/check_mysql.c src/conf/check_mysql.h \
	src/conf/conf.c src/conf/conf.h \
	src/conf/diff.c src/conf/diff.h \
	src/conf/enums.h \
	src/conf/load.c src/conf/load.h \
	src/conf/option.c src/conf/option.h \
	src/conf/options.def \
	src/conf/outline.c src/conf/outline.h \
	src/conf/parse.c src/conf/parse.h \
	src/conf/print.c src/conf/print.h \
	src/conf/report.c src/conf/report.h \
	src/conf/value.c src/conf/value.h
