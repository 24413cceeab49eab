"""Tests of who may be asked when; time is a number here."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch.pacing import Pacer

KEYS = st.sampled_from("abc")
SECONDS = st.floats(min_value=0, max_value=20)


@given(
    st.lists(st.tuples(KEYS, st.none() | SECONDS), min_size=1, max_size=40),
    st.floats(min_value=0, max_value=5),
    st.floats(min_value=0, max_value=7),
)
def test_domains_keep_their_pace_and_nothing_is_lost(
    items: list[tuple[str, float | None]], seconds_between: float, work_seconds: float
) -> None:
    """Each item starts once, not before its time, never closer to the one before, one at a time for each domain."""
    pacer: Pacer[int] = Pacer(seconds_between)
    for number, (key, not_before) in enumerate(items):
        pacer.add(key, number, not_before)
    starts: dict[str, list[float]] = defaultdict(list)
    running: list[tuple[float, str]] = []
    seen: set[int] = set()
    now = 0.0
    while (turn := pacer.next_time()) is not None or running:
        now = max(now, min([when for when, _ in running] + ([turn] if turn is not None else [])))
        for one in [one for one in running if one[0] <= now]:
            running.remove(one)
            pacer.finish(one[1], now)
        while (started := pacer.pop(now)) is not None:
            key, not_before = items[started]
            assert started not in seen
            assert not_before is None or not_before <= now
            assert key not in [other for _, other in running]
            assert not starts[key] or now >= starts[key][-1] + seconds_between
            seen.add(started)
            starts[key].append(now)
            running.append((now + work_seconds, key))
    assert len(items) == len(seen)


def start(pacer: Pacer[str], now: float) -> list[str]:
    """Return all that may start now."""
    found = []
    while (item := pacer.pop(now)) is not None:
        found.append(item)
    return found


def test_domains_do_not_wait_for_each_other() -> None:
    """The first of each domain starts at once, the second after the pause."""
    pacer: Pacer[str] = Pacer(5.0)
    for item in ("a1", "a2", "b1", "c1", "b2"):
        pacer.add(item[0], item)
    assert ["a1", "b1", "c1"] == start(pacer, 100.0)
    pacer.finish("a", 101.0)
    assert [] == start(pacer, 104.9)
    assert ["a2"] == start(pacer, 105.0)
    assert [] == start(pacer, 200.0)
    pacer.finish("b", 200.0)
    assert ["b2"] == start(pacer, 200.0)


def test_the_pause_counts_from_when_the_request_was_sent() -> None:
    """A connection that took long does not bring two requests closer."""
    pacer: Pacer[str] = Pacer(5.0)
    pacer.add("a", "a1")
    pacer.add("a", "a2")
    assert ["a1"] == start(pacer, 0.0)
    pacer.note_sent("a", 3.0)
    pacer.finish("a", 4.0)
    assert 8.0 == pacer.next_time()


def test_a_crawl_delay_counts_from_the_last_start() -> None:
    """A larger pause holds from the request on that told of it; a smaller one changes nothing."""
    pacer: Pacer[str] = Pacer(5.0)
    pacer.add("a", "robots")
    assert ["robots"] == start(pacer, 100.0)
    pacer.add("a", "page")
    pacer.slow_down("a", 20.0)
    pacer.slow_down("a", 1.0)
    pacer.finish("a", 101.0)
    assert 120.0 == pacer.next_time()


def test_others_pass_a_retry_by() -> None:
    """What waits for its time does not hold up its domain; when it is due it comes first."""
    pacer: Pacer[str] = Pacer(0.0)
    pacer.add("a", "retry", 10.0)
    pacer.add("a", "next")
    assert ["next"] == start(pacer, 1.0)
    pacer.finish("a", 1.0)
    assert 10.0 == pacer.next_time()
    pacer.add("a", "last")
    assert ["retry"] == start(pacer, 10.0)


def test_a_domain_can_be_held() -> None:
    """A pause that the server asks for holds for all that is queued for it."""
    pacer: Pacer[str] = Pacer(1.0)
    pacer.add("a", "a1")
    pacer.hold("a", 30.0)
    assert [] == start(pacer, 29.0)
    assert ["a1"] == start(pacer, 30.0)


def test_several_at_once_if_allowed() -> None:
    """Without a pause a domain has as many in flight as the limit says."""
    pacer: Pacer[int] = Pacer(0.0, max_in_flight=3)
    for number in range(5):
        pacer.add("a", number)
    assert [0, 1, 2] == [pacer.pop(0.0), pacer.pop(0.0), pacer.pop(0.0)]
    assert pacer.pop(0.0) is None
    pacer.finish("a", 0.0)
    assert 3 == pacer.pop(0.0)


def test_drained_items_leave_the_queue() -> None:
    """Draining gives all that is queued for a domain, and nothing of others."""
    pacer: Pacer[str] = Pacer(0.0)
    pacer.add("a", "late", 5.0)
    pacer.add("a", "now")
    pacer.add("b", "other")
    assert ("now", "late") == pacer.drain("a")
    assert () == pacer.drain("unknown")
    assert ["other"] == start(pacer, 100.0)


def test_idle_domains_are_forgotten() -> None:
    """Memory follows the work that is left, not all that was ever asked."""
    pacer: Pacer[int] = Pacer(5.0)
    for number in range(10_000):
        pacer.add(str(number), number)
        assert number == pacer.pop(float(number))
        pacer.finish(str(number), float(number))
    assert len(pacer._domains) <= 4_097


def test_a_long_queue_has_one_turn() -> None:
    """Many items of one domain make one entry in the order of turns."""
    pacer: Pacer[int] = Pacer(5.0)
    for number in range(10_000):
        pacer.add("a", number)
    assert 1 == len(pacer._turns)
