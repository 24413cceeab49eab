"""Extraction: pages and texts to articles."""

import contextlib
import dataclasses
import json
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import ArticleError, Reason
from transforms.extract import ExtractArticles, PageLimits, extract_article
from transforms.records import Article, Author, FieldSource, RawArticle

GOLDEN_PAGES = sorted(Path("tests/data/pages").glob("*.html"))
PARAGRAPH = "The council of the small town voted on Monday to close the old bridge for repairs that will take a year. "
PAGE = (
    "<html><head><title>Bridge closes</title></head>"
    f"<body><article><h1>Bridge closes</h1><p>{PARAGRAPH * 3}</p></article></body></html>"
)


def raw_page(page: str | bytes, **fields: Any) -> RawArticle:  # noqa: ANN401 - any field of RawArticle
    """Return a stored page."""
    body = page if isinstance(page, bytes) else page.encode()
    given: dict[str, Any] = {"source_kind": "html", "source_uri": "a.html", "media_type": "text/html", "body": body}
    return RawArticle(**(given | fields))


def raw_text(text: str, **fields: Any) -> RawArticle:  # noqa: ANN401 - any field of RawArticle
    """Return a stored text."""
    return raw_page(text, **({"source_kind": "text", "source_uri": "a.txt", "media_type": "text/plain"} | fields))


def plain(article: Article) -> dict[str, Any]:
    """Return the fields of an article that have a value, as JSON would write them."""
    fields = json.loads(json.dumps(dataclasses.asdict(article), default=str))
    return {name: value for name, value in fields.items() if value not in (None, [])}


def refusal(raw: RawArticle, limits: PageLimits | None = None) -> Reason:
    """Return why an article is refused."""
    with pytest.raises(ArticleError) as raised:
        extract_article(raw, limits or PageLimits())
    return raised.value.reason


@pytest.mark.parametrize("page", GOLDEN_PAGES, ids=lambda page: page.stem)
def test_golden_pages_give_what_stands_beside_them(page: Path, request: pytest.FixtureRequest) -> None:
    """Each page gives the article in the JSON file beside it; `--write-golden` writes these anew."""
    found = plain(extract_article(raw_page(page.read_bytes(), source_uri=page.name)))
    expected = page.with_suffix(".json")
    if request.config.getoption("--write-golden"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(expected.read_text(encoding="utf-8")) == found


def test_there_are_golden_pages() -> None:
    """The golden pages are where the tests look for them."""
    assert 6 <= len(GOLDEN_PAGES)


def test_what_the_container_states_goes_first() -> None:
    """Title, URL, time and language of the container win over the page's, and provenance says so."""
    raw = raw_page(
        PAGE,
        url="https://example.org/bridge?utm_source=x",
        title="The bridge",
        published_at="2026-03-01T10:00:00+01:00",
        language="en-GB",
        guid="42",
    )
    article = extract_article(raw)
    assert ("The bridge", "en", "42") == (article.title, article.language, article.guid)
    assert "2026-03-01 09:00:00+00:00" == str(article.published_at)
    assert ("second", "record") == (article.published_at_precision, article.published_at_source)
    assert ("https://example.org/bridge", "example.org") == (article.canonical_url, article.domain)
    assert {"title", "url", "published_at", "language"} == {p.field for p in article.provenance if p.source == "record"}
    assert FieldSource(field="text", source="page") in article.provenance


def test_a_canonical_link_home_is_not_believed() -> None:
    """A page whose canonical link names the site's front page keeps its own address."""
    page = PAGE.replace("<head>", '<head><link rel="canonical" href="https://example.org/">')
    article = extract_article(raw_page(page, url="https://example.org/news/bridge"))
    assert "https://example.org/news/bridge" == article.canonical_url


def test_deep_pages_keep_their_text() -> None:
    """A page nested 600 levels deep, past libxml2's default limit, keeps its text."""
    deep = "<div>" * 600 + f"<p>{PARAGRAPH * 4}</p>" + "</div>" * 600
    article = extract_article(raw_page(f"<html><body><article>{deep}</article></body></html>"))
    assert "close the old bridge" in article.text


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (raw_page(b""), Reason.EMPTY_INPUT),
        (raw_page(b"  \n "), Reason.EMPTY_INPUT),
        (raw_page(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3 binary"), Reason.BINARY_INPUT),
        (raw_page("<html><body></body></html>"), Reason.NO_TEXT),
        (raw_page("<!-- nothing -->"), Reason.NO_TEXT),
        (raw_text(""), Reason.EMPTY_INPUT),
        (raw_page("<p>a</p>" * 20_001), Reason.TOO_MANY_ELEMENTS),
        (raw_page("<div>" * 1_001 + "a"), Reason.TOO_DEEP),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else "",
)
def test_what_is_no_article_is_refused_with_its_reason(raw: RawArticle, reason: Reason) -> None:
    """Empty, binary, textless and oversized inputs each have their own reason."""
    assert reason == refusal(raw)


def test_limits_can_be_changed() -> None:
    """A page within its limits is read, one element more and it is refused."""
    page = raw_page(PAGE)
    assert extract_article(page, PageLimits(max_elements=7)).text
    assert Reason.TOO_MANY_ELEMENTS == refusal(page, PageLimits(max_elements=6))
    with pytest.raises(ValueError, match="max_depth must be at least 1, got 0"):
        PageLimits(max_depth=0)


@given(st.text(max_size=300))
def test_any_text_gives_an_article_or_a_reason(text: str) -> None:
    """Whatever a text file holds, the result is an article with text or a named reason."""
    with contextlib.suppress(ArticleError):
        assert extract_article(raw_text(text.encode("utf-8", "replace").decode())).text.strip()


@given(st.text(alphabet="<>/=\"'& apdivscrt\n\x00é", max_size=200))
def test_any_page_gives_an_article_or_a_reason(page: str) -> None:
    """Whatever a page holds, the result is an article with text or a named reason."""
    with contextlib.suppress(ArticleError):
        assert extract_article(raw_page(page)).text.strip()


def test_flags_say_what_is_doubtful() -> None:
    """A short text without headline and with an unreadable date carries four flags, sorted."""
    article = extract_article(raw_text("A short note without a headline.", published_at="last Tuesday"))
    assert ("bad_date", "no_title", "too_short", "undated") == article.quality_flags


def test_plain_text_is_parsed_into_parts() -> None:
    """Headline, dek, byline, date and caption of a text go to their fields."""
    text = (
        "Bridge closes for a year\n\nRepairs begin in May\n\nBy Ada Moreau\n\n2026-02-03\n\n"
        f"The old bridge. (Photo: Jon Berg)\n\n{PARAGRAPH * 2}\n\n{PARAGRAPH}"
    )
    article = extract_article(raw_text(text))
    assert ("Bridge closes for a year", "Repairs begin in May") == (article.title, article.description)
    assert (Author(name="Ada Moreau"),) == article.authors
    assert ("2026-02-03 00:00:00+00:00", "day") == (str(article.published_at), article.published_at_precision)
    assert "Jon Berg" == article.images[0].credit
    assert article.text.startswith("The council of the small town")


def test_extract_articles_splits_articles_and_dead_letters() -> None:
    """The PTransform gives articles and dead letters apart, each input exactly once, with what the options ask."""
    inputs = [raw_page(PAGE, source_offset=1), raw_page("<p></p>", source_offset=2)]
    inputs += [raw_text("Too short.", source_offset=3), raw_text(PARAGRAPH * 2, source_offset=4)]
    extracted = inputs | ExtractArticles(min_text_chars=50, drop_flags=("no_title",))
    assert [1] == [article.source_offset for article in extracted["articles"]]
    dead = {letter.source_offset: letter.reason for letter in extracted["dead_letters"]}
    assert {2: Reason.NO_TEXT, 3: Reason.TOO_SHORT, 4: Reason.DROPPED_FLAG} == dead


def test_extract_articles_refuses_other_elements() -> None:
    """Anything but a RawArticle is refused when the pipeline is built."""
    with pytest.raises(TypeCheckError):
        beam.Pipeline() | beam.Create(["a page"]) | ExtractArticles()
    with pytest.raises(ValueError, match="min_text_chars must be at least 0, got -1"):
        ExtractArticles(min_text_chars=-1)
