"""Files of one article: pages and texts."""

import gzip
from pathlib import Path

import pytest

from pipeline.sources import Limits, list_files, plan_spans, read_span
from pipeline.sources.spans import Outcome
from transforms.errors import Reason
from transforms.records import DeadLetter, RawArticle, SkippedInput


def _read(path: Path, max_article_bytes: int = 10_000_000) -> Outcome:
    """Return the only outcome of a file."""
    (span,) = plan_spans(list_files([str(path.parent)]), 200, 10**6)
    (outcome,) = read_span(span, {}, Limits(max_article_bytes=max_article_bytes))
    return outcome


def _reason(outcome: Outcome) -> Reason | None:
    return outcome.reason if isinstance(outcome, DeadLetter) else None


@pytest.mark.parametrize(
    ("name", "kind", "media_type"),
    [
        ("a.html", "html", "text/html"),
        ("a.htm.gz", "html", "text/html"),
        ("a.txt", "text", "text/plain"),
        ("a.txt.gz", "text", "text/plain"),
    ],
)
def test_file_is_one_article(tmp_path: Path, name: str, kind: str, media_type: str) -> None:
    """The body is the bytes of the file, inflated, with no claim about its encoding."""
    body = b"<p>caf\xe9"
    path = tmp_path / name
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    expected = RawArticle(source_kind=kind, source_uri=str(path), body=body, media_type=media_type)  # type: ignore[arg-type]
    assert expected == _read(path)


def test_file_of_several_members_is_one_article(tmp_path: Path) -> None:
    """A page may be stored in several gzip members."""
    path = tmp_path / "a.html.gz"
    path.write_bytes(gzip.compress(b"<p>one") + gzip.compress(b"<p>two"))
    outcome = _read(path)
    assert isinstance(outcome, RawArticle)
    assert b"<p>one<p>two" == outcome.body


def test_empty_file_is_an_empty_article(tmp_path: Path) -> None:
    """That there is nothing in it is for a later step to say."""
    path = tmp_path / "a.html"
    path.touch()
    outcome = _read(path)
    assert isinstance(outcome, RawArticle)
    assert b"" == outcome.body


@pytest.mark.parametrize("name", ["a.html", "a.html.gz", "a.txt"])
def test_article_over_the_limit_is_a_dead_letter(tmp_path: Path, name: str) -> None:
    """The limit is the largest body that is read."""
    path = tmp_path / name
    for size, reason in ((1000, None), (1001, Reason.TOO_LARGE), (10_000_000, Reason.TOO_LARGE)):
        path.write_bytes(gzip.compress(bytes(size)) if name.endswith(".gz") else bytes(size))
        assert reason == _reason(_read(path, max_article_bytes=1000))


@pytest.mark.parametrize("name", ["a.html.gz", "a.txt.gz"])
@pytest.mark.parametrize("data", [gzip.compress(b"<p>one" * 99)[:-9], b"<p>plain", gzip.compress(b"x") + b"?"])
def test_damaged_file_is_a_dead_letter(tmp_path: Path, name: str, data: bytes) -> None:
    """Half an article is never given."""
    path = tmp_path / name
    path.write_bytes(data)
    assert Reason.CORRUPT == _reason(_read(path))


def test_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    """A file that vanishes after it was listed is one dead letter that may be tried again."""
    path = tmp_path / "a.html"
    path.touch()
    spans = plan_spans(list_files([str(path)]), 200, 10**6)
    path.unlink()
    expected = DeadLetter(
        stage="read",
        reason=Reason.UNREADABLE,
        detail="No such file or directory",
        source_kind="html",
        source_uri=str(path),
        source_offset=0,
    )
    assert [expected] == list(read_span(spans[0], {}, Limits()))


def test_other_files_are_skipped(tmp_path: Path) -> None:
    """A file that no source reads is counted, not opened."""
    path = tmp_path / "a.docx"
    path.touch()
    expected = SkippedInput(reason="unsupported_file", source_kind="unsupported", source_uri=str(path), source_offset=0)
    assert expected == _read(path)
