"""Whole runs over feeds: a real server, real workers, output read back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.feed_run import run_feeds
from pipeline.launch import Manifest
from pipeline.state import State
from tests.newsroom import Newsroom, feeds, job, numbers, rows, rss
from tests.servers import Reply, Seen

pytestmark = pytest.mark.slow


class Silent:
    """Watches a run and says nothing."""

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Check that the figures make sense."""
        assert 0 <= done <= total
        assert 0 <= dead <= total


@pytest.fixture
def server() -> Iterator[Newsroom]:
    """A newsroom with no feed yet."""
    with Newsroom() as newsroom:
        yield newsroom


def run(server: Newsroom, output: Path, **sections: Any) -> Manifest:  # noqa: ANN401 - sections of a config
    """Run a job once; return its manifest, found to add up. The server's log is that of this run."""
    server.forget()
    *_, manifest = run_feeds(job(server, output, **sections), Silent())
    numbers(manifest)
    assert not (output / "_staging").exists()
    return manifest


def test_an_unchanged_feed_costs_one_conditional_request(server: Newsroom, tmp_path: Path) -> None:
    """The second run writes nothing, asks each feed once, with its validator, and asks for no page."""
    server.publish("/feed.xml", range(3), etag='"a"')
    server.publish("/other.xml", range(10, 14), etag='"b"')
    source = feeds(server.url("/feed.xml"), server.url("/other.xml"))
    assert numbers(run(server, tmp_path, source=source)) == {"inputs": 7, "records": 7}
    assert numbers(run(server, tmp_path, source=source)) == {"inputs": 2, "not_modified": 2}
    assert ["/feed.xml", "/other.xml"] == server.paths()
    assert {'"a"', '"b"'} == {seen.headers["if-none-match"] for seen in server.requests}
    assert len(rows(tmp_path)) == 7


def test_new_entries_give_new_rows_and_no_others(server: Newsroom, tmp_path: Path) -> None:
    """A feed with 5 new entries beside old ones gives exactly 5 rows and 5 requests for pages."""
    server.publish("/feed.xml", range(4), etag='"1"')
    run(server, tmp_path)
    server.publish("/feed.xml", range(2, 9), etag='"2"')
    assert numbers(run(server, tmp_path)) == {"inputs": 7, "records": 5, "duplicates": 2}
    assert [f"/report/{number}" for number in range(4, 9)] == server.pages_asked()
    assert [server.url(f"/report/{number}") for number in range(9)] == [row["url"] for row in rows(tmp_path)]


@pytest.mark.parametrize("is_etag_kept", [True, False])
def test_a_feed_that_lies_about_its_validators_is_found_out(
    is_etag_kept: bool, server: Newsroom, tmp_path: Path
) -> None:
    """A server that says 304 to anything hides new entries from the second run, not from the third."""
    content: dict[str, Any] = {"body": b"", "etag": '"1"'}

    def lie(seen: Seen) -> Reply:
        if "if-none-match" in seen.headers:
            return Reply(status=304, body=b"", headers={"ETag": seen.headers["if-none-match"]})
        return Reply(body=content["body"], headers={"ETag": content["etag"]}, content_type="application/rss+xml")

    server.routes["/feed.xml"] = lie
    content["body"] = rss(server.links(range(3)))
    run(server, tmp_path)
    content |= {"body": rss(server.links(range(8))), "etag": '"1"' if is_etag_kept else '"2"'}
    assert numbers(run(server, tmp_path)) == {"inputs": 1, "not_modified": 1}
    assert numbers(run(server, tmp_path)) == {"inputs": 8, "records": 5, "duplicates": 3}
    assert len(rows(tmp_path)) == 8
    (state,) = State(str(tmp_path / "_state")).read_feeds().values()
    assert state.trusts_validators is not is_etag_kept
