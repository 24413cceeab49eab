"""Parquet: one article a row."""

import contextlib
import datetime
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.sources.columns import COLUMNS, CONTENT_COLUMNS, article_from_values
from pipeline.sources.cutting import unplanned_span, unseekable_articles
from pipeline.sources.files import open_file
from pipeline.sources.listing import FoundFile
from pipeline.sources.spans import WHOLE_FILE, Columns, Limits, Outcome, Span, dead_letter
from transforms.errors import ArticleError, Reason

BATCH_ROWS: Final = 64
"""Rows decoded at a time, always counted from the start of a row group: damage then hits the same rows in any span."""

MAX_ROWS_PER_BYTE: Final = 1_000
"""A file that says it has more rows is damaged: its spans would fill the memory."""

_BUFFER_BYTES: Final = 1 << 20


def plan_parquet(file: FoundFile, max_articles: int, max_bytes: int) -> list[Span]:
    """Cut a file into spans of equal numbers of rows; only its footer is read."""
    with open_file(file.uri) as stored:
        try:
            groups = _row_groups(_open(stored), file.size_bytes)
        except ArticleError:
            return [unplanned_span(file)]
    rows = sum(count for count, _ in groups)
    if not rows:
        return []
    row_bytes = max(1, sum(size_bytes for _, size_bytes in groups) // rows)
    # Rows are reached by decoding those before them in their row group, as far as a page goes.
    least = unseekable_articles(max(count for count, _ in groups))
    step = max(1, least, min(max_articles, max_bytes // row_bytes))
    return [
        Span(
            kind=file.kind,
            uri=file.uri,
            size_bytes=file.size_bytes,
            start=first,
            first_offset=first,
            count=min(step, rows - first),
        )
        for first in range(0, rows, step)
    ]


def _row_groups(parquet: pq.ParquetFile, size_bytes: int) -> list[tuple[int, int]]:
    """Return the rows and the bytes of each row group.

    Raises:
        ArticleError: `corrupt` if the numbers in the footer can't be right.
    """
    metadata = parquet.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    rows = [group.num_rows for group in groups]
    if min(rows, default=0) < 0 or sum(rows) != metadata.num_rows or sum(rows) > MAX_ROWS_PER_BYTE * size_bytes:
        raise ArticleError(Reason.CORRUPT, f"the footer says that there are {metadata.num_rows} rows, which can't be")
    return [(group.num_rows, max(0, group.total_byte_size)) for group in groups]


def _open(stored: BinaryIO) -> pq.ParquetFile:
    with _damage_is_corrupt():
        return pq.ParquetFile(stored, buffer_size=_BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True)


@contextlib.contextmanager
def _damage_is_corrupt() -> Iterator[None]:
    """Turn what pyarrow raises on damaged files into an ArticleError; errors of the filesystem pass."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise ArticleError(Reason.CORRUPT, f"not valid Parquet: {error}") from error
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ArticleError(Reason.CORRUPT, f"not valid Parquet: {error}") from error


def read_parquet(span: Span, columns: Columns, limits: Limits) -> Iterator[Outcome]:
    """Yield the article of each row from the start of `span` on, or why it can't be used."""
    with open_file(span.uri) as stored:
        try:
            parquet = _open(stored)
            groups = _row_groups(parquet, span.size_bytes)
            present = _present_columns(parquet, columns)
        except ArticleError as error:
            yield dead_letter(span, WHOLE_FILE, error.reason, error.detail)
            return
        first = 0
        for group, (rows, _) in enumerate(groups):
            if first + rows > span.first_offset:
                for row, values in _rows(parquet, group, present, range(first, first + rows), span.first_offset):
                    yield _read_row(row, values, columns, span, limits)
            first += rows


def _present_columns(parquet: pq.ParquetFile, columns: Columns) -> dict[str, str]:
    """Return our name to the file's of the columns that the file has, none if it has no content."""
    with _damage_is_corrupt():
        names = set(parquet.schema_arrow.names)
    present = {name: columns.get(name, name) for name in COLUMNS if columns.get(name, name) in names}
    return present if any(name in present for name in CONTENT_COLUMNS) else {}


def _read_row(
    row: int, values: Mapping[str, object] | ArticleError, columns: Columns, span: Span, limits: Limits
) -> Outcome:
    if isinstance(values, ArticleError):
        return dead_letter(span, row, values.reason, values.detail)
    return article_from_values(values, columns, span, row, limits)


def _rows(
    parquet: pq.ParquetFile, group: int, present: Mapping[str, str], rows: range, first: int
) -> Iterator[tuple[int, Mapping[str, object] | ArticleError]]:
    """Yield the values of each row of a row group from `first` on; rows in and after damage give the error."""
    if not present:
        yield from ((row, {}) for row in rows if row >= first)
        return
    row = rows.start
    error = ArticleError(Reason.CORRUPT, "the row group holds fewer rows than the footer says")
    try:
        for arrays in _batches(parquet, group, present):
            end = min(row + len(next(iter(arrays.values()))), rows.stop)
            for number in range(max(row, first), end):
                yield number, _row_values(arrays, number - row, present)
            row = end
    except ArticleError as damage:
        error = damage
    yield from ((number, error) for number in range(max(row, first), rows.stop))


def _batches(parquet: pq.ParquetFile, group: int, present: Mapping[str, str]) -> Iterator[dict[str, pa.Array]]:
    with _damage_is_corrupt():
        batches = parquet.iter_batches(
            batch_size=BATCH_ROWS, row_groups=[group], columns=list(present.values()), use_threads=False
        )
        for batch in batches:
            names = batch.schema.names
            yield {name: _plain(batch.column(names.index(column))) for name, column in present.items()}


def _plain(array: pa.Array) -> pa.Array:
    """Return a column in the simplest type: strings as bytes, which may be invalid; times in UTC."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        return array.cast(pa.large_binary())
    if pa.types.is_timestamp(array.type):
        return _in_utc(array)
    return array


def _in_utc(array: pa.Array) -> pa.Array:
    if array.type.unit == "ns":
        array = array.cast(pa.timestamp("us", tz=array.type.tz), safe=False)
    # Arrow keeps times in UTC whatever their zone; a naive time is taken to be in UTC.
    return array.view(pa.timestamp(array.type.unit, tz="UTC"))


def _row_values(
    arrays: Mapping[str, pa.Array], number: int, present: Mapping[str, str]
) -> Mapping[str, object] | ArticleError:
    values: dict[str, object] = {}
    for name, array in arrays.items():
        try:
            value = array[number].as_py()
        except (ValueError, OverflowError) as error:  # a time that Python's datetime does not reach
            return ArticleError(Reason.BAD_VALUE, f"column {present[name]!r}: {error}")
        is_date = name == "published_at" and isinstance(value, datetime.date)
        values[name] = value.isoformat() if is_date else value
    return values
