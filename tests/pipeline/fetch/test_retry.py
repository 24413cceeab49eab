"""Tests of when to ask again."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.fetch.retry import MAX_RETRY_AFTER, backoff_seconds, is_worth_a_retry, parse_retry_after
from transforms.errors import Reason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        (" 0 ", 0.0),
        ("864000", 864_000.0),
        ("Sun, 01 Mar 2026 12:00:03 GMT", 3.0),
        ("Sunday, 01-Mar-26 12:00:03 GMT", 3.0),
        ("Sun, 01 Mar 2026 14:00:03 +0200", 3.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """Both forms are read, a past date means now, and all else says nothing."""
    assert seconds == parse_retry_after(header, NOW)


dates = st.builds(
    "Fri, {} Dec {} {}:59:59 {}{}".format,
    st.integers(0, 40),
    st.sampled_from([0, 1, 99, 1969, 2026, 9999, 10_000]),
    st.integers(0, 30),
    st.sampled_from(["", "+", "-"]),
    st.sampled_from(["GMT", "0000", "2359", "9959", "9" * 12, "9" * 400]),
)


@given(st.text(max_size=40) | st.text(alphabet="SunMar0123456789 :,+-GMTJ", max_size=40) | dates)
@example("9" * 400)
@example("Fri, 31 Dec 9999 23:59:59 -2359")
def test_any_retry_after_is_a_wait_of_at_most_a_month_or_nothing(header: str) -> None:
    """No value raises, gives a negative wait or one that never ends."""
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER.total_seconds()


@given(st.integers(min_value=1, max_value=60), st.floats(min_value=0, max_value=1))
def test_backoff_stays_in_its_bounds(failures: int, share: float) -> None:
    """The wait is between nothing and the doubled step, and never above the limit."""
    assert 0 <= backoff_seconds(failures, 30.0, share) <= min(30.0, 2.0**failures)


def test_only_what_passes_soon_is_asked_again() -> None:
    """Failures that stay, and those that used up the time, wait for the next run."""
    again = [Reason.CONNECTION, Reason.INCOMPLETE_BODY, *map(Reason, ("http_408", "http_429", "http_500", "http_522"))]
    never = [Reason.DNS, Reason.DEADLINE, Reason.TLS, Reason.BAD_HTTP, Reason("http_404"), Reason.PRIVATE_ADDRESS]
    assert all(map(is_worth_a_retry, again))
    assert not any(map(is_worth_a_retry, never))
