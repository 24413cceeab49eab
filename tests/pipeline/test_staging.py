"""What shards leave behind: rows, ledgers, and the steps that write them."""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.schema import arrow_schema, article_to_row
from pipeline.staging import (
    LedgerEntry,
    StageArticles,
    StageLedger,
    map_rows,
    read_ledger,
    row_order,
    to_ledger_entry,
    write_ledger,
    write_rows,
)
from tests.conftest import make_article
from tests.strategies import articles
from transforms.errors import Reason
from transforms.records import Article, DeadLetter, SkippedInput

PLACE: dict[str, Any] = {"source_kind": "jsonl", "source_uri": "wire.jsonl", "source_offset": 7}


def new_pipeline() -> beam.Pipeline:
    """Return a pipeline for Beam's in-process runner."""
    return beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the examples of one test may overwrite."""
    with TemporaryDirectory() as name:
        yield Path(name)


@settings(deadline=None, max_examples=50)
@given(found=st.lists(articles(), max_size=5))
def test_rows_come_back_sorted(folder: Path, found: list[Article]) -> None:
    """Rows come back from a staged file as they were, in the order of day, id and source."""
    rows = [article_to_row(article, "run") for article in found]

    write_rows(folder / "rows.arrow", rows)
    table = map_rows(folder / "rows.arrow")

    assert sorted(rows, key=row_order) == table.to_pylist()
    assert arrow_schema() == table.schema
    assert [folder / "rows.arrow"] == list(folder.glob("*rows*"))


@settings(deadline=None, max_examples=20)
@given(shuffle=st.randoms(use_true_random=False))
def test_rows_make_the_same_file_in_any_order(folder: Path, shuffle: random.Random) -> None:
    """A staged file is a function of its rows, not of the order in which a runner brings them."""
    rows = [article_to_row(make_article(id=f"{n % 5:032x}", source_offset=n), "run") for n in range(150)]
    write_rows(folder / "sorted.arrow", rows)

    shuffle.shuffle(rows)
    write_rows(folder / "shuffled.arrow", rows)

    assert (folder / "sorted.arrow").read_bytes() == (folder / "shuffled.arrow").read_bytes()


def ledger_entries() -> st.SearchStrategy[LedgerEntry]:
    """Entries as odd as the input may be, lone surrogates included."""
    any_line = st.none() | st.text()
    return st.builds(
        LedgerEntry,
        outcome=st.sampled_from(["dead_letters", "skipped", "duplicates"]),
        reason=any_line,
        source_kind=st.text(),
        source_uri=st.text(),
        source_offset=st.integers(-1, 2**63 - 1),
        stage=any_line,
        detail=any_line,
        url=any_line,
        attempts=st.integers(1, 9),
    )


@settings(deadline=None, max_examples=50)
@given(entries=st.lists(ledger_entries(), max_size=5))
def test_ledgers_come_back_sorted(folder: Path, entries: list[LedgerEntry]) -> None:
    """Entries come back from a ledger as they were, in the order of their source."""
    in_order = sorted(entries, key=lambda entry: (entry.source_uri, entry.source_offset, entry.outcome))

    write_ledger(folder / "ledger.jsonl", entries)

    assert in_order == list(read_ledger(folder / "ledger.jsonl"))
    assert [folder / "ledger.jsonl"] == list(folder.glob("*ledger*"))


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        pytest.param(
            DeadLetter(
                stage="extract",
                reason=Reason.TOO_SHORT,
                detail="3 of 200",
                url="https://a.example/",
                attempts=2,
                **PLACE,
            ),
            LedgerEntry(
                outcome="dead_letters",
                reason="too_short",
                stage="extract",
                detail="3 of 200",
                url="https://a.example/",
                attempts=2,
                **PLACE,
            ),
            id="dead letter",
        ),
        pytest.param(
            SkippedInput(reason="not_html", **PLACE),
            LedgerEntry(outcome="skipped", reason="not_html", **PLACE),
            id="skipped",
        ),
        pytest.param(
            make_article(url="https://a.example/", **PLACE),
            LedgerEntry(outcome="duplicates", url="https://a.example/", **PLACE),
            id="duplicate",
        ),
    ],
)
def test_a_ledger_entry_says_what_was_lost(lost: DeadLetter | SkippedInput | Article, expected: LedgerEntry) -> None:
    """Each kind of lost input has its outcome, its reason and its place."""
    assert expected == to_ledger_entry(lost)


def test_a_reason_is_written_as_plain_text() -> None:
    """The reason of an entry is a plain string, the same before and after it was written."""
    dead = DeadLetter(stage="read", reason=Reason.BAD_JSON, detail="", **PLACE)

    assert type(to_ledger_entry(dead).reason) is str


def _ids(count: int) -> list[str]:
    numbers = random.Random(7)
    return [f"{numbers.getrandbits(128):032x}" for _ in range(count)]


def test_stage_articles_writes_each_article_once(tmp_path: Path) -> None:
    """All articles are in the files of the buckets, those with one id in one file, and are counted."""
    found = [make_article(id=id_, source_offset=number) for number, id_ in enumerate(_ids(40) * 2)]

    pipeline = new_pipeline()
    pipeline | beam.Create(found) | StageArticles(str(tmp_path), "000001", "run", buckets=3)
    result = pipeline.run()

    rows = {path.name: map_rows(path).to_pylist() for path in tmp_path.iterdir()}
    ids = [{row["id"] for row in of_file} for of_file in rows.values()]
    all_rows = sorted((row for of_file in rows.values() for row in of_file), key=lambda row: row["source_offset"])
    written = {counter.key.metric.name: counter.result for counter in result.metrics().query()["counters"]}
    assert {f"000001-{bucket}.arrow" for bucket in range(3)} == set(rows)
    assert len(set.union(*ids)) == sum(map(len, ids))
    assert [article_to_row(article, "run") for article in found] == all_rows
    assert len(found) == written["articles_written"]


def test_stage_ledger_writes_each_entry_once(tmp_path: Path) -> None:
    """All entries are in the files of the buckets."""
    place: dict[str, Any] = {"source_kind": "warc", "source_uri": "crawl.warc"}
    entries = [LedgerEntry(outcome="skipped", source_offset=number, **place) for number in range(-1, 20)]

    with new_pipeline() as pipeline:
        pipeline | beam.Create(entries) | StageLedger(str(tmp_path), "000001", buckets=3)

    names = {path.name for path in tmp_path.iterdir()}
    written = [entry for path in tmp_path.iterdir() for entry in read_ledger(path)]
    assert {f"000001-{bucket}.jsonl" for bucket in range(3)} == names
    assert entries == sorted(written, key=lambda entry: entry.source_offset)


def test_staging_again_overwrites_itself(tmp_path: Path) -> None:
    """A shard that runs twice, its articles in another order, leaves the same files."""
    found = [make_article(id=id_, source_offset=number) for number, id_ in enumerate(_ids(30))]
    contents = []

    for in_some_order in (found, found[::-1]):
        with new_pipeline() as pipeline:
            pipeline | beam.Create(in_some_order) | StageArticles(str(tmp_path), "000001", "run")
        contents.append({path.name: path.read_bytes() for path in tmp_path.iterdir()})

    assert contents[0] == contents[1]
    assert {"000001-0.arrow"} == set(contents[0])


@pytest.mark.parametrize("step", [StageArticles("folder", "name", "run"), StageLedger("folder", "name")])
def test_other_elements_are_refused(step: beam.PTransform[Any, Any]) -> None:
    """A graph that would stage anything else is not even built."""
    skipped = SkippedInput(reason="not_html", **PLACE)

    with pytest.raises(TypeCheckError, match="SkippedInput"):
        new_pipeline() | beam.Create([skipped]) | step
