"""Tests that fetching takes little memory, whatever is sent; in a process of its own, whose memory is its own."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import Answer, LoopbackServer, Reply, Seen

MAX_ADDED_MB = 150
STATUS = Path("/proc/self/status")

CHILD = """
import re, sys
from pipeline.fetch import Fetcher, FetchSettings, Request

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

netloc, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
settings = FetchSettings(seconds_between_requests=0, allow_private_hosts=(netloc,), max_unpaced_requests=16)
before = resident()
outcomes = set()
with Fetcher(settings) as fetcher:
    for number in range(count):
        url = f"http://{netloc}{path}?{number}"
        fetcher.submit(Request(url=url, purpose="page", key=number))
    for request, outcome in fetcher.results():
        outcomes.add(getattr(outcome, "reason", type(outcome).__name__))
print(",".join(sorted(map(str, outcomes))), peak() - before)
"""


def endless(seen: Seen) -> Reply:
    """Return more than the limit of a page."""
    return Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"<p>words</p>" * 2_000_000)


@pytest.mark.skipif(not STATUS.exists(), reason="reads the memory of a process from /proc")
@pytest.mark.parametrize(
    ("path", "count", "outcome"),
    [
        ("/bomb", 64, "too_large"),
        ("/endless", 32, "too_large"),
        ("/large", 64, "Fetched"),
        ("/private", 100_000, "Disallowed"),
    ],
)
def test_memory_is_bounded(path: str, count: int, outcome: str) -> None:
    """Bombs, endless and large answers, 16 at once, and 100,000 queued requests add at most 150 MB."""
    routes: dict[str, Answer] = {
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /private\n"),
        "/bomb": Reply(body=gzip.compress(bytes(200_000_000), 1), headers={"Content-Encoding": "gzip"}),
        "/endless": endless,
        "/large": Reply(body=b"<p>words</p>" * 800_000),
    }
    with LoopbackServer(routes) as server:
        command = [sys.executable, "-c", CHILD, server.netloc, path, str(count)]
        result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    match = re.fullmatch(r"(\S+) (\S+)\n", result.stdout)
    assert match, result.stdout
    assert outcome == match[1]
    assert float(match[2]) <= MAX_ADDED_MB
