"""The Beam side of extraction: stored pages and texts -> articles and dead letters."""

import dataclasses
import functools
from collections.abc import Container, Iterator
from typing import Any, Final, Literal

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput

from transforms.completion import article_with_entry
from transforms.errors import ArticleError, Reason
from transforms.extract.article import extract_article
from transforms.extract.body import load_word_lists
from transforms.extract.page import PageLimits
from transforms.extract.quality import FLAGS
from transforms.extract.repairs import REPAIRS
from transforms.records import Article, DeadLetter, RawArticle

ARTICLES: Final = "articles"
"""Tag of the output that holds the articles."""

DEAD_LETTERS: Final = "dead_letters"
"""Tag of the output that holds what could not be used."""


def require_quality(article: Article, min_text_chars: int, drop_flags: Container[str]) -> Article:
    """Return the article if it is good enough.

    Raises:
        ArticleError: `too_short` or `dropped_flag`.
    """
    if len(article.text) < min_text_chars:
        raise ArticleError(
            Reason.TOO_SHORT, f"{len(article.text)} characters of text, at least {min_text_chars} wanted"
        )
    if dropped := [flag for flag in article.quality_flags if flag in drop_flags]:
        raise ArticleError(Reason.DROPPED_FLAG, f"has the flag {', '.join(dropped)}")
    return article


@dataclasses.dataclass
class ExtractArticles(beam.PTransform[PCollection[RawArticle], Any]):
    """Takes stored pages and texts, gives articles (`articles`) and what could not be used (`dead_letters`).

    Attributes:
        limits: how large a page may be.
        min_text_chars: shortest text that is an article, in characters; 0 takes any text.
        drop_flags: quality flags that make an article a dead letter.
        skip_repairs: names of repairs of the text that are not made.
    """

    limits: PageLimits = dataclasses.field(default_factory=PageLimits)
    min_text_chars: int = 0
    drop_flags: tuple[str, ...] = ()
    skip_repairs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.min_text_chars < 0:
            raise ValueError(f"min_text_chars must be at least 0, got {self.min_text_chars}")
        for field, names, known in (
            ("drop_flags", self.drop_flags, FLAGS),
            ("skip_repairs", self.skip_repairs, REPAIRS),
        ):
            if unknown := sorted(set(names) - set(known)):
                raise ValueError(f"{field}: there is no {', '.join(unknown)}; known are {', '.join(known)}")

    def preload(self) -> None:
        """Load in this process what only some pages need; those that are forked from it share it."""
        load_word_lists()

    def expand(self, raw_articles: PCollection[RawArticle]) -> Any:  # noqa: ANN401 - Beam warns of any other type of tagged outputs
        extract = _ExtractArticlesDoFn(self)
        return raw_articles | "ExtractArticles" >> beam.ParDo(extract).with_outputs(DEAD_LETTERS, main=ARTICLES)


class _ExtractArticlesDoFn(beam.DoFn):
    """Extracts one article at a time and turns each ArticleError into a dead letter."""

    def __init__(self, options: ExtractArticles) -> None:
        self._min_text_chars = options.min_text_chars
        self._drop_flags = tuple(options.drop_flags)
        self._extract = functools.partial(
            extract_article, limits=options.limits, skip_repairs=tuple(options.skip_repairs)
        )
        self._extracted = Metrics.counter("newsbeam", "articles_extracted")
        self._dead = Metrics.counter("newsbeam", "articles_dead_extract")

    def process(self, raw: RawArticle) -> Iterator[Article | TaggedOutput[Literal["dead_letters"], DeadLetter]]:
        try:
            article = article_with_entry(raw, self._extract)
            require_quality(article, self._min_text_chars, self._drop_flags)
        except ArticleError as error:
            self._dead.inc()
            yield TaggedOutput(DEAD_LETTERS, _dead_letter(raw, error))
        else:
            self._extracted.inc()
            yield article


def _dead_letter(raw: RawArticle, error: ArticleError) -> DeadLetter:
    return DeadLetter(
        stage="extract",
        reason=error.reason,
        detail=error.detail,
        source_kind=raw.source_kind,
        source_uri=raw.source_uri,
        source_offset=raw.source_offset,
        url=raw.url,
        entry=raw.entry,
    )
