noinst_LIBRARIES += libwire.a
libwire_a_SOURCES = src/wire/resp.c src/wire/resp.h
libwire_a_CFLAGS = $(AM_CFLAGS) $(PURE_CFLAGS)
