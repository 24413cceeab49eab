"""Tests of what newsbeam remembers, on a local disk and on a filesystem of Beam."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch import RobotsRules
from pipeline.polling.schedule import FeedState
from pipeline.state import ENTRY_SCHEMA, KEEP_ENTRIES, MAX_INGESTED_FILES, SeenEntries, SeenEntry, State
from tests.memory_files import MemoryFileSystem
from tests.strategies import HASHES, lines, words
from transforms.errors import OutputError

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NONE = SeenEntries(ENTRY_SCHEMA.empty_table())

times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
entries = st.builds(
    SeenEntry,
    key=HASHES,
    fingerprint=st.just("") | HASHES,
    feed_url=lines(),
    fate=st.sampled_from(["done", "dead", "retry"]),
    attempts=st.integers(1, 100),
    not_before=st.none() | times,
    first_seen_at=times,
    last_seen_at=times,
)


def seen(key: str = "a", **fields: object) -> SeenEntry:
    """Return what is known of an entry."""
    known = {"fingerprint": "1", "feed_url": "f", "fate": "done", "first_seen_at": NOW, "last_seen_at": NOW}
    return SeenEntry(key=key * 32, **(known | fields))  # type: ignore[arg-type]


def versions(*names: str) -> pa.Table:
    """Return a table of ingested versions."""
    columns = {"id": names, "version_id": names, "source_uri": names, "source_offset": range(len(names))}
    return pa.table({name: list(values) for name, values in columns.items()})


@pytest.fixture(params=["local", "mem"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """An empty state, on either kind of filesystem."""
    MemoryFileSystem.files.clear()
    yield State(str(tmp_path / "_state") if request.param == "local" else "statetest://bucket/state")
    MemoryFileSystem.files.clear()


def test_an_empty_state_knows_nothing(state: State) -> None:
    """Reading makes nothing and fails nowhere."""
    assert state.read_feeds() == {}
    assert state.read_robots() == []
    assert state.read_pauses() == {}
    assert len(state.read_entries()) == 0
    assert state.read_entries().get("a" * 32) is None
    assert state.read_entries().waiting(NOW) == {}
    assert state.earlier_versions("run").to_pylist() == []
    assert not Path(state.path).exists()


def test_what_is_written_is_read(state: State) -> None:
    """Feeds, rules and entries come back as they were; each write replaces the last."""
    feed = FeedState(url="u", title="Ü", etag='"a"', next_poll_at=NOW, skip_hours=(1, 2), children=("c",), entries=3)
    rules = [RobotsRules(origin="https://b.example", text="x\ny", fetched_at=NOW)]
    for feeds in ({"x": FeedState(url="x")}, {"u": feed, "t": FeedState(url="t")}):
        state.write_feeds(feeds)
        assert feeds == state.read_feeds()
    state.write_robots(rules)
    assert rules == state.read_robots()
    for pauses in ({"a.example": NOW}, {"b.example": NOW, "127.0.0.1:80": NOW}):
        state.write_pauses(pauses)
        assert pauses == state.read_pauses()
    state.write_entries(NONE.updated([seen("b"), seen("a")], NOW))
    assert seen("a") == state.read_entries().get("a" * 32)
    assert state.read_entries().get("c" * 32) is None


@given(st.lists(entries, max_size=20), st.lists(entries, max_size=20))
def test_entries_are_found_by_key_after_any_changes(old: list[SeenEntry], new: list[SeenEntry]) -> None:
    """The last word on an entry counts, to the microsecond; what was not seen for 45 days is forgotten."""
    table = SeenEntries(SeenEntries(NONE.updated(old, NOW)).updated(new, NOW))
    last = {entry.key: entry for entry in (*old, *new)}
    dropped_before = {e.key for e in {o.key: o for o in old}.values() if e.last_seen_at <= NOW - KEEP_ENTRIES}
    expected = {key: e for key, e in last.items() if e.last_seen_at > NOW - KEEP_ENTRIES}
    assert dropped_before - {e.key for e in new} <= last.keys() - expected.keys()
    assert len(table) == len(expected)
    assert {key: table.get(key) for key in last} == {key: expected.get(key) for key in last}


@given(st.builds(FeedState, url=words(), title=lines(), last_error=lines(), next_poll_at=st.none() | times))
def test_any_feed_is_written_and_read(feed: FeedState) -> None:
    """Whatever characters its title or last error has."""
    MemoryFileSystem.files.clear()
    state = State("statetest://bucket/any")
    state.write_feeds({feed.url: feed})
    assert {feed.url: feed} == state.read_feeds()


def test_waiting_entries_are_told_by_feed() -> None:
    """Those that may be tried again now, and when the last of them was seen."""
    later = NOW + timedelta(hours=1)
    changed = [
        seen("a", fate="retry", feed_url="ready"),
        seen("b", fate="retry", feed_url="ready", last_seen_at=later, not_before=NOW),
        seen("c", fate="retry", feed_url="pause", not_before=later),
        seen("d", fate="dead", feed_url="dead"),
        seen("e", fate="retry", feed_url=None),
    ]
    assert SeenEntries(NONE.updated(changed, NOW)).waiting(NOW) == {"ready": later}


def test_entries_not_seen_for_long_are_forgotten() -> None:
    """After 45 days; being seen again keeps an entry."""
    later = NOW + KEEP_ENTRIES
    both = SeenEntries(NONE.updated([seen("a"), seen("b")], NOW))
    kept = SeenEntries(both.updated([dataclasses.replace(seen("b"), last_seen_at=later)], later))
    assert (None, later) == (kept.get("a" * 32), kept.get("b" * 32).last_seen_at)  # type: ignore[union-attr]


def test_versions_of_other_runs_are_known(state: State) -> None:
    """Each run's own versions are not among them, so that a rerun writes the same again."""
    state.write_ingested("one", versions("a", "b"))
    state.write_ingested("two", versions("c"))
    state.write_ingested("two", versions("d"))
    assert state.earlier_versions("three").to_pylist() == ["a", "b", "d"]
    assert state.earlier_versions("one").to_pylist() == ["d"]


def test_joining_many_runs_keeps_all_versions(state: State) -> None:
    """Only runs that are complete are joined; few files are left, and joining again adds up."""
    names = [f"run-{number:03d}" for number in range(MAX_INGESTED_FILES + 2)]
    for name in names:
        state.write_ingested(name, versions(name))
    state.compact_ingested(names[:-1])
    assert len(state._names("ingested")) == 2
    assert set(names[:-1]) == set(state.earlier_versions(names[-1]).to_pylist())
    more = [f"more-{number:03d}" for number in range(MAX_INGESTED_FILES + 1)]
    for name in more:
        state.write_ingested(name, versions(name))
    state.compact_ingested([*names, *more])
    assert sorted([*names, *more]) == state.earlier_versions("new").to_pylist()
    assert len(state._names("ingested")) == 1


def test_few_runs_are_left_alone(state: State) -> None:
    """There is nothing to gain from joining them."""
    state.write_ingested("one", versions("a"))
    state.compact_ingested(["one"])
    assert state._names("ingested") == ["one.parquet"]


def test_a_rebuilt_index_stands_for_all_runs(state: State) -> None:
    """It replaces what runs and earlier rebuilds wrote."""
    state.write_ingested("one", versions("a"))
    state.replace_ingested("rebuilt", versions("a", "b"))
    state.replace_ingested("rebuilt", versions("b"))
    assert state.earlier_versions("new").to_pylist() == ["b"]


@pytest.mark.parametrize("content", [b"{", b"{}", b"\x00\x01", b'{"url": 5}'])
def test_damaged_files_are_named_with_what_to_do(content: bytes, tmp_path: Path) -> None:
    """Not by a traceback: the file, and the command that makes the state anew."""
    state = State(str(tmp_path))
    (tmp_path / "ingested").mkdir()
    for name in ("feeds.jsonl", "robots.jsonl", "pauses.jsonl", "entries.parquet", "ingested/one.parquet"):
        (tmp_path / name).write_bytes(content)
    reads = {
        "feeds.jsonl": state.read_feeds,
        "robots.jsonl": state.read_robots,
        "pauses.jsonl": state.read_pauses,
        "entries.parquet": state.read_entries,
        "ingested/one.parquet": lambda: state.earlier_versions("two"),
    }
    for name, read in reads.items():
        with pytest.raises(OutputError, match=f"{name}: is damaged .*newsbeam state rebuild"):
            read()


def test_a_table_of_another_kind_is_damage(tmp_path: Path) -> None:
    """A Parquet file without the columns of entries is named, too."""
    State(str(tmp_path)).write_entries(pa.table({"key": ["a"]}))
    with pytest.raises(OutputError, match=r"entries.parquet: is damaged"):
        State(str(tmp_path)).read_entries()


def test_a_filesystem_that_beam_does_not_know_is_named() -> None:
    """Whatever is asked of the state; no traceback of Beam's."""
    state = State("nosuch://bucket/state")
    for use in (state.read_feeds, state.has_ingested, lambda: state.write_feeds({})):
        with pytest.raises(OutputError, match=r"nosuch://bucket/state/[a-z.]+: can't be .*Unable to get filesystem"):
            use()


def test_a_state_that_can_not_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(OutputError, match=r"state/feeds.jsonl: can't be written"):
        State(str(tmp_path / "state")).write_feeds({})
