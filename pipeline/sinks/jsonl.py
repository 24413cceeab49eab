"""JSONL files: one row a line, UTF-8, times as ISO 8601 in UTC."""

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

ROWS_PER_BATCH: Final = 200


def to_json(value: object) -> str:
    """Return a time as ISO 8601 in UTC with `Z`, a day as `YYYY-MM-DD`.

    >>> to_json(date(2026, 3, 1))
    '2026-03-01'

    Raises:
        TypeError: the value is neither.
    """
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def to_plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it stands in a JSONL file, with times as text."""
    plain: dict[str, Any] = json.loads(json.dumps(row, default=to_json))
    return plain


def _lines(rows: pa.Table) -> Iterator[bytes]:
    for batch in rows.to_batches(max_chunksize=ROWS_PER_BATCH):
        for row in batch.to_pylist():
            yield json.dumps(row, ensure_ascii=False, default=to_json, separators=(",", ":")).encode() + b"\n"


def write_jsonl(rows: pa.Table, path: Path, partition_by: Sequence[str]) -> None:
    """Write rows to one JSONL file, partition columns included: each line is read alone."""
    with path.open("wb") as file:
        file.writelines(_lines(rows))


def write_jsonl_gzip(rows: pa.Table, path: Path, partition_by: Sequence[str]) -> None:
    """Write rows as `write_jsonl` does, compressed; neither name nor time goes into the file."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as file:
        file.writelines(_lines(rows))
