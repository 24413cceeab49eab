"""Records of WARC archives: found one after the other, each known to be whole before it counts.

fastwarc parses their headers but does not find them: it takes a record that is cut off for whole, and gives all records
of an archive that is one gzip member the same position.
"""

import datetime
import io
import re
from collections.abc import Callable
from typing import BinaryIO, Final

from fastwarc.warc import HeaderMap

from pipeline.sources.files import PIECE_BYTES, GunzipReader, buffered
from transforms.errors import ArticleError, Reason

MAX_HEAD_BYTES: Final = 32_000
"""Longest header; fastwarc parses no longer one."""

_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})


class DamageError(Exception):
    """The archive can't be read on."""


class Tape:
    """The bytes of an archive, read forward from where `file` stands, and the place of the current record.

    Attributes:
        offset: `source_offset` of the current record, also if it is damaged: its first byte in the file. One that lies
            inside a gzip member has no byte of its own: it takes the next number after the record before it.
        start: where reading can start in order to reach it: the last record that has a byte of its own.
    """

    def __init__(self, file: BinaryIO, *, gzipped: bool) -> None:
        self._first = file.tell()
        self._gunzip = GunzipReader(file) if gzipped else None
        self._stream: BinaryIO | io.BufferedReader = buffered(self._gunzip) if self._gunzip else file
        self._taken = 0
        self._pushed_back = b""
        self.offset = self._first - 1
        self.start = self._first

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes of a record."""
        data = self._take(self._stream.read, size)
        if len(data) < size:
            raise DamageError("a record is cut off")
        return data

    def readline(self, max_bytes: int = MAX_HEAD_BYTES) -> bytes:
        """Return the next line, none at the end of the archive."""
        if not self._pushed_back:
            return self._take(self._stream.readline, max_bytes)
        line, self._pushed_back = self._pushed_back, b""
        self._taken += len(line)
        return line

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            data = read(size)
        except ArticleError as error:
            raise DamageError(error.detail) from error
        self._taken += len(data)
        return data

    def skip_blank_line(self) -> bool:
        """Pass over the next line if it is blank, and say whether it was."""
        line = self.readline()
        if line.strip(b"\r\n"):
            self._pushed_back = line
            self._taken -= len(line)
            return False
        return bool(line)

    def begin_record(self) -> bool:
        """Go to the next record; False at the end of the archive."""
        position = self._taken
        try:
            while self.skip_blank_line():
                position = self._taken
        finally:  # the place where it breaks is asked for too
            self._locate(position)
        return bool(self._pushed_back)

    def _locate(self, position: int) -> None:
        byte = self._gunzip.member_at(position) if self._gunzip else self._first + position
        if byte is not None and byte > self.offset:
            self.offset = self.start = byte
        else:
            self.offset += 1


class Record:
    """A record that is being read.

    Attributes:
        headers: of WARC.
        size_bytes: of its content.
        remaining: bytes of the content that were not read yet.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.headers = _parse_warc_head(tape)
        lengths = self.headers.get_multiple("Content-Length")
        if len(lengths) != 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
            raise DamageError("a record does not say how long it is")
        if len(self.headers.get_multiple("WARC-Type")) > 1:  # half a header, and the next record's
            raise DamageError("the header of a record is cut off")
        self.size_bytes = self.remaining = int(lengths[0])

    def read(self, max_bytes: int) -> bytes:
        """Return up to `max_bytes` of the content."""
        data = self._tape.read(min(max_bytes, self.remaining))
        self.remaining -= len(data)
        return data

    def readline(self) -> bytes:
        """Return the next line of the content, none at its end."""
        if not self.remaining:
            return b""
        line = self._tape.readline(min(MAX_HEAD_BYTES, self.remaining))
        if not line:
            raise DamageError("a record is cut off")
        self.remaining -= len(line)
        return line

    def finish(self) -> None:
        """Pass over what is left of the record, so that it is known to be whole."""
        while self.remaining:
            self.read(PIECE_BYTES)
        # Two blank lines end a record; some writers leave them out.
        if self._tape.skip_blank_line():
            self._tape.skip_blank_line()

    @property
    def is_response(self) -> bool:
        """Whether it is what a server answered."""
        return self._kind == "response"

    @property
    def is_input(self) -> bool:
        """Whether it may hold an article: a response, or a page that was stored without one."""
        return self.is_response or (self._kind == "resource" and is_html(self.headers.get("Content-Type")))

    @property
    def _kind(self) -> str:
        return (self.headers.get("WARC-Type") or "").strip().lower()

    @property
    def is_http(self) -> bool:
        """Whether its content is an HTTP message; names that were looked up are stored as responses too."""
        return _media_type(self.headers.get("Content-Type") or "application/http") == "application/http"

    @property
    def url(self) -> str | None:
        """Address of what was fetched; wget puts it in angle brackets."""
        return (self.headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">") or None

    @property
    def fetched_at(self) -> datetime.datetime | None:
        """When it was fetched, in UTC; None if the date is not valid."""
        try:
            date = datetime.datetime.fromisoformat(self.headers.get("WARC-Date") or "")
            return date.replace(tzinfo=datetime.UTC) if date.tzinfo is None else date.astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            return None


def _parse_warc_head(tape: Tape) -> HeaderMap:
    def readline() -> bytes:
        line = tape.readline()
        if not line or line.startswith(b"WARC/"):  # a crawler that was killed went on after half a header
            raise DamageError("the header of a record is cut off")
        return line

    if not tape.readline().startswith(b"WARC/"):
        raise DamageError("no WARC record begins here")
    try:
        return parse_head(readline, has_status_line=False)
    except ArticleError as error:
        raise DamageError(error.detail) from error


def parse_head(readline: Callable[[], bytes], *, has_status_line: bool = True) -> HeaderMap:
    """Return the header that ends with a blank line.

    Raises:
        ArticleError: `corrupt` if it is too long.
    """
    head = bytearray()
    while line := readline().strip(b"\r\n"):
        head += line + b"\r\n"
        if len(head) > MAX_HEAD_BYTES:
            raise ArticleError(Reason.CORRUPT, f"a header is longer than {MAX_HEAD_BYTES} bytes")
    headers = HeaderMap()
    headers.parse(io.BytesIO(head + b"\r\n"), has_status_line)
    return headers


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_html(content_type: str | None) -> bool:
    """Say whether a Content-Type header names a page.

    >>> is_html("Text/HTML; charset=utf-8"), is_html(None)
    (True, False)
    """
    return _media_type(content_type or "") in _HTML_TYPES
