"""The journal: what is written down before the work starts can be read after a crash."""

import os
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from pipeline.journal import Mark, MarkWork, Stage, format_mark, parse_marks
from pipeline.sources.spans import WHOLE_FILE, Span
from tests.conftest import make_article
from transforms.records import Article, RawArticle

STAGES = st.sampled_from(["read", "extract", "extracted", "enrich", "write"])
# Names as the operating system gives them: any bytes.
URIS = (
    st.text() | st.binary().map(os.fsdecode) | st.sampled_from(['say "no".txt', "two\nlines.txt", "\u2028\x85", "\\"])
)
MARKS = st.builds(Mark, STAGES, URIS, st.integers(-1, 2**63 - 1))


def format_marks(marks: list[Mark]) -> bytes:
    """Return the journal that holds `marks`."""
    return b"".join(
        format_mark(stage, make_article(source_uri=uri, source_offset=offset)) for stage, uri, offset in marks
    )


@given(st.lists(MARKS))
def test_marks_come_back(marks: list[Mark]) -> None:
    """Marks come back from a journal, whatever the names of the files."""
    assert marks == list(parse_marks(format_marks(marks)))


@given(MARKS)
def test_a_mark_is_one_line(mark: Mark) -> None:
    """A mark is a line of ASCII: one `write` puts it into the file whole."""
    line = format_marks([mark])

    assert line.isascii()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


@given(marks=st.lists(MARKS), torn=MARKS, data=st.data())
def test_a_half_written_line_is_left_out(marks: list[Mark], torn: Mark, data: st.DataObject) -> None:
    """The last line counts only when it has its end."""
    line = format_marks([torn])
    half = line[: data.draw(st.integers(0, len(line) - 1))]

    assert marks == list(parse_marks(format_marks(marks) + half))


def test_an_empty_journal_has_no_marks() -> None:
    """A worker that died before its first article left nothing."""
    marks = list(parse_marks(b""))

    assert marks == []


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        pytest.param(
            Span(kind="warc", uri="crawl.warc", size_bytes=9, first_offset=512, count=3),
            Mark("read", "crawl.warc", 512),
            id="span",
        ),
        pytest.param(
            Span(kind="parquet", uri="a.parquet", size_bytes=9, first_offset=WHOLE_FILE),
            Mark("read", "a.parquet", WHOLE_FILE),
            id="unplanned file",
        ),
        pytest.param(
            RawArticle(source_kind="jsonl", source_uri="a.jsonl", source_offset=3, body=b"", media_type="text/plain"),
            Mark("read", "a.jsonl", 3),
            id="raw article",
        ),
    ],
)
def test_a_mark_names_the_place(element: Span | RawArticle, expected: Mark) -> None:
    """A span is named by its first article, an article by its place."""
    (mark,) = parse_marks(format_mark("read", element))

    assert expected == mark


def test_mark_work_passes_all_on(tmp_path: Path) -> None:
    """The elements come out as they went in, and the journal of the shard gains one mark for each."""
    articles = [make_article(source_uri="a\nb.txt", source_offset=number) for number in range(9)]
    journal = tmp_path / "000001.journal"
    stages: list[Stage] = ["extract", "write"]

    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])) as pipeline:
        marked = pipeline | beam.Create(articles)
        for stage in stages:
            marked |= stage >> MarkWork(str(journal), stage)
        assert_that(marked, equal_to(articles))

    expected = sorted(Mark(stage, "a\nb.txt", number) for stage in stages for number in range(9))
    assert expected == sorted(parse_marks(journal.read_bytes()))


def test_mark_work_marks_before_the_work(tmp_path: Path) -> None:
    """When a step fails, the last mark is that of the article it failed on."""
    articles = [make_article(source_offset=number) for number in range(9)]
    journal = tmp_path / "000001.journal"
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    pipeline | beam.Create(articles) | MarkWork(str(journal), "extract") | beam.Map(_fail_at, 4)

    with pytest.raises(ValueError, match="the fifth"):
        pipeline.run()

    expected = Mark("extract", "stored/one.txt", 4)
    assert expected == list(parse_marks(journal.read_bytes()))[-1]


def _fail_at(article: Article, offset: int) -> None:
    if article.source_offset == offset:
        raise ValueError("the fifth")


def test_mark_work_keeps_the_type() -> None:
    """Beam knows what comes out, and refuses a chain that does not fit."""
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))

    marked = pipeline | beam.Create([make_article()]) | MarkWork("journal", "write")

    assert marked.element_type is Article
