"""What is known of a feed from poll to poll, and when it is polled again: pure functions of states and times."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from pipeline.fetch import Redirect, Validators
from transforms.errors import Reason
from transforms.feeds import ParsedFeed

MIN_INTERVAL: Final = timedelta(minutes=10)
MAX_INTERVAL: Final = timedelta(hours=24)
FIRST_INTERVAL: Final = timedelta(hours=1)
FIRST_BACKOFF: Final = timedelta(hours=1)
FIRST_SHORT_BACKOFF: Final = timedelta(minutes=10)
"""The pause after a first failure that may pass by itself; after others it is `FIRST_BACKOFF`."""

MAX_BACKOFF: Final = timedelta(days=30)
NEW_SHARE: Final = 0.1
"""A feed is polled about as often as a tenth of its entries is new."""

MOVED_SIGHTS: Final = 2
"""A permanent redirect is believed when it was seen so often in a row."""

MAX_PROBE_GAP: Final = 32
"""A feed whose validators have proved honest is still asked without them once in so many polls."""

MAX_MOVED_FAILURES: Final = 3
"""After so many failures in a row the address to which a feed has moved is forgotten, and the job's asked again."""

MAX_UNANSWERED: Final = timedelta(days=30)
"""After so long without a full answer a feed is asked for one; shorter than entries are remembered."""

_SLOWER: Final = 1.5
_CLOCK_TOLERANCE: Final = timedelta(hours=1)
_PERMANENT: Final = frozenset({301, 308})

PauseReason = Literal["feed_gone", "not_before", "backed_off", "skip_hours"]
"""Why a feed is not asked: it has ended; its server wants a pause; it keeps failing; it skips this hour or day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A feed is left alone for now.

    Attributes:
        reason: why.
        until: when it is asked again, UTC; None for never.
    """

    reason: PauseReason
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is known of a feed; all times in UTC.

    Attributes:
        url: the feed's address as the job names it.
        moved_to: where it has moved for good; asked instead of `url`.
        title: name of the feed.
        etag: validator of the last answer.
        last_modified: validator of the last answer.
        content_hash: of the last answer's body.
        trusts_validators: False once the feed changed behind the same validators.
        conditional_polls: polls answered with 304 since the last full answer.
        probe_gap: after so many of them the feed is asked without validators.
        answered_at: when it last gave a full answer.
        interval_seconds: between two polls.
        last_polled_at: when it was last asked.
        last_success_at: when it last answered as it should.
        last_new_at: when it last had a new entry.
        next_poll_at: when it is due.
        not_before: when the server wants to be asked again at the earliest.
        retry_at: when it is asked again after a failure.
        failures: polls that failed in a row.
        last_error: reason and detail of the last failure, None after a success.
        gone_at: when the server said that it is gone for good.
        moving_to: target of the permanent redirects seen lately.
        moving_sights: how often in a row.
        entries: entries in its last full answer.
        min_poll_seconds: pause between two polls that the feed asks for.
        skip_hours: hours of the day, in UTC, in which it asks not to be polled.
        skip_days: days of the week, Monday is 0, on which it asks not to be polled.
        children: the sitemaps that it named, if it is a sitemap index: those of an unchanged index are polled too.
    """

    url: str
    moved_to: str | None = None
    title: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None
    trusts_validators: bool = True
    conditional_polls: int = 0
    probe_gap: int = 1
    answered_at: datetime | None = None
    interval_seconds: float = FIRST_INTERVAL.total_seconds()
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    next_poll_at: datetime | None = None
    not_before: datetime | None = None
    retry_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    gone_at: datetime | None = None
    moving_to: str | None = None
    moving_sights: int = 0
    entries: int | None = None
    min_poll_seconds: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    children: tuple[str, ...] = ()

    @property
    def is_to_probe(self) -> bool:
        """Whether the next poll is one that puts the validators to the test: it goes without them."""
        return self.conditional_polls >= self.probe_gap

    def validators(self, now: datetime) -> Validators | None:
        """Return what to make a request conditional with, None for a full answer.

        After `MAX_UNANSWERED` a full answer is wanted in any case: it says which entries still stand in the feed.
        """
        is_stale = self.answered_at is None or now - self.answered_at >= MAX_UNANSWERED
        if not self.trusts_validators or self.is_to_probe or is_stale or not (self.etag or self.last_modified):
            return None
        return Validators(etag=self.etag, last_modified=self.last_modified)

    def is_due(self, now: datetime) -> bool:
        """Whether the feed's own pace allows a poll."""
        is_time = self.next_poll_at is None or self.next_poll_at <= now or self._is_from_the_future(now)
        return is_time and self.may_poll(now)

    def may_poll(self, now: datetime) -> bool:
        """Whether a poll is polite, whoever asks for it."""
        return self.pause(now) is None

    def pause(self, now: datetime) -> Pause | None:
        """Return why and until when the feed is left alone, None if it may be polled."""
        if self.gone_at is not None:
            return Pause(reason="feed_gone", until=None)
        if self._is_from_the_future(now):
            return None
        allowed_at = skip_hours_and_days(now, self.skip_hours, self.skip_days)
        ends: list[tuple[PauseReason, datetime | None]] = [
            ("not_before", self.not_before),
            ("backed_off", self.retry_at),
            ("skip_hours", allowed_at),
        ]
        pauses = [Pause(reason=reason, until=until) for reason, until in ends if until is not None and until > now]
        return max(pauses, key=_end_of, default=None)

    def _is_from_the_future(self, now: datetime) -> bool:
        """Whether the clock was wrong at the last poll: the times that follow from it are worth nothing."""
        return self.last_polled_at is not None and self.last_polled_at > now + _CLOCK_TOLERANCE


def after_answer(
    state: FeedState,
    parsed: ParsedFeed,
    validators: Validators,
    content_hash: str,
    redirects: Sequence[Redirect],
    new_entries: int,
    now: datetime,
) -> FeedState:
    """Return what is known of a feed that gave a full answer.

    Args:
        state: before.
        parsed: the answer.
        validators: of the answer.
        content_hash: of its body.
        redirects: that led to it.
        new_entries: how many of its entries were not known.
        now: time of the poll.
    """
    had_validators = state.etag is not None or state.last_modified is not None
    same_validators = (validators.etag, validators.last_modified) == (state.etag, state.last_modified)
    changed = state.content_hash is not None and content_hash != state.content_hash
    lies = had_validators and same_validators and changed
    interval = _interval(state, new_entries, len(parsed.entries), now)
    answered = dataclasses.replace(
        _moved(_succeeded(state, now), redirects),
        title=parsed.title or state.title,
        etag=validators.etag,
        last_modified=validators.last_modified,
        content_hash=content_hash,
        trusts_validators=state.trusts_validators and not lies,
        conditional_polls=0,
        probe_gap=_next_probe_gap(state, changed),
        answered_at=now,
        interval_seconds=interval.total_seconds(),
        last_new_at=now if new_entries else state.last_new_at,
        entries=len(parsed.entries),
        min_poll_seconds=parsed.min_poll_seconds or 0,
        skip_hours=tuple(sorted(parsed.skip_hours)),
        skip_days=tuple(sorted(parsed.skip_days)),
        children=parsed.children,
    )
    return dataclasses.replace(answered, next_poll_at=_next_poll(answered, now))


def _next_probe_gap(state: FeedState, changed: bool) -> int:
    """Return how many polls may go by until the next test of the validators.

    A test that finds the feed unchanged speaks for them. One that finds it changed behind new validators may have met
    a server that answers 304 to anything, so that the next one comes soon.
    """
    if not state.is_to_probe:
        return state.probe_gap
    return 1 if changed else min(MAX_PROBE_GAP, state.probe_gap * 2)


def after_not_modified(
    state: FeedState, validators: Validators, redirects: Sequence[Redirect], now: datetime
) -> FeedState:
    """Return what is known of a feed that answered 304; the answer may refresh the validators (RFC 9110, 15.4.5)."""
    interval = min(MAX_INTERVAL, timedelta(seconds=state.interval_seconds) * _SLOWER)
    unchanged = dataclasses.replace(
        _moved(_succeeded(state, now), redirects),
        etag=validators.etag or state.etag,
        last_modified=validators.last_modified or state.last_modified,
        conditional_polls=state.conditional_polls + 1,
        interval_seconds=interval.total_seconds(),
    )
    return dataclasses.replace(unchanged, next_poll_at=_next_poll(unchanged, now))


def after_failure(
    state: FeedState, reason: Reason, detail: str, not_before: datetime | None, now: datetime
) -> FeedState:
    """Return what is known of a feed that could not be read: it is asked ever more seldom, at least every 30 days.

    The pause begins with 10 minutes, or an hour where the failure will hardly pass by itself, and doubles each time.
    A feed that fails where it has moved to is asked where the job says again, and only there it can be gone for good.
    """
    failures = state.failures + 1
    first = FIRST_SHORT_BACKOFF if reason.is_retryable else FIRST_BACKOFF
    is_lost = state.moved_to is not None and (not reason.is_retryable or failures >= MAX_MOVED_FAILURES)
    latest = now + MAX_BACKOFF
    retry_at = now + min(MAX_BACKOFF, first * 2 ** min(failures - 1, 20))
    not_before = min(not_before, latest) if not_before else None
    return dataclasses.replace(
        state,
        last_polled_at=now,
        failures=failures,
        last_error=f"{reason}: {detail}",
        not_before=not_before,
        retry_at=retry_at,
        next_poll_at=max(not_before or now, retry_at),
        gone_at=now if reason == Reason.FEED_GONE and state.moved_to is None else None,
        moved_to=None if is_lost else state.moved_to,
        moving_to=None,
        moving_sights=0,
    )


def after_outage(state: FeedState, reason: Reason, detail: str, now: datetime) -> FeedState:
    """Return what is known of a feed that nobody could reach because the own network was down: no failure of its."""
    return dataclasses.replace(
        state, last_polled_at=now, last_error=f"{reason}: {detail}", next_poll_at=now + MIN_INTERVAL
    )


def after_refusal(state: FeedState, now: datetime) -> FeedState:
    """Return what is known of a feed that robots.txt forbids: the rules are asked for again in a day."""
    return dataclasses.replace(
        state,
        last_polled_at=now,
        failures=state.failures + 1,
        last_error="robots_disallowed: robots.txt forbids the feed",
        next_poll_at=now + MAX_INTERVAL,
    )


def _succeeded(state: FeedState, now: datetime) -> FeedState:
    return dataclasses.replace(
        state,
        last_polled_at=now,
        last_success_at=now,
        not_before=None,
        retry_at=None,
        failures=0,
        last_error=None,
        gone_at=None,
    )


def _end_of(pause: Pause) -> datetime:
    return pause.until or datetime.max.replace(tzinfo=UTC)


def _interval(state: FeedState, new_entries: int, entries: int, now: datetime) -> timedelta:
    """Return how long it takes until a tenth of the feed is new, going by this poll and the pace so far."""
    so_far = timedelta(seconds=state.interval_seconds)
    if state.last_success_at is None:
        return so_far
    if not new_entries:
        return min(MAX_INTERVAL, so_far * _SLOWER)
    elapsed = max(MIN_INTERVAL, now - state.last_success_at)
    wanted = elapsed * max(1.0, NEW_SHARE * entries) / new_entries
    return min(MAX_INTERVAL, max(MIN_INTERVAL, (so_far + wanted) / 2))


def _moved(state: FeedState, redirects: Sequence[Redirect]) -> FeedState:
    """Return the state with a permanent redirect counted, and adopted once it was seen often enough."""
    permanent = bool(redirects) and all(redirect.status in _PERMANENT for redirect in redirects)
    if not permanent:
        return dataclasses.replace(state, moving_to=None, moving_sights=0)
    target = redirects[-1].url
    sights = state.moving_sights + 1 if state.moving_to == target else 1
    if sights < MOVED_SIGHTS:
        return dataclasses.replace(state, moving_to=target, moving_sights=sights)
    return dataclasses.replace(state, moved_to=target, moving_to=None, moving_sights=0)


def _next_poll(state: FeedState, now: datetime) -> datetime:
    """Return when a feed that answered is due: by its own pace, but no sooner than it asks for."""
    pause = max(state.interval_seconds, min(MAX_INTERVAL.total_seconds(), state.min_poll_seconds))
    return skip_hours_and_days(now + timedelta(seconds=pause), state.skip_hours, state.skip_days)


def skip_hours_and_days(when: datetime, hours: Collection[int], days: Collection[int]) -> datetime:
    """Return the first time from `when` on at which a feed's `skipHours` and `skipDays` allow a poll.

    A feed that skips each hour or each day has no say.
    """
    if len(hours) >= 24 or len(days) >= 7:
        return when
    while when.hour in hours or when.weekday() in days:
        when = (when + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return when


def now_utc() -> datetime:
    """Return the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
