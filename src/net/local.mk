noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	src/net/addr.c src/net/addr.h \
	src/net/channel.c src/net/channel.h \
	src/net/child.c src/net/child.h \
	src/net/inherit.c src/net/inherit.h \
	src/net/listen.c src/net/listen.h \
	src/net/loop.c src/net/loop.h \
	src/net/mailbox.c src/net/mailbox.h \
	src/net/notify.c src/net/notify.h \
	src/net/pipe.c src/net/pipe.h \
	src/net/pidfd.c src/net/pidfd.h \
	src/net/processor.c src/net/processor.h \
	src/net/sock.c src/net/sock.h \
	src/net/spawn.c src/net/spawn.h \
	src/net/stream.c src/net/stream.h \
	src/net/timer.c src/net/timer.h \
	src/net/watch.c src/net/watch.h
if HAVE_BPF
libnet_a_SOURCES += \
	src/net/sockmap.c src/net/sockmap.h \
	src/net/sockmap_program.c src/net/sockmap_program.h \
	src/net/sockmap_trial.c
else
libnet_a_SOURCES += src/net/sockmap_none.c src/net/sockmap.h
endif
if HAVE_CURL
libnet_a_SOURCES += src/net/fetch.c src/net/fetch.h
endif
if HAVE_CARES
libnet_a_SOURCES += src/net/resolve.c src/net/resolve.h
else
libnet_a_SOURCES += src/net/resolve_none.c src/net/resolve.h
endif
