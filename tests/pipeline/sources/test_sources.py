"""The entry points: plans of several files, counts that hold, and reading some inputs again."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.sources import WHOLE_FILE, FoundFile, Limits, Span, list_files, plan_spans, read_span, restrict_spans
from pipeline.sources.spans import Outcome
from transforms.errors import Reason
from transforms.records import DeadLetter, RawArticle

WARC_RECORD = (
    b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/html\r\nWARC-Target-URI: https://example.org/%d\r\n"
    b"Content-Length: 5\r\n\r\n<p>%02d\r\n\r\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files of all kinds: those of many articles have ten."""
    (tmp_path / "a.html").write_bytes(b"<p>a")
    lines = [b'{"text": "%d"}\n' % number for number in range(10)]
    (tmp_path / "b.jsonl").write_bytes(b"\n".join(lines))
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b"".join(lines)))
    pq.write_table(pa.table({"text": [str(row) for row in range(10)]}), tmp_path / "d.parquet")
    records = [WARC_RECORD % (number, number) for number in range(10)]
    (tmp_path / "e.warc").write_bytes(b"".join(records))
    (tmp_path / "f.warc.gz").write_bytes(b"".join(map(gzip.compress, records)))
    (tmp_path / "g.txt").write_bytes(b"g")
    (tmp_path / "h.docx").write_bytes(b"h")
    return tmp_path


def _plan(folder: Path, max_articles: int = 3) -> list[Span]:
    return plan_spans(list_files([str(folder)]), max_articles, 10**9)


def _read(spans: list[Span]) -> list[Outcome]:
    outcomes = []
    for span in spans:
        found = list(read_span(span, {}, Limits()))
        assert list(span.offsets) == [outcome.source_offset for outcome in found]
        outcomes += found
    return outcomes


def _places(outcomes: list[Outcome]) -> list[tuple[str, int]]:
    return [(outcome.source_uri, outcome.source_offset) for outcome in outcomes]


def _reasons(outcomes: list[Outcome]) -> set[Reason]:
    return {outcome.reason for outcome in outcomes if isinstance(outcome, DeadLetter)}


def test_spans_follow_the_order_of_the_files(folder: Path) -> None:
    """All spans of a file come together, in the order of the files."""
    files = list_files([str(folder)])
    spans = plan_spans(files, 3, 10**9)
    assert sorted({span.uri for span in spans}) == [file.uri for file in files]
    assert sorted(_places(_read(spans))) == _places(_read(spans))
    assert 1 + 10 * 5 + 1 + 1 == sum(span.count for span in spans)


def test_plan_is_a_function_of_the_files(folder: Path) -> None:
    """The same files give the same plan, and spans of other sizes the same outcomes."""
    assert _plan(folder) == _plan(folder)
    assert _read(_plan(folder)) == _read(_plan(folder, max_articles=200))


@pytest.mark.parametrize(("max_articles", "max_bytes"), [(0, 1), (1, 0)])
def test_spans_of_nothing_are_refused(max_articles: int, max_bytes: int) -> None:
    """A limit that no span could keep is refused."""
    with pytest.raises(ValueError, match="at least 1"):
        plan_spans([], max_articles, max_bytes)


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "warc"])
def test_file_that_cant_be_planned_is_one_unreadable_input(tmp_path: Path, kind: str) -> None:
    """A file of many articles that can't be opened stands for all of them."""
    file = FoundFile(uri=str(tmp_path / f"gone.{kind}"), size_bytes=10, kind=kind)
    spans = plan_spans([file], 3, 1000)
    (dead,) = _read(spans)
    assert isinstance(dead, DeadLetter)
    assert (Reason.UNREADABLE, WHOLE_FILE) == (dead.reason, dead.source_offset)


@pytest.mark.parametrize("name", ["b.jsonl", "c.jsonl.gz", "d.parquet", "e.warc", "f.warc.gz"])
def test_file_that_appears_after_the_plan_is_not_read_in_part(folder: Path, name: str) -> None:
    """A file that could not be planned is one input, though it may be readable by now; all of it is tried again."""
    path = folder / name
    content = path.read_bytes()
    (file,) = list_files([str(path)])
    path.unlink()
    spans = plan_spans([file], 3, 1000)
    path.write_bytes(content)
    outcomes = _read(spans)
    assert (1, {Reason.CHANGED_INPUT}) == (len(outcomes), _reasons(outcomes))
    again = plan_spans([file], 3, 1000)
    assert again == restrict_spans(again, {str(path): {outcomes[0].source_offset}})
    assert 10 == len([outcome for outcome in _read(again) if isinstance(outcome, RawArticle)])


@pytest.mark.parametrize("name", ["b.jsonl", "c.jsonl.gz", "d.parquet", "e.warc", "f.warc.gz"])
def test_file_that_vanishes_gives_each_planned_input(folder: Path, name: str) -> None:
    """All inputs of a file that went are dead letters at their own offsets, and can be read when it is back."""
    path = folder / name
    spans = plan_spans(list_files([str(path)]), 3, 10**9)
    expected = _read(spans)
    content = path.read_bytes()
    path.unlink()
    outcomes = _read(spans)
    assert {Reason.UNREADABLE} == _reasons(outcomes)
    path.write_bytes(content)
    wanted = {str(path): {outcome.source_offset for outcome in outcomes}}
    assert expected == _read(restrict_spans(plan_spans(list_files([str(path)]), 5, 10**9), wanted))


@pytest.mark.parametrize("name", ["b.jsonl", "c.jsonl.gz", "d.parquet", "e.warc", "f.warc.gz"])
@pytest.mark.parametrize("numbers", [{0}, {9}, {2, 3, 4}, {0, 5, 9}, set(range(10))])
def test_some_inputs_are_read_again(folder: Path, name: str, numbers: set[int]) -> None:
    """Restricted spans give the wanted inputs and no others, in their order."""
    spans = plan_spans(list_files([str(folder / name)]), 3, 10**9)
    expected = [outcome for number, outcome in enumerate(_read(spans)) if number in numbers]
    restricted = restrict_spans(spans, {str(folder / name): {outcome.source_offset for outcome in expected}})
    assert expected == _read(restricted)
    assert len(numbers) == sum(span.count for span in restricted)


def test_files_that_are_not_wanted_are_dropped(folder: Path) -> None:
    """Only the named files remain."""
    page = str(folder / "a.html")
    assert [page] == [span.uri for span in restrict_spans(_plan(folder), {page: {0}, "gone.html": {0}})]
    assert [] == restrict_spans(_plan(folder), {})


def test_offset_that_no_input_has_is_changed_input(folder: Path) -> None:
    """A wanted offset never vanishes: what is not there any more is a dead letter."""
    path = str(folder / "b.jsonl")
    outcomes = _read(restrict_spans(_plan(folder), {path: {1, 2, 999}}))
    assert [(path, 1), (path, 2), (path, 999)] == _places(outcomes)
    assert [True, False, True] == [isinstance(outcome, DeadLetter) for outcome in outcomes]


def test_error_while_reading_leaves_what_was_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An I/O error in the middle makes the rest of the span unreadable."""
    (span,) = plan_spans(list_files([str(folder / "b.jsonl")]), 200, 10**9)

    def fail_at_5(line: bytes) -> dict[str, object]:
        if b"5" in line:
            raise OSError(5, "Input/output error")
        return {"text": "read"}

    monkeypatch.setattr("pipeline.sources.jsonl.parse_record", fail_at_5)
    outcomes = _read([span])
    assert [True] * 5 + [False] * 5 == [isinstance(outcome, RawArticle) for outcome in outcomes]
    assert {Reason.UNREADABLE} == _reasons(outcomes)
