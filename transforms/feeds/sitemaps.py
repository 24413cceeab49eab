"""Sitemaps (sitemaps.org), with the news and image extensions, and sitemap indexes."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from transforms.errors import ArticleError, Reason
from transforms.feeds.document import FeedDocument
from transforms.feeds.parsed import MAX_CATEGORIES, MAX_MEDIA, ParsedFeed, absolute_url
from transforms.records import FeedEntry, Image
from transforms.text import valid_line

_CHILD: Final = {"urlset": "url", "sitemapindex": "sitemap"}
_CLOSED: Final = ">"


def parse_sitemap(document: FeedDocument, *, url: str, max_entries: int) -> ParsedFeed:
    """Return the sitemap or the sitemap index in a document; of one that is cut, the addresses before the cut.

    Args:
        document: the sitemap.
        url: its address, which relative addresses hang on.
        max_entries: most addresses of a sitemap.

    Raises:
        ArticleError: `bad_xml` or `too_large`.
    """
    wanted = _CHILD[document.root]
    text, is_cut = document.text, document.is_cut
    if is_cut:  # the address in the last element may not be whole
        end = text.rfind(f"/{wanted}>")
        text = text[: end + len(f"/{wanted}>")] + document.close_tag if end >= 0 else ""
    root, bozo = _parse(text)
    if root is None:
        raise ArticleError(Reason.BAD_XML, bozo or "the sitemap is cut before the end of its first address")
    elements = [element for element in root if _name(element) == wanted]
    if len(elements) > max_entries:
        raise ArticleError(Reason.TOO_LARGE, f"{len(elements)} addresses, the limit is {max_entries}")
    fields = [_fields(element) for element in elements]
    if wanted == "sitemap":
        children = (absolute_url(url, _first(found, "loc")) for found in fields)
        return ParsedFeed(
            kind="sitemap_index", children=tuple(child for child in children if child), is_truncated=is_cut, bozo=bozo
        )
    entries = tuple(_read_url(found, position, url) for position, found in enumerate(fields))
    return ParsedFeed(kind="sitemap", entries=entries, is_truncated=is_cut, bozo=bozo)


def _parse(text: str) -> tuple[etree._Element | None, str | None]:
    """Return the root of a document, None if nothing can be read, and what is wrong with it."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError as error:
        return None, str(error)
    return root, str(parser.error_log[0].message) if parser.error_log else None


def _name(element: etree._Element) -> str:
    """Return the name of an element without its prefix, whatever that is declared to be."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def _fields(element: etree._Element) -> dict[str, list[str]]:
    """Return the texts in an element by the names of the elements around them, such as `news.title`."""
    found: dict[str, list[str]] = {}
    for name, text in _texts(element, "", 3):
        found.setdefault(name, []).append(text)
    return found


def _texts(element: etree._Element, path: str, depth: int) -> Iterator[tuple[str, str]]:
    for child in element:
        name = f"{path}{_name(child)}"
        if text := valid_line(child.text):
            yield name, text
        if depth > 1:
            yield from _texts(child, f"{name}.", depth - 1)


def _first(fields: dict[str, list[str]], name: str) -> str | None:
    return next(iter(fields.get(name, ())), None)


def _read_url(fields: dict[str, list[str]], position: int, url: str) -> FeedEntry:
    keywords = (_first(fields, "news.keywords") or "").split(",")
    words = dict.fromkeys(word for keyword in keywords if (word := valid_line(keyword)))
    pictures = (absolute_url(url, picture) for picture in fields.get("image.loc", ()))
    return FeedEntry(
        feed_url=url,
        feed_title=_first(fields, "news.publication.name"),
        position=position,
        link=absolute_url(url, _first(fields, "loc")),
        title=_first(fields, "news.title"),
        categories=tuple(words)[:MAX_CATEGORIES],
        images=tuple(Image(url=picture) for picture in dict.fromkeys(pictures) if picture)[:MAX_MEDIA],
        language=_first(fields, "news.publication.language"),
        published=_first(fields, "news.publication_date"),
        updated=_first(fields, "lastmod"),
    )
