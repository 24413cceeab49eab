"""RSS, RDF, Atom and CDF, by feedparser's own parsers.

A well-formed feed is read in one pass. One that is not is taken apart, and each entry is read alone: what is broken
in one entry costs the others nothing. feedparser's readers of bytes, encodings and document types are not used (they
raise on some input, and take minutes on other), nor is its cleaning of HTML, as only text is taken out of HTML here.
"""

import dataclasses
import io
import re
import xml.sax
import xml.sax.handler
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import feedparser.api
import feedparser.exceptions
import feedparser.mixin
from lxml import etree

from transforms.errors import ArticleError, Reason
from transforms.feeds.document import FeedDocument, declare_prefixes, split_items
from transforms.feeds.entries import entry_from_values
from transforms.feeds.parsed import MAX_CATEGORIES, FeedKind, ParsedFeed, absolute_url
from transforms.html_text import html_line
from transforms.text import valid_line

_KINDS: Final[Mapping[str, FeedKind]] = {"rss": "rss", "channel": "rss", "rdf": "rdf", "feed": "atom"}

MAX_DEPTH: Final = 1_000
MAX_ELEMENTS: Final = 200_000
MAX_ATTRIBUTES: Final = 1_000
"""Of one element; feedparser takes time with the square of their number."""

_EMAIL: Final = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,255}(?:\?subject=\S*)?")
_EMPTY_BRACKETS: Final = re.compile(r"\(\s*\)|<\s*>|&lt;\s*&gt;")
_MAX_LOOSE_CHARS: Final = 20_000
_MAX_OPEN_TAGS_CHARS: Final = 50_000  # they are read again with each entry of a broken feed
# What feedparser's parsers have been seen to raise on odd feeds.
_PARSER_ERRORS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    feedparser.exceptions.UndeclaredNamespace,
    xml.sax.SAXException,
)
_PERIODS: Final = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DEFAULT_PERIOD: Final = "daily"  # of the syndication module, where only a frequency is given
_MAX_DIGITS: Final = 6
_CHANNEL_TAG: Final = re.compile(r"<channel(?:\s[^<>]*)?>", re.IGNORECASE)
_LINK_ID: Final = re.compile(r"https?://|(?![a-z][a-z0-9+.-]*:)[^\s]*/", re.IGNORECASE)
_WELL_KNOWN_PREFIXES: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}


class _Rules(feedparser.mixin._FeedParserMixin):  # type: ignore[misc]
    """What newsbeam changes in feedparser's parsers: limits, and rules that lose or make up less."""

    resolve_relative_uris = False
    sanitize_html = False
    max_entries = 0
    element_count = 0

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        self.element_count += 1
        if self.element_count > MAX_ELEMENTS:
            raise ArticleError(Reason.TOO_LARGE, f"more than {MAX_ELEMENTS} elements")
        if self.depth > MAX_DEPTH:
            raise ArticleError(Reason.BAD_XML, f"nested deeper than the limit of {MAX_DEPTH} levels")
        super().unknown_starttag(tag, attrs)

    def _start_item(self, attrs: dict[str, str]) -> None:
        if len(self.entries) >= self.max_entries:
            raise ArticleError(Reason.TOO_LARGE, f"more than {self.max_entries} entries")
        super()._start_item(attrs)

    _start_entry = _start_item

    def resolve_uri(self, uri: str) -> str:
        """Return an address as an absolute one; one that can't be read stays, to be reported."""
        return absolute_url(self.baseuri or "", uri) or ""

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        if len(self._get_context().get("tags", ())) < MAX_CATEGORIES:
            super()._add_tag(term, scheme, label)

    def _sync_author_detail(self, key: str = "author") -> None:
        """Tell name and e-mail address apart, which feedparser does wrongly for new domains, and in quadratic time."""
        context = self._get_context()
        detail = (context.get(f"{key}s") or [{}])[-1]
        if detail:
            super()._sync_author_detail(key)
        elif name := _EMAIL.sub("", context.get(key) or ""):
            detail["name"] = _EMPTY_BRACKETS.sub("", name).strip(" ()")

    def _end_guid(self) -> None:
        """Let a guid be the link only if it looks like one: `<guid>4711</guid>` and `urn:uuid:...` do not."""
        written = "".join(piece if isinstance(piece, str) else piece.decode() for piece in self._top_pieces())
        if not _LINK_ID.match(written.strip()):
            self.guidislink = False
        super()._end_guid()

    _end_id = _end_guid

    def _top_pieces(self) -> list[str | bytes]:
        return self.elementstack[-1][2] if self.elementstack else []

    def _start_media_description(self, attrs: dict[str, str]) -> None:
        """Keep a picture's caption apart: feedparser takes it for the summary or the content of the entry."""
        self.push_content("media_description", attrs, "text/plain", 1)

    def _end_media_description(self) -> None:
        self.pop_content("media_description")

    def _end_hour(self) -> None:
        self._get_context().setdefault("hours", []).append(self.pop("hour"))

    def _end_day(self) -> None:
        self._get_context().setdefault("days", []).append(self.pop("day"))


class _StrictParser(_Rules, feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """feedparser's parser of well-formed feeds."""

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802, ANN401 - as in xml.sax
        if len(attrs) > MAX_ATTRIBUTES:
            raise ArticleError(Reason.BAD_XML, f"an element with more than {MAX_ATTRIBUTES} attributes")
        super().startElementNS(name, qname, attrs)


class _LooseParser(_Rules, feedparser.api.LooseFeedParser):  # type: ignore[misc]
    """feedparser's parser of broken feeds; takes time with the square of the length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads documents as feedparser does; see `parse_xml_feed` for the attributes."""

    url: str
    language: str | None
    max_entries: int

    def read_strictly(self, text: str) -> "_Read":
        """Return the values of a well-formed document.

        Raises:
            ArticleError: `bad_xml` if it is not well-formed, `too_large`.
        """
        parser = _StrictParser(self.url, self.language, "utf-8")
        parser.max_entries = self.max_entries
        sax = xml.sax.make_parser()
        sax.setFeature(xml.sax.handler.feature_namespaces, True)
        sax.setFeature(xml.sax.handler.feature_external_ges, False)
        sax.setContentHandler(parser)
        sax.setErrorHandler(parser)
        source = xml.sax.xmlreader.InputSource()
        source.setByteStream(io.BytesIO(text.encode("utf-8", "replace")))
        source.setEncoding("utf-8")
        try:
            sax.parse(source)
        except _PARSER_ERRORS as error:
            raise ArticleError(Reason.BAD_XML, _describe(error)) from error
        return _Read(feed=parser.feeddata, entries=parser.entries)

    def read_piece(self, text: str) -> "_Read":
        """Return the values of a piece of a document, as well as can be.

        Raises:
            ArticleError: `bad_xml` if nothing helps, `too_large`.
        """
        try:
            return self.read_strictly(text)
        except ArticleError as error:
            if error.reason is not Reason.BAD_XML:
                raise
        if len(text) > _MAX_LOOSE_CHARS:
            return self.read_strictly(_balance(text))
        parser = _LooseParser(self.url, self.language, "utf-8", {})
        parser.max_entries = self.max_entries
        try:
            parser.feed(text)
        except _PARSER_ERRORS as error:
            raise ArticleError(Reason.BAD_XML, _describe(error)) from error
        return _Read(feed=parser.feeddata, entries=parser.entries)


@dataclass(slots=True, kw_only=True)
class _Read:
    """The values of a document in feedparser's terms.

    Attributes:
        feed: of the feed.
        entries: of each entry.
        lost: number of entries that could not be read.
        is_sound: whether the document was well-formed once it was mended, and not cut.
    """

    feed: dict[str, Any] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0
    is_sound: bool = False


def parse_xml_feed(document: FeedDocument, *, url: str, language: str | None, max_entries: int) -> ParsedFeed:
    """Return the feed in a document whose root is `rss`, `rdf`, `feed` or `channel`.

    Args:
        document: the feed.
        url: address of the feed, which relative links hang on.
        language: language code that the server declares.
        max_entries: most entries of a feed.

    Raises:
        ArticleError: `bad_xml` if nothing can be read, `too_large`.
    """
    reader = _Reader(url=url, language=language, max_entries=max_entries)
    try:
        return _to_feed(reader.read_strictly(document.text), _KINDS[document.root], url)
    except ArticleError as error:
        if error.reason is not Reason.BAD_XML:
            raise
        read = _salvage(reader, document)
        if not read.entries and not read.is_sound:
            raise
        feed = _to_feed(read, _KINDS[document.root], url)
        is_truncated = document.is_cut or read.lost > 0
        return dataclasses.replace(feed, bozo=error.detail, is_truncated=is_truncated)


def _to_feed(read: _Read, kind: FeedKind, url: str) -> ParsedFeed:
    """Return the feed of the values of a document."""
    title = html_line(read.feed.get("title") or "")
    language = valid_line(read.feed.get("language"))
    entries = (
        entry_from_values(values, kind=kind, position=position, feed=read.feed, url=url, title=title, language=language)
        for position, values in enumerate(read.entries)
    )
    return ParsedFeed(
        kind=kind,
        title=title,
        language=language,
        site_url=absolute_url(url, read.feed.get("link")),
        entries=tuple(entries),
        min_poll_seconds=_min_poll_seconds(read.feed),
        skip_hours=frozenset(_skip_hours(read.feed.get("hours", ()))),
        skip_days=frozenset(_skip_days(read.feed.get("days", ()))),
    )


def _describe(error: Exception) -> str:
    if isinstance(error, xml.sax.SAXParseException):
        return f"line {error.getLineNumber()}: {error.getMessage()}"
    return f"{type(error).__name__}: {error}"


def _salvage(reader: _Reader, document: FeedDocument) -> _Read:
    """Return what can be read of a feed that is not well-formed; no entry that is cut off at its end."""
    document = declare_prefixes(document, _WELL_KNOWN_PREFIXES)
    pieces = split_items(document)
    if len(pieces.items) > reader.max_entries:
        raise ArticleError(Reason.TOO_LARGE, f"{len(pieces.items)} entries, the limit is {reader.max_entries}")
    channel = _CHANNEL_TAG.search(pieces.head) if document.root == "rss" else None
    close = f"{'</channel>' if channel else ''}{document.close_tag}"
    is_cut = document.is_cut
    try:
        read = reader.read_strictly(document.text[: pieces.end] + close if is_cut else document.text)
        return dataclasses.replace(read, is_sound=not is_cut)
    except ArticleError as error:
        if error.reason is not Reason.BAD_XML:
            raise
    open_tags = document.open_tag + (channel[0] if channel else "")
    if len(open_tags) > _MAX_OPEN_TAGS_CHARS:
        raise ArticleError(Reason.BAD_XML, f"broken, and its first tags have {len(open_tags):,} characters")
    read = _read_head(reader, pieces.head, close)
    is_last_cut = is_cut and pieces.is_whole and not pieces.is_whole[-1]
    for item in pieces.items[:-1] if is_last_cut else pieces.items:
        entry = _read_item(reader, f"{open_tags}{item}{close}")
        if entry is None:
            read.lost += 1
        else:
            read.entries.append(entry)
    return read


def _read_head(reader: _Reader, head: str, close: str) -> _Read:
    """Return the values of a feed without its entries, none if its head can't be read."""
    try:
        read = reader.read_piece(head + close)
    except ArticleError as error:
        if error.reason is not Reason.BAD_XML:
            raise
        return _Read()
    return _Read(feed=read.feed)


def _read_item(reader: _Reader, text: str) -> dict[str, Any] | None:
    """Return the values of an entry that stands alone in a document, None if it can't be read."""
    try:
        entries = reader.read_piece(text).entries
    except ArticleError as error:
        if error.reason is not Reason.BAD_XML:
            raise
        return None
    return entries[0] if entries else None


def _balance(text: str) -> str:
    """Return a document with each tag closed, as libxml2 mends it."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    return "" if root is None else etree.tostring(root, encoding="unicode")


def _min_poll_seconds(feed: Mapping[str, Any]) -> int | None:
    """Return the longer of the waits that `ttl` (RSS) and the syndication module ask for."""
    waits = []
    if ttl := _read_count(feed.get("ttl")):
        waits.append(ttl * 60)
    period, frequency = feed.get("sy_updateperiod"), feed.get("sy_updatefrequency")
    seconds = _PERIODS.get(str(period or _DEFAULT_PERIOD).strip().lower()) if period or frequency else None
    if seconds:
        waits.append(seconds // (_read_count(frequency) or 1))
    return max(waits, default=None)


def _read_count(value: object) -> int | None:
    """Return a positive number, None if there is none."""
    digits = str(value or "").strip()
    is_count = digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS
    return int(digits) or None if is_count else None


def _skip_hours(hours: object) -> Iterator[int]:
    for hour in hours if isinstance(hours, list) else ():
        digits = str(hour).strip()
        if re.fullmatch(r"[0-9]{1,2}", digits) and int(digits) <= 24:
            yield int(digits) % 24  # Netscape counted from 1 to 24


def _skip_days(days: object) -> Iterator[int]:
    for day in days if isinstance(days, list) else ():
        if str(day).strip().lower() in _DAYS:
            yield _DAYS.index(str(day).strip().lower())
