"""Columns: the values of a JSONL line or a Parquet row -> a stored article."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from pipeline.sources.spans import Columns, Limits, Outcome, Span, dead_letter
from transforms.errors import ArticleError, Reason
from transforms.records import RawArticle

CONTENT_COLUMNS: Final = ("html", "text")
"""What an article can be made of; the first that is not empty."""

COLUMNS: Final = (*CONTENT_COLUMNS, "url", "title", "published_at", "id", "language")
"""Our names of all columns that are read."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def check_columns(columns: Columns) -> None:
    """Refuse names that are not ours.

    Raises:
        ValueError: naming the first one.
    """
    for name in columns:
        if name not in COLUMNS:
            raise ValueError(f"columns can't have {name!r}, only {', '.join(COLUMNS)}")


def article_from_values(
    values: Mapping[str, object], columns: Columns, span: Span, offset: int, limits: Limits
) -> Outcome:
    """Return the article of a record, or why it can't be used.

    Args:
        values: by our names; what is missing or None is not there.
        columns: the file's names, for messages.
        span: where the record was read.
        offset: its `source_offset`.
        limits: how large the article may be.
    """
    try:
        return _article_from_values(values, columns, span, offset, limits)
    except ArticleError as error:
        url = values.get("url")
        return dead_letter(span, offset, error.reason, error.detail, _clean(url) if isinstance(url, str) else None)


def _article_from_values(
    values: Mapping[str, object], columns: Columns, span: Span, offset: int, limits: Limits
) -> RawArticle:
    name, body = _content(values, columns)
    if len(body) > limits.max_article_bytes:
        raise ArticleError(Reason.TOO_LARGE, f"{len(body)} bytes, the limit is {limits.max_article_bytes}")
    media_type: Literal["text/html", "text/plain"] = "text/html" if name == "html" else "text/plain"
    return RawArticle(
        source_kind=span.kind,
        source_uri=span.uri,
        source_offset=offset,
        body=body,
        media_type=media_type,
        charset="utf-8",
        url=_text(values, columns, "url"),
        title=_text(values, columns, "title"),
        published_at=_text(values, columns, "published_at"),
        guid=_identifier(values, columns),
        language=_text(values, columns, "language"),
    )


def _content(values: Mapping[str, object], columns: Columns) -> tuple[str, bytes]:
    found = {name: _bytes(values[name], columns.get(name, name)) for name in CONTENT_COLUMNS if _has(values, name)}
    if not found:
        names = " nor ".join(repr(columns.get(name, name)) for name in CONTENT_COLUMNS)
        raise ArticleError(Reason.NO_CONTENT_COLUMN, f"neither {names} has a value; name the columns in the config")
    return next((item for item in found.items() if item[1]), next(iter(found.items())))


def _has(values: Mapping[str, object], name: str) -> bool:
    return values.get(name) is not None


def _bytes(value: object, column: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return _clean(value).encode()
    raise ArticleError(Reason.BAD_VALUE, f"column {column!r} is {type(value).__name__}, expected str")


def _text(values: Mapping[str, object], columns: Columns, name: str) -> str | None:
    if not _has(values, name):
        return None
    return _bytes(values[name], columns.get(name, name)).decode("utf-8", "replace")


def _identifier(values: Mapping[str, object], columns: Columns) -> str | None:
    value = values.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(values, columns, "id")


def _clean(value: str) -> str:
    """Return text that can be encoded: JSON can hold halves of surrogate pairs."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
