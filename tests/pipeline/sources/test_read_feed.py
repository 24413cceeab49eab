"""Tests of stored feeds as a source of articles."""

import gzip
from pathlib import Path

import pytest

from pipeline.sources import Span, list_files, plan_spans, read_span, restrict_spans
from pipeline.sources.spans import WHOLE_FILE, Limits, Outcome
from tests.newsroom import rss
from transforms.records import DeadLetter, RawArticle

WHOLE = rss([f"https://news.example/{number}" for number in range(3)])
CUT = WHOLE[: WHOLE.rindex(b"<item>") + 20]


def plan(path: Path) -> list[Span]:
    """Return the spans of a stored feed."""
    return plan_spans(list_files([str(path)]), max_articles=100, max_bytes=10**6)


def outcomes(path: Path) -> list[Outcome]:
    """Return what its inputs become, found to be as many as planned."""
    spans = plan(path)
    found = [outcome for span in spans for outcome in read_span(span, {}, Limits())]
    assert len(found) == sum(span.count for span in spans)
    return found


@pytest.mark.parametrize("name", ["feed.xml", "feed.rss", "feed.atom", "feed.rdf", "feed.xml.gz"])
def test_each_entry_is_an_article(name: str, tmp_path: Path) -> None:
    """In the order of the feed, with its place there."""
    (tmp_path / name).write_bytes(gzip.compress(WHOLE) if name.endswith(".gz") else WHOLE)
    found = outcomes(tmp_path / name)
    articles = [raw for raw in found if isinstance(raw, RawArticle)]
    expected = [("feed", number, f"https://news.example/{number}") for number in range(3)]
    assert expected == [(raw.source_kind, raw.source_offset, raw.url) for raw in articles]
    assert len(found) == 3


def test_a_cut_feed_gives_its_entries_and_a_dead_letter(tmp_path: Path) -> None:
    """The dead letter stands for what is missing."""
    (tmp_path / "feed.xml").write_bytes(CUT)
    first, *others = outcomes(tmp_path / "feed.xml")
    assert isinstance(first, DeadLetter)
    assert ("feed_truncated", WHOLE_FILE) == (first.reason, first.source_offset)
    assert [0, 1] == [raw.source_offset for raw in others][:2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_body"),
        (b"<html><body>Not found</body></html>", "not_a_feed"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "binary_input"),
    ],
)
def test_a_file_that_is_no_feed_is_one_dead_letter(content: bytes, reason: str, tmp_path: Path) -> None:
    """For the file as a whole."""
    (tmp_path / "feed.xml").write_bytes(content)
    (dead,) = outcomes(tmp_path / "feed.xml")
    assert isinstance(dead, DeadLetter)
    assert (reason, WHOLE_FILE) == (dead.reason, dead.source_offset)


def test_damaged_gzip_is_one_dead_letter(tmp_path: Path) -> None:
    """The feed can't be read."""
    (tmp_path / "feed.xml.gz").write_bytes(gzip.compress(WHOLE)[:-20])
    (dead,) = outcomes(tmp_path / "feed.xml.gz")
    assert isinstance(dead, DeadLetter)
    assert dead.reason == "corrupt"


def test_a_feed_without_entries_is_no_input(tmp_path: Path) -> None:
    """There is nothing to read."""
    (tmp_path / "feed.xml").write_bytes(rss([]))
    assert plan(tmp_path / "feed.xml") == []


def test_a_feed_that_changed_since_the_plan_loses_no_input(tmp_path: Path) -> None:
    """Entries that are gone are dead letters, new ones wait for another run."""
    path = tmp_path / "feed.xml"
    path.write_bytes(WHOLE)
    (span,) = plan(path)
    path.write_bytes(rss(["https://news.example/0"]))
    found = list(read_span(span, {}, Limits()))
    assert [None, "changed_input", "changed_input"] == [getattr(outcome, "reason", None) for outcome in found]


def test_single_entries_are_read_again(tmp_path: Path) -> None:
    """A replay reads the entries it wants and no others."""
    (tmp_path / "feed.xml").write_bytes(WHOLE)
    spans = restrict_spans(plan(tmp_path / "feed.xml"), {str(tmp_path / "feed.xml"): {2}})
    assert [2] == [raw.source_offset for span in spans for raw in read_span(span, {}, Limits())]
