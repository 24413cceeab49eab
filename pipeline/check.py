"""What a job would do, without doing it."""

from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.utils.timestamp import Timestamp
from rich.console import Console
from rich.table import Table

from pipeline.build import Staging, build
from pipeline.config import Config
from pipeline.fetch import strip_credentials
from pipeline.output import Output
from pipeline.plan import Plan, plan_job
from pipeline.polling.subscriptions import list_subscriptions
from pipeline.stream_run import DEFAULT_NAME, plan_stream
from pipeline.streaming.graph import build_stream


def check_job(config: Config) -> dict[str, Any]:
    """Return what the job would do; its pipeline is built, so that a chain that does not fit is refused.

    No request is sent: feeds and pages are listed as they stand in the config and its OPML files. The run of a job that
    fetches is named when it starts, so `run_id` is None.

    Raises:
        ConfigError: a step or its options, or an OPML file, are wrong.
        InputError: an input does not exist.
    """
    # What a stream watches need not be there yet.
    plan = plan_job(config if config.stream is None else _without_files(config))
    if config.stream is None:
        _build_only(plan)
    else:
        _build_stream_only(config)
    output = Output(Path(config.output.path))
    run_id = None if config.source.fetches or config.stream else plan.run_id
    begun = output.unfinished_runs()
    return {
        "run_id": run_id,
        "files": plan.files,
        "bytes": plan.size_bytes,
        "inputs": plan.inputs_by_source,
        "feeds": [
            {"url": feed.url, "fetch": feed.mode, "tags": list(feed.tags)}
            for feed in list_subscriptions(config.source.feeds)
        ],
        "pages": [strip_credentials(url) for url in config.source.articles.urls],
        "watched": list(config.source.articles.paths) if config.stream else [],
        "shards": len(plan.shards),
        "steps": [step.use for step in config.enrich],
        "versions": dict(plan.versions),
        "output": config.output.path,
        "formats": list(config.output.formats),
        "partition_by": list(config.output.partition_by),
        "runner": config.run.runner,
        "complete_already": run_id is not None and output.manifest(run_id).exists(),
        "begun": bool(begun) if run_id is None else run_id in begun,
    }


def _build_only(plan: Plan) -> None:
    """Build the job's graph without running it; Beam compares the types of each step and the next."""
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    spans = [span for shard in plan.shards[:1] for span in shard.spans]
    build(pipeline | "Spans" >> beam.Create(spans), plan.config, Staging(folder="", name="check", run_id=plan.run_id))


def _without_files(config: Config) -> Config:
    articles = config.source.articles.model_copy(update={"paths": ()})
    return config.model_copy(update={"source": config.source.model_copy(update={"articles": articles})})


def _build_stream_only(config: Config) -> None:
    """Build the graph of a stream without running it."""
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    build_stream(pipeline | "Ticks" >> beam.Create([Timestamp.of(0)]), plan_stream(config, DEFAULT_NAME))


def print_check(console: Console, checked: dict[str, Any]) -> None:
    """Print what a job would do."""
    table = Table(show_header=False, title="the config is right", title_justify="left")
    inputs = ", ".join(f"{count} {kind}" for kind, count in checked["inputs"].items()) or "none"
    table.add_row("inputs", f"{inputs}, in {checked['files']} files, {checked['bytes'] / 1e6:.1f} MB")
    for feed in checked["feeds"]:
        table.add_row("feed", f"{feed['url']} ({', '.join([feed['fetch'], *feed['tags']])})")
    for page in checked["pages"]:
        table.add_row("page", page)
    for path in checked["watched"]:
        table.add_row("watched", path)
    first = ["fetch"] if checked["feeds"] or checked["pages"] else []
    table.add_row("steps", " -> ".join([*first, "read", "extract", "drop duplicates", *checked["steps"], "write"]))
    table.add_row("output", f"{checked['output']} ({', '.join(checked['formats'])})")
    table.add_row("partitions", ", ".join(checked["partition_by"]) or "none")
    table.add_row("runner", f"{checked['runner']}, {checked['shards']} shard(s)")
    table.add_row("versions", ", ".join(f"{name} {version}" for name, version in checked["versions"].items()))
    state = "complete already" if checked["complete_already"] else "begun" if checked["begun"] else "new"
    table.add_row("run", f"{checked['run_id'] or 'named when it starts'}, {state}")
    console.print(table)
    if first:
        console.print("No request was sent: whether feeds and pages answer is seen when the job runs.")
