"""Listing: paths, globs, folders and URIs -> the files they name, each once and in order."""

import fnmatch
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from apache_beam.io.filesystem import BeamIOError, FileMetadata
from apache_beam.io.filesystems import FileSystems

from transforms.errors import InputError

UNSUPPORTED: Final = "unsupported"
"""Kind of a file that no source reads."""

_KINDS: Final = {
    ".html": "html",
    ".htm": "html",
    ".html.gz": "html",
    ".htm.gz": "html",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".rdf": "feed",
    ".xml.gz": "feed",
    ".rss.gz": "feed",
    ".atom.gz": "feed",
    ".rdf.gz": "feed",
    ".txt": "text",
    ".txt.gz": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson.gz": "jsonl",
    ".parquet": "parquet",
    ".warc": "warc",
    ".warc.gz": "warc",
}
PIECE_BYTES: Final = 1 << 16
FINGERPRINT_PIECES: Final = 16
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_GLOB: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file of the input.

    Attributes:
        uri: the path as it was given, joined and normalised but not made absolute, or the URI.
        size_bytes: its size.
        kind: `html`, `feed`, `text`, `jsonl`, `parquet`, `warc` or `unsupported`.
        changed_at: when a remote file was written, in seconds since 1970; None for local ones.
    """

    uri: str
    size_bytes: int
    kind: str
    changed_at: float | None = None


def kind_of(uri: str) -> str:
    """Return the kind of a file, by its suffix.

    >>> kind_of("cc-news/2024.WARC.gz"), kind_of("notes.docx")
    ('warc', 'unsupported')
    """
    name = uri.lower()
    return next((kind for suffix, kind in _KINDS.items() if name.endswith(suffix)), UNSUPPORTED)


def list_files(inputs: Sequence[str]) -> list[FoundFile]:
    """Return the files that `inputs` name, sorted by URI, each once.

    Files and folders whose name begins with `.` are passed over in folders and globs.

    Args:
        inputs: paths, globs (`**` too), folders (walked through), or URIs of Beam's filesystems (`gs://`, `s3://`),
            where a folder ends with `/`.

    Raises:
        InputError: an input does not exist, matches nothing, can't be listed, or is of a kind that can't be read.
    """
    found = sorted({file for name in inputs for file in _list_input(name)}, key=lambda file: file.uri)
    once = {_identity(file.uri): file for file in reversed(found)}
    return sorted(once.values(), key=lambda file: file.uri)


def _identity(uri: str) -> str:
    return uri if _SCHEME.match(uri) else os.path.abspath(uri)  # noqa: PTH100 - Path.absolute() keeps `..`


def _list_input(name: str) -> list[FoundFile]:
    if _SCHEME.match(name) and not name.startswith("file://"):
        files = list(_list_remote(name))
    else:
        files = list(_list_local(name.removeprefix("file://")))
    if not files:
        raise InputError(f"{name}: matches no file; correct the path, or remove it from the inputs")
    return files


def _list_local(name: str) -> Iterator[FoundFile]:
    path = Path(os.path.normpath(name))  # Path alone would keep `a/../b`, a second name of the same file
    try:
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield _require_kind(_local_file(path))
        elif path.exists():
            raise InputError(f"{name}: neither a file nor a folder; name a regular file")
        elif _GLOB.search(name):
            yield from _glob(path)
    except OSError as error:
        raise InputError(f"{name}: can't be listed ({error.strerror}); check its permissions") from error


def _require_kind(file: FoundFile) -> FoundFile:
    """Return a file that was named outright, so that passing it over would be a surprise."""
    if file.kind == UNSUPPORTED:
        raise InputError(f"{file.uri}: no source reads this kind of file; it must end in one of {', '.join(_KINDS)}")
    return file


def _local_file(path: Path) -> FoundFile:
    uri = str(path)
    try:
        uri.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{uri!r}: not valid UTF-8, and so can't be written into the output; rename it") from error
    return FoundFile(uri=uri, size_bytes=path.stat().st_size, kind=kind_of(uri))


def _walk(folder: Path) -> Iterator[FoundFile]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        paths = (Path(parent, name) for name in names if not _is_hidden(name))
        yield from (_local_file(path) for path in paths if path.is_file())


def _refuse(error: OSError) -> None:
    """Raise what `os.walk` would ignore: the files of that folder would be lost in silence."""
    raise error


def _glob(pattern: Path) -> Iterator[FoundFile]:
    parts = pattern.parts
    first = next(number for number, part in enumerate(parts) if _GLOB.search(part))
    base = Path(*parts[:first])
    for path in base.glob(str(Path(*parts[first:]))):
        if any(_is_hidden(name, parts[first:]) for name in path.relative_to(base).parts):
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield _local_file(path)


def _is_hidden(name: str, pattern: Sequence[str] = ()) -> bool:
    """Say whether a name is passed over: it begins with `.`, and no part of the pattern says so itself."""
    if not name.startswith("."):
        return False
    return not any(part.startswith(".") and fnmatch.fnmatchcase(name, part) for part in pattern)


def _list_remote(uri: str) -> Iterator[FoundFile]:
    pattern = f"{uri}**" if uri.endswith("/") else uri
    base = pattern[: pattern.rindex("/", 0, _glob_start(pattern)) + 1]
    for found in _match(pattern):
        file = FoundFile(
            uri=found.path,
            size_bytes=found.size_in_bytes,
            kind=kind_of(found.path),
            changed_at=found.last_updated_in_seconds,
        )
        if not _GLOB.search(pattern):
            yield _require_kind(file)
        elif not any(_is_hidden(name, pattern.split("/")) for name in file.uri.removeprefix(base).split("/")):
            yield file


def fingerprint(file: FoundFile) -> str:
    """Return what tells the content of a file from any other of the same size, as far as that can be had cheaply.

    Of a local file up to 1 MiB all is read, of a larger one 16 pieces from its first byte to its last; that notices any
    change of a compressed one, whose last bytes are a check sum. Of a remote file it is the time when it was written.
    A file that can't be read has none: that comes to light when it is its turn.
    """
    if file.changed_at is not None:
        return str(file.changed_at)
    steps = -(-file.size_bytes // PIECE_BYTES)
    last = max(0, file.size_bytes - PIECE_BYTES)
    count = min(steps, FINGERPRINT_PIECES)
    content = hashlib.blake2b(digest_size=16)
    try:
        with Path(file.uri).open("rb") as stored:
            for number in range(count):
                stored.seek(last * number // max(1, count - 1))
                content.update(stored.read(PIECE_BYTES))
    except OSError:
        return ""
    return content.hexdigest()


def _glob_start(pattern: str) -> int:
    glob = _GLOB.search(pattern)
    return glob.start() if glob else len(pattern)


def _match(pattern: str) -> list[FileMetadata]:
    try:
        (result,) = FileSystems.match([pattern])
    except BeamIOError as error:
        raise InputError(f"{pattern}: can't be listed, check the address and your credentials: {error}") from error
    except ValueError as error:
        raise InputError(
            f"{pattern}: no filesystem for this address; install newsbeam[gcp] for gs:// or newsbeam[aws] for s3://,"
            " or copy the files to a local folder"
        ) from error
    return result.metadata_list
