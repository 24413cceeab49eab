"""Extraction of what feed entries led to."""

from typing import Any

from transforms.errors import Reason
from transforms.extract import ARTICLES, DEAD_LETTERS, ExtractArticles
from transforms.records import Article, FeedEntry, RawArticle

PARAGRAPH = "The council of the small town voted on Monday to close the old bridge for repairs that will take a year. "
PAGE = f"<html><head><title>Bridge closes</title></head><body><article><p>{PARAGRAPH * 3}</p></article></body></html>"
ENTRY = FeedEntry(
    feed_url="https://news.example/rss",
    position=0,
    link="https://go.example/1",
    title="Bridge",
    content=f"<p>{PARAGRAPH * 5}</p>",
    published="Tue, 05 Mar 2024 14:30:00 +0100",
)


def raw(body: str, **fields: Any) -> RawArticle:  # noqa: ANN401 - any field of RawArticle
    """Return a page that the entry led to."""
    plain: dict[str, Any] = {"source_kind": "feed", "source_uri": ENTRY.feed_url, "media_type": "text/html"}
    return RawArticle(**(plain | {"body": body.encode(), "url": ENTRY.link, "entry": ENTRY} | fields))


def outline(article: Article) -> tuple[str | None, str, str | None, str | None]:
    """Return the title, the method, the address and the source of the date."""
    return article.title, article.extraction_method, article.canonical_url, article.published_at_source


def test_entries_complete_and_replace_pages() -> None:
    """Pages are completed, useless ones give way to the entry's text, and what has neither is a dead letter."""
    raws = [
        raw(PAGE, final_url="https://news.example/bridge"),
        raw("<html><body></body></html>"),
        raw("", media_type="application/feed-entry"),
        raw("<html><body></body></html>", entry=None),
    ]

    found = raws | ExtractArticles()

    assert [outline(article) for article in found[ARTICLES]] == [
        ("Bridge closes", "trafilatura", "https://news.example/bridge", "feed"),
        ("Bridge", "feed", "https://go.example/1", "feed"),
        ("Bridge", "feed", "https://go.example/1", "feed"),
    ]
    assert [Reason.NO_TEXT] == [letter.reason for letter in found[DEAD_LETTERS]]
