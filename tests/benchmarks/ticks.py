"""Memory and CPU of `--every` over many rounds: `python -m tests.benchmarks.ticks [--rounds N]`.

First each round has a due feed with one new entry, whose page is fetched and written; the resident memory of the
process is taken after each. Then nothing is due, and the CPU time of idle rounds is taken.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from tests.newsroom import Newsroom, numbers, plain_job, started, write_job

EVERY = 0.05
IDLE_SECONDS = 10.0
FEED_ENTRIES = 20


def resident_mb(process_id: int) -> float:
    """Return the resident memory of a process."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def cpu_seconds(process_id: int) -> float:
    """Return the CPU time of a process and its children that have ended."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rsplit(") ", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def make_due(feeds: Path) -> None:
    """Have all feeds due at once."""
    lines = (json.loads(line) for line in feeds.read_text().splitlines())
    part = feeds.with_suffix(".part")
    part.write_text("".join(json.dumps(line | {"next_poll_at": None}) + "\n" for line in lines))
    part.replace(feeds)


def measure(rounds: int, scratch: Path) -> dict[str, object]:
    """Return memory by round, and CPU time of busy and idle rounds."""
    memory: list[float] = []
    with Newsroom() as server:
        server.publish("/feed.xml", range(FEED_ENTRIES))
        path = write_job(scratch / "job.yaml", plain_job(server, scratch / "out"))
        with started("run", path, "--every", f"{EVERY}s", "--json") as process:
            assert process.stdout is not None
            for number in range(1, rounds + 1):
                manifest = json.loads(process.stdout.readline())
                assert numbers(manifest)["records"] == (FEED_ENTRIES if number == 1 else 1)
                memory.append(resident_mb(process.pid))
                busy = cpu_seconds(process.pid)
                if number < rounds:
                    server.publish("/feed.xml", range(number, number + FEED_ENTRIES), etag=f'"{number}-"')
                    make_due(scratch / "out/_state/feeds.jsonl")
            began = time.monotonic()
            time.sleep(IDLE_SECONDS)
            idle = (cpu_seconds(process.pid) - busy) / ((time.monotonic() - began) / EVERY)
            process.terminate()
            code = process.wait(30)
    return {
        "rounds": rounds,
        "mb_after_20": memory[min(19, rounds - 1)],
        "mb_after_last": memory[-1],
        "mb_largest": max(memory),
        "cpu_seconds_per_busy_round": round(busy / rounds, 3),
        "cpu_seconds_per_idle_round": round(idle, 4),
        "exit_code": code,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(measure(parser.parse_args().rounds, Path(scratch)), indent=1))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
