"""The fetching part of a run: feeds are polled, their new entries' pages fetched, and all of it is spooled.

Network work only, in one process with threads, so that the pace of each domain holds over the whole run. The pages lie
in the spool when it ends, where the run's shards read them; what will not become a page is in the ledger.
"""

import dataclasses
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.fetch import (
    Disallowed,
    Failed,
    Fetched,
    Fetcher,
    NotModified,
    Outcome,
    Request,
    is_page,
    strip_credentials,
)
from pipeline.polling.entries import (
    MAX_ATTEMPTS,
    Task,
    Verdict,
    entry_fingerprint,
    entry_key,
    find_touched,
    judge,
    retry_at,
)
from pipeline.polling.polled import PassedOver, Polled, Wanted
from pipeline.polling.schedule import (
    FeedState,
    Pause,
    after_answer,
    after_failure,
    after_not_modified,
    after_outage,
    after_refusal,
)
from pipeline.polling.subscriptions import Subscription
from pipeline.sources.feed import read_feed_file
from pipeline.sources.spans import WHOLE_FILE
from pipeline.sources.spool import Spooled, SpoolWriter, read_whole_lines
from pipeline.staging import LedgerEntry, to_ledger_entry
from pipeline.state import SeenEntries, SeenEntry
from transforms.completion import FEED_ENTRY_TYPE, has_full_text
from transforms.errors import ArticleError, Reason
from transforms.feeds import ParsedFeed, parse_feed
from transforms.records import DeadLetter, FeedEntry, RawArticle
from transforms.urls import registrable_domain

_NO_ANSWER: Final = frozenset({Reason.DNS, Reason.CONNECTION, Reason.DEADLINE})
_OUTAGE_DOMAINS: Final = 3
"""If the feeds of so many domains are out of reach, and nobody answered at all, the own network is down."""

_End = Callable[[Task], None]

Progress = Callable[[int, int, int], None]
"""Is told: outcomes so far, outcomes known to come, dead letters so far."""


class Poll:
    """One fetching part.

    Args:
        wanted: what to get.
        known: what is known of feeds, by address.
        seen: what is known of entries.
        folder: of the spool.
        now: time of the poll.
        progress: is told how it goes on.
        waiting: entries whose pages earlier runs could not have.
    """

    def __init__(
        self,
        wanted: Wanted,
        known: Mapping[str, FeedState],
        seen: SeenEntries,
        folder: Path,
        now: datetime,
        progress: Progress,
        waiting: Sequence[Task] = (),
    ) -> None:
        self._wanted = wanted
        self._known = known
        self._seen = seen
        self._now = now
        self._progress = progress
        self._spooled = [_without_body(spooled) for spooled in read_whole_lines(folder)]
        self._spool = SpoolWriter(folder)
        self._inputs = Counter(spooled.article.source_kind for spooled in self._spooled)
        self._places = {(s.article.source_uri, s.article.source_offset) for s in self._spooled}
        self._resumed = frozenset(spooled.key for spooled in self._spooled)
        # What became of each key that was to be got, None until it is known; and those that wait for it.
        self._ends: dict[str, _End | None] = {}
        self._twins: dict[str, list[Task]] = {}
        self._met: set[tuple[str, str]] = set()
        self._touched: frozenset[str] = frozenset()
        self._begun: set[str] = set()
        self._waiting = seen.waiting(now)
        self._earlier = {task.key: task for task in waiting}
        self._later: dict[str, Task] = {}
        self._ledger: list[LedgerEntry] = []
        self._feeds: dict[str, FeedState] = {}
        self._entries: dict[str, SeenEntry] = {}
        self._gaps: list[str] = []
        self._passed_over: list[PassedOver] = []
        self._unreached: dict[str, Failed] = {}
        self._has_answer = False
        self._dead = self._bytes = 0

    def run(self, fetcher: Fetcher) -> Polled:
        """Poll and fetch all that is wanted."""
        for subscription in self._wanted.subscriptions:
            self._begin_feed(subscription, fetcher)
        for task in self._wanted.tasks:
            self._begin_task(task, fetcher)
        self._take_results(fetcher)
        for task in self._left_behind():
            self._begin_task(task, fetcher)
        self._take_results(fetcher)
        self._end_twins_of_waiting()
        self._forgive_outage()
        return Polled(
            polled_at=self._now,
            inputs=dict(self._inputs),
            ledger=self._ledger,
            feeds=list(self._feeds.values()),
            entries=list(self._entries.values()),
            spooled=[_seen(spooled, self._now) for spooled in self._spooled],
            places=[(s.article.source_uri, s.article.source_offset) for s in self._spooled],
            size_bytes=self._bytes,
            possible_gaps=sorted(self._gaps),
            passed_over=self._passed_over,
            waiting=list(self._later.values()),
        )

    def _take_results(self, fetcher: Fetcher) -> None:
        for request, outcome in fetcher.results():
            self._has_answer |= _is_answer(outcome)
            if isinstance(request.key, Subscription):
                self._end_feed(request.key, outcome, fetcher)
            elif isinstance(request.key, Task):
                self._end_page(request.key, outcome)
            done = len(self._ledger) + len(self._spooled)
            self._progress(done, sum(self._inputs.values()), self._dead)

    def _forgive_outage(self) -> None:
        """Count nothing against the feeds if nobody was in reach: else all of them would be left alone for long."""
        domains = {registrable_domain(url) for url in self._unreached}
        if self._has_answer or len(domains) < _OUTAGE_DOMAINS:
            return
        for url, failure in self._unreached.items():
            self._feeds[url] = after_outage(self._state_of(url), failure.reason, failure.detail, self._now)

    def _left_behind(self) -> list[Task]:
        """Return the entries to be tried again that no feed has named in this run; those that wait on are kept."""
        found = []
        for task in self._earlier.values():
            seen = self._seen.get(task.key)
            if seen is None or seen.fate != "retry" or task.key in self._ends or task.key in self._resumed:
                continue
            is_wanted = task.source_uri in self._begun and (task.source_uri, task.key) not in self._met
            if is_wanted and judge(seen, task, self._now) == "get":
                place = self._free_place(task.source_uri, task.source_offset)
                found.append(dataclasses.replace(task, source_offset=place))
            else:
                self._later[task.key] = task
        return found

    # Feeds

    def _begin_feed(self, subscription: Subscription, fetcher: Fetcher) -> None:
        if subscription.url in self._begun:
            return  # two indexes name one sitemap, or the job names it too
        self._begun.add(subscription.url)
        if subscription.is_file:
            self._read_file(subscription, fetcher)
            return
        state = self._state_of(subscription.url)
        if subscription.parent and self._wanted.asked == "due" and not state.is_due(self._now):
            return
        pause = state.pause(self._now)
        if pause is not None and self._wanted.asked != "all":
            self._pass_over(subscription, pause)
            return
        address = state.moved_to or subscription.address
        needs_all = self._wanted.is_forced or self._has_waiting_entries(state)
        validators = None if needs_all else state.validators(self._now)
        fetcher.submit(Request(url=address, purpose="feed", validators=validators, key=subscription))

    def _has_waiting_entries(self, state: FeedState) -> bool:
        """Whether an entry of the feed's last full answer is to be tried again, for which the feed must be read."""
        waiting = self._waiting.get(state.url)
        return waiting is not None and state.answered_at is not None and waiting >= state.answered_at

    def _state_of(self, url: str) -> FeedState:
        return self._known.get(url) or FeedState(url=url)

    def _read_file(self, subscription: Subscription, fetcher: Fetcher) -> None:
        try:
            parsed = read_feed_file(subscription.url, self._wanted.max_entries)
        except OSError as error:
            self._bury_feed(subscription, Reason.UNREADABLE, error.strerror or str(error))
        except ArticleError as error:
            self._bury_feed(subscription, error.reason, error.detail)
        else:
            self._take_entries(subscription, parsed, fetcher)

    def _end_feed(self, subscription: Subscription, outcome: Outcome, fetcher: Fetcher) -> None:
        state = self._state_of(subscription.url)
        if isinstance(outcome, Disallowed):
            self._feeds[state.url] = after_refusal(state, self._now)
            self._lose_feed(subscription, "skipped", "robots_disallowed")
        elif isinstance(outcome, NotModified):
            self._feeds[state.url] = after_not_modified(state, outcome.validators, outcome.redirects, self._now)
            self._lose_feed(subscription, "not_modified", None)
            self._take_sitemaps(subscription, state.children, fetcher)
        elif isinstance(outcome, Failed) and not outcome.tries and outcome.reason == Reason.RATE_LIMITED:
            self._pass_over(subscription, Pause(reason="not_before", until=outcome.not_before))  # nobody was asked
        elif isinstance(outcome, Failed):
            self._unreached |= {state.url: outcome} if outcome.reason in _NO_ANSWER else {}
            self._feeds[state.url] = after_failure(state, outcome.reason, outcome.detail, outcome.not_before, self._now)
            self._bury_feed(subscription, outcome.reason, outcome.detail)
        else:
            self._read_feed(subscription, state, outcome, fetcher)

    def _read_feed(self, subscription: Subscription, state: FeedState, answer: Fetched, fetcher: Fetcher) -> None:
        with answer.body as opened:
            body = opened.read()
        self._bytes += len(body)
        content_type = answer.media_type + (f"; charset={answer.charset}" if answer.charset else "")
        try:
            parsed = parse_feed(
                body, url=answer.final_url, content_type=content_type or None, max_entries=self._wanted.max_entries
            )
        except ArticleError as error:
            self._feeds[state.url] = after_failure(state, error.reason, error.detail, None, self._now)
            self._bury_feed(subscription, error.reason, error.detail)
            return
        new, old = self._take_entries(subscription, parsed, fetcher)
        kept = dataclasses.replace(parsed, children=parsed.children[: self._wanted.max_sitemaps])
        digest = hashlib.sha256(body).hexdigest()
        self._feeds[state.url] = after_answer(state, kept, answer.validators, digest, answer.redirects, new, self._now)
        if new and not old and state.entries:
            self._gaps.append(subscription.url)

    def _take_entries(self, subscription: Subscription, parsed: ParsedFeed, fetcher: Fetcher) -> tuple[int, int]:
        """Sort the entries of a feed; return how many are new and how many were known."""
        if parsed.is_truncated:
            detail = f"{parsed.bozo or 'it ends in the middle'}; {len(parsed.entries)} entries were read"
            self._bury_feed(subscription, Reason.FEED_TRUNCATED, detail)
        self._take_sitemaps(subscription, parsed.children, fetcher)
        tasks = [self._entry_task(subscription, entry) for entry in parsed.entries]
        if subscription.mode != "feed":
            self._touched |= find_touched([(task, self._seen.get(task.key)) for task in tasks])
        new = sum(self._begin_task(task, fetcher) for task in tasks)
        return new, len(tasks) - new

    def _take_sitemaps(self, subscription: Subscription, urls: Sequence[str], fetcher: Fetcher) -> None:
        limit = 0 if subscription.parent else self._wanted.max_sitemaps
        if len(urls) > limit:
            detail = f"names {len(urls)} sitemaps, of which {limit} were read"
            self._bury_feed(subscription, Reason.TOO_LARGE, detail)
        for address in urls[:limit]:
            url = strip_credentials(address)
            child = dataclasses.replace(subscription, url=url, address=address, is_file=False, parent=subscription.url)
            self._begin_feed(child, fetcher)

    def _pass_over(self, subscription: Subscription, pause: Pause) -> None:
        self._lose_feed(subscription, "skipped", pause.reason)
        self._passed_over.append(PassedOver(url=subscription.url, pause=pause))

    def _lose_feed(
        self, subscription: Subscription, outcome: Literal["skipped", "not_modified"], reason: str | None
    ) -> None:
        """Count a feed that was not read as one input."""
        self._inputs["feed"] += 1
        place: Any = {"source_kind": "feed", "source_uri": subscription.url, "source_offset": WHOLE_FILE}
        self._ledger.append(LedgerEntry(outcome=outcome, reason=reason, stage="fetch", url=subscription.url, **place))

    def _bury_feed(self, subscription: Subscription, reason: Reason, detail: str) -> None:
        self._inputs["feed"] += 1
        dead = DeadLetter(
            stage="fetch",
            reason=reason,
            detail=ArticleError(reason, detail).detail,
            source_kind="feed",
            source_uri=subscription.url,
            source_offset=WHOLE_FILE,
            url=subscription.url,
            attempts=self._wanted.tries.get(subscription.url, 0) + 1,
        )
        self._ledger.append(to_ledger_entry(dead))
        self._dead += 1

    # Entries and pages

    def _entry_task(self, subscription: Subscription, parsed: FeedEntry) -> Task:
        """Return the task of an entry, named as the job names its feed."""
        link = strip_credentials(parsed.link) if parsed.link else None
        entry = dataclasses.replace(parsed, feed_url=subscription.url, link=link, tags=subscription.tags)
        return Task(
            source_kind="feed",
            source_uri=subscription.url,
            source_offset=self._free_place(subscription.url, entry.position),
            url=entry.link,
            mode=subscription.mode,
            key=entry_key(entry),
            fingerprint=entry_fingerprint(entry, subscription.mode),
            first_seen_at=self._now,
            entry=entry,
        )

    def _free_place(self, uri: str, wanted: int) -> int:
        """Return a place that no entry of the feed has in this run: an interrupted run may have seen it elsewhere."""
        place = wanted
        while (uri, place) in self._places:
            place += 1_000_000
        self._places.add((uri, place))
        return place

    def _begin_task(self, task: Task, fetcher: Fetcher) -> bool:
        """Have an article fetched if it is to be; say so."""
        if task.key in self._resumed:
            return True  # It is in the spool since before the run was interrupted, and counted.
        self._inputs[task.source_kind] += 1
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

    def _end_twin(self, task: Task) -> None:
        """Let an entry whose article another one leads to share its fate: the page is asked for once."""
        end = self._ends[task.key]
        if end is None:
            self._twins.setdefault(task.key, []).append(task)
        else:
            end(task)

    def _end_twins_of_waiting(self) -> None:
        """Count what leads to a page that the fetcher has set aside for later: that page is an input when it comes."""
        for twin in itertools.chain.from_iterable(self._twins.values()):
            self._lose_task(twin, "duplicates", None)

    def _end(self, task: Task, end: "_End") -> None:
        """Take note of what became of a task, and tell its twins."""
        self._ends[task.key] = end
        for twin in self._twins.pop(task.key, []):
            end(twin)

    def _judge(self, task: Task, seen: SeenEntry | None) -> Verdict:
        """Say what to do with a task; what a feed names a second time is no new version of the first."""
        place = (task.source_uri, task.key)
        is_met = place in self._met
        self._met.add(place)
        return "duplicate" if is_met else judge(seen, task, self._now, is_forced=self._wanted.is_forced)

    def _see_again(self, seen: SeenEntry) -> None:
        """Remember that an entry is still in its feed: to the day, and to the second where it waits for a new try."""
        if seen.key in self._ends:
            return
        if seen.fate == "retry" or seen.key in self._touched or seen.last_seen_at.date() < self._now.date():
            self._entries[seen.key] = dataclasses.replace(seen, last_seen_at=self._now)

    def _get(self, task: Task, fetcher: Fetcher) -> None:
        if task.mode == "feed":
            self._spool_entry(task)
        elif task.url is not None:
            fetcher.submit(Request(url=task.url, purpose="page", key=task))
        elif not self._fall_back(task):
            self._bury(task, Reason.NO_LINK, "the entry has neither an address nor a full text")

    def _end_page(self, task: Task, outcome: Outcome) -> None:
        if isinstance(outcome, Disallowed):
            self._lose_task(task, "skipped", "robots_disallowed")
            self._end(task, lambda twin: self._lose_task(twin, "skipped", "robots_disallowed"))
        elif isinstance(outcome, Failed):
            comes_again = outcome.is_retryable and task.attempts < MAX_ATTEMPTS
            if comes_again or not self._fall_back(task):
                self._bury(task, outcome.reason, outcome.detail, outcome.not_before)
        elif isinstance(outcome, Fetched):
            self._spool_page(task, outcome)
        else:
            raise AssertionError(f"{task.url}: not modified, though the request was not conditional")

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
        self._bytes += len(body)
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
        self._spooled.append(_without_body(spooled))
        self._end(task, lambda twin: self._lose_task(twin, "duplicates", None))

    def _lose_task(self, task: Task, outcome: Literal["duplicates", "skipped"], reason: str | None) -> None:
        place: Any = {name: getattr(task, name) for name in ("source_kind", "source_uri", "source_offset", "url")}
        self._ledger.append(LedgerEntry(outcome=outcome, reason=reason, stage="fetch", **place))

    def _bury(self, task: Task, reason: Reason, detail: str, not_before: datetime | None = None) -> None:
        self._note_dead(task, reason, detail)
        self._end(task, lambda twin: self._note_dead(twin, reason, detail))
        may_retry = reason.is_retryable and task.attempts < MAX_ATTEMPTS
        if may_retry and task.source_kind == "feed":
            self._later[task.key] = task
        self._entries[task.key] = SeenEntry(
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
        self._ledger.append(to_ledger_entry(dead))
        self._dead += 1


def _is_answer(outcome: Outcome) -> bool:
    """Whether somebody was in reach, whatever was said."""
    if isinstance(outcome, Failed):
        return outcome.tries > 0 and outcome.reason not in _NO_ANSWER
    return not isinstance(outcome, Disallowed)  # of which the rules may be from an earlier run


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


def _seen(spooled: Spooled, now: datetime) -> SeenEntry:
    """Return what is known of a spooled entry if all goes well."""
    article = spooled.article
    return SeenEntry(
        key=spooled.key,
        fingerprint=spooled.fingerprint,
        feed_url=article.source_uri if article.source_kind == "feed" else None,
        fate="done",
        attempts=spooled.attempts,
        first_seen_at=article.first_seen_at or now,
        last_seen_at=now,
    )
