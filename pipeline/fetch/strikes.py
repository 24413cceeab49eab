"""Domains that only fail: what is left for them in this run is given up, not tried one by one."""

import time
from datetime import UTC, datetime
from typing import Final

from pipeline.fetch.outcomes import Failed, Outcome
from transforms.errors import Reason

MAX_RATE_LIMITED: Final = 3
"""Requests to a domain in a row that it turned away until later, before it is left alone."""

MAX_UNREACHABLE: Final = 10
"""Requests to a domain in a row that got no answer, before it is left alone. They may cost 30 seconds each."""

_LIMITS: Final = {
    Reason.RATE_LIMITED: MAX_RATE_LIMITED,
    Reason("http_429"): MAX_RATE_LIMITED,
    Reason.CONNECTION: MAX_UNREACHABLE,
    Reason.DEADLINE: MAX_UNREACHABLE,
    Reason.DNS: MAX_UNREACHABLE,
    Reason.TLS: MAX_UNREACHABLE,
}
_BARRED_SECONDS: Final = 600.0


class Strikes:
    """Counts failures in a row for each domain, and bars a domain that has too many; one thread at a time."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._barred: dict[str, tuple[float, Failed]] = {}

    def count(self, key: str, outcome: Outcome) -> None:
        """Take note of how a request to domain `key` ended."""
        limit = _LIMITS.get(outcome.reason) if isinstance(outcome, Failed) else None
        if limit is None:
            self._counts.pop(key, None)
            return
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] >= limit and isinstance(outcome, Failed):
            seconds = _BARRED_SECONDS
            if outcome.not_before is not None:
                seconds = max(seconds, (outcome.not_before - datetime.now(UTC)).total_seconds())
            self._barred[key] = (time.monotonic() + seconds, outcome)

    def failure(self, key: str) -> Failed | None:
        """Return the failure that bars domain `key`, None if it may be asked."""
        until, failure = self._barred.get(key, (0.0, None))
        return failure if until > time.monotonic() else None
