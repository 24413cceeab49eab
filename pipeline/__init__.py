"""How a job runs: sources, sinks, launcher, command line."""
