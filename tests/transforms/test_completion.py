"""Completion: what a feed entry adds to a page's article, and what it makes alone."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import make_article
from transforms.completion import (
    FEED_ENTRY_TYPE,
    article_from_entry,
    article_with_entry,
    complete_from_entry,
    entry_paragraphs,
    has_full_text,
)
from transforms.errors import ArticleError, Reason
from transforms.identity import article_id, content_hash, version_id
from transforms.records import Article, Author, FeedEntry, FieldSource, Image, Precision, RawArticle

SEEN = datetime(2024, 3, 6, 7, tzinfo=UTC)
DAY = datetime(2024, 3, 5, tzinfo=UTC)
INSTANT = datetime(2024, 3, 5, 13, 30, tzinfo=UTC)
LONG = "<p>" + "The tunnel below the harbour opened on Monday after nine years. " * 8 + "</p>"
RAW_DATE = "Tue, 05 Mar 2024 14:30:00 +0100"


def make_entry(**fields: Any) -> FeedEntry:  # noqa: ANN401 - any field of FeedEntry
    """Return an entry with the given fields."""
    plain: dict[str, Any] = {"feed_url": "https://news.example/rss", "feed_title": "Harbour", "position": 3}
    return FeedEntry(**(plain | fields))


FULL = make_entry(
    guid="tag:1",
    link="https://news.example/tunnel?utm_source=rss",
    title="Tunnel opens",
    summary="The tunnel is open.",
    content=LONG,
    authors=(Author(name="Ana Roe"),),
    categories=("Transport", "Harbour"),
    images=(Image(url="https://img.example/a.jpg"),),
    language="en-GB",
    published=RAW_DATE,
    updated="2024-03-06T00:00:00Z",
)


def make_raw(entry: FeedEntry | None = FULL, **fields: Any) -> RawArticle:  # noqa: ANN401 - any field of RawArticle
    """Return a raw article that an entry led to."""
    plain: dict[str, Any] = {"source_kind": "feed", "source_uri": "https://news.example/rss", "source_offset": 3}
    return RawArticle(
        **(plain | {"body": b"", "media_type": FEED_ENTRY_TYPE, "first_seen_at": SEEN, "entry": entry} | fields)
    )


def refuse(reason: Reason) -> Callable[[RawArticle], Article]:
    """Return an extraction that fails."""

    def extract(_: RawArticle) -> Article:
        raise ArticleError(reason, "no")

    return extract


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ana Roe, Jo Poe and Li Wu", ["Ana Roe", "Jo Poe", "Li Wu"]),
        ("Ana van der Roe; Jo Poe, and Ana van der Roe", ["Ana van der Roe", "Jo Poe"]),
        ("Ana Roe und Jo Poe", ["Ana Roe", "Jo Poe"]),
        ("Roe, Ana", ["Roe, Ana"]),
        ("Ana Roe, Technology correspondent", ["Ana Roe, Technology correspondent"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Smith and Sons", ["Smith and Sons"]),
        ("Ana Roe, 12 May", ["Ana Roe, 12 May"]),
    ],
)
def test_authors_in_one_name_are_told_apart(written: str, names: list[str]) -> None:
    """Where all parts are whole names; roles, firms and names in reverse order stay as they are."""
    article = article_from_entry(make_raw(dataclasses.replace(FULL, authors=(Author(name=written),))))
    assert names == [author.name for author in article.authors]


def test_an_entry_fills_what_the_page_lacks() -> None:
    """Every field that the page leaves empty comes from the entry, and provenance says so."""
    bare = make_article(
        text="Nine years it took.", canonical_url="https://news.example/tunnel", quality_flags=("no_title",)
    )

    article = complete_from_entry(bare, FULL, SEEN)

    assert ("Tunnel opens", "The tunnel is open.", "Transport") == (article.title, article.description, article.section)
    assert ((Author(name="Ana Roe"),), ("Transport", "Harbour")) == (article.authors, article.keywords)
    assert ("en", None, "tag:1") == (article.language, article.language_confidence, article.guid)
    assert (Image(url="https://img.example/a.jpg"),) == article.images
    assert datetime(2024, 3, 6, tzinfo=UTC) == article.modified_at
    assert ("https://news.example/rss", "Harbour", SEEN) == (
        article.feed_url,
        article.feed_title,
        article.first_seen_at,
    )
    assert () == article.quality_flags
    assert FieldSource(field="published_at", source="feed", raw=RAW_DATE) in article.provenance
    assert {"feed"} == {source.source for source in article.provenance}


def test_what_the_page_states_stays() -> None:
    """No value of the page but a vaguer date is replaced, and nothing is said of the feed then."""
    page = make_article(
        title="Own title",
        description="Own dek",
        section="Own section",
        authors=(Author(name="Own author"),),
        keywords=("own",),
        images=(Image(url="https://own.example/"),),
        language="fr",
        guid="own",
        modified_at=INSTANT,
        published_at=INSTANT.replace(hour=2),
        published_at_precision="second",
        published_at_source="page",
        provenance=(FieldSource(field="title", source="page"),),
    )

    article = complete_from_entry(page, FULL, None)

    changed = {name for name in Article.__slots__ if getattr(page, name) != getattr(article, name)}
    assert {"feed_url", "feed_title", "id", "version_id", "content_hash"} == changed


def test_tags_of_the_reader_join_the_keywords() -> None:
    """What the feed is filed under stands behind the page's own keywords, each once; they stay the page's."""
    page = make_article(keywords=("own", "Far"), provenance=(FieldSource(field="keywords", source="page"),))

    article = complete_from_entry(page, dataclasses.replace(FULL, tags=("Far", "World")), None)

    assert ("own", "Far", "World") == article.keywords
    assert FieldSource(field="keywords", source="page") in article.provenance


def test_ids_follow_the_content() -> None:
    """The ids are those of the completed article, whatever they were."""
    article = complete_from_entry(make_article(canonical_url="https://news.example/tunnel"), FULL, None)
    hashed = content_hash("Tunnel opens", "The tunnel is open.", article.text)
    identity = article_id("https://news.example/tunnel", "tag:1", hashed)

    assert (identity, version_id(identity, hashed), hashed) == (article.id, article.version_id, article.content_hash)


@pytest.mark.parametrize(
    ("own", "precision", "published", "updated", "expected", "source"),
    [
        (None, None, RAW_DATE, None, INSTANT, "feed"),
        (DAY, "day", RAW_DATE, None, INSTANT, "feed"),
        (DAY, "month", "2024-03-05", None, DAY, "feed"),
        (DAY, "second", RAW_DATE, None, DAY, "page"),
        (DAY, "day", "2024-03-06", None, DAY, "page"),
        (DAY, "day", "yesterday", None, DAY, "page"),
        (DAY, "day", None, RAW_DATE, DAY, "page"),
        (None, None, None, RAW_DATE, INSTANT, "feed"),
        (None, None, "yesterday", None, None, None),
    ],
)
def test_the_finer_date_wins(
    own: datetime | None,
    precision: Precision | None,
    published: str | None,
    updated: str | None,
    expected: datetime | None,
    source: str | None,
) -> None:
    """The entry's date counts where it states more; a change dates an article only if nothing else does."""
    page = make_article(published_at=own, published_at_precision=precision, published_at_source="page" if own else None)

    article = complete_from_entry(page, make_entry(published=published, updated=updated), None)

    assert (expected, source) == (article.published_at, article.published_at_source)
    assert (expected is None) == ("bad_date" in article.quality_flags)


def test_a_date_of_publication_is_no_change() -> None:
    """Where a feed has one date for both, nothing was changed."""
    entry = make_entry(published=RAW_DATE, updated=RAW_DATE)

    assert complete_from_entry(make_article(), entry, None).modified_at is None


def test_a_summary_that_begins_the_text_is_no_description() -> None:
    """A teaser that is cut out of the text adds nothing."""
    page = make_article(text="The tunnel below\nthe harbour opened on Monday.")

    assert complete_from_entry(page, make_entry(summary="The tunnel below the harbour […]"), None).description is None


def test_an_entry_makes_an_article() -> None:
    """Without a page, the content is the text, and every value is the feed's."""
    article = article_from_entry(make_raw())

    assert LONG.strip("<p>/ ") == article.text.strip()
    assert ("feed", ("feed_text",)) == (article.extraction_method, article.quality_flags)
    assert ("https://news.example/tunnel", "news.example") == (article.canonical_url, article.domain)
    assert ("https://news.example/rss", 3, SEEN) == (article.source_uri, article.source_offset, article.first_seen_at)
    assert (INSTANT, "second", "feed") == (
        article.published_at,
        article.published_at_precision,
        article.published_at_source,
    )
    assert "The tunnel is open." == article.description
    assert article.id == article_id(article.canonical_url, article.guid, article.content_hash)


def test_a_summary_is_the_text_of_last_resort() -> None:
    """An entry with a summary alone has it as its text, once."""
    article = article_from_entry(make_raw(make_entry(summary="Ferry sinks.", link="https://news.example/f")))

    assert ("Ferry sinks.", None) == (article.text, article.description)
    assert ("feed_text", "no_title", "too_short", "undated") == article.quality_flags


def test_an_entry_without_text() -> None:
    """It is refused where text is required, else it is a record that says so."""
    raw = make_raw(make_entry(title="Ferry sinks"))

    with pytest.raises(ArticleError) as caught:
        article_from_entry(raw)

    assert Reason.NO_TEXT is caught.value.reason
    assert ("feed_text", "no_text", "too_short", "undated") == article_from_entry(raw, require_text=False).quality_flags
    with pytest.raises(ArticleError):
        article_from_entry(make_raw(None), require_text=False)


@pytest.mark.parametrize(
    ("content", "is_full"),
    [
        (LONG, True),
        (None, False),
        ("<p>Short.</p>", False),
        (LONG + "<p>More to come…</p>", False),
        (LONG + "<p>More [&#8230;]</p>", False),
        (LONG + "<p>More ...</p>", False),
        (LONG + '<p><a href="x">Read more</a></p>', False),
        (LONG + '<p>So. <a href="x">Continue reading Tunnel opens &rarr;</a></p>', False),
        (LONG + "<p>Lire la suite</p>", False),
        (LONG + "<p>続きを読む</p>", False),
        (LONG + "<p>She likes to read the full text of a book at home, and then again.</p>", True),
        (LONG + '<p>The post <a href="x">Tunnel</a> appeared first on <a href="y">News</a>.</p>', True),
        (LONG + "<p>Cut […]</p><p>The post Tunnel appeared first on News.</p>", False),
    ],
)
def test_full_text_is_told_from_a_teaser(content: str | None, is_full: bool) -> None:
    """Content that is long and not cut is the whole article."""
    assert is_full == has_full_text(make_entry(content=content, summary="x" * 1_000))


def test_the_line_of_the_blog_software_goes() -> None:
    """What WordPress writes below each entry is no text, nor part of the summary."""
    footer = "The post Tunnel appeared first on News."
    entry = make_entry(content=f"<p>One.</p><p>{footer}</p>", summary=f"In short. {footer}")

    assert ("One.",) == entry_paragraphs(entry)
    assert "In short." == article_from_entry(make_raw(entry)).description


def test_pages_are_completed() -> None:
    """A page that can be used is, with its entry's values; one without an entry is left alone."""
    page = make_article(title=None)

    assert "Tunnel opens" == article_with_entry(make_raw(media_type="text/html"), lambda _: page).title
    assert page is article_with_entry(make_raw(None, media_type="text/html"), lambda _: page)


def test_a_useless_page_gives_way_to_the_full_text() -> None:
    """If the entry has the full text, it stands in for a page without text; else the page's reason stands."""
    raw = make_raw(media_type="text/html")
    teaser = make_raw(make_entry(content="<p>Short.</p>"), media_type="text/html")

    assert "feed" == article_with_entry(raw, refuse(Reason.NO_TEXT)).extraction_method
    for refused in (teaser, make_raw(None, media_type="text/html")):
        with pytest.raises(ArticleError) as caught:
            article_with_entry(refused, refuse(Reason.NO_TEXT))
        assert Reason.NO_TEXT is caught.value.reason


def test_an_entry_alone_needs_no_page() -> None:
    """What has no page is made of its entry, even without text."""
    article = article_with_entry(make_raw(make_entry(title="Ferry sinks")), refuse(Reason.NO_TEXT))

    assert ("Ferry sinks", "") == (article.title, article.text)


ENTRIES = st.builds(
    make_entry,
    title=st.none() | st.text(max_size=9),
    summary=st.none() | st.text(max_size=9),
    content=st.none() | st.text(max_size=9),
    published=st.none() | st.text(max_size=9) | st.just(RAW_DATE),
    link=st.none() | st.text(max_size=9) | st.just("https://news.example/a"),
    language=st.none() | st.text(max_size=9),
)


@settings(deadline=None)
@given(ENTRIES)
def test_any_entry_makes_the_same_article_twice(entry: FeedEntry) -> None:
    """Whatever an entry holds, its article is the same each time, and completing it again changes no value."""
    article = article_from_entry(make_raw(entry), require_text=False)

    assert article == article_from_entry(make_raw(entry), require_text=False)
    assert (article.title, article.text) == (
        (again := complete_from_entry(article, entry, SEEN)).title,
        again.text,
    )
