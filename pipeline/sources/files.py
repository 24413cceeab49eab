"""Bytes of stored files: opened wherever they lie, inflated with an eye on damage and size."""

import io
import zlib
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, Final

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from fastwarc.stream_io import WarcReader

from pipeline.sources.spans import Limits, Span, dead_letter
from transforms.errors import ArticleError, Reason
from transforms.records import DeadLetter

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE_BYTES: Final = 1 << 16
"""How much is read at a time where the size is unknown."""


def open_file(uri: str) -> BinaryIO:
    """Return the stored bytes of a file, local or not; an OSError says that it can't be read."""
    # By name `.gz` Beam would inflate, and accept a file that is cut off.
    return FileSystems.open(uri, compression_type=CompressionTypes.UNCOMPRESSED)


def is_gzipped(uri: str) -> bool:
    """Say whether a file is compressed, by its name."""
    return uri.lower().endswith(".gz")


def read_at_most(stream: io.BufferedIOBase | BinaryIO | WarcReader, max_bytes: int) -> bytes:
    """Return what is left of `stream`.

    Raises:
        ArticleError: `too_large` if that is more than `max_bytes`.
    """
    body = stream.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise ArticleError(Reason.TOO_LARGE, f"more than the limit of {max_bytes} bytes")
    return body


def gunzip(data: bytes, max_bytes: int) -> bytes:
    """Return gzip data inflated.

    Raises:
        ArticleError: `corrupt` if the data is damaged or cut off, `too_large` if it inflates to more than `max_bytes`.
    """
    return read_at_most(buffered(GunzipReader(io.BytesIO(data))), max_bytes)


def read_body(span: Span, limits: Limits) -> bytes | DeadLetter:
    """Return what a file of one article holds, inflated, or the dead letter if it can't be used."""
    with open_file(span.uri) as stored:
        stream = buffered(GunzipReader(stored)) if is_gzipped(span.uri) else stored
        try:
            return read_at_most(stream, limits.max_article_bytes)
        except ArticleError as error:
            return dead_letter(span, span.first_offset, error.reason, error.detail)


class GunzipReader(io.RawIOBase):
    """Inflates the gzip members that follow each other from where `file` stands.

    All that can be inflated before damage is given before the ArticleError is raised, whatever the sizes of the reads:
    who plans a file and who reads it see the same. The last byte of a member comes once its checksum is known to be
    right: who has read the whole member has read it undamaged.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._taken = file.tell()
        self._given = 0
        self._input = b""
        self._pending = b""
        self._held = b""
        self._inflater: zlib._Decompress | None = None
        self._is_full = False
        self._damage: ArticleError | None = None
        # Where members begin, here and in `file`. A reader looks up what it has just read, never further back.
        self._members: deque[tuple[int, int]] = deque(maxlen=2 * PIECE_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        if not self._pending:
            self._pending = self._next_piece()
        size = min(len(view), len(self._pending))
        view[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def member_at(self, position: int) -> int | None:
        """Return the byte of `file` at which the member begins whose first inflated byte is `position`, if one does.

        Positions that are asked for must ascend.
        """
        while self._members and self._members[0][0] < position:
            self._members.popleft()
        # A member may be empty: then several begin at one position.
        return next((start for begin, start in reversed(self._members) if begin == position), None)

    def _next_piece(self) -> bytes:
        """Return the next inflated bytes, none at the end of the file."""
        while self._damage is None:
            if self._inflater is None and not self._begin_member():
                return b""
            if piece := self._inflate():
                self._given += len(piece)
                return piece
        raise self._damage

    def _fill(self) -> None:
        if not self._input:
            self._input = self._file.read(PIECE_BYTES)
            self._taken += len(self._input)

    def _begin_member(self) -> bool:
        self._fill()
        while self._members and self._input.startswith(b"\0"):  # tapes and some tools pad the end of a file
            self._input = self._input.lstrip(b"\0")
            self._fill()
        if self._input:
            self._inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            self._members.append((self._given, self._taken - len(self._input)))
        return bool(self._input)

    def _inflate(self) -> bytes:
        inflater = self._inflater
        if inflater is None:
            raise ValueError("no member has begun")
        if not self._is_full:
            self._fill()
            if not self._input:
                self._damage = ArticleError(Reason.CORRUPT, "the gzip data is cut off")
                return b""
        before = inflater.copy()
        try:
            piece = inflater.decompress(self._input, PIECE_BYTES)
        except zlib.error as error:
            self._damage = ArticleError(Reason.CORRUPT, f"the gzip data is damaged: {error}")
            piece = _inflate_to_damage(before, self._input)
        return self._hold_back(piece, inflater)

    def _hold_back(self, piece: bytes, inflater: "zlib._Decompress") -> bytes:
        piece = self._held + piece
        if inflater.eof:
            self._input, self._inflater, self._held, self._is_full = inflater.unused_data, None, b"", False
            return piece
        self._input = inflater.unconsumed_tail
        # A full piece may leave inflated bytes inside zlib though all of the input is used up.
        self._is_full = len(piece) - len(self._held) == PIECE_BYTES
        self._held = piece[-1:]
        return piece[:-1]


def _inflate_to_damage(inflater: "zlib._Decompress", data: bytes) -> bytes:
    """Return what comes before the first wrong byte; zlib itself gives nothing of a call that fails."""
    pieces = []
    try:
        for number in range(len(data)):
            pieces.append(inflater.decompress(data[number : number + 1]))  # noqa: PERF401 - keeps what came before
    except zlib.error:
        pass
    return b"".join(pieces)


def buffered(reader: GunzipReader) -> io.BufferedReader:
    """Return `reader` with `readline` and reads of any size."""
    return io.BufferedReader(reader, PIECE_BYTES)
