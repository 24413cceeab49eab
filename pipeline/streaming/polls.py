"""Polling in a stream: at each tick a group of domains is asked for what is due.

All feeds of a registrable domain are in one group, and a group is one key of the engine, so that one worker at a time
asks a domain. The group's state is what it knows of its feeds, the entries that it has seen, and the pages that have to
wait for a later tick.
"""

import base64
import contextlib
import dataclasses
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, cast

import apache_beam as beam
import pyarrow as pa
import pydantic
from apache_beam.coders import BytesCoder
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.userstate import ReadModifyWriteRuntimeState, ReadModifyWriteStateSpec
from apache_beam.utils.timestamp import Timestamp

from pipeline.fetch import Fetcher, FetchSettings, Outcome, Request
from pipeline.polling.entries import Task
from pipeline.polling.poll import Poll
from pipeline.polling.polled import Polled, Wanted, settle_fates
from pipeline.polling.schedule import FeedState
from pipeline.polling.subscriptions import Subscription
from pipeline.sources.spans import Span
from pipeline.sources.spool import plan_spool
from pipeline.staging import LedgerEntry
from pipeline.state import ENTRY_SCHEMA, SeenEntries
from pipeline.streaming.log import Logged, StreamLog
from transforms.identity import hash_fields
from transforms.urls import registrable_domain

SPANS: Final = "spans"
LEDGER: Final = "ledger"
INPUTS: Final = "inputs"
"""Tags of the outputs of what reads."""

MAX_ENTRIES: Final = 200_000
"""Entries that a group remembers, those seen last; some 100 bytes each."""

STALE_TICKS: Final = 3
"""A tick that comes so many ticks late finds nothing: a later one asks."""

_SPAN_ARTICLES: Final = 25

Inputs = tuple[str, int]
"""Kind of source and number of inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When a stream polls.

    Attributes:
        every_seconds: between two ticks.
        poll_seconds: between two polls of a feed; None for each feed's own pace.
    """

    every_seconds: float
    poll_seconds: float | None = None

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Whether a feed is to be polled at a tick."""
        if self.poll_seconds is None or state.last_polled_at is None or state.failures:
            return state.is_due(now)
        return state.may_poll(now) and now - state.last_polled_at >= timedelta(seconds=self.poll_seconds)

    def max_pages(self, seconds_between: float) -> int | None:
        """Return how many pages of a domain fit between two ticks; None for all."""
        return max(1, int(self.every_seconds / seconds_between)) if seconds_between else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a group found at a tick.

    Attributes:
        polled: what was polled and fetched.
        waiting: entries whose pages wait for a later tick; they are not among the inputs yet.
    """

    polled: Polled
    waiting: list[Task]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupState:
    """What a group of domains knows.

    Attributes:
        tick: the last one that counted.
        feeds: by address.
        entries: with `ENTRY_SCHEMA`.
        waiting: entries whose pages are still to be fetched.
    """

    tick: datetime
    feeds: dict[str, FeedState]
    entries: pa.Table
    waiting: tuple[Task, ...]

    def after(self, found: Found, tick: datetime) -> "GroupState":
        """Return the state after a tick. Entries that were fetched count as done: their dead letters are kept apart."""
        polled = found.polled
        entries = SeenEntries(self.entries).updated(settle_fates(polled, polled.ledger), tick)
        if len(entries) > MAX_ENTRIES:
            entries = entries.sort_by([("last_seen_at", "descending"), ("key", "ascending")]).slice(0, MAX_ENTRIES)
        return GroupState(
            tick=tick,
            feeds=self.feeds | {feed.url: feed for feed in polled.feeds},
            entries=entries.sort_by("key"),
            waiting=tuple(found.waiting),
        )


_FOUND: Final = pydantic.TypeAdapter(Found)
_FEEDS: Final = pydantic.TypeAdapter(dict[str, FeedState])
_TASKS: Final = pydantic.TypeAdapter(tuple[Task, ...])
NEVER: Final = GroupState(
    tick=datetime(1970, 1, 1, tzinfo=UTC), feeds={}, entries=ENTRY_SCHEMA.empty_table(), waiting=()
)


def dump_state(state: GroupState) -> bytes:
    """Return a state as it is kept by the engine."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, ENTRY_SCHEMA) as writer:
        writer.write_table(state.entries)
    plain = {
        "tick": state.tick.isoformat(),
        "feeds": _FEEDS.dump_python(state.feeds, mode="json"),
        "waiting": _TASKS.dump_python(state.waiting, mode="json"),
        "entries": base64.b64encode(sink.getvalue()).decode(),
    }
    return zlib.compress(json.dumps(plain).encode(), 1)


def load_state(content: bytes | None) -> GroupState:
    """Return the state that was dumped, that of a group which knows nothing for None."""
    if content is None:
        return NEVER
    plain = json.loads(zlib.decompress(content))
    return GroupState(
        tick=datetime.fromisoformat(plain["tick"]),
        feeds=_FEEDS.validate_python(plain["feeds"]),
        entries=pa.ipc.open_stream(base64.b64decode(plain["entries"])).read_all(),
        waiting=_TASKS.validate_python(plain["waiting"]),
    )


class _OneTick:
    """A fetcher for one tick: pages beyond what fits between two ticks are set aside.

    Args:
        fetcher: asks.
        max_pages: of a domain; None for all.
    """

    def __init__(self, fetcher: Fetcher, max_pages: int | None) -> None:
        self._fetcher = fetcher
        self._max_pages = max_pages
        self._pages: Counter[str] = Counter()
        self.waiting: list[Task] = []

    def submit(self, request: Request) -> None:
        """Have something fetched, or set it aside."""
        domain = registrable_domain(request.url) or request.url
        is_page = request.purpose == "page" and isinstance(request.key, Task)
        if is_page and self._max_pages is not None and self._pages[domain] >= self._max_pages:
            assert isinstance(request.key, Task)
            self.waiting.append(request.key)
            return
        self._pages[domain] += is_page
        self._fetcher.submit(request)

    def results(self) -> Iterator[tuple[Request, Outcome]]:
        """Yield what was fetched."""
        return self._fetcher.results()


class _Fetchers:
    """The fetcher of this process: one, so that its pace holds for all groups that are polled here, one by one."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._fetchers: dict[FetchSettings, Fetcher] = {}

    def get(self, settings: FetchSettings) -> Fetcher:
        """Return the fetcher; the first waits, for a process that has died may just have asked."""
        if settings not in self._fetchers:
            time.sleep(settings.seconds_between_requests)
            self._fetchers[settings] = Fetcher(settings)
        return self._fetchers[settings]

    def drop(self, settings: FetchSettings) -> None:
        """Close a fetcher that failed."""
        self._fetchers.pop(settings).close()


_FETCHERS: Final = _Fetchers()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGroup:
    """The feeds that are polled under one key.

    Attributes:
        number: the key.
        subscriptions: the feeds.
        max_entries: a feed with more is refused.
        max_sitemaps: how many sitemaps of an index are read.
    """

    number: int
    subscriptions: tuple[Subscription, ...]
    max_entries: int = 2_000
    max_sitemaps: int = 100

    def wanted(self, state: GroupState, pace: Pace, tick: datetime) -> Wanted | None:
        """Return what is due at a tick, None for nothing."""
        due = [feed for feed in self.subscriptions if pace.is_due(_feed_of(state, feed), tick)]
        if not due and not state.waiting:
            return None
        return Wanted(
            subscriptions=tuple(due),
            tasks=state.waiting,
            max_entries=self.max_entries,
            max_sitemaps=self.max_sitemaps,
        )


def _feed_of(state: GroupState, feed: Subscription) -> FeedState:
    return state.feeds.get(feed.url) or FeedState(url=feed.url)


def group_feeds(
    subscriptions: Sequence[Subscription], groups: int, max_entries: int, max_sitemaps: int
) -> list[FeedGroup]:
    """Return the groups that hold the feeds, all feeds of a registrable domain in the same one."""
    found: dict[int, list[Subscription]] = {}
    for feed in subscriptions:
        domain = registrable_domain(feed.address) or feed.address
        found.setdefault(int(hash_fields(domain)[:8], 16) % groups, []).append(feed)
    return [
        FeedGroup(number=number, subscriptions=tuple(feeds), max_entries=max_entries, max_sitemaps=max_sitemaps)
        for number, feeds in sorted(found.items())
    ]


def _not_yet(waiting: Sequence[Task]) -> Counter[str]:
    return Counter(task.source_kind for task in waiting)


def poll_group(
    wanted: Wanted, state: GroupState, tick: datetime, folder: Path, settings: FetchSettings, pace: Pace
) -> Found:
    """Poll and fetch what is due into a folder."""
    with _FETCHERS.lock:
        one_tick = _OneTick(_FETCHERS.get(settings), pace.max_pages(settings.seconds_between_requests))
        poll = Poll(wanted, state.feeds, SeenEntries(state.entries), folder, tick, lambda *_: None)
        with contextlib.ExitStack() as undo:
            undo.callback(_FETCHERS.drop, settings)
            # It answers what a poll asks of a fetcher.
            polled = poll.run(cast(Fetcher, one_tick))
            undo.pop_all()
    inputs = Counter(polled.inputs)
    inputs.subtract(_not_yet(one_tick.waiting))
    return Found(polled=dataclasses.replace(polled, inputs=dict(inputs)), waiting=one_tick.waiting)


def _tick_of(state: GroupState) -> datetime:
    return state.tick


_Ledger = TaggedOutput[Literal["ledger"], LedgerEntry]
_Inputs = TaggedOutput[Literal["inputs"], Inputs]


# Beam fills it in by the default of a method's parameter.
_STATE: Final[Any] = beam.DoFn.StateParam(ReadModifyWriteStateSpec("group", BytesCoder()))


class _PollDoFn(beam.DoFn):
    """Polls a group at a tick, or reads from the log what it found there."""

    def __init__(self, groups: Sequence[FeedGroup], settings: FetchSettings, pace: Pace, log: str) -> None:
        self._groups = {group.number: group for group in groups}
        self._settings = settings
        self._pace = pace
        self._log = Path(log)
        self._polled = Metrics.counter("newsbeam", "feeds_polled")
        self._entries = Metrics.counter("newsbeam", "entries_read")
        self._replayed = Metrics.counter("newsbeam", "ticks_replayed")
        self._seconds = Metrics.distribution("newsbeam", "poll_milliseconds")

    def process(
        self,
        keyed: tuple[int, float],
        kept: ReadModifyWriteRuntimeState = _STATE,
    ) -> Iterator[Span | _Ledger | _Inputs]:
        number, seconds = keyed
        tick = datetime.fromtimestamp(seconds, UTC)
        log = StreamLog(self._log / f"{number:04d}")
        with _FETCHERS.lock, log.alone() as was_taken:
            if was_taken:
                time.sleep(self._settings.seconds_between_requests)  # the other may just have asked
            # Prism 2.77 may send a key its next tick while the last is at work; the log knows what that one found.
            state = max(load_state(kept.read()), load_state(log.state_before(tick)), key=_tick_of)
            logged = log.read(tick)
            if logged is not None:
                self._replayed.inc()
            elif not self._is_stale(tick) and tick > state.tick:
                logged = self._poll(self._groups[number], state, tick, log)
        if logged is None:
            return
        if tick > state.tick:
            kept.write(logged.state)
        yield from self._outputs(logged)

    def _is_stale(self, tick: datetime) -> bool:
        return datetime.now(UTC) - tick > timedelta(seconds=STALE_TICKS * self._pace.every_seconds)

    def _poll(self, group: FeedGroup, state: GroupState, tick: datetime, log: StreamLog) -> Logged | None:
        wanted = group.wanted(state, self._pace, tick)
        if wanted is None:
            return None

        def find(folder: Path) -> tuple[bytes, bytes]:
            found = poll_group(wanted, state, tick, folder, self._settings, self._pace)
            return _FOUND.dump_json(found), dump_state(state.after(found, tick))

        started = time.monotonic()
        logged = log.write(tick, find)
        self._seconds.update(int(1000 * (time.monotonic() - started)))
        return logged

    def _outputs(self, logged: Logged) -> Iterator[Span | _Ledger | _Inputs]:
        polled = _FOUND.validate_json(logged.found).polled
        self._polled.inc(len(polled.feeds))
        for kind, number in polled.inputs.items():
            self._entries.inc(number)
            inputs: _Inputs = TaggedOutput(INPUTS, (kind, number))
            yield inputs
        for entry in polled.ledger:
            lost: _Ledger = TaggedOutput(LEDGER, entry)
            yield lost
        yield from plan_spool(logged.folder, _SPAN_ARTICLES)


def _keyed(tick: Timestamp, numbers: Sequence[int]) -> Iterator[tuple[int, float]]:
    for number in numbers:
        yield number, float(tick)


@dataclass
class ReadFromFeeds(beam.PTransform[PCollection[Any], Any]):
    """Takes ticks (Beam timestamps), gives what is new at each: `spans` of what was fetched, `ledger`, `inputs`.

    Attributes:
        groups: the feeds.
        settings: how to fetch.
        pace: when to poll.
        log: folder of the stream's log, seen by all workers.
    """

    groups: Sequence[FeedGroup]
    settings: FetchSettings
    pace: Pace
    log: str

    def expand(self, ticks: PCollection[Any]) -> Any:  # noqa: ANN401 - Beam warns of any type for several outputs
        poll = beam.ParDo(_PollDoFn(self.groups, self.settings, self.pace, self.log))
        keyed = beam.FlatMap(_keyed, [group.number for group in self.groups]).with_output_types(tuple[int, float])
        return ticks | "EachGroup" >> keyed | "PollFeeds" >> poll.with_outputs(LEDGER, INPUTS, main=SPANS)
