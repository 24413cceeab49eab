"""The commands for feeds, from the command line to what they print."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.feed_commands import discover
from pipeline.fetch import FetchSettings
from tests.newsroom import Newsroom, numbers, plain_job, rows, write_job
from tests.servers import Reply
from transforms.errors import ConfigError, InputError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Newsroom]:
    """A newsroom with a feed of three reports, named by its front page."""
    with Newsroom() as newsroom:
        newsroom.publish("/feed.xml", range(3))
        link = b'<link rel="alternate" type="application/rss+xml" href="/feed.xml" title="All news">'
        newsroom.routes["/"] = Reply(body=b"<html><head>" + link + b"</head><body>News</body></html>")
        yield newsroom


def newsbeam(*arguments: object) -> Result:
    """Run a command in this process, where all is loaded already."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def newsbeam_raising(*arguments: object) -> None:
    """Run a command whose error is expected."""
    CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_feed_is_ingested_listed_and_its_state_rebuilt(server: Newsroom, tmp_path: Path) -> None:
    """From its address alone; after the state was lost and rebuilt nothing is written twice."""
    out = tmp_path / "news"
    fetch = ["fetch.seconds_between_requests=0", f'fetch.allow_private_hosts=["{server.netloc}"]', "enrich=[]"]
    sets = [part for value in fetch for part in ("--set", value)]
    ingested = newsbeam("ingest", server.url("/feed.xml"), "--output", out, *sets, "--json")
    assert ingested.exit_code == 0, ingested.stderr
    assert numbers(json.loads(ingested.stdout)) == {"inputs": 3, "records": 3}
    (feed,) = json.loads(newsbeam("feeds", out, "--json").stdout)["feeds"]
    expected = {"url": server.url("/feed.xml"), "title": "The Wire", "health": "ok", "entries": 3, "failures": 0}
    assert expected == {name: feed[name] for name in expected}
    rmtree(out / "_state")
    rebuilt = newsbeam("state", "rebuild", out)
    assert "found 3 versions, 3 entries of 1 feeds" in rebuilt.stdout
    again = newsbeam("ingest", server.url("/feed.xml"), "--output", out, *sets, "--json")
    assert numbers(json.loads(again.stdout)) == {"inputs": 3, "duplicates": 3}
    assert len(rows(out)) == 3


def test_replay_and_runs_know_what_was_fetched(server: Newsroom, tmp_path: Path) -> None:
    """A feed that was down is read by `replay`; `runs` lists both runs."""
    out = tmp_path / "out"
    server.routes["/down.xml"] = Reply(status=404, body=b"")
    source = {"feeds": {"urls": [server.url("/down.xml")], "fetch": "feed"}}
    path = write_job(tmp_path / "job.yaml", plain_job(server, out, source=source))
    first = newsbeam("run", path, "--json")
    assert json.loads(first.stdout)["dead_letter_reasons"] == {"http_404": 1}
    server.publish("/down.xml", [8], more="<description>A bridge was opened to the public.</description>")
    replayed = newsbeam("replay", out, "--reason", "http_404", "--json")
    assert replayed.exit_code == 0, replayed.stderr
    assert numbers(json.loads(replayed.stdout)) == {"inputs": 1, "records": 1}
    assert len(json.loads(newsbeam("runs", out, "--json").stdout)["runs"]) == 2


def test_a_run_says_which_feeds_it_passed_over(server: Newsroom, tmp_path: Path) -> None:
    """With reason and time; `--force` asks them, `--due` asks none and says so, and the two exclude each other."""
    source = {"feeds": {"urls": [server.url("/missing.xml")]}}
    path = write_job(tmp_path / "job.yaml", plain_job(server, tmp_path / "out", source=source))
    assert "1 x http_404" in newsbeam("run", path).stdout
    server.forget()
    passed = newsbeam("run", path)
    assert "/missing.xml: backed_off, until 20" in passed.stdout
    assert "no feed is due" in newsbeam("run", path, "--due").stderr
    assert server.requests == []
    assert "(backed_off)" in newsbeam("feeds", tmp_path / "out").stdout
    assert "1 x http_404" in newsbeam("run", path, "--force").stdout
    assert ["/missing.xml"] == server.paths()
    with pytest.raises(ConfigError, match="exclude each other"):
        newsbeam_raising("run", path, "--due", "--force")


def test_discover_finds_the_feeds_of_a_page(server: Newsroom) -> None:
    """Those that the page names, each tried; a feed's own address gives that feed."""
    found = newsbeam("discover", server.url("/"), "--allow-private-host", server.netloc, "--json")
    expected = {"url": server.url("/feed.xml"), "title": "The Wire", "kind": "rss", "entries": 3}
    assert json.loads(found.stdout) == {"feeds": [expected]}
    settings = FetchSettings(allow_private_hosts=(server.netloc,), seconds_between_requests=0)
    assert discover(server.url("/feed.xml"), settings) == [expected]


def test_discover_looks_at_usual_places() -> None:
    """Where a page names no feed; there may be none."""
    with Newsroom({"/": Reply()}) as room:
        settings = FetchSettings(allow_private_hosts=(room.netloc,), seconds_between_requests=0)
        assert discover(room.url("/"), settings) == []
        room.publish("/feed", [1])
        assert [room.url("/feed")] == [feed["url"] for feed in discover(room.url("/"), settings)]


def test_private_hosts_are_not_asked_unless_allowed(server: Newsroom, tmp_path: Path) -> None:
    """Not by `discover`, not by `ingest`: the server sees nothing."""
    server.forget()
    with pytest.raises(InputError, match="can't be fetched"):
        discover(server.url("/"), FetchSettings())
    ran = newsbeam("ingest", server.url("/feed.xml"), "--output", tmp_path, "--set", "enrich=[]", "--json")
    assert json.loads(ran.stdout)["dead_letter_reasons"] == {"private_address": 1}
    assert server.requests == []
