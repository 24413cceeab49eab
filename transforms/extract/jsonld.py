"""JSON-LD of a page: what its publisher states for search engines, as schema.org's Article.

Publishers' JSON-LD is often broken: trailing commas, raw line breaks, comments, several objects in one script. What can
be read is read; where a script can't be parsed at all, the few fields that matter are found by their names.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml.html import HtmlElement

from transforms.text import valid_line

MAX_SCRIPT_CHARS: Final = 1_000_000
"""Longest script that is parsed; of a longer one only the fields that are found by name are read."""

_MAX_NODES: Final = 2_000
_MAX_DEPTH: Final = 12
_LIVE_TYPE: Final = "LiveBlogPosting"
# schema.org's NewsArticle and its subtypes first, then its other articles, then the page that may hold one.
_NEWS_TYPES: Final = frozenset(
    {
        "AnalysisNewsArticle",
        "AskPublicNewsArticle",
        "BackgroundNewsArticle",
        "NewsArticle",
        "OpinionNewsArticle",
        "ReportageNewsArticle",
        "ReviewNewsArticle",
        _LIVE_TYPE,
    }
)
_ARTICLE_TYPES: Final = frozenset(
    {
        "AdvertiserContentArticle",
        "Article",
        "BlogPosting",
        "DiscussionForumPosting",
        "MedicalScholarlyArticle",
        "Report",
        "SatiricalArticle",
        "ScholarlyArticle",
        "SocialMediaPosting",
        "TechArticle",
    }
)
_PAGE_TYPES: Final = frozenset({"ClaimReview", "ItemPage", "WebPage"})
_CONTAINERS: Final = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "hasPart")

_WRAPPING: Final = re.compile(r"\A[\s;/*]*(?:<!--|<!\[CDATA\[)?[\s/*]*|[\s/*]*(?:-->|\]\]>)?[\s;/*]*\Z")
# A string is taken whole, so that what looks like a fault inside of one is left alone.
_STRING: Final = r'"(?>[^"\\]|\\.)*"'
_TRAILING_COMMA: Final = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.DOTALL)
_WRONG_ESCAPE: Final = re.compile(r'(\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})|\\(?!u[0-9a-fA-F]{4}|["\\/bfnrt])')
_NAMED: Final = re.compile(
    r'"(?P<key>headline|datePublished|dateModified|articleSection|description|inLanguage)"\s*:\s*'
    r'"(?P<value>(?>[^"\\]|\\.){1,1000})"'
)
_NAMED_AUTHOR: Final = re.compile(
    r'"author"\s*:\s*[\[{\s]*(?:"@type"\s*:\s*"(?P<type>\w+)"\s*,\s*)?"name"\s*:\s*"(?P<name>(?>[^"\\]|\\.){1,200})"'
)
_TAGS: Final = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_SPACING_TAGS: Final = re.compile(r"</?(?:br|p|div|li|h\d)\b[^<>]{0,500}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAuthor:
    """An author as the page states one.

    Attributes:
        name: as stated; may hold several names, or none at all.
        type: `Person`, `Organization` or another type of schema.org, if stated.
        url: page of the author.
    """

    name: str
    type: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedImage:
    """A picture as the page states one.

    Attributes:
        url: address of the picture.
        caption: what it shows.
        credit: photographer or agency.
    """

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLd:
    """What the JSON-LD of a page says of its article; all of it as stated, in one line each.

    Attributes:
        headline: `headline`, else the `name` of an article.
        description: `description`.
        authors: `author`, else `creator`.
        published: `datePublished`, else `dateCreated`.
        modified: `dateModified`.
        section: the first `articleSection`.
        keywords: `keywords`.
        images: `image`.
        site_name: name of the `publisher`.
        language: `inLanguage`.
        url: of the article.
        is_free: `isAccessibleForFree`.
        is_live: whether it is a `LiveBlogPosting`.
        body: `articleBody`, with its line breaks.
    """

    headline: str | None = None
    description: str | None = None
    authors: tuple[StatedAuthor, ...] = ()
    published: str | None = None
    modified: str | None = None
    section: str | None = None
    keywords: tuple[str, ...] = ()
    images: tuple[StatedImage, ...] = ()
    site_name: str | None = None
    language: str | None = None
    url: str | None = None
    is_free: bool | None = None
    is_live: bool = False
    body: str | None = None


Node = Mapping[str, Any]


def read_jsonld(tree: HtmlElement) -> JsonLd:
    """Return what the JSON-LD of a page says of its article; nothing where there is none."""
    values, named = [], []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = script.text or ""
        parsed = parse_script(text) if len(text) <= MAX_SCRIPT_CHARS else []
        values += parsed
        if not parsed:
            named.append(find_by_name(text[:MAX_SCRIPT_CHARS]))
    nodes = list(_walk(values))
    by_id = _index(values)
    ranked = sorted((node for node in nodes if _rank(node) < _NO_ARTICLE), key=_rank)
    ranked += [node for node in named if node]
    if not ranked:
        return JsonLd()
    return _join([_read_node(node, by_id) for node in _same_article(ranked)])


def parse_script(text: str) -> list[Any]:
    r"""Return the JSON values of a script, its faults repaired; none if it can't be read.

    >>> parse_script('<!-- {"a": "x\ny",} -->')
    [{'a': 'x\ny'}]
    """
    stripped = _WRAPPING.sub("", text).strip("\ufeff \t\r\n")
    if '"' not in stripped and "&quot;" in stripped:
        stripped = html.unescape(stripped)
    for candidate in (stripped, _mend(stripped)):
        values = _decode_all(candidate)
        if values:
            return values
    return []


def _mend(text: str) -> str:
    """Return JSON without trailing commas and wrong escapes."""
    escaped = _WRONG_ESCAPE.sub(lambda match: match[1] or r"\\", text)
    return _TRAILING_COMMA.sub(lambda match: match[1] or "", escaped)


def _decode_all(text: str) -> list[Any]:
    """Return the JSON values that stand one behind the other; none if the text holds anything else."""
    decoder = json.JSONDecoder(strict=False)  # raw line breaks in strings are the commonest fault
    values: list[Any] = []
    position = 0
    try:
        while position < len(text):
            value, position = decoder.raw_decode(text, position)
            values.append(value)
            position += len(text[position : position + 1_000]) - len(
                text[position : position + 1_000].lstrip(" \t\r\n,;")
            )
    except (ValueError, RecursionError):
        return []
    return values


def find_by_name(text: str) -> dict[str, Any]:
    """Return the fields of an article that stand in a script which is no JSON, found by their names.

    >>> find_by_name('{"@type": "NewsArticle", "headline": "A "coup"", "datePublished": "2024-03-05", }')
    {'@type': 'NewsArticle', 'headline': 'A ', 'datePublished': '2024-03-05'}
    """
    if "Article" not in text and "BlogPosting" not in text:
        return {}
    found: dict[str, Any] = {"@type": "NewsArticle"}
    for match in _NAMED.finditer(text):
        found.setdefault(match["key"], _unescape_json(match["value"]))
    authors = [
        {"@type": match["type"], "name": _unescape_json(match["name"])} for match in _NAMED_AUTHOR.finditer(text)
    ]
    return found | ({"author": authors} if authors else {}) if len(found) > 1 or authors else {}


def _unescape_json(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _walk(values: Iterable[Any]) -> Iterator[Node]:
    """Yield the objects that may be articles: those at the top, in graphs and in lists."""
    waiting = [(value, 0) for value in reversed(list(values))]
    seen = 0
    while waiting and seen < _MAX_NODES:
        value, depth = waiting.pop()
        seen += 1
        if depth > _MAX_DEPTH:
            continue
        if isinstance(value, list):
            waiting.extend((item, depth + 1) for item in reversed(value[:_MAX_NODES]))
        elif isinstance(value, dict):
            yield value
            waiting.extend((value[key], depth + 1) for key in reversed(_CONTAINERS) if key in value)


def _index(values: Iterable[Any]) -> dict[str, Node]:
    """Return the objects that others refer to by `@id`; the fullest wins where several have the same."""
    found: dict[str, Node] = {}
    for node in _walk(values):
        key = node.get("@id")
        if isinstance(key, str) and len(node) > len(found.get(key, {})):
            found[key] = node
    return found


_NO_ARTICLE: Final = 3


def _types(node: Node) -> frozenset[str]:
    stated = node.get("@type")
    types = stated if isinstance(stated, list) else [stated]
    return frozenset(name.rpartition("/")[2].rpartition(":")[2] for name in types if isinstance(name, str))


def _rank(node: Node) -> int:
    """Return how likely a node is the article: 0 for news, 1 for other articles, 2 for the page, 3 for all else."""
    types = _types(node)
    for rank, names in enumerate((_NEWS_TYPES, _ARTICLE_TYPES, _PAGE_TYPES)):
        if types & names:
            return rank
    return _NO_ARTICLE


def _same_article(ranked: list[Node]) -> list[Node]:
    """Return the first node and those that add to it: of another type, and not of another headline."""
    first = ranked[0]
    headline = _text(first.get("headline"))
    same = [first]
    for node in ranked[1:]:
        other = _text(node.get("headline"))
        is_page = _rank(node) == _rank_of_page()
        if is_page or (_types(node) != _types(first) and (other is None or headline is None or other == headline)):
            same.append(node)
    return same


def _rank_of_page() -> int:
    return _NO_ARTICLE - 1


def _join(read: list[JsonLd]) -> JsonLd:
    """Return the first with what it lacks taken from the others, in their order."""
    first = read[0]
    values = {
        name: next((value for each in read if (value := getattr(each, name)) not in (None, ())), getattr(first, name))
        for name in JsonLd.__dataclass_fields__
    }
    return JsonLd(**(values | {"is_live": any(each.is_live for each in read)}))


def _read_node(node: Node, by_id: Mapping[str, Node]) -> JsonLd:
    is_page = _rank(node) == _rank_of_page()
    return JsonLd(
        headline=_text(node.get("headline")) or (None if is_page else _text(node.get("name"))),
        description=_text(node.get("description")),
        authors=tuple(_read_authors(node.get("author"), by_id)) or tuple(_read_authors(node.get("creator"), by_id)),
        published=_text(node.get("datePublished")) or _text(node.get("dateCreated")),
        modified=_text(node.get("dateModified")),
        section=next(iter(_texts(node.get("articleSection"))), None),
        keywords=tuple(_read_keywords(node.get("keywords"))),
        images=() if is_page else tuple(_read_images(node.get("image"), by_id)),
        site_name=next((author.name for author in _read_authors(node.get("publisher"), by_id)), None),
        language=next((_text(_named(value)) for value in _list(node.get("inLanguage"))), None),
        url=_text(node.get("url")) or _text(_identity(node.get("mainEntityOfPage"))),
        is_free=None if is_page else _read_flag(node.get("isAccessibleForFree")),
        is_live=_LIVE_TYPE in _types(node),
        body=_read_body(node.get("articleBody")),
    )


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """Return the value as a list, lists in it opened up."""
    if not isinstance(value, list):
        return [] if value is None else [value]
    return [item for part in value[:_MAX_NODES] for item in (part if isinstance(part, list) else [part])]


def _named(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return value.get("name") or value.get("alternateName") if isinstance(value, dict) else value


def _identity(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return value.get("@id") or value.get("url") if isinstance(value, dict) else value


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return a stated text as one line without markup, None for anything else.

    >>> _text("R&uuml;ckbau <b>beginnt</b> ")
    'Rückbau beginnt'
    """
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str):
        return None
    return valid_line(_plain(value))


def _plain(value: str) -> str:
    if "&" in value:
        value = html.unescape(html.unescape(value))  # some are escaped twice
    if "<" in value:
        value = _TAGS.sub("", _SPACING_TAGS.sub(" ", value))
    return value


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    return [text for item in _list(value) if (text := _text(_named(item)))]


def _read_authors(value: Any, by_id: Mapping[str, Node]) -> Iterator[StatedAuthor]:  # noqa: ANN401 - any JSON
    for item in _list(value):
        if isinstance(item, dict):
            full = item if _named(item) else by_id.get(str(item.get("@id")), item)
            url = _text(full.get("url")) or _text(full.get("sameAs"))
            for name in _list(full.get("name")):
                if text := _text(name):
                    yield StatedAuthor(name=text, type=next(iter(sorted(_types(full))), None), url=url)
        elif text := _text(item):
            yield StatedAuthor(name=text)


def _read_keywords(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    for text in _texts(value):
        parts = text.split(",") if ";" not in text else text.split(";")
        yield from (line for part in parts if (line := valid_line(part)))


def _read_images(value: Any, by_id: Mapping[str, Node]) -> Iterator[StatedImage]:  # noqa: ANN401 - any JSON
    for item in _list(value):
        node = by_id.get(str(item.get("@id")), item) if isinstance(item, dict) and "url" not in item else item
        url = _text(node.get("url") or node.get("contentUrl")) if isinstance(node, dict) else _text(node)
        if url is None:
            continue
        if not isinstance(node, dict):
            yield StatedImage(url=url)
            continue
        credit = next(iter(_texts(node.get("creditText") or node.get("creator") or node.get("author"))), None)
        yield StatedImage(url=url, caption=_text(node.get("caption") or node.get("description")), credit=credit)


def _read_flag(value: Any) -> bool | None:  # noqa: ANN401 - any JSON
    """Return a truth value of schema.org.

    >>> _read_flag("False"), _read_flag("http://schema.org/True"), _read_flag("yes")
    (False, True, None)
    """
    if isinstance(value, bool):
        return value
    word = value.rpartition("/")[2].strip().lower() if isinstance(value, str) else ""
    return {"true": True, "false": False}.get(word)


def _read_body(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    text = "\n".join(part for part in _list(value) if isinstance(part, str))
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAGS.sub("", _SPACING_TAGS.sub("\n", text))
    return text.strip() or None
