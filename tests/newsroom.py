"""A small newsroom on the loopback interface: feeds and pages that change between runs, and jobs that read them."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from pipeline.config import Config, parse_config
from tests.servers import Answer, LoopbackServer, Reply, Seen

SENTENCES = (
    "The council of the town voted on the budget for the coming year after a long debate.",
    "Members of the opposition had asked for more money for the schools and for the library.",
    "The mayor said that the bridge over the river has to be repaired before the winter.",
    "A second vote is planned for the next month, when the figures of the auditors are known.",
)
RSS = "application/rss+xml"
ENTRY = "<item><title>{title}</title><link>{link}</link><guid>{link}</guid>{more}</item>"


def page(number: int) -> bytes:
    """Return the page of a report; each has a text of its own."""
    paragraphs = "".join(f"<p>Report {number}: {sentence}</p>" for sentence in SENTENCES)
    title = f"Report {number}"
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}"
        "</article></body></html>"
    ).encode()


def rss(links: Iterable[str], *, more: str = "", channel: str = "", title: str = "Report") -> bytes:
    """Return an RSS feed with one item for each link; `more` goes into each item, `channel` into the channel."""
    items = "".join(ENTRY.format(title=f"{title} {link[-4:]}", link=link, more=more) for link in links)
    return f'<rss version="2.0"><channel><title>The Wire</title>{channel}{items}</channel></rss>'.encode()


def with_validators(body: bytes, etag: str, *, content_type: str = RSS) -> Answer:
    """Return the answer of a server that knows conditional requests."""

    def answer(seen: Seen) -> Reply:
        if seen.headers.get("if-none-match") == etag:
            return Reply(status=304, body=b"", headers={"ETag": etag}, content_type=content_type)
        return Reply(body=body, headers={"ETag": etag}, content_type=content_type)

    return answer


class Newsroom(LoopbackServer):
    """A server with reports as pages at `/report/<number>` and feeds that name them."""

    def links(self, numbers: Iterable[int]) -> list[str]:
        """Return the addresses of reports, which are served from now on."""
        found = list(numbers)
        self.routes |= {f"/report/{number}": Reply(body=page(number)) for number in found}
        return [self.url(f"/report/{number}") for number in found]

    def publish(self, path: str, numbers: Iterable[int], *, etag: str = '"1"', more: str = "") -> None:
        """Serve a feed of reports with validators."""
        self.routes[path] = with_validators(rss(self.links(numbers), more=more), etag)

    def forget(self) -> None:
        """Forget the requests so far."""
        self.requests.clear()

    def paths(self) -> list[str]:
        """Return the paths asked for since then, sorted, without those of robots.txt."""
        return sorted(seen.path for seen in self.requests if seen.path != "/robots.txt")

    def pages_asked(self) -> list[str]:
        """Return the paths of pages asked for since then, sorted."""
        return [path for path in self.paths() if path.startswith("/report/")]


def plain_job(server: LoopbackServer, output: Path, /, **sections: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of a job that reads the server without pauses, and needs no model."""
    plain: dict[str, Any] = {
        "source": {"feeds": {"urls": [server.url("/feed.xml")]}},
        "fetch": {"allow_private_hosts": [server.netloc], "seconds_between_requests": 0},
        "enrich": [],
        "output": {"path": str(output)},
        "run": {"workers": 1},
    }
    for name, values in sections.items():
        plain[name] = {**(plain[name] if name not in {"source"} else {}), **values}
    return plain


def job(server: LoopbackServer, output: Path, /, **sections: Mapping[str, Any]) -> Config:
    """Return such a job, checked."""
    return parse_config(plain_job(server, output, **sections), "test")


def feeds(*urls: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - any option of feeds
    """Return the source section of a job that reads feeds."""
    return {"feeds": {"urls": list(urls), **options}}


def write_job(path: Path, plain: Mapping[str, Any]) -> Path:
    """Write a job's file."""
    path.write_text(yaml.safe_dump(dict(plain)))
    return path


def rows(output: Path) -> list[dict[str, Any]]:
    """Return all rows of an output, by address."""
    found = [row for path in output.glob("articles/**/*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
    return sorted(found, key=lambda row: (row["url"] or "", row["source_offset"]))


def letters(output: Path) -> list[dict[str, Any]]:
    """Return all dead letters of an output."""
    return [json.loads(line) for path in sorted(output.glob("dead_letters/*")) for line in path.open()]


def numbers(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a manifest that are not 0, once they were found to add up everywhere."""
    names = ("records", "duplicates", "skipped", "not_modified", "dead_letters")
    counts = manifest["counts"]
    for one in (counts, *counts["sources"].values()):
        assert one["inputs"] == sum(one[name] for name in names)
    for stage in counts["stages"]:
        assert stage["inputs"] == stage["outputs"] + sum(stage.get(name, 0) for name in names[1:])
    for before, after in zip(counts["stages"], counts["stages"][1:], strict=False):
        assert before["outputs"] <= after["inputs"]
    assert counts["stages"][-1]["outputs"] == counts["records"]
    return {name: counts[name] for name in ("inputs", *names) if counts[name]}


def command(*arguments: object) -> list[str]:
    """Return a command line of newsbeam."""
    return [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, arguments)]


@contextlib.contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start newsbeam; it is killed in the end, if it has not ended by then."""
    line = command(*arguments)
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def newsbeam(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run newsbeam to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=600, env=os.environ, check=False)
