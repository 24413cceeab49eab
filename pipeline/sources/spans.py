"""Spans: the pieces of the input that are planned, read, retried and counted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Consecutive articles of one file.

    Attributes:
        kind: `html`, `text`, `warc`, `jsonl`, `parquet`, or `unsupported` for a file that no source reads.
        uri: path or URI of the file.
        size_bytes: size of the whole file when it was planned.
        start: where reading starts, in the terms of the kind: a byte offset in plain JSONL and in WARC,
            a line number in gzipped JSONL, a row number in Parquet, 0 in a file of one article.
        first_offset: `source_offset` of the first article.
        count: number of inputs; reading gives exactly as many articles, dead letters and skipped inputs.
        only: if given, the `source_offset`s to read, the others are passed over; `count` is then their number.
    """

    kind: str
    uri: str
    size_bytes: int
    start: int = 0
    first_offset: int = 0
    count: int = 1
    only: tuple[int, ...] | None = None
