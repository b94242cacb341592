noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/check.c src/base/check.h \
	src/base/endpoint.c src/base/endpoint.h \
	src/base/err.c src/base/err.h \
	src/base/hash.h \
	src/base/heap.c src/base/heap.h \
	src/base/list.h \
	src/base/log.c src/base/log.h \
	src/base/mem.c src/base/mem.h \
	src/base/pool.c src/base/pool.h \
	src/base/text.c src/base/text.h \
	src/base/usec.h
