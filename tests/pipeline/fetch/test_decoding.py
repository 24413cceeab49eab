"""Tests of content encodings."""

import gzip
import random
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch.decoding import MAX_ENCODINGS, Decoder, parse_encodings
from pipeline.fetch.errors import FetchError
from transforms.errors import Reason

LIMIT = 1_000_000


def deflate(data: bytes, window_bits: int) -> bytes:
    """Return `data` deflated, with zlib's header or (negative bits) without."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, window_bits)
    return compressor.compress(data) + compressor.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "deflate": lambda data: deflate(data, zlib.MAX_WBITS),
    "raw": lambda data: deflate(data, -zlib.MAX_WBITS),
}


def decode(data: bytes, encodings: Sequence[str] = (), step: int = 7, max_bytes: int = LIMIT) -> bytes:
    """Return `data` decoded, fed in steps of so many bytes."""
    decoder = Decoder(tuple(encodings), max_bytes)
    pieces = [piece for start in range(0, len(data), step) for piece in decoder.feed(data[start : start + step])]
    return b"".join([*pieces, *decoder.end()])


def reason_of(data: bytes, *encodings: str, max_bytes: int = LIMIT) -> Reason:
    """Return why `data` does not decode."""
    with pytest.raises(FetchError) as caught:
        decode(data, encodings, max_bytes=max_bytes)
    return caught.value.reason


@given(
    st.binary(max_size=400),
    st.lists(st.sampled_from(sorted(ENCODERS)), min_size=1, max_size=MAX_ENCODINGS),
    st.integers(min_value=1, max_value=600),
)
def test_encodings_come_off_whatever_the_pieces(body: bytes, names: list[str], step: int) -> None:
    """What was encoded, in whatever layers, decodes to itself in whatever pieces it comes."""
    data = body
    for name in names:
        data = ENCODERS[name](data)
    assert body == decode(data, [name.replace("raw", "deflate") for name in names], step)


@given(st.binary(max_size=400), st.sampled_from(["gzip", "deflate"]), st.integers(min_value=1, max_value=50))
def test_a_stored_gzip_that_is_encoded_once_more_comes_off(body: bytes, name: str, step: int) -> None:
    """Servers encode the `.gz` files that they hold; the inner one is not declared."""
    assert body == decode(ENCODERS[name](gzip.compress(body)), [name], step)


@given(st.binary(min_size=1, max_size=400), st.integers(min_value=1, max_value=50))
def test_other_content_stays_as_it_is(body: bytes, step: int) -> None:
    """Content without encodings is not touched, unless it begins as gzip does."""
    if not body.startswith(b"\x1f\x8b\x08"):
        assert body == decode(body, (), step)


@given(st.binary(max_size=400), st.integers(min_value=1, max_value=50))
def test_undeclared_gzip_is_unpacked(body: bytes, step: int) -> None:
    """A stored .gz that is sent as it is becomes its content."""
    assert body == decode(gzip.compress(body), (), step)


@given(st.binary(min_size=200, max_size=400), st.data())
def test_a_cut_is_noticed(body: bytes, data: st.DataObject) -> None:
    """Wherever encoded content is cut, it is never taken for whole."""
    name = data.draw(st.sampled_from(sorted(ENCODERS)))
    encoded = ENCODERS[name](body)
    cut = encoded[: data.draw(st.integers(min_value=1, max_value=len(encoded) - 1))]
    assert Reason.INCOMPLETE_BODY == reason_of(cut, name.replace("raw", "deflate"))


def test_wrong_data_is_refused() -> None:
    """Content that is not encoded as declared, or damaged, is named so."""
    packed = bytearray(gzip.compress(random.Random(1).randbytes(5_000)))
    packed[-6] ^= 255  # the checksum
    assert Reason.BAD_ENCODING == reason_of(bytes(packed), "gzip")
    assert Reason.BAD_ENCODING == reason_of(b"<p>plain</p>", "gzip")


def test_several_members_are_one_content_and_padding_is_none() -> None:
    """Gzip members are joined; bytes behind the last one are left out."""
    assert b"ab" == decode(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0\0", ["gzip"])


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_bombs_stop_at_the_limit(layers: int) -> None:
    """Content that unpacks to more than the limit is refused, also when an inner layer does it."""
    data = bytes(50_000_000)
    for _ in range(layers):
        data = gzip.compress(data)
    assert Reason.TOO_LARGE == reason_of(data, *["gzip"] * layers)


def test_a_bomb_between_two_layers_stops_at_the_limit() -> None:
    """A layer that unpacks to much, of which the next one makes nothing, is refused."""
    header_with_endless_name = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"a" * 5_000_000
    assert Reason.TOO_LARGE == reason_of(gzip.compress(header_with_endless_name), "gzip", "gzip")


@pytest.mark.parametrize("header", ["xyz", "br", "gzip, zstd", ", ".join(["gzip"] * (MAX_ENCODINGS + 1))])
def test_unknown_and_too_many_encodings_are_refused(header: str) -> None:
    """Encodings that newsbeam did not ask for are named, not guessed."""
    with pytest.raises(FetchError) as caught:
        parse_encodings(header)
    assert Reason.BAD_ENCODING == caught.value.reason
