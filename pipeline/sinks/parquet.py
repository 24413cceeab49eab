"""Parquet files: zstd, row groups that engines can read in parallel, schema and version in the metadata."""

import functools
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.records import SCHEMA_VERSION

ROW_GROUP_BYTES: Final = 64_000_000
"""Uncompressed size of a row group: DuckDB and Spark read one a thread."""

COMPRESSION_LEVEL: Final = 3

# Columns with few values get a dictionary; for hashes, addresses and text it costs a third of the time of a file.
_REPEATED: Final = (
    *("schema_version", "domain", "section", "language", "site_name", "source_kind", "source_uri", "primary_topic"),
    *("published_at_precision", "published_at_source", "extraction_method", "run_id"),
    *("entities.list.element.type", "topics.list.element.scheme", "topics.list.element.code"),
    *("topics.list.element.label", "provenance.list.element.field", "provenance.list.element.source"),
    *("models.list.element.step", "models.list.element.name", "models.list.element.version", "feed_url", "feed_title"),
)


# Least and greatest values are kept of the columns that people filter by; those of texts are a third of a small file.
_FILTERED: Final = (
    *("id", "version_id", "url", "canonical_url", "domain", "guid", "section", "language", "word_count", "site_name"),
    *("published_at", "modified_at", "first_seen_at", "fetched_at", "date", "feed_url", "primary_topic"),
    *("source_kind", "source_uri", "source_offset", "content_hash"),
)


@functools.cache
def _newsbeam_version() -> str:
    return importlib.metadata.version("newsbeam")


def write_parquet(rows: pa.Table, path: Path, partition_by: Sequence[str]) -> None:
    """Write rows to one Parquet file; partition columns are left to the folders' names, as in Hive.

    Args:
        rows: at least one.
        path: of the file.
        partition_by: columns that are folders.
    """
    table = rows.drop_columns(list(partition_by)).replace_schema_metadata(None)
    rows_per_group = max(1, ROW_GROUP_BYTES * table.num_rows // max(1, table.nbytes))
    with pq.ParquetWriter(
        path,
        table.schema,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=[name for name in _REPEATED if name not in partition_by],
        write_statistics=[name for name in _FILTERED if name not in partition_by],
        # Arrow's own copy of the schema is a quarter of a small file, and says no more than Parquet's.
        store_schema=False,
    ) as writer:
        writer.write_table(table, row_group_size=rows_per_group)
        writer.add_key_value_metadata(
            {"newsbeam_version": _newsbeam_version(), "newsbeam_schema_version": str(SCHEMA_VERSION)}
        )
