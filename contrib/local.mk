EXTRA_DIST += \
	contrib/bench contrib/bench.d/chart.awk contrib/bench.d/document.sh \
	contrib/bench.d/proxies.sh contrib/bench.d/report.sh \
	contrib/bench.d/scenarios.sh \
	contrib/check contrib/demo contrib/install-deps contrib/lib \
	contrib/demo.d/mysql.sh contrib/demo.d/postgres.sh \
	contrib/demo.d/redis.sh \
	contrib/hooks/pg-rejoin \
	contrib/sql/mariadb.sql contrib/sql/mysql.sql \
	contrib/sql/pg-rejoin.sql contrib/sql/postgres.sql \
	contrib/systemd/regent.service contrib/systemd/regent.socket .ci/run .clang-format .editorconfig \
	CONTRIBUTING.md LICENSE

# The unit in contrib/systemd is for /usr and /etc; this one for the prefix.
if SYSTEMD_UNIT
systemdsystemunit_DATA = regent.service
endif
CLEANFILES += regent.service

regent.service: contrib/systemd/regent.service Makefile
	$(AM_V_GEN)sed -e 's|=/usr/sbin/|=$(sbindir)/|' \
	    -e 's| /etc/| $(sysconfdir)/|' \
	    $(srcdir)/contrib/systemd/regent.service >$@.tmp && mv $@.tmp $@
