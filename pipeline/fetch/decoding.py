"""Content encodings, taken off piece by piece under a limit."""

import zlib
from collections.abc import Iterator
from typing import Final

from pipeline.fetch.errors import FetchError
from transforms.errors import Reason

MAX_ENCODINGS: Final = 5
"""Encodings upon each other that are accepted; servers send one."""

_STEP_BYTES: Final = 64 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_GZIP_BITS: Final = zlib.MAX_WBITS | 16
_KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate"})
# No encodings: what servers write that mean the charset, or nothing.
_NO_ENCODINGS: Final = frozenset({"", "identity", "none", "utf-8", "utf8", "7bit", "8bit", "binary"})


def parse_encodings(header: str) -> tuple[str, ...]:
    """Return the encodings that a Content-Encoding header names, in the order in which they were put on.

    Raises:
        FetchError: `bad_encoding` for unknown ones and more than 5.

    >>> parse_encodings("gzip, identity")
    ('gzip',)
    """
    names = tuple(name for part in header.lower().split(",") if (name := part.strip()) not in _NO_ENCODINGS)
    if len(names) > MAX_ENCODINGS:
        raise FetchError(Reason.BAD_ENCODING, f"{len(names):,} content encodings upon each other")
    if unknown := [name for name in names if name not in _KNOWN]:
        raise FetchError(Reason.BAD_ENCODING, f"unknown content encoding {unknown[0][:50]!r}")
    return names


class Decoder:
    """Takes off content encodings, and gzip below them that was not declared.

    Args:
        encodings: from `parse_encodings`.
        max_bytes: limit of the result, and of what is between two encodings.
    """

    def __init__(self, encodings: tuple[str, ...], max_bytes: int) -> None:
        self._last = _Undeclared(max_bytes)
        declared = [_Deflate(max_bytes) if name == "deflate" else _Gzip(max_bytes) for name in reversed(encodings)]
        self._layers: list[_Layer] = [*declared, self._last]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data`, the next piece of the encoded content, decodes to.

        Raises:
            FetchError: `bad_encoding` for wrong data, `too_large` beyond the limit.
        """
        yield from _pass(data, self._layers)

    def end(self) -> Iterator[bytes]:
        """Yield what is left once all data was fed.

        Raises:
            FetchError: `incomplete_body` if an encoding has not ended.
        """
        for layer in self._layers:
            layer.check_end()
        yield from filter(None, (self._last.start,))


def _pass(data: bytes, layers: "list[_Layer]") -> Iterator[bytes]:
    if not layers:
        yield data
        return
    for piece in layers[0].feed(data):
        yield from _pass(piece, layers[1:])


class _Inflater:
    """One layer of compression."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes
        self._has_data = False
        self._inflate: zlib._Decompress | None = None

    def _run(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` inflates to in small pieces, up to the end of the compressed data."""
        assert self._inflate is not None
        piece = b""
        # A full piece may leave output within zlib though all input is taken.
        while not self._inflate.eof and (data or len(piece) == _STEP_BYTES):
            try:
                piece = self._inflate.decompress(data, _STEP_BYTES)
            except zlib.error as error:
                raise FetchError(Reason.BAD_ENCODING, f"the content does not decode: {error}") from error
            data = self._inflate.unconsumed_tail
            self._left -= len(piece)
            if self._left < 0:
                raise FetchError(Reason.TOO_LARGE, "the decoded content is larger than the limit")
            yield piece

    def check_end(self) -> None:
        """Refuse data that stops before its end."""
        if self._has_data and (self._inflate is None or not self._inflate.eof):
            raise FetchError(Reason.INCOMPLETE_BODY, "the compressed content stops before its end")


class _Gzip(_Inflater):
    """Gzip of one or more members (RFC 1952); what follows the last member is padding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflate is None:
                self._inflate = zlib.decompressobj(_GZIP_BITS)
            elif self._inflate.eof:
                if not data.startswith(_GZIP_MAGIC[:1]):
                    return
                self._inflate = zlib.decompressobj(_GZIP_BITS)
            self._has_data = True
            yield from self._run(data)
            data = self._inflate.unused_data


class _Deflate(_Inflater):
    """What is called deflate: zlib's format, or without its header, as many servers send it."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._start = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._has_data = True
        if self._inflate is None:
            data = self._start + data
            if len(data) < 2:
                self._start = data
                return
            has_header = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        yield from self._run(data)


class _Undeclared:
    """Gzip that no header declares: a server that sends a stored `.gz` as it is. All else passes.

    Attributes:
        start: bytes that may begin such a file, as long as no more came.
    """

    def __init__(self, max_bytes: int) -> None:
        self.start = b""
        self._gzip = _Gzip(max_bytes)
        self._is_gzip: bool | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._is_gzip is None:
            data = self.start + data
            if len(data) < len(_GZIP_MAGIC) and _GZIP_MAGIC.startswith(data):
                self.start = data
                return
            self.start = b""
            self._is_gzip = data.startswith(_GZIP_MAGIC)
        if self._is_gzip:
            yield from self._gzip.feed(data)
        else:
            yield data

    def check_end(self) -> None:
        """Refuse data that stops before its end."""
        self._gzip.check_end()


_Layer = _Gzip | _Deflate | _Undeclared
