"""The columns of the output: what they are, and that an article comes back from them."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import NoneType
from typing import get_args

import pyarrow as pa
import pytest
from hypothesis import given, settings

from pipeline.schema import (
    COLUMNS,
    arrow_schema,
    article_to_row,
    columns_as_markdown,
    columns_as_records,
    partition_date,
    row_to_article,
)
from tests.conftest import make_article
from tests.strategies import articles
from transforms.records import SCHEMA_VERSION, Article

ROOT = Path(__file__).parents[2]
NOT_IN_ARTICLE = {"schema_version", "date", "run_id"}


@given(articles())
def test_an_article_comes_back_from_its_row(article: Article) -> None:
    """`row_to_article` undoes `article_to_row`."""
    assert article == row_to_article(article_to_row(article, "run"))


@settings(deadline=None)
@given(articles())
def test_a_row_comes_back_from_arrow(article: Article) -> None:
    """A row goes through Arrow unchanged, and so does its article."""
    row = article_to_row(article, "run")

    (through_arrow,) = pa.Table.from_pylist([row], schema=arrow_schema()).to_pylist()

    assert row == through_arrow
    assert article == row_to_article(through_arrow)


@pytest.mark.parametrize("year", [1, 1600, 1969, 3000, 9999])
def test_far_years_come_back(year: int) -> None:
    """Times outside the range of nanoseconds keep their last microsecond."""
    time = datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    article = make_article(published_at=time, fetched_at=time)
    table = pa.Table.from_pylist([article_to_row(article, "run")], schema=arrow_schema())

    (row,) = table.to_pylist()

    assert article == row_to_article(row)
    assert date(year, 12, 31) == row["date"]


def test_a_row_says_what_wrote_it() -> None:
    """A row holds the schema's version and the run's id besides the article."""
    row = article_to_row(make_article(), "run")

    expected = {"schema_version": SCHEMA_VERSION, "run_id": "run", "date": None}

    assert expected == {name: row[name] for name in NOT_IN_ARTICLE}


@given(articles())
def test_columns_have_one_order(article: Article) -> None:
    """A row and the Arrow schema have the columns of `COLUMNS` in their order."""
    names = [column.name for column in COLUMNS]

    assert names == list(article_to_row(article, "run"))
    assert names == arrow_schema().names
    assert len(names) == len(set(names))


def test_each_field_is_a_column() -> None:
    """The columns are the fields of `Article`, and three that the run adds."""
    fields = {field.name for field in dataclasses.fields(Article)}

    assert fields | NOT_IN_ARTICLE == set(arrow_schema().names)
    assert set() == fields & NOT_IN_ARTICLE


def test_required_fields_are_never_null() -> None:
    """A column may be null if and only if its field may be None."""
    may_be_none = {field.name for field in dataclasses.fields(Article) if NoneType in get_args(field.type)}

    assert may_be_none | {"date"} == {column.name for column in COLUMNS if column.nullable}


def test_the_undated_have_no_partition() -> None:
    """The partition is the UTC day of publication, else the day when the entry was first seen, or null."""
    seen = datetime(2024, 3, 6, 1, tzinfo=UTC)
    assert partition_date(make_article(published_at=None)) is None
    assert date(2024, 3, 6) == partition_date(make_article(first_seen_at=seen))
    assert date(2024, 3, 5) == partition_date(make_article(published_at=datetime(2024, 3, 5), first_seen_at=seen))
    assert date(2024, 3, 5) == partition_date(make_article(published_at=datetime(2024, 3, 5, 23, tzinfo=UTC)))


def _all_fields(fields: pa.Schema | pa.StructType) -> Iterator[pa.Field]:
    """Yield fields at all depths, elements of lists included."""
    for field in fields:
        yield field
        dtype = field.type
        while pa.types.is_list(dtype):
            yield dtype.value_field
            dtype = dtype.value_type
        if pa.types.is_struct(dtype):
            yield from _all_fields(dtype)


def test_no_name_needs_quotes() -> None:
    """All names, nested ones too, are in snake_case, and none is SQL's `end`."""
    names = {field.name for field in _all_fields(arrow_schema())}

    assert "end" not in names
    assert {name for name in names if name.isidentifier() and name == name.lower()} == names


def test_lists_and_structs_are_never_null() -> None:
    """Lists, their elements and structs are empty rather than null, at all depths."""
    nested = [field for field in _all_fields(arrow_schema()) if field.name == "element" or field.type.num_fields]

    expected = dict.fromkeys(map(str, nested), False)

    assert expected == {str(field): field.nullable for field in nested}
    assert expected


def test_times_are_utc_microseconds() -> None:
    """Each time is a timestamp in UTC with microseconds."""
    stamps = [field.type for field in arrow_schema() if pa.types.is_timestamp(field.type)]

    assert [pa.timestamp("us", tz="UTC")] * 4 == stamps


def test_docs_show_the_columns() -> None:
    """docs/schema.md holds the table that the code makes."""
    docs = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")

    assert columns_as_markdown() in docs


def test_markdown_has_a_line_for_each_column() -> None:
    """The table has a head, a rule and one line of six cells for each column."""
    lines = columns_as_markdown().splitlines()

    assert len(COLUMNS) + 2 == len(lines)
    assert {7} == {line.count("|") for line in lines}


def test_the_schema_equals_its_snapshot() -> None:
    """A changed column is seen in review: tests/data/schema.json changes with it."""
    snapshot = json.loads((ROOT / "tests" / "data" / "schema.json").read_bytes())

    assert snapshot == columns_as_records()
