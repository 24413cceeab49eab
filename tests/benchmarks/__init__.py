"""Benchmarks: newsbeam beside what a user would write instead, in one run, in CPU seconds and ratios."""
