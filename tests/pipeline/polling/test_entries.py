"""Tests of what an entry is known by, and whether it is fetched."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.polling.entries import (
    MAX_ATTEMPTS,
    Task,
    entry_fingerprint,
    entry_key,
    find_touched,
    judge,
    page_key,
    retry_at,
)
from pipeline.polling.subscriptions import Mode
from pipeline.state import SeenEntry
from tests.strategies import lines
from transforms.records import FeedEntry

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MODES: tuple[Mode, ...] = ("page", "feed", "auto")
FEED = "https://news.example/feed.xml"

entries = st.builds(
    FeedEntry,
    feed_url=st.sampled_from([FEED, "https://other.example/"]),
    position=st.integers(0, 9),
    guid=lines(),
    link=lines(),
    title=lines(),
    summary=lines(),
    content=lines(),
    updated=lines(),
    published=lines(),
)


def entry(**fields: Any) -> FeedEntry:  # noqa: ANN401 - fields of FeedEntry
    """Return an entry."""
    known: dict[str, Any] = {"feed_url": FEED, "position": 0}
    return FeedEntry(**(known | fields))


def task(fingerprint: str = "1", source: str = FEED, kind: Any = "feed") -> Task:  # noqa: ANN401 - a literal
    """Return a task."""
    return Task(
        source_kind=kind,
        source_uri=source,
        source_offset=0,
        url="https://news.example/1",
        mode="page",
        key="k",
        fingerprint=fingerprint,
        first_seen_at=NOW,
    )


def seen(**fields: Any) -> SeenEntry:  # noqa: ANN401 - fields of SeenEntry
    """Return what is known of an entry."""
    known: dict[str, Any] = {
        "key": "k",
        "fingerprint": "1",
        "feed_url": FEED,
        "fate": "done",
        "first_seen_at": NOW,
        "last_seen_at": NOW,
    }
    return SeenEntry(**(known | fields))


@given(entries)
def test_keys_and_fingerprints_are_32_hex_digits(one: FeedEntry) -> None:
    """Whatever an entry holds; and its place in the feed changes neither."""
    moved = dataclasses.replace(one, position=one.position + 1)
    for mode in MODES:
        assert entry_fingerprint(one, mode) == entry_fingerprint(moved, mode)
        assert len(bytes.fromhex(entry_fingerprint(one, mode))) == 16
    assert entry_key(one) == entry_key(moved)
    assert len(bytes.fromhex(entry_key(one))) == 16


def test_an_entry_is_known_by_its_address_however_it_is_written() -> None:
    """Tracking parameters and the feed that names it make no other article."""
    plain = entry(link="https://news.example/1")
    tracked = entry(link="https://NEWS.example/1?utm_source=rss", feed_url="https://other.example/", guid="x")
    assert entry_key(plain) == entry_key(tracked) == page_key("https://news.example/1")


def test_a_site_that_moves_to_https_gives_no_article_anew() -> None:
    """With and without it an address is one article's; another host or path is another's."""
    assert page_key("http://news.example/1") == page_key("https://news.example/1")
    assert page_key("http://news.example/1") != page_key("https://www.news.example/1")


def test_without_an_address_an_entry_is_known_by_its_identifier_then_by_its_text() -> None:
    """Within its feed: another feed may use the same identifier for something else."""
    assert entry_key(entry(guid="1", title="a")) == entry_key(entry(guid="1", title="b"))
    assert entry_key(entry(guid="1")) != entry_key(entry(guid="1", feed_url="https://other.example/"))
    assert entry_key(entry(title="a", summary="s")) != entry_key(entry(title="a", summary="t"))


def test_a_version_changes_with_title_and_update_and_where_it_is_used_with_the_text() -> None:
    """The date of publication makes no version: some feeds write the time of the request there."""
    first = entry(title="a", updated="u", content="c", published="p")
    for mode in MODES:
        known = entry_fingerprint(first, mode)
        others = {
            "title": dataclasses.replace(first, title="x"),
            "updated": dataclasses.replace(first, updated="x"),
            "content": dataclasses.replace(first, content="x"),
            "published": dataclasses.replace(first, published="x"),
        }
        changed = {name: entry_fingerprint(other, mode) != known for name, other in others.items()}
        assert changed == {"title": True, "updated": True, "content": mode == "feed", "published": False}


def touched(old: list[FeedEntry], new: list[FeedEntry], mode: Mode = "page") -> int:
    """Return how many of the new entries tell nothing but a time, by what is known of the old."""

    def as_task(one: FeedEntry) -> Task:
        return dataclasses.replace(task(entry_fingerprint(one, mode), one.feed_url), key=entry_key(one))

    known = {entry_key(one): seen(key=entry_key(one), fingerprint=entry_fingerprint(one, mode)) for one in old}
    return len(find_touched([(as_task(one), known.get(entry_key(one))) for one in new]))


def test_a_feed_that_writes_the_time_of_the_request_tells_nothing_new() -> None:
    """If all of ten known entries have another time and no other title, they are as they were; new ones are new."""
    old = [entry(link=f"https://news.example/{number}", title=f"{number}", updated="1") for number in range(20)]
    again = [dataclasses.replace(one, updated="2") for one in old]
    assert 20 == touched(old, again)
    assert 20 == touched(old, [*again, entry(link="https://news.example/new", title="new", updated="2")])
    assert 10 == touched(old, again[:10])
    assert 0 == touched(old, again[:9])
    assert 0 == touched(old, old)


def test_entries_that_were_edited_are_new_versions() -> None:
    """Some of a feed with another time, all with another title, or those of another feed, are no habit of the feed."""
    old = [entry(link=f"https://news.example/{number}", title=f"{number}", updated="1") for number in range(20)]
    edited = [dataclasses.replace(one, updated="2") for one in old]
    assert 0 == touched(old, [*edited[:17], *old[17:]])
    assert 0 == touched(old, [dataclasses.replace(one, title="x") for one in edited])
    assert 0 == touched(old, [dataclasses.replace(one, feed_url="https://other.example/") for one in edited])


def test_a_server_that_is_down_for_a_day_costs_no_article() -> None:
    """However often a job runs, the five attempts at a page span more than a day; the second comes at once."""
    now = NOW
    for attempts in range(1, MAX_ATTEMPTS):
        now = max(now + timedelta(minutes=1), retry_at(attempts, None, now) or now)
    assert now - NOW > timedelta(hours=30)
    assert retry_at(1, None, NOW) is None


@given(st.integers(1, MAX_ATTEMPTS), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_page_is_not_asked_for_before_its_server_wants_it(attempts: int, asked: timedelta) -> None:
    """The longer of both pauses counts."""
    assert (retry_at(attempts, NOW + asked, NOW) or NOW) == max(NOW + asked, retry_at(attempts, None, NOW) or NOW)


@pytest.mark.parametrize(
    ("known", "one", "is_forced", "verdict"),
    [
        (None, task(), False, "get"),
        (seen(), task(), False, "duplicate"),
        (seen(), task("2"), False, "get"),
        (seen(), task("2", "https://other.example/"), False, "duplicate"),
        (seen(), task("", "https://news.example/1", "url"), False, "duplicate"),
        (seen(fingerprint=""), task("2"), False, "duplicate"),
        (seen(), task(), True, "duplicate"),
        (seen(fate="dead"), task(), False, "dead_earlier"),
        (seen(fate="dead"), task("2"), False, "get"),
        (seen(fate="dead"), task(), True, "get"),
        (seen(fate="retry"), task(), False, "get"),
        (seen(fate="retry", not_before=NOW), task(), False, "get"),
        (seen(fate="retry", not_before=NOW + timedelta(seconds=1)), task(), False, "not_before"),
        (seen(fate="retry", not_before=NOW + timedelta(seconds=1)), task(), True, "get"),
    ],
)
def test_what_is_known_decides(known: SeenEntry | None, one: Task, is_forced: bool, verdict: str) -> None:
    """New entries and new versions are fetched, and what failed when it may be tried; what is there is not."""
    assert verdict == judge(known, one, NOW, is_forced=is_forced)
