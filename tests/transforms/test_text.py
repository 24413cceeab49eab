"""Text: validity, words, paragraphs and decoding."""

import gzip
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import ArticleError, Reason
from transforms.text import count_words, decode_text, paragraphs, valid_line, valid_text

ODD_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=()),  # lone surrogates too
        st.sampled_from("\r\n\t\v\f\0\x1b\x1c\x1f\x85\x92\xa0\xad\u0301\u200b\u200d\u2028\u202f\ufeff\uffff e"),
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain\ttext\nof two lines", "plain\ttext\nof two lines", id="valid"),
        pytest.param("e\u0301te\u0301", "été", id="nfc"),
        pytest.param("one\r\ntwo\rthree", "one\ntwo\nthree", id="cr"),
        pytest.param("1\u20282\u20293\x854\v5\f6", "1\n2\n3\n4\n5\n6", id="unicode line ends"),
        pytest.param("nul\0 bell\a delete\x7f escape\x1b", "nul bell delete escape", id="controls"),
        pytest.param("don\x92t \x93quote\x94 \x81", "don\u2019t “quote”", id="windows-1252 taken for Latin-1"),
        pytest.param("left\x1fright", "left right", id="unit separator"),
        pytest.param("a\ud800b", "a\ufffdb", id="lone surrogate"),
        pytest.param("\ud83d\ude00", "😀", id="surrogate pair"),
        pytest.param("\ufeffzero\u200bwidth soft\xadhyphen", "zerowidth softhyphen", id="invisible breaks"),
        pytest.param("👩\u200d🚀 \u0645\u06cc\u200c\u062e", "👩\u200d🚀 \u0645\u06cc\u200c\u062e", id="joiners stay"),
        pytest.param("Pourquoi\xa0?\xa0\n\xa0Parce que\xa0!", "Pourquoi\xa0?\nParce que\xa0!", id="no-break space"),
        pytest.param("end \t\n  indent", "end\n  indent", id="space before a line end"),
        pytest.param("\n \n text\n\n", " text", id="outer blank lines"),
        pytest.param("", "", id="empty"),
    ],
)
def test_valid_text_is_what_readers_can_take(text: str, expected: str) -> None:
    """Line ends are one, and what can't be seen or stored is gone."""
    assert expected == valid_text(text)


@given(ODD_TEXT)
def test_valid_text_is_valid(text: str) -> None:
    """Any string becomes one that is in NFC, that UTF-8 can hold, and that stays as it is."""
    valid = valid_text(text)

    assert valid == valid_text(valid)
    assert valid == unicodedata.normalize("NFC", valid)
    assert valid == valid.encode("utf-8").decode("utf-8")
    assert {"\t", "\n"} >= {character for character in valid if unicodedata.category(character) == "Cc"}
    assert all(line == line.rstrip() and not line.startswith("\xa0") for line in valid.split("\n"))


@pytest.mark.parametrize("marks", ["\u0301\u0316" * 20_000, "\u0344" * 100, "\u0301" * 31])
def test_valid_text_breaks_runs_of_marks(marks: str) -> None:
    """A text of nothing but accents takes no time to speak of, and stays as it is after that."""
    valid = valid_text("a" + marks)

    assert "\u034f" in valid
    assert valid == valid_text(valid) == unicodedata.normalize("NFC", valid)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"])))
def test_valid_text_keeps_the_words(text: str) -> None:
    """What is made of letters, digits, punctuation and spaces keeps its words."""
    assert unicodedata.normalize("NFC", text).split() == valid_text(text).split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  A coup\r\n\tthat\xa0failed ", "A coup that failed"),
        ("\u200b \n", None),
        ("", None),
        (None, None),
    ],
)
def test_valid_line_is_one_line_or_none(text: str | None, expected: str | None) -> None:
    """White space is squeezed, and nothing is None."""
    assert expected == valid_line(text)


@given(ODD_TEXT)
def test_valid_line_is_valid(text: str) -> None:
    """Any string becomes None or one line that stays as it is."""
    line = valid_line(text)

    assert line == valid_line(line)
    assert line is None or line.split() == line.split(" ")


@pytest.mark.parametrize(("text", "expected"), [("", 0), (" \n", 0), ("one", 1), ("l'été\xa0! 2 x", 4)])
def test_count_words_splits_at_white_space(text: str, expected: int) -> None:
    """A word is what white space separates."""
    assert expected == count_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("one", ("one",)),
        ("one\ntwo", ("one\ntwo",)),
        ("\n\n one \n \n\n\ttwo\nlines\n\n", ("one", "two\nlines")),
    ],
)
def test_paragraphs_are_split_by_blank_lines(text: str, expected: tuple[str, ...]) -> None:
    """A blank line, or more of them, ends a paragraph; a line end does not."""
    assert expected == paragraphs(text)


FRENCH = "Le préfet a jugé l\u2019été « très sec », a-t-il dit à la presse. Où sont passées les réserves d\u2019eau ?"
SPANISH = "El Gobierno aprobó ayer el presupuesto, que prevé más gastos en educación. El déficit no bajará este año."
POLISH = "Rząd zapowiedział wczoraj nowe środki dla powodzian, choć opozycja uważa, że to za mało i za późno."
RUSSIAN = "Правительство вчера утвердило новый бюджет, в котором предусмотрены расходы на образование."
JAPANESE = "政府は昨日、教育と保健への支出を増やす新しい予算案を承認した。野党は赤字が大きすぎると批判している。"
CHINESE = "政府昨天通过了新的预算案\uff0c其中包括增加教育和卫生支出。反对派表示\uff0c赤字太大。"
KOREAN = "정부는 어제 교육과 보건에 대한 지출을 늘리는 새 예산안을 승인했다. 야당은 적자가 너무 크다고 비판했다."


@pytest.mark.parametrize(
    ("text", "codec", "charset"),
    [
        pytest.param(FRENCH, "utf-8", None, id="nothing declared"),
        pytest.param(FRENCH, "utf-8", "utf-8", id="utf-8"),
        pytest.param(FRENCH, "utf-8", "no-such-charset", id="unknown label"),
        pytest.param(FRENCH, "utf-8", "\0", id="no label at all"),
        pytest.param(FRENCH, "utf-8", "iso-8859-1", id="utf-8 beats a single-byte charset"),
        pytest.param(FRENCH, "utf-8", "utf-16", id="utf-16 without a NUL is not utf-16"),
        pytest.param(FRENCH, "utf-8-sig", "windows-1251", id="utf-8 mark beats all"),
        pytest.param(FRENCH, "utf-16", None, id="utf-16 mark"),
        pytest.param(FRENCH, "utf-32", "utf-8", id="utf-32 mark"),
        pytest.param(FRENCH, "utf-16-le", "UTF-16", id="utf-16 is little-endian"),
        pytest.param(FRENCH, "utf-16-be", "utf-16be", id="utf-16be"),
        pytest.param(FRENCH, "cp1252", " ISO-8859-1 ", id="iso-8859-1 is windows-1252"),
        pytest.param(FRENCH, "cp1252", "utf-8", id="wrong utf-8"),
        pytest.param(RUSSIAN, "koi8-r", "koi8-r", id="koi8-r"),
        pytest.param(JAPANESE, "iso2022_jp", "iso-2022-jp", id="iso-2022-jp"),
        pytest.param(JAPANESE, "cp932", "x-sjis", id="x-sjis"),
        pytest.param(CHINESE, "gb18030", "gb2312", id="gb2312 is gb18030"),
        pytest.param(SPANISH, "cp1252", None, id="detected windows-1252"),
        pytest.param(FRENCH, "cp1252", None, id="detected windows-1252 again"),
        pytest.param(POLISH, "cp1250", None, id="detected windows-1250"),
        pytest.param(RUSSIAN, "cp1251", None, id="detected windows-1251"),
        pytest.param(RUSSIAN, "koi8-r", None, id="detected koi8-r"),
        pytest.param(JAPANESE, "cp932", None, id="detected shift-jis"),
        pytest.param(JAPANESE, "euc_jp", None, id="detected euc-jp"),
        pytest.param(CHINESE, "gb18030", None, id="detected gb18030"),
        pytest.param(KOREAN, "cp949", None, id="detected euc-kr"),
    ],
)
def test_decode_text_finds_the_encoding(text: str, codec: str, charset: str | None) -> None:
    """The characters come back from a mark, from a label as browsers read it, from UTF-8, or from detection."""
    assert text == decode_text(text.encode(codec), charset)


def test_decode_text_bears_a_broken_byte() -> None:
    """One bad byte in a long UTF-8 text does not make all of it another encoding."""
    body = (FRENCH * 5).encode() + b"\xe9\n" + (FRENCH * 5).encode()

    expected = FRENCH * 5 + "\ufffd\n" + FRENCH * 5

    assert expected == decode_text(body, "utf-8")


def test_decode_text_ends_with_windows_1252() -> None:
    """Bytes of which nothing else makes sense are windows-1252."""
    expected = "café"

    assert expected == decode_text(b"caf\xe9", None)


def test_decode_text_bears_a_stray_nul() -> None:
    """A NUL at the end of a text does not make it binary."""
    body = b"A coup that failed.\0"

    assert body.decode() == decode_text(body, "utf-8")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t ",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf \n",
        b"\0",
        " \n\xa0\u200b".encode(),
        " \n".encode("utf-16"),
        b"\x1b",
    ],
)
def test_decode_text_refuses_white_space(body: bytes) -> None:
    """Nothing to see is an empty input."""
    with pytest.raises(ArticleError, match=Reason.EMPTY_INPUT):
        decode_text(body, None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"%PDF-1.7\n" + b"1 0 obj\n" * 20, id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"IHDR" * 20, id="png"),
        pytest.param(b"\xff\xd8\xff\xe0JFIF" + b"a" * 99, id="jpeg"),
        pytest.param(gzip.compress(b"A coup that failed.", mtime=0), id="gzip"),
        pytest.param(b"PK\x03\x04word/document.xml", id="zip"),
        pytest.param(b"RIFF\x0a\x00\x00\x00WEBPVP8 ", id="webp"),
        pytest.param(bytes(range(256)) * 4, id="all bytes"),
        pytest.param(b"\0\0text" * 100, id="many NULs"),
        pytest.param(b"\xff\xfe" + b"\x00\xd8a\x00" * 100, id="not the utf-16 that its mark says"),
        pytest.param(b"\xfe\xff" + b"\x00\x01" * 100, id="utf-16 controls"),
    ],
)
@pytest.mark.parametrize("charset", [None, "utf-8", "windows-1252", "utf-16"])
def test_decode_text_refuses_binary_data(body: bytes, charset: str | None) -> None:
    """Known formats and many control characters are no text, whatever their label."""
    with pytest.raises(ArticleError, match=Reason.BINARY_INPUT):
        decode_text(body, charset)


CHARSETS = st.one_of(
    st.none(),
    st.sampled_from(["utf-8", "latin1", "utf-16", "big5", "iso-2022-jp", "utf-7", "rot13", "hex", "idna", "x-"]),
    st.text(max_size=10),
)


@given(
    st.one_of(
        st.binary(),
        st.builds(bytes.__add__, st.sampled_from([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x80abc"]), st.binary()),
        st.builds(str.encode, st.text(min_size=1), st.sampled_from(["utf-8", "utf-16", "utf-32"])),
    ),
    CHARSETS,
)
def test_decode_text_gives_text_or_a_reason(body: bytes, charset: str | None) -> None:
    """Any bytes with any label become visible text, or an error with one of two reasons."""
    reason = None
    try:
        text = decode_text(body, charset)
    except ArticleError as error:
        text, reason = "", error.reason

    assert text.strip() or reason in (Reason.EMPTY_INPUT, Reason.BINARY_INPUT)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1))
def test_decode_text_reads_utf_8(text: str) -> None:
    """Text in UTF-8 comes back, declared or not."""
    assert text == decode_text(text.encode(), None) == decode_text(text.encode(), "utf-8")


def test_a_page_may_state_its_own_charset() -> None:
    """What is not UTF-8 is read by the charset that the page states in a `meta` element, read as browsers do."""
    page = "<html><meta charset=gb2312><title>城市新闻</title><p>市议会昨天通过了新的预算。</p></html>"

    assert page == decode_text(page.encode("gb18030"), None)


def test_control_characters_do_not_make_a_page_binary() -> None:
    """Valid UTF-8 with a few percent of control characters is still a text; random bytes are not."""
    page = "<p>The council of the city voted for it.\x01\x02\x08</p>" * 10

    assert page == decode_text(page.encode(), None)
    with pytest.raises(ArticleError, match="binary_input"):
        decode_text(bytes(range(1, 256)) * 4, None)
