"""Windows: their names, their manifests, and what happens to late ones."""

from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing import test_stream as scripted
from apache_beam.transforms.window import IntervalWindow, TimestampedValue
from apache_beam.utils.windowed_value import PaneInfo, PaneInfoTiming

from pipeline.config import OutputSection
from pipeline.schema import article_to_row
from pipeline.state import State
from pipeline.streaming.windows import (
    Count,
    Place,
    WriteWindows,
    WrittenFile,
    sweep_parts,
    window_manifest,
    write_window,
)
from tests.conftest import make_article
from tests.pipeline.streaming.conftest import read_rows


def place(folder: Path) -> Place:
    """Return a place to write to."""
    section = OutputSection(path=str(folder), formats=("jsonl",), gzip_jsonl=False)
    return Place(
        stream="news",
        output=section,
        state=str(folder / "_state"),
        versions={"newsbeam": "0"},
        config={},
        working_directory=str(folder),
    )


def test_a_name_follows_from_window_and_pane(tmp_path: Path) -> None:
    """The pane that is on time has the plain name, early and late ones say so."""
    window = IntervalWindow(60, 120)
    timings = (PaneInfoTiming.EARLY, PaneInfoTiming.ON_TIME, PaneInfoTiming.LATE)
    names = [place(tmp_path).name(window, PaneInfo(False, False, timing, 2, 0)) for timing in timings]
    assert names == ["news-19700101T000100Z-part2", "news-19700101T000100Z", "news-19700101T000100Z-late2"]


def test_a_manifest_shows_what_is_lost(tmp_path: Path) -> None:
    """Its counts are sums over sources; an input without a fate shows as lost."""
    parts: list[tuple[Count, int] | WrittenFile] = [
        (("inputs", "feed", ""), 5),
        (("records", "feed", ""), 2),
        (("dead_letters", "feed", "http_404"), 1),
        (("skipped", "feed", "not_before"), 1),
        WrittenFile(path="articles/a.jsonl", rows=2, size_bytes=10),
    ]
    manifest = window_manifest(place(tmp_path), "news-1", IntervalWindow(0, 60), parts)
    assert manifest["lost"] == 1
    assert manifest["counts"]["sources"]["feed"]["records"] == 2
    assert (manifest["dead_letter_reasons"], manifest["skipped_reasons"]) == ({"http_404": 1}, {"not_before": 1})
    assert manifest["files"] == [{"path": "articles/a.jsonl", "rows": 2, "bytes": 10}]


@pytest.mark.slow
def test_a_late_article_goes_to_a_file_of_its_own(tmp_path: Path) -> None:
    """It is not lost, and the file of its window, which has been read already, stays as it is."""
    on_time = make_article(id="a" * 32, version_id="a" * 32)
    late = make_article(id="b" * 32, version_id="b" * 32)
    stream = (
        scripted.TestStream()
        .advance_watermark_to(0)
        .add_elements([TimestampedValue(on_time, 10)])
        .advance_watermark_to(100)
        .add_elements([TimestampedValue(late, 20)])
        .advance_watermark_to_infinity()
    )
    with beam.Pipeline(options=PipelineOptions(["--streaming"])) as pipeline:
        pipeline | stream | WriteWindows(place(tmp_path), 60)
    names = sorted(path.name for path in tmp_path.glob("articles/**/*.jsonl"))
    assert names == ["news-19700101T000000Z-00-0000.jsonl", "news-19700101T000000Z-late1-00-0000.jsonl"]
    assert sorted(row["id"][0] for row in read_rows(tmp_path)) == ["a", "b"]


@pytest.mark.slow
def test_many_articles_are_written_before_their_window_is_over(tmp_path: Path) -> None:
    """A shard holds so many at the most; the window's files have each article once."""
    articles = [make_article(id=f"{n:032x}", version_id=f"{n:032x}") for n in range(5)]
    stream = scripted.TestStream().advance_watermark_to(0)
    for article in articles:
        stream = stream.add_elements([TimestampedValue(article, 10)])
    with beam.Pipeline(options=PipelineOptions(["--streaming"])) as pipeline:
        pipeline | stream.advance_watermark_to_infinity() | WriteWindows(place(tmp_path), 60, flush_articles=2)
    files = {path.name: path.read_text().count("\n") for path in tmp_path.glob("articles/**/*.jsonl")}
    begin = "news-19700101T000000Z"
    assert files == {f"{begin}-part0-00-0000.jsonl": 2, f"{begin}-part1-00-0000.jsonl": 2, f"{begin}-00-0000.jsonl": 1}
    assert sorted(row["id"] for row in read_rows(tmp_path)) == [article.id for article in articles]


def test_parts_of_an_earlier_try_are_removed(tmp_path: Path) -> None:
    """If a window is done again and has fewer parts, what is left of the first try goes, and is not known as seen."""
    row = article_to_row(make_article(), "news")
    for name in ("news-19700101T000000Z-part0-00", "news-19700101T000000Z-part1-00", "news-19700101T000100Z-part0-00"):
        (file,) = write_window(place(tmp_path), name, [row])
    sweep_parts(place(tmp_path), "news-19700101T000000Z", [file.path.replace("0100Z", "0000Z")])
    names = sorted(path.name for path in tmp_path.glob("articles/**/*.jsonl"))
    assert names == ["news-19700101T000000Z-part0-00-0000.jsonl", "news-19700101T000100Z-part0-00-0000.jsonl"]
    known = sorted(run for run, _ in State(place(tmp_path).state).versions_by_run())
    assert known == ["news-19700101T000000Z-part0-00", "news-19700101T000100Z-part0-00"]
