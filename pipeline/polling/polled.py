"""What a poll is asked for, what it gives, and what is known of its entries once the run has worked on them."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pipeline.polling.entries import MAX_ATTEMPTS, Task
from pipeline.polling.schedule import FeedState, Pause
from pipeline.polling.subscriptions import Subscription
from pipeline.staging import LedgerEntry
from pipeline.state import SeenEntry
from transforms.errors import Reason

Asked = Literal["due", "allowed", "all"]
"""Which feeds a run asks: those that are due by their own pace; those that need no pause; all, paused or not."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to get.

    Attributes:
        subscriptions: feeds to poll.
        tasks: pages that no feed names, and entries to be tried again.
        max_entries: a feed with more is refused.
        max_sitemaps: how many sitemaps of an index are read.
        asked: which of the feeds are asked.
        tries: address of a feed to how often it has been tried before, where a run is a replay.
        is_forced: whether dead and waiting entries are asked for all the same, as in a replay.
    """

    subscriptions: Sequence[Subscription] = ()
    tasks: Sequence[Task] = ()
    max_entries: int = 2_000
    max_sitemaps: int = 100
    asked: Asked = "allowed"
    tries: Mapping[str, int] = dataclasses.field(default_factory=dict)
    is_forced: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A feed that was left alone: its address, and why and until when."""

    url: str
    pause: Pause


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What the fetching part of a run gave.

    Attributes:
        polled_at: time of the poll.
        inputs: kind of source to number of inputs.
        ledger: the inputs that did not become a page.
        feeds: what is known now of the feeds that were polled.
        entries: what is known now of entries that need no page: seen again, or failed.
        spooled: the entries in the spool; their fate is known when the run has worked on them.
        places: `source_uri` and `source_offset` of each of these.
        size_bytes: of all answers, decoded.
        possible_gaps: feeds that gave only new entries: some may have come and gone between two polls.
        passed_over: feeds that were not asked.
        waiting: entries whose pages are to be tried again, whether they still stand in their feeds or not.
    """

    polled_at: datetime
    inputs: dict[str, int]
    ledger: list[LedgerEntry]
    feeds: list[FeedState]
    entries: list[SeenEntry]
    spooled: list[SeenEntry]
    places: list[tuple[str, int]]
    size_bytes: int
    possible_gaps: list[str]
    passed_over: list[PassedOver] = dataclasses.field(default_factory=list)
    waiting: list[Task] = dataclasses.field(default_factory=list)


def settle_fates(polled: Polled, ledger: Iterable[LedgerEntry]) -> list[SeenEntry]:
    """Return what is known of all entries of a poll, once the run has worked on what was fetched.

    Args:
        polled: the fetching part.
        ledger: of the whole run.
    """
    dead = {(e.source_uri, e.source_offset): e.reason for e in ledger if e.outcome == "dead_letters"}
    settled = list(polled.entries)
    for seen, place in zip(polled.spooled, polled.places, strict=True):
        if place not in dead:
            settled.append(seen)
        elif Reason(dead[place] or "").is_retryable and seen.attempts < MAX_ATTEMPTS:
            settled.append(dataclasses.replace(seen, fate="retry"))
        else:
            settled.append(dataclasses.replace(seen, fate="dead"))
    return settled
