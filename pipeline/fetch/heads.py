"""Heads of HTTP answers as servers send them: what stands before the final one or is no header is passed over."""

import io
import re
from collections.abc import Iterable, Iterator
from http.client import HTTPException, HTTPResponse, LineTooLong
from typing import Final

MAX_INTERIM: Final = 20
"""Interim answers (RFC 9110, 15.2), such as 103 Early Hints, that may come before the final one."""

MAX_HEADERS: Final = 100
_MAX_LINE_BYTES: Final = 65_536
_SWITCHING_PROTOCOLS: Final = 101
_HEADER: Final = re.compile(rb"(?P<name>[!-9;-~]+)[ \t]*:(?P<value>.*)", re.DOTALL)


class HeadReader(io.BufferedReader):
    """A reader of a connection that takes back lines of a head.

    Args:
        raw: the connection.
        buffer_bytes: read ahead.
    """

    def __init__(self, raw: io.RawIOBase, buffer_bytes: int) -> None:
        super().__init__(raw, buffer_bytes)
        self._returned: list[bytes] = []

    def unread_lines(self, lines: Iterable[bytes]) -> None:
        """Have `lines` be read before all else."""
        self._returned = [*lines, *self._returned]

    def readline(self, size: int | None = -1) -> bytes:
        """Return the next line, those that were taken back first."""
        return self._returned.pop(0) if self._returned else super().readline(size)


class FinalResponse(HTTPResponse):
    """An answer whose head is read as browsers read it; its connection is read by a `HeadReader`.

    Interim answers go. A line that is no header goes alone: the standard library would take all that follow it for
    content, and lose how that is framed.
    """

    def _read_status(self) -> tuple[str, int, str]:
        # The standard library's `begin` calls this, and then reads the headers; it knows the status 100 only.
        assert isinstance(self.fp, HeadReader)
        for _ in range(MAX_INTERIM + 1):
            status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            lines = _read_lines(self.fp)
            if not 100 <= status[1] < 200 or status[1] == _SWITCHING_PROTOCOLS:
                self.fp.unread_lines(_mend_lines(lines))
                return status
        raise HTTPException(f"more than {MAX_INTERIM} interim answers")


def _read_lines(reader: HeadReader) -> list[bytes]:
    """Return the lines of a head up to the empty one that ends it, or the end of the connection."""
    lines: list[bytes] = []
    while len(lines) <= MAX_HEADERS:
        line = reader.readline(_MAX_LINE_BYTES + 1)
        if len(line) > _MAX_LINE_BYTES:
            raise LineTooLong("header line")
        lines.append(line)
        if line in (b"\r\n", b"\n", b""):
            return lines
    raise HTTPException(f"got more than {MAX_HEADERS} headers")


def _mend_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    r"""Yield the lines that are headers, or go on one, in the form that the standard library reads.

    >>> list(_mend_lines([b"A : b\r\n", b"Set Cookie: c\r\n", b" more\r\n", b"D: e\rf\r\n", b"\r\n"]))
    [b'A: b\r\n', b'D: e f\r\n', b'\r\n']
    """
    is_kept = False
    for line in lines:
        text = line.rstrip(b"\r\n").replace(b"\r", b" ")
        if not text:
            yield line
        elif text[:1] in (b" ", b"\t"):
            if is_kept:
                yield text + b"\r\n"
        else:
            header = _HEADER.fullmatch(text)
            is_kept = header is not None
            if header is not None:
                yield header["name"] + b":" + header["value"] + b"\r\n"
