"""Groups of feeds: how they are divided, what they remember, when they are due."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.polling.schedule import FeedState
from pipeline.polling.subscriptions import Subscription
from pipeline.sources.listing import FoundFile
from pipeline.streaming.files import Known, take_settled
from pipeline.streaming.polls import NEVER, Pace, dump_state, group_feeds, load_state

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def subscribe(*urls: str) -> list[Subscription]:
    """Return feeds."""
    return [Subscription(url=url, address=url) for url in urls]


def test_feeds_of_a_registrable_domain_are_in_one_group() -> None:
    """Whatever their hosts and the number of groups, one worker at a time asks a domain."""
    feeds = subscribe(*(f"https://{host}.example.co.uk/{host}.xml" for host in "abcdefgh"), "https://other.org/x")
    for groups in (1, 2, 7, 64):
        found = group_feeds(feeds, groups, 100, 10)
        homes = [group.number for group in found for feed in group.subscriptions if "example" in feed.url]
        assert len(homes) == 8
        assert len(set(homes)) == 1
        assert sum(len(group.subscriptions) for group in found) == 9


def test_a_state_that_was_never_kept_is_empty() -> None:
    """A group without a state knows nothing, and the state survives the engine."""
    assert load_state(None) == NEVER
    state = load_state(dump_state(NEVER))
    assert (state.tick, state.feeds, len(state.entries), state.waiting) == (NEVER.tick, {}, 0, ())


@pytest.mark.parametrize(
    ("poll_seconds", "seconds_ago", "is_due"), [(None, 300, False), (None, 3700, True), (60, 59, False), (60, 60, True)]
)
def test_a_feed_is_due_by_its_own_pace_or_by_that_of_the_job(
    poll_seconds: float | None, seconds_ago: float, is_due: bool
) -> None:
    """`poll_seconds` replaces the feed's own pace of an hour."""
    polled = NOW - timedelta(seconds=seconds_ago)
    state = FeedState(url="https://a.example/x", last_polled_at=polled, next_poll_at=polled + timedelta(hours=1))
    assert Pace(every_seconds=10, poll_seconds=poll_seconds).is_due(state, NOW) is is_due


def test_a_feed_that_fails_is_left_alone_whatever_the_pace_of_the_job() -> None:
    """The pause after failures holds, and so does the one that a server asked for."""
    failing = FeedState(url="u", failures=2, last_polled_at=NOW, next_poll_at=NOW + timedelta(hours=1))
    held = FeedState(url="u", last_polled_at=NOW - timedelta(days=1), not_before=NOW + timedelta(hours=1))
    pace = Pace(every_seconds=1, poll_seconds=1)
    assert not pace.is_due(failing, NOW + timedelta(minutes=1))
    assert not pace.is_due(held, NOW)


@pytest.mark.parametrize(("seconds_between", "pages"), [(5, 12), (120, 1), (0, None)])
def test_so_many_pages_of_a_domain_fit_between_two_ticks(seconds_between: float, pages: int | None) -> None:
    """At least one, so that a domain with a long pause gets on."""
    assert Pace(every_seconds=60).max_pages(seconds_between) == pages


def test_a_file_that_grows_is_read_when_it_has_stopped() -> None:
    """Read once at each size that lasts for a tick; a file that is gone is forgotten."""
    known: Known = {}
    taken = []
    for size in (10, 20, 20, 20, 30, 30):
        files, known = take_settled([FoundFile(uri="a.html", size_bytes=size, kind="html")], known)
        taken.append(len(files))
    assert taken == [0, 0, 1, 0, 0, 1]
    assert take_settled([], known) == ([], {})
