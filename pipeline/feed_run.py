"""A run that fetches: poll feeds, fetch pages, work on what was fetched, commit, and only then let the state advance.

    _staging/<run>/run.json     the job and the time, written first: a run that died is finished by its own config
    _staging/<run>/spool/       what was fetched so far
    _staging/<run>/stored.json  the stored articles that belong to it, listed when it began
    _staging/<run>/polled.json  what the fetching part gave, written when it is over
    _staging/<run>/fetch.jsonl  its ledger

A run that died while it fetched polls again, and fetches only what is not in its spool. One that died later goes on
where it stopped. One that died between its output and its state lets the state advance.
"""

import dataclasses
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pydantic

from pipeline.config import Config, parse_config
from pipeline.fetch import Fetcher, RobotsCache, strip_credentials
from pipeline.launch import PLANNED, Manifest, Signals, Watcher, opened, run_opened
from pipeline.output import BEGUN, Output, read_json, remove_staging, write_json, write_whole
from pipeline.plan import Stored, list_stored, plan_fetched
from pipeline.polling.entries import Task, page_key
from pipeline.polling.poll import Poll
from pipeline.polling.polled import Asked, Polled, Wanted, settle_fates
from pipeline.polling.schedule import FeedState, now_utc
from pipeline.polling.subscriptions import list_subscriptions
from pipeline.sources.spool import sync_spool
from pipeline.staging import LEDGER_SUFFIX, write_ledger
from pipeline.state import WAITING, State
from transforms.identity import hash_fields

logger = logging.getLogger(__name__)

SPOOL_FOLDER: Final = "spool"
_TASK: Final = pydantic.TypeAdapter(Task)
_STORED: Final = "stored.json"
_STORED_TYPE: Final = pydantic.TypeAdapter(Stored)
_POLLED: Final = "polled.json"
_POLLED_TYPE: Final = pydantic.TypeAdapter(Polled)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run that was begun; kept in its `run.json`.

    Attributes:
        run_id: names it.
        config: of the job, without credentials.
        polled_at: time of the poll.
        wanted: what to get.
        attempts: how often these inputs have been tried, this run included.
        replay_of: run whose dead letters are tried again.
        replayed: ids of these dead letters.
    """

    run_id: str
    config: dict[str, Any]
    polled_at: datetime
    wanted: Wanted
    attempts: int = 1
    replay_of: str | None = None
    replayed: tuple[str, ...] = ()


_BEGUN_TYPE: Final = pydantic.TypeAdapter(Begun)


def run_feeds(
    config: Config,
    watcher: Watcher,
    run_id: str | None = None,
    *,
    asked: Asked = "allowed",
    only_feeds: bool = False,
) -> list[Manifest]:
    """Finish what earlier runs left unfinished, poll and fetch, and return the manifests of all these runs.

    Args:
        config: the job.
        watcher: is told how it goes on.
        run_id: name of the new run; by default its time.
        asked: which of the feeds are polled.
        only_feeds: leave out what is stored and the pages that the job names. Where nothing is left to do there is no
            new run.

    Raises:
        OutputError: the output or state can't be written, or is in use.
        InputError: a stored feed or article does not exist.
        ConfigError: an OPML file is wrong.
        RunError: workers keep failing.
        DeadShareError: too many inputs became dead letters; nothing was published.
        ConservationError: the counts do not add up; nothing was published.
        Interrupted: a signal asked to stop; what was fetched is kept.
    """
    with opened(config) as (output, signals):
        manifests = [_finish(begun, config, output, watcher, signals) for begun in _unfinished(output)]
        begun = _begin(config, run_id, asked, only_feeds)
        if begun is not None and begun.run_id not in {manifest["run_id"] for manifest in manifests}:
            manifests.append(_run(begun, output, watcher, signals))
        return manifests


def run_again(begun: Begun, watcher: Watcher) -> Manifest:
    """Run a replay of fetched inputs."""
    config = parse_config(begun.config, f"the config of run {begun.replay_of}")
    with opened(config) as (output, signals):
        return _run(begun, output, watcher, signals)


def has_due_feed(config: Config, now: datetime) -> bool:
    """Return whether a feed of the job is due by its own pace."""
    known = State(config.state_path).read_feeds()
    feeds = list_subscriptions(config.source.feeds)
    return any(_is_due(feed.url, known, now) for feed in feeds if not feed.is_file)


def _is_due(url: str, known: Mapping[str, FeedState], now: datetime) -> bool:
    """Say whether a feed is due; a sitemap index is if one of its sitemaps is."""
    state = known.get(url)
    if state is None or state.is_due(now):
        return True
    return state.may_poll(now) and any(child not in known or known[child].is_due(now) for child in state.children)


def _unfinished(output: Output) -> Iterator[Begun]:
    """Yield the runs that fetch, were begun and not finished; clear away what is left of those that are complete."""
    for run_id in output.unfinished_runs():
        staging = output.staging(run_id)
        if (staging / BEGUN).exists():
            yield _BEGUN_TYPE.validate_python(read_json(staging / BEGUN))
        elif output.manifest(run_id).exists() or not (staging / PLANNED).exists():
            remove_staging(output, run_id)


def _begin(config: Config, run_id: str | None, asked: Asked, only_feeds: bool) -> Begun | None:
    now = now_utc()
    source, plain = config.source, config.to_json()
    feeds = list_subscriptions(source.feeds)
    if asked == "due":
        known = State(config.state_path).read_feeds()
        feeds = [feed for feed in feeds if feed.is_file or _is_due(feed.url, known, now)]
    if only_feeds:
        feeds = [feed for feed in feeds if not feed.is_file]
        plain["source"]["articles"]["paths"] = []
    wanted = Wanted(
        subscriptions=tuple(feeds),
        tasks=() if only_feeds else tuple(_page_tasks(source.articles.urls, now)),
        max_entries=source.feeds.max_entries,
        max_sitemaps=source.feeds.max_sitemaps,
        asked=asked,
    )
    if not (wanted.subscriptions or wanted.tasks or plain["source"]["articles"]["paths"]):
        return None
    digest = hash_fields(json.dumps(plain, sort_keys=True), str(time.time_ns()))
    return Begun(run_id=run_id or f"{now:%Y%m%dT%H%M%SZ}-{digest[:6]}", config=plain, polled_at=now, wanted=wanted)


def _page_tasks(urls: Sequence[str], now: datetime) -> Iterator[Task]:
    for url in dict.fromkeys(urls):
        yield page_task(url, now)


def page_task(url: str, now: datetime, attempts: int = 1) -> Task:
    """Return the task of a page that no feed names."""
    return Task(
        source_kind="url",
        source_uri=strip_credentials(url),
        source_offset=0,
        url=strip_credentials(url),
        mode="page",
        key=page_key(url),
        fingerprint="",
        attempts=attempts,
        first_seen_at=now,
    )


def _finish(begun: Begun, config: Config, output: Output, watcher: Watcher, signals: Signals) -> Manifest:
    """Finish an interrupted run: its own job, but fetched and run as the config says now."""
    logger.warning("finishing run %s, which was interrupted", begun.run_id)
    now = config.to_json()
    addresses = {feed.url: feed.address for feed in list_subscriptions(config.source.feeds)}
    mended = dataclasses.replace(begun, config=begun.config | {"fetch": now["fetch"], "run": now["run"]})
    return _run(_with_addresses(mended, addresses), output, watcher, signals)


def _with_addresses(begun: Begun, addresses: Mapping[str, str]) -> Begun:
    """Return a run whose feeds are asked at the given addresses; those of other feeds go without credentials."""
    feeds = [
        dataclasses.replace(feed, address=addresses.get(feed.url) or strip_credentials(feed.address))
        for feed in begun.wanted.subscriptions
    ]
    return dataclasses.replace(begun, wanted=dataclasses.replace(begun.wanted, subscriptions=tuple(feeds)))


def _run(begun: Begun, output: Output, watcher: Watcher, signals: Signals) -> Manifest:
    config = parse_config(begun.config, f"the config of run {begun.run_id}")
    state = State(config.state_path)
    staging = output.staging(begun.run_id)
    if output.manifest(begun.run_id).exists() and not staging.exists():
        return read_json(output.manifest(begun.run_id)) | {"already_complete": True}
    started = time.monotonic()
    polled = _poll(begun, config, state, staging, watcher)
    signals.raise_if_seen()
    plan = plan_fetched(
        config,
        begun.run_id,
        staging / SPOOL_FOLDER,
        polled.inputs,
        _list_stored(begun, config, staging),
        attempts=begun.attempts,
        replay_of=begun.replay_of,
        replayed=begun.replayed,
    )
    fetch_seconds = time.monotonic() - started
    more = {"feeds": _count_feeds(polled), "fetch_seconds": round(fetch_seconds, 3)}
    return run_opened(
        plan,
        output,
        watcher,
        signals,
        before=fetch_seconds,
        more=more,
        advance=lambda ledger: _advance(state, output, polled, ledger),
    )


def _poll(begun: Begun, config: Config, state: State, staging: Path, watcher: Watcher) -> Polled:
    """Return what the fetching part gave; it is not run again if it is over."""
    done = staging / _POLLED
    if done.exists():
        return _POLLED_TYPE.validate_json(done.read_bytes())
    write_json(staging / BEGUN, _BEGUN_TYPE.dump_python(_with_addresses(begun, {}), mode="json"))
    robots = RobotsCache(state.read_robots())
    poll = Poll(
        begun.wanted,
        state.read_feeds(),
        state.read_entries(),
        staging / SPOOL_FOLDER,
        begun.polled_at,
        lambda done, total, dead: watcher.update(done, total, dead, "fetched"),
        state.read_lines(WAITING, _TASK),
    )
    pauses = state.read_pauses()
    with Fetcher(config.fetch, robots, pauses={} if begun.wanted.asked == "all" else pauses) as fetcher:
        polled = poll.run(fetcher)
        pauses |= fetcher.pauses()
    sync_spool(staging / SPOOL_FOLDER)
    state.write_robots(robots.export(datetime.now(UTC)))
    state.write_pauses({domain: until for domain, until in pauses.items() if until > datetime.now(UTC)})
    write_ledger(staging / f"fetch{LEDGER_SUFFIX}", polled.ledger)
    write_whole(done, _POLLED_TYPE.dump_json(polled))
    return polled


def _list_stored(begun: Begun, config: Config, staging: Path) -> Stored:
    """Return the stored articles as they were when the run began: its finished shards were cut from these."""
    if begun.replay_of or not config.source.articles.paths:
        return Stored()
    listed = staging / _STORED
    if listed.exists():
        return _STORED_TYPE.validate_json(listed.read_bytes())
    stored = list_stored(config)
    write_whole(listed, _STORED_TYPE.dump_json(stored))
    return stored


def _advance(state: State, output: Output, polled: Polled, ledger: Sequence[Any]) -> None:
    """Let the state advance; doing it twice changes nothing."""
    fates = settle_fates(polled, ledger)
    if fates:
        state.write_entries(state.read_entries().updated(fates, polled.polled_at))
    if polled.waiting or state.read_lines(WAITING, _TASK):
        state.write_lines(WAITING, _TASK, polled.waiting)
    if polled.feeds:
        state.write_feeds(state.read_feeds() | {feed.url: feed for feed in polled.feeds})
    state.compact_ingested([path.stem for path in output.runs.glob("*.json")])


def _count_feeds(polled: Polled) -> dict[str, Any]:
    """Return what the manifest says of the feeds."""
    failed = sum(feed.last_error is not None for feed in polled.feeds)
    unchanged = sum(entry.outcome == "not_modified" for entry in polled.ledger)
    return {
        "polled": len(polled.feeds),
        "not_modified": unchanged,
        "failed": failed,
        "bytes": polled.size_bytes,
        "possible_gaps": polled.possible_gaps,
        "passed_over": [
            {"url": one.url, "reason": one.pause.reason, "until": one.pause.until and one.pause.until.isoformat()}
            for one in polled.passed_over
        ],
    }
