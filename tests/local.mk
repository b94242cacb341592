include tests/unit/local.mk
include tests/system/local.mk
include tests/fuzz/local.mk
include tests/sim/local.mk
include tests/scenario/local.mk
include tests/lint/local.mk
include tests/bench/local.mk
EXTRA_DIST += tests/coverage/run tests/coverage/branches.awk \
	tests/mutants/run tests/mutants/table
