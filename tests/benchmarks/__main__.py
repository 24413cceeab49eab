"""Runs the benchmarks: `python -m tests.benchmarks [--pages FOLDER] [--texts FILES] [--count N] [--only NAME]`.

`throughput`: newsbeam beside plain multiprocessing.Pools on the same pages, one that calls the libraries and one that
calls newsbeam's own functions: CPU overhead, and the share of the cores that extraction and entities get. `memory`: the
peak of a worker on few and on many pages. `entities`: words per CPU second of spaCy and of the fast engine. `by_hand`:
newsbeam with one worker and with two beside the script that a user would write by hand.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

SAMPLE = Path("configs/sample/pages")


def copy_pages(pages: Path, count: int, folder: Path) -> None:
    """Fill a folder with `count` pages, the given ones over and over."""
    sources = sorted(path for path in pages.rglob("*.htm*") if path.is_file() and "broken" not in path.name)
    if not sources:
        sys.exit(f"{pages}: holds no pages")
    for number in range(count):
        source = sources[number % len(sources)]
        target = folder / f"{number // len(sources):04d}" / f"{number % len(sources):04d}-{source.name[-60:]}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def timed(command: list[str]) -> dict[str, float]:
    """Run a command; return its wall seconds, the CPU seconds of it and its children, and what it printed as JSON."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed: dict[str, Any] = json.loads(finished.stdout)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return printed | {"wall": round(time.monotonic() - started, 2), "cpu": round(cpu, 2)}


def ingest_command(folder: Path, output: Path, workers: int) -> list[str]:
    """Return the command that ingests a folder."""
    newsbeam = str(Path(sys.executable).with_name("newsbeam"))
    options = ["--workers", str(workers), "--keep-duplicates", "--json"]
    return [newsbeam, "ingest", str(folder), "--output", str(output), *options]


def measure_throughput(pages: Path, count: int, workers: int, rounds: int, scratch: Path) -> dict[str, Any]:
    """Return CPU and wall seconds of the pools and of newsbeam on the same pages, medians of rounds, and their ratios.

    The three take turns, as a machine may be faster in one minute than in the next. The share of the cores that
    extraction and entities get is that of newsbeam's own seconds in its own runs. Its overhead is given twice: by all
    CPU seconds, and by these for each second of extraction and entities, which does not depend on the machine's minute.
    """
    folder = scratch / "pages"
    copy_pages(pages, count, folder)
    pool = [sys.executable, "-m", "tests.benchmarks.plain_pool"]
    runs: dict[str, list[dict[str, float]]] = {"libraries": [], "functions": [], "newsbeam": []}
    for number in range(rounds):
        for work in ("libraries", "functions"):
            runs[work].append(timed([*pool, work, str(workers), str(folder)]))
        runs["newsbeam"].append(_watched(folder, scratch / f"out-{number}", workers))
    ours = {name: _median(runs["newsbeam"], name) for name in ("wall", "cpu", "library_cpu_seconds")}
    share = [run["library_cpu_seconds"] / (workers * run["wall"]) for run in runs["newsbeam"]]
    ours["library_share_of_cores"] = round(statistics.median(share), 3)
    return {"pages": count, "workers": workers, "rounds": rounds, "newsbeam": ours} | {
        f"pool_of_{work}": _compare(runs[work], ours, workers) for work in ("libraries", "functions")
    }


def _watched(folder: Path, output: Path, workers: int) -> dict[str, float]:
    seconds = output.with_suffix(".seconds")
    command = ingest_command(folder, output, workers)
    run = timed([sys.executable, "-m", "tests.benchmarks.watched_newsbeam", str(seconds), *command[1:]])
    return run | {"library_cpu_seconds": round(sum(map(float, seconds.read_text().split())), 2)}


def _median(runs: list[dict[str, float]], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _compare(pool: list[dict[str, float]], ours: dict[str, float], workers: int) -> dict[str, float]:
    """Return what a pool took, and newsbeam beside it."""
    wall, cpu, library = (_median(pool, name) for name in ("wall", "cpu", "library_cpu_seconds"))
    return {
        "wall": wall,
        "cpu": cpu,
        "library_cpu": library,
        "cpu_overhead_of_newsbeam": round(ours["cpu"] / cpu - 1, 3),
        "cpu_overhead_by_library_second": round(ours["cpu"] / ours["library_cpu_seconds"] * library / cpu - 1, 3),
        "wall_of_newsbeam": round(ours["wall"] / wall, 3),
        "library_share_of_cores": round(library / (workers * ours["wall"]), 3),
        "library_share_of_cores_in_pool": round(library / (workers * wall), 3),
    }


def measure_by_hand(pages: Path, count: int, scratch: Path) -> dict[str, Any]:
    """Return the pages per CPU and wall second of the script by hand, and how many times as fast newsbeam is."""
    folder = scratch / "by-hand"
    copy_pages(pages, count, folder)
    script = timed([sys.executable, "-m", "tests.benchmarks.by_hand", str(folder)])
    result: dict[str, Any] = {"pages": count, "by_hand": {"wall": script["wall"], "cpu": script["cpu"]}}
    for workers in (1, 2):
        ours = timed(ingest_command(folder, scratch / f"by-hand-{workers}", workers))
        result[f"newsbeam_{workers}"] = {
            "wall": ours["wall"],
            "cpu": ours["cpu"],
            "times_as_fast_by_cpu": round(script["cpu"] / ours["cpu"], 2),
            "times_as_fast_by_wall": round(script["wall"] / ours["wall"], 2),
        }
    return result


class PeakOfChildren(threading.Thread):
    """Watches the children of a process; `peak_mb` is the largest resident set of any of them."""

    def __init__(self, parent: int) -> None:
        super().__init__(daemon=True)
        self.parent = parent
        self.peak_mb = 0.0
        self.stopped = threading.Event()

    def run(self) -> None:
        """Look five times a second."""
        while not self.stopped.wait(0.2):
            for child in self._children():
                self.peak_mb = max(self.peak_mb, _peak_mb(child))

    def _children(self) -> list[str]:
        try:
            return Path(f"/proc/{self.parent}/task/{self.parent}/children").read_text().split()
        except FileNotFoundError:
            return []


def _peak_mb(process_id: str) -> float:
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def measure_memory(pages: Path, count: int, workers: int, scratch: Path) -> dict[str, Any]:
    """Return the peak resident set of a worker, in MB, on `count` pages."""
    folder = scratch / f"pages-{count}"
    copy_pages(pages, count, folder)
    process = subprocess.Popen(ingest_command(folder, scratch / f"out-{count}", workers), stdout=subprocess.PIPE)
    watch = PeakOfChildren(process.pid)
    watch.start()
    printed, _ = process.communicate()
    watch.stopped.set()
    watch.join()
    if process.returncode:
        sys.exit(f"newsbeam ended with exit code {process.returncode}")
    return {"pages": count, "worker_peak_mb": round(watch.peak_mb), "records": json.loads(printed)["counts"]["records"]}


def main() -> None:
    """Run the benchmarks that were asked for and print one JSON object each."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--pages", type=Path, default=SAMPLE, help="folder of stored pages")
    parser.add_argument("--count", type=int, default=1200, help="pages for throughput")
    parser.add_argument("--memory-counts", type=int, nargs="+", default=[600, 6000], help="pages for memory")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of throughput; medians are printed")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--texts", type=Path, nargs="+", default=[], help="JSONL or text files for entities")
    parser.add_argument("--only", choices=["throughput", "memory", "entities", "by_hand"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as scratch:
        results = []
        if options.only in {None, "throughput"}:
            results.append(
                measure_throughput(options.pages, options.count, options.workers, options.rounds, Path(scratch))
            )
        if options.only in {None, "memory"}:
            counts = options.memory_counts
            results += [measure_memory(options.pages, count, options.workers, Path(scratch)) for count in counts]
        if options.only in {None, "entities"}:
            texts = options.texts or sorted(Path("configs/sample").rglob("*.txt"))
            results.append(timed([sys.executable, "-m", "tests.benchmarks.engines", *map(str, texts)]))
        if options.only in {None, "by_hand"}:
            results.append(measure_by_hand(options.pages, options.count, Path(scratch)))
    for result in results:
        print(json.dumps(result))  # noqa: T201 - the result


if __name__ == "__main__":
    main()
