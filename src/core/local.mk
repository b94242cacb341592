noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
	src/core/action.h \
	src/core/balance.c src/core/balance.h \
	src/core/candidate.c src/core/candidate.h \
	src/core/claimant.c src/core/claimant.h \
	src/core/effect.c src/core/effect.h \
	src/core/event.h \
	src/core/facts.c src/core/facts.def src/core/facts.h \
	src/core/failover.c src/core/failover.h \
	src/core/health.c src/core/health.h \
	src/core/hearing.c src/core/hearing.h \
	src/core/learn.c src/core/learn.h \
	src/core/model.h src/core/order.h \
	src/core/policy.h \
	src/core/rate.c src/core/rate.h \
	src/core/report.h \
	src/core/rules.c src/core/rules.h \
	src/core/view.c src/core/view.h
libcore_a_CFLAGS = $(AM_CFLAGS) $(PURE_CFLAGS)
