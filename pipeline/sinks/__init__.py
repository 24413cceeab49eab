"""Sinks: one file for each format. Each writes one whole file; `pipeline.commit` says when it is seen.

A sink is a function (rows, path, partition columns) -> None; `pipeline.commit` picks it by the config's `formats`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from pipeline.sinks.jsonl import write_jsonl, write_jsonl_gzip
from pipeline.sinks.parquet import write_parquet


@dataclass(frozen=True, slots=True)
class Sink:
    """How a format is written.

    Attributes:
        suffix: of its files.
        write: writes a table to a path; the last argument names the columns that are folders.
    """

    suffix: str
    write: Callable[[pa.Table, Path, Sequence[str]], None]


PARQUET: Final = Sink(".parquet", write_parquet)
JSONL: Final = Sink(".jsonl", write_jsonl)
JSONL_GZIP: Final = Sink(".jsonl.gz", write_jsonl_gzip)
