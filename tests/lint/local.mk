# What the code must look like.  Each lint looks at the source tree, some at
# the build directory, where it runs.
LINTS = \
	tests/lint/selftest \
	tests/lint/arrows \
	tests/lint/docs \
	tests/lint/format \
	tests/lint/headers \
	tests/lint/purity \
	tests/lint/size \
	tests/lint/words
TESTS += $(LINTS)
dist_check_SCRIPTS += $(LINTS)
EXTRA_DIST += tests/lint/lib.sh
