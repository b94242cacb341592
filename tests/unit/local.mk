# One cmocka program a module, tests/unit/<folder>/test_<module>.c.  Each
# folder has a local.mk of its own.
if HAVE_CMOCKA
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
UNIT_LIBS = $(CMOCKA_LIBS)
include tests/unit/base/local.mk
include tests/unit/conf/local.mk
include tests/unit/core/local.mk
include tests/unit/upgrade/local.mk
include tests/unit/wire/local.mk
include tests/unit/stats/local.mk
include tests/unit/net/local.mk
include tests/unit/guard/local.mk
include tests/unit/relay/local.mk
include tests/unit/admin/local.mk
endif
