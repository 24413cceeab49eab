"""The articles of a poll: each is got once, whatever leads to it, and goes into the spool; else the ledger says why."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pipeline.fetch import Disallowed, Failed, Fetched, Fetcher, Outcome, Request, is_page
from pipeline.polling.entries import MAX_ATTEMPTS, Task, Verdict, find_touched, judge, retry_at
from pipeline.sources.spool import Spooled, SpoolWriter, read_whole_lines
from pipeline.staging import LedgerEntry, to_ledger_entry
from pipeline.state import SeenEntries, SeenEntry
from transforms.completion import FEED_ENTRY_TYPE, has_full_text
from transforms.errors import ArticleError, Reason
from transforms.records import DeadLetter, FeedEntry, RawArticle

_End = Callable[[Task], None]


class Articles:
    """What is got of feeds' entries and of pages that no feed names.

    Args:
        seen: what is known of entries.
        folder: of the spool.
        now: time of the poll.
        is_forced: whether dead and waiting entries are asked for all the same.
        waiting: entries whose pages earlier runs could not have.

    Attributes:
        inputs: kind of source to number of articles, those of an interrupted run included.
        ledger: those that did not become a page.
        entries: key to what is known now of entries that need no page: seen again, or failed.
        spooled: what is in the spool, without bodies.
        later: key to the entries whose pages are to be tried again.
        dead: number of dead letters.
        size_bytes: of all pages, decoded.
    """

    def __init__(
        self, seen: SeenEntries, folder: Path, now: datetime, *, is_forced: bool = False, waiting: Sequence[Task] = ()
    ) -> None:
        self._seen = seen
        self._now = now
        self._is_forced = is_forced
        self.spooled = [_without_body(spooled) for spooled in read_whole_lines(folder)]
        self._spool = SpoolWriter(folder)
        self.inputs = Counter(spooled.article.source_kind for spooled in self.spooled)
        self._places = {(s.article.source_uri, s.article.source_offset) for s in self.spooled}
        self._resumed = frozenset(spooled.key for spooled in self.spooled)
        # What became of each key that was to be got, None until it is known; and those that wait for it.
        self._ends: dict[str, _End | None] = {}
        self._twins: dict[str, list[Task]] = {}
        self._met: set[tuple[str, str]] = set()
        self._touched: frozenset[str] = frozenset()
        self._earlier = {task.key: task for task in waiting}
        self.later: dict[str, Task] = {}
        self.ledger: list[LedgerEntry] = []
        self.entries: dict[str, SeenEntry] = {}
        self.dead = self.size_bytes = 0

    def note_touched(self, tasks: Iterable[Task]) -> None:
        """Take note of the entries of a feed that were touched, but not changed, since they were seen."""
        self._touched |= find_touched([(task, self._seen.get(task.key)) for task in tasks])

    def begin(self, task: Task, fetcher: Fetcher) -> bool:
        """Have an article fetched if it is to be; say so."""
        if task.key in self._resumed:
            return True  # It is in the spool since before the run was interrupted, and counted.
        self.inputs[task.source_kind] += 1
        seen = self._seen.get(task.key)
        if seen is not None and seen.feed_url == task.source_uri and task.key in self._touched:
            seen = dataclasses.replace(seen, fingerprint=task.fingerprint)
        verdict = self._judge(task, seen)
        if task.key in self._ends:
            self._end_twin(task)
        elif verdict == "get":
            self._ends[task.key] = None
            self._get(_continued(task, seen), fetcher)
        elif verdict == "duplicate":
            self._lose_task(task, "duplicates", None)
        else:
            self._lose_task(task, "skipped", verdict)
        if verdict != "get" and seen is not None:
            self._see_again(seen)
        return verdict == "get"

    def left_behind(self, begun: Container[str]) -> list[Task]:
        """Return the entries to be tried again that none of the feeds begun has named; those that wait on are kept."""
        found = []
        for task in self._earlier.values():
            seen = self._seen.get(task.key)
            if seen is None or seen.fate != "retry" or task.key in self._ends or task.key in self._resumed:
                continue
            is_wanted = task.source_uri in begun and (task.source_uri, task.key) not in self._met
            if is_wanted and judge(seen, task, self._now) == "get":
                place = self.free_place(task.source_uri, task.source_offset)
                found.append(dataclasses.replace(task, source_offset=place))
            else:
                self.later[task.key] = task
        return found

    def free_place(self, uri: str, wanted: int) -> int:
        """Return a place that no entry of the feed has in this run: an interrupted run may have seen it elsewhere."""
        place = wanted
        while (uri, place) in self._places:
            place += 1_000_000
        self._places.add((uri, place))
        return place

    def end(self, task: Task, outcome: Outcome) -> None:
        """Take what became of the request for a page."""
        if isinstance(outcome, Disallowed):
            self._lose_task(task, "skipped", "robots_disallowed")
            self._note_end(task, lambda twin: self._lose_task(twin, "skipped", "robots_disallowed"))
        elif isinstance(outcome, Failed):
            comes_again = outcome.is_retryable and task.attempts < MAX_ATTEMPTS
            if comes_again or not self._fall_back(task):
                self._bury(task, outcome.reason, outcome.detail, outcome.not_before)
        elif isinstance(outcome, Fetched):
            self._spool_page(task, outcome)
        else:
            raise AssertionError(f"{task.url}: not modified, though the request was not conditional")

    def end_twins_of_waiting(self) -> None:
        """Count what leads to a page that the fetcher has set aside for later: that page is an input when it comes."""
        for twin in itertools.chain.from_iterable(self._twins.values()):
            self._lose_task(twin, "duplicates", None)

    def _end_twin(self, task: Task) -> None:
        """Let an entry whose article another one leads to share its fate: the page is asked for once."""
        end = self._ends[task.key]
        if end is None:
            self._twins.setdefault(task.key, []).append(task)
        else:
            end(task)

    def _note_end(self, task: Task, end: _End) -> None:
        """Take note of what became of a task, and tell its twins."""
        self._ends[task.key] = end
        for twin in self._twins.pop(task.key, []):
            end(twin)

    def _judge(self, task: Task, seen: SeenEntry | None) -> Verdict:
        """Say what to do with a task; what a feed names a second time is no new version of the first."""
        place = (task.source_uri, task.key)
        is_met = place in self._met
        self._met.add(place)
        return "duplicate" if is_met else judge(seen, task, self._now, is_forced=self._is_forced)

    def _see_again(self, seen: SeenEntry) -> None:
        """Remember that an entry is still in its feed: to the day, and to the second where it waits for a new try."""
        if seen.key in self._ends:
            return
        if seen.fate == "retry" or seen.key in self._touched or seen.last_seen_at.date() < self._now.date():
            self.entries[seen.key] = dataclasses.replace(seen, last_seen_at=self._now)

    def _get(self, task: Task, fetcher: Fetcher) -> None:
        if task.mode == "feed":
            self._spool_entry(task)
        elif task.url is not None:
            fetcher.submit(Request(url=task.url, purpose="page", key=task))
        elif not self._fall_back(task):
            self._bury(task, Reason.NO_LINK, "the entry has neither an address nor a full text")

    def _fall_back(self, task: Task) -> bool:
        """Take the entry's own text where there is no page; say whether there is such a text."""
        if task.mode != "auto" or task.entry is None or not has_full_text(task.entry):
            return False
        self._spool_entry(task)
        return True

    def _spool_entry(self, task: Task) -> None:
        self._append(task, RawArticle(body=b"", media_type=FEED_ENTRY_TYPE, **_place_of(task)))

    def _spool_page(self, task: Task, page: Fetched) -> None:
        with page.body as opened:
            body = opened.read()
        self.size_bytes += len(body)
        article = RawArticle(
            body=body,
            media_type="text/plain" if page.media_type == "text/plain" and not is_page(body) else "text/html",
            charset=page.charset,
            fetched_at=page.fetched_at,
            final_url=page.final_url if page.final_url != task.url else None,
            **_place_of(task),
        )
        self._append(task, article)

    def _append(self, task: Task, article: RawArticle) -> None:
        spooled = Spooled(article=article, key=task.key, fingerprint=task.fingerprint, attempts=task.attempts)
        self._spool.append(spooled)
        self.spooled.append(_without_body(spooled))
        self._note_end(task, lambda twin: self._lose_task(twin, "duplicates", None))

    def _lose_task(self, task: Task, outcome: Literal["duplicates", "skipped"], reason: str | None) -> None:
        place: Any = {name: getattr(task, name) for name in ("source_kind", "source_uri", "source_offset", "url")}
        self.ledger.append(LedgerEntry(outcome=outcome, reason=reason, stage="fetch", **place))

    def _bury(self, task: Task, reason: Reason, detail: str, not_before: datetime | None = None) -> None:
        self._note_dead(task, reason, detail)
        self._note_end(task, lambda twin: self._note_dead(twin, reason, detail))
        may_retry = reason.is_retryable and task.attempts < MAX_ATTEMPTS
        if may_retry and task.source_kind == "feed":
            self.later[task.key] = task
        self.entries[task.key] = SeenEntry(
            key=task.key,
            fingerprint=task.fingerprint,
            feed_url=task.source_uri if task.source_kind == "feed" else None,
            fate="retry" if may_retry else "dead",
            attempts=task.attempts,
            not_before=retry_at(task.attempts, not_before, self._now),
            first_seen_at=task.first_seen_at,
            last_seen_at=self._now,
        )

    def _note_dead(self, task: Task, reason: Reason, detail: str) -> None:
        dead = DeadLetter(
            stage="fetch",
            reason=reason,
            detail=ArticleError(reason, detail).detail,
            source_kind=task.source_kind,
            source_uri=task.source_uri,
            source_offset=task.source_offset,
            url=task.url,
            attempts=task.attempts,
            entry=task.entry,
        )
        self.ledger.append(to_ledger_entry(dead))
        self.dead += 1


def _place_of(task: Task) -> dict[str, Any]:
    """Return the fields of a raw article that name where it comes from."""
    return {
        "source_kind": task.source_kind,
        "source_uri": task.source_uri,
        "source_offset": task.source_offset,
        "url": task.url,
        "guid": task.entry.guid if task.entry else None,
        "entry": _entry_to_keep(task),
        "first_seen_at": task.first_seen_at,
    }


def _entry_to_keep(task: Task) -> FeedEntry | None:
    """Return the entry without its content where the page alone counts."""
    if task.entry is None or task.mode != "page":
        return task.entry
    return dataclasses.replace(task.entry, content=None)


def _continued(task: Task, seen: SeenEntry | None) -> Task:
    """Return a task that goes on where earlier runs stopped."""
    if seen is None:
        return task
    tried = seen.attempts + 1 if seen.fate == "retry" else 1
    return dataclasses.replace(task, attempts=max(task.attempts, tried), first_seen_at=seen.first_seen_at)


def _without_body(spooled: Spooled) -> Spooled:
    return dataclasses.replace(spooled, article=dataclasses.replace(spooled.article, body=b"", entry=None))
