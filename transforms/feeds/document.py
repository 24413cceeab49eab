"""The XML of a feed, made readable: encoding, what stands before it, references, entities, prefixes; and its pieces.

Nothing here builds a tree, and all of it takes time in proportion to the document, whatever is in it. No declared
entity is expanded but short ones without markup, and none is ever fetched.
"""

import codecs
import html.entities
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from transforms.errors import ArticleError, Reason
from transforms.text import decode_text

_DECLARED_ENCODING: Final = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_UTF_8_LABELS: Final = frozenset({"utf-8", "utf8"})
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_STRAY: Final = re.compile(r"[\udc80-\udcff]")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")

_ROOTS: Final = frozenset({"rss", "rdf", "feed", "channel", "urlset", "sitemapindex"})
_PAGES: Final = frozenset({"html", "head", "body"})
_MAX_PROLOG_TAGS: Final = 1_000
_MAX_PROLOG_CHARS: Final = 100_000
_NAME: Final = r"[A-Za-z_][\w.-]*"
_TAG: Final = re.compile(rf"<(?:(?P<prefix>{_NAME}):)?(?P<name>{_NAME})(?=[\s/>])")
_START_TAG_END: Final = re.compile(r"(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>")
_DOCTYPE_END: Final = re.compile(r"[^\[>\"']*+(?:(?:\"[^\"]*\"|'[^']*')[^\[>\"']*+)*+(?P<end>[\[>])")

_ENTITY: Final = re.compile(rf"<!ENTITY\s+(?P<name>{_NAME})\s+(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')\s*>")
_MAX_ENTITIES: Final = 100
_MAX_ENTITY_CHARS: Final = 100
_MAX_EXPANDED_CHARS: Final = 100_000
_MAX_DECLARED_CHARS: Final = 10_000_000

_REFERENCE: Final = re.compile(
    r"&(?:#(?P<decimal>[0-9]{1,10});|#[xX](?P<hexadecimal>[0-9a-fA-F]{1,8});|(?P<name>\w{1,40});)?"
)
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
# Characters that XML 1.0 does not allow.
_INVALID: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_SECTIONS: Final = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_SECTION_START: Final = re.compile(r"<!\[CDATA\[|<!--|<\?")

_ITEM_TAG: Final = re.compile(rf"<(?P<end>/?)(?:{_NAME}:)?(?P<name>item|entry)(?=[\s/>])", re.IGNORECASE)
_DECLARED_PREFIX: Final = re.compile(rf"xmlns:({_NAME})")
_MAX_PREFIXES: Final = 100  # feedparser takes time with the square of their number
_PREFIX: Final = re.compile(rf"(?<=[</\s])({_NAME}):{_NAME}(?=[\s=/>])")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """A feed's XML, ready for a parser.

    Attributes:
        root: local name of its root in lower case, such as `rss`.
        text: from the root's start tag on; valid characters and references only, no DOCTYPE.
        open_tag: the root's start tag.
        close_tag: the end tag that fits it.
    """

    root: str
    text: str
    open_tag: str
    close_tag: str

    @property
    def is_cut(self) -> bool:
        """Whether the root's end tag is missing."""
        return self.close_tag.lower() not in self.text.lower() and not self.open_tag.endswith("/>")


def read_document(body: bytes, charset: str | None) -> FeedDocument:
    """Return the XML in the bytes of a feed.

    Args:
        body: the feed.
        charset: encoding that the server declares; what the document itself declares counts where that does not fit.

    Raises:
        ArticleError: `empty_body`, `binary_input`, `not_a_feed` if it has no root of a feed or a sitemap, `bad_xml`.
    """
    text = _decode(body, charset)
    start, root, entities = _find_root(text)
    cleaned = _clean(text[start:], entities)
    tag = _TAG.match(cleaned)
    end = _START_TAG_END.match(cleaned, tag.end()) if tag else None
    if tag is None or end is None:
        raise ArticleError(Reason.BAD_XML, f"the start tag <{root}> has no end")
    return FeedDocument(root=root, text=cleaned, open_tag=cleaned[: end.end()], close_tag=f"</{tag[0][1:]}>")


def _decode(body: bytes, charset: str | None) -> str:
    """Return the characters of a feed: by its mark, the server's word, its own word, or the likeliest encoding."""
    declared = _DECLARED_ENCODING.match(body[:400])
    own = declared[1].decode("ascii") if declared else None
    if charset is None or (charset.lower() in _UTF_8_LABELS and own is not None):
        charset = own  # what is valid UTF-8 is read as such in any case
    if (charset is None or charset.lower() in _UTF_8_LABELS) and not body.startswith(_UTF_16_MARKS):
        mixed = _decode_mixed(body)
        if mixed is not None:
            return mixed
    head = body[:400].lstrip()
    if head[:1] == b"<" and head[1:2] == b"\0":
        charset = "utf-16-le"
    elif body[:4].startswith(b"\0<"):
        charset = "utf-16-be"
    try:
        return decode_text(body, charset)
    except ArticleError as error:
        reason = Reason.EMPTY_BODY if error.reason is Reason.EMPTY_INPUT else error.reason
        raise ArticleError(reason, error.detail) from error


def _decode_mixed(body: bytes) -> str | None:
    """Return the characters of UTF-8 with stray bytes of windows-1252, None if it is pure or hardly UTF-8.

    Feeds are put together from several sources. Bytes of other encodings seldom make characters of UTF-8: where there
    are as many of these as of strays, the document is no other one.
    """
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "surrogateescape")
    else:
        return None
    strays = len(_STRAY.findall(text))
    if 2 * strays > len(_NOT_ASCII.findall(text)):
        return None
    return _STRAY.sub(lambda stray: stray[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace"), text)


def _find_root(text: str) -> tuple[int, str, dict[str, str]]:
    """Return where the feed begins, the name of its root, and the entities that are declared before it.

    Servers print warnings before the feed; so text and tags of no feed are passed over, up to a limit.
    """
    entities: dict[str, str] = {}
    first = None
    position = text.find("<")
    for _ in range(_MAX_PROLOG_TAGS):
        if position < 0:
            break
        tag = _TAG.match(text, position)
        name = tag["name"].lower() if tag else ""
        if name in _ROOTS:
            return position, name, entities
        if name == "opml":
            raise ArticleError(Reason.NOT_A_FEED, "the document is a list of feeds (OPML), to be named as such")
        if name in _PAGES:
            raise ArticleError(Reason.NOT_A_FEED, "the document is an HTML page")
        first = first or name
        if text.startswith("<!DOCTYPE", position) or text.startswith("<!doctype", position):
            after, entities = _read_doctype(text, position)
        else:
            after = _skip_section(text, position)
        position = text.find("<", max(after, position + 1))
    what = f"its first element is <{first[:40]}>" if first else "there is no element in it"
    raise ArticleError(Reason.NOT_A_FEED, f"no feed and no sitemap: {what}")


def _skip_section(text: str, position: int) -> int:
    """Return the end of the comment, CDATA section or processing instruction at a position, else the position."""
    start = _SECTION_START.match(text, position)
    if start is None:
        return position
    end = text.find(_SECTIONS[start[0]], start.end(), start.end() + _MAX_PROLOG_CHARS)
    return end + len(_SECTIONS[start[0]]) if end >= 0 else position


def _read_doctype(text: str, position: int) -> tuple[int, dict[str, str]]:
    """Return the end of a document type declaration, and the entities that it declares with their value."""
    head = _DOCTYPE_END.match(text, position, position + _MAX_PROLOG_CHARS)
    if head is None or head["end"] == ">":
        return (head.end() if head else position), {}
    end = text.find("]", head.end())
    while end >= 0 and not text[end + 1 : end + 100].lstrip().startswith(">"):
        end = text.find("]", end + 1)
    if end < 0:
        return head.end(), {}
    matches = itertools.islice(_ENTITY.finditer(text, head.end(), end), _MAX_ENTITIES)
    return end + 1, {match["name"]: match["double"] or match["single"] or "" for match in matches}


def _choose_entities(text: str, declared: dict[str, str]) -> dict[str, str]:
    """Return the declared entities to expand: short ones without markup, if they add little.

    Raises:
        ArticleError: `bad_xml` if all of them together would make a document of another size: an attack.
    """
    sizes = {name: text.count(f"&{name};") * len(value) for name, value in declared.items()}
    if sum(sizes.values()) > _MAX_DECLARED_CHARS:
        raise ArticleError(Reason.BAD_XML, f"declared entities would expand to {sum(sizes.values())} characters")
    short = {
        name: value
        for name, value in declared.items()
        if len(value) <= _MAX_ENTITY_CHARS and not re.search(r"[<%]|&(?!#)", value)
    }
    return short if sum(sizes[name] for name in short) <= _MAX_EXPANDED_CHARS else {}


def _clean(text: str, entities: dict[str, str]) -> str:
    """Return the text with valid characters and references only; CDATA sections keep their references as text."""
    text = _INVALID.sub("", text)
    known = _choose_entities(text, entities)

    def mend(match: re.Match[str]) -> str:
        name = match["name"]
        if name in _XML_ENTITIES:
            return match[0]
        if name in known:
            return _REFERENCE.sub(_mend_reference, known[name])
        return _mend_reference(match)

    cleaned = "".join(part if is_section else _REFERENCE.sub(mend, part) for part, is_section in split_sections(text))
    if _SURROGATES.search(cleaned):  # pairs become the character that they stand for
        cleaned = cleaned.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return cleaned


def _mend_reference(match: re.Match[str]) -> str:
    """Return a reference that XML knows: HTML's names as characters, what is none as text."""
    name = match["name"]
    if name in _XML_ENTITIES:
        return match[0]
    if name is not None:
        character = html.entities.html5.get(f"{name};")
        return character if character is not None and not re.search("[<&]", character) else f"&amp;{match[0][1:]}"
    if match["decimal"] is None and match["hexadecimal"] is None:
        return "&amp;"
    code = int(match["decimal"]) if match["decimal"] else int(match["hexadecimal"], 16)
    if code > 0x10FFFF:
        return "\ufffd"
    if 0xD800 <= code <= 0xDFFF:
        return chr(code)  # a pair of these is joined later
    return "" if _INVALID.match(chr(code)) else match[0]


def split_sections(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a document, and whether each is a comment, CDATA section or processing instruction."""
    position = 0
    missing: set[str] = set()  # ends that do not come any more: looking again takes time with the square
    for start in _SECTION_START.finditer(text):
        end_mark = _SECTIONS[start[0]]
        if start.start() < position or end_mark in missing:
            continue
        end = text.find(end_mark, start.end())
        if end < 0:
            missing.add(end_mark)
            continue
        yield text[position : start.start()], False
        position = end + len(end_mark)
        yield text[start.start() : position], True
    yield text[position:], False


def hide_sections(text: str) -> str:
    """Return a text of the same length in which comments, CDATA sections and the like are blank."""
    return "".join(" " * len(part) if is_section else part for part, is_section in split_sections(text))


def declare_prefixes(document: FeedDocument, known: dict[str, str]) -> FeedDocument:
    """Return the document with all its prefixes declared in the root's start tag: the known ones, others made up."""
    used = set(_PREFIX.findall(hide_sections(document.text)))
    missing = sorted(used - {"xml", "xmlns"} - set(_DECLARED_PREFIX.findall(document.open_tag)))[:_MAX_PREFIXES]
    declared = "".join(f' xmlns:{prefix}="{known.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in missing)
    if not declared:
        return document
    is_empty = document.open_tag.endswith("/>")
    bare = document.open_tag[: -2 if is_empty else -1]
    open_tag = f"{bare}{declared}{'/>' if is_empty else '>'}"
    return FeedDocument(
        root=document.root,
        text=open_tag + document.text[len(document.open_tag) :],
        open_tag=open_tag,
        close_tag=document.close_tag,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPieces:
    """A feed that is not well-formed, taken apart.

    Attributes:
        head: what stands before the first entry.
        items: each entry, from its start tag to its end tag.
        is_whole: for each, whether its end tag is there.
        end: end of the last whole entry in the document.
    """

    head: str
    items: tuple[str, ...]
    is_whole: tuple[bool, ...]
    end: int


def split_items(document: FeedDocument) -> FeedPieces:
    """Return the pieces of a feed by the start and end tags of its entries."""
    hidden = hide_sections(document.text)
    starts: list[int] = []
    ends: list[int | None] = []
    for tag in _ITEM_TAG.finditer(hidden):
        if not tag["end"]:
            starts.append(tag.start())
            ends.append(None)
        elif ends and ends[-1] is None:
            ends[-1] = hidden.find(">", tag.end()) + 1 or None
    borders = [*starts, len(document.text)][1:]
    pieces = [document.text[start : end or border] for start, end, border in zip(starts, ends, borders, strict=True)]
    return FeedPieces(
        head=document.text[: starts[0]] if starts else document.text,
        items=tuple(pieces),
        is_whole=tuple(end is not None for end in ends),
        end=max((end for end in ends if end is not None), default=0),
    )
