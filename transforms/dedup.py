"""Exact duplicates: articles with the same id and content are kept once."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput

from transforms.records import Article

ARTICLES: Final = "articles"
DUPLICATES: Final = "duplicates"
"""Tag of the output that holds the articles that were dropped."""


def source_order(article: Article) -> tuple[str, int]:
    """Return the place of an article in the input; of duplicates, the smallest is kept."""
    return article.source_uri, article.source_offset


def split_duplicates(versions: Iterable[Article]) -> tuple[Article, list[Article]]:
    """Return the article to keep and its duplicates, whatever the order in which they come.

    Args:
        versions: articles with the same `version_id`, at least one.
    """
    first, *others = sorted(versions, key=source_order)
    return first, others


def _version_id(article: Article) -> str:
    return article.version_id


class _DropDuplicatesDoFn(beam.DoFn):
    """Keeps one article of each group and tags the others."""

    def __init__(self) -> None:
        self._dropped = Metrics.counter("newsbeam", "articles_dropped_duplicate")

    def process(
        self, group: tuple[str, Iterable[Article]]
    ) -> Iterator[Article | TaggedOutput[Literal["duplicates"], Article]]:
        kept, dropped = split_duplicates(group[1])
        yield kept
        for duplicate in dropped:
            self._dropped.inc()
            yield TaggedOutput(DUPLICATES, duplicate)


@dataclasses.dataclass
class DropDuplicates(beam.PTransform[PCollection[Article], Any]):
    """Takes articles, gives each version once (`articles`) and the rest apart (`duplicates`).

    Duplicates share a `version_id`; the one with the smallest (`source_uri`, `source_offset`) is kept.
    """

    def expand(self, articles: PCollection[Article]) -> Any:  # noqa: ANN401 - Beam warns of any other type of tagged outputs
        return (
            articles
            | "KeyByVersion" >> beam.WithKeys(_version_id)
            | "GroupByVersion" >> beam.GroupByKey()
            | "KeepFirst" >> beam.ParDo(_DropDuplicatesDoFn()).with_outputs(DUPLICATES, main=ARTICLES)
        )
