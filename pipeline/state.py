"""What newsbeam remembers from run to run: feeds, entries seen, rules of robots.txt, versions ingested.

A folder of plain files, by default `_state` in the output:

    feeds.jsonl              one line a feed: validators, next poll, failures
    entries.parquet          one row an entry or page that was seen: what became of it
    robots.jsonl             one line an origin: its robots.txt
    pauses.jsonl             one line a domain that asked to be left alone: until when
    waiting.jsonl            one line an entry whose page is to be tried again
    ingested/<run>.parquet   the versions of articles that a run wrote

It can be copied, read with any tool, and made anew from the output. Each file is replaced whole. The folder is local
or on one of Beam's filesystems (`gs://`, `s3://`).
"""

import dataclasses
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pydantic
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.fetch import RobotsRules
from pipeline.output import write_whole
from pipeline.polling.schedule import FeedState
from transforms.errors import OutputError

KEEP_ENTRIES: Final = timedelta(days=45)
"""An entry is forgotten so long after it was last seen; should it come back, its version is still known."""

MAX_INGESTED_FILES: Final = 64
WAITING: Final = "waiting.jsonl"
"""File with the entries whose pages are to be tried again."""

Record = TypeVar("Record")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_FEED_STATE: Final = pydantic.TypeAdapter(FeedState)
_ROBOTS: Final = pydantic.TypeAdapter(RobotsRules)
_TIME: Final = pa.timestamp("us", tz="UTC")

Fate = Literal["done", "dead", "retry"]
"""What became of an entry: `done` wrote an article or found it written; `dead` and `retry` are dead letters."""

ENTRY_SCHEMA: Final = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("fingerprint", pa.string(), nullable=False),
        pa.field("feed_url", pa.string()),
        pa.field("fate", pa.string(), nullable=False),
        pa.field("attempts", pa.int32(), nullable=False),
        pa.field("not_before", _TIME),
        pa.field("first_seen_at", _TIME, nullable=False),
        pa.field("last_seen_at", _TIME, nullable=False),
    ]
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SeenEntry:
    """What is known of an entry of a feed, or of a page.

    Attributes:
        key: hash of its address, or of feed and identifier where it has none.
        fingerprint: of the version that was seen; empty if any version is meant.
        feed_url: the feed in which it was first seen, None for a page of its own.
        fate: what became of it.
        attempts: how often it was tried.
        not_before: when to try again at the earliest.
        first_seen_at: when it was first seen.
        last_seen_at: when it was last seen, to the day.
    """

    key: str
    fingerprint: str
    feed_url: str | None
    fate: Fate
    attempts: int = 1
    not_before: datetime | None = None
    first_seen_at: datetime
    last_seen_at: datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DomainPause:
    """A domain that asked to be left alone: its name, with the port for IP addresses, and until when, UTC."""

    domain: str
    until: datetime


_PAUSE: Final = pydantic.TypeAdapter(DomainPause)


class SeenEntries:
    """All entries that were seen, looked up by key; held as columns, about 150 bytes each.

    Args:
        table: with `ENTRY_SCHEMA`.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table.sort_by("key").combine_chunks()
        self._keys = np.asarray(self._table["key"].to_pylist(), dtype="S32")

    def __len__(self) -> int:
        return len(self._table)

    def get(self, key: str) -> SeenEntry | None:
        """Return what is known of an entry."""
        row = int(np.searchsorted(self._keys, key.encode()))
        if row == len(self._keys) or self._keys[row] != key.encode():
            return None
        return SeenEntry(**self._table.slice(row, 1).to_pylist()[0])

    def waiting(self, now: datetime) -> dict[str, datetime]:
        """Return the feeds with entries that may be tried again, and when the last of these was seen."""
        may_try = pc.or_kleene(pc.is_null(self._table["not_before"]), pc.less_equal(self._table["not_before"], now))
        waiting = self._table.filter(pc.and_(pc.equal(self._table["fate"], "retry"), may_try))
        latest = waiting.group_by("feed_url").aggregate([("last_seen_at", "max")])
        return {row["feed_url"]: row["last_seen_at_max"] for row in latest.to_pylist() if row["feed_url"]}

    def updated(self, changed: Iterable[SeenEntry], now: datetime) -> pa.Table:
        """Return the table with some entries new or changed, and those left out that were not seen for long.

        Of several changes of one entry the last counts.
        """
        once = {entry.key: entry for entry in changed}
        new = pa.Table.from_pylist([dataclasses.asdict(entry) for entry in once.values()], schema=ENTRY_SCHEMA)
        kept = self._table.filter(pc.invert(pc.is_in(self._table["key"], value_set=new["key"])))
        together = pa.concat_tables([kept, new])
        return together.filter(pc.greater(together["last_seen_at"], pa.scalar(now - KEEP_ENTRIES, _TIME)))


class State:
    """The state folder.

    Args:
        path: folder or URI; made when something is written.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def read_feeds(self) -> dict[str, FeedState]:
        """Return what is known of each feed, by address."""
        return {state.url: state for state in self.read_lines("feeds.jsonl", _FEED_STATE)}

    def write_feeds(self, feeds: Mapping[str, FeedState]) -> None:
        """Replace what is known of the feeds."""
        self.write_lines("feeds.jsonl", _FEED_STATE, (feeds[url] for url in sorted(feeds)))

    def read_robots(self) -> list[RobotsRules]:
        """Return the rules of the origins asked so far."""
        return self.read_lines("robots.jsonl", _ROBOTS)

    def write_robots(self, rules: Iterable[RobotsRules]) -> None:
        """Replace the rules."""
        self.write_lines("robots.jsonl", _ROBOTS, sorted(rules, key=_origin))

    def read_pauses(self) -> dict[str, datetime]:
        """Return the domains that asked to be left alone, and until when."""
        return {pause.domain: pause.until for pause in self.read_lines("pauses.jsonl", _PAUSE)}

    def write_pauses(self, pauses: Mapping[str, datetime]) -> None:
        """Replace the pauses."""
        in_order = (DomainPause(domain=domain, until=pauses[domain]) for domain in sorted(pauses))
        self.write_lines("pauses.jsonl", _PAUSE, in_order)

    def read_entries(self) -> SeenEntries:
        """Return all entries that were seen."""
        content = self._read("entries.parquet")
        if content is None:
            return SeenEntries(ENTRY_SCHEMA.empty_table())
        try:
            return SeenEntries(self._table("entries.parquet", content).cast(ENTRY_SCHEMA))
        except ValueError as error:
            raise self._damaged("entries.parquet", error) from error

    def write_entries(self, entries: pa.Table) -> None:
        """Replace the entries that were seen."""
        self._write_table("entries.parquet", entries.sort_by("key"))

    def has_ingested(self) -> bool:
        """Whether there is a file of any run, or one made anew; each run that is complete has one."""
        return bool(self._names("ingested"))

    def write_ingested(self, run_id: str, versions: pa.Table) -> None:
        """Write which versions a run wrote, in place of what the same run wrote before."""
        self._write_table(f"ingested/{run_id}.parquet", versions.sort_by("version_id"))

    def forget_ingested(self, run_id: str) -> None:
        """Forget which versions a run wrote."""
        if f"{run_id}.parquet" in self._names("ingested"):
            self._remove([f"ingested/{run_id}.parquet"])

    def earlier_versions(self, run_id: str) -> pa.Array:
        """Return the version ids that runs other than this one have written."""
        own = f"{run_id}.parquet"
        names = [name for name in self._names("ingested") if name != own]
        columns = [self._ingested(name, ["version_id"])["version_id"].combine_chunks() for name in names]
        return pa.concat_arrays(columns) if columns else pa.array([], pa.string())

    def ingested_runs(self) -> list[str]:
        """Return the runs whose versions are known, each by its name."""
        return [name.removesuffix(".parquet") for name in self._names("ingested")]

    def versions_by_run(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each run with the version ids that it has written."""
        for name in self._names("ingested"):
            yield name.removesuffix(".parquet"), self._ingested(name, ["version_id"])["version_id"].to_pylist()

    def replace_ingested(self, name: str, versions: pa.Table) -> None:
        """Write which versions the output holds, in place of what all runs wrote."""
        old = [f"ingested/{other}" for other in self._names("ingested") if other != f"{name}.parquet"]
        self.write_ingested(name, versions)
        self._remove(old)

    def compact_ingested(self, complete: Sequence[str]) -> None:
        """Join the files of complete runs if there are many; a crash in between leaves versions twice, none missing."""
        names = [name for name in self._names("ingested") if name.removesuffix(".parquet") in complete]
        if len(names) <= MAX_INGESTED_FILES:
            return
        old = [name for name in self._names("ingested") if name.startswith("joined-")]
        parts = [self._ingested(name) for name in [*old, *names]]
        target = f"joined-{names[-1]}"
        self._write_table(f"ingested/{target}", pa.concat_tables(parts).sort_by("version_id"))
        self._remove([f"ingested/{name}" for name in [*old, *names] if name != target])

    def _ingested(self, name: str, columns: list[str] | None = None) -> pa.Table:
        content = self._read(f"ingested/{name}")
        return self._table(f"ingested/{name}", content or b"", columns)

    def _table(self, name: str, content: bytes, columns: list[str] | None = None) -> pa.Table:
        try:
            return pq.read_table(pa.BufferReader(content), columns=columns)
        except (pa.ArrowInvalid, KeyError) as error:
            raise self._damaged(name, error) from error

    def _write_table(self, name: str, table: pa.Table) -> None:
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        self._write(name, sink.getvalue())

    def forget_waiting(self) -> None:
        """Replace the entries whose pages are to be tried again by none."""
        self._write(WAITING, b"")

    def read_lines(self, name: str, adapter: pydantic.TypeAdapter[Record]) -> list[Record]:
        """Return the records of a file, one a line; none if it is not there."""
        return [self._parsed(name, adapter, line) for line in (self._read(name) or b"").splitlines()]

    def write_lines(self, name: str, adapter: pydantic.TypeAdapter[Record], records: Iterable[Record]) -> None:
        """Replace the records of a file."""
        self._write(name, b"".join(adapter.dump_json(record) + b"\n" for record in records))

    def _parsed(self, name: str, adapter: pydantic.TypeAdapter[Any], line: bytes) -> Any:  # noqa: ANN401 - the adapter's type
        try:
            return adapter.validate_json(line)
        except pydantic.ValidationError as error:
            raise self._damaged(name, error) from error

    def _damaged(self, name: str, error: Exception) -> OutputError:
        reason = str(error).splitlines()[0]
        return OutputError(
            f"{self.path}/{name}: is damaged ({reason}); move it away, or run `newsbeam state rebuild` on the output"
        )

    def _read(self, name: str) -> bytes | None:
        """Return the content of a file, None if it is not there."""
        where = f"{self.path}/{name}"
        try:
            if not _SCHEME.match(self.path):
                return Path(where).read_bytes()
            if not FileSystems.exists(where):
                return None
            with FileSystems.open(where) as file:
                content: bytes = file.read()
                return content
        except FileNotFoundError:
            return None
        except (OSError, BeamIOError, ValueError) as error:  # ValueError: Beam knows no such filesystem
            raise OutputError(f"{where}: can't be read: {error}") from error

    def _write(self, name: str, content: bytes) -> None:
        where = f"{self.path}/{name}"
        try:
            if not _SCHEME.match(self.path):
                write_whole(Path(where), content)
                return
            # An object is replaced as a whole when it is closed.
            with FileSystems.create(where, mime_type="application/octet-stream") as file:
                file.write(content)
        except (OSError, BeamIOError, ValueError) as error:
            raise OutputError(f"{where}: can't be written: {error}") from error

    def _names(self, folder: str) -> list[str]:
        """Return the names of the Parquet files in a folder, sorted."""
        where = f"{self.path}/{folder}"
        if not _SCHEME.match(self.path):
            return sorted(path.name for path in Path(where).glob("*.parquet"))
        try:
            (result,) = FileSystems.match([f"{where}/*.parquet"])
        except (OSError, BeamIOError, ValueError) as error:
            raise OutputError(f"{where}: can't be listed: {error}") from error
        return sorted(found.path.rpartition("/")[2] for found in result.metadata_list)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            if _SCHEME.match(self.path):
                FileSystems.delete([f"{self.path}/{name}"])
            else:
                Path(f"{self.path}/{name}").unlink(missing_ok=True)


def _origin(rules: RobotsRules) -> str:
    return rules.origin
