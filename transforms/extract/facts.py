"""What a page states about its article outside of the text: JSON-LD, meta tags, headings, times, links."""

import functools
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from transforms.extract.blocks import ancestors
from transforms.extract.jsonld import JsonLd, read_jsonld
from transforms.text import valid_line

_MAX_HEADINGS: Final = 10
_MAX_TIMES: Final = 20
_MAX_LINE_CHARS: Final = 2_000
# One scan for all that microdata marks: each costs as much as the rest of a stage.
_MARKED: Final = etree.XPath("descendant::*[@itemprop or self::time][not(self::meta)]")
_BYLINE_TAGS: Final = ("a", "span", "div", "p", "address", "li", "strong")
_BYLINE_NAME: Final = re.compile("byline|by-line|author|autor|writer|journalist", re.IGNORECASE)
_BESIDE_NAME: Final = re.compile("comment|related|sidebar|footer|teaser|quote|social|contact", re.IGNORECASE)
_MAX_BYLINE_CHARS: Final = 120
_MARKS_OF_TIMES: Final = ("datePublished", "dateModified")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTime:
    """A point in time that the page shows.

    Attributes:
        value: of the attribute `datetime` or `content`, else the text.
        text: as shown.
        is_published: whether it is marked as the time of publication.
        is_modified: whether it is marked as the time of the last change.
    """

    value: str
    text: str
    is_published: bool = False
    is_modified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a page states outside of its text; all of it as stated, in one line each.

    Attributes:
        jsonld: of the page.
        meta: contents of the meta tags by name in lower case, in their order.
        page_title: of the head.
        headings: those of the first level.
        microdata_headline: the element marked as the headline.
        microdata_authors: the elements marked as authors, else the links to authors.
        times: in their order.
        alts: what pictures are said to show.
        canonical_url: that the page links to.
        language: of the `html` element.
        base_url: to which links are relative, if known.
    """

    jsonld: JsonLd
    meta: Mapping[str, tuple[str, ...]]
    page_title: str | None = None
    headings: tuple[str, ...] = ()
    microdata_headline: str | None = None
    microdata_authors: tuple[str, ...] = ()
    times: tuple[StatedTime, ...] = ()
    alts: tuple[str, ...] = ()
    canonical_url: str | None = None
    language: str | None = None
    base_url: str | None = None

    def first(self, *names: str) -> str | None:
        """Return the first content of the first of these meta tags that the page has."""
        return next((self.meta[name][0] for name in names if name in self.meta), None)

    def all(self, *names: str) -> tuple[str, ...]:
        """Return the contents of all these meta tags."""
        return tuple(content for name in names for content in self.meta.get(name, ()))


def read_facts(tree: HtmlElement, url: str | None) -> Facts:
    """Return what a page states outside of its text.

    Args:
        tree: the page; it is not changed.
        url: address of the page, if known.
    """
    meta = _read_meta(tree)
    title = next(tree.iter("title"), None)
    headings = (element_line(element) for element in _first(tree.iter("h1"), _MAX_HEADINGS))
    marked = _MARKED(tree)
    headline = next((element for element in marked if element.get("itemprop") == "headline"), None)
    base = url or meta.get("og:url", (None,))[0]
    return Facts(
        jsonld=read_jsonld(tree),
        meta=meta,
        page_title=element_line(title) if title is not None else None,
        headings=tuple(heading for heading in headings if heading),
        microdata_headline=element_line(headline) if headline is not None else None,
        microdata_authors=tuple(_read_micro_authors(marked) or _read_related_authors(tree)),
        times=tuple(_read_times(marked)),
        alts=tuple(alt for element in tree.iter("img") if (alt := element.get("alt"))),
        canonical_url=_read_canonical(tree, base),
        language=tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        base_url=base,
    )


def _first(elements: Iterator[HtmlElement], count: int) -> Iterator[HtmlElement]:
    return (element for _, element in zip(range(count), elements, strict=False))


def _read_meta(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for element in tree.iter("meta"):
        stated = (element.get(attribute) for attribute in ("property", "name", "itemprop", "http-equiv"))
        names = {name.strip().lower() for name in stated if name}
        if names and (content := valid_line(element.get("content"))):
            found |= {name: (*found.get(name, ()), content) for name in names}
    return found


def element_line(element: HtmlElement) -> str | None:
    """Return the text of an element as one line, a space at each line break and between blocks."""
    return valid_line(_join_blocks(element))


_BREAKING: Final = frozenset({"br", "div", "p", "h1", "h2", "h3", "h4", "li", "section", "header"})
_SILENT: Final = frozenset({"script", "style", "noscript", "template", "svg"})


def _join_blocks(element: HtmlElement) -> str:
    parts: list[str] = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):
            parts.append(child.tail or "")
            continue
        gap = " " if child.tag in _BREAKING else ""
        inner = "" if child.tag in _SILENT else _join_blocks(child)
        parts += (gap, inner, gap, child.tail or "")
    return "".join(parts)


def _read_times(marked: Iterable[HtmlElement]) -> Iterator[StatedTime]:
    dates = (each for each in marked if each.tag == "time" or each.get("itemprop") in _MARKS_OF_TIMES)
    for element in _first(dates, _MAX_TIMES):
        text = valid_line(element.text_content()[:_MAX_LINE_CHARS]) or ""
        marks = f"{element.get('itemprop') or ''} {element.get('class') or ''}".lower()
        yield StatedTime(
            value=valid_line(element.get("datetime") or element.get("content")) or text,
            text=text,
            is_published="datepublished" in marks or "pubdate" in marks or element.get("pubdate") is not None,
            is_modified=any(word in marks for word in ("datemodified", "updated", "modified")),
        )


def _read_micro_authors(marked: Iterable[HtmlElement]) -> list[str]:
    authors = (each for each in marked if each.get("itemprop") == "author" and not _is_of_reader(each))
    elements = (
        named
        for element in _first(authors, _MAX_HEADINGS)
        for named in element.xpath(".//*[@itemprop='name']") or [element]
    )
    return [line for each in elements if (line := valid_line(each.get("content")) or element_line(each))]


def _is_of_reader(element: HtmlElement) -> bool:
    """Whether an element is marked as a part of a comment or a review."""
    return any(each.get("itemprop") in ("comment", "review") for each in element.iterancestors())


def _read_related_authors(tree: HtmlElement) -> list[str]:
    """Return the texts of links to authors; where a page has several articles, those of the first."""
    links = [link for link in tree.iter("a") if "author" in (link.get("rel") or "").split()]
    articles = [next(link.iterancestors("article"), None) for link in links]
    own = (link for link, article in zip(links, articles, strict=True) if article is articles[0])
    return [line for link in _first(own, _MAX_HEADINGS) if (line := element_line(link))]


def find_bylines(tree: HtmlElement) -> tuple[str, ...]:
    """Return the texts of the first elements that are called bylines or authors."""
    called = (element for element in tree.iter(*_BYLINE_TAGS) if _is_byline(element))
    lines = (element_line(element) for element in _first(called, _MAX_HEADINGS))
    return tuple(line for line in lines if line and len(line) <= _MAX_BYLINE_CHARS)


def _is_byline(element: HtmlElement) -> bool:
    names = [element.get(attribute) for attribute in ("class", "id", "data-testid")]
    if not any(name and _is_name_of_byline(name) for name in names):
        return False
    places = (f"{each.get('class') or ''} {each.get('id') or ''}" for each in ancestors(element))
    return not any(map(_BESIDE_NAME.search, places))


@functools.lru_cache(maxsize=4_096)  # a page has few classes
def _is_name_of_byline(name: str) -> bool:
    return _BYLINE_NAME.search(name) is not None


def _read_canonical(tree: HtmlElement, base: str | None) -> str | None:
    for link in tree.iter("link"):
        href = valid_line(link.get("href"))
        if href and (link.get("rel") or "").strip().lower() == "canonical":
            return join_url(base, href)
    return None


def join_url(base: str | None, address: str) -> str | None:
    """Return an address made absolute, None where that can't be done.

    >>> join_url("https://news.example/a/b", "../c"), join_url(None, "/c")
    ('https://news.example/c', None)
    """
    try:
        joined = urllib.parse.urljoin(base or "", address)
    except ValueError:  # such as a bracket that no IPv6 address closes
        return None
    return joined if joined.startswith(("http://", "https://")) else None
