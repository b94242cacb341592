sbin_PROGRAMS += regent
regent_SOURCES = src/main.c src/app.c src/app.h src/app_private.h \
	src/app_upgrade.c src/app_upgrade.h \
	src/daemonize.c src/daemonize.h
regent_CPPFLAGS = $(AM_CPPFLAGS) -DSYSCONFDIR='"$(sysconfdir)"'
regent_LDADD = libadmin.a libupgrade.a libguard.a librelay.a libnet.a libcore.a libwire.a \
	libstats.a libconf.a libbase.a $(BPF_LIBS) $(GUARD_LIBS)

bin_PROGRAMS += regentctl
regentctl_SOURCES = src/regentctl.c
regentctl_LDADD = libnet.a libbase.a $(EV_LIBS)
