"""OPML: the feeds of a list."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.opml import FeedSubscription, parse_opml

OPML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="News"><outline text="Häfen" title="Häfen">
    <outline type="rss" text="Harbour &amp; Town" xmlUrl="https://news.example/rss" htmlUrl="https://news.example/"/>
    <outline type="rss" text="No address"/>
  </outline></outline>
  <outline xmlurl="feed://blog.example/atom" text="Blog" category="/Tech/Web,Own"/>
  <outline text="Again"><outline xmlUrl="https://news.example/rss"/></outline>
  <outline text="Page" type="link" url="https://page.example/"/>
  <outline text="Local" xmlUrl="/etc/passwd"/>
</body></opml>"""


def test_folders_become_tags() -> None:
    """Feeds come in order, each once, with the names of all their folders and categories."""
    assert parse_opml(OPML.encode("latin-1")) == (
        FeedSubscription(url="https://news.example/rss", title="Harbour & Town", tags=("News", "Häfen", "Again")),
        FeedSubscription(url="http://blog.example/atom", title="Blog", tags=("Tech Web", "Own")),
    )


def test_a_list_without_feeds_is_empty() -> None:
    """A well-formed list without feeds is no error."""
    assert () == parse_opml(b"<opml><body/></opml>")


def test_what_can_be_read_of_a_broken_list_is_used() -> None:
    """An unescaped ampersand costs no feed."""
    body = b'<opml><body><outline xmlUrl="https://a.example/?a=1&b=2" text="A & B"/></body></opml>'

    assert ["https://a.example/?a=1"] == [feed.url[:22] for feed in parse_opml(body)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not readable XML"),
        (b"<rss><channel/></rss>", "it begins with <rss>, not with <opml>"),
        (b"<html><body>", "it begins with <html>"),
        (b"<opml><body><outline xmlUrl=", "the OPML file is broken"),
        (b"<?xml version='1.0' encoding='klingon'?><opml/>", "OPML"),
        (b" " * 15_000_001, "at most 15000000 are read"),
    ],
)
def test_what_is_no_opml_is_refused(body: bytes, message: str) -> None:
    """The error says what was found instead."""
    with pytest.raises(ValueError, match=message):
        parse_opml(body)


def test_entities_get_nothing_in() -> None:
    """No file gets into a list, and folders may be as deep as they like."""
    deep = b"<outline text='x'>" * 1_000
    body = b"<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><opml><body><outline text='&x;'/>" + deep

    with pytest.raises(ValueError, match="broken"):
        parse_opml(body)


@settings(deadline=None)
@given(
    st.binary() | st.text().map(lambda text: f"<opml><body><outline {text}</body></opml>".encode("utf-8", "replace"))
)
def test_any_bytes_are_a_list_or_refused(body: bytes) -> None:
    """No bytes raise anything but a ValueError."""
    try:
        feeds = parse_opml(body)
    except ValueError:
        return
    assert all(feed.url.startswith(("http://", "https://")) for feed in feeds)
