"""State made anew from the output: what was ingested, and from which feeds."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.output import Output
from pipeline.polling.entries import entry_key, page_key
from pipeline.polling.schedule import FeedState, now_utc
from pipeline.state import ENTRY_SCHEMA, SeenEntries, SeenEntry, State
from transforms.errors import OutputError
from transforms.records import FeedEntry

REBUILT: Final = "rebuilt"
_COLUMNS: Final = (
    *("id", "version_id", "source_kind", "source_uri", "source_offset", "url", "guid", "title"),
    *("feed_url", "feed_title", "first_seen_at", "published_at"),
)
_BATCH_ROWS: Final = 10_000


def rebuild_state(output: Output, state: State) -> dict[str, int]:
    """Write the state that the output's articles prove; return how many versions, entries and feeds it has.

    Validators, paces and failures of feeds are not in the output: each feed is asked without validators once. What
    became a dead letter is tried again.

    Raises:
        OutputError: a file of the output is damaged, or the state can't be written.
    """
    now = now_utc()
    versions: list[dict[str, Any]] = []
    entries: dict[str, SeenEntry] = {}
    feeds: dict[str, FeedState] = {}
    for row in _read_rows(output.articles):
        versions.append({name: row[name] for name in ("id", "version_id", "source_uri", "source_offset")})
        if row["source_kind"] not in {"feed", "url"}:
            continue
        entry = _entry_of(row, now)
        entries[entry.key] = entry
        if row["feed_url"]:
            feeds[row["feed_url"]] = _later(feeds.get(row["feed_url"]), row)
    state.write_entries(SeenEntries(ENTRY_SCHEMA.empty_table()).updated(entries.values(), now))
    state.write_feeds(feeds)
    # These are found out again.
    state.write_robots(())
    state.write_pauses({})
    state.forget_waiting()
    state.replace_ingested(REBUILT, _versions_table(versions))
    return {"versions": len(versions), "entries": len(entries), "feeds": len(feeds)}


def _versions_table(versions: list[dict[str, Any]]) -> pa.Table:
    text = pa.string()
    fields = [("id", text), ("version_id", text), ("source_uri", text), ("source_offset", pa.int64())]
    return pa.Table.from_pylist(versions, schema=pa.schema(fields))


def _entry_of(row: dict[str, Any], now: datetime) -> SeenEntry:
    feed_url = row["feed_url"]
    if row["url"] or not feed_url:
        key = page_key(row["url"] or row["source_uri"])
    else:
        key = entry_key(FeedEntry(feed_url=feed_url, position=0, guid=row["guid"], title=row["title"]))
    seen_at = _time(row["first_seen_at"]) or now
    return SeenEntry(key=key, fingerprint="", feed_url=feed_url, fate="done", first_seen_at=seen_at, last_seen_at=now)


def _time(value: Any) -> datetime | None:  # noqa: ANN401 - Parquet has times, JSONL has texts
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _later(state: FeedState | None, row: dict[str, Any]) -> FeedState:
    """Return what a row tells of its feed, joined with what others told."""
    times = [when for when in (state.last_new_at if state else None, _time(row["first_seen_at"])) if when]
    return FeedState(url=row["feed_url"], title=row["feed_title"], last_new_at=max(times, default=None))


def _read_rows(articles: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of the output, of its Parquet files if there are any, else of its JSONL files."""
    files = sorted(articles.glob("**/*.parquet")) or sorted(articles.glob("**/*.jsonl*"))
    for path in files:
        try:
            yield from _read_parquet(path) if path.suffix == ".parquet" else _read_jsonl(path)
        except (pa.ArrowInvalid, OSError, EOFError, ValueError) as error:
            raise OutputError(f"{path}: can't be read: {error}; move it away to go on without it") from error


def _read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
            yield from (dict.fromkeys(_COLUMNS) | row for row in batch.to_pylist())


def _read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            row = json.loads(line)
            yield {name: row.get(name) for name in _COLUMNS}
