"""Tests of the spool of fetched articles."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources import read_span
from pipeline.sources.spans import Limits
from pipeline.sources.spool import MAX_FILE_ARTICLES, Spooled, SpoolWriter, parse_line, plan_spool, read_whole_lines
from tests.strategies import HASHES, INT32, lines, times, words
from transforms.errors import OutputError
from transforms.records import Author, FeedEntry, Image, RawArticle

few = st.lists(words(), max_size=2).map(tuple)
entries = st.builds(
    FeedEntry,
    feed_url=words(),
    position=INT32,
    title=lines(),
    content=lines(),
    authors=st.lists(st.builds(Author, name=words(), url=lines()), max_size=2).map(tuple),
    categories=few,
    images=st.lists(st.builds(Image, url=lines(), credit=lines()), max_size=2).map(tuple),
    tags=few,
)
articles = st.builds(
    RawArticle,
    source_kind=st.sampled_from(["feed", "url"]),
    source_uri=words(),
    source_offset=INT32,
    body=st.binary(max_size=200),
    media_type=st.sampled_from(["text/html", "text/plain", "application/feed-entry"]),
    charset=lines(),
    url=lines(),
    fetched_at=times(),
    first_seen_at=times(),
    entry=st.none() | entries,
)
spooled_articles = st.builds(Spooled, article=articles, key=HASHES, fingerprint=HASHES, attempts=st.integers(1, 5))


def spooled(number: int, body: bytes = b"<p>A coup.</p>") -> Spooled:
    """Return a fetched page."""
    article = RawArticle(source_kind="url", source_uri=f"u{number}", body=body, media_type="text/html")
    return Spooled(article=article, key=f"{number:032x}", fingerprint="", attempts=1)


def fill(folder: Path, items: list[Spooled]) -> None:
    """Write a spool."""
    writer = SpoolWriter(folder)
    for item in items:
        writer.append(item)


@given(st.lists(spooled_articles, max_size=5), st.integers(1, 3))
def test_what_is_spooled_is_read(items: list[Spooled], span_articles: int) -> None:
    """Any article with any bytes and characters, by the resumed run and by the shards, however these are cut."""
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), items)
        assert items == list(read_whole_lines(Path(name)))
        spans = plan_spool(Path(name), span_articles)
        assert all(1 <= span.count <= span_articles for span in spans)
        assert [item.article for item in items] == [raw for span in spans for raw in read_span(span, {}, Limits())]


@pytest.mark.parametrize("tail", [b'{"article": {"source_ki', b"\0\0\0\0\n", b"{}\n", b"[1]\n"])
def test_a_line_that_a_crash_left_broken_is_dropped(tail: bytes, tmp_path: Path) -> None:
    """The articles before it are kept, and what is written next stands in a file of its own."""
    fill(tmp_path, [spooled(1), spooled(2)])
    with (tmp_path / "000000.jsonl").open("ab") as file:
        file.write(tail)
    assert [spooled(1), spooled(2)] == list(read_whole_lines(tmp_path))
    fill(tmp_path, [spooled(3)])
    assert [spooled(1), spooled(2), spooled(3)] == list(read_whole_lines(tmp_path))
    assert sum(span.count for span in plan_spool(tmp_path, 10)) == 3


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_cut_anywhere_costs_the_last_article_only(cut: int, tmp_path: Path) -> None:
    """However many bytes of its line are missing."""
    fill(tmp_path, [spooled(1), spooled(2)])
    path = tmp_path / "000000.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    assert [spooled(1)] == list(read_whole_lines(tmp_path))


def test_a_spool_has_files_of_limited_size(tmp_path: Path) -> None:
    """So that a shard's file is soon found; none is empty."""
    fill(tmp_path, [spooled(number) for number in range(2 * MAX_FILE_ARTICLES + 1)])
    counts = [len(path.read_bytes().splitlines()) for path in sorted(tmp_path.iterdir())]
    assert counts == [MAX_FILE_ARTICLES, MAX_FILE_ARTICLES, 1]


def test_a_spool_cut_under_way_fails_the_shard(tmp_path: Path) -> None:
    """Not the articles: the same command makes good what is missing."""
    fill(tmp_path, [spooled(1), spooled(2)])
    (span,) = plan_spool(tmp_path, 10)
    (tmp_path / "000000.jsonl").write_bytes(b"")
    with pytest.raises(OutputError, match="run the same command"):
        list(read_span(span, {}, Limits()))


def test_a_line_that_is_none_is_refused() -> None:
    """With ValueError, whatever is wrong with it."""
    for line in (b"", b"null", b'{"article": {"body": ""}}', b'{"article": 5}'):
        with pytest.raises(ValueError, match=r"."):
            parse_line(line)
