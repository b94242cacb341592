noinst_LIBRARIES += librelay.a
librelay_a_SOURCES = \
	src/relay/cancel.c src/relay/cancel.h \
	src/relay/choice.c src/relay/choice.h \
	src/relay/doors.c src/relay/doors.h \
	src/relay/farewell.c src/relay/farewell.h \
	src/relay/flow.c src/relay/flow.h \
	src/relay/front.c src/relay/front.h \
	src/relay/hello.c src/relay/hello.h \
	src/relay/observer.h \
	src/relay/queue.c src/relay/queue.h \
	src/relay/relay.c src/relay/relay.h src/relay/relay_private.h \
	src/relay/room.c src/relay/room.h \
	src/relay/route.c src/relay/route.h \
	src/relay/routes.c src/relay/routes.h \
	src/relay/session.c src/relay/session.h src/relay/session_info.c \
	src/relay/share.c src/relay/share.h \
	src/relay/sources.c src/relay/sources.h \
	src/relay/tally.c src/relay/tally.h \
	src/relay/worker.c src/relay/worker.h \
	src/relay/tcp/kernel.c src/relay/tcp/kernel.h \
	src/relay/tcp/pump.c src/relay/tcp/pump.h
