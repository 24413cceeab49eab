"""Kills parts of a stream on an engine, and counts what is published: python -m tests.engines.stream.

A server publishes 20 feeds, 2 entries a second. The job runs as a stream on Prism or Flink, parts of which are killed
with SIGKILL and started again. At the end each entry must stand in the output exactly once.
"""

import argparse
import itertools
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

from tests.engines.disturbed import Disturbed, PrismStream
from tests.engines.flink.cluster import Cluster
from tests.engines.flink.kills import FlinkStream
from tests.engines.publisher import ENTRIES_A_SECOND, FEEDS, host_of

PAUSE_SECONDS: Final = 2.0
WINDOW_SECONDS: Final = 10
TICK_SECONDS: Final = 5
POLL_SECONDS: Final = 10
DRAIN_SECONDS: Final = 60
JITTER: Final = 0.95
"""The pause is kept where requests are sent; they arrive a little nearer to each other or further apart."""


def write_config(folder: Path, run: dict[str, Any], groups: int) -> Path:
    """Write the job; return its path."""
    hosts = [host_of(feed) for feed in range(FEEDS)]
    config = {
        "source": {"feeds": {"urls": [f"http://{host}/feed.xml" for host in hosts], "fetch": "page"}},
        "fetch": {"seconds_between_requests": PAUSE_SECONDS, "allow_private_hosts": hosts},
        "enrich": [{"use": "DetectLanguage"}],
        "output": {"path": str(folder / "out"), "formats": ["jsonl"], "gzip_jsonl": False},
        "stream": {
            "every_seconds": TICK_SECONDS,
            "poll_seconds": POLL_SECONDS,
            "window_seconds": WINDOW_SECONDS,
            "groups": groups,
        },
        "run": run,
    }
    path = folder / "stream.yaml"
    path.write_text(json.dumps(config))
    return path


class Visible:
    """Notes when a file was first seen: one that is written anew has been there before."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._urls: dict[str, float] = {}

    def look(self) -> dict[str, float]:
        """Return when each article was first seen, looking now."""
        now = time.time()
        for row in read_rows(self._output):
            self._urls.setdefault(row["url"], now)
        return self._urls

    def look_for(self, seconds: float) -> None:
        """Look each second for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            time.sleep(1)


def read_rows(output: Path) -> list[dict[str, Any]]:
    """Return all rows that are published."""
    return [json.loads(line) for path in output.glob("articles/**/*.jsonl") for line in path.open(encoding="utf-8")]


def run(stream: Disturbed, config: Path, visible: Visible, seconds: float) -> dict[str, float]:
    """Run the stream while it is disturbed; return when each article was first seen."""
    disturbances = stream.disturbances()
    share = seconds / (len(disturbances) + 1)
    stream.start(config)
    try:
        visible.look_for(share)
        print(stream.describe())  # noqa: T201
        for disturb in disturbances:
            disturb()
            visible.look_for(share)
        visible.look_for(DRAIN_SECONDS)
        print(stream.describe())  # noqa: T201
    finally:
        stream.stop()
    return visible.look()


def report(folder: Path, seen: dict[str, float], started: float, seconds: float) -> bool:
    """Print what was published, and say whether it is what should be."""
    urls = Counter(row["url"] for row in read_rows(folder / "out"))
    numbers = {_number(url) for url in urls}
    lost = set(range(int(seconds * ENTRIES_A_SECOND))) - numbers
    twice = sum(count - 1 for count in urls.values())
    latencies = sorted(at - started - _number(url) / ENTRIES_A_SECOND for url, at in seen.items())
    unbalanced = [path.name for path in (folder / "out/runs").glob("*") if json.loads(path.read_bytes())["lost"]]
    gap = smallest_gap(folder / "requests.jsonl")
    cuts = statistics.quantiles(latencies, n=20)
    print(f"articles {len(urls)}, lost {len(lost)}, twice {twice}, windows that do not add up {len(unbalanced)}")  # noqa: T201
    print(f"seconds from published to visible: p50 {cuts[9]:.1f}, p95 {cuts[18]:.1f}, most {latencies[-1]:.1f}")  # noqa: T201
    print(f"smallest pause of a host: {gap:.2f} s of {PAUSE_SECONDS} s")  # noqa: T201
    return not lost and not twice and not unbalanced and gap >= JITTER * PAUSE_SECONDS


def _number(url: str) -> int:
    return int(url.rpartition("/")[2])


def smallest_gap(log: Path) -> float:
    """Return the smallest pause between two requests to one host."""
    times = defaultdict(list)
    for line in log.read_text(encoding="utf-8").splitlines():
        at, host, _ = json.loads(line)
        times[host].append(at)
    return min(after - before for of_host in times.values() for before, after in itertools.pairwise(sorted(of_host)))


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prism", help="path of the engine")
    parser.add_argument("--flink", type=Path, help="folder of the engine, with lib/ and job-server.jar")
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--kills", type=int, default=3, help="on Prism; on Flink each kind of disturbance comes once")
    parser.add_argument("--folder", type=Path, default=Path("stream-output"))
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    folder = options.folder.resolve()
    stream = (
        FlinkStream(Cluster(folder / "cluster", options.flink), folder)
        if options.flink
        else PrismStream(options.prism, options.kills, folder)
    )
    log, config = folder / "requests.jsonl", write_config(folder, stream.set_up(), stream.groups)
    started = time.time()
    arguments = [str(log), str(options.seconds), str(started)]
    publisher = subprocess.Popen([sys.executable, "-m", "tests.engines.publisher", *arguments])
    try:
        seen = run(stream, config, Visible(folder / "out"), options.seconds)
    finally:
        publisher.kill()
    sys.exit(not report(folder, seen, started, options.seconds))


if __name__ == "__main__":
    main()
