"""Stored feeds: each entry is an article made of the feed's own text. `.xml`, `.rss`, `.atom`, `.rdf`, also gzipped."""

from collections.abc import Iterator
from typing import Final

from pipeline.sources.cutting import unplanned_span
from pipeline.sources.files import GunzipReader, buffered, is_gzipped, open_file, read_at_most
from pipeline.sources.listing import FoundFile
from pipeline.sources.spans import WHOLE_FILE, Columns, Limits, Outcome, Span, dead_letter
from transforms.completion import FEED_ENTRY_TYPE
from transforms.errors import ArticleError, Reason
from transforms.feeds import MAX_ENTRIES, ParsedFeed, parse_feed
from transforms.records import RawArticle

MAX_FEED_BYTES: Final = 15 << 20


def plan_feed(file: FoundFile, max_articles: int, max_bytes: int) -> list[Span]:
    """Return the span of a feed's entries, none if it has none.

    A feed that can't be read is one input with the offset `WHOLE_FILE`; so is the end that a truncated feed lacks.
    """
    try:
        parsed = read_feed_file(file.uri)
    except ArticleError:
        return [unplanned_span(file)]
    first = WHOLE_FILE if parsed.is_truncated else 0
    count = len(parsed.entries) - first
    if not count:
        return []
    return [Span(kind=file.kind, uri=file.uri, size_bytes=file.size_bytes, first_offset=first, count=count)]


def read_feed(span: Span, columns: Columns, limits: Limits) -> Iterator[Outcome]:
    """Yield an article for each entry of a feed; there are no columns."""
    try:
        parsed = read_feed_file(span.uri)
    except ArticleError as error:
        yield dead_letter(span, WHOLE_FILE, error.reason, error.detail)
        return
    if parsed.is_truncated:
        yield dead_letter(span, WHOLE_FILE, Reason.FEED_TRUNCATED, parsed.bozo or "it ends in the middle")
    for entry in parsed.entries:
        yield RawArticle(
            source_kind=span.kind,
            source_uri=span.uri,
            source_offset=entry.position,
            body=b"",
            media_type=FEED_ENTRY_TYPE,
            url=entry.link,
            guid=entry.guid,
            entry=entry,
        )


def read_feed_file(uri: str, max_entries: int = MAX_ENTRIES) -> ParsedFeed:
    """Return what a stored feed says.

    Raises:
        ArticleError: it is no feed, or too large.
        OSError: it can't be read.
    """
    with open_file(uri) as stored:
        stream = buffered(GunzipReader(stored)) if is_gzipped(uri) else stored
        return parse_feed(read_at_most(stream, MAX_FEED_BYTES), url=uri, max_entries=max_entries)
