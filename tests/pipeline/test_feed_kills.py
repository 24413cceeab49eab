"""Runs over feeds that are killed, stopped or started twice."""

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.feed_run import run_feeds
from pipeline.output import Output
from pipeline.state import State
from tests.newsroom import Newsroom, feeds, job, newsbeam, numbers, plain_job, rows, started, write_job
from tests.servers import Reply

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds the processes in /proc"),
]
PAGES = 60


class Silent:
    """Watches a run and says nothing."""

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Check that the figures make sense, also in a run that is taken up again."""
        assert 0 <= done <= total


@pytest.fixture
def server() -> Iterator[Newsroom]:
    """A newsroom with two feeds of 60 reports in all."""
    with Newsroom() as newsroom:
        newsroom.publish("/feed.xml", range(PAGES // 2))
        newsroom.publish("/other.xml", range(PAGES // 2 - 1, PAGES))
        yield newsroom


def two_feeds(server: Newsroom, output: Path) -> Config:
    """Return the job that reads both."""
    return job(server, output, source=feeds(server.url("/feed.xml"), server.url("/other.xml")), run={"workers": 2})


def _run_in_child(config: Config) -> None:
    os.setsid()
    run_feeds(config, Silent())


def start(config: Config) -> multiprocessing.process.BaseProcess:
    """Run a job in a process of its own, all modules loaded."""
    process = multiprocessing.get_context("fork").Process(target=_run_in_child, args=(config,))
    process.start()
    return process


def is_running(process_id: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(process_id: int) -> list[int]:
    """Return the process ids of a launcher's workers."""
    try:
        return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Return whether the condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.0005)
    return False


def test_kill_9_anywhere_gives_each_entry_once(kill_number: int, server: Newsroom, tmp_path: Path) -> None:
    """While fetching, in the shards, at the commit, or between manifest and state: the next run makes all good."""
    choose = random.Random(kill_number)
    config, output = two_feeds(server, tmp_path), Output(tmp_path)
    moments: list[Callable[[], bool]] = [
        lambda: len(server.pages_asked()) >= choose.randint(1, PAGES),
        lambda: any(tmp_path.glob("_staging/*/polled.json")),
        lambda: any(tmp_path.glob("articles/**/*.parquet")),
        lambda: any(output.runs.glob("*.json")),
        lambda: (tmp_path / "_state/entries.parquet").exists(),
    ]
    launcher = start(config)
    assert launcher.pid is not None
    moment = moments[kill_number % len(moments)]
    wait_until(lambda: moment() or not is_running(launcher.pid or 0))
    time.sleep(choose.choice([0, choose.uniform(0, 0.5)]))
    workers = children_of(launcher.pid)
    if is_running(launcher.pid):
        os.kill(launcher.pid, signal.SIGKILL)
    launcher.join()
    assert wait_until(lambda: not any(map(is_running, workers)))
    manifests = run_feeds(config, Silent())
    assert [numbers(manifest) for manifest in manifests]
    assert [f"{number}" for number in sorted(map(str, range(PAGES)))] == [
        row["url"].rsplit("/", 1)[1] for row in rows(tmp_path)
    ]
    entries = State(config.state_path).read_entries()
    assert len(entries) == PAGES
    assert not (tmp_path / "_staging").exists()
    assert max(server.pages_asked().count(path) for path in server.pages_asked()) <= 2
    server.forget()
    (last,) = run_feeds(config, Silent())
    assert "records" not in numbers(last)
    assert server.paths() == ["/feed.xml", "/other.xml"]


def test_a_second_run_at_the_same_time_is_refused(server: Newsroom, tmp_path: Path) -> None:
    """With exit code 5 and nothing asked; when the first was killed the output is free."""
    server.routes["/feed.xml"] = Reply(raw=b"HTTP/1.1 200 OK\r\n", is_open=True)
    patient = {"feed_seconds": 600, "allow_private_hosts": [server.netloc], "seconds_between_requests": 0}
    path = write_job(tmp_path / "job.yaml", plain_job(server, tmp_path / "out", fetch=patient))
    config = job(server, tmp_path / "out", fetch=patient)
    first = start(config)
    assert wait_until(lambda: bool(server.asked("/feed.xml")))
    second = newsbeam("run", path)
    assert second.returncode == 5
    assert "another newsbeam run is writing here" in second.stderr
    assert len(server.asked("/feed.xml")) == 1
    first.kill()
    first.join()
    server.publish("/feed.xml", [1])
    finished, new = run_feeds(config, Silent())
    assert numbers(finished) == {"inputs": 1, "records": 1}
    assert numbers(new) == {"inputs": 1, "not_modified": 1}


def test_every_goes_on_until_it_is_stopped(server: Newsroom, tmp_path: Path) -> None:
    """Rounds without a due feed do nothing; a feed that becomes due is polled; SIGTERM ends it with 143."""
    out = tmp_path / "out"
    path = write_job(tmp_path / "job.yaml", plain_job(server, out))
    with started("run", path, "--every", "0.05s", "--json") as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert numbers(first) == {"inputs": 30, "records": 30}
        server.forget()
        state = State(str(out / "_state"))
        assert wait_until(lambda: state.read_feeds() != {})
        time.sleep(0.3)
        assert server.requests == []
        server.publish("/feed.xml", range(32), etag='"2"')
        make_due(state)
        second = json.loads(process.stdout.readline())
        assert numbers(second) == {"inputs": 32, "records": 2, "duplicates": 30}
        process.terminate()
        assert process.wait(10) == 143
    assert not (out / "_staging").exists()


def make_due(state: State) -> None:
    """Have all feeds due at once."""
    lines = (json.loads(line) for line in Path(state.path, "feeds.jsonl").read_text().splitlines())
    due = "".join(json.dumps(line | {"next_poll_at": None}) + "\n" for line in lines)
    part = Path(state.path, "feeds.part")
    part.write_text(due)
    part.replace(Path(state.path, "feeds.jsonl"))
