"""newsbeam's steps for Beam YAML: they take and give rows with a schema, which any other step can use.

A row has the columns of the output. Lists and structures are JSON text and times ISO 8601 text, so that every sink of
Beam YAML can write them. `configs/beam_yaml/` has the list of providers and an example.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection, Row
from apache_beam.typehints.row_type import RowTypeConstraint

from pipeline.config import Step, build_enricher
from pipeline.schema import COLUMNS, Column, article_to_row, row_to_article
from pipeline.sinks.jsonl import to_json
from transforms.dedup import DropDuplicates as _DropDuplicates
from transforms.extract import ExtractArticles as _ExtractArticles
from transforms.records import Article, DeadLetter, RawArticle

INPUT_FIELDS: Final = ("html", "text", "url", "title", "published_at", "language", "id")
"""Fields of the rows that `ExtractArticles` reads: a page or a plain text, and what else is known of it."""

_SOURCE: Final = "beam_yaml"
_LETTER_FIELDS: Final = ("stage", "reason", "detail", "url")
_TIMES: Final = frozenset(column.name for column in COLUMNS if pa.types.is_timestamp(column.type))
_LISTS: Final = frozenset(column.name for column in COLUMNS if pa.types.is_list(column.type))


def _python_type(column: Column) -> Any:  # noqa: ANN401 - a type
    """Return the type of a column in a row."""
    plain: Any = str
    if pa.types.is_integer(column.type):
        plain = int
    elif pa.types.is_floating(column.type):
        plain = float
    return plain | None if column.nullable else plain


_ARTICLE_ROW: Final = RowTypeConstraint.from_fields([(column.name, _python_type(column)) for column in COLUMNS])
_LETTER_TYPE: Final[Any] = str | None
_LETTER_ROW: Final = RowTypeConstraint.from_fields([(name, _LETTER_TYPE) for name in _LETTER_FIELDS])


def to_yaml_row(article: Article) -> Row:
    """Return an article as a row of Beam YAML."""
    return Row(**{name: _plain(name, value) for name, value in article_to_row(article, "").items()})


def _plain(name: str, value: object) -> object:
    if name in _LISTS:
        return json.dumps(value, ensure_ascii=False)
    return to_json(value) if isinstance(value, date) else value


def from_yaml_row(row: Any) -> Article:  # noqa: ANN401 - Row or a generated NamedTuple
    """Return the article of a row of Beam YAML: the inverse of `to_yaml_row`."""
    values = {column.name: _rich(column.name, getattr(row, column.name)) for column in COLUMNS}
    return row_to_article(values)


def _rich(name: str, value: Any) -> Any:  # noqa: ANN401 - of any column
    if name in _LISTS:
        return json.loads(value)
    return datetime.fromisoformat(value).astimezone(UTC) if name in _TIMES and value else value


def to_raw_article(row: Any) -> RawArticle:  # noqa: ANN401 - a row of any schema
    """Return the page or text in a row; `html` goes before `text`."""
    fields = {name: getattr(row, name, None) for name in INPUT_FIELDS}
    body = fields["html"] or fields["text"] or ""
    return RawArticle(
        body=body if isinstance(body, bytes) else body.encode(),
        media_type="text/html" if fields["html"] else "text/plain",
        charset=None if isinstance(body, bytes) else "utf-8",
        url=fields["url"],
        title=fields["title"],
        published_at=fields["published_at"],
        language=fields["language"],
        guid=fields["id"],
        source_kind=_SOURCE,
        source_uri=fields["url"] or fields["id"] or _SOURCE,
        source_offset=0,
    )


def _letter_row(dead: DeadLetter) -> Row:
    return Row(stage=dead.stage, reason=dead.reason.value, detail=dead.detail, url=dead.url)


def _to_rows(articles: PCollection[Article]) -> PCollection[Any]:
    return articles | "ToRows" >> beam.Map(to_yaml_row).with_output_types(_ARTICLE_ROW)


class ExtractArticles(beam.PTransform[PCollection[Any], Any]):
    """Takes rows with `html` or `text`, gives rows of `articles`, and of `dead_letters` with the reason.

    Args:
        min_text_chars: shortest text that is an article, in characters.
    """

    def __init__(self, min_text_chars: int = 0) -> None:
        super().__init__()
        self._extract = _ExtractArticles(min_text_chars=min_text_chars)

    def expand(self, rows: PCollection[Any]) -> Any:  # noqa: ANN401 - Beam warns of any type for several outputs
        extracted = rows | "ToRaw" >> beam.Map(to_raw_article).with_output_types(RawArticle) | self._extract
        dead = extracted.dead_letters | "DeadToRows" >> beam.Map(_letter_row).with_output_types(_LETTER_ROW)
        return {"articles": _to_rows(extracted.articles), "dead_letters": dead}


class DropDuplicates(beam.PTransform[PCollection[Any], PCollection[Any]]):
    """Takes rows of articles, gives each version once; in a stream, once in a window."""

    def expand(self, rows: PCollection[Any]) -> PCollection[Any]:
        articles = rows | "ToArticles" >> beam.Map(from_yaml_row).with_output_types(Article)
        return _to_rows((articles | _DropDuplicates()).articles)


@dataclass
class _Enrich(beam.PTransform[PCollection[Any], PCollection[Any]]):
    """Takes rows of articles, gives them with the columns of a step filled."""

    step: Step

    def expand(self, rows: PCollection[Any]) -> PCollection[Any]:
        articles = rows | "ToArticles" >> beam.Map(from_yaml_row).with_output_types(Article)
        return _to_rows(articles | build_enricher(self.step, self.step.use))


def _enrich(use: str, options: Mapping[str, Any] | None) -> _Enrich:
    step = Step(use=use, **(options or {}))
    build_enricher(step, use)
    return _Enrich(step)


def detect_language(options: dict[str, Any] | None = None) -> _Enrich:
    """Return the step `DetectLanguage` with the options that it has in a job's `enrich`."""
    return _enrich("DetectLanguage", options)


def tag_entities(options: dict[str, Any] | None = None) -> _Enrich:
    """Return the step `TagEntities` with the options that it has in a job's `enrich`."""
    return _enrich("TagEntities", options)


def classify_topics(options: dict[str, Any] | None = None) -> _Enrich:
    """Return the step `ClassifyTopics` with the options that it has in a job's `enrich`."""
    return _enrich("ClassifyTopics", options)
