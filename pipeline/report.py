"""What a run says to people: progress while it runs, a summary at the end."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

COUNT_NAMES: Final = ("inputs", "records", "duplicates", "skipped", "not_modified", "dead_letters")
_HEADINGS: Final = {"not_modified": "unchanged", "dead_letters": "dead"}
LOG_EVERY_SECONDS: Final = 10.0
MAX_PASSED_OVER_LINES: Final = 20


class ProgressBar:
    """A bar with rate, time left and dead letters, for a terminal. Drawn by the caller's thread: workers are forked."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.1f}/s"),
            TextColumn("{task.fields[dead]} dead"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._started = time.monotonic()

    def __enter__(self) -> "ProgressBar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Draw the bar anew; a new one for each kind of inputs."""
        if what not in self._tasks:
            self._started = time.monotonic()
            self._tasks[what] = self._progress.add_task(what, total=total, rate=0.0, dead=dead)
        rate = done / max(0.001, time.monotonic() - self._started)
        self._progress.update(self._tasks[what], completed=int(done), total=total, rate=rate, dead=dead)
        self._progress.refresh()


class ProgressLines:
    """One line every ten seconds, for a log."""

    def __init__(self) -> None:
        self._started = self._said = time.monotonic()
        self._what = ""

    def __enter__(self) -> "ProgressLines":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Write a line if it is time."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._started = what, now
        if now - self._said < LOG_EVERY_SECONDS:
            return
        self._said = now
        rate = done / max(0.001, now - self._started)
        left = (total - done) / rate if rate else 0.0
        sys.stderr.write(f"{int(done)} of {total} {what}, {rate:.1f}/s, {dead} dead, about {left:.0f} s left\n")
        sys.stderr.flush()


def _counts_to_show(manifests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the counts that say something: `not_modified` only where there are feeds."""
    has_feeds = any(manifest["counts"]["not_modified"] for manifest in manifests)
    return [name for name in COUNT_NAMES if has_feeds or name != "not_modified"]


def print_summary(console: Console, manifest: Mapping[str, Any]) -> None:
    """Print what a run did."""
    counts = manifest["counts"]
    names = _counts_to_show([manifest])
    table = Table(title=f"run {manifest['run_id']}", title_justify="left")
    table.add_column("source")
    for name in names:
        table.add_column(_HEADINGS.get(name, name), justify="right")
    for kind, of_kind in counts["sources"].items():
        table.add_row(kind, *(str(of_kind[name]) for name in names))
    table.add_section()
    table.add_row("all", *(str(counts[name]) for name in names))
    console.print(table)
    for reason, number in sorted(manifest["dead_letter_reasons"].items(), key=lambda item: -item[1]):
        console.print(f"  {number} x {reason}", highlight=False)
    _print_passed_over(console, manifest.get("feeds", {}).get("passed_over", []))
    if manifest.get("already_complete"):
        console.print("This run was complete already: nothing was added.")
        return
    size = sum(file["bytes"] for file in manifest["files"])
    rate = counts["inputs"] / max(0.001, manifest["wall_seconds"])
    console.print(
        f"Wrote {size / 1e6:.1f} MB in {len(manifest['files'])} file(s), in {manifest['wall_seconds']:.1f} s "
        f"({manifest['cpu_seconds']:.1f} CPU s, {rate:.1f} inputs/s)",
        highlight=False,
    )


def _print_passed_over(console: Console, feeds: Sequence[Mapping[str, Any]]) -> None:
    """Print which feeds were left alone, why and until when; the first to be asked again stand first."""
    if not feeds:
        return
    console.print(f"Not asked ({len(feeds)}); --force asks them all the same:")
    in_order = sorted(feeds, key=lambda feed: (feed["until"] is None, feed["until"], feed["url"]))
    for feed in in_order[:MAX_PASSED_OVER_LINES]:
        until = f"until {feed['until'][:16].replace('T', ' ')} UTC" if feed["until"] else "for good"
        console.print(f"  {feed['url']}: {feed['reason']}, {until}", highlight=False, soft_wrap=True, markup=False)
    if len(feeds) > MAX_PASSED_OVER_LINES:
        console.print("  and others: `newsbeam feeds` on the output lists them")


def summary_line(manifest: Mapping[str, Any]) -> str:
    """Return what a run did in one line, for a log."""
    counts = manifest["counts"]
    parts = ", ".join(f"{counts[name]} {_HEADINGS.get(name, name)}" for name in COUNT_NAMES)
    return f"{manifest['finished_at']} {manifest['run_id']}: {parts}, {manifest['wall_seconds']:.1f} s"


def print_query_hint(console: Console, root: str, formats: Sequence[str]) -> None:
    """Print how to look at the output."""
    console.print(f"Articles: {root}/articles    dead letters: {root}/dead_letters", highlight=False, soft_wrap=True)
    if "parquet" in formats:
        glob = f"{root}/articles/**/*.parquet"
        query = f"SELECT published_at, title, primary_topic FROM read_parquet('{glob}', hive_partitioning = true)"
        console.print(f'Query:    duckdb -c "{query}"', highlight=False, soft_wrap=True)


def print_runs(console: Console, manifests: Sequence[Mapping[str, Any]]) -> None:
    """Print past runs, the oldest first."""
    names = _counts_to_show(manifests)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("run", "finished (UTC)"):
        table.add_column(name, no_wrap=True)
    for name in (*names, "s"):
        table.add_column(_HEADINGS.get(name, name), justify="right")
    for manifest in manifests:
        counts = (str(manifest["counts"][name]) for name in names)
        finished = manifest["finished_at"][:16].replace("T", " ")
        table.add_row(manifest["run_id"], finished, *counts, f"{manifest['wall_seconds']:.1f}")
    console.print(table)
