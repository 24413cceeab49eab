"""Pace and parallelism of whole runs: `python -m tests.benchmarks.pacing [--pages N] [--seconds S]`.

The same number of pages is fetched from one host and from ten, by a job with two workers. Told are the smallest gap
between two requests to one host, in the servers' own logs, as a share of the limit, and how much faster ten hosts are.
"""

import argparse
import contextlib
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.newsroom import RSS, Newsroom, newsbeam, plain_job, rss, write_job
from tests.servers import Reply

HOSTS = 10


def fetch(hosts: int, pages: int, seconds: float, scratch: Path) -> dict[str, Any]:
    """Run a job over one feed whose pages lie on several hosts; return the time it took and the smallest gap."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Newsroom()) for _ in range(hosts)]
        links = [servers[number % hosts].links([number])[0] for number in range(pages)]
        servers[0].routes["/feed.xml"] = Reply(body=rss(links), content_type=RSS)
        allowed = [server.netloc for server in servers]
        options = {"allow_private_hosts": allowed, "seconds_between_requests": seconds}
        plain = plain_job(servers[0], scratch / f"out-{hosts}", fetch=options, run={"workers": 2})
        ran = newsbeam("run", write_job(scratch / f"{hosts}.yaml", plain), "--json")
        manifest = json.loads(ran.stdout)
        assert manifest["counts"]["records"] == pages, ran.stderr
        times = [sorted(seen.at for seen in server.requests) for server in servers]
    gaps = [later - earlier for starts in times for earlier, later in itertools.pairwise(starts)]
    requests = [len(starts) for starts in times]
    return {"fetch_seconds": manifest["fetch_seconds"], "smallest_gap": min(gaps), "requests": requests}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0.2, help="between two requests to one host")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        one, ten = (fetch(hosts, arguments.pages, arguments.seconds, Path(scratch)) for hosts in (1, HOSTS))
    smallest = min(one["smallest_gap"], ten["smallest_gap"])
    found = {
        "one_host": one,
        "ten_hosts": ten,
        "smallest_gap_of_limit": round(smallest / arguments.seconds, 3),
        "times_faster": round(one["fetch_seconds"] / ten["fetch_seconds"], 2),
    }
    print(json.dumps(found, indent=1))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
