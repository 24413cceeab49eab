"""Where a page names its feeds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from transforms.errors import ArticleError
from transforms.feeds.parsed import absolute_url
from transforms.text import decode_text, valid_line

MAX_LINKS: Final = 100

_PARSER: Final = html.HTMLParser(collect_ids=False, encoding="utf-8", huge_tree=True, remove_comments=True)
_TYPES: Final = frozenset(
    {
        *("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"),
        *("application/json", "application/xml", "text/xml", "text/rss+xml", "text/atom+xml"),
    }
)
# These types also name data and sitemaps: the address or the title has to say that it is a feed.
_WIDE_TYPES: Final = frozenset({"application/json", "application/xml", "text/xml"})
_FEED_WORD: Final = re.compile(
    r"(?<![a-z])(?:rss|rdf|atom|feeds?|feedburner)(?![a-z])|\.(?:rss|rdf|atom)\b", re.IGNORECASE
)
_NO_FEED: Final = re.compile(
    r"wp-json|oembed|/comments/feed|[?&]feed=comments"
    r"|\.(?:html?|png|jpe?g|gif|svg|css|js|pdf|opml)(?:$|[?#])",
    re.IGNORECASE,
)
_WELL_KNOWN: Final = (
    *("/feed", "/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/index.rdf", "/feed.json"),
    *("/feeds/posts/default", "/?feed=rss2"),
)
_SCHEMES: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """An address that may be a feed.

    Attributes:
        url: absolute address.
        title: name that the page gives it.
        type: media type that the page gives it.
        found_in: `link` (the page declares it), `anchor` (a link on the page looks like it), or `guess` (a usual path).
    """

    url: str
    title: str | None = None
    type: str | None = None
    found_in: Literal["link", "anchor", "guess"]


def find_feeds(body: bytes, url: str) -> tuple[FeedLink, ...]:
    """Return the feeds that a page names, the likeliest first, each address once, 100 at most.

    First what the page declares (`<link rel="alternate">`), then links that look like feeds, then the usual paths of
    the site, which nobody has asked for yet. Feeds of comments come last among those declared.

    Args:
        body: the page; if it can't be read, only the usual paths come back.
        url: its address.

    >>> page = b'<link rel="alternate" type="application/rss+xml" title="News" href="/rss">'
    >>> find_feeds(page, "https://news.example/a")[0].url
    'https://news.example/rss'
    """
    tree = _parse(body)
    found: dict[str, FeedLink] = {}
    if tree is not None:
        base = _base(tree, url)
        declared = sorted(_declared(tree, base), key=lambda link: _is_of_comments(link))
        for link in (*declared, *_anchors(tree, base)):
            found.setdefault(link.url, link)
    for guess in _guesses(url):
        found.setdefault(guess.url, guess)
    return tuple(found.values())[:MAX_LINKS]


def _parse(body: bytes) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(decode_text(body, None).encode("utf-8", "replace"), parser=_PARSER)
    except (ArticleError, etree.ParserError):  # empty, binary, or without an element
        return None


def _base(tree: html.HtmlElement, url: str) -> str:
    """Return the address that the page's links hang on."""
    stated = next((element.get("href") for element in tree.iter("base") if element.get("href")), None)
    return absolute_url(url, stated) or url


def _declared(tree: html.HtmlElement, base: str) -> Iterator[FeedLink]:
    for element in tree.iter("link", "a"):
        relations = (element.get("rel") or "").lower().split()
        media_type = (element.get("type") or "").partition(";")[0].strip().lower()
        address = absolute_url(base, element.get("href"))
        if not address or not address.lower().startswith(_SCHEMES):
            continue
        title = valid_line(element.get("title"))
        is_wide = media_type in _WIDE_TYPES or not media_type
        is_named = _FEED_WORD.search(f"{address} {title or ''}") is not None and not _NO_FEED.search(address)
        is_feed_type = media_type in _TYPES and (not is_wide or is_named)
        if ("alternate" in relations and is_feed_type) or "feed" in relations:
            yield FeedLink(url=address, title=title, type=media_type or None, found_in="link")


def _is_of_comments(link: FeedLink) -> bool:
    return re.search(r"comment|kommentar|coment", f"{link.url} {link.title or ''}", re.IGNORECASE) is not None


def _anchors(tree: html.HtmlElement, base: str) -> Iterator[FeedLink]:
    """Yield the links on the page whose address looks like a feed."""
    for element in tree.iter("a"):
        address = absolute_url(base, element.get("href"))
        if not address or not address.lower().startswith(_SCHEMES) or _NO_FEED.search(address):
            continue
        split = urlsplit(address) if "[" not in address else None
        where = f"{split.netloc.partition('.')[0]} {split.path} {split.query}" if split else ""
        if _FEED_WORD.search(where):
            title = valid_line("".join(element.itertext())) or valid_line(element.get("title"))
            yield FeedLink(url=address, title=title, found_in="anchor")


def _guesses(url: str) -> Iterator[FeedLink]:
    """Yield the usual paths of feeds on the page's site."""
    if url.lower().startswith(_SCHEMES) and "[" not in url:
        for path in _WELL_KNOWN:
            yield FeedLink(url=urljoin(url, path), found_in="guess")
