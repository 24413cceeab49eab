"""Tests of what is known of a feed from poll to poll."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch import Redirect, Validators
from pipeline.polling.schedule import (
    FIRST_BACKOFF,
    FIRST_SHORT_BACKOFF,
    MAX_BACKOFF,
    MAX_INTERVAL,
    MAX_PROBE_GAP,
    MAX_UNANSWERED,
    MIN_INTERVAL,
    FeedState,
    Pause,
    after_answer,
    after_failure,
    after_not_modified,
    after_refusal,
    skip_hours_and_days,
)
from transforms.errors import Reason
from transforms.feeds import ParsedFeed
from transforms.records import FeedEntry

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
FEED = "https://news.example/feed.xml"
ENTRIES = tuple(FeedEntry(feed_url=FEED, position=number) for number in range(20))
A = Validators(etag='"a"')
B = Validators(etag='"b"')

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
pauses = st.timedeltas(timedelta(0), timedelta(days=90))
states = st.builds(
    FeedState,
    url=st.just(FEED),
    etag=st.none() | st.just('"a"'),
    interval_seconds=st.floats(MIN_INTERVAL.total_seconds(), MAX_INTERVAL.total_seconds()),
    last_success_at=st.none() | times,
    failures=st.integers(0, 1_000),
    conditional_polls=st.integers(0, 40),
    probe_gap=st.integers(1, MAX_PROBE_GAP),
    min_poll_seconds=st.integers(0, 10**9),
)


def feed(entries: int = 20, **fields: object) -> ParsedFeed:
    """Return a parsed feed."""
    return ParsedFeed(kind="rss", entries=ENTRIES[:entries], **fields)  # type: ignore[arg-type]


def answer(
    state: FeedState,
    *,
    validators: Validators = A,
    body: str = "1",
    new: int = 0,
    now: datetime = NOW,
    redirects: tuple[Redirect, ...] = (),
    parsed: ParsedFeed | None = None,
) -> FeedState:
    """Return the state after a full answer."""
    return after_answer(state, parsed or feed(), validators, body, redirects, new, now)


def unchanged(state: FeedState, now: datetime = NOW) -> FeedState:
    """Return the state after a 304."""
    return after_not_modified(state, Validators(), (), now)


def fail(state: FeedState, reason: Reason = Reason.DEADLINE, not_before: datetime | None = None) -> FeedState:
    """Return the state after a failure."""
    return after_failure(state, reason, "why", not_before, NOW)


@given(states, times, st.integers(0, 20), st.integers(0, 20), st.none() | st.integers(0, 10**9))
def test_a_good_answer_is_followed_by_a_poll_between_ten_minutes_and_a_day(
    state: FeedState, now: datetime, new: int, entries: int, ttl: int | None
) -> None:
    """Whatever the feed's past, its share of news and its ttl; also after a 304, which keeps the ttl."""
    answered = answer(state, new=min(new, entries), now=now, parsed=feed(entries, min_poll_seconds=ttl))
    for after in (answered, unchanged(answered, now), unchanged(state, now)):
        assert after.next_poll_at is not None
        assert MIN_INTERVAL <= after.next_poll_at - now <= MAX_INTERVAL
        assert after.failures == 0
    assert answered.next_poll_at is not None
    assert answered.next_poll_at - now >= min(MAX_INTERVAL, timedelta(seconds=ttl or 0))


@given(states, st.none() | pauses)
def test_a_failing_feed_is_asked_again_within_thirty_days(state: FeedState, asked: timedelta | None) -> None:
    """However often it failed and whatever pause the server asks for; and not before a pause of up to 30 days."""
    after = fail(state, not_before=NOW + asked if asked is not None else None)
    assert after.next_poll_at is not None
    assert NOW < after.next_poll_at <= NOW + MAX_BACKOFF
    assert after.is_due(NOW + MAX_BACKOFF)
    assert asked is None or not after.may_poll(NOW + min(asked, MAX_BACKOFF) - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("reason", "first"), [(Reason.DEADLINE, FIRST_SHORT_BACKOFF), (Reason("http_404"), FIRST_BACKOFF)]
)
def test_failures_are_spaced_ever_wider_until_a_success(reason: Reason, first: timedelta) -> None:
    """Each failure in a row doubles the pause, which begins short if it may pass by itself; a success forgets them."""
    state, gaps = FeedState(url=FEED, interval_seconds=86_400), []
    for _ in range(14):
        state = fail(state, reason)
        assert state.next_poll_at is not None
        gaps.append(state.next_poll_at - NOW)
        assert state.pause(NOW) == Pause(reason="backed_off", until=state.next_poll_at)
    assert gaps[:3] == [first, 2 * first, 4 * first]
    assert gaps[-1] == MAX_BACKOFF
    assert state.last_error == f"{reason}: why"
    well = answer(state)
    assert (0, None, None) == (well.failures, well.last_error, well.pause(NOW))


@given(states, times, times, times)
def test_the_longest_pause_counts(state: FeedState, now: datetime, not_before: datetime, retry_at: datetime) -> None:
    """A feed may be polled once the server's wish and the backoff are both over, and no sooner."""
    paused = dataclasses.replace(state, not_before=not_before, retry_at=retry_at)
    pause = paused.pause(now)
    if pause is None:
        assert max(not_before, retry_at) <= now
    else:
        assert (max(not_before, retry_at), True) == (pause.until, now < max(not_before, retry_at))
        assert pause.reason == ("not_before" if not_before >= retry_at else "backed_off")


def test_hours_that_a_feed_skips_are_a_pause() -> None:
    """Whoever asks for the poll; it ends with the hour."""
    state = answer(FeedState(url=FEED), parsed=feed(skip_hours=frozenset({5, 6})))
    assert state.pause(NOW) == Pause(reason="skip_hours", until=datetime(2026, 3, 4, 7, tzinfo=UTC))
    assert state.pause(NOW + timedelta(hours=2)) is None


@given(times, st.sets(st.integers(0, 23)), st.sets(st.integers(0, 6)))
def test_polls_keep_out_of_hours_and_days_that_the_feed_names(when: datetime, hours: set[int], days: set[int]) -> None:
    """The time is the first that is allowed; a feed that forbids every hour or day has no say."""
    chosen = skip_hours_and_days(when, hours, days)
    if len(hours) == 24 or len(days) == 7:
        assert chosen == when
        return
    assert chosen.hour not in hours
    assert chosen.weekday() not in days
    between = [when + timedelta(hours=n) for n in range(8 * 24) if when + timedelta(hours=n + 1) <= chosen]
    assert all(hour.hour in hours or hour.weekday() in days for hour in between)
    assert chosen - when <= timedelta(days=7)


def test_a_304_keeps_out_of_them_too() -> None:
    """What a feed said in its last full answer counts as long as it does not change."""
    state = answer(FeedState(url=FEED), parsed=feed(skip_hours=frozenset(range(5, 12)), skip_days=frozenset({4})))
    assert state.next_poll_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    friday = unchanged(state, NOW + timedelta(days=1, hours=23))
    assert friday.next_poll_at == datetime(2026, 3, 7, 0, tzinfo=UTC)


def test_the_pace_follows_the_news() -> None:
    """Feeds that are new through and through are polled every ten minutes in the end, those without news once a day."""
    busy = quiet = answer(FeedState(url=FEED))
    now = NOW
    for _ in range(30):
        now += timedelta(minutes=10)
        busy, quiet = answer(busy, new=20, now=now), answer(quiet, new=0, now=now)
    assert busy.interval_seconds == pytest.approx(MIN_INTERVAL.total_seconds(), rel=0.01)
    assert quiet.interval_seconds == MAX_INTERVAL.total_seconds()


def test_a_tenth_of_new_entries_keeps_the_pace() -> None:
    """A feed that has 2 new entries of 20 each hour is polled each hour."""
    state, now = answer(FeedState(url=FEED)), NOW
    for _ in range(10):
        now += timedelta(hours=1)
        state = answer(state, new=2, now=now)
    assert state.interval_seconds == 3600


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_is_believed_at_second_sight(status: int) -> None:
    """Twice in a row to one address; another address or none in between starts anew."""
    there, elsewhere = (
        Redirect(status=status, url="https://new.example/"),
        Redirect(status=status, url="https://x.example/"),
    )
    once = answer(FeedState(url=FEED), redirects=(there,))
    assert once.moved_to is None
    assert answer(once, redirects=(there,)).moved_to == "https://new.example/"
    assert after_not_modified(once, A, (there,), NOW).moved_to == "https://new.example/"
    for between in (answer(once), answer(once, redirects=(elsewhere,)), fail(once)):
        assert answer(between, redirects=(there,)).moved_to is None


@given(st.lists(st.sampled_from([301, 302, 303, 307, 308]), min_size=1, max_size=5))
def test_a_temporary_redirect_moves_no_feed(statuses: list[int]) -> None:
    """A chain with one temporary redirect in it is never adopted, however often it is seen."""
    chain = tuple(Redirect(status=status, url=f"https://new.example/{n}") for n, status in enumerate(statuses))
    state = FeedState(url=FEED)
    for _ in range(4):
        state = answer(state, redirects=chain)
    assert (state.moved_to is None) == bool({302, 303, 307} & set(statuses))


def test_a_feed_that_is_gone_is_due_no_more() -> None:
    """A 410 retires a feed; any other failure does not."""
    gone = fail(FeedState(url=FEED), Reason.FEED_GONE)
    assert not gone.is_due(NOW + timedelta(days=3_650))
    assert gone.pause(NOW) == Pause(reason="feed_gone", until=None)
    assert fail(FeedState(url=FEED), Reason("http_404")).is_due(NOW + MAX_BACKOFF)


@pytest.mark.parametrize(("reason", "tries"), [(Reason("http_404"), 1), (Reason.FEED_GONE, 1), (Reason.DEADLINE, 3)])
def test_a_new_address_that_fails_is_given_up(reason: Reason, tries: int) -> None:
    """The feed is asked where the job says again: at once if the failure stays, else after three; it is not gone."""
    state = FeedState(url=FEED, moved_to="https://new.example/")
    for _ in range(tries):
        assert state.moved_to == "https://new.example/"
        state = fail(state, reason)
    assert (state.moved_to, state.gone_at) == (None, None)
    assert fail(state, Reason.FEED_GONE).gone_at == NOW


@given(states, times, pauses)
def test_a_clock_that_was_wrong_stops_no_feed(state: FeedState, now: datetime, ahead: timedelta) -> None:
    """Once it is right again a feed is asked at once, whatever pauses the wrong time led to."""
    wrong = now + timedelta(hours=2) + ahead
    late = [after_failure(state, Reason.DEADLINE, "why", wrong + ahead, wrong), after_not_modified(state, A, (), wrong)]
    assert [True, True] == [one.is_due(now) for one in late]


def test_a_forbidden_feed_is_due_in_a_day() -> None:
    """As long as rules of robots.txt are believed."""
    refused = after_refusal(FeedState(url=FEED), NOW)
    assert not refused.is_due(NOW + MAX_INTERVAL - timedelta(seconds=1))
    assert refused.is_due(NOW + MAX_INTERVAL)


def test_tests_of_validators_grow_seldom_while_they_pass() -> None:
    """A feed that never changes is asked without validators after 1, 2, 4 ... polls with them, at most 32."""
    state, gaps, conditional = answer(FeedState(url=FEED)), [], 0
    for _ in range(200):
        if state.validators(NOW) is None:
            gaps.append(conditional)
            state, conditional = answer(state), 0
        else:
            state, conditional = unchanged(state), conditional + 1
    assert gaps[:7] == [1, 2, 4, 8, 16, 32, 32]


def test_a_feed_that_changes_behind_its_validators_is_asked_without_them() -> None:
    """Another body with the same validators: they are not sent again."""
    state = answer(unchanged(answer(FeedState(url=FEED))), body="2")
    assert not state.trusts_validators
    assert state.validators(NOW) is None


def test_a_test_that_finds_news_is_repeated_soon() -> None:
    """A test that finds another body behind new validators proves nothing: the next comes after one poll again."""
    state = answer(
        FeedState(url=FEED, probe_gap=8, etag='"a"', conditional_polls=8, content_hash="1"), validators=B, body="2"
    )
    assert (1, True) == (state.probe_gap, state.trusts_validators)
    honest = answer(
        FeedState(url=FEED, probe_gap=8, etag='"a"', conditional_polls=3, content_hash="1"), validators=B, body="2"
    )
    assert honest.probe_gap == 8


def test_a_full_answer_is_wanted_once_in_thirty_days() -> None:
    """Validators are sent for 30 days at most, so that entries that still stand in a feed are not forgotten."""
    state = answer(FeedState(url=FEED))
    assert state.validators(NOW + MAX_UNANSWERED - timedelta(seconds=1)) == A
    assert state.validators(NOW + MAX_UNANSWERED) is None


def test_a_304_refreshes_validators() -> None:
    """Those that come with a 304 replace the old ones; what is missing stays."""
    state = answer(FeedState(url=FEED), validators=Validators(etag='"a"', last_modified="Monday"))
    refreshed = after_not_modified(state, B, (), NOW)
    assert ('"b"', "Monday") == (refreshed.etag, refreshed.last_modified)
