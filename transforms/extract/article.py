"""One stored page or text -> one article.

What a container states about an article (the columns of a JSONL line, say) goes before what the page states.
"""

import dataclasses
import importlib.metadata
import urllib.parse
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any, Final

from lxml.html import HtmlElement

from transforms.dates import ParsedDate, parse_date
from transforms.errors import ArticleError, Reason
from transforms.extract.blocks import ancestors, read_blocks
from transforms.extract.body import find_date, find_lines
from transforms.extract.dek import is_repeated
from transforms.extract.draft import Draft, Page, Removed, start_draft
from transforms.extract.facts import find_bylines, read_facts
from transforms.extract.images import read_images
from transforms.extract.metadata import Metadata, choose_metadata
from transforms.extract.names import read_bylines
from transforms.extract.page import PageLimits, open_noscripts, parse_page, strip_unseen
from transforms.extract.quality import Doubtful, flag_page, flag_text, says_error
from transforms.extract.repairs import repair
from transforms.extract.shown_dates import find_shown_date, lines_at_headline
from transforms.feed_dates import parse_feed_date
from transforms.identity import article_id, content_hash, version_id
from transforms.plaintext import parse_plain_text
from transforms.records import Article, Author, FieldSource, Image, ModelVersion, RawArticle
from transforms.text import count_words, decode_text, language_code, valid_line, valid_text
from transforms.urls import canonical_url, registrable_domain

_TRAFILATURA: Final = ModelVersion(
    step="extract", name="trafilatura", version=importlib.metadata.version("trafilatura")
)
_PLAIN_TEXT: Final = ModelVersion(step="extract", name="newsbeam-plain-text", version="2")
_DEFAULT_LIMITS: Final = PageLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """An article and what was left out of its text.

    Attributes:
        article: the article.
        removed: lines that the extractor had found and repairs took out.
    """

    article: Article
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What a page or a text says, before it is made an article. Fields that a container may state come first."""

    title: str | None = None
    url: str | None = None
    language: str | None = None
    published_at: ParsedDate | None = None
    description: str | None = None
    text: str
    section: str | None = None
    site_name: str | None = None
    authors: tuple[Author, ...] = ()
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    modified_at: ParsedDate | None = None
    is_accessible_for_free: bool | None = None
    is_live_blog: bool | None = None
    canonical: str | None = None
    method: str
    model: ModelVersion
    sources: dict[str, str]
    flags: tuple[str, ...] = ()
    has_bad_date: bool = False
    removed: tuple[Removed, ...] = ()


def extract_article(
    raw: RawArticle, limits: PageLimits = _DEFAULT_LIMITS, skip_repairs: Container[str] = ()
) -> Article:
    """Return the article of a stored page or text.

    Args:
        raw: the page or text.
        limits: how large a page may be.
        skip_repairs: names of repairs that are not made.

    Raises:
        ArticleError: `empty_input`, `binary_input`, `too_many_elements`, `too_deep`, `no_text` or `extraction_failed`.
    """
    return extract_with_removed(raw, limits, skip_repairs).article


def extract_with_removed(
    raw: RawArticle, limits: PageLimits = _DEFAULT_LIMITS, skip_repairs: Container[str] = ()
) -> Extraction:
    """Return the article and the lines that repairs took out of it; arguments and errors as `extract_article`."""
    is_page = raw.media_type == "text/html"
    content = _page_content(raw, limits, skip_repairs) if is_page else _text_content(raw)
    if not content.text:
        raise ArticleError(Reason.NO_TEXT, "the text has a headline and nothing below it")
    if is_page and says_error(content.text):
        raise ArticleError(Reason.NO_TEXT, f"the page of an error: {content.text}")
    return Extraction(article=_to_article(raw, content), removed=content.removed)


def _page_content(raw: RawArticle, limits: PageLimits, skip_repairs: Container[str]) -> _Content:
    source = decode_text(raw.body, raw.charset)
    tree = parse_page(source, limits)
    facts = read_facts(tree, raw.url)
    metadata = choose_metadata(facts, raw.url)
    strip_unseen(tree)
    open_noscripts(tree)
    blocks = read_blocks(tree)
    page, found = start_draft(blocks, facts, metadata, find_lines(tree, blocks, raw.url))
    draft = repair(page, found, skip_repairs)
    description, description_source = _choose_description(draft, metadata)
    authors, author_source = _choose_authors(tree, page, draft)
    published, date_source = _choose_date(raw, page, draft, tree)
    images = read_images(_whole_article(page.main), facts, metadata.images)
    sources = metadata.sources | {
        "text": "page",
        "url": metadata.sources.get("canonical_url", "page"),
        "description": description_source,
        "authors": author_source,
        "published_at": date_source,
        "images": metadata.sources.get("images", "page"),
    }
    return _Content(
        title=metadata.title,
        description=description,
        text="\n\n".join(text for line in draft.lines if (text := valid_text(line.text).strip())),
        url=metadata.canonical_url,
        canonical=metadata.canonical_url,
        language=metadata.language,
        published_at=published,
        modified_at=metadata.modified.date if metadata.modified else None,
        section=metadata.section,
        site_name=metadata.site_name,
        authors=authors,
        keywords=metadata.keywords,
        images=images,
        is_accessible_for_free=metadata.is_free,
        is_live_blog=metadata.is_live or None,
        method="trafilatura",
        model=_TRAFILATURA,
        sources=sources,
        flags=tuple(flag_page(source, facts, metadata.title, draft)),
        removed=draft.removed,
    )


def _whole_article(main: HtmlElement | None) -> HtmlElement | None:
    """Return the element of the article that its prose stands in: its picture may stand above the prose."""
    return None if main is None else next((each for each in ancestors(main) if each.tag in ("article", "main")), main)


def _choose_description(draft: Draft, metadata: Metadata) -> tuple[str | None, str]:
    """Return the dek on the page, else the stated description, unless the text says the same; and its source."""
    chosen = valid_line(draft.description) or metadata.description
    if chosen is None or is_repeated(chosen, draft):
        return None, ""
    return chosen, "page" if draft.description else metadata.sources["description"]


def _choose_authors(tree: HtmlElement, page: Page, draft: Draft) -> tuple[tuple[Author, ...], str]:
    """Return the stated authors, or those of a byline on the page where none but the site is stated."""
    metadata, names = page.metadata, page.metadata.site_names
    if metadata.is_unsigned:
        above = [each.text for each in draft.removed if each.repair == "front_matter"]
        marked = read_bylines(find_bylines(tree), names) or read_bylines(above, names)
        bylines = marked or read_bylines(lines_at_headline(page, draft), names, is_marked=False)
        if bylines:
            return bylines, "page"
    return metadata.authors, metadata.sources.get("authors", "")


def _choose_date(raw: RawArticle, page: Page, draft: Draft, tree: HtmlElement) -> tuple[ParsedDate | None, str]:
    """Return the stated date, else the day shown at the headline, else the likeliest that htmldate finds."""
    if page.metadata.published is not None:
        return page.metadata.published.date, page.metadata.published.source
    if raw.published_at:
        return None, ""
    return find_shown_date(page, draft) or find_date(tree, raw.url or page.metadata.canonical_url), "page"


def _text_content(raw: RawArticle) -> _Content:
    parsed = parse_plain_text(decode_text(raw.body, raw.charset), title=raw.title)
    published = parse_date(parsed.published_at or "") or parse_feed_date(parsed.published_at or "")
    return _Content(
        title=parsed.title,
        description=parsed.description,
        text=parsed.text,
        url=parsed.url,
        canonical=parsed.url,
        published_at=published,
        site_name=parsed.site_name,
        authors=tuple(Author(name=name) for name in parsed.authors),
        images=parsed.images,
        method="plain_text",
        model=_PLAIN_TEXT,
        sources=dict.fromkeys((field.name for field in dataclasses.fields(_Content)), "text"),
        has_bad_date=bool(parsed.published_at) and published is None,
    )


def _stated(raw: RawArticle) -> dict[str, Any]:
    """Return the fields of `_Content` that the container states; they go before what the page states."""
    fields = {
        "title": valid_line(raw.title or ""),
        "url": raw.url,
        "published_at": parse_date(raw.published_at or ""),
        "language": language_code(raw.language),
    }
    return {name: value for name, value in fields.items() if value}


_WITH_SOURCE: Final = (
    *("authors", "description", "images", "is_accessible_for_free", "is_live_blog", "keywords", "language"),
    *("modified_at", "published_at", "section", "site_name", "text", "title", "url"),
)


def _provenance(content: _Content, stated: Container[str]) -> tuple[FieldSource, ...]:
    """Say for each field that has a value where it came from."""
    filled = [name for name in _WITH_SOURCE if getattr(content, name) not in (None, ())]
    default = "jsonld" if content.method == "trafilatura" else "text"
    sources = {name: "record" if name in stated else content.sources.get(name, default) for name in filled}
    return tuple(FieldSource(field=name, source=source) for name, source in sources.items())


def _to_article(raw: RawArticle, found: _Content) -> Article:
    """Join what the container states and what the content states; the container goes first."""
    stated = _stated(raw)
    content = dataclasses.replace(found, **stated)
    canonical = _canonical(raw.final_url or raw.url, content.canonical)
    hashed = content_hash(content.title, content.description, content.text)
    identity = article_id(canonical, raw.guid, hashed)
    provenance = _provenance(content, stated)
    sources = {each.field: each.source for each in provenance}
    published, modified = content.published_at, content.modified_at
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
        published_at_source=sources.get("published_at"),
        modified_at=modified.at if modified else None,
        modified_at_precision=modified.precision if modified else None,
        modified_at_source=sources.get("modified_at"),
        fetched_at=raw.fetched_at,
        site_name=content.site_name,
        is_accessible_for_free=content.is_accessible_for_free,
        is_live_blog=content.is_live_blog,
        source_kind=raw.source_kind,
        source_uri=raw.source_uri,
        source_offset=raw.source_offset,
        extraction_method=content.method,
        quality_flags=tuple(sorted({*content.flags, *_text_flags(raw, content)})),
        provenance=provenance,
        models=(content.model,),
    )


def _text_flags(raw: RawArticle, content: _Content) -> Iterator[str]:
    if raw.is_truncated:
        yield "truncated_input"
    published = content.published_at
    yield from flag_text(
        Doubtful(
            title=content.title,
            text=content.text,
            published_at=published.at if published else None,
            fetched_at=raw.fetched_at,
            has_bad_date=content.has_bad_date or bool(raw.published_at and parse_date(raw.published_at) is None),
        )
    )


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
