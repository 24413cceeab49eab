"""Windows of a stream: articles of some seconds -> files, a manifest and dead letters, each named by the window.

Time is that of the tick at which something was found. All that a tick found is in one window, so that the counts of
each window add up by themselves. Names and contents follow from window, shard and pane alone: what an engine does twice
overwrites itself. Late elements go to files of their own.
"""

import dataclasses
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.coders import BooleanCoder
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms import trigger
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import (
    ReadModifyWriteRuntimeState,
    ReadModifyWriteStateSpec,
    RuntimeTimer,
    TimerSpec,
    on_timer,
)
from apache_beam.transforms.window import FixedWindows, GlobalWindows, IntervalWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import PaneInfo, PaneInfoTiming

from pipeline import commit
from pipeline.config import OutputSection
from pipeline.counts import Counts
from pipeline.output import Output, remove_staging, write_json
from pipeline.schema import Row, arrow_schema, article_to_row
from pipeline.staging import LedgerEntry, row_order
from pipeline.state import State
from transforms.records import SCHEMA_VERSION, Article

ALLOWED_LATENESS_SECONDS: Final = 86_400
ARTICLES: Final = "articles"
DUPLICATES: Final = "duplicates"
INPUT: Final = "inputs"
RECORD: Final = "records"

_PART: Final = "-part"
"""In names of what was written before its window was over."""

Count = tuple[str, str, str]
"""What is counted: which of the manifest's counts, kind of source, reason (empty for none)."""


# Beam fills these in by the defaults of a method's parameters.
_AT: Final[Any] = beam.DoFn.TimestampParam
_WINDOW: Final[Any] = beam.DoFn.WindowParam
_PANE: Final[Any] = beam.DoFn.PaneInfoParam
_SEEN: Final[Any] = beam.DoFn.StateParam(ReadModifyWriteStateSpec("seen", BooleanCoder()))
_EXPIRY_SPEC: Final = TimerSpec("expiry", TimeDomain.WATERMARK)
_EXPIRY: Final[Any] = beam.DoFn.TimerParam(_EXPIRY_SPEC)


def into_windows(seconds: float, most: int | None = None) -> beam.WindowInto:
    """Return windows of so many seconds, each sent once, and once more for each element that is late.

    Args:
        seconds: length of the windows.
        most: elements of a key that are kept until the window is over; so many are sent before. None for all.
    """
    return beam.WindowInto(
        FixedWindows(seconds),
        trigger=trigger.AfterWatermark(early=most and trigger.AfterCount(most), late=trigger.AfterCount(1)),
        allowed_lateness=ALLOWED_LATENESS_SECONDS,
        accumulation_mode=trigger.AccumulationMode.DISCARDING,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stream writes.

    Attributes:
        stream: its name, which goes into each row.
        output: what is written where.
        state: folder of what newsbeam remembers.
        versions: of all that decides the rows.
        config: of the job that runs dead letters again, by newsbeam's own workers.
        working_directory: where the stream was begun; paths of inputs start there.
    """

    stream: str
    output: OutputSection
    state: str
    versions: dict[str, str]
    config: dict[str, Any]
    working_directory: str

    def name(self, window: IntervalWindow, pane: PaneInfo) -> str:
        """Return the name of what a pane of a window holds."""
        begin = datetime.fromtimestamp(float(window.start), UTC)
        early = f"{_PART}{pane.index}" if pane.timing == PaneInfoTiming.EARLY else ""
        late = f"-late{pane.index}" if pane.timing == PaneInfoTiming.LATE else ""
        return f"{self.stream}-{begin:%Y%m%dT%H%M%SZ}{early}{late}"


class _Earlier:
    """The versions that the output holds, each with the begin of its window; 0 for those of other runs.

    Args:
        place: of the stream.
    """

    def __init__(self, place: Place) -> None:
        versions: list[str] = []
        begins: list[float] = []
        for run, of_run in State(place.state).versions_by_run():
            versions += of_run
            begins += [begin_of(run, place.stream)] * len(of_run)
        order = np.argsort(np.asarray(versions, dtype="S64"), kind="stable")
        self._versions = np.asarray(versions, dtype="S64")[order]
        self._begins = np.asarray(begins, dtype=float)[order]

    def holds(self, version: str, before: float) -> bool:
        """Whether a version was written by another run, or in a window that began before a time."""
        key = version.encode()
        first = int(np.searchsorted(self._versions, key, "left"))
        last = int(np.searchsorted(self._versions, key, "right"))
        return bool((self._begins[first:last] < before).any())


_BEGIN: Final = "%Y%m%dT%H%M%SZ"


def begin_of(run: str, stream: str) -> float:
    """Return when the window began that wrote something, 0 if it was no window of the stream.

    >>> begin_of("stream-19700101T000100Z-0", "stream"), begin_of("20261122T120000Z-aaaaaa", "stream")
    (60.0, 0.0)
    """
    if not run.startswith(f"{stream}-"):
        return 0.0
    begin = run.removeprefix(f"{stream}-").partition("-")[0]
    return datetime.strptime(begin, _BEGIN).replace(tzinfo=UTC).timestamp()


class _DropSeenDoFn(beam.DoFn):
    """Drops versions that an earlier window had, or an earlier run on the same output.

    What a window itself has written does not count: a window that is done again must come out the same.
    """

    def __init__(self, place: Place, window_seconds: float, keep_seconds: float) -> None:
        self._place = place
        self._window_seconds = window_seconds
        self._keep_seconds = keep_seconds
        self._dropped = Metrics.counter("newsbeam", "articles_dropped_duplicate")

    def setup(self) -> None:
        self._earlier = _Earlier(self._place)

    def process(
        self,
        keyed: tuple[str, Article],
        at: Timestamp = _AT,
        seen: ReadModifyWriteRuntimeState = _SEEN,
        expiry: RuntimeTimer = _EXPIRY,
    ) -> Iterator[Article | TaggedOutput[Literal["duplicates"], Article]]:
        version, article = keyed
        begin = float(at) // self._window_seconds * self._window_seconds
        is_known = bool(seen.read()) or self._earlier.holds(version, begin)
        seen.write(True)
        expiry.set(at + self._keep_seconds)
        if is_known:
            self._dropped.inc()
            yield TaggedOutput(DUPLICATES, article)
        else:
            yield article

    @on_timer(_EXPIRY_SPEC)
    def forget(self, seen: ReadModifyWriteRuntimeState = _SEEN) -> None:
        """Forget a version that was not seen for long."""
        seen.clear()


def _by_version(article: Article) -> tuple[str, Article]:
    return article.version_id, article


@dataclass
class DropSeen(beam.PTransform[PCollection[Article], Any]):
    """Takes articles, gives those whose version is new (`articles`) and the others (`duplicates`).

    Attributes:
        place: whose earlier versions count.
        window_seconds: length of the windows.
        keep_seconds: how long a version is remembered after it was last seen.
    """

    place: Place
    window_seconds: float
    keep_seconds: float

    def expand(self, articles: PCollection[Article]) -> Any:  # noqa: ANN401 - Beam warns of any type for several outputs
        drop = beam.ParDo(_DropSeenDoFn(self.place, self.window_seconds, self.keep_seconds))
        return (
            articles
            | "ForAllTime" >> beam.WindowInto(GlobalWindows())
            | "ByVersion" >> beam.Map(_by_version).with_output_types(tuple[str, Article])
            | "DropSeen" >> drop.with_outputs(DUPLICATES, main=ARTICLES)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file of a window.

    Attributes:
        path: relative to the output.
        rows: number of rows.
        size_bytes: its size.
    """

    path: str
    rows: int
    size_bytes: int


_Files = TaggedOutput[Literal["files"], WrittenFile]
FILES: Final = "files"


class _WriteWindowDoFn(beam.DoFn):
    """Writes the files of one shard of a window; gives the number of records of each kind of source, and the files."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._written = Metrics.counter("newsbeam", "articles_written")
        self._latency = Metrics.distribution("newsbeam", "seconds_from_first_seen_to_written")
        self._age = Metrics.distribution("newsbeam", "seconds_from_published_to_written")

    def process(
        self,
        group: tuple[int, Iterable[Row]],
        window: IntervalWindow = _WINDOW,
        pane: PaneInfo = _PANE,
    ) -> Iterator[tuple[Count, int] | _Files]:
        shard, grouped = group
        rows = sorted(grouped, key=row_order)
        name = f"{self._place.name(window, pane)}-{shard:02d}"
        for written in write_window(self._place, name, rows):
            file: _Files = TaggedOutput(FILES, written)
            yield file
        self._measure(rows)
        for kind, number in Counter(row["source_kind"] for row in rows).items():
            yield (RECORD, kind, ""), number

    def _measure(self, rows: list[Row]) -> None:
        now = datetime.now(UTC)
        self._written.inc(len(rows))
        for row in rows:
            for name, distribution in (("first_seen_at", self._latency), ("published_at", self._age)):
                if row[name] is not None:
                    distribution.update(int((now - row[name]).total_seconds()))


def write_window(place: Place, name: str, rows: list[Row]) -> list[WrittenFile]:
    """Write and publish the rows of a shard of a window, sorted already; return the files."""
    output = Output(Path(place.output.path))
    table = pa.Table.from_pylist(rows, schema=arrow_schema())
    index = commit.index_rows(table, 0)
    staging = f"{name}.{uuid.uuid4().hex}"
    files = commit.write_tables(output, place.output, name, table, index, staging)
    remove_staging(output, staging)
    State(place.state).write_ingested(name, commit.ingested_versions(index))
    return [WrittenFile(path=file["path"], rows=file["rows"], size_bytes=file["bytes"]) for file in files]


def _to_shard(article: Article, stream: str, shards: int) -> tuple[int, Row]:
    return int(article.id[:8], 16) % shards, article_to_row(article, stream)


@dataclass
class WriteWindows(beam.PTransform[PCollection[Article], Any]):
    """Takes articles, writes the files of each window; gives in windows how many `records` and which `files`.

    Attributes:
        place: where to.
        window_seconds: length of the windows.
        shards: files of a window that are written at a time.
        flush_articles: of a shard; so many are written before the window is over. None to wait for all.
    """

    place: Place
    window_seconds: float
    shards: int = 1
    flush_articles: int | None = None

    def expand(self, articles: PCollection[Article]) -> Any:  # noqa: ANN401 - Beam warns of any type for several outputs
        written = (
            articles
            | "ToRows" >> beam.Map(_to_shard, self.place.stream, self.shards).with_output_types(tuple[int, Row])
            | "Windows" >> into_windows(self.window_seconds, self.flush_articles)
            | "GroupByShard" >> beam.GroupByKey()
            | "WriteWindow" >> beam.ParDo(_WriteWindowDoFn(self.place)).with_outputs(FILES, main=RECORD)
        )
        # The account of a window is drawn up when it is over.
        return {tag: written[tag] | f"Whole {tag}" >> into_windows(self.window_seconds) for tag in (FILES, RECORD)}


class _WriteDeadLettersDoFn(beam.DoFn):
    """Writes the dead letters of a window."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def process(
        self,
        group: tuple[int, Iterable[LedgerEntry]],
        window: IntervalWindow = _WINDOW,
        pane: PaneInfo = _PANE,
    ) -> None:
        output = Output(Path(self._place.output.path))
        entries = sorted(group[1], key=_ledger_order)
        commit.write_dead_letters(output, self._place.name(window, pane), entries, self._place.versions)


def _ledger_order(entry: LedgerEntry) -> tuple[str, int, str]:
    return entry.source_uri, entry.source_offset, entry.reason or ""


def _is_dead(entry: LedgerEntry) -> bool:
    return entry.outcome == "dead_letters"


def _with_key(value: Any) -> tuple[int, Any]:  # noqa: ANN401 - whatever is gathered
    return 0, value


@dataclass
class WriteDeadLetters(beam.PTransform[PCollection[LedgerEntry], PCollection[Any]]):
    """Takes ledger entries in windows, writes the dead letters of each window; gives nothing.

    Attributes:
        place: where to.
    """

    place: Place

    def expand(self, entries: PCollection[LedgerEntry]) -> PCollection[Any]:
        return (
            entries
            | "OnlyDead" >> beam.Filter(_is_dead)
            | "DeadOfWindow" >> beam.Map(_with_key).with_output_types(tuple[int, LedgerEntry])
            | "GroupDead" >> beam.GroupByKey()
            | "WriteDeadLetters" >> beam.ParDo(_WriteDeadLettersDoFn(self.place))
        )


class _WriteManifestDoFn(beam.DoFn):
    """Writes the manifest of a window, when all its files are there."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._unbalanced = Metrics.counter("newsbeam", "windows_unbalanced")

    def process(
        self,
        group: tuple[int, Iterable[tuple[Count, int] | WrittenFile]],
        window: IntervalWindow = _WINDOW,
        pane: PaneInfo = _PANE,
    ) -> None:
        parts = list(group[1])
        name = self._place.name(window, pane)
        manifest = window_manifest(self._place, name, window, parts)
        sweep_parts(self._place, name, [file["path"] for file in manifest["files"]])
        if manifest["lost"]:
            self._unbalanced.inc()
        write_json(Output(Path(self._place.output.path)).manifest(name), manifest)


def sweep_parts(place: Place, name: str, files: Collection[str]) -> None:
    """Remove what the same window wrote before it was over, if it was then done again with other parts."""
    output, state = Path(place.output.path), State(place.state)
    for path in output.glob(f"articles/**/{name}{_PART}*"):
        if str(path.relative_to(output)) not in files:
            path.unlink(missing_ok=True)
            state.forget_ingested(path.name.rpartition("-")[0])


def window_manifest(
    place: Place, name: str, window: IntervalWindow, parts: Iterable[tuple[Count, int] | WrittenFile]
) -> dict[str, Any]:
    """Return the manifest of a window; `lost` is 0 if its counts add up."""
    files = sorted((part for part in parts if isinstance(part, WrittenFile)), key=lambda file: file.path)
    numbers: Counter[Count] = Counter()
    for part in parts:
        if not isinstance(part, WrittenFile):
            numbers[part[0]] += part[1]
    kinds = sorted({kind for _, kind, _ in numbers})
    by_source = {kind: _counts_of(numbers, kind) for kind in kinds}
    total = _counts_of(numbers, None)
    return {
        "run_id": name,
        "stream": place.stream,
        "window": {side: _iso(at) for side, at in (("start", window.start), ("end", window.end))},
        "schema_version": SCHEMA_VERSION,
        "versions": place.versions,
        "config": place.config,
        "working_directory": place.working_directory,
        "attempts": 1,
        "counts": total.to_json() | {"sources": {kind: of_kind.to_json() for kind, of_kind in by_source.items()}},
        "lost": total.lost,
        "dead_letter_reasons": _reasons(numbers, "dead_letters"),
        "skipped_reasons": _reasons(numbers, "skipped"),
        "files": [{"path": file.path, "rows": file.rows, "bytes": file.size_bytes} for file in files],
        "replayed": [],
        "wall_seconds": float(window.end) - float(window.start),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _iso(at: Timestamp) -> str:
    return datetime.fromtimestamp(float(at), UTC).isoformat()


def _counts_of(numbers: Counter[Count], kind: str | None) -> Counts:
    sums: Counter[str] = Counter()
    for (what, of_kind, _), number in numbers.items():
        if kind in {None, of_kind}:
            sums[what] += number
    return Counts(**{field.name: sums[field.name] for field in dataclasses.fields(Counts)})


def _reasons(numbers: Counter[Count], what: str) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for (outcome, _, reason), number in numbers.items():
        if outcome == what:
            reasons[reason] += number
    return dict(sorted(reasons.items()))


def count_inputs(inputs: tuple[str, int]) -> tuple[Count, int]:
    """Return a number of inputs as it is counted."""
    return (INPUT, inputs[0], ""), inputs[1]


def count_entry(entry: LedgerEntry) -> tuple[Count, int]:
    """Return a ledger entry as it is counted."""
    return (entry.outcome, entry.source_kind, entry.reason or ""), 1


@dataclass
class WriteManifests(beam.PTransform[Any, PCollection[Any]]):
    """Takes counts and files in windows, as a tuple of both, writes a manifest for each window; gives nothing.

    Attributes:
        place: where to.
    """

    place: Place

    def expand(self, counts_and_files: Any) -> Any:  # noqa: ANN401 - Beam warns of tuples in hints
        counts, files = counts_and_files
        summed = counts | "SumCounts" >> beam.CombinePerKey(sum)
        return (
            (summed | "Counts" >> beam.Map(_with_key), files | "Files" >> beam.Map(_with_key))
            | "CountsAndFiles" >> beam.Flatten()
            | "GroupByWindow" >> beam.GroupByKey()
            | "WriteManifest" >> beam.ParDo(_WriteManifestDoFn(self.place))
        )
