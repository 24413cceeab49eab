"""Replay: dead letters run again, with the config of their run or a mended one."""

import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pydantic

from pipeline.config import Config, override_config, parse_config
from pipeline.feed_run import Begun, page_task
from pipeline.output import Output
from pipeline.plan import MAX_SPAN_BYTES, Plan, make_plan
from pipeline.polling.entries import Task, entry_fingerprint, entry_key
from pipeline.polling.polled import Wanted
from pipeline.polling.schedule import now_utc
from pipeline.polling.subscriptions import Subscription, list_subscriptions
from pipeline.shards import MIN_SHARD_ARTICLES
from pipeline.sources import plan_spans, restrict_spans
from pipeline.sources.listing import list_files
from pipeline.sources.spans import WHOLE_FILE
from transforms.errors import InputError, OutputError
from transforms.identity import hash_fields
from transforms.records import FeedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLetters:
    """The dead letters of one run that have not been tried again.

    Attributes:
        manifest: of the run.
        letters: as they were written.
    """

    manifest: dict[str, Any]
    letters: tuple[dict[str, Any], ...]


def open_dead_letters(output: Output, reasons: Collection[str] = ()) -> Iterator[OpenLetters]:
    """Yield the dead letters of each run that no later run has tried again.

    Args:
        output: where the runs are.
        reasons: only these; all if there are none.
    """
    manifests = output.read_manifests()
    replayed = {letter for manifest in manifests for letter in manifest["replayed"]}
    for manifest in manifests:
        letters = tuple(
            letter
            for letter in _read_letters(output.dead_letters / f"{manifest['run_id']}.jsonl")
            if letter["id"] not in replayed and (not reasons or letter["reason"] in reasons)
        )
        if letters:
            yield OpenLetters(manifest=manifest, letters=letters)


def _read_letters(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        return [json.loads(line) for line in path.read_bytes().splitlines()]
    except ValueError as error:
        raise OutputError(f"{path}: is damaged: {error}") from error


def plan_replay(letters: OpenLetters, output: Output, overrides: Sequence[str]) -> Plan:
    """Return the plan that runs the dead letters of a run again.

    Args:
        letters: of one run.
        output: where they are; the records go there too.
        overrides: values of the config to change, such as `clean.max_elements=50000`.

    Raises:
        InputError: a file is gone, or is named by a path that starts elsewhere.
    """
    config = _mended_config(letters.manifest, output, overrides)
    uris = sorted({letter["source_uri"] for letter in letters.letters})
    _require_files(uris, letters.manifest["working_directory"])
    files = list_files(uris)
    wanted: dict[str, set[int]] = {}
    for letter in letters.letters:
        wanted.setdefault(letter["source_uri"], set()).add(letter["source_offset"])
    spans = plan_spans(files, max_articles=MIN_SHARD_ARTICLES, max_bytes=MAX_SPAN_BYTES)
    return make_plan(
        config,
        files,
        restrict_spans(spans, wanted),
        attempts=letters.manifest["attempts"] + 1,
        replay_of=letters.manifest["run_id"],
        replayed=tuple(letter["id"] for letter in letters.letters),
    )


FETCHED: Final = frozenset({"feed", "url"})
"""Kinds of sources whose inputs were fetched; their dead letters are fetched again.

A feed on disk counts as fetched if it stands among the job's feeds: then its entries' pages are.
"""


def split_letters(letters: OpenLetters) -> tuple[OpenLetters, OpenLetters]:
    """Return the dead letters of stored articles and those of what was fetched."""
    has_feed_files = bool(letters.manifest["config"]["source"]["feeds"]["paths"])
    fetched = tuple(letter for letter in letters.letters if _was_fetched(letter, has_feed_files))
    stored = tuple(letter for letter in letters.letters if not _was_fetched(letter, has_feed_files))
    return dataclasses.replace(letters, letters=stored), dataclasses.replace(letters, letters=fetched)


def _was_fetched(letter: Mapping[str, Any], has_feed_files: bool) -> bool:
    return letter["source_kind"] in FETCHED and (has_feed_files or "://" in letter["source_uri"])


def plan_replay_of_fetched(letters: OpenLetters, output: Output, overrides: Sequence[str]) -> tuple[Begun, Config]:
    """Return the run that fetches the inputs of dead letters again, and its config: feeds, entries and pages.

    Credentials are kept nowhere: a feed that needs them is given anew, by an override of `source.feeds.urls`.
    """
    config = _mended_config(letters.manifest, output, overrides)
    now = now_utc()
    ids = tuple(letter["id"] for letter in letters.letters)
    dead_feeds = {letter["source_uri"]: letter["attempts"] for letter in letters.letters if _is_feed(letter)}
    feeds = {feed.url: feed for feed in list_subscriptions(config.source.feeds)}
    wanted = Wanted(
        subscriptions=tuple(_subscription(url, feeds, config) for url in dead_feeds),
        tasks=tuple(_task(letter, feeds, config, now) for letter in letters.letters if not _is_feed(letter)),
        max_entries=config.source.feeds.max_entries,
        max_sitemaps=config.source.feeds.max_sitemaps,
        asked="all",
        tries=dead_feeds,
        is_forced=True,
    )
    begun = Begun(
        run_id=f"{now:%Y%m%dT%H%M%SZ}-{hash_fields(*ids)[:6]}",
        config=config.to_json(),
        polled_at=now,
        wanted=wanted,
        attempts=letters.manifest["attempts"] + 1,
        replay_of=letters.manifest["run_id"],
        replayed=ids,
    )
    return begun, config


def _is_feed(letter: Mapping[str, Any]) -> bool:
    return letter["source_kind"] == "feed" and letter["source_offset"] == WHOLE_FILE


def _subscription(url: str, feeds: Mapping[str, Subscription], config: Config) -> Subscription:
    """Return the feed of the job that has this address; a sitemap that only an index named has none."""
    return feeds.get(url) or Subscription(url=url, address=url, mode=config.source.feeds.fetch)


def _task(letter: Mapping[str, Any], feeds: Mapping[str, Subscription], config: Config, now: datetime) -> Task:
    """Return the task of a dead letter's article: as its feed named it, or the page alone."""
    if not letter.get("entry"):
        return page_task(letter["url"], now, letter["attempts"] + 1)
    entry = pydantic.TypeAdapter(FeedEntry).validate_python(letter["entry"])
    mode = _subscription(letter["source_uri"], feeds, config).mode
    return Task(
        source_kind="feed",
        source_uri=letter["source_uri"],
        source_offset=letter["source_offset"],
        url=letter["url"],
        mode=mode,
        key=entry_key(entry),
        fingerprint=entry_fingerprint(entry, mode),
        attempts=letter["attempts"] + 1,
        first_seen_at=now,
        entry=entry,
    )


def _mended_config(manifest: dict[str, Any], output: Output, overrides: Sequence[str]) -> Config:
    plain = json.loads(json.dumps(manifest["config"]))
    plain["output"]["path"] = str(output.root)
    override_config(plain, overrides)
    return parse_config(plain, f"the config of run {manifest['run_id']}")


def _require_files(uris: Sequence[str], working_directory: str) -> None:
    missing = [uri for uri in uris if "://" not in uri and not Path(uri).exists()]
    if missing and Path.cwd() != Path(working_directory) and not Path(missing[0]).is_absolute():
        raise InputError(f"{missing[0]}: not found from here; the run was started in {working_directory}, go there")
    if missing:
        raise InputError(f"{missing[0]}: is gone ({len(missing)} of {len(uris)} files); put it back to replay it")
