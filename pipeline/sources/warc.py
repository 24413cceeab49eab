"""WARC: the responses of a crawl, `.warc` and `.warc.gz`."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final, Literal, NamedTuple

from pipeline.sources.cutting import Place, cut_spans
from pipeline.sources.files import PIECE_BYTES, is_gzipped, open_file
from pipeline.sources.http_payload import decode_payload
from pipeline.sources.listing import FoundFile
from pipeline.sources.spans import Columns, Limits, Outcome, Span, dead_letter
from pipeline.sources.warc_records import DamageError, Record, Tape, is_html, parse_head
from transforms.errors import ArticleError, Reason
from transforms.records import RawArticle, SkippedInput

ENCODED_BYTES: Final = 2
"""How much longer than the article its encoded form may be: chunks have headers, and compression may not help."""

_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)


def plan_warc(file: FoundFile, max_articles: int, max_bytes: int) -> list[Span]:
    """Cut an archive into spans of responses; what follows damage is one input."""
    with open_file(file.uri) as stored:
        tape = Tape(stored, gzipped=is_gzipped(file.uri))
        return cut_spans(file, _find_records(tape), max_articles, max_bytes)


def _find_records(tape: Tape) -> Iterator[Place]:
    try:
        while tape.begin_record():
            record = Record(tape)
            is_input = record.is_input
            record.finish()
            if is_input:
                yield Place(tape.offset, tape.start, record.size_bytes)
    except DamageError:
        yield Place(tape.offset, tape.start, 0)


def read_warc(span: Span, columns: Columns, limits: Limits) -> Iterator[Outcome]:
    """Yield the page of each response from the start of `span` on, or why it is none; there are no columns."""
    with open_file(span.uri) as stored:
        stored.seek(span.start)
        tape = Tape(stored, gzipped=is_gzipped(span.uri))
        try:
            while tape.begin_record():
                record = Record(tape)
                is_wanted = record.is_input and tape.offset >= span.first_offset
                outcome = _read_record(record, span, tape.offset, limits) if is_wanted else None
                record.finish()
                if outcome:
                    yield outcome
        except DamageError as error:
            yield dead_letter(span, tape.offset, Reason.CORRUPT, str(error))


class _Page(NamedTuple):
    content_type: str | None
    body: bytes


def _read_record(record: Record, span: Span, offset: int, limits: Limits) -> Outcome:
    try:
        page = _read_response(record, limits) if record.is_response else _read_resource(record, limits)
    except ArticleError as error:
        return dead_letter(span, offset, error.reason, error.detail, record.url)
    if not isinstance(page, _Page):
        return SkippedInput(reason=page, source_kind=span.kind, source_uri=span.uri, source_offset=offset)
    return RawArticle(
        source_kind=span.kind,
        source_uri=span.uri,
        source_offset=offset,
        body=page.body,
        media_type="text/html",
        charset=_charset(page.content_type),
        url=record.url,
        fetched_at=record.fetched_at,
        is_truncated="WARC-Truncated" in record.headers,
    )


def _read_response(record: Record, limits: Limits) -> _Page | Literal["not_html", "not_ok_status"]:
    if not record.is_http:
        return "not_html"
    headers = parse_head(record.readline)
    if headers.status_code is None:
        raise ArticleError(Reason.CORRUPT, "a response without an HTTP status")
    if headers.status_code != HTTPStatus.OK:
        return "not_ok_status"
    content_type = headers.get("Content-Type") or record.headers.get("WARC-Identified-Payload-Type")
    if not is_html(content_type):
        return "not_html"
    payload = _read_content(record, ENCODED_BYTES * limits.max_article_bytes + PIECE_BYTES)
    return _Page(content_type, decode_payload(payload, headers, limits.max_article_bytes))


def _read_resource(record: Record, limits: Limits) -> _Page:
    return _Page(record.headers.get("Content-Type"), _read_content(record, limits.max_article_bytes))


def _read_content(record: Record, max_bytes: int) -> bytes:
    if record.remaining > max_bytes:
        raise ArticleError(Reason.TOO_LARGE, f"{record.remaining} bytes are stored, the limit is {max_bytes}")
    return record.read(max_bytes)


def _charset(content_type: str | None) -> str | None:
    found = _CHARSET.search(content_type or "")
    return found[1] if found else None
