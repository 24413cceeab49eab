"""Inflating: whole files, several members, damage, bombs."""

import gzip
import io
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.files import GunzipReader, buffered, gunzip, is_gzipped, open_file
from transforms.errors import ArticleError, Reason


def _read_to_damage(data: bytes, start: int = 0, piece: int = 1) -> tuple[bytes, str | None]:
    """Return all that a reader gives from `start` on, and the damage it ends with."""
    file = io.BytesIO(data)
    file.seek(start)
    stream = buffered(GunzipReader(file))
    given: list[bytes] = []
    try:
        while data := stream.read1(piece):
            given.append(data)
    except ArticleError as error:
        return b"".join(given), error.detail
    return b"".join(given), None


def test_gz_is_told_by_the_name() -> None:
    """The suffix says whether a file is compressed."""
    assert [True, True, False] == [is_gzipped(name) for name in ("a.html.gz", "A.GZ", "a.html")]


def test_stored_bytes_are_not_inflated_by_beam(tmp_path: Path) -> None:
    """The bytes of a `.gz` file come as they are stored."""
    path = tmp_path / "a.html.gz"
    path.write_bytes(b"not gzip")
    with open_file(str(path)) as file:
        assert b"not gzip" == file.read()


@given(parts=st.lists(st.binary(max_size=300), max_size=5), padding=st.integers(0, 600))
def test_members_are_joined(parts: list[bytes], padding: int) -> None:
    """Members follow each other, empty ones too, and zeros after the last are padding."""
    data = b"".join(gzip.compress(part) for part in parts)
    assert b"".join(parts) == gunzip(data + bytes(padding if parts else 0), 10_000)


def test_nothing_inflates_to_nothing() -> None:
    """No bytes are no members."""
    assert b"" == gunzip(b"", 10)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 65_538, 131_072, 300_000])
def test_sizes_around_a_piece(size: int) -> None:
    """Sizes at the edges of the internal pieces lose nothing."""
    data = b"ab" * (size // 2) + b"c" * (size % 2)
    assert data == gunzip(gzip.compress(data), size)
    with pytest.raises(ArticleError, match="limit"):
        gunzip(gzip.compress(data + b"d"), size)


@pytest.mark.parametrize("cut", range(1, 38))
def test_cut_data_is_corrupt(cut: int) -> None:
    """Data without its end is never taken for whole."""
    data = gzip.compress(b"a coup that failed")
    with pytest.raises(ArticleError) as caught:
        gunzip(data[:-cut], 1000)
    assert Reason.CORRUPT == caught.value.reason


@pytest.mark.parametrize("data", [b"<html>", b"\0\0\0", gzip.compress(b"x") + b"rest", b"\x1f\x8b"])
def test_what_is_not_gzip_is_corrupt(data: bytes) -> None:
    """Plain bytes, zeros and trailing bytes are damage."""
    with pytest.raises(ArticleError) as caught:
        gunzip(data, 1000)
    assert Reason.CORRUPT == caught.value.reason


def test_bomb_is_not_inflated() -> None:
    """Memory stays near the limit, however much the data would inflate to."""
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    with pytest.raises(ArticleError) as caught:
        gunzip(bomb, 100_000)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert Reason.TOO_LARGE == caught.value.reason
    assert peak_bytes < 2_000_000


@given(
    body=st.binary(min_size=1, max_size=400),
    wrong=st.integers(0, 10_000),
    bit=st.integers(0, 7),
    level=st.sampled_from([0, 1, 9]),
)
def test_damage_shows_at_the_same_byte_from_any_start(body: bytes, wrong: int, bit: int, level: int) -> None:
    """What is given before damage depends neither on the sizes of reads nor on where reading began."""
    before = gzip.compress(b"before" * 20_000, 0, mtime=0)
    member = bytearray(gzip.compress(body * 300, level, mtime=0))
    member[wrong % len(member)] ^= 1 << bit
    alone, damage = _read_to_damage(bytes(member))
    joined, joined_damage = _read_to_damage(before + bytes(member), piece=70_000)
    assert (b"before" * 20_000 + alone, damage) == (joined, joined_damage)
    assert (alone, damage) == _read_to_damage(before + bytes(member), start=len(before), piece=1000)


def test_last_byte_waits_for_the_checksum() -> None:
    """Who has read all of a member knows that its checksum is right."""
    data = bytearray(gzip.compress(b"a coup that failed"))
    data[-8] ^= 1
    assert (b"a coup that faile", True) == (
        _read_to_damage(bytes(data))[0],
        _read_to_damage(bytes(data))[1] is not None,
    )


def test_members_are_found_at_their_first_byte() -> None:
    """A member is found by its place in the inflated data, the last one where others are empty."""
    members = [gzip.compress(part) for part in (b"one", b"", b"two", b"three")]
    starts = [sum(map(len, members[:number])) for number in range(4)]
    reader = GunzipReader(io.BytesIO(b"".join(members)))
    assert b"onetwothree" == reader.readall()
    assert [starts[0], None, starts[2], starts[3], None] == [reader.member_at(place) for place in (0, 1, 3, 6, 7)]


def test_data_that_ends_with_a_full_piece_is_whole() -> None:
    """Bytes that zlib still holds when all its input is used up are not lost."""
    for size in range(65_530, 65_800, 30):
        data = gzip.compress(b"\0" * size)
        assert (size, None) == (len(_read_to_damage(data, piece=65_536)[0]), _read_to_damage(data, piece=9)[1])
    assert zlib.crc32(b"\0" * 10**6) == zlib.crc32(gunzip(gzip.compress(b"\0" * 10**6), 10**6))
