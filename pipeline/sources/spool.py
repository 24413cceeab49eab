"""The spool: articles as they were fetched, one JSON object a line, kept until the run commits.

The fetching of a run appends to it, the run's shards read from it. A line that was cut by a crash is dropped when the
run is taken up again.
"""

import base64
import dataclasses
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pydantic

from pipeline.sources.spans import Span
from transforms.errors import OutputError
from transforms.records import RawArticle

SPOOL: Final = "spool"
"""Kind of a span of spooled articles."""

MAX_FILE_ARTICLES: Final = 100
MAX_FILE_BYTES: Final = 32_000_000

_RAW_ARTICLE: Final = pydantic.TypeAdapter(RawArticle)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """One line.

    Attributes:
        article: what was fetched.
        key: names the entry or page in the state.
        fingerprint: of the entry's version.
        attempts: how often it has been tried, this time included.
    """

    article: RawArticle
    key: str
    fingerprint: str
    attempts: int


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no place in the spool for {type(value).__name__}")


def _format_line(spooled: Spooled) -> bytes:
    fields: dict[str, Any] = dataclasses.asdict(spooled)
    fields["article"]["body"] = base64.b64encode(spooled.article.body).decode()
    return json.dumps(fields, default=_plain).encode() + b"\n"


def parse_line(line: bytes) -> Spooled:
    """Return what a line of the spool holds.

    Raises:
        ValueError: it is no such line.
    """
    try:
        fields = json.loads(line)
        fields["article"]["body"] = base64.b64decode(fields["article"]["body"])
        return Spooled(**(fields | {"article": _RAW_ARTICLE.validate_python(fields["article"])}))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no line of a spool: {error!r}") from error


class SpoolWriter:
    """Appends to the files of a spool; each line is with the system when `append` returns.

    Args:
        folder: of the spool; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._number = len(list(folder.glob("*.jsonl")))
        self._articles = self._bytes = 0
        self._path: Path | None = None

    def append(self, spooled: Spooled) -> None:
        """Write one article."""
        line = _format_line(spooled)
        is_full = self._articles >= MAX_FILE_ARTICLES or self._bytes + len(line) > MAX_FILE_BYTES
        if self._path is None or (is_full and self._articles):
            self._path = self._folder / f"{self._number:06d}.jsonl"
            self._number += 1
            self._articles = self._bytes = 0
        with self._path.open("ab", buffering=0) as file:
            file.write(line)
        self._articles += 1
        self._bytes += len(line)


def sync_spool(folder: Path) -> None:
    """Have a spool on disk, before anything on disk says that it is complete."""
    for path in (*folder.glob("*.jsonl"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_whole_lines(folder: Path) -> Iterator[Spooled]:
    """Yield the articles of a spool; cut off each file where a crash left a line half written or damaged."""
    for path in sorted(folder.glob("*.jsonl")):
        whole = 0
        with path.open("rb") as lines:
            for line in lines:
                try:
                    spooled = parse_line(line)
                except ValueError:
                    break
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield spooled
        if whole < path.stat().st_size:
            with path.open("ab") as file:
                file.truncate(whole)


def plan_spool(folder: Path, max_articles: int) -> list[Span]:
    """Return the spans that hold all articles of a spool; `start` is a byte offset, `first_offset` a line number."""
    spans = []
    for path in sorted(folder.glob("*.jsonl")):
        start = number = size = count = 0
        first = 0
        with path.open("rb") as lines:
            for line in lines:
                size, count, number = size + len(line), count + 1, number + 1
                if count == max_articles:
                    spans.append(_span(path, start, first, count))
                    start, first, count = size, number, 0
        if count:
            spans.append(_span(path, start, first, count))
    return spans


def _span(path: Path, start: int, first: int, count: int) -> Span:
    size_bytes = path.stat().st_size
    return Span(kind=SPOOL, uri=str(path), size_bytes=size_bytes, start=start, first_offset=first, count=count)


def read_spool(span: Span) -> Iterator[RawArticle]:
    """Yield the articles of a span.

    Raises:
        OutputError: the spool is not as it was planned.
    """
    with Path(span.uri).open("rb") as lines:
        lines.seek(span.start)
        for _ in range(span.count):
            line = lines.readline()
            if not line.endswith(b"\n"):
                raise OutputError(f"{span.uri}: was cut while the run was going on; run the same command to go on")
            yield parse_line(line).article
