"""Parquet: rows, columns and their types, row groups, damage."""

import datetime
import io
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sources import WHOLE_FILE, Limits, Span, list_files, plan_spans, read_span
from pipeline.sources.spans import Outcome
from transforms.errors import Reason
from transforms.records import DeadLetter, RawArticle


def _plan(path: Path, max_articles: int = 200, max_bytes: int = 10**9) -> list[Span]:
    return plan_spans(list_files([str(path)]), max_articles, max_bytes)


def _read(
    path: Path, max_articles: int = 200, columns: dict[str, str] | None = None, max_article_bytes: int = 10_000_000
) -> list[Outcome]:
    """Return all outcomes of a file, having checked that they are as many as planned."""
    outcomes = []
    for span in _plan(path, max_articles):
        found = list(read_span(span, columns or {}, Limits(max_article_bytes=max_article_bytes)))
        assert list(span.offsets) == [outcome.source_offset for outcome in found]
        assert span.count == len(found)
        outcomes += found
    return outcomes


def _write(folder: Path, columns: dict[str, Any], **options: Any) -> Path:  # noqa: ANN401 - columns of any type
    path = folder / "a.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def _bodies(outcomes: list[Outcome]) -> list[tuple[int, bytes | str]]:
    """Return offsets with the body, or with the reason for which there is none."""
    return [(o.source_offset, o.body if isinstance(o, RawArticle) else str(o.reason)) for o in outcomes]


def test_row_becomes_an_article(tmp_path: Path) -> None:
    """All columns come from the row, and the content is UTF-8."""
    path = _write(
        tmp_path,
        {
            "page": ["<p>café"],
            "url": ["https://example.org/1"],
            "title": ["A coup"],
            "published_at": ["2024-05-01"],
            "id": [17],
            "language": ["fr"],
            "extra": [[1, 2]],
        },
    )
    expected = RawArticle(
        source_kind="parquet",
        source_uri=str(path),
        source_offset=0,
        body="<p>café".encode(),
        media_type="text/html",
        charset="utf-8",
        url="https://example.org/1",
        title="A coup",
        published_at="2024-05-01",
        guid="17",
        language="fr",
    )
    assert [expected] == _read(path, columns={"html": "page"})


def test_html_goes_before_text(tmp_path: Path) -> None:
    """The first content that is not empty is taken; an empty one is content, a null is none."""
    path = _write(tmp_path, {"html": ["<p>", "", None, "", None], "text": ["t", "t", "t", None, None]})
    expected = [(0, b"<p>"), (1, b"t"), (2, b"t"), (3, b""), (4, "no_content_column")]
    assert expected == _bodies(_read(path))


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.binary(),
        pa.large_binary(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.string_view(),
        pa.binary_view(),
    ],
    ids=str,
)
def test_strings_of_any_type_are_text(tmp_path: Path, kind: pa.DataType) -> None:
    """Writers store text as strings, bytes or categories."""
    column = pa.array(["café", None, ""]).cast(kind)
    path = _write(tmp_path, {"text": column, "title": column})
    articles = _read(path)
    assert [(0, "café".encode()), (1, "no_content_column"), (2, b"")] == _bodies(articles)
    assert "café" == articles[0].title if isinstance(articles[0], RawArticle) else None


def test_invalid_utf8_is_kept_in_the_body(tmp_path: Path) -> None:
    """Arrow does not check strings; a later step decodes the body."""
    wrong = pa.array([b"caf\xe9"]).view(pa.string())
    (article,) = _read(_write(tmp_path, {"text": wrong, "title": wrong}))
    assert isinstance(article, RawArticle)
    assert (b"caf\xe9", "caf\ufffd") == (article.body, article.title)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([datetime.date(2024, 5, 1)]), "2024-05-01"),
        (pa.array([datetime.date(2024, 5, 1)], pa.date64()), "2024-05-01"),
        (pa.array([datetime.datetime(2024, 5, 1, 12)], pa.timestamp("s")), "2024-05-01T12:00:00+00:00"),
        (pa.array([datetime.datetime(2024, 5, 1, 12)], pa.timestamp("ms")), "2024-05-01T12:00:00+00:00"),
        (pa.array([1_714_564_800_123_456_789], pa.timestamp("ns")), "2024-05-01T12:00:00.123456+00:00"),
        (pa.array([1_714_564_800_000_000], pa.timestamp("us", "UTC")), "2024-05-01T12:00:00+00:00"),
        (pa.array([1_714_564_800_000_000], pa.timestamp("us", "Asia/Tokyo")), "2024-05-01T12:00:00+00:00"),
        (pa.array([1_714_564_800_000_000_000], pa.timestamp("ns", "+02:00")), "2024-05-01T12:00:00+00:00"),
        (pa.array(["May 1st"]), "May 1st"),
        (pa.array([None], pa.timestamp("us")), None),
        (pa.array([None], pa.null()), None),
    ],
)
def test_dates_become_iso_8601_in_utc(tmp_path: Path, column: pa.Array, expected: str | None) -> None:
    """Times are in UTC, naive ones are taken to be; dates stay dates; strings stay as they are."""
    (article,) = _read(_write(tmp_path, {"text": ["t"], "published_at": column}))
    assert isinstance(article, RawArticle)
    assert expected == article.published_at


@pytest.mark.parametrize(
    ("columns", "reason", "detail"),
    [
        ({"text": [3]}, Reason.BAD_VALUE, "column 'text' is int, expected str"),
        ({"html": [["<p>"]]}, Reason.BAD_VALUE, "column 'html' is list"),
        ({"text": ["t"], "published_at": [3]}, Reason.BAD_VALUE, "column 'published_at' is int"),
        ({"text": ["t"], "title": [{"de": "x"}]}, Reason.BAD_VALUE, "column 'title' is dict"),
        ({"text": ["t"], "id": [1.5]}, Reason.BAD_VALUE, "column 'id' is float"),
        (
            {"text": ["t"], "published_at": pa.array([2**62], pa.timestamp("us"))},
            Reason.BAD_VALUE,
            "column 'published_at': date value out of range",
        ),
        ({"text": ["t"], "published_at": pa.array([2**30], pa.date32())}, Reason.BAD_VALUE, "column 'published_at':"),
        ({"body": ["t"]}, Reason.NO_CONTENT_COLUMN, "neither 'html' nor 'text' has a value"),
        ({"url": ["u"], "text": pa.array([None], pa.string())}, Reason.NO_CONTENT_COLUMN, "neither"),
        ({"text": ["t" * 1001]}, Reason.TOO_LARGE, "1001 bytes, the limit is 1000"),
    ],
)
def test_useless_row_is_a_dead_letter(tmp_path: Path, columns: dict[str, Any], reason: Reason, detail: str) -> None:
    """The reason is out of the closed list, and the detail names the column and the type."""
    (dead,) = _read(_write(tmp_path, columns), max_article_bytes=1000)
    assert isinstance(dead, DeadLetter)
    assert (reason, True) == (dead.reason, detail in dead.detail)


def test_file_without_content_columns_is_as_many_dead_letters_as_rows(tmp_path: Path) -> None:
    """Each row counts, though nothing is decoded."""
    path = _write(tmp_path, {"body": ["t"] * 5})
    assert [(row, "no_content_column") for row in range(5)] == _bodies(_read(path, max_articles=2))


@pytest.mark.parametrize("group_rows", [1, 3, 100, 1000])
@pytest.mark.parametrize("max_articles", [1, 7, 200, 1000])
def test_rows_are_numbered_over_the_whole_file(tmp_path: Path, group_rows: int, max_articles: int) -> None:
    """Row groups and spans of any size give each row once, in order."""
    path = _write(tmp_path, {"text": [str(row) for row in range(333)]}, row_group_size=group_rows)
    assert [(row, str(row).encode()) for row in range(333)] == _bodies(_read(path, max_articles))


def test_spans_are_cut_by_rows_and_bytes(tmp_path: Path) -> None:
    """A span holds at most so many rows, and fewer if rows are large."""
    path = _write(tmp_path, {"text": ["0123456789" * 100 + str(row) for row in range(100)]}, use_dictionary=False)
    assert [(0, 40), (40, 40), (80, 20)] == [(span.start, span.count) for span in _plan(path, max_articles=40)]
    assert {9, 1} == {span.count for span in _plan(path, max_bytes=10_000)}


def test_spans_of_large_row_groups_are_larger(tmp_path: Path) -> None:
    """Rows are reached by decoding those before them, and so a row group is cut into 64 spans at most."""
    path = _write(tmp_path, {"text": ["x"] * 64_000})
    assert 64 == len(_plan(path, max_articles=10))


def test_file_without_rows_has_no_inputs(tmp_path: Path) -> None:
    """An empty table is no damage."""
    assert [] == _plan(_write(tmp_path, {"text": pa.array([], pa.string())}))


@pytest.mark.parametrize("content", [b"", b"garbage", b"PAR1" + bytes(100) + b"PAR1"])
def test_file_that_is_not_parquet_is_one_dead_letter(tmp_path: Path, content: bytes) -> None:
    """A file without a footer has no rows: it is one input, all of it."""
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    assert [(WHOLE_FILE, "corrupt")] == _bodies(_read(path))


def test_footer_with_an_absurd_count_is_corrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count of rows that can't be is not planned: it would fill the memory."""
    path = _write(tmp_path, {"text": pa.nulls(10_000, pa.string())})
    monkeypatch.setattr("pipeline.sources.parquet.MAX_ROWS_PER_BYTE", 1)
    assert [(WHOLE_FILE, "corrupt")] == _bodies(_read(path))


def test_damaged_page_takes_the_rest_of_its_row_group(tmp_path: Path) -> None:
    """Rows before the damage and in other row groups are read; each lost row is a dead letter."""
    texts = [f"{row:04}" + "x" * 500 for row in range(600)]
    options = {"row_group_size": 300, "data_page_size": 20_000, "use_dictionary": False, "compression": "none"}
    path = _write(tmp_path, {"text": texts}, write_page_checksum=True, write_batch_size=16, **options)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"0150x", b"0150?"))
    outcomes = _bodies(_read(path))
    lost = [row for row, body in outcomes if body == "corrupt"]
    assert 600 == len(outcomes)
    assert (299, True) == (lost[-1], 64 <= lost[0] <= 150)
    assert list(range(lost[0], 300)) == lost
    for max_articles in (1, 50, 70):
        assert outcomes == _bodies(_read(path, max_articles))


def test_file_that_lost_rows_is_changed_input(tmp_path: Path) -> None:
    """A file that was replaced still gives as many outcomes as were planned."""
    (span,) = _plan(_write(tmp_path, {"text": ["a", "b", "c"]}))
    _write(tmp_path, {"text": ["a"]})
    outcomes = list(read_span(span, {}, Limits()))
    assert [(0, b"a"), (1, "changed_input"), (2, "changed_input")] == _bodies(outcomes)
    Path(span.uri).write_bytes(b"garbage")
    assert ["changed_input"] * 3 == [body for _, body in _bodies(list(read_span(span, {}, Limits())))]


def test_other_columns_are_not_read(tmp_path: Path) -> None:
    """A column that is not asked for may be damaged or of any size."""
    path = _write(tmp_path, {"pdf": [b"MARK" * 5000] * 3, "text": ["a", "b", "c"]}, use_dictionary=False)
    content = path.read_bytes()
    first, last = content.index(b"MARK"), content.rindex(b"MARK")
    path.write_bytes(content[:first] + bytes(last - first) + content[last:])
    assert [(0, b"a"), (1, b"b"), (2, b"c")] == _bodies(_read(path))


def _small_file(**options: Any) -> bytes:  # noqa: ANN401 - options of pyarrow
    buffer = io.BytesIO()
    texts = [f"article {row} " + "news " * (row % 5) for row in range(40)]
    dates = pa.array(range(40), pa.timestamp("ms"))
    pq.write_table(pa.table({"text": texts, "id": range(40), "published_at": dates}), buffer, **options)
    return buffer.getvalue()


FILES = {
    "plain": _small_file(compression="none", use_dictionary=False, row_group_size=25),
    "snappy": _small_file(row_group_size=25),
    "checksums": _small_file(compression="gzip", write_page_checksum=True, data_page_version="2.0"),
}


@pytest.mark.parametrize("name", FILES)
def test_damaged_file_never_raises(name: str) -> None:
    """Any damage to a file: the counts agree, however it is cut."""
    whole = FILES[name]

    @settings(max_examples=80, deadline=None)
    @given(place=st.integers(0, len(whole) - 1), value=st.integers(0, 255), cut=st.booleans())
    def check(place: int, value: int, cut: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.parquet"
            path.write_bytes(whole[:place] + (b"" if cut else bytes([value]) + whole[place + 1 :]))
            assert _read(path) == _read(path, 7)

    check()
