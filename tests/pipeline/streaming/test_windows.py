"""Windows: their names, their manifests, and what happens to late ones."""

from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing import test_stream as scripted
from apache_beam.transforms.window import IntervalWindow, TimestampedValue
from apache_beam.utils.windowed_value import PaneInfo

from pipeline.config import OutputSection
from pipeline.streaming.windows import Count, Place, WriteWindows, WrittenFile, into_windows, window_manifest
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
    """The first pane has the plain name, late ones say so."""
    window = IntervalWindow(60, 120)
    assert place(tmp_path).name(window, PaneInfo(True, True, 0, 0, 0)) == "news-19700101T000100Z"
    assert place(tmp_path).name(window, PaneInfo(False, False, 0, 2, 0)) == "news-19700101T000100Z-late2"


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
        pipeline | stream | into_windows(60) | WriteWindows(place(tmp_path))
    names = sorted(path.name for path in tmp_path.glob("articles/**/*.jsonl"))
    assert names == ["news-19700101T000000Z-00-0000.jsonl", "news-19700101T000000Z-late1-00-0000.jsonl"]
    assert sorted(row["id"][0] for row in read_rows(tmp_path)) == ["a", "b"]
