"""Bodies of HTTP responses: chunks, codings, and what is cut off."""

import gzip
import io
import tracemalloc
import zlib

import brotli  # type: ignore[import-untyped]
import pytest
from fastwarc.stream_io import ZstdWriter
from fastwarc.warc import HeaderMap

from pipeline.sources.http_payload import decode_payload, join_chunks
from transforms.errors import ArticleError, Reason

BODY = b"<p>a coup that failed" * 20


def _headers(**values: str) -> HeaderMap:
    headers = HeaderMap()
    for name, value in values.items():
        headers.append(name.replace("_", "-"), value)
    return headers


class _OpenBuffer(io.BytesIO):
    """A buffer that outlives its writer."""

    def close(self) -> None:
        pass


def _zstd(data: bytes) -> bytes:
    buffer = _OpenBuffer()
    writer = ZstdWriter(buffer)
    writer.write(data)
    writer.close()
    return buffer.getvalue()


def _bare_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


def _chunked(data: bytes, size: int) -> bytes:
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZip": gzip.compress,
    "br": brotli.compress,
    "zstd": _zstd,
    "deflate": zlib.compress,
    " Deflate ": _bare_deflate,
    "identity": bytes,
    "": bytes,
    "identity, ": bytes,
}


@pytest.mark.parametrize("coding", CODINGS)
def test_codings_are_undone(coding: str) -> None:
    """A body is decoded by the name of its coding, in any case; in chunks as well."""
    payload = CODINGS[coding](BODY)
    assert BODY == decode_payload(payload, _headers(content_encoding=coding), 1000)
    headers = _headers(content_encoding=coding, transfer_encoding="Chunked")
    assert BODY == decode_payload(_chunked(payload, 7), headers, 1000)


def test_codings_are_undone_from_the_last() -> None:
    """Two codings are undone in the opposite order, whether in one header or two."""
    payload = brotli.compress(gzip.compress(BODY))
    assert BODY == decode_payload(payload, _headers(content_encoding="gzip, br"), 1000)
    assert BODY == decode_payload(payload, _headers(content_encoding="gzip", Content_Encoding="br"), 1000)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", " Deflate "])
def test_body_that_is_cut_off_is_corrupt(coding: str) -> None:
    """Half a page is never given, nor is what was stored decoded under the old header."""
    payload = CODINGS[coding](BODY)
    for wrong in [payload[:size] for size in range(1, len(payload))] + [b"<html>plain"]:
        with pytest.raises(ArticleError) as caught:
            decode_payload(wrong, _headers(content_encoding=coding), 1000)
        assert Reason.CORRUPT == caught.value.reason


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", " Deflate ", ""])
def test_limit_is_the_largest_body(coding: str) -> None:
    """A body of the limit is read, one byte more is too large."""
    payload = CODINGS[coding](BODY)
    assert BODY == decode_payload(payload, _headers(content_encoding=coding), len(BODY))
    with pytest.raises(ArticleError) as caught:
        decode_payload(payload, _headers(content_encoding=coding), len(BODY) - 1)
    assert Reason.TOO_LARGE == caught.value.reason


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_bomb_is_not_inflated(coding: str) -> None:
    """Memory stays near the limit, however much a body would inflate to."""
    bomb = CODINGS[coding](bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(ArticleError) as caught:
        decode_payload(bomb, _headers(content_encoding=coding), 10_000)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert Reason.TOO_LARGE == caught.value.reason
    assert peak_bytes < 2_000_000


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip, gzip, gzip"])
def test_unknown_codings_are_corrupt(coding: str) -> None:
    """A coding that nobody sends can't be undone."""
    with pytest.raises(ArticleError) as caught:
        decode_payload(b"x", _headers(content_encoding=coding), 1000)
    assert Reason.CORRUPT == caught.value.reason


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_nothing_is_nothing_in_any_coding(coding: str) -> None:
    """A response without a body is empty, not damaged."""
    assert b"" == decode_payload(b"", _headers(content_encoding=coding), 1000)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"0\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5\nhello\n0\n\n", b"hello"),
        (b"5;name=value\r\nhello\r\n6 \r\n world\r\n0\r\nTrailer: x\r\n\r\n", b"hello world"),
        (b"A\r\n\r\n\r\n\r\n\r\n\r\n0\r\n", b"\r\n" * 5),
        (b"5\r\nhello\r\n0\r\n", b"hello"),
        (b"", b""),
        (b"<p>stored without chunks", b"<p>stored without chunks"),
    ],
)
def test_chunks_are_joined(payload: bytes, expected: bytes) -> None:
    """Chunks may have extensions and trailers; a body without them stays as it is."""
    assert expected == join_chunks(payload)


@pytest.mark.parametrize(
    "payload", [b"5\r\nhel", b"5\r\nhello\r\n", b"5\r\nhello", b"5\r\nhello\r\n?\r\n", b"ffffffff\r\nx"]
)
def test_chunks_without_an_end_are_corrupt(payload: bytes) -> None:
    """The last chunk has no bytes; without it the body is cut off."""
    with pytest.raises(ArticleError) as caught:
        join_chunks(payload)
    assert Reason.CORRUPT == caught.value.reason
