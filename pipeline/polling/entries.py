"""What a feed entry or a page is known by, and whether it has to be fetched."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pipeline.polling.subscriptions import Mode
from pipeline.state import SeenEntry
from transforms.identity import hash_fields
from transforms.records import FeedEntry
from transforms.urls import canonical_url

MAX_ATTEMPTS: Final = 5
"""A page that failed so often, in as many runs, is not asked for again."""

_RETRY_PAUSES: Final = (timedelta(0), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))

_HASH_CHARS: Final = 32
_MIN_TOUCHED: Final = 10
_TOUCHED_SHARE: Final = 0.9
# A site that moves to https must not give all its articles anew.
_SCHEME: Final = re.compile(r"\Ahttps?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An article to get: the entry of a feed, or a page that the job names.

    Attributes:
        source_kind: `feed` or `url`.
        source_uri: address of the feed, or of the page.
        source_offset: place in the feed; 0 for a page.
        url: address of the page, None for an entry without one.
        mode: where the text comes from.
        key: names it in the state.
        fingerprint: of this version of the entry.
        attempts: how often it has been tried, this time included.
        first_seen_at: when it was first seen.
        entry: None for a page that the job names.
    """

    source_kind: Literal["feed", "url"]
    source_uri: str
    source_offset: int
    url: str | None
    mode: Mode
    key: str
    fingerprint: str
    attempts: int = 1
    first_seen_at: datetime
    entry: FeedEntry | None = None


def page_key(url: str) -> str:
    """Return what a page is known by, however its address is written, and whether it begins with http or https."""
    return hash_fields(_SCHEME.sub("", canonical_url(url) or url))[:_HASH_CHARS]


def entry_key(entry: FeedEntry) -> str:
    """Return what an entry is known by: its address, else its identifier in the feed, else its content.

    Identifiers do not come first: feeds give one to several articles.
    """
    if entry.link:
        return page_key(entry.link)
    if entry.guid:
        return hash_fields(entry.feed_url, entry.guid)[:_HASH_CHARS]
    return hash_fields(entry.feed_url, entry.title or "", entry.content or entry.summary or "")[:_HASH_CHARS]


def entry_fingerprint(entry: FeedEntry, mode: Mode) -> str:
    """Return a hash that changes with the entry's version; its second half with the time of the last change only.

    The date of publication does not count: some feeds write the time of the request there. The text counts where it is
    what is used.
    """
    content = entry.content or entry.summary or "" if mode == "feed" else ""
    half = _HASH_CHARS // 2
    return hash_fields(entry.title or "", content)[:half] + hash_fields(entry.updated or "")[:half]


def find_touched(pairs: Sequence[tuple[Task, SeenEntry | None]]) -> frozenset[str]:
    """Return the keys of a feed's entries whose time of the last change says nothing.

    Some feeds write the time of the request there, or of the last change of the site: then all entries have a new one
    at once, and nothing else about them is new. To fetch all pages anew at each poll would be rude.

    Args:
        pairs: the entries of a feed, and what is known of each.
    """
    half = _HASH_CHARS // 2
    known = [
        (task, seen)
        for task, seen in pairs
        if seen is not None and seen.fingerprint and seen.feed_url == task.source_uri
    ]
    touched = [
        task.key
        for task, seen in known
        if task.fingerprint != seen.fingerprint and task.fingerprint[:half] == seen.fingerprint[:half]
    ]
    is_all = len(known) >= _MIN_TOUCHED and len(touched) >= _TOUCHED_SHARE * len(known)
    return frozenset(touched) if is_all else frozenset()


def retry_at(attempts: int, not_before: datetime | None, now: datetime) -> datetime | None:
    """Return when a page that failed is asked for again at the earliest, None for the next run.

    The next run tries once more; then the pauses grow, so that a server that is down for a day costs no article,
    however often the job runs.

    Args:
        attempts: how often the page was tried.
        not_before: when the server wants to be asked again at the earliest.
        now: time of the poll.
    """
    pause = _RETRY_PAUSES[min(attempts, len(_RETRY_PAUSES)) - 1]
    ends = [end for end in (not_before, now + pause if pause else None) if end is not None]
    return max(ends, default=None)


Verdict = Literal["get", "duplicate", "dead_earlier", "not_before"]


def judge(seen: SeenEntry | None, task: Task, now: datetime, *, is_forced: bool = False) -> Verdict:
    """Say what to do with an entry.

    Only the feed in which an article was first seen may tell of a new version of it: another feed that names the same
    article words its title in its own way.

    Args:
        seen: what is known of it.
        task: the version at hand.
        now: time of the poll.
        is_forced: whether what is dead or waits is tried all the same.
    """
    if seen is None:
        return "get"
    is_its_feed = task.source_kind == "feed" and seen.feed_url == task.source_uri
    if is_its_feed and seen.fingerprint not in {"", task.fingerprint}:
        return "get"
    if seen.fate == "done":
        return "duplicate"
    if is_forced:
        return "get"
    if seen.fate == "dead":
        return "dead_earlier"
    return "not_before" if seen.not_before is not None and seen.not_before > now else "get"
