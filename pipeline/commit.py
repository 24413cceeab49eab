"""The commit: staged shards -> files that readers see, the same bytes however often it is begun.

Order of events: settle duplicates over all shards; write each file under `_staging/` and move it to a name made of
the run, the partition and a number; dead letters likewise; the index of what was ingested; the manifest last; then the
staged files go. A process killed anywhere leaves whole files only, and the same run, started again, does the rest; if
another run comes first, it takes them back.
"""

import json
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config import OutputSection
from pipeline.output import Output, publish, write_whole
from pipeline.sinks import JSONL, JSONL_GZIP, PARQUET, Sink
from pipeline.staging import LEDGER_SUFFIX, ROWS_PER_BATCH, ROWS_SUFFIX, LedgerEntry, read_ledger
from pipeline.state import State
from transforms.errors import Reason
from transforms.identity import hash_fields

HIVE_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
"""Hive's name for the folder of rows without a value."""

# What a row takes besides its text: hashes, addresses, entities. Only used to cut files, and never measured anew,
# so that the cut is a function of the rows.
_BYTES_BESIDE_TEXT: Final = 2_000
_TEXT_FACTOR: Final = 2
_READ_BYTES: Final = 16_000_000
"""Rows of small files that are read together."""

_WRITERS: Final = os.cpu_count() or 1
"""Files that are written at a time; Arrow and the disk work without the interpreter's lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRows:
    """The rows of all shards, few columns of each: where they lie and what decides their fate.

    Attributes:
        files: the staged files.
        index: a row each: `file` and `row` (place in `files`), `id`, `version_id`, `source_kind`, `source_uri`,
            `source_offset`, `date`, `language`, `bytes`.
    """

    files: tuple[Path, ...]
    index: pa.Table


_INDEXED: Final = ("id", "version_id", "source_kind", "source_uri", "source_offset", "date", "language")


def read_staged(folder: Path) -> StagedRows:
    """Return the index of all staged rows of a run."""
    files = tuple(sorted(folder.glob(f"*{ROWS_SUFFIX}")))
    parts = [_index_of(number, path) for number, path in enumerate(files)]
    return StagedRows(files=files, index=pa.concat_tables(parts) if parts else _index_schema().empty_table())


def _index_schema() -> pa.Schema:
    kinds = {"source_offset": pa.int64(), "date": pa.date32()}
    fields = [(name, kinds.get(name, pa.string())) for name in _INDEXED]
    return pa.schema([*fields, ("file", pa.int64()), ("row", pa.int64()), ("bytes", pa.int64())])


def _index_of(number: int, path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return index_rows(pa.ipc.open_file(source).read_all(), number)


def index_rows(rows: pa.Table, number: int) -> pa.Table:
    """Return the index of whole rows that are file `number`."""
    text_bytes = pc.cast(pc.binary_length(rows["text"]), pa.int64())
    columns = [
        *(rows[name] for name in _INDEXED),
        pa.array([number] * len(rows), pa.int64()),
        pa.array(range(len(rows)), pa.int64()),
        pc.add(pc.multiply(text_bytes, _TEXT_FACTOR), _BYTES_BESIDE_TEXT),
    ]
    return pa.table(columns, schema=_index_schema())


def settle_duplicates(index: pa.Table, earlier: pa.Array) -> tuple[pa.Table, pa.Table]:
    """Return the rows to keep and the duplicates.

    Of rows with one `version_id` the smallest (source_uri, source_offset) is kept, and none if an earlier run wrote it.

    Args:
        index: of staged rows.
        earlier: version ids that stand in the output already.
    """
    ordered = index.sort_by([(name, "ascending") for name in ("version_id", "source_uri", "source_offset")])
    versions = ordered["version_id"].combine_chunks()
    first = pc.not_equal(versions.slice(1), versions.slice(0, max(0, len(versions) - 1)))
    is_first = pa.concat_arrays([pa.array([True] * min(1, len(versions)), pa.bool_()), first])
    kept = pc.and_(is_first, pc.invert(pc.is_in(versions, value_set=earlier)))
    return ordered.filter(kept), ordered.filter(pc.invert(kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One file of the output.

    Attributes:
        path: relative to the output folder, without suffix.
        rows: index of its rows, in their order.
    """

    path: str
    rows: pa.Table


def plan_files(kept: pa.Table, section: OutputSection, run_id: str) -> Iterator[PlannedFile]:
    """Yield the files that hold the rows: sorted by id within a partition, cut at the largest size."""
    keys = [*section.partition_by, "id", "source_uri", "source_offset"]
    ordered = kept.sort_by([(key, "ascending") for key in keys])
    folders = [_partition_folder(values) for values in ordered.select(list(section.partition_by)).to_pylist()]
    folders = folders or [""] * len(ordered)
    sizes = ordered["bytes"].to_pylist()
    start = number = size = 0
    for row in range(1, len(ordered) + 1):
        size += sizes[row - 1]
        ends_folder = row == len(ordered) or folders[row] != folders[start]
        if ends_folder or size + sizes[row] > section.max_file_mb * 1_000_000:
            name = f"articles/{folders[start]}{run_id}-{number:04d}"
            yield PlannedFile(path=name, rows=ordered.slice(start, row - start))
            start, number, size = row, 0 if ends_folder else number + 1, 0


def _partition_folder(values: dict[str, Any]) -> str:
    """Return the folders of a partition.

    >>> _partition_folder({"date": None, "language": "fr"})
    'date=__HIVE_DEFAULT_PARTITION__/language=fr/'
    """
    return "".join(f"{name}={HIVE_NULL if value is None else value}/" for name, value in values.items())


class _StagedReader:
    """Reads rows of staged files by their place; files stay mapped."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._open: dict[int, pa.ipc.RecordBatchFileReader] = {}

    def take(self, index: pa.Table) -> pa.Table:
        """Return the whole rows of an index, in its order."""
        wanted = sorted(zip(index["file"].to_pylist(), index["row"].to_pylist(), range(len(index)), strict=True))
        groups: dict[tuple[int, int], list[int]] = {}
        for file, row, _ in wanted:
            groups.setdefault((file, row // ROWS_PER_BATCH), []).append(row % ROWS_PER_BATCH)
        batches = [self._reader(file).get_batch(batch).take(pa.array(rows)) for (file, batch), rows in groups.items()]
        in_file_order = pa.Table.from_batches(batches)
        places = [place for _, _, place in wanted]
        return in_file_order.take(pc.sort_indices(pa.array(places)))

    def _reader(self, file: int) -> pa.ipc.RecordBatchFileReader:
        if file not in self._open:
            self._open[file] = pa.ipc.open_file(pa.memory_map(str(self._files[file])))
        return self._open[file]


def _read_files(reader: _StagedReader, files: Iterable[PlannedFile]) -> Iterator[tuple[PlannedFile, pa.Table]]:
    """Yield files with their rows; small ones are read together, as one search costs as much as many rows."""
    for group in _groups(files):
        rows, start = reader.take(pa.concat_tables([planned.rows for planned in group])), 0
        for planned in group:
            yield planned, rows.slice(start, len(planned.rows))
            start += len(planned.rows)


def _groups(files: Iterable[PlannedFile]) -> Iterator[list[PlannedFile]]:
    group: list[PlannedFile] = []
    size = 0
    for planned in files:
        group.append(planned)
        size += pc.sum(planned.rows["bytes"]).as_py()
        if size > _READ_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def write_articles(
    output: Output, section: OutputSection, run_id: str, staged: StagedRows, kept: pa.Table
) -> list[dict[str, Any]]:
    """Write and publish the files that hold the kept rows; return what the manifest says of each."""
    reader = _StagedReader(staged.files)
    sinks = [_sink(section, name) for name in section.formats]
    entries: list[dict[str, Any]] = []
    with ThreadPoolExecutor(_WRITERS) as pool:
        pending: deque[Future[dict[str, Any]]] = deque()
        for planned, rows in _read_files(reader, plan_files(kept, section, run_id)):
            for sink in sinks:
                path = planned.path + sink.suffix
                pending.append(pool.submit(_write_file, output, sink, path, rows, section.partition_by, run_id))
            while len(pending) > _WRITERS:
                entries.append(pending.popleft().result())
        entries += [written.result() for written in pending]
    return entries


def write_tables(
    output: Output, section: OutputSection, name: str, rows: pa.Table, index: pa.Table, staging: str
) -> list[dict[str, Any]]:
    """Write and publish the files that hold rows in memory, as `write_articles` does for staged ones."""
    sinks = [_sink(section, sink) for sink in section.formats]
    return [
        _write_file(
            output, sink, planned.path + sink.suffix, rows.take(planned.rows["row"]), section.partition_by, staging
        )
        for planned in plan_files(index, section, name)
        for sink in sinks
    ]


def _sink(section: OutputSection, name: str) -> Sink:
    if name == "parquet":
        return PARQUET
    return JSONL_GZIP if section.gzip_jsonl else JSONL


def _write_file(
    output: Output, sink: Sink, path: str, rows: pa.Table, partition_by: Sequence[str], run_id: str
) -> dict[str, Any]:
    part = output.staging(run_id) / "publish" / path.replace("/", ",")  # one folder is made, and not one a partition
    part.parent.mkdir(parents=True, exist_ok=True)
    sink.write(rows, part, partition_by)
    size_bytes = part.stat().st_size
    publish(part, output.root / path)
    return {"path": path, "rows": rows.num_rows, "bytes": size_bytes}


def withdraw(output: Output, run_id: str, state: State) -> int:
    """Take back what a run without a manifest has published, and return the number of files.

    Such a run was ended in the middle of its commit. Nobody knows which of its articles are in the output; so that
    others lose and double none, they are to be in it whole or not at all. What is staged stays: the run's own command
    publishes it again.
    """
    state.forget_ingested(run_id)  # first: what counts as ingested must be there
    own_name = re.compile(rf"{re.escape(run_id)}-\d{{4,}}\.(parquet|jsonl(\.gz)?)")
    files = [path for path in output.articles.rglob("*") if own_name.fullmatch(path.name)]
    for path in (*files, output.dead_letters / f"{run_id}.jsonl"):
        path.unlink(missing_ok=True)
    return len(files)


def dead_letter_record(entry: LedgerEntry, run_id: str, versions: dict[str, str]) -> dict[str, Any]:
    """Return a dead letter as it is written; (source_uri, source_offset) points to its input."""
    return {
        "id": hash_fields(run_id, entry.source_uri, str(entry.source_offset)),
        "stage": entry.stage,
        "reason": entry.reason,
        "detail": entry.detail,
        "source_kind": entry.source_kind,
        "source_uri": entry.source_uri,
        "source_offset": entry.source_offset,
        "url": entry.url,
        "attempts": entry.attempts,
        "retryable": Reason(entry.reason or "").is_retryable,
        "run_id": run_id,
        "versions": versions,
    } | ({"entry": entry.entry} if entry.entry else {})


def read_ledgers(folder: Path) -> list[LedgerEntry]:
    """Return the entries of all ledgers of a run, in the order of the input."""
    entries = [entry for path in sorted(folder.glob(f"*{LEDGER_SUFFIX}")) for entry in read_ledger(path)]
    return sorted(entries, key=lambda entry: (entry.source_uri, entry.source_offset))


def write_dead_letters(output: Output, run_id: str, entries: Sequence[LedgerEntry], versions: dict[str, str]) -> None:
    """Write the dead letters of a run to `dead_letters/<run_id>.jsonl`; no file if there are none."""
    records = [dead_letter_record(entry, run_id, versions) for entry in entries if entry.outcome == "dead_letters"]
    if records:
        lines = b"".join(
            json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n" for record in records
        )
        write_whole(output.dead_letters / f"{run_id}.jsonl", lines)


def ingested_versions(kept: pa.Table) -> pa.Table:
    """Return which versions an index of rows holds, and where they came from."""
    return kept.select(["id", "version_id", "source_uri", "source_offset"])
