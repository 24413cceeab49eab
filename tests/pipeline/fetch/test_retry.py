"""Tests of when to ask again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch.retry import backoff_seconds, is_worth_a_retry, parse_retry_after
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


@given(st.text(max_size=40) | st.text(alphabet="SunMar0123456789 :,+-GMTJ", max_size=40))
def test_any_retry_after_is_a_wait_or_nothing(header: str) -> None:
    """No value raises or gives a negative wait."""
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or seconds >= 0


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
