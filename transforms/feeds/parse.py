"""`parse_feed`: which kind of document it is, and the parser for it."""

import re
from typing import Final

from transforms.errors import ArticleError, Reason
from transforms.feeds.document import read_document
from transforms.feeds.json_feeds import parse_json_feed
from transforms.feeds.parsed import MAX_ENTRIES, ParsedFeed
from transforms.feeds.sitemaps import parse_sitemap
from transforms.feeds.xml_feeds import parse_xml_feed
from transforms.records import FeedEntry

_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_JSON_START: Final = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*\{")
_SITEMAPS: Final = frozenset({"urlset", "sitemapindex"})


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    content_language: str | None = None,
    max_entries: int = MAX_ENTRIES,
) -> ParsedFeed:
    """Return the feed in `body`: RSS 0.9x to 2.0, RDF, Atom, CDF, JSON Feed, a sitemap or a sitemap index.

    What the document is decides, never what the server calls it. A feed that is cut or broken gives the entries that
    can be read. Nothing is fetched, and no file is read, whatever the document names.

    Args:
        body: the document; not compressed.
        url: address of the feed, which relative links hang on (`Content-Location`, where the server sends one).
        content_type: what the server calls it; its charset counts.
        content_language: what the server says of its language.
        max_entries: most entries of a feed, and most addresses of a sitemap.

    Raises:
        ArticleError: `empty_body`, `binary_input`, `not_a_feed`, `bad_xml` or `too_large`.

    >>> feed = parse_feed(b"<rss><channel><item><title>Mayor quits</title></item></channel></rss>", url="feed.xml")
    >>> feed.kind, feed.entries[0].title
    ('rss', 'Mayor quits')
    """
    if max_entries < 1:
        raise ValueError(f"max_entries must be at least 1, got {max_entries}")
    charset = _CHARSET.search(content_type or "")
    if _JSON_START.match(body[:1_000]):
        return parse_json_feed(body, url=url, max_entries=max_entries)
    document = read_document(body, charset[1] if charset else None)
    if document.root in _SITEMAPS:
        return parse_sitemap(document, url=url, max_entries=max_entries)
    feed = parse_xml_feed(document, url=url, language=content_language, max_entries=max_entries)
    if feed.bozo and feed.entries and not any(map(_is_usable, feed.entries)):
        raise ArticleError(Reason.BAD_XML, f"{feed.bozo}; what is left of its entries names no article")
    return feed


def _is_usable(entry: FeedEntry) -> bool:
    """Whether an entry states more than a title, which in a broken feed may be anything."""
    return any((entry.link, entry.guid, entry.content, entry.summary, entry.authors, entry.published))
