"""One shard, run in this process by Beam's in-process FnApiRunner."""

import functools
import inspect
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any, Final

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, PipelineOptionsT
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.runners.runner import PipelineResult
from apache_beam.transforms import core
from apache_beam.typehints import decorators

from pipeline.build import Staging, build
from pipeline.config import Config
from pipeline.counts import COUNTERS
from pipeline.output import read_json, write_json
from pipeline.shards import Shard
from pipeline.staging import to_ledger_entry, write_ledger
from transforms.records import DeadLetter

DONE_SUFFIX: Final = ".done.json"
JOURNAL_SUFFIX: Final = ".journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTask:
    """What a worker is sent.

    Attributes:
        config: the job.
        shard: what to read.
        folder: of the run's staged files.
        run_id: goes into each row.
        attempts: how often these inputs have been tried, this time included.
        failures: how often in a row this shard has failed with the same articles.
        blamed: how many articles or spans have been set aside.
        set_aside: dead letters of articles that no worker may touch again.
        set_aside_spans: dead letters of whole spans that are not in `shard` any more.
    """

    config: Config
    shard: Shard
    folder: str
    run_id: str
    attempts: int = 1
    failures: int = 0
    blamed: int = 0
    set_aside: tuple[DeadLetter, ...] = ()
    set_aside_spans: tuple[DeadLetter, ...] = ()

    @property
    def journal(self) -> Path:
        """The journal of the shard."""
        return Path(self.folder) / f"{self.shard.name}{JOURNAL_SUFFIX}"

    @property
    def done(self) -> Path:
        """The file that says that the shard is staged whole; it holds the shard's counters."""
        return Path(self.folder) / f"{self.shard.name}{DONE_SUFFIX}"


class _Options(PipelineOptions):
    """Options that keep their views: Beam asks for one some 400 times a pipeline and parses anew each time."""

    def view_as(self, cls: type[PipelineOptionsT]) -> PipelineOptionsT:
        views: dict[type[PipelineOptionsT], PipelineOptionsT] = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        return views[cls]


@functools.cache
def _signature_of(method: FunctionType) -> inspect.Signature:
    """Return the signature of a method once it is bound, to whatever object."""
    return decorators.get_signature(MethodType(method, method))


def get_signature(func: Callable[..., Any]) -> inspect.Signature:
    """Do as Beam's function, but look at each method once: Beam asks for some 5,000 signatures a pipeline."""
    return _signature_of(func.__func__) if isinstance(func, MethodType) else decorators.get_signature(func)


vars(core)["get_signature"] = get_signature  # a quarter of what a shard costs beside its articles


def run_shard(task: ShardTask) -> None:
    """Run the job's graph on one shard and mark it done."""
    started, cpu_started = time.monotonic(), time.process_time()
    for leftover in Path(task.folder).glob(f"{task.shard.name}[.-]*"):
        leftover.unlink()
    staging = Staging(
        folder=task.folder,
        name=task.shard.name,
        run_id=task.run_id,
        journal=str(task.journal),
        set_aside=task.set_aside,
        attempts=task.attempts,
    )
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=_Options([]))
    build(pipeline | "Spans" >> beam.Create(task.shard.spans, reshuffle=False), task.config, staging)
    result = pipeline.run()
    result.wait_until_finish()
    if task.set_aside_spans:
        write_ledger(Path(task.folder) / f"{task.shard.name}-spans.jsonl", map(to_ledger_entry, task.set_aside_spans))
    done: dict[str, Any] = {
        "counters": read_counters(result),
        "wall_seconds": round(time.monotonic() - started, 3),
        "cpu_seconds": round(time.process_time() - cpu_started, 3),
    }
    write_json(task.done, done)


def read_counters(result: PipelineResult) -> dict[str, int]:
    """Return the counters that the conservation law needs."""
    found = result.metrics().query()["counters"]
    values = dict.fromkeys(COUNTERS, 0)
    for counter in found:
        if counter.key.metric.name in values:
            values[counter.key.metric.name] += counter.result
    return values


def sum_counters(done_files: Iterable[Path]) -> dict[str, int]:
    """Return the counters of all shards together."""
    totals = dict.fromkeys(COUNTERS, 0)
    for path in done_files:
        for name, value in read_json(path)["counters"].items():
            totals[name] += value
    return totals
