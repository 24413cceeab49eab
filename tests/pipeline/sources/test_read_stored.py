"""The PTransform over all sources."""

import logging
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.typehints.decorators import TypeCheckError

from pipeline.sources import Limits, Span, list_files, plan_spans, read_span
from pipeline.sources.stored import ReadFromStoredArticles
from transforms.records import Article, DeadLetter, RawArticle, SkippedInput


@pytest.fixture
def spans(tmp_path: Path) -> list[Span]:
    """Return the spans of two articles, a dead letter and a file to skip."""
    (tmp_path / "a.jsonl").write_bytes(b'{"body": "one"}\n{}\n{"body": "two"}')
    (tmp_path / "b.docx").touch()
    return plan_spans(list_files([str(tmp_path)]), 2, 1000)


def test_each_outcome_has_its_output_and_its_counter(spans: list[Span]) -> None:
    """Articles, dead letters and skipped inputs part, and are counted."""
    columns = {"text": "body"}
    expected = [outcome for span in spans for outcome in read_span(span, columns, Limits())]
    pipeline = beam.Pipeline(runner="FnApiRunner")
    read = pipeline | beam.Create(spans) | ReadFromStoredArticles(columns)
    for tag, kind in (("articles", RawArticle), ("dead_letters", DeadLetter), ("skipped", SkippedInput)):
        assert_that(read[tag], equal_to([o for o in expected if isinstance(o, kind)]), label=tag)
        assert kind is read[tag].element_type
    result = pipeline.run()
    result.wait_until_finish()
    counters = {counter.key.metric.name: counter.committed for counter in result.metrics().query()["counters"]}
    names = ("articles_read", "articles_dead", "articles_skipped")
    assert (2, 1, 1) == tuple(counters[name] for name in names)


def test_wrong_elements_are_refused_and_no_warning_is_given(caplog: pytest.LogCaptureFixture) -> None:
    """A chain that can't work is refused when it is built, before and behind the transform."""
    pipeline = beam.Pipeline()
    with caplog.at_level(logging.WARNING), pytest.raises(TypeCheckError, match="Span"):
        pipeline | beam.Create([3]) | ReadFromStoredArticles()

    def title_of(article: Article) -> str | None:
        return article.title

    read = (
        pipeline
        | "Spans" >> beam.Create([Span(kind="html", uri="a.html", size_bytes=1)])
        | "Read" >> (ReadFromStoredArticles(limits=Limits(max_article_bytes=5)))
    )
    with pytest.raises(TypeCheckError, match="RawArticle"):
        read.articles | beam.Map(title_of)
    assert [] == [record.message for record in caplog.records if "hint" in record.message]


def test_unknown_columns_are_refused() -> None:
    """A name that no source reads is refused with the ones that are."""
    with pytest.raises(ValueError, match="'body', only html, text, url"):
        ReadFromStoredArticles({"body": "text"})
