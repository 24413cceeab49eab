"""Articles and their feed entries: a page's record completed from its entry, and a record made of the entry alone."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, get_args

from transforms.dates import ParsedDate
from transforms.errors import ArticleError, Reason
from transforms.feed_dates import parse_feed_date
from transforms.html_text import html_paragraphs
from transforms.identity import article_id, content_hash, version_id
from transforms.records import Article, Author, FeedEntry, FieldSource, ModelVersion, Precision, RawArticle
from transforms.text import count_words, language_code, valid_line
from transforms.urls import canonical_url, registrable_domain

FEED_ENTRY_TYPE: Final = "application/feed-entry"
"""Media type of a raw article that has no page: its entry is all there is."""

FULL_TEXT_CHARS: Final = 400
SHORT_TEXT_CHARS: Final = 200
MAX_RAW_CHARS: Final = 100

_SOURCE: Final = "feed"
_FEED: Final = ModelVersion(step="extract", name="newsbeam-feed", version="1")
_PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)
# What a page may fail with where its entry's full text is as good.
_REPLACEABLE: Final = frozenset(
    {
        *(Reason.NO_TEXT, Reason.EXTRACTION_FAILED, Reason.EMPTY_INPUT, Reason.BINARY_INPUT),
        *(Reason.TOO_MANY_ELEMENTS, Reason.TOO_DEEP),
    }
)
_CUT_END: Final = re.compile(r"(?:\.\.\.|…)\s*[\])»›>→]*\s*$|[\[(]\s*(?:\.\.\.|…)\s*[\])]?\s*$")  # noqa: RUF001
# A link to the rest stands alone, or after a sentence.
_MORE_END: Final = re.compile(
    r"""
    (?: ^ | [.!?…»\])\n] ) [ ]* (?: (?: continue | keep ) [ ] reading .{0,80}
      | (?: read | view ) [ ] (?: the [ ] )? (?: more | full | rest ) .{0,40}
      | lire [ ] (?: la [ ] suite | plus | l.article ) .{0,40} | weiter[ ]?lesen .{0,40} | mehr [ ] lesen
      | (?: leer | ler | lea ) [ ] m[aá](?: s | is ) .{0,40}
      | (?: seguir | continuar ) [ ] (?: leyendo | lendo | a [ ] ler )
      | leggi [ ] (?: tutto | di [ ] più | l.articolo | altro ) .{0,40} | lees [ ] (?: meer | verder ) .{0,40}
      | läs [ ] (?: mer | vidare ) .{0,40} | czytaj [ ] (?: więcej | dalej )
      | читать [ ] (?: далее | полностью | дальше ) .{0,40}  # Russian
    ) \W* $
    | (?: 続きを読む | 阅读全文 | 閱讀全文 | 더 [ ]? 보기 ) \W* $
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NAMES_END: Final = re.compile(r"\s*[,;]\s+(?:(?:and|und|et|y|e)\s+)?|\s+(?:and|und|et|&)\s+")
# What WordPress writes below each entry, in its languages.
_FOOTER: Final = re.compile(
    r"""
    \s* (?: The [ ] post .{1,300}? [ ] (?: appeared [ ] first | first [ ] appeared ) [ ] on
      | Der [ ] Beitrag .{1,300}? [ ] erschien [ ] zuerst [ ] auf
      | (?: L.article | Cet [ ] article ) .{1,300}? [ ] est [ ] apparu [ ] en [ ] premier [ ] sur
      | La [ ] entrada .{1,300}? [ ] (?: se [ ] publicó [ ] primero | aparece [ ] primero ) [ ] en
      | (?: L.articolo | Il [ ] post ) .{1,300}? [ ] proviene [ ] da
      | O [ ] post .{1,300}? [ ] apareceu [ ] primeiro [ ] em
      | Het [ ] bericht .{1,300}? [ ] verscheen [ ] eerst [ ] op
    ) [ ] [^\n]{1,200} $
    """,
    re.VERBOSE,
)


def entry_paragraphs(entry: FeedEntry) -> tuple[str, ...]:
    """Return the paragraphs of an entry's content, without the line that WordPress puts below it."""
    paragraphs = html_paragraphs(entry.content or "")
    if paragraphs and (rest := _FOOTER.sub("", paragraphs[-1])) != paragraphs[-1]:
        return (*paragraphs[:-1], rest) if rest else paragraphs[:-1]
    return paragraphs


def has_full_text(entry: FeedEntry) -> bool:
    """Whether the content of an entry looks like the whole article: long enough, and not cut off."""
    paragraphs = entry_paragraphs(entry)
    if sum(map(len, paragraphs)) < FULL_TEXT_CHARS:
        return False
    return not (_CUT_END.search(paragraphs[-1][-200:]) or _MORE_END.search(paragraphs[-1][-200:]))


def article_with_entry(raw: RawArticle, extract: Callable[[RawArticle], Article]) -> Article:
    """Return the article of a raw article that a feed entry may have led to.

    What has no page is made of its entry, whatever that holds; so is what `extract` can't use, if the entry has the
    full text. Pages are completed from their entry.

    Args:
        raw: a page, a text, or an entry alone.
        extract: makes an article of a page or a text.

    Raises:
        ArticleError: what `extract` raises, or `no_text` if there is neither a page nor an entry.
    """
    if raw.media_type == FEED_ENTRY_TYPE:
        return article_from_entry(raw, require_text=False)
    try:
        article = extract(raw)
    except ArticleError as error:
        if raw.entry is None or error.reason not in _REPLACEABLE or not has_full_text(raw.entry):
            raise
        return article_from_entry(raw)
    return complete_from_entry(article, raw.entry, raw.first_seen_at) if raw.entry else article


def complete_from_entry(article: Article, entry: FeedEntry, first_seen_at: datetime | None) -> Article:
    """Return the article of a page with what its feed entry states besides.

    What the page states stays; the entry fills what is missing, and what its reader filed the feed under is added to
    the keywords. The one exception is the date: the entry's wins if it
    states more of it (a second beats a day), since pages often print a day only. The entry's date of the last change
    counts only where nothing else dates the article.

    Args:
        article: as its page has it.
        entry: that led to the page.
        first_seen_at: when the entry was first seen in its feed.
    """
    fields: dict[str, Any] = {}
    stated = _stated_fields(entry)
    for name in ("title", "guid", "section", "language", "authors", "keywords", "images"):
        if not getattr(article, name) and stated.get(name):
            fields[name] = stated[name]
    if not article.description and not _begins_with(article.text, entry.summary):
        fields["description"] = _summary(entry)
    won, raw_date = _choose_date(article, entry)
    fields |= _date_fields(won)
    if article.modified_at is None:
        fields |= _change_fields(entry)
    given = {name for name, value in fields.items() if value}
    if article.keywords:
        fields["keywords"] = tuple(dict.fromkeys((*article.keywords, *entry.tags)))
    fields["provenance"] = _merge_provenance(article, given, {"published_at": raw_date, "modified_at": entry.updated})
    fields["quality_flags"] = _complete_flags(article, fields, entry)
    return _identify(
        dataclasses.replace(
            article, feed_url=entry.feed_url, feed_title=entry.feed_title, first_seen_at=first_seen_at, **fields
        )
    )


def article_from_entry(raw: RawArticle, *, require_text: bool = True) -> Article:
    """Return the article that a feed entry makes by itself: its content, else its summary, is the text.

    Args:
        raw: with its entry; `body` is not looked at.
        require_text: whether an entry needs text; one without has the flag `no_text` otherwise.

    Raises:
        ArticleError: `no_text` if there is no entry, or no text in it that is required.
    """
    entry = raw.entry
    if entry is None:
        raise ArticleError(Reason.NO_TEXT, "there is neither a page nor a feed entry")
    summary = _summary(entry)
    text = "\n\n".join(entry_paragraphs(entry)) or summary or ""
    if not text and require_text:
        raise ArticleError(Reason.NO_TEXT, "the feed entry has neither content nor a summary")
    date, raw_date = _read_date(entry)
    fields = {
        **_stated_fields(entry),
        **_date_fields(date),
        "description": None if _begins_with(text, summary) else summary,
        "text": text,
        "url": entry.link or raw.url,
    }
    article = _new_article(raw, entry, fields)
    given = {name for name, value in fields.items() if value}
    written = {"published_at": raw_date, "modified_at": entry.updated}
    provenance = _merge_provenance(article, given, written)
    flags = tuple(sorted(_entry_flags(article, entry)))
    return _identify(dataclasses.replace(article, quality_flags=flags, provenance=provenance))


def _new_article(raw: RawArticle, entry: FeedEntry, fields: dict[str, Any]) -> Article:
    """Return an article of these fields, without ids."""
    url = raw.final_url or fields["url"]
    canonical = canonical_url(url) if url else None
    return Article(
        id="",
        version_id="",
        content_hash="",
        canonical_url=canonical,
        domain=registrable_domain(canonical) if canonical else None,
        word_count=count_words(fields["text"]),
        fetched_at=raw.fetched_at,
        first_seen_at=raw.first_seen_at,
        feed_url=entry.feed_url,
        feed_title=entry.feed_title,
        source_kind=raw.source_kind,
        source_uri=raw.source_uri,
        source_offset=raw.source_offset,
        extraction_method=_SOURCE,
        models=(_FEED,),
        **fields,
    )


def _stated_fields(entry: FeedEntry) -> dict[str, Any]:
    """Return what an entry states of an article, by the names of the article's fields."""
    return {
        "title": entry.title,
        "guid": entry.guid,
        "section": next(iter(entry.categories), None),
        "language": language_code(entry.language),
        "authors": tuple(_each_author(entry.authors)),
        "keywords": (*entry.categories, *entry.tags),
        "images": entry.images,
        **_change_fields(entry),
    }


def _each_author(authors: Iterable[Author]) -> Iterator[Author]:
    """Yield the authors, those apart that a feed writes into one: only what are whole names, with capitals, each.

    >>> [one.name for one in _each_author([Author(name="Ana Roe, Jo Poe and Li Wu"), Author(name="Roe, Ana")])]
    ['Ana Roe', 'Jo Poe', 'Li Wu', 'Roe, Ana']
    """
    found: dict[str, Author] = {}
    for author in authors:
        names = _NAMES_END.split(author.name)
        are_names = len(names) > 1 and all(map(_is_whole_name, names))
        for one in map(_named, names) if are_names else (author,):
            found.setdefault(one.name, one)
    yield from found.values()


def _is_whole_name(name: str) -> bool:
    """Whether a text is two to four words that begin and end with one in capitals: no role, no name in reverse."""
    words = name.split()
    is_name = 2 <= len(words) <= 4 and words[0][0].isupper() and words[-1][0].isupper()
    return is_name and not any(map(str.isdigit, name))


def _named(name: str) -> Author:
    return Author(name=name)


def _change_fields(entry: FeedEntry) -> dict[str, Any]:
    """Return the fields of the last change, none where it is only the date of publication again."""
    parsed = parse_feed_date(entry.updated or "") if entry.updated != entry.published else None
    if parsed is None:
        return {}
    return {"modified_at": parsed.at, "modified_at_precision": parsed.precision, "modified_at_source": _SOURCE}


def _summary(entry: FeedEntry) -> str | None:
    """Return the summary without the line that WordPress puts below it."""
    return valid_line(_FOOTER.sub("", entry.summary or ""))


def _begins_with(text: str, summary: str | None) -> bool:
    """Whether a summary is only the beginning of the text, perhaps cut."""
    beginning = _fold(re.sub(r"[\s.…\[\]()]+$", "", summary or ""))
    return bool(beginning) and _fold(text).startswith(beginning)


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _read_date(entry: FeedEntry) -> tuple[ParsedDate | None, str | None]:
    """Return the date of an entry and how it is written: that of publication, else that of the last change."""
    for raw in (entry.published, entry.updated):
        if raw and (parsed := parse_feed_date(raw)):
            return parsed, raw
    return None, None


def _choose_date(article: Article, entry: FeedEntry) -> tuple[ParsedDate | None, str | None]:
    """Return the entry's date and how it is written, if it is to be the article's."""
    if article.published_at is None:
        return _read_date(entry)
    published = parse_feed_date(entry.published or "")
    own = article.published_at_precision or "second"
    is_finer = published is not None and _PRECISIONS.index(published.precision) < _PRECISIONS.index(own)
    return (published, entry.published) if is_finer else (None, None)


def _date_fields(date: ParsedDate | None) -> dict[str, Any]:
    if date is None:
        return {}
    return {"published_at": date.at, "published_at_precision": date.precision, "published_at_source": _SOURCE}


_DATE_PARTS: Final = frozenset(
    {"published_at_precision", "published_at_source", "modified_at_precision", "modified_at_source"}
)


def _merge_provenance(article: Article, given: set[str], written: Mapping[str, str | None]) -> tuple[FieldSource, ...]:
    """Return where fields came from, with those that the entry gave, and its dates as they were written."""
    sources = {source.field: source for source in article.provenance}
    for name in given - _DATE_PARTS:
        raw = (written.get(name) or "")[:MAX_RAW_CHARS] or None
        sources[name] = FieldSource(field=name, source=_SOURCE, raw=raw)
    return tuple(sources[name] for name in sorted(sources))


def _complete_flags(article: Article, fields: dict[str, Any], entry: FeedEntry) -> tuple[str, ...]:
    """Return the flags of an article whose entry gave `fields`."""
    flags = set(article.quality_flags)
    if fields.get("title"):
        flags.discard("no_title")
    if fields.get("published_at"):
        flags -= {"bad_date", "undated"}
    elif article.published_at is None and (entry.published or entry.updated):
        flags.add("bad_date")
    return tuple(sorted(flags))


def _entry_flags(article: Article, entry: FeedEntry) -> Iterator[str]:
    """Yield the flags of an article that is made of an entry."""
    yield "feed_text"
    if article.published_at is None:
        yield "bad_date" if entry.published or entry.updated else "undated"
    if not article.title:
        yield "no_title"
    if not article.text:
        yield "no_text"
    if len(article.text) < SHORT_TEXT_CHARS:
        yield "too_short"
    if "\ufffd" in article.text:
        yield "encoding_repaired"


def _identify(article: Article) -> Article:
    """Return the article with the ids that its content and addresses give it."""
    hashed = content_hash(article.title, article.description, article.text)
    identity = article_id(article.canonical_url, article.guid, hashed)
    return dataclasses.replace(article, id=identity, content_hash=hashed, version_id=version_id(identity, hashed))
