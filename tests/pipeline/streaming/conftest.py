"""A stream that is fed with ticks by hand."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from pipeline.config import parse_config
from pipeline.stream_run import plan_stream
from pipeline.streaming.graph import StreamJob, build_stream
from tests.servers import LoopbackServer, Reply, Seen

EVERY = 60
"""Seconds between ticks; of a window too."""

WORDS = "The council of the town met again and talked about the harbour, the ferry and the price of grain."


def show_page(number: int) -> bytes:
    """Return the page of an article."""
    paragraphs = "".join(f"<p>{WORDS} It was report {number}, part {part}.</p>" for part in range(4))
    title = f"Report {number} from the harbour"
    return f"<html lang=en><title>{title}</title><article><h1>{title}</h1>{paragraphs}</article></html>".encode()


class Publisher:
    """A server with a feed that grows: `published` is the number of its entries; each page but one is an article."""

    def __init__(self) -> None:
        self.published = 0
        self.server = LoopbackServer({"/feed.xml": self._feed, "/a/0": Reply(body=b"", content_type="text/html")})
        for number in range(1, 20):
            self.server.routes[f"/a/{number}"] = Reply(body=show_page(number))

    def _feed(self, _: Seen) -> Reply:
        items = "".join(
            f"<item><title>Report {number}</title><link>{self.server.url(f'/a/{number}')}</link></item>"
            for number in range(self.published)
        )
        body = f"<rss version='2.0'><channel><title>Harbour</title>{items}</channel></rss>".encode()
        return Reply(body=body, content_type="application/rss+xml")

    def pages_asked(self) -> list[str]:
        """Return the paths of the pages that were asked for, in order."""
        return [seen.path for seen in self.server.requests if seen.path.startswith("/a/")]


@pytest.fixture
def tick() -> Callable[[int], float]:
    """Return a function (number) -> a tick, the first of which is now; those far in the past are stale."""
    begin = datetime.now(UTC).timestamp() // EVERY * EVERY
    return lambda number: begin + (number - 1) * EVERY


def send(job: StreamJob, ticks: Sequence[float]) -> None:
    """Run the graph of a stream on some ticks and end it."""
    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])) as pipeline:
        stamped = [TimestampedValue(Timestamp.of(tick), tick) for tick in ticks]
        build_stream(pipeline | beam.Create(stamped, reshuffle=False) | beam.Map(_stamp), job)


def _stamp(stamped: Any) -> Any:  # noqa: ANN401 - TimestampedValue, which is generic in one version only
    return stamped


def make_job(output: Path, source: dict[str, Any], **sections: Any) -> StreamJob:  # noqa: ANN401 - sections of a config
    """Return the job of a stream."""
    config = parse_config(
        {
            "source": source,
            "enrich": [{"use": "DetectLanguage"}],
            "output": {"path": str(output), "formats": ["jsonl"], "gzip_jsonl": False},
            "stream": {"every_seconds": EVERY, "poll_seconds": 1, "window_seconds": EVERY, "groups": 2},
            "run": {"runner": "PrismRunner"},
            **sections,
        },
        "a test",
    )
    return plan_stream(config, "news")


@pytest.fixture
def publisher() -> Any:  # noqa: ANN401 - a generator of Publisher
    """Serve a feed on the loopback interface."""
    publisher = Publisher()
    with publisher.server:
        yield publisher


@pytest.fixture
def follow(tmp_path: Path, publisher: Publisher) -> Callable[[str], StreamJob]:
    """Return a function (name of the output) -> the job that reads the publisher's feed."""

    def job(name: str = "out") -> StreamJob:
        fetch = {"seconds_between_requests": 0, "allow_private_hosts": [publisher.server.netloc]}
        feeds = {"feeds": {"urls": [publisher.server.url("/feed.xml")], "fetch": "page"}}
        return make_job(tmp_path / name, feeds, fetch=fetch)

    return job


def read_rows(output: Path) -> list[dict[str, Any]]:
    """Return all rows of an output."""
    return [json.loads(line) for path in sorted(output.glob("articles/**/*.jsonl")) for line in path.open()]


def read_manifests(output: Path) -> list[dict[str, Any]]:
    """Return all manifests of an output, in order."""
    return [json.loads(path.read_bytes()) for path in sorted(output.glob("runs/*.json"))]


def hash_files(output: Path) -> dict[str, str]:
    """Return the hash of each file of articles and dead letters, by name."""
    files = [*output.glob("articles/**/*.jsonl"), *output.glob("dead_letters/*")]
    return {str(path.relative_to(output)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
