"""The records that flow through newsbeam: what is read, what an article is, what could not be used.

Standard library only, so that a reader of this file knows the whole vocabulary. Lists are tuples, times are aware and
in UTC, offsets count code points into `text` with the end excluded, scores lie in [0, 1]. `pipeline.schema` maps an
`Article` to a row of the output.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from transforms.errors import Reason

SCHEMA_VERSION = 1
"""Version of the `Article` record; raised when a column changes its meaning or goes away."""

Precision = Literal["second", "minute", "hour", "day", "month"]
"""How much of a date its source stated; the parts below it are zero and mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote an article.

    Attributes:
        name: the name as printed.
        type: `person` or `organization`, where known.
        url: page of the author.
    """

    name: str
    type: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of an article.

    Attributes:
        url: address of the picture; None in stored text.
        caption: what the picture shows.
        credit: photographer or agency.
    """

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry of a feed or of a news sitemap, as its publisher states it.

    Attributes:
        feed_url: address or path of the feed.
        feed_title: name of the feed.
        position: place in the feed, from 0.
        guid: the publisher's identifier; not always unique.
        link: absolute address of the article.
        title: headline, as text.
        summary: description, as text.
        content: full content, as HTML; None where the feed has only a summary.
        authors: in the order of the entry.
        categories: words that the publisher filed the entry under.
        images: pictures among the entry's media.
        enclosures: addresses of its media of any kind.
        language: language code of the entry, else of the feed.
        published: date of publication as it is written.
        updated: date of the last change as it is written.
        tags: what the reader filed the feed under (folders of an OPML file).
    """

    feed_url: str
    feed_title: str | None = None
    position: int
    guid: str | None = None
    link: str | None = None
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[str, ...] = ()
    language: str | None = None
    published: str | None = None
    updated: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArticle:
    """One article as it was read or fetched: bytes of a page or of a text, and what its container says of it.

    Attributes:
        source_kind: `html`, `text`, `warc`, `jsonl` or `parquet`; `feed` or `url` for what was fetched.
        source_uri: path or URI of the file that holds the article; the feed's or page's address for what was fetched.
        source_offset: place in that file: 0 for a file of one article, the line number (from 0) in JSONL,
            the row number (from 0) in Parquet, the byte offset of the record in WARC, the entry's place in a feed.
        body: the page or text, undecoded.
        media_type: what `body` is; `application/feed-entry` where it is empty and `entry` is all there is.
        charset: encoding that the container declares, `utf-8` where it stores text.
        url: address of the article, if the container has one.
        title: headline, if the container has one.
        published_at: date of publication as the container writes it.
        guid: identifier that the container gives the article.
        language: language code that the container gives the article.
        fetched_at: when the page was fetched, if the container says so (WARC-Date).
        final_url: address that answered, where redirects led away from `url`.
        entry: the feed entry that led here; its values complete the page's.
        first_seen_at: when the entry was first seen in its feed.
        is_truncated: whether the container says that `body` was cut off (WARC-Truncated).
    """

    source_kind: str
    source_uri: str
    source_offset: int = 0
    body: bytes
    media_type: Literal["text/html", "text/plain", "application/feed-entry"]
    charset: str | None = None
    url: str | None = None
    title: str | None = None
    published_at: str | None = None
    guid: str | None = None
    language: str | None = None
    fetched_at: datetime | None = None
    final_url: str | None = None
    entry: FeedEntry | None = None
    first_seen_at: datetime | None = None
    is_truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place in `text` that names an entity; `article.text[start_char:end_char] == text`.

    Attributes:
        text: the words as they stand there.
        start_char: first code point.
        end_char: one past the last code point.
    """

    text: str
    start_char: int
    end_char: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A person, organisation, place or other named thing, with all its mentions.

    Attributes:
        name: the name it goes by.
        type: label of the model, such as `PERSON`, `ORG` or `GPE`.
        count: number of mentions.
        salience: how much the article is about it, in [0, 1].
        country: ISO 3166-1 alpha-2 code of the country that it is, or is a people, capital or part of.
        same_as: address of what it is in a knowledge base: the Wikidata item of a country, else as the user's
            gazetteer says.
        mentions: in the order of the text.
    """

    name: str
    type: str
    count: int
    salience: float = 0.0
    country: str | None = None
    same_as: str | None = None
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What someone says in an article, word for word; `article.text[start_char:end_char] == text`.

    Attributes:
        text: the words between the marks.
        start_char: first code point, behind the opening mark.
        end_char: one past the last code point, before the closing mark.
        speaker: the words that say who speaks, such as `she`.
        speaker_entity: name of that entity in `entities`.
        cue: the verb of saying, in small letters.
    """

    text: str
    start_char: int
    end_char: int
    speaker: str | None = None
    speaker_entity: str | None = None
    cue: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject of an article, out of a controlled vocabulary.

    Attributes:
        scheme: vocabulary, such as `iptc-mediatopic`.
        code: its code there, such as `medtop:15000000`.
        label: English name of the code.
        score: how strongly the article is about it, in [0, 1].
        evidence: words and publisher's cues that spoke for it, strongest first.
        parent: code of the top-level topic that a narrower one belongs to.
    """

    scheme: str
    code: str
    label: str
    score: float
    evidence: tuple[str, ...] = ()
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSource:
    """Where the value of a field came from.

    Attributes:
        field: name of the field.
        source: `record` (the container's column), `jsonld`, `opengraph`, `meta` (other meta tags), `microdata`,
            `heading` (the page's first), `time` (an element of that name), `title` (the page's), `url`, `page` (found
            in what it shows), `text` (a stored text) or `feed` (the feed's entry).
        raw: how the source writes it, where the value is read from it: a feed's date, cut at 100 characters.
    """

    field: str
    source: str
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """What did a step.

    Attributes:
        step: name of the step, such as `entities`.
        name: library, model or lexicon.
        version: its version.
    """

    step: str
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepError:
    """Why a step left its field empty.

    Attributes:
        step: name of the step, such as `entities`.
        code: short name of the cause, such as `unsupported_language`.
        message: the cause for people, at most 200 characters.
    """

    step: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One version of one article; one row of the output.

    Attributes:
        id: hash of the canonical URL, else of the publisher's identifier, else of the content.
        version_id: hash of `id` and content: two articles with the same one are duplicates.
        content_hash: hash of title, description and text.
        url: address as given.
        canonical_url: address without what does not name the article (tracking, fragment).
        domain: registrable domain of the address.
        guid: identifier given by the publisher or the container.
        title: headline.
        description: standfirst (dek).
        text: body, paragraphs separated by a blank line.
        section: section of the publication.
        authors: in the order of the byline.
        keywords: words that the publisher filed the article under.
        images: in the order of the page.
        word_count: number of whitespace-separated words in `text`.
        language: ISO 639-1 code.
        language_confidence: how sure the detector is, in [0, 1]; None where the source stated the language.
        published_at: time of publication.
        published_at_precision: smallest part of it that was stated.
        published_at_source: a source as in `FieldSource`.
        modified_at: time of the last change.
        modified_at_precision: smallest part of it that was stated.
        modified_at_source: as `published_at_source`.
        fetched_at: when the page was fetched, where the source says so.
        first_seen_at: when its entry was first seen in its feed.
        site_name: name of the publication.
        feed_url: address of the feed that led to it.
        feed_title: name of that feed.
        is_accessible_for_free: whether all can read it, where the page says so.
        is_live_blog: True where the page says that it is a live blog.
        source_kind: see `RawArticle`.
        source_uri: see `RawArticle`.
        source_offset: see `RawArticle`.
        entities: in the order of their first mention.
        quotes: in the order of the text.
        primary_topic: code of the strongest topic of the vocabulary, None if none is clear enough.
        topics: strongest first.
        extraction_method: what took text out of the source: `trafilatura`, `plain_text` or `feed`.
        quality_flags: doubts about the article, such as `too_short`, sorted.
        provenance: where fields came from, sorted by field.
        models: what did each step, in the order of the steps.
        errors: what steps could not do, in the order of the steps.
    """

    id: str
    version_id: str
    content_hash: str
    url: str | None = None
    canonical_url: str | None = None
    domain: str | None = None
    guid: str | None = None
    title: str | None = None
    description: str | None = None
    text: str
    section: str | None = None
    authors: tuple[Author, ...] = ()
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    word_count: int
    language: str | None = None
    language_confidence: float | None = None
    published_at: datetime | None = None
    published_at_precision: Precision | None = None
    published_at_source: str | None = None
    modified_at: datetime | None = None
    modified_at_precision: Precision | None = None
    modified_at_source: str | None = None
    fetched_at: datetime | None = None
    first_seen_at: datetime | None = None
    site_name: str | None = None
    feed_url: str | None = None
    feed_title: str | None = None
    is_accessible_for_free: bool | None = None
    is_live_blog: bool | None = None
    source_kind: str
    source_uri: str
    source_offset: int
    entities: tuple[Entity, ...] = ()
    quotes: tuple[Quote, ...] = ()
    primary_topic: str | None = None
    topics: tuple[Topic, ...] = ()
    extraction_method: str
    quality_flags: tuple[str, ...] = ()
    provenance: tuple[FieldSource, ...] = ()
    models: tuple[ModelVersion, ...] = ()
    errors: tuple[StepError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedInput:
    """An input that is no article and was passed over on purpose, such as the image in a WARC file.

    Attributes:
        reason: `not_html`, `not_ok_status` or `unsupported_file`.
        source_kind: see `RawArticle`.
        source_uri: see `RawArticle`.
        source_offset: see `RawArticle`.
    """

    reason: Literal["not_html", "not_ok_status", "unsupported_file"]
    source_kind: str
    source_uri: str
    source_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An input that did not become an article, and why.

    Attributes:
        stage: step that refused it: `fetch`, `read`, `extract` or `run`.
        reason: out of the closed list in `transforms.errors`.
        detail: the cause for people, at most 200 characters.
        source_kind: see `RawArticle`.
        source_uri: see `RawArticle`.
        source_offset: see `RawArticle`; with `source_uri` it points to the input. -1 for a file of many articles that
            can't be read at all.
        url: address of the article, if known.
        attempts: how often it has been tried, this time included.
        entry: the feed entry that led here, if one did.
    """

    stage: Literal["fetch", "read", "extract", "run"]
    reason: Reason
    detail: str
    source_kind: str
    source_uri: str
    source_offset: int
    url: str | None = None
    attempts: int = 1
    entry: FeedEntry | None = None
