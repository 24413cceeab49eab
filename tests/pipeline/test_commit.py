"""The commit: duplicates are settled, files planned and written, the same bytes however the work was cut."""

import gzip
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.commit import (
    HIVE_NULL,
    PlannedFile,
    ingested_versions,
    plan_files,
    read_ledgers,
    read_staged,
    settle_duplicates,
    write_articles,
    write_dead_letters,
)
from pipeline.config import OutputSection
from pipeline.output import Output
from pipeline.schema import Row, arrow_schema, article_to_row
from pipeline.sinks import parquet
from pipeline.sinks.jsonl import to_plain
from pipeline.staging import LedgerEntry, write_ledger, write_rows
from pipeline.state import State
from tests.conftest import make_article
from transforms.records import SCHEMA_VERSION, Article, Entity, Mention

RUN = "run-1"
DAY = date(2024, 3, 5)

VERSIONED = pa.schema([("version_id", pa.string()), ("source_uri", pa.string()), ("source_offset", pa.int64())])
PLANNED = pa.schema(
    [
        ("id", pa.string()),
        ("source_uri", pa.string()),
        ("source_offset", pa.int64()),
        ("date", pa.date32()),
        ("language", pa.string()),
        ("bytes", pa.int64()),
    ]
)


def make_section(**fields: Any) -> OutputSection:  # noqa: ANN401 - any field of OutputSection
    """Return the output section with the smallest files that it allows."""
    return OutputSection.model_validate({"path": "unused", "max_file_mb": 1} | fields)


def make_articles(count: int) -> list[Article]:
    """Return articles of all sorts: dated and not, long and short, with and without entities, in no order."""
    numbers = random.Random(count)
    coup = Entity(name="coup", type="EVENT", count=1, mentions=(Mention(text="coup", start_char=2, end_char=6),))
    return [
        make_article(
            id=f"{numbers.getrandbits(128):032x}",
            version_id=f"{numbers.getrandbits(128):032x}",
            source_uri=f"stored/{number % 3}.jsonl",
            source_offset=number,
            title=numbers.choice([None, "Coup d'État \U0001f5de"]),
            text="A coup that failed. " * numbers.choice([1, 3, 900]),
            language=numbers.choice([None, "en", "fr"]),
            published_at=numbers.choice([None, datetime(2024, 3, 5, 12, 30, tzinfo=UTC) + timedelta(days=number % 3)]),
            entities=numbers.choice([(), (coup,)]),
        )
        for number in range(count)
    ]


def make_rows(articles: Sequence[Article]) -> list[Row]:
    """Return the rows of articles, in the order in which files hold them."""
    return sorted((article_to_row(article, RUN) for article in articles), key=lambda row: row["id"])


def commit(root: Path, shards: Sequence[Sequence[Article]], section: OutputSection) -> list[dict[str, Any]]:
    """Stage the articles of each shard, publish them all, and return what the manifest says of the files."""
    output = Output(root)
    output.staging(RUN).mkdir(parents=True)
    for number, articles in enumerate(shards):
        rows = [article_to_row(article, RUN) for article in articles]
        write_rows(output.staging(RUN) / f"{number:06d}-0.arrow", rows)
    staged = read_staged(output.staging(RUN))
    return write_articles(output, section, RUN, staged, staged.index)


def published(root: Path) -> dict[str, bytes]:
    """Return the published files: path to content."""
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / "articles").rglob("*") if path.is_file()}


# Few names, so that there are duplicates; 𐀀 sorts behind \uffff by code points, before it in UTF-16.
SOURCES = st.tuples(st.sampled_from(["a", "b", "\uffff", "\U00010000"]), st.integers(0, 5))


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from("uvwxyz"), SOURCES), unique_by=lambda row: row[1]),
    earlier=st.sets(st.sampled_from("uvwxyz")),
)
def test_settle_duplicates_keeps_the_first_of_a_version(
    rows: list[tuple[str, tuple[str, int]]], earlier: set[str]
) -> None:
    """Of rows with one version the smallest source stays, and none if an earlier run wrote it."""
    index = pa.Table.from_pylist(
        [{"version_id": version, "source_uri": uri, "source_offset": offset} for version, (uri, offset) in rows],
        schema=VERSIONED,
    )
    first = {version: min(source for other, source in rows if other == version) for version, _ in rows}
    expected = {(version, *source) for version, source in first.items() if version not in earlier}

    kept, dropped = settle_duplicates(index, pa.array(sorted(earlier), pa.string()))

    kept_rows, dropped_rows = ([tuple(row.values()) for row in table.to_pylist()] for table in (kept, dropped))
    assert expected == set(kept_rows)
    assert sorted((version, *source) for version, source in rows) == sorted(kept_rows + dropped_rows)


def test_settle_duplicates_is_content_with_nothing() -> None:
    """No rows are settled into no rows."""
    kept, dropped = settle_duplicates(VERSIONED.empty_table(), pa.array([], pa.string()))

    assert VERSIONED.empty_table() == kept == dropped


PLANNED_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["0a", "0b", "1a", "1b"]),
            "source_uri": st.sampled_from(["a", "b"]),
            "source_offset": st.integers(0, 9),
            "date": st.sampled_from([None, date(1600, 1, 1), DAY]),
            "language": st.sampled_from([None, "en", "fr"]),
            "bytes": st.integers(2_000, 700_000) | st.just(5_000_000),
        }
    ),
    unique_by=lambda row: (row["id"], row["source_uri"], row["source_offset"]),
    max_size=20,
)


def folder_of(row: dict[str, Any], partition_by: Sequence[str]) -> str:
    """Return the folder that a row belongs to."""
    values = [(name, HIVE_NULL if row[name] is None else str(row[name])) for name in partition_by]
    return "/".join(["articles", *(f"{name}={value}" for name, value in values)])


def by_id(row: dict[str, Any]) -> tuple[str, str, int]:
    """Return where a row stands in its partition."""
    return row["id"], row["source_uri"], row["source_offset"]


@settings(deadline=None)
@given(
    rows=PLANNED_ROWS,
    partition_by=st.sampled_from([(), ("date",), ("language",), ("date", "language"), ("language", "date")]),
)
def test_files_hold_each_row_once(rows: list[dict[str, Any]], partition_by: tuple[str, ...]) -> None:
    """Each row is in the folder of its partition, whose files are sorted by id and no larger than allowed."""
    table = pa.Table.from_pylist(rows, schema=PLANNED)
    expected: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=by_id):
        expected.setdefault(folder_of(row, partition_by), []).append(row)

    files = list(plan_files(table, make_section(partition_by=partition_by), RUN))

    planned: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(files, key=lambda file: file.path):
        planned.setdefault(file.path.rpartition("/")[0], []).extend(file.rows.to_pylist())
    sizes = [sum(file.rows["bytes"].to_pylist()) for file in files]
    assert expected == planned
    assert len(files) == len({file.path for file in files})
    assert all(size <= 1_000_000 or len(file.rows) == 1 for size, file in zip(sizes, files, strict=True))


def plan(rows: Sequence[dict[str, Any]], **fields: Any) -> Iterator[PlannedFile]:  # noqa: ANN401 - as make_section
    """Return the files of rows; what a row does not say is plain."""
    plain = {"id": "0a", "source_uri": "a", "source_offset": 0, "date": DAY, "language": "en", "bytes": 2_000}
    return plan_files(pa.Table.from_pylist([plain | row for row in rows], schema=PLANNED), make_section(**fields), RUN)


def test_a_file_is_cut_where_it_would_grow_too_large() -> None:
    """Files of a partition are numbered, filled up to the limit and no further."""
    rows = [{"id": f"{number}", "bytes": size} for number, size in enumerate([600_000, 400_000, 1, 2_000_000, 1])]

    expected = [
        (f"articles/{RUN}-0000", ["0", "1"]),
        (f"articles/{RUN}-0001", ["2"]),
        (f"articles/{RUN}-0002", ["3"]),
        (f"articles/{RUN}-0003", ["4"]),
    ]

    assert expected == [(file.path, file.rows["id"].to_pylist()) for file in plan(rows, partition_by=())]


def test_partitions_are_folders() -> None:
    """Folders are named as Hive names them, null too, and numbers begin anew in each."""
    rows: list[dict[str, Any]] = [
        {"id": "0", "date": None},
        {"id": "1", "date": DAY, "language": None},
        {"id": "2", "bytes": 900_000},
        {"id": "3", "bytes": 900_000},
    ]

    expected = [
        (f"articles/date=2024-03-05/language=en/{RUN}-0000", ["2"]),
        (f"articles/date=2024-03-05/language=en/{RUN}-0001", ["3"]),
        (f"articles/date=2024-03-05/language={HIVE_NULL}/{RUN}-0000", ["1"]),
        (f"articles/date={HIVE_NULL}/language=en/{RUN}-0000", ["0"]),
    ]

    files = plan(rows, partition_by=("date", "language"))

    assert expected == [(file.path, file.rows["id"].to_pylist()) for file in files]


@pytest.mark.parametrize("partition_by", [(), ("date",), ("date", "language")])
def test_no_rows_make_no_files(partition_by: tuple[str, ...]) -> None:
    """A run that keeps nothing writes nothing."""
    files = list(plan([], partition_by=partition_by))

    assert files == []


@pytest.mark.parametrize("partition_by", [(), ("date",), ("date", "language")])
def test_parquet_comes_back(tmp_path: Path, partition_by: tuple[str, ...]) -> None:
    """The rows come back from Parquet; a partition column is not in the file, and the folder's name gives it."""
    articles = make_articles(150)

    entries = commit(tmp_path, [articles], make_section(partition_by=partition_by, formats=["parquet"]))

    rows = []
    for entry in entries:
        table = pq.ParquetFile(tmp_path / entry["path"]).read()
        assert [name for name in arrow_schema().names if name not in partition_by] == table.column_names
        assert table.num_rows == entry["rows"]
        rows += table.to_pylist()
        folders = {folder_of(row, partition_by) for row in make_rows(articles) if row["id"] in table["id"].to_pylist()}
        assert {entry["path"].rpartition("/")[0]} == folders
    expected = [{name: row[name] for name in row if name not in partition_by} for row in make_rows(articles)]
    assert expected == sorted(rows, key=lambda row: row["id"])


def test_parquet_says_what_it_is(tmp_path: Path) -> None:
    """A Parquet file names its version and the schema's, keeps all types, and is compressed with zstd."""
    (entry,) = commit(tmp_path, [make_articles(3)], make_section(partition_by=()))
    file = pq.ParquetFile(tmp_path / entry["path"])
    group = file.metadata.row_group(0)
    schema = file.schema_arrow

    assert arrow_schema() == schema
    assert str(SCHEMA_VERSION).encode() == schema.metadata[b"newsbeam_schema_version"]
    assert schema.metadata[b"newsbeam_version"]
    assert {"ZSTD"} == {group.column(number).compression for number in range(group.num_columns)}


def test_parquet_knows_the_range_of_what_people_filter_by(tmp_path: Path) -> None:
    """Least and greatest values stand beside times, addresses and ids, and not beside texts; all columns exist."""
    (file, *_) = commit(tmp_path, [make_articles(12)], make_section(partition_by=[]))
    group = pq.ParquetFile(tmp_path / file["path"]).metadata.row_group(0)
    columns = {group.column(number).path_in_schema: group.column(number) for number in range(group.num_columns)}

    assert set(parquet._FILTERED) <= set(arrow_schema().names)
    assert all(columns[name].statistics is not None for name in ("id", "published_at", "source_uri", "date"))
    assert columns["text"].statistics is None


@pytest.mark.parametrize(("gzip_jsonl", "suffix"), [(True, ".jsonl.gz"), (False, ".jsonl")])
def test_jsonl_comes_back(tmp_path: Path, gzip_jsonl: bool, suffix: str) -> None:
    """The rows come back from JSONL, one a line, partition columns too, compressed or not."""
    articles = make_articles(150)
    section = make_section(formats=["jsonl"], gzip_jsonl=gzip_jsonl, partition_by=("date", "language"))

    entries = commit(tmp_path, [articles], section)

    contents = published(tmp_path)
    rows = []
    for entry in entries:
        content = contents[entry["path"]]
        lines = (gzip.decompress(content) if gzip_jsonl else content).decode().split("\n")
        rows += [json.loads(line) for line in lines[:-1]]
        assert len(lines) - 1 == entry["rows"]
        assert entry["path"].removesuffix(suffix).endswith(f"{RUN}-0000")
    assert [to_plain(row) for row in make_rows(articles)] == sorted(rows, key=lambda row: row["id"])


def test_times_are_written_in_utc() -> None:
    """JSONL holds times as ISO 8601 with Z, and days without a time."""
    row = {"published_at": datetime(1600, 3, 5, 12, 30, 0, 5, tzinfo=UTC), "fetched_at": None, "date": DAY}

    expected = {"published_at": "1600-03-05T12:30:00.000005Z", "fetched_at": None, "date": "2024-03-05"}

    assert expected == to_plain(row)


def test_the_manifest_lists_what_is_there(tmp_path: Path) -> None:
    """Each published file is listed once, with its rows and its size; both formats hold the same rows."""
    articles = make_articles(100)

    entries = commit(tmp_path, [articles], make_section(formats=["parquet", "jsonl"]))

    sizes = {path: len(content) for path, content in published(tmp_path).items()}
    assert sizes == {entry["path"]: entry["bytes"] for entry in entries}
    assert len(sizes) == len(entries)
    assert 2 * len(articles) == sum(entry["rows"] for entry in entries)


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    """A commit that is begun again leaves the same files with the same bytes."""
    section = make_section(formats=["parquet", "jsonl"])
    entries = commit(tmp_path, [make_articles(50)], section)
    before = published(tmp_path)

    staged = read_staged(Output(tmp_path).staging(RUN))
    again = write_articles(Output(tmp_path), section, RUN, staged, staged.index)

    assert entries == again
    assert before == published(tmp_path)


def split_randomly(articles: Sequence[Article], count: int, numbers: random.Random) -> list[list[Article]]:
    """Return the articles cut into shards at random, in random order; shards may be empty."""
    shards: list[list[Article]] = [[] for _ in range(count)]
    for article in numbers.sample(articles, len(articles)):
        numbers.choice(shards).append(article)
    return shards


@pytest.fixture(scope="module")
def whole() -> Iterator[dict[str, bytes]]:
    """The published files of a run with one shard."""
    with TemporaryDirectory() as folder:
        yield publish_split(Path(folder), [make_articles(200)])


def publish_split(root: Path, shards: Sequence[Sequence[Article]]) -> dict[str, bytes]:
    """Publish articles in both formats, in row groups of few rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "ROW_GROUP_BYTES", 30_000)
        commit(root, shards, make_section(formats=["parquet", "jsonl"]))
    return published(root)


@settings(deadline=None, max_examples=5)
@given(count=st.sampled_from([1, 2, 5]), numbers=st.randoms(use_true_random=False))
def test_bytes_are_the_same_however_the_work_was_cut(
    whole: dict[str, bytes], count: int, numbers: random.Random
) -> None:
    """The published bytes are a function of the articles, not of the shards that made them."""
    with TemporaryDirectory() as folder:
        cut = publish_split(Path(folder), split_randomly(make_articles(200), count, numbers))

    assert whole == cut


def test_large_files_have_several_row_groups(whole: dict[str, bytes]) -> None:
    """Engines can read one file with several threads."""
    files = [pq.ParquetFile(pa.BufferReader(content)) for path, content in whole.items() if path.endswith(".parquet")]

    assert all(file.num_row_groups > 1 for file in files)


def test_no_shards_are_an_empty_index(tmp_path: Path) -> None:
    """A run that staged nothing has an index without rows, and its commit writes nothing."""
    entries = commit(tmp_path, [], make_section())
    staged = read_staged(Output(tmp_path).staging(RUN))
    kept, dropped = settle_duplicates(staged.index, pa.array([], pa.string()))

    expected = {"entries": 0, "index": 0, "kept": 0, "dropped": 0}

    assert expected == {
        "entries": len(entries),
        "index": len(staged.index),
        "kept": len(kept),
        "dropped": len(dropped),
    }


def make_entry(offset: int, **fields: Any) -> LedgerEntry:  # noqa: ANN401 - any field of LedgerEntry
    """Return the entry of a dead letter; `fields` replace its values."""
    plain: dict[str, Any] = {
        "outcome": "dead_letters",
        "reason": "unreadable",
        "stage": "read",
        "detail": "gone",
        "source_kind": "warc",
        "source_uri": "crawl.warc",
        "source_offset": offset,
    }
    return LedgerEntry(**(plain | fields))


def test_ledgers_are_read_in_the_order_of_the_input(tmp_path: Path) -> None:
    """The entries of all shards come in the order of their sources."""
    entries = [make_entry(number) for number in range(4)]
    write_ledger(tmp_path / "000001-0.jsonl", entries[::2])
    write_ledger(tmp_path / "000002-0.jsonl", entries[1::2])

    assert entries == read_ledgers(tmp_path)


def test_dead_letters_say_all_that_replay_needs(tmp_path: Path) -> None:
    """A dead letter is a line with all keys; what was skipped or a duplicate is not there."""
    entries = [make_entry(7, url="https://a.example/", attempts=2), make_entry(8, outcome="skipped", reason="not_html")]

    write_dead_letters(Output(tmp_path), RUN, entries, {"newsbeam": "1"})

    (line,) = (tmp_path / "dead_letters" / f"{RUN}.jsonl").read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    expected = {
        "stage": "read",
        "reason": "unreadable",
        "detail": "gone",
        "source_kind": "warc",
        "source_uri": "crawl.warc",
        "source_offset": 7,
        "url": "https://a.example/",
        "attempts": 2,
        "retryable": True,
        "run_id": RUN,
        "versions": {"newsbeam": "1"},
    }
    assert ["id", *expected] == list(record)
    assert expected == {name: record[name] for name in expected}


def test_dead_letters_have_ids_of_their_own(tmp_path: Path) -> None:
    """The id of a dead letter stands for its run and its place."""
    entries = [make_entry(7), make_entry(8), make_entry(7, source_uri="other.warc")]
    for run in ("run-1", "run-2"):
        write_dead_letters(Output(tmp_path), run, entries, {})

    files = [path.read_text(encoding="utf-8").splitlines() for path in (tmp_path / "dead_letters").iterdir()]
    ids = {json.loads(line)["id"] for line in itertools.chain(*files)}

    assert len(entries) * 2 == len(ids)


@pytest.mark.parametrize(("reason", "expected"), [("timed_out", True), ("too_short", False)])
def test_dead_letters_say_whether_to_try_again(tmp_path: Path, reason: str, expected: bool) -> None:
    """A dead letter that may succeed another time is marked as such."""
    write_dead_letters(Output(tmp_path), RUN, [make_entry(7, reason=reason)], {})

    record = json.loads((tmp_path / "dead_letters" / f"{RUN}.jsonl").read_bytes())

    assert expected == record["retryable"]


def test_dead_letters_bear_any_character(tmp_path: Path) -> None:
    """What UTF-8 can't hold does not keep a dead letter from being written."""
    write_dead_letters(Output(tmp_path), RUN, [make_entry(7, detail="é\n\ud800", url="\udcff")], {})

    record = json.loads((tmp_path / "dead_letters" / f"{RUN}.jsonl").read_bytes())
    expected = {"detail": "é\n?", "url": "?"}

    assert expected == {name: record[name] for name in expected}


def test_no_dead_letters_make_no_file(tmp_path: Path) -> None:
    """A run without dead letters leaves no file of them."""
    write_dead_letters(Output(tmp_path), RUN, [make_entry(8, outcome="skipped", reason="not_html")], {})

    assert list(tmp_path.iterdir()) == []


def test_a_partition_like_output_path_is_only_a_path(tmp_path: Path) -> None:
    """An output below a folder such as `version_id=1` is read like any other."""
    root = tmp_path / "version_id=1"
    commit(root, [make_articles(3)], make_section())
    index = read_staged(Output(root).staging(RUN)).index
    state = State(str(root / "_state"))
    state.write_ingested(RUN, ingested_versions(index))

    assert sorted(index["version_id"].to_pylist()) == sorted(state.earlier_versions("other").to_pylist())
