"""Whole engines: minutes each, run by make targets and not by the test suite."""
