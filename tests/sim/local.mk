# regent-sim runs the brain through disasters; smoke is its short form for
# every check.  Its world is also that of the scenarios.
SIM_WORLD = \
	tests/sim/annals.c tests/sim/annals.h \
	tests/sim/authority.c tests/sim/authority.h \
	tests/sim/contact.c \
	tests/sim/crowd.c tests/sim/crowd.h \
	tests/sim/database.c tests/sim/database.h \
	tests/sim/database_report.c \
	tests/sim/dice.c tests/sim/dice.h \
	tests/sim/election.c \
	tests/sim/fault.c tests/sim/fault.def tests/sim/fault.h \
	tests/sim/guard.c tests/sim/guard.h \
	tests/sim/harm.c tests/sim/harm.h \
	tests/sim/heap.c tests/sim/heap.h \
	tests/sim/hook.h \
	tests/sim/journal.c \
	tests/sim/jury.c tests/sim/jury.h \
	tests/sim/locate.c tests/sim/locate.h \
	tests/sim/loss.c \
	tests/sim/message.def \
	tests/sim/net.c tests/sim/net.h \
	tests/sim/operator.c tests/sim/operator.h \
	tests/sim/reload.c tests/sim/reload.h \
	tests/sim/replication.c tests/sim/replication.h \
	tests/sim/storage.c tests/sim/storage.h \
	tests/sim/story.c tests/sim/story.h \
	tests/sim/witness.c \
	tests/sim/world.c tests/sim/world.h

check_PROGRAMS += tests/sim/regent-sim
tests_sim_regent_sim_SOURCES = $(SIM_WORLD) \
	tests/sim/figures.c tests/sim/figures.h \
	tests/sim/jobs.c tests/sim/jobs.h \
	tests/sim/main.c \
	tests/sim/rerun.c tests/sim/rerun.h \
	tests/sim/shrink.c tests/sim/shrink.h
tests_sim_regent_sim_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/sim
tests_sim_regent_sim_LDADD = libguard.a $(LIBS_CORE)

TESTS += tests/sim/smoke
dist_check_SCRIPTS += tests/sim/smoke
