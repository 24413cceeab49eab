"""JSON Lines: lines, columns, limits, damage, and the count that always holds."""

import gzip
import json
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sources import Limits, Span, list_files, plan_spans, read_span
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


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    return path


def _bodies(outcomes: list[Outcome]) -> list[tuple[int, bytes | str]]:
    """Return offsets with the body, or with the reason for which there is none."""
    return [(o.source_offset, o.body if isinstance(o, RawArticle) else str(o.reason)) for o in outcomes]


NAMES = pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson.gz"])


@NAMES
def test_line_becomes_an_article(tmp_path: Path, name: str) -> None:
    """All columns come from the line, and the content is UTF-8."""
    record = {
        "html": "<p>café",
        "text": "not used",
        "url": "https://example.org/1",
        "title": "A coup",
        "published_at": "2024-05-01",
        "id": 17,
        "language": "fr",
        "extra": [1],
    }
    path = _write(tmp_path / name, json.dumps(record).encode())
    expected = RawArticle(
        source_kind="jsonl",
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
    assert [expected] == _read(path)


def test_columns_can_have_other_names(tmp_path: Path) -> None:
    """A mapping leads from our names to the file's, and only the named ones change."""
    path = _write(tmp_path / "a.jsonl", b'{"maintext": "one", "text": "not read", "link": "u", "title": "t"}')
    (article,) = _read(path, columns={"text": "maintext", "url": "link"})
    assert isinstance(article, RawArticle)
    assert (b"one", "text/plain", "u", "t") == (article.body, article.media_type, article.url, article.title)


@pytest.mark.parametrize(
    ("record", "media_type", "body"),
    [
        ({"html": "<p>", "text": "t"}, "text/html", b"<p>"),
        ({"html": "", "text": "t"}, "text/plain", b"t"),
        ({"html": None, "text": "t"}, "text/plain", b"t"),
        ({"html": ""}, "text/html", b""),
        ({"html": "", "text": ""}, "text/html", b""),
        ({"text": ""}, "text/plain", b""),
        ({"text": "a\ud83d b"}, "text/plain", "a\ufffd b".encode()),
        ({"text": "\U0001f600"}, "text/plain", "\U0001f600".encode()),
        ({"text": "a\0b"}, "text/plain", b"a\0b"),
    ],
)
def test_content_is_html_or_text(tmp_path: Path, record: dict[str, Any], media_type: str, body: bytes) -> None:
    """HTML wins if there is any; an empty value is content; half a surrogate pair is replaced."""
    (article,) = _read(_write(tmp_path / "a.jsonl", json.dumps(record).encode()))
    assert isinstance(article, RawArticle)
    assert (media_type, body) == (article.media_type, article.body)


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b"{", Reason.BAD_JSON, "Expecting property name"),
        (b"[1]", Reason.BAD_JSON, "list"),
        (b'"x"', Reason.BAD_JSON, "str"),
        (b"null", Reason.BAD_JSON, "NoneType"),
        (b'{"text": "caf\xe9"}', Reason.BAD_JSON, "utf-8"),
        (b'{"id": ' + b"9" * 5000 + b"}", Reason.BAD_JSON, "digits"),
        (b"[" * 100_000, Reason.BAD_JSON, "recursion"),
        (b"{}", Reason.NO_CONTENT_COLUMN, "neither 'html' nor 'body'"),
        (b'{"html": null}', Reason.NO_CONTENT_COLUMN, "neither"),
        (b'{"html": 1}', Reason.BAD_VALUE, "column 'html' is int, expected str"),
        (b'{"body": ["a"]}', Reason.BAD_VALUE, "column 'body' is list"),
        (b'{"body": "a", "url": {}}', Reason.BAD_VALUE, "column 'url' is dict"),
        (b'{"body": "a", "published_at": 1714521600}', Reason.BAD_VALUE, "column 'published_at' is int"),
        (b'{"body": "a", "id": true}', Reason.BAD_VALUE, "column 'id' is bool"),
        (b'{"body": "a", "id": 1.5}', Reason.BAD_VALUE, "column 'id' is float"),
        (b'{"body": "' + b"x" * 50_001 + b'"}', Reason.TOO_LARGE, "50001 bytes"),
        (b'{"body": "' + b"x" * 300_000 + b'"}', Reason.TOO_LARGE, "a line of 300013 bytes"),
    ],
)
def test_useless_line_is_a_dead_letter(tmp_path: Path, line: bytes, reason: Reason, detail: str) -> None:
    """The reason is out of the closed list, the detail names the column, and the next line is read."""
    path = _write(tmp_path / "a.jsonl", line + b'\n{"body": "next"}')
    dead, article = _read(path, columns={"text": "body"}, max_article_bytes=50_000)
    assert isinstance(dead, DeadLetter)
    assert (reason, True) == (dead.reason, detail in dead.detail)
    assert (1, b"next") == _bodies([article])[0]


def test_dead_letter_names_the_address(tmp_path: Path) -> None:
    """The address of a line that can't be used is kept if there is one."""
    path = _write(tmp_path / "a.jsonl", b'{"url": "https://example.org/\\udfff"}\n{"url": 3}')
    assert ["https://example.org/\ufffd", None] == [o.url for o in _read(path) if isinstance(o, DeadLetter)]


@NAMES
@pytest.mark.parametrize(
    ("content", "offsets"),
    [
        (b"", []),
        (b"\n", []),
        (b" \t\r\n\x0b\n", []),
        (b"\xef\xbb\xbf", []),
        (b"\xef\xbb\xbf\n{}", [1]),
        (b"{}", [0]),
        (b"{}\n", [0]),
        (b"{}\r\n{}\r\n", [0, 1]),
        (b"\n\n{}\n\n{}\n \n", [2, 4]),
        (b"{}\r{}\n{}", [0, 1]),
        ("{}\n\u2028\n".encode(), [0, 1]),
    ],
)
def test_lines_are_numbered_from_0_and_blank_ones_are_no_inputs(
    tmp_path: Path, name: str, content: bytes, offsets: list[int]
) -> None:
    """Blank lines keep their number; only the line feed ends a line."""
    path = _write(tmp_path / name, content)
    for max_articles in (1, 2, 200):
        assert offsets == [outcome.source_offset for outcome in _read(path, max_articles)]


def test_mark_at_the_start_of_a_file_is_no_content(tmp_path: Path) -> None:
    """A byte order mark is passed over, also where files were joined."""
    path = _write(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"text": "a"}\n\xef\xbb\xbf{"text": "b"}')
    assert [(0, b"a"), (1, b"b")] == _bodies(_read(path))


def test_spans_begin_at_the_bytes_of_their_lines(tmp_path: Path) -> None:
    """A span of a plain file is reached by seeking, one of a gzipped file by counting lines."""
    content = b'{"text": "a"}\n\n{"text": "b"}\r\n{"text": "c"}'
    plain = _plan(_write(tmp_path / "a.jsonl", content), max_articles=1)
    assert [(0, 0), (15, 2), (30, 3)] == [(span.start, span.first_offset) for span in plain]
    gzipped = _plan(_write(tmp_path / "a.jsonl.gz", content), max_articles=1)
    assert [(0, 0), (0, 2), (0, 3)] == [(span.start, span.first_offset) for span in gzipped]


def test_spans_are_cut_by_bytes(tmp_path: Path) -> None:
    """Long lines make spans of few lines."""
    path = _write(tmp_path / "a.jsonl", b'{"text": "0123456789"}\n' * 10)
    assert [4, 4, 2] == [span.count for span in _plan(path, max_bytes=100)]


def test_spans_of_gzipped_files_are_larger(tmp_path: Path) -> None:
    """A gzipped file is read from its first byte for each span, and so 64 times at most, unless it is huge."""
    path = _write(tmp_path / "a.jsonl.gz", b"{}\n" * 20_000)
    spans = _plan(path, max_articles=50)
    assert (20_000, 58, 350) == (sum(span.count for span in spans), len(spans), spans[0].count)


def test_members_of_gzip_are_joined(tmp_path: Path) -> None:
    """A line may begin in one member and end in the next."""
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n{"text"') + gzip.compress(b': "b"}\n{"text": "c"}'))
    for max_articles in (1, 2, 3):
        assert [(0, b"a"), (1, b"b"), (2, b"c")] == _bodies(_read(path, max_articles))


def test_what_follows_damage_is_one_input(tmp_path: Path) -> None:
    """Lines before the damage are read; the rest of the file is one dead letter, in the plan as well."""
    lines = b"".join(b'{"text": "%d"}\n' % number for number in range(50_000))
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress(lines)
    path.write_bytes(whole[: len(whole) // 2])
    outcomes = _read(path)
    assert 10_000 < len(outcomes) < 40_000
    assert [Reason.CORRUPT] == [outcome.reason for outcome in outcomes if isinstance(outcome, DeadLetter)]
    assert (len(outcomes) - 1, "corrupt") == _bodies(outcomes)[-1]


def test_file_that_is_not_gzip_is_one_dead_letter(tmp_path: Path) -> None:
    """A plain file that is called `.gz` has no lines that could be read."""
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b'{"text": "a"}\n')
    assert [(0, "corrupt")] == _bodies(_read(path))


@NAMES
def test_endless_line_is_passed_over_in_pieces(tmp_path: Path, name: str) -> None:
    """Memory stays near the limit, however long a line is."""
    path = _write(tmp_path / name, b'{"text": "' + b"x" * 50_000_000 + b'"}\n{"text": "b"}')
    tracemalloc.start()
    outcomes = _read(path, max_article_bytes=100_000)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(0, "too_large"), (1, b"b")] == _bodies(outcomes)
    assert peak_bytes < 3_000_000


def test_blank_line_of_any_length_is_no_input(tmp_path: Path) -> None:
    """A line is blank or not whatever the pieces in which it is read."""
    path = _write(tmp_path / "a.jsonl", b" " * 200_000 + b"\n" + b" " * 200_000 + b"{}\n")
    assert [(1, "too_large")] == _bodies(_read(path, max_article_bytes=1000))


def test_lines_that_went_are_changed_input(tmp_path: Path) -> None:
    """A file that lost lines still gives as many outcomes as were planned."""
    path = _write(tmp_path / "a.jsonl", b'{"text": "a"}\n\n{"text": "b"}\n\n{"text": "c"}\n')
    (span,) = _plan(path)
    path.write_bytes(b'{"text": "a"}\n\n')
    outcomes = list(read_span(span, {}, Limits()))
    assert [(0, b"a"), (2, "changed_input"), (4, "changed_input")] == _bodies(outcomes)


def test_lines_that_came_are_not_read(tmp_path: Path) -> None:
    """A file that grew gives what was planned."""
    path = _write(tmp_path / "a.jsonl", b'{"text": "a"}\n')
    (span,) = _plan(path)
    path.write_bytes(b'{"text": "a"}\n{"text": "b"}\n')
    assert [(0, b"a")] == _bodies(list(read_span(span, {}, Limits())))


LINES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([b"", b" ", b"\r", b"{}", b'{"text": ""}', b"\xef\xbb\xbf", b'{"html": "\\ud800"}']),
        st.dictionaries(
            st.sampled_from(["html", "text", "id", "url", "published_at"]),
            st.one_of(st.none(), st.text(max_size=9), st.integers(), st.booleans(), st.floats()),
        ).map(lambda record: json.dumps(record).encode()),
    ),
    max_size=12,
).map(b"\n".join)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_each_line_has_one_outcome_however_it_is_cut(name: str) -> None:
    """Any bytes: as many outcomes as planned, and the same ones in the same order for spans of any size."""

    @settings(max_examples=60, deadline=None)
    @given(content=LINES, max_articles=st.integers(1, 13))
    def check(content: bytes, max_articles: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = _write(Path(folder) / name, content)
            lines = [line.removeprefix(b"\xef\xbb\xbf") for line in content.split(b"\n")]
            expected = [number for number, line in enumerate(lines) if line.strip()]
            outcomes = _read(path)
            assert expected == [outcome.source_offset for outcome in outcomes]
            assert outcomes == _read(path, max_articles)

    check()


def test_damaged_gzip_never_raises() -> None:
    """Any damage to a gzipped file: the counts agree, however it is cut."""
    lines = b"".join(b'{"text": "%d %s"}\n' % (number, b"news" * (number % 7)) for number in range(60))
    whole = gzip.compress(lines[:900], 0, mtime=0) + gzip.compress(lines[900:], 9, mtime=0)

    @settings(max_examples=80, deadline=None)
    @given(place=st.integers(0, len(whole) - 1), value=st.integers(0, 255), cut=st.booleans())
    def check(place: int, value: int, cut: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.jsonl.gz"
            path.write_bytes(whole[:place] + (b"" if cut else bytes([value]) + whole[place + 1 :]))
            assert _read(path) == _read(path, 7)

    check()
