"""WARC: records and their places, plain and gzipped in every way, and damage."""

import datetime
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sources import Limits, Span, list_files, plan_spans, read_span
from pipeline.sources.spans import Outcome
from transforms.errors import Reason
from transforms.records import DeadLetter, RawArticle, SkippedInput


def _record(
    kind: str, content: bytes, content_type: str = "application/http;msgtype=response", **headers: str
) -> bytes:
    lines = {
        "WARC-Type": kind,
        "WARC-Date": "2024-05-01T12:00:00Z",
        "WARC-Target-URI": "https://example.org/1",
        "Content-Type": content_type,
        "Content-Length": str(len(content)),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"WARC/1.0\r\n{head}\r\n".encode() + content + b"\r\n\r\n"


def _response(
    body: bytes, status: str = "200 OK", headers: str = "Content-Type: text/html; charset=latin-1\r\n"
) -> bytes:
    return _record("response", f"HTTP/1.1 {status}\r\n{headers}\r\n".encode() + body)


RECORDS = [
    _record("warcinfo", b"software: test\r\n", "application/warc-fields"),
    _response(b"<p>one"),
    _record("request", b"GET / HTTP/1.1\r\n\r\n", "application/http;msgtype=request"),
    _response(b"<p>two" * 100),
    _record("resource", b"<p>three", "text/html; charset=utf-8"),
    _record("resource", b"log", "text/plain"),
    _response(b"GIF", headers="Content-Type: image/gif\r\n"),
    _response(b"gone", "404 Not Found"),
    _record("revisit", b"HTTP/1.1 200 OK\r\n\r\n"),
    _record("metadata", b"outlink: x\r\n", "application/warc-fields"),
    _record("response", b"20240501\n1 A 192.0.2.1\n", "text/dns"),
    _response(b"<p>last"),
]
INPUTS = [1, 3, 4, 6, 7, 10, 11]
EXPECTED = [b"<p>one", b"<p>two" * 100, b"<p>three", "not_html", "not_ok_status", "not_html", b"<p>last"]


def _packed(name: str, records: list[bytes]) -> bytes:
    """Return an archive in one of the ways in which they are written."""
    if name == "plain":
        return b"".join(records)
    if name == "members":
        return b"".join(gzip.compress(record, mtime=0) for record in records)
    if name == "one_member":
        return gzip.compress(b"".join(records), mtime=0)
    if name == "blocks":  # of 1,000 bytes, as bgzip writes them
        data = b"".join(records)
        return b"".join(gzip.compress(data[at : at + 1000], mtime=0) for at in range(0, len(data), 1000))
    if name == "joined":  # an archive by record, then one that is a single member
        return _packed("members", records[:5]) + _packed("one_member", records[5:])
    return b"".join(gzip.compress(record[:50], mtime=0) + gzip.compress(record[50:], mtime=0) for record in records)


PACKINGS = ["plain", "members", "two_members", "one_member", "blocks", "joined"]


def _write(folder: Path, name: str, records: list[bytes]) -> Path:
    path = folder / ("a.warc" if name == "plain" else "a.warc.gz")
    path.write_bytes(_packed(name, records))
    return path


def _plan(path: Path, max_articles: int = 200, max_bytes: int = 10**9) -> list[Span]:
    return plan_spans(list_files([str(path)]), max_articles, max_bytes)


def _read(path: Path, max_articles: int = 200, max_article_bytes: int = 10_000_000) -> list[Outcome]:
    """Return all outcomes of a file, having checked that they are as many as planned."""
    outcomes = []
    for span in _plan(path, max_articles):
        found = list(read_span(span, {}, Limits(max_article_bytes=max_article_bytes)))
        assert list(span.offsets) == [outcome.source_offset for outcome in found]
        assert span.count == len(found)
        outcomes += found
    return outcomes


def _read_one(folder: Path, record: bytes, max_article_bytes: int = 10_000_000) -> Outcome:
    (outcome,) = _read(_write(folder, "members", [record]), max_article_bytes=max_article_bytes)
    return outcome


def _bodies(outcomes: list[Outcome]) -> list[bytes | str]:
    """Return the bodies, or the reasons for which there are none."""
    return [outcome.body if isinstance(outcome, RawArticle) else str(outcome.reason) for outcome in outcomes]


@pytest.mark.parametrize("name", PACKINGS)
@pytest.mark.parametrize("max_articles", [1, 2, 200])
def test_responses_are_inputs(tmp_path: Path, name: str, max_articles: int) -> None:
    """Responses and stored pages are inputs, whatever the packing and the spans; other records are not."""
    assert EXPECTED == _bodies(_read(_write(tmp_path, name, RECORDS), max_articles))


def test_response_becomes_an_article(tmp_path: Path) -> None:
    """Address, time and encoding come from the headers, the body from HTTP."""
    path = _write(tmp_path, "plain", [RECORDS[1]])
    expected = RawArticle(
        source_kind="warc",
        source_uri=str(path),
        source_offset=0,
        body=b"<p>one",
        media_type="text/html",
        charset="latin-1",
        url="https://example.org/1",
        fetched_at=datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC),
    )
    assert [expected] == _read(path)


@pytest.mark.parametrize("name", ["plain", "members", "two_members"])
def test_offsets_are_bytes_of_the_file(tmp_path: Path, name: str) -> None:
    """An offset is the byte of the file where the record begins."""
    lengths = [len(_packed(name, [record])) for record in RECORDS]
    expected = [sum(lengths[:number]) for number in INPUTS]
    assert expected == [outcome.source_offset for outcome in _read(_write(tmp_path, name, RECORDS), 2)]


def test_offsets_inside_a_member_count_its_records(tmp_path: Path) -> None:
    """A record that does not begin a gzip member has the member's offset and its number there."""
    assert INPUTS == [outcome.source_offset for outcome in _read(_write(tmp_path, "one_member", RECORDS), 2)]
    start = len(_packed("members", RECORDS[:5]))
    offsets = [outcome.source_offset for outcome in _read(_write(tmp_path, "joined", RECORDS), 2)]
    assert [start + 1, start + 2, start + 5, start + 6] == offsets[3:]


@pytest.mark.parametrize("name", ["plain", "members"])
def test_offsets_are_those_of_fastwarc(tmp_path: Path, name: str) -> None:
    """Other tools find the record at its offset."""
    path = _write(tmp_path, name, RECORDS)
    positions = [record.stream_pos for record in ArchiveIterator(io.BytesIO(path.read_bytes()), parse_http=False)]
    assert [positions[number] for number in INPUTS] == [outcome.source_offset for outcome in _read(path)]


@pytest.mark.parametrize("name", PACKINGS)
def test_spans_start_where_one_can_seek(tmp_path: Path, name: str) -> None:
    """A span starts at its first record, or at the last record before it that begins a gzip member."""
    spans = _plan(_write(tmp_path, name, RECORDS), max_articles=2)
    assert [2, 2, 2, 1] == [span.count for span in spans]
    starts = [span.first_offset for span in spans]
    if name in {"one_member", "blocks"}:
        starts = [0] * 4
    elif name == "joined":
        starts[2:] = [len(_packed("members", RECORDS[:5]))] * 2
    assert starts == [span.start for span in spans]


def test_spans_of_one_member_are_larger(tmp_path: Path) -> None:
    """An archive that is one gzip member is read from its first byte for each span, about 64 times at most."""
    path = _write(tmp_path, "one_member", [RECORDS[1]] * 640)
    assert [10] * 64 == [span.count for span in _plan(path, max_articles=1)]
    assert [b"<p>one"] * 640 == _bodies(_read(path, max_articles=1))


def test_many_equal_records_keep_their_offsets_apart(tmp_path: Path) -> None:
    """A member can hold more records than it has bytes; the next member then gets no offset of its own."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(2 * gzip.compress(b"WARC/1.0\nContent-Length: 0\n\n" * 2000 + RECORDS[1], mtime=0))
    assert [b"<p>one"] * 2 == _bodies(_read(path, max_articles=1))
    assert [2000, 4001] == [outcome.source_offset for outcome in _read(path)]


def test_spans_are_cut_by_bytes(tmp_path: Path) -> None:
    """Long records make spans of few records."""
    path = _write(tmp_path, "members", [_response(b"x" * 1000)] * 10)
    assert [4, 4, 2] == [span.count for span in _plan(path, max_bytes=5000)]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"WARC_Date": "2024-05-01T14:00:00.123456+02:00"}, "2024-05-01T12:00:00.123456+00:00"),
        ({"WARC_Date": "2024-05-01T12:00:00"}, "2024-05-01T12:00:00+00:00"),
        ({"WARC_Date": "0001-01-01T00:00:00+05:00"}, None),
        ({"WARC_Date": "yesterday"}, None),
        ({"WARC_Date": ""}, None),
    ],
)
def test_date_is_in_utc_or_none(tmp_path: Path, headers: dict[str, str], expected: str | None) -> None:
    """A date that is wrong is no reason to lose the page."""
    outcome = _read_one(tmp_path, _record("resource", b"<p>", "text/html", **headers))
    assert isinstance(outcome, RawArticle)
    assert expected == (outcome.fetched_at.isoformat() if outcome.fetched_at else None)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("<https://example.org/2>", "https://example.org/2"),
        (" https://example.org/3 ", "https://example.org/3"),
        ("", None),
    ],
)
def test_address_is_cleaned(tmp_path: Path, uri: str, expected: str | None) -> None:
    """The angle brackets of wget are no part of an address."""
    outcome = _read_one(tmp_path, _record("resource", b"<p>", "text/html", WARC_Target_URI=uri))
    assert isinstance(outcome, RawArticle)
    assert expected == outcome.url


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html", None),
        ("Text/HTML;Charset=UTF-8", "UTF-8"),
        ('application/xhtml+xml; charset="koi8-r"; x=y', "koi8-r"),
        ("text/html; charset = 'cp1252'", "cp1252"),
        ("text/html; charset=", None),
    ],
)
def test_encoding_comes_from_the_content_type(tmp_path: Path, content_type: str, charset: str | None) -> None:
    """The charset is taken as it stands, without quotes."""
    outcome = _read_one(tmp_path, _response(b"<p>", headers=f"content-type: {content_type}\r\n"))
    assert isinstance(outcome, RawArticle)
    assert charset == outcome.charset


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (_response(b"<p>", headers=""), "not_html"),
        (_response(b"{}", headers="Content-Type: application/json\r\n"), "not_html"),
        (_response(b"<p>", "301 Moved"), "not_ok_status"),
        (_response(b"<p>", "204 No Content", ""), "not_ok_status"),
        (_response(b"<p>", "200"), b"<p>"),
        (_response(b""), b""),
        (_response(gzip.compress(b"<p>gz"), headers="Content-Type: text/html\r\nContent-Encoding: gzip\r\n"), b"<p>gz"),
        (_response(b"<p>gz", headers="Content-Type: text/html\r\nContent-Encoding: gzip\r\n"), "corrupt"),
        (_record("response", b"no status", "application/http"), "corrupt"),
        (_record("response", b"", "application/http"), "corrupt"),
        (_record("response", b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>lf", "application/http"), b"<p>lf"),
        (_record("response", b"HTTP/1.1 200 OK\r\nContent-Type: text/html", ""), b""),
        (_record("response", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 40_000 + b"\r\n\r\n"), "corrupt"),
        (
            _record(
                "response",
                b"HTTP/1.1 200 OK\r\n\r\n<p>typed",
                "application/http",
                WARC_Identified_Payload_Type="text/html",
            ),
            b"<p>typed",
        ),
        (_response(b"x" * 1001), "too_large"),
        (_response(b"x" * 500_000), "too_large"),
        (_record("resource", b"x" * 1001, "text/html"), "too_large"),
    ],
)
def test_response_is_read_or_has_a_reason(tmp_path: Path, record: bytes, expected: bytes | str) -> None:
    """Each response is an article, skipped, or a dead letter, and the next record is read."""
    path = _write(tmp_path, "members", [record, RECORDS[1]])
    assert [expected, b"<p>one"] == _bodies(_read(path, max_article_bytes=1000))


def test_dead_letter_and_skipped_input_name_the_record(tmp_path: Path) -> None:
    """What can't be used is found again by its offset, and by its address."""
    path = _write(tmp_path, "plain", [_response(b"GIF", headers=""), _response(b"x" * 99)])
    skipped, dead = _read(path, max_article_bytes=50)
    assert isinstance(skipped, SkippedInput)
    assert isinstance(dead, DeadLetter)
    assert (len(_response(b"GIF", headers="")), "https://example.org/1") == (dead.source_offset, dead.url)


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\n\n", b"\r\n\r\n\r\n"])
@pytest.mark.parametrize("name", ["plain", "members", "one_member"])
def test_blank_lines_between_records_may_vary(tmp_path: Path, name: str, end: bytes) -> None:
    """Some writers leave blank lines out, or write more of them."""
    path = _write(tmp_path, name, [record[:-4] + end for record in RECORDS])
    assert EXPECTED == _bodies(_read(path, 3))


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n"])
def test_empty_archive_has_no_inputs(tmp_path: Path, content: bytes) -> None:
    """No records are no damage."""
    for name, packed in (("a.warc", content), ("a.warc.gz", content and gzip.compress(content))):
        (tmp_path / name).write_bytes(packed)
        assert [] == _plan(tmp_path / name)


@pytest.mark.parametrize("name", PACKINGS)
def test_archive_that_is_cut_off_ends_with_one_dead_letter(tmp_path: Path, name: str) -> None:
    """Whole records are read; the one that is cut off is one dead letter, of whatever type it was."""
    path = _write(tmp_path, name, RECORDS)
    whole = path.read_bytes()
    outcomes = _read(path)
    for size in range(1, len(whole), 37):
        path.write_bytes(whole[:size])
        found = _read(path)
        assert outcomes[: len(found) - 1] == found[:-1]
        assert found == _read(path, 2)
        assert isinstance(found[-1], (DeadLetter, SkippedInput, RawArticle))
        if not isinstance(found[-1], DeadLetter):
            assert outcomes[len(found) - 1] == found[-1]


@pytest.mark.parametrize(
    ("record", "detail"),
    [
        (b"garbage\r\n\r\n", "no WARC record begins here"),
        (_response(b"<p>").replace(b"Content-Length: ", b"Content-Length: x"), "does not say how long"),
        (_response(b"<p>").replace(b"Content-Length", b"X"), "does not say how long"),
        (_response(b"<p>").replace(b"Content-Length: ", b"Content-Length: 99999999"), "cut off"),
        (b"WARC/1.0\r\nA: " + b"x" * 40_000 + b"\r\n\r\n", "header is longer"),
        (b"WARC/1.0\r\nWARC-Type: resp", "cut off"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n", "cut off"),
    ],
)
@pytest.mark.parametrize("name", PACKINGS)
def test_record_that_cant_be_read_ends_the_archive(tmp_path: Path, name: str, record: bytes, detail: str) -> None:
    """The rest of the archive is one dead letter at the place where it breaks."""
    path = _write(tmp_path, name, [*RECORDS[:4], record, *RECORDS[6:]])
    for max_articles in (1, 2, 200):
        outcomes = _read(path, max_articles)
        dead = outcomes[-1]
        assert isinstance(dead, DeadLetter)
        assert (EXPECTED[:2], Reason.CORRUPT, True) == (_bodies(outcomes[:-1]), dead.reason, detail in dead.detail)


def test_wrong_checksum_is_damage_of_its_record(tmp_path: Path) -> None:
    """A record counts once the checksum of its member is known to be right."""
    members = [gzip.compress(record, mtime=0) for record in RECORDS[:4]]
    members[3] = members[3][:-8] + b"wrong" + members[3][-3:]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(members))
    outcomes = _read(path)
    assert [b"<p>one", "corrupt"] == _bodies(outcomes)
    assert sum(map(len, members[:3])) == outcomes[-1].source_offset


def test_plain_archive_called_gz_is_one_dead_letter(tmp_path: Path) -> None:
    """The name says how a file is packed."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(_packed("plain", RECORDS))
    assert ["corrupt"] == _bodies(_read(path))


@pytest.mark.parametrize("name", PACKINGS)
def test_archive_that_changed_gives_as_many_outcomes(tmp_path: Path, name: str) -> None:
    """Records that are not where they were are dead letters at their old offsets."""
    path = _write(tmp_path, name, RECORDS)
    spans = _plan(path, max_articles=3)
    _write(tmp_path, name, RECORDS[:2])
    outcomes = [outcome for span in spans for outcome in read_span(span, {}, Limits())]
    assert [offset for span in spans for offset in span.offsets] == [o.source_offset for o in outcomes]
    assert {"changed_input"} == set(_bodies(outcomes[1:])) - {"corrupt"}


@pytest.mark.parametrize("name", PACKINGS)
def test_damaged_archive_never_raises(name: str) -> None:
    """Any damage to an archive: the counts agree, however it is cut."""
    whole = _packed(name, RECORDS)

    @settings(max_examples=80, deadline=None)
    @given(place=st.integers(0, len(whole) - 1), value=st.integers(0, 255), cut=st.booleans())
    def check(place: int, value: int, cut: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / ("a.warc" if name == "plain" else "a.warc.gz")
            path.write_bytes(whole[:place] + (b"" if cut else bytes([value])) + whole[place + 1 :])
            outcomes = _read(path)
            assert outcomes == _read(path, 1)
            assert outcomes == _read(path, 3)

    check()


@pytest.mark.parametrize("headers", [{}, {"WARC_Truncated": "length"}], ids=["whole", "cut off"])
def test_record_that_says_so_is_truncated(tmp_path: Path, headers: dict[str, str]) -> None:
    """An article is truncated if the header of its record says that it was cut off."""
    outcome = _read_one(tmp_path, _record("resource", b"<p>", "text/html", **headers))
    assert isinstance(outcome, RawArticle)
    assert bool(headers) == outcome.is_truncated
