"""Spans: the pieces of the input that are planned, read, retried and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from transforms.errors import MAX_DETAIL_CHARS, Reason
from transforms.records import DeadLetter, RawArticle, SkippedInput

WHOLE_FILE: Final = -1
"""The `source_offset` of a file of many articles that could not even be planned: it stands for all of the file."""

Columns = Mapping[str, str]
"""Our name of a column to the file's; a column that is not named goes by our name."""

Outcome = RawArticle | DeadLetter | SkippedInput
"""What one input becomes when it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read.

    Attributes:
        max_article_bytes: largest page or text, decompressed.
    """

    max_article_bytes: int = 10_000_000

    def __post_init__(self) -> None:
        if self.max_article_bytes < 1:
            raise ValueError(f"max_article_bytes must be at least 1, got {self.max_article_bytes}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Consecutive articles of one file.

    Attributes:
        kind: `html`, `text`, `warc`, `jsonl`, `parquet`, or `unsupported` for a file that no source reads.
        uri: path or URI of the file.
        size_bytes: size of the whole file when it was planned.
        start: where reading starts, at the first article or before it: a byte offset in WARC (of a gzip member, if
            gzipped) and in plain JSONL, 0 in gzipped JSONL, a row number in Parquet, 0 in a file of one article.
        first_offset: `source_offset` of the first article, or `WHOLE_FILE`.
        count: number of inputs; reading gives exactly as many articles, dead letters and skipped inputs.
        only: if given, the `source_offset`s to read, ascending, the others are passed over; `count` is then their
            number. Plans give them where they are not consecutive: in WARC, and in JSONL around blank lines.
    """

    kind: str
    uri: str
    size_bytes: int
    start: int = 0
    first_offset: int = 0
    count: int = 1
    only: tuple[int, ...] | None = None

    @property
    def offsets(self) -> Sequence[int]:
        """The `source_offset` of each input, ascending.

        >>> list(Span(kind="parquet", uri="a.parquet", size_bytes=9000, first_offset=200, count=3).offsets)
        [200, 201, 202]
        """
        return range(self.first_offset, self.first_offset + self.count) if self.only is None else self.only


def dead_letter(span: Span, offset: int, reason: Reason, detail: str, url: str | None = None) -> DeadLetter:
    """Return the dead letter of one input of `span` that can't be read."""
    return DeadLetter(
        stage="read",
        reason=reason,
        detail=detail[:MAX_DETAIL_CHARS],
        source_kind=span.kind,
        source_uri=span.uri,
        source_offset=offset,
        url=url,
    )
