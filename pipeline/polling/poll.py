"""The fetching part of a run: feeds are polled, their new entries' pages fetched, and all of it is spooled.

Network work only, in one process with threads, so that the pace of each domain holds over the whole run. The pages lie
in the spool when it ends, where the run's shards read them; what will not become a page is in the ledger.
"""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.fetch import Disallowed, Failed, Fetched, Fetcher, NotModified, Outcome, Request, strip_credentials
from pipeline.polling.articles import Articles
from pipeline.polling.entries import Task, entry_fingerprint, entry_key
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
from pipeline.sources.spool import Spooled
from pipeline.staging import LedgerEntry, to_ledger_entry
from pipeline.state import SeenEntries, SeenEntry
from transforms.errors import ArticleError, Reason
from transforms.feeds import ParsedFeed, parse_feed
from transforms.records import DeadLetter, FeedEntry
from transforms.urls import registrable_domain

_NO_ANSWER: Final = frozenset({Reason.DNS, Reason.CONNECTION, Reason.DEADLINE})
_OUTAGE_DOMAINS: Final = 3
"""If the feeds of so many domains are out of reach, and nobody answered at all, the own network is down."""

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
        self._now = now
        self._progress = progress
        self._articles = Articles(seen, folder, now, is_forced=wanted.is_forced, waiting=waiting)
        self._begun: set[str] = set()
        self._waiting = seen.waiting(now)
        self._inputs = 0
        self._ledger: list[LedgerEntry] = []
        self._feeds: dict[str, FeedState] = {}
        self._gaps: list[str] = []
        self._passed_over: list[PassedOver] = []
        self._unreached: dict[str, Failed] = {}
        self._has_answer = False
        self._dead = self._bytes = 0

    def run(self, fetcher: Fetcher) -> Polled:
        """Poll and fetch all that is wanted."""
        articles = self._articles
        for subscription in self._wanted.subscriptions:
            self._begin_feed(subscription, fetcher)
        for task in self._wanted.tasks:
            articles.begin(task, fetcher)
        self._take_results(fetcher)
        for task in articles.left_behind(self._begun):
            articles.begin(task, fetcher)
        self._take_results(fetcher)
        articles.end_twins_of_waiting()
        self._forgive_outage()
        return Polled(
            polled_at=self._now,
            inputs=dict(articles.inputs + Counter(feed=self._inputs)),
            ledger=[*self._ledger, *articles.ledger],
            feeds=list(self._feeds.values()),
            entries=list(articles.entries.values()),
            spooled=[_seen(spooled, self._now) for spooled in articles.spooled],
            places=[(s.article.source_uri, s.article.source_offset) for s in articles.spooled],
            size_bytes=self._bytes + articles.size_bytes,
            possible_gaps=sorted(self._gaps),
            passed_over=self._passed_over,
            waiting=list(articles.later.values()),
        )

    def _take_results(self, fetcher: Fetcher) -> None:
        for request, outcome in fetcher.results():
            self._has_answer |= _is_answer(outcome)
            if isinstance(request.key, Subscription):
                self._end_feed(request.key, outcome, fetcher)
            elif isinstance(request.key, Task):
                self._articles.end(request.key, outcome)
            done = len(self._ledger) + len(self._articles.ledger) + len(self._articles.spooled)
            self._progress(done, self._inputs + self._articles.inputs.total(), self._dead + self._articles.dead)

    def _forgive_outage(self) -> None:
        """Count nothing against the feeds if nobody was in reach: else all of them would be left alone for long."""
        domains = {registrable_domain(url) for url in self._unreached}
        if self._has_answer or len(domains) < _OUTAGE_DOMAINS:
            return
        for url, failure in self._unreached.items():
            self._feeds[url] = after_outage(self._state_of(url), failure.reason, failure.detail, self._now)

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
            self._articles.note_touched(tasks)
        new = sum(self._articles.begin(task, fetcher) for task in tasks)
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
        self._inputs += 1
        place: Any = {"source_kind": "feed", "source_uri": subscription.url, "source_offset": WHOLE_FILE}
        self._ledger.append(LedgerEntry(outcome=outcome, reason=reason, stage="fetch", url=subscription.url, **place))

    def _bury_feed(self, subscription: Subscription, reason: Reason, detail: str) -> None:
        self._inputs += 1
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

    def _entry_task(self, subscription: Subscription, parsed: FeedEntry) -> Task:
        """Return the task of an entry, named as the job names its feed."""
        link = strip_credentials(parsed.link) if parsed.link else None
        entry = dataclasses.replace(parsed, feed_url=subscription.url, link=link, tags=subscription.tags)
        return Task(
            source_kind="feed",
            source_uri=subscription.url,
            source_offset=self._articles.free_place(subscription.url, entry.position),
            url=entry.link,
            mode=subscription.mode,
            key=entry_key(entry),
            fingerprint=entry_fingerprint(entry, subscription.mode),
            first_seen_at=self._now,
            entry=entry,
        )


def _is_answer(outcome: Outcome) -> bool:
    """Whether somebody was in reach, whatever was said."""
    if isinstance(outcome, Failed):
        return outcome.tries > 0 and outcome.reason not in _NO_ANSWER
    return not isinstance(outcome, Disallowed)  # of which the rules may be from an earlier run


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
