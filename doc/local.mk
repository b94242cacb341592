# Documents that come from src/conf/options.def and src/admin/commands.def are
# committed, so that a reader of the sources needs no build.  `make docs`
# writes them again, `make docs-check` fails when they are not current.
noinst_PROGRAMS += docgen
docgen_SOURCES = src/docgen.c src/docgen_rules.c src/docgen_rules.h
docgen_LDADD = libcore.a $(LIBS_CONF)

dist_man_MANS += doc/regent.8 doc/regent.conf.5 doc/regentctl.1
EXTRA_DIST += doc/benchmarks.md doc/benchmarks/notes.md doc/benchmarks/results.txt \
	doc/benchmarks/bulk.svg doc/benchmarks/cpu.svg \
	doc/benchmarks/latency.svg doc/benchmarks/memory.svg \
	doc/benchmarks/syscalls.svg
EXTRA_DIST += doc/regent.conf.5.in doc/regentctl.1.in etc/regent.ini \
	doc/failover.md doc/failover.md.in doc/guarantees.md doc/hooks.md \
	doc/kernel-relay.md doc/mariadb.md \
	doc/postgresql.md

# Under another name, so that an installation never replaces a configuration.
regentconfdir = $(sysconfdir)/regent
regentconf_DATA = etc/regent.ini.sample
CLEANFILES += etc/regent.ini.sample
etc/regent.ini.sample: $(srcdir)/etc/regent.ini
	$(AM_V_GEN)$(MKDIR_P) etc && cp $(srcdir)/etc/regent.ini $@

DOCS_PAGE_IN = $(srcdir)/doc/regent.conf.5.in
DOCS_MAKE_PAGE = { sed '/^@OPTIONS@$$/,$$d' $(DOCS_PAGE_IN) && \
	./docgen$(EXEEXT) man && \
	sed '1,/^@OPTIONS@$$/d' $(DOCS_PAGE_IN); }
DOCS_CTL_IN = $(srcdir)/doc/regentctl.1.in
DOCS_MAKE_CTL = { sed '/^@COMMANDS@$$/,$$d' $(DOCS_CTL_IN) && \
	./docgen$(EXEEXT) commands && \
	sed '1,/^@COMMANDS@$$/d' $(DOCS_CTL_IN); }
DOCS_MAKE_SAMPLE = ./docgen$(EXEEXT) sample
DOCS_MAKE_FAILOVER = while IFS= read -r line; do \
	case $$line in \
	@*@) ./docgen$(EXEEXT) "$$(echo "$$line" | tr -d @)" ;; \
	*) printf '%s\n' "$$line" ;; \
	esac; done <$(srcdir)/doc/failover.md.in

# A document is replaced only when all of it could be made.
docs: docgen$(EXEEXT)
	$(AM_V_GEN)$(DOCS_MAKE_PAGE) >docs.tmp
	$(AM_V_at)cat docs.tmp >$(srcdir)/doc/regent.conf.5
	$(AM_V_at)$(DOCS_MAKE_CTL) >docs.tmp
	$(AM_V_at)cat docs.tmp >$(srcdir)/doc/regentctl.1
	$(AM_V_at)$(DOCS_MAKE_SAMPLE) >docs.tmp
	$(AM_V_at)cat docs.tmp >$(srcdir)/etc/regent.ini
	$(AM_V_at)$(DOCS_MAKE_FAILOVER) >docs.tmp
	$(AM_V_at)cat docs.tmp >$(srcdir)/doc/failover.md
	$(AM_V_at)rm -f docs.tmp

docs-check: docgen$(EXEEXT)
	$(AM_V_at)$(DOCS_MAKE_PAGE) >docs.tmp
	$(AM_V_at)diff -u $(srcdir)/doc/regent.conf.5 docs.tmp
	$(AM_V_at)$(DOCS_MAKE_CTL) >docs.tmp
	$(AM_V_at)diff -u $(srcdir)/doc/regentctl.1 docs.tmp
	$(AM_V_at)$(DOCS_MAKE_SAMPLE) >docs.tmp
	$(AM_V_at)diff -u $(srcdir)/etc/regent.ini docs.tmp
	$(AM_V_at)$(DOCS_MAKE_FAILOVER) >docs.tmp
	$(AM_V_at)diff -u $(srcdir)/doc/failover.md docs.tmp
	$(AM_V_at)rm -f docs.tmp

CLEANFILES += docs.tmp
.PHONY: docs docs-check
