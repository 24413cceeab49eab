"""The launcher: run the shards of a plan on all cores, then commit. It may be killed anywhere and started again."""

import contextlib
import gc
import logging
import os
import platform
import resource
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any, Final, Protocol

import pyarrow as pa

from pipeline import commit
from pipeline.config import Config, build_enricher
from pipeline.counts import Counts, StageCounts, count_by_source, count_by_stage, require_conservation, total
from pipeline.distributed import run_on_engine
from pipeline.output import Output, describe_os_error, read_json, remove_staging, write_json
from pipeline.plan import Plan
from pipeline.quarantine import after_failure
from pipeline.rebuild import rebuild_state
from pipeline.shard_run import DONE_SUFFIX, ShardTask, run_shard, sum_counters
from pipeline.staging import LEDGER_SUFFIX, LedgerEntry, read_ledger
from pipeline.state import State
from pipeline.workers import STOP_SIGNALS, WorkerPool
from transforms.entities import TagEntities
from transforms.errors import DeadShareError, OutputError
from transforms.extract import ExtractArticles
from transforms.language import DetectLanguage
from transforms.records import SCHEMA_VERSION
from transforms.topics import ClassifyTopics

logger = logging.getLogger(__name__)

DIRECT_RUNNER: Final = "DirectRunner"
DEFAULT_DEAD_SHARE: Final = 0.5
"""Of stored articles. What fails on the net is no fault of the job, so that runs which fetch have no such limit."""

PRELOAD_INPUTS: Final = 200
"""From so many inputs on models are loaded before the workers are forked; fewer may not need each model."""

PRELOADED: Final = (ExtractArticles, DetectLanguage, TagEntities, ClassifyTopics)
"""Steps that have something to load."""

PLANNED: Final = "plan.json"
"""File in the staging folder of a run whose shards are cut: what makes another job another job."""

Manifest = dict[str, Any]


class Watcher(Protocol):
    """Is told how a run goes on."""

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Take note of inputs done, all inputs, dead letters so far, and what the inputs are."""


class Interrupted(BaseException):
    """The run was asked to stop by a signal.

    Attributes:
        signal_number: which.
    """

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number
        super().__init__(signal.Signals(signal_number).name)


class Signals:
    """While entered, has SIGTERM and SIGINT raise Interrupted; outside the main thread signals are left alone.

    What a handler raises is lost if it happens to run in a hook that Python calls around a fork; so the loop that waits
    for the workers asks again.
    """

    def __init__(self) -> None:
        self._seen: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._interrupt) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        self._seen = number
        raise Interrupted(number)

    def raise_if_seen(self) -> None:
        """Raise Interrupted if a signal has come."""
        if self._seen is not None:
            raise Interrupted(self._seen)


def run_plan(plan: Plan, watcher: Watcher) -> Manifest:
    """Run a plan, or what is left of it, and return its manifest; a run that is complete already adds nothing.

    Raises:
        OutputError: the output can't be written, is in use, or the run's id belongs to another job.
        RunError: workers keep failing.
        DeadShareError: too many inputs became dead letters; nothing was published.
        ConservationError: the counts do not add up; nothing was published.
        Interrupted: a signal asked to stop; finished shards are kept.
    """
    with opened(plan.config) as (output, signals):
        return run_opened(plan, output, watcher, signals)


@contextlib.contextmanager
def opened(config: Config) -> Iterator[tuple[Output, Signals]]:
    """Hold a job's output, with the state that belongs to it, and take note of signals.

    Raises:
        OutputError: the output is in use or can't be written.
    """
    output = Output(Path(config.output.path))
    with output.locked(), Signals() as signals:
        try:
            _require_state(output, State(config.state_path))
            yield output, signals
        except OSError as error:
            raise OutputError(f"{output.root}: can't write: {describe_os_error(error)}") from error


def _require_state(output: Output, state: State) -> None:
    """Make a state anew that was lost: without it what the output holds would be written a second time."""
    if any(output.runs.glob("*.json")) and not state.has_ingested():
        counts = rebuild_state(output, state)
        logger.warning("%s: the state was lost; rebuilt from %d articles", state.path, counts["versions"])


def run_opened(
    plan: Plan,
    output: Output,
    watcher: Watcher,
    signals: Signals,
    *,
    before: float = 0.0,
    more: Mapping[str, Any] = MappingProxyType({}),
    advance: Callable[[Sequence[LedgerEntry]], None] | None = None,
) -> Manifest:
    """Run a plan on an output that is held; see `run_plan`.

    Args:
        plan: what to do.
        output: where to.
        watcher: is told how it goes on.
        signals: that may have come.
        before: seconds that the run has taken already.
        more: goes into the manifest.
        advance: is given the run's ledger once the manifest is written, and again if the run is found complete.
    """
    staging = output.staging(plan.run_id)
    if output.manifest(plan.run_id).exists():
        manifest = read_json(output.manifest(plan.run_id))
        _require_same_job(plan, manifest["digest"])
        _conclude(plan, output, advance)
        return manifest | {"already_complete": True}
    started_at, started = datetime.now(UTC) - timedelta(seconds=before), time.monotonic() - before
    _begin(plan, staging)
    _withdraw_unfinished(plan, output)
    if plan.config.run.runner == DIRECT_RUNNER:
        _run_shards(plan, staging, watcher, signals)
    else:
        run_on_engine(plan, staging)
    manifest = {
        **_commit(plan, output, staging),
        "started_at": started_at.isoformat(timespec="seconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(time.monotonic() - started, 3),
        "cpu_seconds": _cpu_seconds(),
        **more,
    }
    write_json(output.manifest(plan.run_id), manifest)
    _conclude(plan, output, advance)
    return manifest


def _conclude(plan: Plan, output: Output, advance: Callable[[Sequence[LedgerEntry]], None] | None) -> None:
    """Let the state advance, then clear away; a run that dies in between does both again."""
    staging = output.staging(plan.run_id)
    if advance is not None and staging.exists():
        advance(commit.read_ledgers(staging))
    remove_staging(output, plan.run_id)


def _begin(plan: Plan, staging: Path) -> None:
    """Make the run's folder, or find that of an unfinished run of the same job."""
    begun = staging / PLANNED
    if begun.exists():
        _require_same_job(plan, read_json(begun)["digest"])
    else:
        write_json(begun, {"digest": plan.digest})


def _withdraw_unfinished(plan: Plan, output: Output) -> None:
    """Take back what other runs have published that were ended before they were complete."""
    for run_id in output.unfinished_runs():
        is_other = run_id != plan.run_id and (output.staging(run_id) / PLANNED).exists()
        if not is_other or output.manifest(run_id).exists():
            continue
        files = commit.withdraw(output, run_id, State(plan.config.state_path))
        if files:
            logger.warning(
                "run %s was ended while it published: %d of its files are taken back; its command publishes them again",
                run_id,
                files,
            )


def _require_same_job(plan: Plan, digest: str) -> None:
    if digest != plan.digest:
        raise OutputError(
            f"{plan.config.output.path}: the run id {plan.run_id} belongs to a job with other inputs, options or "
            "versions; choose another --run-id"
        )


def _run_shards(plan: Plan, staging: Path, watcher: Watcher, signals: Signals) -> None:
    """Run the shards that are not done yet in worker processes."""
    progress = _Progress(plan, staging, watcher)
    waiting = deque(
        ShardTask(config=plan.config, shard=shard, folder=str(staging), run_id=plan.run_id, attempts=plan.attempts)
        for shard in plan.shards
        if not (staging / f"{shard.name}{DONE_SUFFIX}").exists()
    )
    if not waiting:
        return
    run = plan.config.run
    count = min(run.workers or os.cpu_count() or 1, len(waiting))
    if sum(task.shard.inputs for task in waiting) >= PRELOAD_INPUTS:
        preload(plan.config)
    # What is loaded by now stays: workers need not look at it again when they collect garbage, and so share its memory.
    gc.freeze()
    with WorkerPool(run_shard, count, _journal_bytes, run.stall_seconds) as pool:
        for ended in pool.run(waiting):
            signals.raise_if_seen()
            if ended is not None and ended.outcome != "done":
                logger.warning("shard %s %s: %s", ended.task.shard.name, ended.outcome, ended.detail)
                waiting.appendleft(after_failure(ended))
            progress.report(pool.running)


def preload(config: Config) -> None:
    """Load what the steps need, at a time where they can, so that processes forked after this share it."""
    steps = [ExtractArticles(), *(build_enricher(step, f"enrich.{n}") for n, step in enumerate(config.enrich))]
    with ThreadPoolExecutor(len(steps)) as pool:
        for loaded in [pool.submit(step.preload) for step in steps if isinstance(step, PRELOADED)]:
            loaded.result()


def _journal_bytes(task: ShardTask) -> int:
    with contextlib.suppress(FileNotFoundError):
        return task.journal.stat().st_size
    return 0


class _Progress:
    """Reckons how much is done: whole shards by their ledgers, shards at work by their journals."""

    def __init__(self, plan: Plan, staging: Path, watcher: Watcher) -> None:
        self._watcher = watcher
        self._staging = staging
        self._inputs = plan.inputs
        self._left = {shard.name: shard.inputs for shard in plan.shards}
        self._dead = 0

    def report(self, running: Sequence[ShardTask]) -> None:
        """Tell the watcher where the run stands."""
        for name in [name for name in self._left if (self._staging / f"{name}{DONE_SUFFIX}").exists()]:
            del self._left[name]
            self._dead += _count_dead(self._staging, name)
        at_work = [task for task in running if task.shard.name in self._left]
        done = self._inputs - sum(self._left.values()) + sum(map(self._share_done, at_work))
        self._watcher.update(done, self._inputs, self._dead)

    def _share_done(self, task: ShardTask) -> float:
        """Return how many of a shard's inputs are done: those extracted and those enriched count half each."""
        with contextlib.suppress(FileNotFoundError):
            journal = task.journal.read_bytes()
            return min(task.shard.inputs, (journal.count(b'["extracted"') + journal.count(b'["write"')) / 2)
        return 0


def _count_dead(staging: Path, shard: str) -> int:
    ledgers = staging.glob(f"{shard}-*{LEDGER_SUFFIX}")
    return sum(entry.outcome == "dead_letters" for ledger in ledgers for entry in read_ledger(ledger))


def _commit(plan: Plan, output: Output, staging: Path) -> Manifest:
    """Check the counts, publish the files and return the manifest, which is not written yet."""
    state = State(plan.config.state_path)
    ledger = commit.read_ledgers(staging)
    staged = commit.read_staged(staging)
    kept, dropped = staged.index, staged.index.slice(0, 0)
    if not plan.config.clean.keep_duplicates:
        kept, dropped = commit.settle_duplicates(staged.index, state.earlier_versions(plan.run_id))
    by_source = count_by_source(plan.inputs_by_source, _by_kind(kept), _by_kind(dropped), ledger)
    counts = total(by_source)
    done_files = sorted(staging.glob(f"*{DONE_SUFFIX}"))
    fetched = sum(plan.fetched.values())
    counters = sum_counters(done_files)
    stages = count_by_stage(plan.inputs, counters, ledger, counts, fetched=fetched, spooled=plan.spooled)
    require_conservation(by_source, stages)
    _require_few_dead(plan, counts, ledger)
    files = commit.write_articles(output, plan.config.output, plan.run_id, staged, kept)
    commit.write_dead_letters(output, plan.run_id, ledger, dict(plan.versions))
    state.write_ingested(plan.run_id, commit.ingested_versions(kept))
    return _manifest(plan, by_source, stages, ledger, files)


def _by_kind(index: pa.Table) -> dict[str, int]:
    return dict(Counter(index["source_kind"].to_pylist()))


def _require_few_dead(plan: Plan, counts: Counts, ledger: Sequence[LedgerEntry]) -> None:
    share = counts.dead_letters / counts.inputs if counts.inputs else 0.0
    allowed = plan.config.run.max_dead_share
    if allowed is None:
        allowed = 1.0 if plan.fetched else DEFAULT_DEAD_SHARE
    if share <= allowed:
        return
    dead = [entry for entry in ledger if entry.outcome == "dead_letters"]
    lines = []
    for reason, number in Counter(entry.reason for entry in dead).most_common(5):
        first = next(entry for entry in dead if entry.reason == reason)
        lines.append(f"  {number} x {reason}, such as {first.source_uri} ({first.source_offset}): {first.detail}")
    raise DeadShareError(
        f"{counts.dead_letters} of {counts.inputs} inputs became dead letters, {share:.0%}; at most {allowed:.0%} may. "
        "Nothing was published. Top reasons:\n" + "\n".join(lines) + "\n"
        "Mend the inputs or the config; or publish what there is with a higher --max-dead-share: finished work is kept."
    )


def _manifest(
    plan: Plan,
    by_source: dict[str, Counts],
    stages: Sequence[StageCounts],
    ledger: Sequence[LedgerEntry],
    files: list[dict[str, Any]],
) -> Manifest:
    counts: dict[str, Any] = dict(total(by_source).to_json())
    counts["stages"] = [stage.to_json() for stage in stages]
    counts["sources"] = {kind: of_kind.to_json() for kind, of_kind in by_source.items()}
    reasons = Counter((entry.outcome, entry.reason) for entry in ledger)
    return {
        "run_id": plan.run_id,
        "digest": plan.digest,
        "schema_version": SCHEMA_VERSION,
        "versions": dict(plan.versions),
        "config": plan.config.to_json(),
        "working_directory": str(Path.cwd()),
        "replay_of": plan.replay_of,
        "replayed": list(plan.replayed),
        "attempts": plan.attempts,
        "inputs": {"files": plan.files, "bytes": plan.size_bytes},
        "counts": counts,
        "dead_letter_reasons": {
            why: n for (outcome, why), n in sorted(reasons.items(), key=str) if outcome == "dead_letters"
        },
        "skipped_reasons": {why: n for (outcome, why), n in sorted(reasons.items(), key=str) if outcome == "skipped"},
        "files": files,
        "python": platform.python_version(),
        "workers": plan.config.run.workers or os.cpu_count(),
    }


def _cpu_seconds() -> float:
    """Return the CPU time of this process and its workers so far."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(usage.ru_utime + usage.ru_stime for usage in usages), 3)
