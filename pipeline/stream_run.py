"""An endless run on an engine: submit the graph of a stream, or take it up where its log ends."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from apache_beam.transforms.periodicsequence import PeriodicImpulse
from apache_beam.utils.timestamp import MAX_TIMESTAMP, Timestamp

from pipeline.config import Config, Run
from pipeline.engine import Engine
from pipeline.launch import Signals
from pipeline.output import Output, read_json, write_json
from pipeline.plan import software_versions
from pipeline.polling.subscriptions import list_subscriptions
from pipeline.state import State
from pipeline.streaming.graph import StreamJob, build_stream
from pipeline.streaming.log import KEEP, group_logs
from pipeline.streaming.polls import group_feeds
from pipeline.streaming.windows import Place, begin_of
from transforms.errors import ConfigError

logger = logging.getLogger(__name__)

DEFAULT_NAME: Final = "stream"
_FOLDER: Final = "_stream"
_FIXED: Final = ("groups", "window_seconds")
"""Options of a stream that can't change while it has a log."""


def run_stream(config: Config, name: str | None = None, *, stop: Timestamp = MAX_TIMESTAMP) -> None:
    """Run a job with a `stream` section until it is stopped.

    Args:
        config: the job.
        name: of the stream; part of all names of files.
        stop: no tick comes at or after it.

    Raises:
        ConfigError: the engine, an OPML file or a change of the stream's options is wrong.
        OutputError: the output is in use or can't be written.
        RunError: the engine reports that the pipeline failed.
        Interrupted: a signal asked to stop; the next run goes on.
    """
    output = Output(Path(config.output.path))
    with output.locked(), Signals():
        job = plan_stream(config, name or DEFAULT_NAME)
        engine = Engine(run=config.run, name=f"newsbeam-{job.place.stream}", is_stream=True)
        if engine.attach():
            return
        start = _begin(job, output)
        join_old_windows(job, datetime.now(UTC))
        logger.warning("stream %s on %s, from %s", job.place.stream, config.run.runner, start.isoformat())
        _submit(engine, job, Timestamp.of(start.timestamp()), stop)


def plan_stream(config: Config, name: str) -> StreamJob:
    """Return what a stream does."""
    stream, feeds = config.stream, config.source.feeds
    if stream is None:
        raise ConfigError("the job has no `stream` section")
    again = config.model_copy(update={"stream": None, "run": Run(workers=config.run.workers)})
    place = Place(
        stream=name,
        output=config.output,
        state=config.state_path,
        versions=software_versions(config),
        config=again.model_dump(mode="json"),
        working_directory=str(Path.cwd()),
    )
    subscriptions = list_subscriptions(feeds)
    return StreamJob(
        config=config,
        groups=tuple(group_feeds(subscriptions, stream.groups, feeds.max_entries, feeds.max_sitemaps)),
        place=place,
        log=str((Path(config.output.path) / _FOLDER / name).resolve()),
    )


def _begin(job: StreamJob, output: Output) -> datetime:
    """Write down how the stream is divided, and return its first tick."""
    path = Path(job.log) / "stream.json"
    fixed: dict[str, Any] = {name: getattr(job.stream, name) for name in _FIXED}
    if path.exists():
        before = read_json(path)
        if changed := [name for name in _FIXED if before[name] != fixed[name]]:
            raise ConfigError(
                f"stream.{changed[0]}: was {before[changed[0]]} when stream {job.place.stream} began, now it is "
                f"{fixed[changed[0]]}; begin a new one with another --run-id"
            )
        return first_tick(job, output, datetime.now(UTC))
    write_json(path, fixed)
    return _window_begin(datetime.now(UTC), job.stream.window_seconds)


def join_old_windows(job: StreamJob, now: datetime) -> None:
    """Join what is remembered of windows, a file for each, where no checkpoint may go back to them any more."""
    state, oldest = State(job.place.state), (now - KEEP).timestamp()
    runs = state.ingested_runs()
    state.compact_ingested([run for run in runs if 0 < begin_of(run, job.place.stream) < oldest])


def _window_begin(at: datetime, seconds: float) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


def first_tick(job: StreamJob, output: Output, now: datetime) -> datetime:
    """Return where a stream goes on: with the first window that is in the log and was not finished."""
    seconds = job.stream.window_seconds
    ticks = sorted({tick for log in group_logs(Path(job.log)) for tick in log.ticks()})
    for tick in ticks:
        begin = _window_begin(tick, seconds)
        if not output.manifest(f"{job.place.stream}-{begin:%Y%m%dT%H%M%SZ}").exists():
            return begin
    # Between the last window with news and now there were none, or nothing was looked at.
    last = _window_begin(ticks[-1], seconds) + timedelta(seconds=seconds) if ticks else now
    return max(last, _window_begin(now, seconds))


def _submit(engine: Engine, job: StreamJob, start: Timestamp, stop: Timestamp) -> None:
    pipeline = engine.new_pipeline()
    ticks = pipeline | "Ticks" >> PeriodicImpulse(
        start_timestamp=start, stop_timestamp=stop, fire_interval=job.stream.every_seconds
    )
    build_stream(ticks, job)
    engine.run_pipeline(pipeline)
