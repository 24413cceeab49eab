"""Extraction: the bytes of a stored page or text -> an article.

Pages go through trafilatura (its balanced mode: the fast one is 1.5 times as fast and loses headings and whole
non-English pages). What a container states about an article (the columns of a JSONL line, say) goes before what
the page states.
"""

import dataclasses
import functools
import importlib.metadata
import urllib.parse
from collections.abc import Container, Iterable, Iterator
from typing import Any, Final, Literal

import apache_beam as beam
import trafilatura
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from lxml import etree, html
from trafilatura.settings import Document
from trafilatura.utils import repair_faulty_html

from transforms.completion import article_with_entry
from transforms.dates import ParsedDate, parse_date
from transforms.errors import ArticleError, Reason
from transforms.identity import article_id, content_hash, version_id
from transforms.plaintext import parse_plain_text
from transforms.records import Article, Author, DeadLetter, FieldSource, Image, ModelVersion, RawArticle
from transforms.text import count_words, decode_text, valid_line, valid_text
from transforms.urls import canonical_url, registrable_domain

ARTICLES: Final = "articles"
"""Tag of the output that holds the articles."""

DEAD_LETTERS: Final = "dead_letters"
"""Tag of the output that holds what could not be used."""

SHORT_TEXT_CHARS: Final = 200

# huge_tree: libxml2 otherwise stops at 252 levels and drops the rest of the page in silence.
_PARSER: Final = html.HTMLParser(
    collect_ids=False, default_doctype=False, encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
)
_COUNT_ELEMENTS: Final = etree.XPath("count(//*)")
_IS_DEEPER: Final = etree.XPath("boolean(//*[count(ancestor::*) >= $depth])")
# What trafilatura, its fallbacks and htmldate have been seen to raise on odd pages; anything else stops the run.
_EXTRACTOR_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    etree.LxmlError,
)
# htmldate refuses dates after `max_date`, by default today; a fixed day makes the result the same whenever it runs.
_DATE_PARAMS: Final = {"original_date": True, "extensive_search": True, "max_date": "2100-12-31"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PageLimits:
    """How large a page may be. Of 1,361 news pages the largest had 10,112 elements, the deepest 51 levels.

    Attributes:
        max_elements: elements of a page; 100,000 short paragraphs take trafilatura 30 s.
        max_depth: levels of nesting.
    """

    max_elements: int = 20_000
    max_depth: int = 1_000

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if getattr(self, field.name) < 1:
                raise ValueError(f"{field.name} must be at least 1, got {getattr(self, field.name)}")


def parse_page(page: str, limits: PageLimits) -> html.HtmlElement:
    """Return the element tree of a page.

    Raises:
        ArticleError: `no_text` if there is no element, `too_many_elements`, `too_deep`.
    """
    repaired = repair_faulty_html(page, page[:50].lower())
    try:
        tree = html.document_fromstring(repaired.encode("utf-8", "replace"), parser=_PARSER)
    except etree.ParserError as error:
        raise ArticleError(Reason.NO_TEXT, f"not a page: {error}") from error
    elements = int(_COUNT_ELEMENTS(tree))
    if elements > limits.max_elements:
        raise ArticleError(Reason.TOO_MANY_ELEMENTS, f"{elements} elements, the limit is {limits.max_elements}")
    if _IS_DEEPER(tree, depth=limits.max_depth):
        raise ArticleError(Reason.TOO_DEEP, f"nested deeper than the limit of {limits.max_depth} levels")
    return tree


def _run_trafilatura(tree: html.HtmlElement, url: str | None) -> Document:
    try:
        document = trafilatura.bare_extraction(
            tree, url=url, with_metadata=True, include_comments=False, date_extraction_params=_DATE_PARAMS
        )
    except _EXTRACTOR_ERRORS as error:
        raise ArticleError(Reason.EXTRACTION_FAILED, f"{type(error).__name__}: {error}") from error
    if not isinstance(document, Document) or not (document.text or "").strip():
        raise ArticleError(Reason.NO_TEXT, "no article text found in the page")
    return document


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What a page or a text says, before it is made an article."""

    title: str | None
    description: str | None
    text: str
    method: str
    model: ModelVersion
    source: str
    url: str | None = None
    language: str | None = None
    published_at: ParsedDate | None = None
    section: str | None = None
    site_name: str | None = None
    authors: tuple[Author, ...] = ()
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    unread_date: bool = False


def _lines(values: Iterable[str | None]) -> tuple[str, ...]:
    """Return the values as valid lines, empty and repeated ones left out."""
    return tuple(dict.fromkeys(line for value in values if (line := valid_line(value or ""))))


def _page_content(raw: RawArticle, limits: PageLimits) -> _Content:
    document = _run_trafilatura(parse_page(decode_text(raw.body, raw.charset), limits), raw.url)
    paragraphs = map(str.strip, valid_text(document.text or "").splitlines())
    return _Content(
        title=valid_line(document.title or ""),
        description=valid_line(document.description or ""),
        text="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        method="trafilatura",
        model=_TRAFILATURA,
        source="page",
        url=document.url,
        published_at=parse_date(document.date or ""),
        section=next(iter(_lines(document.categories or ())), None),
        site_name=valid_line(document.sitename or ""),
        authors=tuple(Author(name=name) for name in _lines((document.author or "").split(";"))),
        keywords=_lines(document.tags or ()),
        images=(Image(url=document.image),) if (document.image or "").startswith(("http://", "https://")) else (),
    )


def _text_content(raw: RawArticle) -> _Content:
    parsed = parse_plain_text(decode_text(raw.body, raw.charset), title=raw.title)
    return _Content(
        title=parsed.title,
        description=parsed.description,
        text=parsed.text,
        method="plain_text",
        model=_PLAIN_TEXT,
        source="text",
        url=parsed.url,
        published_at=parse_date(parsed.published_at or ""),
        site_name=parsed.site_name,
        authors=tuple(Author(name=name) for name in parsed.authors),
        images=parsed.images,
        unread_date=bool(parsed.published_at) and parse_date(parsed.published_at or "") is None,
    )


_TRAFILATURA: Final = ModelVersion(
    step="extract", name="trafilatura", version=importlib.metadata.version("trafilatura")
)
_PLAIN_TEXT: Final = ModelVersion(step="extract", name="newsbeam-plain-text", version="1")


def _canonical(stated: str | None, of_page: str | None) -> str | None:
    """Return the canonical form of an article's address.

    The page's own canonical link wins if it stays on the site and names a page: some sites point all of them home.
    """
    own = canonical_url(of_page) if of_page else None
    if own is None or stated is None:
        return own or (canonical_url(stated) if stated else None)
    same_site = registrable_domain(own) == registrable_domain(stated)
    names_page = urllib.parse.urlsplit(own).path not in {"", "/"}
    return own if same_site and names_page else canonical_url(stated)


def _quality_flags(raw: RawArticle, content: _Content) -> Iterator[str]:
    if content.unread_date or (raw.published_at and parse_date(raw.published_at) is None):
        yield "bad_date"
    if not content.title:
        yield "no_title"
    if len(content.text) < SHORT_TEXT_CHARS:
        yield "short_text"
    if "\ufffd" in content.text:
        yield "undecodable_characters"


def _stated(raw: RawArticle) -> dict[str, Any]:
    """Return the fields of `_Content` that the container states; they go before what the page states."""
    fields = {
        "title": valid_line(raw.title or ""),
        "url": raw.url,
        "published_at": parse_date(raw.published_at or ""),
        "language": _language_code(raw.language),
    }
    return {name: value for name, value in fields.items() if value}


def _provenance(content: _Content, stated: Container[str]) -> tuple[FieldSource, ...]:
    """Say for each field that has a value whether the container or the content gave it."""
    fields = sorted(field.name for field in dataclasses.fields(content) if getattr(content, field.name))
    sources = {name: "record" if name in stated else content.source for name in fields}
    return tuple(FieldSource(field=name, source=source) for name, source in sources.items() if name not in _INTERNAL)


_INTERNAL: Final = {"method", "model", "source", "unread_date"}


def _to_article(raw: RawArticle, page: _Content) -> Article:
    """Join what the container states and what the content states; the container goes first."""
    stated = _stated(raw)
    content = dataclasses.replace(page, **stated)
    canonical = _canonical(raw.final_url or raw.url, page.url)
    hashed = content_hash(content.title, content.description, content.text)
    identity = article_id(canonical, raw.guid, hashed)
    published = content.published_at
    return Article(
        id=identity,
        version_id=version_id(identity, hashed),
        content_hash=hashed,
        url=content.url,
        canonical_url=canonical,
        domain=registrable_domain(canonical) if canonical else None,
        guid=raw.guid,
        title=content.title,
        description=content.description,
        text=content.text,
        section=content.section,
        authors=content.authors,
        keywords=content.keywords,
        images=content.images,
        word_count=count_words(content.text),
        language=content.language,
        published_at=published.at if published else None,
        published_at_precision=published.precision if published else None,
        published_at_source=("record" if "published_at" in stated else content.source) if published else None,
        fetched_at=raw.fetched_at,
        site_name=content.site_name,
        source_kind=raw.source_kind,
        source_uri=raw.source_uri,
        source_offset=raw.source_offset,
        extraction_method=content.method,
        quality_flags=tuple(sorted(_quality_flags(raw, content))),
        provenance=_provenance(content, stated),
        models=(content.model,),
    )


def _language_code(stated: str | None) -> str | None:
    """Return the ISO 639-1 part of a stated language tag (BCP 47), None if it has none.

    >>> _language_code("en-GB"), _language_code("English")
    ('en', None)
    """
    code = (stated or "").replace("_", "-").partition("-")[0].strip().lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def extract_article(raw: RawArticle, limits: PageLimits = PageLimits()) -> Article:
    """Return the article of a stored page or text.

    Raises:
        ArticleError: `empty_input`, `binary_input`, `too_many_elements`, `too_deep`, `no_text` or `extraction_failed`.
    """
    content = _page_content(raw, limits) if raw.media_type == "text/html" else _text_content(raw)
    if not content.text:
        raise ArticleError(Reason.NO_TEXT, "the text has a headline and nothing below it")
    return _to_article(raw, content)


def require_quality(article: Article, min_text_chars: int, drop_flags: Container[str]) -> Article:
    """Return the article if it is good enough.

    Raises:
        ArticleError: `too_short` or `dropped_flag`.
    """
    if len(article.text) < min_text_chars:
        raise ArticleError(
            Reason.TOO_SHORT, f"{len(article.text)} characters of text, at least {min_text_chars} wanted"
        )
    if dropped := [flag for flag in article.quality_flags if flag in drop_flags]:
        raise ArticleError(Reason.DROPPED_FLAG, f"has the flag {', '.join(dropped)}")
    return article


class _ExtractArticlesDoFn(beam.DoFn):
    """Extracts one article at a time and turns each ArticleError into a dead letter."""

    def __init__(self, limits: PageLimits, min_text_chars: int, drop_flags: tuple[str, ...]) -> None:
        self._limits = limits
        self._min_text_chars = min_text_chars
        self._drop_flags = drop_flags
        self._extracted = Metrics.counter("newsbeam", "articles_extracted")
        self._dead = Metrics.counter("newsbeam", "articles_dead_extract")

    def process(self, raw: RawArticle) -> Iterator[Article | TaggedOutput[Literal["dead_letters"], DeadLetter]]:
        try:
            article = article_with_entry(raw, functools.partial(extract_article, limits=self._limits))
            article = require_quality(article, self._min_text_chars, self._drop_flags)
        except ArticleError as error:
            self._dead.inc()
            yield TaggedOutput(DEAD_LETTERS, _dead_letter(raw, error))
        else:
            self._extracted.inc()
            yield article


def _dead_letter(raw: RawArticle, error: ArticleError) -> DeadLetter:
    return DeadLetter(
        stage="extract",
        reason=error.reason,
        detail=error.detail,
        source_kind=raw.source_kind,
        source_uri=raw.source_uri,
        source_offset=raw.source_offset,
        url=raw.url,
        entry=raw.entry,
    )


@dataclasses.dataclass
class ExtractArticles(beam.PTransform[PCollection[RawArticle], Any]):
    """Takes stored pages and texts, gives articles (`articles`) and what could not be used (`dead_letters`).

    Attributes:
        limits: how large a page may be.
        min_text_chars: shortest text that is an article, in characters; 0 takes any text.
        drop_flags: quality flags that make an article a dead letter.
    """

    limits: PageLimits = dataclasses.field(default_factory=PageLimits)
    min_text_chars: int = 0
    drop_flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.min_text_chars < 0:
            raise ValueError(f"min_text_chars must be at least 0, got {self.min_text_chars}")

    def expand(self, raw_articles: PCollection[RawArticle]) -> Any:  # noqa: ANN401 - Beam warns of any other type of tagged outputs
        extract = _ExtractArticlesDoFn(self.limits, self.min_text_chars, tuple(self.drop_flags))
        return raw_articles | "ExtractArticles" >> beam.ParDo(extract).with_outputs(DEAD_LETTERS, main=ARTICLES)
