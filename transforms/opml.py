"""OPML: the list of feeds that a reader exports (opml.org, versions 1.0 and 2.0)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from transforms.text import valid_line

MAX_OPML_BYTES: Final = 15_000_000
_MAX_DEPTH: Final = 50
_SCHEMES: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSubscription:
    """One feed of a list.

    Attributes:
        url: address of the feed.
        title: name that the reader gave it.
        tags: names of the folders it lies in, the outermost first, then its categories.
    """

    url: str
    title: str | None = None
    tags: tuple[str, ...] = ()


def parse_opml(body: bytes) -> tuple[FeedSubscription, ...]:
    """Return the feeds of an OPML file, each once, in its order.

    A feed that lies in several folders has the tags of all. Names of attributes count whatever their case; `feed://` is
    read as `http://`. Entities are not resolved, and nothing is fetched.

    Args:
        body: the file.

    Raises:
        ValueError: the file is no OPML, is broken before its first feed, or is larger than 15 MB.

    >>> parse_opml(b"<opml><body><outline text='News'><outline xmlUrl='https://news.example/rss'/></outline></body></opml>")
    (FeedSubscription(url='https://news.example/rss', title=None, tags=('News',)),)
    """
    if len(body) > MAX_OPML_BYTES:
        raise ValueError(f"the OPML file has {len(body)} bytes, at most {MAX_OPML_BYTES} are read")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body.strip(), parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:  # nothing to read, or an encoding that is not known
        raise ValueError(f"the OPML file is not readable XML: {error}") from error
    if root is None or _name(root) != "opml":
        found = "no element" if root is None else f"<{_name(root)}>"
        raise ValueError(f"the file is no OPML: it begins with {found}, not with <opml>")
    feeds: dict[str, FeedSubscription] = {}
    for child in root:
        for feed in _read_outlines(child, (), _MAX_DEPTH) if _name(child) == "body" else ():
            known = feeds.get(feed.url, feed)
            tags = tuple(dict.fromkeys((*known.tags, *feed.tags)))
            feeds[feed.url] = FeedSubscription(url=feed.url, title=known.title or feed.title, tags=tags)
    if not feeds and parser.error_log:
        raise ValueError(f"the OPML file is broken: {parser.error_log[0].message}")
    return tuple(feeds.values())


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def _read_outlines(parent: etree._Element, folders: tuple[str, ...], depth: int) -> Iterator[FeedSubscription]:
    """Yield the feeds below an element; deeper than the limit there are none."""
    for outline in parent:
        if _name(outline) != "outline" or depth == 0:
            continue
        values = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        title = valid_line(values.get("title")) or valid_line(values.get("text"))
        url = _read_url(values.get("xmlurl") or values.get("url") or "")
        if url and (values.get("xmlurl") or values.get("type", "").lower() in ("rss", "atom", "feed")):
            categories = (valid_line(part.replace("/", " ")) for part in values.get("category", "").split(","))
            tags = dict.fromkeys((*folders, *(category for category in categories if category)))
            yield FeedSubscription(url=url, title=title, tags=tuple(tags))
        yield from _read_outlines(outline, (*folders, title) if title and not url else folders, depth - 1)


def _read_url(written: str) -> str | None:
    """Return the address of a feed, None if it is none of the web.

    >>> _read_url("feed://news.example/rss"), _read_url("feed:https://news.example/rss"), _read_url("/rss")
    ('http://news.example/rss', 'https://news.example/rss', None)
    """
    url = "".join((valid_line(written) or "").split())
    if url.lower().startswith("feed:"):
        url = url[5:] if url[5:].lower().startswith(_SCHEMES) else f"http:{url[5:]}"
    return url if url.lower().startswith(_SCHEMES) else None
