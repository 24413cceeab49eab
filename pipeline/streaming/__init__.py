"""Endless runs: ticks -> polls and new files -> the job's graph -> windows of files."""
