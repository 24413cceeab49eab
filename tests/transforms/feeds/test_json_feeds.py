"""JSON Feed: what is read, what is tolerated, what is salvaged."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.errors import ArticleError, Reason
from transforms.feeds import ParsedFeed, parse_feed
from transforms.records import Author, FeedEntry, Image

URL = "https://news.example/feed.json"
ITEM = {
    "id": "1",
    "url": "/a",
    "external_url": "https://other.example/",
    "title": "AT&T <b> wins",
    "content_html": '<p>Read <a href="b">this</a>.</p>',
    "summary": "In short.",
    "image": "/i.png",
    "date_published": "2024-03-05T14:30:00+01:00",
    "date_modified": "2024-03-06T00:00:00Z",
    "authors": [{"name": "Ana Roe", "url": "https://ana.example/"}, {"name": "Jo Poe"}, {"url": "x"}],
    "tags": ["Harbour", "Harbour", 7, "Tunnel"],
    "language": "fr",
    "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg"}, {"url": "/b.png", "mime_type": "image/png"}],
}
FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Harbour",
    "home_page_url": "https://news.example/",
    "language": "en",
    "author": {"name": "Desk"},
    "items": [ITEM, {"id": "https://news.example/2", "content_text": "1 < 2\nand more"}],
}


def read(values: Any) -> ParsedFeed:  # noqa: ANN401 - any JSON
    """Parse a document with these values."""
    return parse_feed(json.dumps(values).encode(), url=URL)


def test_an_item_is_read_whole() -> None:
    """Every value of an item has its place, and titles are text."""
    assert read(FEED).entries[0] == FeedEntry(
        feed_url=URL,
        feed_title="Harbour",
        position=0,
        guid="1",
        link="https://news.example/a",
        title="AT&T <b> wins",
        summary="In short.",
        content='<p>Read <a href="https://news.example/b">this</a>.</p>',
        authors=(Author(name="Ana Roe", url="https://ana.example/"), Author(name="Jo Poe")),
        categories=("Harbour", "Tunnel"),
        images=(Image(url="https://news.example/i.png"), Image(url="https://news.example/b.png")),
        enclosures=("https://news.example/a.mp3", "https://news.example/b.png"),
        language="fr",
        published="2024-03-05T14:30:00+01:00",
        updated="2024-03-06T00:00:00Z",
    )


def test_what_an_item_lacks_is_the_feeds() -> None:
    """Author and language of the feed stand in, an id that is an address is the link, text becomes HTML."""
    feed = read(FEED)
    second = feed.entries[1]

    assert ("json_feed", "Harbour", "https://news.example/") == (feed.kind, feed.title, feed.site_url)
    assert ("https://news.example/2", (Author(name="Desk"),), "en") == (second.link, second.authors, second.language)
    assert "1 &lt; 2<br>\nand more" == second.content


@pytest.mark.parametrize(
    "item",
    [
        {"id": 7, "title": 3.5, "authors": "Ana", "tags": "x", "attachments": {}, "image": [], "url": None},
        {"authors": [None, 1, {"name": None}], "tags": [None, {}], "attachments": [7, {"url": 1}], "summary": True},
    ],
)
def test_wrong_types_are_tolerated(item: dict[str, Any]) -> None:
    """A value of a wrong type counts as missing, and what is no item is passed over."""
    (entry,) = read({"items": ["no item", None, item]}).entries

    assert ((), ()) == (entry.authors, entry.categories)
    assert entry.guid in ("7", None)


def test_the_last_of_two_keys_counts() -> None:
    """Duplicate keys are no error."""
    body = b'{"items": [{"id": "1", "title": "Old", "title": "New"}]}'

    assert "New" == parse_feed(body, url=URL).entries[0].title


def test_a_cut_document_keeps_its_first_items() -> None:
    """Items before the cut stay, and the cut is told."""
    text = json.dumps(FEED)

    feed = parse_feed(text[: text.index('"content_text"')].encode(), url=URL)

    assert ["1"] == [entry.guid for entry in feed.entries]
    assert feed.is_truncated


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"items": 7}', Reason.NOT_A_FEED),
        (b'{"title": "x"}', Reason.NOT_A_FEED),
        (b'{"items": [', Reason.NOT_A_FEED),
        (b'{"items": [' + b"[" * 100_000, Reason.NOT_A_FEED),
        (b'{"items": [{"id": ' + b"9" * 5_000 + b"}]}", Reason.NOT_A_FEED),
        (b'{"items": [' + b"{}," * 2_001, Reason.TOO_LARGE),
        (json.dumps({"items": [{}] * 2_001}).encode(), Reason.TOO_LARGE),
    ],
)
def test_what_is_no_json_feed_is_refused(body: bytes, expected: Reason) -> None:
    """Each kind of useless document has its reason."""
    with pytest.raises(ArticleError) as caught:
        parse_feed(body, url=URL)

    assert expected is caught.value.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FEED, *ITEM, "name"]), inner),
)


@settings(deadline=None, max_examples=30)
@given(JSON, st.lists(st.dictionaries(st.sampled_from(list(ITEM)), JSON)))
def test_any_json_is_a_feed_or_refused(extra: Any, items: list[Any]) -> None:  # noqa: ANN401 - any JSON
    """Whatever values a document has, its items are entries."""
    assert len(items) == len(read({"author": extra, "title": extra, "items": items}).entries)
