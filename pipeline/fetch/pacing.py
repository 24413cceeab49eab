"""Who may be asked when: one queue for each domain, and a pause between the requests of each."""

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")

_SWEEP_AT: Final = 4_096


@dataclass(slots=True)
class _Domain(Generic[Item]):
    """The queue of a domain.

    Attributes:
        ready: what may start as soon as the domain may be asked.
        delayed: heap of (earliest start, number, item).
        seconds_between: between two starts.
        next_start: earliest time of the next start.
        in_flight: items that have started and not finished.
        ticket: number of the domain's valid entry in the heap of turns.
        turn_at: time of that entry, None if there is none.
    """

    seconds_between: float
    ready: deque[Item] = field(default_factory=deque)
    delayed: list[tuple[float, int, Item]] = field(default_factory=list)
    next_start: float = 0.0
    in_flight: int = 0
    ticket: int = 0
    turn_at: float | None = None


class Pacer(Generic[Item]):
    """Queues of items by domain; gives an item when its domain may be asked.

    It keeps no threads and reads no clock: the caller names the time, in seconds on any clock that does not go back,
    and sees to it that one thread at a time comes in. An operation costs the logarithm of the number of domains.

    Args:
        seconds_between: between the starts of two items of a domain; `slow_down` raises it for one domain.
        max_in_flight: items of a domain that are worked on at once.
    """

    def __init__(self, seconds_between: float, max_in_flight: int = 1) -> None:
        self._seconds_between = seconds_between
        self._max_in_flight = max_in_flight
        self._domains: dict[str, _Domain[Item]] = {}
        self._turns: list[tuple[float, int, str]] = []
        self._count = 0
        self._sweep_at = _SWEEP_AT

    def add(self, key: str, item: Item, not_before: float | None = None, *, is_first: bool = False) -> None:
        """Queue an item of domain `key`.

        Args:
            key: the domain.
            item: what to give back.
            not_before: earliest start; others of the domain pass it by meanwhile.
            is_first: whether it goes to the front of the queue.
        """
        domain = self._domains.get(key)
        if domain is None:
            domain = self._domains[key] = _Domain(self._seconds_between)
        if not_before is not None:
            self._count += 1
            heapq.heappush(domain.delayed, (not_before, self._count, item))
        elif is_first:
            domain.ready.appendleft(item)
        else:
            domain.ready.append(item)
        self._take_turn(key, domain)

    def pop(self, now: float) -> Item | None:
        """Return an item that may start at `now`, which then is in flight until `finish`; None if there is none yet."""
        while self._turns and self._turns[0][0] <= now:
            _, ticket, key = heapq.heappop(self._turns)
            domain = self._domains.get(key)
            if domain is None or domain.ticket != ticket:
                continue
            domain.turn_at = None
            item = _take(domain, now)
            domain.in_flight += 1
            domain.next_start = now + domain.seconds_between
            self._take_turn(key, domain)
            return item
        return None

    def drain(self, key: str) -> tuple[Item, ...]:
        """Return all queued items of a domain, which leave the queue."""
        domain = self._domains.get(key)
        if domain is None:
            return ()
        items = (*domain.ready, *(item for _, _, item in sorted(domain.delayed, key=lambda entry: entry[:2])))
        domain.ready.clear()
        domain.delayed.clear()
        self._take_turn(key, domain)
        return items

    def next_time(self) -> float | None:
        """Return when `pop` may have something, None if nothing will come without `add` or `finish`."""
        return self._turns[0][0] if self._turns else None

    def note_sent(self, key: str, now: float) -> None:
        """Count the pause of a domain from now: the request of an item was sent, some time after `pop`."""
        domain = self._domains[key]
        self.hold(key, now + domain.seconds_between)

    def finish(self, key: str, now: float) -> None:
        """Count an item of a domain as done."""
        domain = self._domains[key]
        domain.in_flight -= 1
        self._take_turn(key, domain)
        if len(self._domains) > self._sweep_at:
            self._sweep(now)

    def slow_down(self, key: str, seconds_between: float) -> None:
        """Let at least so many seconds lie between two starts of a domain from now on."""
        domain = self._domains[key]
        if seconds_between > domain.seconds_between:
            domain.next_start += seconds_between - domain.seconds_between
            domain.seconds_between = seconds_between
            self._take_turn(key, domain)

    def hold(self, key: str, until: float) -> None:
        """Start nothing of a domain before `until`."""
        domain = self._domains[key]
        domain.next_start = max(domain.next_start, until)
        self._take_turn(key, domain)

    def _take_turn(self, key: str, domain: _Domain[Item]) -> None:
        """Give a domain its place in the order of turns, which replaces the one it had."""
        turn_at = self._turn_of(domain)
        if turn_at == domain.turn_at:
            return
        self._count += 1
        domain.ticket, domain.turn_at = self._count, turn_at
        if turn_at is not None:
            heapq.heappush(self._turns, (turn_at, domain.ticket, key))

    def _turn_of(self, domain: _Domain[Item]) -> float | None:
        if domain.in_flight >= self._max_in_flight or not (domain.ready or domain.delayed):
            return None
        return max(domain.next_start, 0.0 if domain.ready else domain.delayed[0][0])

    def _sweep(self, now: float) -> None:
        """Forget domains that are idle and may be asked at once, so that memory follows the work that is left."""
        for key in [key for key, domain in self._domains.items() if _is_idle(domain, now)]:
            del self._domains[key]
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._domains))


def _take(domain: _Domain[Item], now: float) -> Item:
    if domain.delayed and domain.delayed[0][0] <= now:
        return heapq.heappop(domain.delayed)[2]
    return domain.ready.popleft()


def _is_idle(domain: _Domain[Item], now: float) -> bool:
    return not (domain.in_flight or domain.ready or domain.delayed) and domain.next_start <= now
