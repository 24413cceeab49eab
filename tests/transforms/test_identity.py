"""Identity: what makes two articles the same, and that it stays so from release to release."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.identity import HASH_CHARS, article_id, content_hash, hash_fields, version_id

TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
FIELDS = st.lists(TEXTS, max_size=4) | st.lists(st.sampled_from(["", "1", "1:", "1:1", "11:"]), max_size=4)


@given(FIELDS)
def test_a_hash_is_128_bits_in_hex(fields: list[str]) -> None:
    """Any fields give 32 lower-case hex digits."""
    digits = hash_fields(*fields)

    assert len(digits) == HASH_CHARS
    assert set(digits) <= set(string.hexdigits.lower())


@given(FIELDS, FIELDS)
def test_a_hash_stands_for_its_fields(one: list[str], other: list[str]) -> None:
    """Two lists of fields hash alike if and only if they are the same, wherever their borders are."""
    assert (one == other) == (hash_fields(*one) == hash_fields(*other))


@pytest.mark.parametrize(
    ("fields", "framed"),
    [
        ((), b""),
        (("",), b"0:"),
        (("ab", "c"), b"2:ab1:c"),
        (("été",), b"5:\xc3\xa9t\xc3\xa9"),
    ],
)
def test_a_hash_is_sha_256_of_framed_fields(fields: tuple[str, ...], framed: bytes) -> None:
    """Each field is framed by its length in bytes; others can compute the same ids."""
    assert hashlib.sha256(framed).hexdigest()[:32] == hash_fields(*fields)


def test_ids_never_change() -> None:
    """The ids of written rows stay valid: a release that changes one would write all articles again."""
    content = content_hash("Coup fails", None, "A coup that failed.")
    by_url = article_id("https://news.example/coup", "urn:1", content)

    expected = {
        "content": "38a92a13e9f9f5009040578fff909c67",
        "url": "93c59f8f1a213221b6544364e943b41f",
        "guid": "d3e08356b56079ab1107cd8253304a04",
        "neither": "41a016143ad4f4565bd580d0fd0628f1",
        "version": "8f8b97ff49e66f2c572583e4a5080b6d",
    }

    assert expected == {
        "content": content,
        "url": by_url,
        "guid": article_id(None, "urn:1", content),
        "neither": article_id(None, None, content),
        "version": version_id(by_url, content),
    }


@given(url=TEXTS, guid=TEXTS, content=TEXTS, other=TEXTS)
def test_the_url_decides_first(url: str, guid: str, content: str, other: str) -> None:
    """Where there is a URL nothing else decides, then the publisher's identifier, then the content."""
    if url:
        assert article_id(url, guid, content) == article_id(url, None, other)
    if guid:
        assert article_id(None, guid, content) == article_id("", guid, other)
    assert (content == other) == (article_id(None, None, content) == article_id("", "", other))


@given(TEXTS)
def test_ids_of_different_sorts_differ(same: str) -> None:
    """A URL, an identifier and a content that read the same are three articles."""
    ids = {article_id(same or "a", None, ""), article_id(None, same or "a", ""), article_id(None, None, same or "a")}

    assert len(ids) == 3


@given(
    one=st.tuples(TEXTS, TEXTS, TEXTS),
    other=st.tuples(TEXTS, TEXTS, TEXTS),
)
def test_content_is_title_description_and_text(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """Contents hash alike if and only if all three parts are the same."""
    assert (one == other) == (content_hash(*one) == content_hash(*other))


def test_no_title_is_an_empty_title() -> None:
    """A title that is missing and one without characters say the same."""
    assert content_hash(None, None, "A coup.") == content_hash("", "", "A coup.")


@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
def test_a_version_is_an_article_and_a_content(one: tuple[str, str], other: tuple[str, str]) -> None:
    """An article that changes has a new version, and equal contents of two articles are two versions."""
    assert (one == other) == (version_id(*one) == version_id(*other))
