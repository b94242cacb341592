# What the tests of net, guard and relay share: built when one of them is.
EXTRA_LIBRARIES = tests/unit/net/libtrial.a
CLEANFILES += tests/unit/net/libtrial.a
tests_unit_net_libtrial_a_SOURCES = \
	tests/unit/net/trial.c tests/unit/net/trial.h \
	tests/unit/net/fake_dns.c tests/unit/net/fake_dns.h \
	tests/unit/net/peer.c tests/unit/net/peer.h \
	tests/unit/net/host.c tests/unit/net/host.h
tests_unit_net_libtrial_a_CPPFLAGS = $(UNIT_CPPFLAGS)
TRIAL_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/unit/net
TRIAL_LIBS = tests/unit/net/libtrial.a $(LIBS_NET) $(EV_LIBS) $(UNIT_LIBS)

check_PROGRAMS += tests/unit/net/test_addr
TESTS += tests/unit/net/test_addr
tests_unit_net_test_addr_SOURCES = tests/unit/net/test_addr.c
tests_unit_net_test_addr_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_addr_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_channel
TESTS += tests/unit/net/test_channel
tests_unit_net_test_channel_SOURCES = tests/unit/net/test_channel.c
tests_unit_net_test_channel_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_channel_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_child
TESTS += tests/unit/net/test_child
tests_unit_net_test_child_SOURCES = tests/unit/net/test_child.c
tests_unit_net_test_child_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_child_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_inherit
TESTS += tests/unit/net/test_inherit
tests_unit_net_test_inherit_SOURCES = tests/unit/net/test_inherit.c
tests_unit_net_test_inherit_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_inherit_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_listen
TESTS += tests/unit/net/test_listen
tests_unit_net_test_listen_SOURCES = tests/unit/net/test_listen.c
tests_unit_net_test_listen_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_listen_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_loop
TESTS += tests/unit/net/test_loop
tests_unit_net_test_loop_SOURCES = tests/unit/net/test_loop.c
tests_unit_net_test_loop_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_loop_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_mailbox
TESTS += tests/unit/net/test_mailbox
tests_unit_net_test_mailbox_SOURCES = tests/unit/net/test_mailbox.c
tests_unit_net_test_mailbox_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_mailbox_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_notify
TESTS += tests/unit/net/test_notify
tests_unit_net_test_notify_SOURCES = tests/unit/net/test_notify.c
tests_unit_net_test_notify_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_notify_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_processor
TESTS += tests/unit/net/test_processor
tests_unit_net_test_processor_SOURCES = tests/unit/net/test_processor.c
tests_unit_net_test_processor_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_processor_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_sock
TESTS += tests/unit/net/test_sock
tests_unit_net_test_sock_SOURCES = tests/unit/net/test_sock.c
tests_unit_net_test_sock_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_sock_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_stream
TESTS += tests/unit/net/test_stream
tests_unit_net_test_stream_SOURCES = tests/unit/net/test_stream.c
tests_unit_net_test_stream_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_stream_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_timer
TESTS += tests/unit/net/test_timer
tests_unit_net_test_timer_SOURCES = tests/unit/net/test_timer.c
tests_unit_net_test_timer_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_timer_LDADD = $(TRIAL_LIBS)

check_PROGRAMS += tests/unit/net/test_watch
TESTS += tests/unit/net/test_watch
tests_unit_net_test_watch_SOURCES = tests/unit/net/test_watch.c
tests_unit_net_test_watch_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_watch_LDADD = $(TRIAL_LIBS)

if HAVE_CURL
check_PROGRAMS += tests/unit/net/test_fetch
TESTS += tests/unit/net/test_fetch
tests_unit_net_test_fetch_SOURCES = tests/unit/net/test_fetch.c
tests_unit_net_test_fetch_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_fetch_LDADD = tests/unit/net/libtrial.a $(LIBS_NET) \
	$(CURL_LIBS) $(EV_LIBS) $(UNIT_LIBS)
endif

if HAVE_CARES
check_PROGRAMS += tests/unit/net/test_resolve
TESTS += tests/unit/net/test_resolve
tests_unit_net_test_resolve_SOURCES = tests/unit/net/test_resolve.c
tests_unit_net_test_resolve_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_resolve_LDADD = tests/unit/net/libtrial.a $(LIBS_NET) \
	$(CARES_LIBS) $(EV_LIBS) $(UNIT_LIBS)
endif

check_PROGRAMS += tests/unit/net/test_sockmap
TESTS += tests/unit/net/test_sockmap
tests_unit_net_test_sockmap_SOURCES = tests/unit/net/test_sockmap.c
tests_unit_net_test_sockmap_CPPFLAGS = $(TRIAL_CPPFLAGS)
tests_unit_net_test_sockmap_LDADD = tests/unit/net/libtrial.a $(LIBS_NET) \
	$(BPF_LIBS) $(EV_LIBS) $(UNIT_LIBS)
