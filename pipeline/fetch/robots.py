"""Robots.txt (RFC 9309): what its answer means, and a memory of the rules."""

import codecs
import functools
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from protego import Protego

MAX_CACHED_CHARS: Final = 32 << 20
"""Text of all remembered rules together; beyond it the oldest are forgotten."""

KEPT_FOR: Final = timedelta(hours=24)
"""How long rules are believed (RFC 9309, 2.4: no longer than a day)."""

_PARSED_AT_ONCE: Final = 64
# Sites write `User-agent: newsbeam/1.0` and mean all versions.
_VERSION: Final = re.compile(r"^([ \t]*user-?agent[ \t]*:[ \t]*[a-z_-]+)/[^\r\n#]*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """The robots.txt of an origin; plain data, which can be stored.

    Attributes:
        origin: scheme, host and port, such as `https://example.org:443`.
        text: the rules; empty if there are none.
        fetched_at: when, UTC.
    """

    origin: str
    text: str
    fetched_at: datetime

    @property
    def url(self) -> str:
        """Address of the robots.txt."""
        return f"{self.origin}/robots.txt"

    def allows(self, url: str, robots_name: str) -> bool:
        """Whether `robots_name` may ask for `url`, which is of this origin."""
        return _parse(self.text).can_fetch(url, robots_name) if self.text else True

    def crawl_delay(self, robots_name: str) -> float:
        """Seconds that shall lie between two requests of `robots_name`; 0 if nothing is said."""
        return max(0.0, _parse(self.text).crawl_delay(robots_name) or 0.0) if self.text else 0.0


def decode_rules(content: bytes) -> str:
    r"""Return the text of a robots.txt: UTF-8 (RFC 9309, 2.2), or UTF-16 where a byte order mark says so.

    >>> decode_rules(b"\xff\xfeU\0"), decode_rules(b"\xef\xbb\xbfU\xff")
    ('U', 'U\ufffd')
    """
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig", "replace")


@functools.lru_cache(maxsize=_PARSED_AT_ONCE)
def _parse(text: str) -> Protego:
    return Protego.parse(_VERSION.sub(r"\1", text))


class RobotsCache:
    """The rules of the origins asked so far; several threads may use it.

    Args:
        rules: those that were kept from earlier runs, which `export` gave.
    """

    def __init__(self, rules: Iterable[RobotsRules] = ()) -> None:
        self._rules: OrderedDict[str, RobotsRules] = OrderedDict()
        self._chars = 0
        self._lock = threading.Lock()
        for one in sorted(rules, key=lambda one: one.fetched_at):
            self.put(one)

    def get(self, origin: str, now: datetime) -> RobotsRules | None:
        """Return the rules of an origin, None if they are not known or too old."""
        with self._lock:
            rules = self._rules.get(origin)
        return rules if rules is not None and self._is_fresh(rules, now) else None

    def put(self, rules: RobotsRules) -> None:
        """Remember rules in place of older ones of their origin."""
        with self._lock:
            self._forget(rules.origin)
            self._rules[rules.origin] = rules
            self._chars += len(rules.text)
            while self._chars > MAX_CACHED_CHARS:
                self._forget(next(iter(self._rules)))

    def export(self, now: datetime) -> tuple[RobotsRules, ...]:
        """Return what is worth storing, oldest first."""
        with self._lock:
            return tuple(rules for rules in self._rules.values() if self._is_fresh(rules, now))

    def _forget(self, origin: str) -> None:
        old = self._rules.pop(origin, None)
        self._chars -= len(old.text) if old is not None else 0

    def _is_fresh(self, rules: RobotsRules, now: datetime) -> bool:
        # A time in the future is that of a wrong clock.
        return timedelta(0) <= now - rules.fetched_at < KEPT_FOR
