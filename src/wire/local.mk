noinst_LIBRARIES += libwire.a
libwire_a_SOURCES = \
	src/wire/mywire.c src/wire/mywire.h \
	src/wire/pgwire.c src/wire/pgwire.h \
	src/wire/put.c src/wire/put.h \
	src/wire/resp.c src/wire/resp.h
libwire_a_CFLAGS = $(AM_CFLAGS) $(PURE_CFLAGS)
