"""Bodies of stored HTTP responses, as they were sent -> as they were meant."""

import io
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from fastwarc.stream_io import BrotliReader, ZstdReader
from fastwarc.warc import HeaderMap

from pipeline.sources.files import gunzip, read_at_most
from transforms.errors import ArticleError, Reason

MAX_ENCODINGS: Final = 3
"""Content codings upon each other; servers send one."""

_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def decode_payload(payload: bytes, headers: HeaderMap, max_bytes: int) -> bytes:
    """Return the body of a response without its transfer and content codings.

    Raises:
        ArticleError: `corrupt` if the payload is cut off or not encoded as its headers say, `too_large` if the body has
            more than `max_bytes`.
    """
    if "chunked" in _values(headers, "Transfer-Encoding"):
        payload = join_chunks(payload)
    encodings = [encoding for encoding in _values(headers, "Content-Encoding") if encoding != "identity"]
    if len(encodings) > MAX_ENCODINGS:
        raise ArticleError(Reason.CORRUPT, f"{len(encodings)} content codings upon each other")
    for encoding in reversed(encodings):
        if encoding not in _DECODERS:
            raise ArticleError(Reason.CORRUPT, f"unknown content coding {encoding!r}")
        payload = _DECODERS[encoding](payload, max_bytes) if payload else payload
    if len(payload) > max_bytes:
        raise ArticleError(Reason.TOO_LARGE, f"{len(payload)} bytes, the limit is {max_bytes}")
    return payload


def _values(headers: HeaderMap, name: str) -> list[str]:
    values = ",".join(headers.get_multiple(name)).lower().split(",")
    return [value.strip() for value in values if value.strip()]


def join_chunks(payload: bytes) -> bytes:
    r"""Return what is sent in chunks.

    Some crawlers store the joined body and keep the header: a payload without chunks stays as it is.

    Raises:
        ArticleError: `corrupt` if the last chunk is missing.

    >>> join_chunks(b"6\r\na coup\r\n0\r\n\r\n")
    b'a coup'
    """
    if not _CHUNK.match(payload):
        return payload
    chunks: list[bytes] = []
    position = 0
    while chunk := _CHUNK.match(payload, position):
        size = int(chunk[1], 16)
        if not size:
            return b"".join(chunks)
        chunks.append(payload[chunk.end() : chunk.end() + size])
        position = chunk.end() + size
        position += len(payload[position : position + 2]) - len(payload[position : position + 2].lstrip(b"\r\n"))
    raise ArticleError(Reason.CORRUPT, "the chunks of the HTTP body are cut off or damaged")


def _inflate(payload: bytes, max_bytes: int) -> bytes:
    # "deflate" means zlib's format; many servers send the bare data instead.
    for window_bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflater = zlib.decompressobj(window_bits)
        try:
            body = inflater.decompress(payload, max_bytes + 1)
        except zlib.error:
            continue
        if inflater.eof or len(body) > max_bytes:
            return body
    raise ArticleError(Reason.CORRUPT, "the HTTP body is not whole deflate data")


def _read_brotli(payload: bytes, max_bytes: int) -> bytes:
    try:
        return read_at_most(BrotliReader(io.BytesIO(payload)), max_bytes)
    except OSError as error:
        raise ArticleError(Reason.CORRUPT, f"the HTTP body is not whole Brotli data: {error}") from error


def _read_zstd(payload: bytes, max_bytes: int) -> bytes:
    try:
        return read_at_most(ZstdReader(io.BytesIO(payload)), max_bytes)
    except OSError as error:
        raise ArticleError(Reason.CORRUPT, f"the HTTP body is not whole Zstandard data: {error}") from error


_DECODERS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": _inflate,
    "br": _read_brotli,
    "zstd": _read_zstd,
}
