"""What the commands for feeds do: run on and on, say how feeds are, find those of a site, make the state anew."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from pipeline.config import Config
from pipeline.feed_run import has_due_feed, run_feeds
from pipeline.fetch import Failed, Fetched, Fetcher, FetchSettings, Request
from pipeline.launch import Manifest, Signals, Watcher, preload
from pipeline.output import Output
from pipeline.polling.schedule import FeedState, now_utc
from pipeline.rebuild import rebuild_state
from pipeline.state import State
from transforms.errors import ArticleError, ConfigError, InputError
from transforms.feeds import FeedLink, find_feeds, parse_feed

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as `90s`, `5m`, `1h` or `1d`.

    Raises:
        ConfigError: it is none.

    >>> parse_duration("5m")
    300.0
    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd])", text.strip())
    if match is None or float(match[1]) == 0:
        raise ConfigError(f"--every {text}: must be a duration such as 90s, 5m, 1h or 1d")
    return float(match[1]) * _UNITS[match[2]]


def run_every(config: Config, seconds: float, watcher: Watcher, told: Callable[[Manifest], None]) -> None:
    """Run a job again and again in this process, which stays warm; only feeds that are due are asked.

    What is stored, and pages that the job names, are read in the first round.

    Args:
        config: the job.
        seconds: between the starts of two rounds.
        watcher: is told how a run goes on.
        told: is given each run's manifest.

    Raises:
        Interrupted: a signal asked to stop; this is how it ends.
        NewsbeamError: as `run_feeds`.
    """
    with Signals():
        preload(config)
        is_first = True
        while True:
            started = time.monotonic()
            if is_first or has_due_feed(config, now_utc()):
                for manifest in run_feeds(config, watcher, asked="due", only_feeds=not is_first):
                    told(manifest)
            is_first = False
            time.sleep(max(0.0, started + seconds - time.monotonic()))


def describe_feeds(state: State, now: datetime) -> list[dict[str, Any]]:
    """Return what is known of each feed, as plain values; `now` decides which are left alone."""
    return [_describe(feed, now) for feed in state.read_feeds().values()]


def _describe(feed: FeedState, now: datetime) -> dict[str, Any]:
    health = "gone" if feed.gone_at else "failing" if feed.failures else "new" if not feed.last_success_at else "ok"
    pause = feed.pause(now)
    times = ("last_polled_at", "last_success_at", "last_new_at", "next_poll_at", "not_before", "gone_at")
    return {
        "url": feed.url,
        "title": feed.title,
        "health": health,
        "entries": feed.entries,
        "failures": feed.failures,
        "last_error": feed.last_error,
        "moved_to": feed.moved_to,
        "interval_minutes": round(feed.interval_seconds / 60, 1),
        "trusts_validators": feed.trusts_validators,
        "paused_by": pause.reason if pause else None,
        "paused_until": _iso(pause.until) if pause else None,
        **{name: _iso(getattr(feed, name)) for name in times},
    }


def _iso(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat(timespec="seconds") if when else None


def print_feeds(console: Console, feeds: Sequence[Mapping[str, Any]]) -> None:
    """Print a table of feeds, those that fail first; pauses and errors only where there are some."""
    has_errors = any(feed["last_error"] for feed in feeds)
    has_pauses = any(feed["paused_by"] for feed in feeds)
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("feed", overflow="fold")
    for name in ("health", "entries", "last new (UTC)", "next poll (UTC)"):
        table.add_column(name, no_wrap=True)
    if has_pauses:
        table.add_column("left alone until (UTC)", no_wrap=True)
    if has_errors:
        table.add_column("last error", overflow="fold")
    order = {"gone": 0, "failing": 1, "new": 2, "ok": 3}
    for feed in sorted(feeds, key=lambda one: (order[one["health"]], one["url"])):
        entries = "" if feed["entries"] is None else str(feed["entries"])
        moments = (_short(feed[name]) for name in ("last_new_at", "next_poll_at"))
        pauses = [_pause(feed)] if has_pauses else []
        errors = [feed["last_error"] or ""] if has_errors else []
        table.add_row(feed["url"], feed["health"], entries, *moments, *pauses, *errors)
    console.print(table)


def _pause(feed: Mapping[str, Any]) -> str:
    """Return until when a feed is left alone, and why."""
    return f"{_short(feed['paused_until']) or 'for good'} ({feed['paused_by']})" if feed["paused_by"] else ""


def _short(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else ""


def discover(url: str, settings: FetchSettings) -> list[dict[str, Any]]:
    """Return the feeds of a site: those that its page names, else those at usual places, that can be read.

    Args:
        url: address of any page of the site; of a feed it is returned itself.
        settings: how to fetch.

    Raises:
        InputError: the page can't be fetched.
    """
    page = _ask([url], settings)[url]
    if not isinstance(page, Fetched):
        why = page.detail if isinstance(page, Failed) else "robots.txt forbids it"
        raise InputError(f"{url}: can't be fetched: {why}")
    itself = FeedLink(url=page.final_url, found_in="link")
    if found := _read(itself, page):
        return [found]
    links = find_feeds(page.body.read(), page.final_url)
    named = [link for link in links if link.found_in != "guess"]
    guessed = [link for link in links if link.found_in == "guess"]
    return _read_all(named, settings) or _read_all(guessed, settings)


def _read_all(links: Sequence[FeedLink], settings: FetchSettings) -> list[dict[str, Any]]:
    answers = _ask([link.url for link in links], settings)
    return [found for link in links if (found := _read(link, answers[link.url]))]


def _ask(urls: Sequence[str], settings: FetchSettings) -> dict[str, Any]:
    with Fetcher(settings) as fetcher:
        for url in urls:
            fetcher.submit(Request(url=url, purpose="feed", key=url))
        return {str(request.key): outcome for request, outcome in fetcher.results()}


def _read(link: FeedLink, answer: object) -> dict[str, Any] | None:
    """Return what is known of a feed, None if there is none."""
    if not isinstance(answer, Fetched):
        return None
    try:
        feed = parse_feed(answer.body.read(), url=answer.final_url)
    except ArticleError:
        return None
    return {"url": link.url, "title": feed.title or link.title, "kind": feed.kind, "entries": len(feed.entries)}


def rebuild(output: Path, state_path: str | None) -> dict[str, int]:
    """Make the state of an output anew; see `rebuild_state`."""
    where = Output(output)
    with where.locked():
        return rebuild_state(where, State(state_path or str(output / "_state")))
