"""Stored texts, one a file: `.txt`, also gzipped."""

from collections.abc import Iterator

from pipeline.sources.files import read_body
from pipeline.sources.spans import Columns, Limits, Outcome, Span
from transforms.records import DeadLetter, RawArticle


def read_text(span: Span, columns: Columns, limits: Limits) -> Iterator[Outcome]:
    """Yield the text of a file, or why it can't be used; there are no columns."""
    body = read_body(span, limits)
    if isinstance(body, DeadLetter):
        yield body
    else:
        yield RawArticle(source_kind=span.kind, source_uri=span.uri, body=body, media_type="text/plain")
