"""The graph of a stream: ticks -> what is new -> articles -> windows of files."""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.build import enrich, extract
from pipeline.config import Config, Stream
from pipeline.sources.spans import Span
from pipeline.staging import LedgerEntry, to_ledger_entry
from pipeline.streaming.files import WatchFiles
from pipeline.streaming.polls import FeedGroup, Inputs, Pace, ReadFromFeeds
from pipeline.streaming.windows import (
    FILES,
    RECORD,
    DropSeen,
    Place,
    WriteDeadLetters,
    WriteManifests,
    WriteWindows,
    count_entry,
    count_inputs,
    into_windows,
)
from transforms.dedup import DropDuplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamJob:
    """What a stream reads and where it writes.

    Attributes:
        config: the job, with a `stream` section.
        groups: its feeds.
        place: where it writes.
        log: folder of its log.
    """

    config: Config
    groups: tuple[FeedGroup, ...]
    place: Place
    log: str

    @property
    def stream(self) -> Stream:
        """The section of the config."""
        assert self.config.stream is not None
        return self.config.stream


def build_stream(ticks: PCollection[Any], job: StreamJob) -> None:
    """Wire the graph from ticks (Beam timestamps, each at its own time) to windows of files."""
    stream = job.stream
    found = _read(ticks, job)
    # What one group found is worked on by all workers.
    extracted = extract(found.spans | "Spread" >> beam.Reshuffle(), job.config)
    articles, lost = extracted.articles, extracted.lost
    if not job.config.clean.keep_duplicates:
        once = articles | "WindowsOfAll" >> into_windows(stream.window_seconds) | DropDuplicates()
        new = once.articles | DropSeen(job.place, stream.window_seconds, stream.remember_hours * 3600)
        articles = new.articles
        lost += [once.duplicates, new.duplicates]
    written = enrich(articles, job.config) | WriteWindows(
        job.place, stream.window_seconds, stream.shards, stream.flush_articles
    )
    _account(found, lost, written, job)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    spans: PCollection[Span]
    inputs: list[PCollection[Inputs]]
    ledgers: list[PCollection[LedgerEntry]]


def _read(ticks: PCollection[Any], job: StreamJob) -> _Found:
    """Wire what reads feeds and folders."""
    spans, inputs, ledgers = [], [], []
    if job.groups:
        pace = Pace(every_seconds=job.stream.every_seconds, poll_seconds=job.stream.poll_seconds)
        polled = ticks | ReadFromFeeds(job.groups, job.config.fetch, pace, job.log)
        spans.append(polled.spans)
        inputs.append(polled.inputs)
        ledgers.append(polled.ledger)
    if job.config.source.articles.paths:
        watched = ticks | WatchFiles(job.config.source.articles.paths, job.log)
        spans.append(watched.spans)
        inputs.append(watched.inputs)
    return _Found(spans=spans | "AllSpans" >> beam.Flatten(), inputs=inputs, ledgers=ledgers)


def _account(found: _Found, lost: list[PCollection[Any]], written: Any, job: StreamJob) -> None:  # noqa: ANN401 - several outputs
    """Wire what says what became of all inputs: a manifest for each window, and its dead letters."""
    seconds = job.stream.window_seconds
    entries = [part | f"ToLedger{n}" >> beam.Map(to_ledger_entry) for n, part in enumerate(lost)]
    windowed = [
        part | f"WindowsOfLost{n}" >> into_windows(seconds) for n, part in enumerate([*found.ledgers, *entries])
    ]
    ledger = windowed | "AllLost" >> beam.Flatten()
    ledger | WriteDeadLetters(job.place)
    inputs = [part | f"WindowsOfInputs{n}" >> into_windows(seconds) for n, part in enumerate(found.inputs)]
    counts = (
        inputs | "AllInputs" >> beam.Flatten() | "CountInputs" >> beam.Map(count_inputs),
        ledger | "CountLost" >> beam.Map(count_entry),
        written[RECORD],
    ) | "AllCounts" >> beam.Flatten()
    (counts, written[FILES]) | WriteManifests(job.place)
