"""The pipeline of a job: read -> extract -> drop duplicates -> enrich -> stage, and a ledger of all that is lost.

The same graph runs on every engine; only the launcher's shards have a journal.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from pipeline.config import Config, build_enricher
from pipeline.journal import MarkWork, Stage
from pipeline.sources import Limits
from pipeline.sources.spans import Span
from pipeline.sources.stored import ReadFromStoredArticles
from pipeline.staging import LedgerEntry, StageArticles, StageLedger, to_ledger_entry
from transforms.dedup import DropDuplicates
from transforms.extract import ExtractArticles, PageLimits
from transforms.records import Article, DeadLetter, RawArticle, SkippedInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """Where a graph leaves what it makes.

    Attributes:
        folder: of the run's staged files; made by the caller.
        name: of the shard.
        run_id: goes into each row.
        buckets: number of files that share the work of writing.
        journal: where to write what is being worked on; None for none.
        set_aside: dead letters of articles that no worker may touch again.
        attempts: how often these inputs have been tried, this time included.
    """

    folder: str
    name: str
    run_id: str
    buckets: int = 1
    journal: str | None = None
    set_aside: tuple[DeadLetter, ...] = ()
    attempts: int = 1


class _SetAsideDoFn(beam.DoFn):
    """Passes articles on, but for those at fault when a worker died: they become the dead letters given."""

    def __init__(self, dead_letters: tuple[DeadLetter, ...]) -> None:
        self._dead_letters = {(dead.source_uri, dead.source_offset): dead for dead in dead_letters}

    def process(self, raw: RawArticle) -> Iterator[RawArticle | TaggedOutput[Literal["dead_letters"], DeadLetter]]:
        dead = self._dead_letters.get((raw.source_uri, raw.source_offset))
        yield raw if dead is None else TaggedOutput("dead_letters", dead)


@dataclass
class SetAside(beam.PTransform[PCollection[RawArticle], Any]):
    """Takes stored articles, gives those that may be worked on (`articles`) and the others' `dead_letters`.

    Attributes:
        dead_letters: of the articles to leave alone.
    """

    dead_letters: tuple[DeadLetter, ...]

    def expand(self, raw_articles: PCollection[RawArticle]) -> Any:  # noqa: ANN401 - Beam warns of any other type of tagged outputs
        set_aside = beam.ParDo(_SetAsideDoFn(self.dead_letters))
        return raw_articles | "SetAside" >> set_aside.with_outputs("dead_letters", main="articles")


def _mark(articles: PCollection[Any], journal: str | None, stage: Stage) -> PCollection[Any]:
    return articles if journal is None else articles | f"Mark {stage}" >> MarkWork(journal, stage)


def _to_ledger(lost: DeadLetter | SkippedInput | Article, attempts: int) -> LedgerEntry:
    return dataclasses.replace(to_ledger_entry(lost), attempts=attempts)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What became of the inputs.

    Attributes:
        articles: those that can be used.
        lost: dead letters and skipped inputs.
    """

    articles: PCollection[Article]
    lost: list[PCollection[Any]]


def build(spans: PCollection[Span], config: Config, staging: Staging) -> None:
    """Wire the job's graph from spans of the input to staged files."""
    extracted = extract(spans, config, staging.journal, staging.set_aside)
    articles, lost = extracted.articles, extracted.lost
    if not config.clean.keep_duplicates:
        versions = articles | DropDuplicates()
        articles = versions.articles
        lost.append(versions.duplicates)
    enriched = enrich(articles, config, staging.journal)
    enriched | StageArticles(staging.folder, staging.name, staging.run_id, staging.buckets)
    _ledger(lost, staging) | StageLedger(staging.folder, staging.name, staging.buckets)


def extract(
    spans: PCollection[Span], config: Config, journal: str | None = None, set_aside: tuple[DeadLetter, ...] = ()
) -> Extracted:
    """Wire the reading and cleaning of spans.

    Args:
        spans: of the input.
        config: the job.
        journal: where to write what is being worked on; None for none.
        set_aside: dead letters of articles that no worker may touch again.
    """
    clean = config.clean
    limits = PageLimits(max_elements=clean.max_elements, max_depth=clean.max_depth)
    columns = {str(ours): theirs for ours, theirs in config.source.articles.columns.items()}
    read = _mark(spans, journal, "read") | ReadFromStoredArticles(
        columns, Limits(max_article_bytes=clean.max_article_bytes)
    )
    articles, lost = read.articles, [read.dead_letters, read.skipped]
    if set_aside:
        allowed = articles | SetAside(set_aside)
        articles = allowed.articles
        lost.append(allowed.dead_letters)
    extracted = _mark(articles, journal, "extract") | ExtractArticles(
        limits, clean.min_text_chars, clean.drop_flags, clean.skip_repairs
    )
    lost.append(extracted.dead_letters)
    return Extracted(_mark(extracted.articles, journal, "extracted"), lost)


def enrich(articles: PCollection[Article], config: Config, journal: str | None = None) -> PCollection[Article]:
    """Wire the steps that the config names."""
    articles = _mark(articles, journal, "enrich")
    for number, step in enumerate(config.enrich):
        articles = articles | f"{number} {step.use}" >> build_enricher(step, f"enrich.{number}")
    return _mark(articles, journal, "write")


def _ledger(lost: list[PCollection[Any]], staging: Staging) -> PCollection[LedgerEntry]:
    return lost | beam.Flatten() | "ToLedger" >> beam.Map(_to_ledger, staging.attempts)
