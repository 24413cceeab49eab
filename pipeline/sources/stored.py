"""Stored articles in a pipeline: spans of files -> raw articles, dead letters and skipped inputs."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Final, Literal

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput

from pipeline.sources import read_span
from pipeline.sources.columns import check_columns
from pipeline.sources.spans import Columns, Limits, Span
from transforms.records import DeadLetter, RawArticle, SkippedInput

ARTICLES: Final = "articles"
"""Tag of the output that holds the raw articles."""

DEAD_LETTERS: Final = "dead_letters"
"""Tag of the output that holds what could not be read."""

SKIPPED: Final = "skipped"
"""Tag of the output that holds what is no article."""

_Dead = TaggedOutput[Literal["dead_letters"], DeadLetter]
_Skipped = TaggedOutput[Literal["skipped"], SkippedInput]


class _ReadStoredArticlesDoFn(beam.DoFn):
    """Reads one span at a time."""

    def __init__(self, columns: Columns, limits: Limits) -> None:
        self._columns = columns
        self._limits = limits
        self._read = Metrics.counter("newsbeam", "articles_read")
        self._skipped = Metrics.counter("newsbeam", "articles_skipped")
        self._dead = Metrics.counter("newsbeam", "articles_dead")

    def process(self, span: Span) -> Iterator[RawArticle | _Dead | _Skipped]:
        for outcome in read_span(span, self._columns, self._limits):
            if isinstance(outcome, RawArticle):
                self._read.inc()
                yield outcome
            elif isinstance(outcome, DeadLetter):
                self._dead.inc()
                dead: _Dead = TaggedOutput(DEAD_LETTERS, outcome)
                yield dead
            else:
                self._skipped.inc()
                skipped: _Skipped = TaggedOutput(SKIPPED, outcome)
                yield skipped


@dataclasses.dataclass
class ReadFromStoredArticles(beam.PTransform[PCollection[Span], Any]):
    """Takes spans of files, gives their `articles`, `dead_letters` and `skipped` inputs, as many as the spans count.

    Attributes:
        columns: our names of columns to the file's, for JSONL and Parquet.
        limits: how large an article may be.
    """

    columns: Columns = dataclasses.field(default_factory=dict)
    limits: Limits = dataclasses.field(default_factory=Limits)

    def __post_init__(self) -> None:
        check_columns(self.columns)

    def expand(self, spans: PCollection[Span]) -> Any:  # noqa: ANN401 - Beam warns of any type for several outputs
        read = beam.ParDo(_ReadStoredArticlesDoFn(dict(self.columns), self.limits))
        return spans | "ReadStoredArticles" >> read.with_outputs(DEAD_LETTERS, SKIPPED, main=ARTICLES)
