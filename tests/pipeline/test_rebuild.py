"""Tests of the state made anew from the output."""

from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from pipeline.feed_commands import rebuild
from pipeline.feed_run import run_feeds
from pipeline.output import Output
from pipeline.polling.schedule import now_utc
from pipeline.state import State
from tests.newsroom import Newsroom, feeds, job, numbers, rows
from transforms.errors import OutputError

pytestmark = pytest.mark.slow


class Silent:
    """Watches a run and says nothing."""

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Take no note."""


@pytest.fixture
def server() -> Iterator[Newsroom]:
    """A newsroom with a feed of three reports."""
    with Newsroom() as newsroom:
        newsroom.publish("/feed.xml", range(3))
        yield newsroom


@pytest.mark.parametrize(
    ("formats", "is_zipped"), [(["parquet", "jsonl"], True), (["jsonl"], True), (["jsonl"], False)]
)
def test_a_rebuilt_state_knows_what_was_written(
    formats: list[str], is_zipped: bool, server: Newsroom, tmp_path: Path
) -> None:
    """Entries, pages, versions and feeds: the next run asks the feed in full, for no page, and adds no row."""
    written: dict[str, Any] = {"path": str(tmp_path), "formats": formats, "gzip_jsonl": is_zipped}
    source = feeds(server.url("/feed.xml")) | {"articles": {"urls": server.links([9])}}
    config = job(server, tmp_path, source=source, output=written)
    run_feeds(config, Silent())
    before = State(config.state_path).earlier_versions("new").to_pylist()
    rmtree(tmp_path / "_state")
    assert rebuild(tmp_path, None) == {"versions": 4, "entries": 4, "feeds": 1}
    state = State(config.state_path)
    assert sorted(before) == sorted(state.earlier_versions("new").to_pylist())
    (feed,) = state.read_feeds().values()
    assert (server.url("/feed.xml"), "The Wire", None) == (feed.url, feed.title, feed.etag)
    assert feed.is_due(now_utc())
    server.forget()
    (manifest,) = run_feeds(config, Silent())
    assert numbers(manifest) == {"inputs": 4, "duplicates": 4}
    assert server.paths() == ["/feed.xml"]


def test_a_damaged_file_of_the_output_is_named(server: Newsroom, tmp_path: Path) -> None:
    """With what to do; the state is left as it was."""
    run_feeds(job(server, tmp_path), Silent())
    (path,) = tmp_path.glob("articles/**/*.parquet")
    before = State(str(tmp_path / "_state")).earlier_versions("new")
    path.write_bytes(b"PAR1")
    with pytest.raises(OutputError, match=r"\.parquet: can't be read: .*move it away"):
        rebuild(tmp_path, None)
    assert before == State(str(tmp_path / "_state")).earlier_versions("new")


def test_an_output_in_use_is_not_rebuilt(tmp_path: Path) -> None:
    """A run that is going on would write the same files."""
    with Output(tmp_path).locked(), pytest.raises(OutputError, match="another newsbeam run"):
        rebuild(tmp_path, None)


def test_an_empty_output_gives_an_empty_state(server: Newsroom, tmp_path: Path) -> None:
    """Nothing was written, nothing is known."""
    assert rebuild(tmp_path, None) == {"versions": 0, "entries": 0, "feeds": 0}
    assert len(rows(tmp_path)) == 0
