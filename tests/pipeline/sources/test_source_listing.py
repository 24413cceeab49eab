"""What `list_files` finds, under which name, in which order, and what it refuses."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from apache_beam.io.filesystem import CompressionTypes, FileMetadata, FileSystem

from pipeline.sources.listing import FINGERPRINT_PIECES, PIECE_BYTES, FoundFile, fingerprint, kind_of, list_files
from transforms.errors import InputError


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of stored articles that lies in the working folder."""
    for name in (
        "a.html",
        "notes.docx",
        "_SUCCESS",
        ".hidden.html",
        "2024/b.txt.gz",
        "2024/05/c.jsonl",
        "2024/_tmp/d.html",
        ".cache/e.html",
    ):
        path = tmp_path / "archive" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "archive"


def _uris(*inputs: str) -> list[str]:
    return [file.uri for file in list_files(inputs)]


WHOLE_ARCHIVE = [
    "archive/2024/05/c.jsonl",
    "archive/2024/_tmp/d.html",
    "archive/2024/b.txt.gz",
    "archive/_SUCCESS",
    "archive/a.html",
    "archive/notes.docx",
]


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("a.html", "html"),
        ("a.HTM", "html"),
        ("a.htm.gz", "html"),
        ("a.html.gz", "html"),
        ("a.txt", "text"),
        ("a.txt.gz", "text"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson.gz", "jsonl"),
        ("a.parquet", "parquet"),
        ("a.parquet.gz", "unsupported"),
        ("a.warc", "warc"),
        ("a.warc.gz", "warc"),
        ("a.gz", "unsupported"),
        ("html", "unsupported"),
        ("gs://bucket/a.warc.gz", "warc"),
    ],
)
def test_kind_comes_from_the_suffix(uri: str, kind: str) -> None:
    """The suffix alone, in any case, says what a file is."""
    assert kind == kind_of(uri)


@pytest.mark.usefixtures("archive")
def test_found_files_have_their_path_as_given_and_their_size() -> None:
    """A relative input gives relative paths."""
    assert [FoundFile(uri="archive/a.html", size_bytes=6, kind="html")] == list_files(["./archive//a.html"])


def test_absolute_inputs_give_absolute_paths(archive: Path) -> None:
    """An absolute input gives absolute paths, also as a `file:` URI."""
    expected = [str(archive / "a.html")]
    assert expected == _uris(str(archive / "a.html"))
    assert expected == _uris(f"file://{archive}/a.html")


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize("name", ["archive", "archive/", "archive/**", "archive/*", "archive/../archive"])
def test_folders_are_walked_without_hidden_names(name: str) -> None:
    """A folder gives what lies below it, but nothing whose name or folder begins with `.` or `_`."""
    assert WHOLE_ARCHIVE == _uris(name)


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("archive/*.html", ["archive/a.html"]),
        ("archive/**/*.jsonl", ["archive/2024/05/c.jsonl"]),
        ("archive/202?/[ab].*", ["archive/2024/b.txt.gz"]),
        ("archive/.*.html", ["archive/.hidden.html"]),
        ("archive/2024/_tmp/*", ["archive/2024/_tmp/d.html"]),
        ("archive/*/_*/*.html", ["archive/2024/_tmp/d.html"]),
        ("./archive/../archive/*.html", ["archive/a.html"]),
    ],
)
def test_globs_find_what_they_name(pattern: str, expected: list[str]) -> None:
    """A pattern finds hidden names only if it spells out their first character."""
    assert expected == _uris(pattern)


@pytest.mark.usefixtures("archive")
def test_order_of_inputs_does_not_matter() -> None:
    """Overlapping inputs give each file once, sorted, whatever their order."""
    inputs = ["archive/2024", "archive/*.html", "archive", "archive/a.html"]
    assert WHOLE_ARCHIVE == _uris(*inputs)
    assert WHOLE_ARCHIVE == _uris(*reversed(inputs))


def test_file_under_two_names_is_listed_once(archive: Path) -> None:
    """A file that is named by its relative and its absolute path is one file."""
    assert [str(archive / "a.html")] == _uris(str(archive / "a.html"), "archive/a.html")
    assert [str(archive / "a.html")] == _uris("archive/a.html", str(archive / "a.html"))


def test_name_with_glob_characters_is_a_file_if_it_exists(tmp_path: Path) -> None:
    """A name that exists is no pattern."""
    path = tmp_path / "a[1].html"
    path.write_bytes(b"x")
    assert [str(path)] == _uris(str(path))


def test_folder_may_be_linked(archive: Path, tmp_path: Path) -> None:
    """A link to a folder is walked, and a loop of links does no harm."""
    (tmp_path / "link").symlink_to(archive / "2024")
    (archive / "2024" / "loop").symlink_to(archive)
    assert ["link/05/c.jsonl", "link/_tmp/d.html", "link/b.txt.gz"] == _uris("link")


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("archive/notes.docx", "no source reads this kind of file"),
        ("archive/gone.html", "matches no file"),
        ("archive/*.warc", "matches no file"),
        ("archive/.cache/**/*.txt", "matches no file"),
        ("ftp://example.org/a.html", "no filesystem for this address"),
        ("gs://bucket/a.html", r"newsbeam\[gcp\]"),
    ],
)
def test_useless_inputs_are_refused(name: str, message: str) -> None:
    """The error names the input and what to do."""
    with pytest.raises(InputError, match=message) as caught:
        list_files([name])
    assert name in str(caught.value)


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    """A folder without files is an error, not an empty run."""
    with pytest.raises(InputError, match="matches no file"):
        list_files([str(tmp_path)])


def test_pipe_is_refused(tmp_path: Path) -> None:
    """What is no regular file would be read for ever."""
    os.mkfifo(tmp_path / "a.html")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        list_files([str(tmp_path / "a.html")])


def test_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """A name that can't be written into the output is refused when it is listed."""
    path = os.fsencode(tmp_path) + b"/caf\xe9.html"
    with open(path, "wb"):  # noqa: PTH123 - Path takes no bytes
        pass
    with pytest.raises(InputError, match="not valid UTF-8"):
        list_files([str(tmp_path)])


def test_folder_that_cant_be_read_is_refused(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is an error: its files would be lost in silence."""
    scandir = os.scandir

    def refuse(path: str) -> Any:  # noqa: ANN401 - what os.scandir returns
        if str(path).endswith("2024"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        list_files([str(archive)])


class _ShelfFileSystem(FileSystem):
    """A filesystem of `shelf://` addresses, standing in for a bucket."""

    names = ("shelf://b/2024/a.html", "shelf://b/2024/_tmp/b.html", "shelf://b/2024/c.docx", "shelf://b/d.txt")

    @classmethod
    def scheme(cls) -> str:
        return "shelf"

    def has_dirs(self) -> bool:
        return False

    def exists(self, path: str) -> bool:
        return path in self.names

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(path))

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        if dir_or_prefix.startswith("shelf://closed"):
            raise OSError("no credentials")
        return (self.metadata(name) for name in self.names if name.startswith(dir_or_prefix))

    def open(
        self, path: str, mime_type: str = "", compression_type: str = CompressionTypes.AUTO
    ) -> BinaryIO:  # pragma: no cover
        raise NotImplementedError

    create = join = split = mkdirs = copy = rename = size = last_updated = checksum = delete = open  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("shelf://b/2024/", ["shelf://b/2024/_tmp/b.html", "shelf://b/2024/a.html", "shelf://b/2024/c.docx"]),
        ("shelf://b/**.html", ["shelf://b/2024/_tmp/b.html", "shelf://b/2024/a.html"]),
        ("shelf://b/*", ["shelf://b/d.txt"]),
        ("shelf://b/2024/_tmp/*.html", ["shelf://b/2024/_tmp/b.html"]),
        ("shelf://b/d.txt", ["shelf://b/d.txt"]),
    ],
)
def test_addresses_are_listed_by_beam(uri: str, expected: list[str]) -> None:
    """Files, patterns and folders of a filesystem of Beam are found as local ones are."""
    assert expected == _uris(uri)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("shelf://b/2024/c.docx", "no source reads"),
        ("shelf://b/gone.html", "matches no file"),
        ("shelf://closed/*", "no credentials"),
    ],
)
def test_useless_addresses_are_refused(uri: str, message: str) -> None:
    """An address that can't be used is an InputError too."""
    with pytest.raises(InputError, match=message):
        list_files([uri])


@pytest.mark.parametrize("size", [1, PIECE_BYTES, PIECE_BYTES + 1, FINGERPRINT_PIECES * PIECE_BYTES])
def test_a_fingerprint_tells_all_contents_of_a_small_file(tmp_path: Path, size: int) -> None:
    """One other byte gives another fingerprint, wherever it is; the same bytes give the same."""
    path = tmp_path / "a.html"
    found = set()
    for place in {0, size // 3, size // 2, max(0, size - PIECE_BYTES - 1), size - 1}:
        for byte in (b"x", b"y"):
            path.write_bytes(b"x" * place + byte + b"x" * (size - place - 1))
            (file,) = list_files([str(path)])
            found.add((place if byte == b"y" else -1, fingerprint(file)))

    assert len(found) == len(dict(found)) == len({mark for _, mark in found})


def test_a_fingerprint_reads_little_of_a_large_file(tmp_path: Path) -> None:
    """Its first and last bytes count, and 16 pieces in all."""
    path = tmp_path / "a.warc.gz"
    size = 40 * FINGERPRINT_PIECES * PIECE_BYTES
    found = []
    for place in (None, 0, size - 1, 7 * PIECE_BYTES):
        with path.open("wb") as file:
            file.truncate(size)
            if place is not None:
                file.seek(place)
                file.write(b"y")
        found.append(fingerprint(list_files([str(path)])[0]))

    assert found[0] == found[3]
    assert 3 == len(set(found))


def test_a_fingerprint_of_a_file_that_is_gone_or_remote() -> None:
    """What can't be read has none; what lies elsewhere is told by the time when it was written."""
    gone = FoundFile(uri="gone.html", size_bytes=6, kind="html")
    remote = FoundFile(uri="gs://archive/a.html", size_bytes=6, kind="html", changed_at=1_700_000_000.5)

    assert ("", "1700000000.5") == (fingerprint(gone), fingerprint(remote))
