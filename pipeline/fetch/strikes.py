"""Domains that only fail: what is left for them in this run is given up, not tried one by one."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from pipeline.fetch.outcomes import Failed, Outcome
from pipeline.fetch.retry import MAX_RETRY_AFTER
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
    """Counts failures in a row for each domain, and bars a domain that has too many; one thread at a time.

    Args:
        pauses: domains that asked for a pause in an earlier run, and when it ends.
    """

    def __init__(self, pauses: Mapping[str, datetime] = MappingProxyType({})) -> None:
        self._counts: dict[str, int] = {}
        self._barred: dict[str, tuple[float, Failed]] = {}
        for key, until in pauses.items():
            self._bar(key, _asked_for(until), 0.0)

    def count(self, key: str, outcome: Outcome) -> None:
        """Take note of how a request to domain `key` ended."""
        limit = _LIMITS.get(outcome.reason) if isinstance(outcome, Failed) else None
        if limit is None:
            self._counts.pop(key, None)
            return
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] >= limit and isinstance(outcome, Failed):
            self._bar(key, outcome, _BARRED_SECONDS)

    def _bar(self, key: str, failure: Failed, seconds: float) -> None:
        """Bar a domain for so long, and until the server wants to be asked again."""
        if failure.not_before is not None:
            asked = (failure.not_before - datetime.now(UTC)).total_seconds()
            seconds = max(seconds, min(asked, MAX_RETRY_AFTER.total_seconds()))
        self._barred[key] = (time.monotonic() + seconds, failure)

    def pauses(self) -> dict[str, datetime]:
        """Return the barred domains whose servers asked for a pause, and when it ends."""
        now = datetime.now(UTC)
        ends = {key: failure.not_before for key, (_, failure) in self._barred.items()}
        return {key: end for key, end in sorted(ends.items()) if end is not None and end > now}

    def failure(self, key: str) -> Failed | None:
        """Return the failure that bars domain `key`, None if it may be asked."""
        until, failure = self._barred.get(key, (0.0, None))
        return failure if until > time.monotonic() else None


def _asked_for(until: datetime) -> Failed:
    """Return the failure of a domain that asked for a pause in an earlier run."""
    return Failed(
        url="",
        reason=Reason.RATE_LIMITED,
        detail=f"it asked for a pause until {until:%Y-%m-%d %H:%M} UTC",
        not_before=until,
        status=None,
        redirects=(),
        tries=0,
    )
