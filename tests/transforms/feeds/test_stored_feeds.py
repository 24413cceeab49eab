"""The feeds of the evaluation kit, where it is: expected values, and 10,000 mutations."""

import html
import json
import os
import random
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import ArticleError
from transforms.feed_dates import parse_feed_date
from transforms.feeds import parse_feed
from transforms.html_text import html_paragraphs
from transforms.records import FeedEntry

ROOT = Path(__file__).parents[3]
CANDIDATES = (os.environ.get("NEWSBEAM_EVAL"), ROOT.parent / "shared" / "eval", ROOT.parents[1] / "shared" / "eval")
FEEDS = next((Path(found) / "feeds" for found in CANDIDATES if found and (Path(found) / "feeds").is_dir()), None)
NOT_AS_FEEDPARSER = {
    # A stray byte makes feedparser read UTF-8 as Latin 2.
    ("encoding/bozo_linenoise.xml", "summary"),
    # A script without a start leaks into feedparser's text.
    ("wellformed/sanitize/entry_summary_crazy.xml", "summary"),
    ("wellformed/sanitize/entry_title_crazy.xml", "title"),
    ("wellformed/sanitize/item_description_crazy.xml", "summary"),
}
MUTATIONS = 10_000

needs_feeds = pytest.mark.skipif(FEEDS is None, reason="the evaluation kit is not here; NEWSBEAM_EVAL names its folder")


class _Text(HTMLParser):
    """Collects the text of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(markup: str) -> str:
    """Return the text of HTML without any space."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", "".join(parser.parts)))


def is_same(expected: str, text: str | None) -> bool:
    """Whether a text is what the expected text or HTML says."""
    return plain(expected) in (plain(text or ""), plain(html.escape(text or "")))


def body_text(entry: FeedEntry) -> str:
    """Return the content of an entry as text."""
    return "\n\n".join(html_paragraphs(entry.content or ""))


def is_time(expected: str, raw: str | None) -> bool:
    """Whether a date as written is the expected instant."""
    parsed = parse_feed_date(raw or "")
    return parsed is not None and datetime.fromisoformat(expected) == parsed.at


CHECKS: dict[str, Callable[[Any, FeedEntry], bool]] = {
    "title": lambda title, entry: is_same(title, entry.title),
    # feedparser gives the content as the summary where there is none.
    "summary": lambda summary, entry: is_same(summary, entry.summary) or is_same(summary, body_text(entry)),
    "content": lambda contents, entry: is_same(max(contents, key=len), body_text(entry)),
    "link": lambda link, entry: link == entry.link,
    "id": lambda guid, entry: guid == entry.guid,
    "authors": lambda names, entry: [name for name in names if name] == [author.name for author in entry.authors],
    "author": lambda text, entry: not entry.authors or entry.authors[-1].name in text,
    "categories": lambda words, entry: words == list(entry.categories),
    "enclosures": lambda urls, entry: urls == list(entry.enclosures),
    "language": lambda code, entry: code == entry.language,
    "published": lambda time, entry: is_time(time, entry.published),
    "updated": lambda time, entry: is_time(time, entry.updated),
}


@needs_feeds
def test_stored_feeds_have_the_expected_values() -> None:
    """Each value that feedparser finds and the feed's own author expects is found, but for four that are no text."""
    assert FEEDS is not None
    wrong = set()
    for line in (FEEDS / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        headers = gold.get("headers", {})
        feed = parse_feed(
            (FEEDS / "files" / gold["file"]).read_bytes(),
            url=headers.get("content-location", f"http://feeds.example/{gold['file']}"),
            content_type=headers.get("content-type"),
            content_language=headers.get("content-language"),
        )
        assert len(gold["entries"]) == len(feed.entries), gold["file"]
        pairs = zip(gold["entries"], feed.entries, strict=True)
        values = [(field, value, entry) for expected, entry in pairs for field, value in expected.items()]
        wrong |= {(gold["file"], field) for field, value, entry in values if not CHECKS[field](value, entry)}

    assert NOT_AS_FEEDPARSER == wrong


def mutate(body: bytes, chance: random.Random) -> bytes:
    """Return a feed with a few bytes changed, removed, doubled or cut off."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(body) + 1)
        end = min(len(body), start + chance.choice((1, 1, 4, 40)))
        body = chance.choice(
            (
                body[:start] + chance.randbytes(end - start) + body[end:],
                body[:start] + body[end:],
                body[:start]
                + chance.choice((b"<", b">", b"&", b"]]>", b"<![CDATA[", b'"', b"\0", b"\xff"))
                + body[end:],
                body[:end] + body[start:],
                body[:start],
            )
        )
    return body


@needs_feeds
@pytest.mark.slow
def test_mutated_feeds_never_raise() -> None:
    """Ten thousand damaged feeds give a feed or an ArticleError, and no more entries than their bytes begin."""
    assert FEEDS is not None
    bodies = [path.read_bytes() for path in sorted((FEEDS / "files").rglob("*.xml")) if path.stat().st_size < 20_000]
    chance = random.Random(6)
    for _ in range(MUTATIONS):
        body = mutate(chance.choice(bodies), chance)
        try:
            feed = parse_feed(body, url="http://feeds.example/mutated.xml")
        except ArticleError:
            continue
        begun = len(re.findall(rb"<\0?[^<>]{0,40}?(?:i\0?t\0?e\0?m|e\0?n\0?t\0?r\0?y)", body, re.IGNORECASE))
        assert len(feed.entries) <= begun, body
