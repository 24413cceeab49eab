"""When to ask again."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from transforms.errors import Reason

_FIRST_SECONDS: Final = 1.0
MAX_RETRY_AFTER: Final = timedelta(days=30)
"""A longer pause that a server asks for counts as this."""

# A name without address stays so, and a server that used up the whole time limit is not asked again within a run.
_NOT_AT_ONCE: Final = frozenset({Reason.DNS, Reason.DEADLINE, Reason.RATE_LIMITED})


def is_worth_a_retry(reason: Reason) -> bool:
    """Whether asking again within the same run may help.

    >>> is_worth_a_retry(Reason("http_503")), is_worth_a_retry(Reason.DEADLINE), is_worth_a_retry(Reason("http_404"))
    (True, False, False)
    """
    return reason.is_retryable and reason not in _NOT_AT_ONCE


def backoff_seconds(failures: int, max_seconds: float, random_share: float | None = None) -> float:
    """Return how long to wait after so many failures: exponential, with full jitter.

    The wait is evenly spread between 0 and 2, 4, 8, ... seconds, so that many clients don't come back together
    (Brooker, "Exponential Backoff And Jitter", 2015).

    Args:
        failures: at least 1.
        max_seconds: upper limit.
        random_share: in [0, 1]; drawn if not given.
    """
    share = random.random() if random_share is None else random_share
    return min(max_seconds, _FIRST_SECONDS * 2.0**failures) * share


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds to wait that a Retry-After header asks for (RFC 9110, 10.2.3), None if it says nothing usable.

    At most 30 days: some servers name a time far off to be left alone for good, or by mistake.

    >>> new_year = datetime(2026, 1, 1, tzinfo=UTC)
    >>> parse_retry_after("120", new_year), parse_retry_after("Thu, 01 Jan 2026 00:00:30 GMT", new_year)
    (120.0, 30.0)
    """
    value = (header or "").strip()
    longest = MAX_RETRY_AFTER.total_seconds()
    if value.isascii() and value.isdigit():
        return min(longest, float(value))
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # no date; a zone of many digits
        return None
    # Both as numbers: a time of the year 9999 in a far zone is no `datetime` in UTC.
    offset = (when.utcoffset() or timedelta()).total_seconds()
    seconds = (when.replace(tzinfo=UTC) - now).total_seconds() - offset
    return min(longest, max(0.0, seconds))
