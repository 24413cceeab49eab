"""Sitemaps: plain ones, those of news, and indexes."""

import pytest

from transforms.errors import ArticleError, Reason
from transforms.feeds import parse_feed
from transforms.records import FeedEntry, Image

URL = "https://news.example/sitemap.xml"
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc> https://news.example/tunnel?a=1&amp;b=2 </loc>
    <lastmod>2024-03-06</lastmod>
    <n:news>
      <n:publication><n:name>Harbour News</n:name><n:language>en</n:language></n:publication>
      <n:publication_date>2024-03-05T14:30:00+01:00</n:publication_date>
      <n:title>Tunnel &amp; ferry</n:title>
      <n:keywords>Harbour, Tunnel,, Harbour</n:keywords>
    </n:news>
    <image:image><image:loc>/i.jpg</image:loc></image:image>
  </url>
  <!-- <url/> -->
  <url><loc>/two</loc></url>
</urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://news.example/news.xml</loc></sitemap><sitemap><loc>/old.xml.gz</loc></sitemap></sitemapindex>"""


def test_a_news_sitemap_is_read() -> None:
    """What the news and image extensions state has its place, whatever prefix they have."""
    feed = parse_feed(NEWS.encode(), url=URL)

    assert ("sitemap", False, None) == (feed.kind, feed.is_truncated, feed.bozo)
    assert "https://news.example/two" == feed.entries[1].link
    assert feed.entries[0] == FeedEntry(
        feed_url=URL,
        feed_title="Harbour News",
        position=0,
        link="https://news.example/tunnel?a=1&b=2",
        title="Tunnel & ferry",
        categories=("Harbour", "Tunnel"),
        images=(Image(url="https://news.example/i.jpg"),),
        language="en",
        published="2024-03-05T14:30:00+01:00",
        updated="2024-03-06",
    )


def test_an_undeclared_prefix_does_no_harm() -> None:
    """A sitemap of news that does not declare its prefix is read all the same."""
    body = b"<urlset><url><loc>/a</loc><news:news><news:title>Tunnel</news:title></news:news></url></urlset>"

    assert "Tunnel" == parse_feed(body, url=URL).entries[0].title


def test_an_index_names_its_sitemaps() -> None:
    """The sitemaps of an index are its children, as absolute addresses."""
    feed = parse_feed(INDEX.encode(), url=URL)

    assert ("sitemap_index", ()) == (feed.kind, feed.entries)
    assert ("https://news.example/news.xml", "https://news.example/old.xml.gz") == feed.children


def test_a_cut_sitemap_keeps_its_first_addresses() -> None:
    """The address in which a sitemap ends is left out, since it may not be whole."""
    feed = parse_feed(NEWS[: NEWS.index("/two") + 3].encode(), url=URL)

    assert ["https://news.example/tunnel?a=1&b=2"] == [entry.link for entry in feed.entries]
    assert feed.is_truncated


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<urlset><url><loc>https://news.exam", Reason.BAD_XML),
        (b"<urlset>" + b"<url><loc>/a</loc></url>" * 2_001 + b"</urlset>", Reason.TOO_LARGE),
    ],
)
def test_useless_sitemaps_are_refused(body: bytes, expected: Reason) -> None:
    """A sitemap without a whole address, or with too many, has its reason."""
    with pytest.raises(ArticleError) as caught:
        parse_feed(body, url=URL)

    assert expected is caught.value.reason


def test_entities_of_a_sitemap_are_not_resolved() -> None:
    """No file gets into a sitemap."""
    body = b"<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>/a&x;b</loc></url></urlset>"

    assert "https://news.example/a&x;b" == parse_feed(body, url=URL).entries[0].link
