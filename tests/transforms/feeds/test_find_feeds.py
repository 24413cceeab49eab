"""Discovery: the feeds that pages name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.feeds import FeedLink, find_feeds

URL = "https://news.example/world/"


def found(page: str, *kinds: str) -> list[str]:
    """Return the addresses that a page gives, of these kinds."""
    return [link.url for link in find_feeds(page.encode(), URL) if link.found_in in kinds]


def test_declared_feeds_come_first() -> None:
    """What the page declares comes before what looks like a feed; feeds of comments come last of these."""
    page = """
    <html><head>
      <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
      <link rel="alternate" type="application/atom+xml; charset=utf-8" title=" The  news " href="atom.xml">
      <link rel="alternate" hreflang="de" href="/de/">
      <link rel="alternate" type="application/json" href="/wp-json/posts/1">
      <link rel="alternate" type="application/json" href="/feed.json">
      <link rel="stylesheet" type="text/css" href="/rss.css">
    </head><body><a href="/rss-feeds/sport">Sport</a><a href="/world/atom.xml">again</a></body></html>"""

    links = find_feeds(page.encode(), URL)

    declared = [
        FeedLink(url=f"{URL}atom.xml", title="The news", type="application/atom+xml", found_in="link"),
        FeedLink(url="https://news.example/feed.json", type="application/json", found_in="link"),
        FeedLink(
            url="https://news.example/comments/feed/", title="Comments", type="application/rss+xml", found_in="link"
        ),
        FeedLink(url="https://news.example/rss-feeds/sport", title="Sport", found_in="anchor"),
    ]
    assert declared == [link for link in links if link.found_in != "guess"]
    assert "https://news.example/feed" in {link.url for link in links if link.found_in == "guess"}


@pytest.mark.parametrize(
    ("href", "is_feed"),
    [
        ("/feed/", True),
        ("https://feeds.other.example/news", True),
        ("/index.rdf", True),
        ("/?format=rss", True),
        ("/feedback", False),
        ("/about-rss.html", False),
        ("/seafeeder", False),
        ("mailto:rss@news.example", False),
        ("http://[::1/rss", False),
    ],
)
def test_links_that_look_like_feeds(href: str, is_feed: bool) -> None:
    """An address with the word for a feed counts, unless it names a page or a picture."""
    assert is_feed == bool(found(f'<p>x</p><a href="{href}">x</a>', "anchor"))


def test_base_counts() -> None:
    """Relative addresses hang on the page's base."""
    page = '<base href="https://cdn.example/"><link rel="alternate" type="application/rss+xml" href="rss">'

    assert ["https://cdn.example/rss"] == found(page, "link")


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n", b"   "])
def test_without_a_page_there_are_guesses(body: bytes) -> None:
    """The usual paths come back even if the page can't be read."""
    assert {"guess"} == {link.found_in for link in find_feeds(body, URL)}


@settings(deadline=None)
@given(st.text())
def test_any_page_gives_addresses_once(page: str) -> None:
    """Whatever the page, each address comes once and is one of the web."""
    links = [link.url for link in find_feeds(page.encode("utf-8", "replace"), URL)]

    assert len(set(links)) == len(links)
    assert all(link.startswith(("http://", "https://")) for link in links)
