"""What the parsers of feeds make: a feed with its entries; and the addresses in it."""

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, urljoin

from transforms.records import FeedEntry
from transforms.text import valid_text

FeedKind = Literal["rss", "rdf", "atom", "json_feed", "sitemap", "sitemap_index"]

MAX_ENTRIES: Final = 2_000
MAX_AUTHORS: Final = 100
MAX_CATEGORIES: Final = 200
MAX_MEDIA: Final = 200

_EDGES: Final = "".join(map(chr, range(0x21))) + "\x7f\xa0\ufeff"
_LINE_ENDS: Final = re.compile(r"[\t\r\n]+[ \t\r\n]*")
_REPEATED_SLASHES: Final = re.compile(r"(https?://)/+", re.IGNORECASE)
_NO_HOST: Final = re.compile(r"https?:/*", re.IGNORECASE)
_URL_CHARS: Final = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed or sitemap as its publisher states it.

    Attributes:
        kind: what the document is, whatever its version.
        title: name of the feed, as text.
        language: language code of the feed.
        site_url: absolute address of the site that the feed is of.
        entries: in the order of the document.
        is_truncated: whether the document ends in the middle, or an entry in it was lost; the others are in `entries`.
        min_poll_seconds: how long the publisher asks to wait between two polls (`ttl`, `sy:updatePeriod`).
        skip_hours: hours of the day, in UTC, in which not to poll.
        skip_days: days of the week, Monday is 0, on which not to poll.
        children: addresses of the sitemaps that a sitemap index names.
        bozo: what is wrong with the document, for people; None if it is well-formed.
    """

    kind: FeedKind
    title: str | None = None
    language: str | None = None
    site_url: str | None = None
    entries: tuple[FeedEntry, ...] = ()
    is_truncated: bool = False
    min_poll_seconds: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    children: tuple[str, ...] = ()
    bozo: str | None = None


def absolute_url(base: str, url: str | None) -> str | None:
    """Return `url` as an absolute address, None if there is none; what can't be joined comes back as it is.

    White space around an address and line ends in it are not part of it. Schemes are not judged here: a link that is
    no address of a web page is to be reported, not to vanish.

    >>> absolute_url("https://news.example/feed", " /a?b=1 "), absolute_url("https://news.example/", "javascript:x()")
    ('https://news.example/a?b=1', 'javascript:x()')
    """
    stripped = _LINE_ENDS.sub("", (url or "").strip(_EDGES))
    if not stripped:
        return None
    if _NO_HOST.fullmatch(stripped):
        return stripped  # `urljoin` would make the base of it
    try:
        joined = urljoin(base, _REPEATED_SLASHES.sub(r"\1", stripped))
    except ValueError:  # no such host, such as http://[::1
        joined = stripped
    # What is not in NFC is escaped, not composed: the server may tell the two apart.
    valid = valid_text(joined)
    return joined if valid == joined else valid_text(quote(joined, safe=_URL_CHARS, errors="replace")) or None
