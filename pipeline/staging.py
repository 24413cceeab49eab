"""Staging: what a shard made, kept until the run commits.

A shard leaves `<name>-<bucket>.arrow`, its rows sorted by (date, id, source), and `<name>-<bucket>.jsonl`, its ledger:
one line for each input that is no row, with the reason. Both are named by the shard alone and moved into place
whole, so a shard that runs twice overwrites itself. Arrow IPC rather than Parquet: the commit maps these files into
memory and takes slices of them without decoding.
"""

import dataclasses
import json
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from pipeline.output import publish
from pipeline.schema import Row, arrow_schema, article_to_row
from transforms.records import Article, DeadLetter, SkippedInput

ROWS_SUFFIX: Final = ".arrow"
LEDGER_SUFFIX: Final = ".jsonl"
ROWS_PER_BATCH: Final = 64
MIN_DATE: Final = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What became of an input that is no row.

    Attributes:
        outcome: which of the manifest's counts it falls under.
        reason: why: a dead letter's reason, why it was skipped, None for a duplicate.
        source_kind: see `RawArticle`.
        source_uri: see `RawArticle`.
        source_offset: see `RawArticle`.
        stage: of a dead letter; `fetch` for all that did not get past it.
        detail: of a dead letter.
        url: of a dead letter or duplicate, if known.
        attempts: of a dead letter.
        entry: of a dead letter: the feed entry that led there, to be tried again with.
    """

    outcome: Literal["dead_letters", "skipped", "duplicates", "not_modified"]
    reason: str | None = None
    source_kind: str
    source_uri: str
    source_offset: int
    stage: str | None = None
    detail: str | None = None
    url: str | None = None
    attempts: int = 1
    entry: dict[str, Any] | None = None


def to_ledger_entry(lost: DeadLetter | SkippedInput | Article) -> LedgerEntry:
    """Return the ledger entry of a dead letter, a skipped input or a duplicate."""
    place = {name: getattr(lost, name) for name in ("source_kind", "source_uri", "source_offset")}
    if isinstance(lost, DeadLetter):
        return LedgerEntry(
            outcome="dead_letters",
            reason=lost.reason.value,
            stage=lost.stage,
            detail=lost.detail,
            url=lost.url,
            attempts=lost.attempts,
            entry=dataclasses.asdict(lost.entry) if lost.entry else None,
            **place,
        )
    if isinstance(lost, SkippedInput):
        return LedgerEntry(outcome="skipped", reason=lost.reason, **place)
    return LedgerEntry(outcome="duplicates", url=lost.url, **place)


def row_order(row: Row) -> tuple[str, str, str, int]:
    """Return where a row stands in a staged file: by partition day, id and source."""
    return str(row["date"] or MIN_DATE), row["id"], row["source_uri"], row["source_offset"]


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows, sorted, as Arrow IPC; the file appears whole."""
    table = pa.Table.from_pylist(sorted(rows, key=row_order), schema=arrow_schema())
    part = _part(path)
    with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=ROWS_PER_BATCH)
    publish(part, path)


def write_ledger(path: Path, entries: Iterable[LedgerEntry]) -> None:
    """Write ledger entries, sorted by source; the file appears whole."""
    in_order = sorted(entries, key=lambda entry: (entry.source_uri, entry.source_offset, entry.outcome))
    part = _part(path)
    part.write_bytes(b"".join(json.dumps(dataclasses.asdict(entry)).encode() + b"\n" for entry in in_order))
    publish(part, path)


def read_ledger(path: Path) -> Iterator[LedgerEntry]:
    """Yield the entries of a ledger."""
    with path.open("rb") as lines:
        for line in lines:
            yield LedgerEntry(**json.loads(line))


def map_rows(path: Path) -> pa.Table:
    """Return the rows of a staged file, mapped into memory: only what is looked at is read."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")


class _WriteRowsDoFn(beam.DoFn):
    """Writes the rows of one bucket."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = folder
        self._name = name
        self._written = Metrics.counter("newsbeam", "articles_written")

    def process(self, group: tuple[int, Iterable[Row]]) -> None:
        bucket, grouped = group
        rows = list(grouped)
        write_rows(Path(self._folder) / f"{self._name}-{bucket}{ROWS_SUFFIX}", rows)
        self._written.inc(len(rows))


class _WriteLedgerDoFn(beam.DoFn):
    """Writes the ledger of one bucket."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = folder
        self._name = name

    def process(self, group: tuple[int, Iterable[LedgerEntry]]) -> None:
        bucket, entries = group
        write_ledger(Path(self._folder) / f"{self._name}-{bucket}{LEDGER_SUFFIX}", entries)


@dataclasses.dataclass
class StageArticles(beam.PTransform[PCollection[Article], PCollection[Any]]):
    """Takes articles, writes them as rows of staged files; gives nothing.

    Attributes:
        folder: where; made by the caller, the same for all workers.
        name: first part of the files' names.
        run_id: goes into each row.
        buckets: number of files.
    """

    folder: str
    name: str
    run_id: str
    buckets: int = 1

    def expand(self, articles: PCollection[Article]) -> PCollection[Any]:
        return (
            articles
            | "ToRows" >> beam.Map(_to_bucket_and_row, self.run_id, self.buckets)
            | "GroupByBucket" >> beam.GroupByKey()
            | "WriteRows" >> beam.ParDo(_WriteRowsDoFn(self.folder, self.name))
        )


def _to_bucket_and_row(article: Article, run_id: str, buckets: int) -> tuple[int, Row]:
    """Return the row of an article under the number of its file; plain rows pass a shuffle faster than records."""
    return int(article.id[:8], 16) % buckets, article_to_row(article, run_id)


def _with_ledger_bucket(entry: LedgerEntry, buckets: int) -> tuple[int, LedgerEntry]:
    return entry.source_offset % buckets, entry


@dataclasses.dataclass
class StageLedger(beam.PTransform[PCollection[LedgerEntry], PCollection[Any]]):
    """Takes ledger entries, writes them as staged files; gives nothing.

    Attributes:
        folder: see `StageArticles`.
        name: see `StageArticles`.
        buckets: number of files.
    """

    folder: str
    name: str
    buckets: int = 1

    def expand(self, entries: PCollection[LedgerEntry]) -> PCollection[Any]:
        return (
            entries
            | "KeyByBucket" >> beam.Map(_with_ledger_bucket, self.buckets)
            | "GroupByBucket" >> beam.GroupByKey()
            | "WriteLedger" >> beam.ParDo(_WriteLedgerDoFn(self.folder, self.name))
        )
