"""Valid text: from bytes of any encoding to characters that every reader of the output can take."""

import codecs
import re
import unicodedata

import charset_normalizer

from transforms.errors import ArticleError, Reason

# All that Unicode, or `str.splitlines`, ends a line with.
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls, invisible breaks (zero-width space, soft hyphen, word joiner, byte order mark) and two code points that XML
# does not allow. The zero-width joiners U+200C and U+200D stay: they change letters in Persian, Hindi and emoji.
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1a\x1b\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_NO_BREAK_SPACES = "\xa0\u202f"
# Runs that may hold more combining marks than any language writes; NFC takes time with the square of their number.
_MARKS = re.compile(r"[^\w\s\x00-\u02ff]{31,}")
_MAX_MARKS = 30
_GRAPHEME_JOINER = "\u034f"
_BLANK_LINES = re.compile(r"\n\s*\n")
_VISIBLE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ufffd]")

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),  # before UTF-16, whose mark it begins with
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_BINARY_STARTS = re.compile(
    rb"%PDF-|\x89PNG\r\n|GIF8[79]a|\xff\xd8\xff|RIFF....(?:WEBP|WAVE|AVI )"  # documents, pictures, sound
    rb"|\x1f\x8b|PK\x03\x04|BZh[1-9]1AY&SY|\xfd7zXZ\x00|7z\xbc\xaf\x27\x1c|\x28\xb5\x2f\xfd"  # packed files
    rb"|\x7fELF|\xd0\xcf\x11\xe0|SQLite format 3\x00|PAR1\x15",
    re.DOTALL,
)
# HTML, 13.2.3.2: a page states its charset in its first 1,024 bytes; some state it later.
_META_BYTES = 8_192
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_BINARY_BYTES = bytes({*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F})
_MAX_BINARY_SHARE = 0.02  # in random bytes it is 0.1; a stray NUL or two in a text is no reason to refuse it
_MAX_BINARY_SHARE_IN_UTF8 = 0.1
_STRAY_BYTES = 2
_NOT_ASCII = bytes(range(0x80, 0x100))
_MAX_REPLACED_SHARE = 0.05  # of what a byte order mark or most of the other bytes say to be Unicode
_DETECTED_BYTES = 20_000
# How much better than windows-1252 another encoding must suit: short texts often tie, and it is the commonest.
_WINDOWS_1252_LEAD = 0.03

# What the WHATWG Encoding Standard reads under a label, where Python does not know it or reads another encoding.
_WHATWG_LABELS = {
    "iso-8859-8-i": "iso8859-8",
    "unicode-1-1-utf-8": "utf-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
}
_WHATWG_CODECS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",
}
_SINGLE_BYTE_CODECS = frozenset(
    {"cp866", "cp874", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"}
    | {f"cp125{number}" for number in range(9)}
    | {f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
)
_WIDE_CODECS = frozenset({"utf-16-le", "utf-16-be"})
_CODECS = (
    _SINGLE_BYTE_CODECS | _WIDE_CODECS | {"utf-8", "gb18030", "big5hkscs", "cp932", "euc_jp", "iso2022_jp", "cp949"}
)
_DETECTED_CODECS = [f"cp125{number}" for number in range(8)]
_DETECTED_CODECS += ["koi8_r", "cp874", "gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"]


def valid_text(text: str) -> str:
    r"""Return `text` in NFC, with `\n` as its only line end and without characters that can't be seen or stored.

    Control characters and invisible breaks go, lone surrogates become U+FFFD, line ends of other kinds become `\n`.
    No-break spaces stay, as French sets them before `:` and `?`, but not at either end of a line. No white space stays
    before a line end, and no blank line at either end. What is valid already comes back as it is.

    >>> valid_text("Pourquoi\xa0? \r\nCafe\u0301\x00\u2028")
    'Pourquoi\xa0?\nCafé'
    """
    if text.isprintable() and (text.isascii() or max(text) < "\u0300"):
        return text.rstrip()  # no mark, no control, no odd space and no line end is among these characters
    if _SURROGATES.search(text):
        # Pairs become the character that they stand for.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _LINE_ENDS.sub("\n", text)
    text = _UNWANTED.sub(_replace_unwanted, text)
    text = unicodedata.normalize("NFC", _MARKS.sub(_break_marks, text))
    text = _MARKS.sub(_break_marks, text)  # some marks become two in NFC
    return "\n".join(line.rstrip().lstrip(_NO_BREAK_SPACES) for line in text.split("\n")).strip("\n")


def _replace_unwanted(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\x1f":  # `str.split` takes it for white space: without it two words would be one
        return " "
    if "\x80" <= character <= "\x9f":
        # As HTML has it for `&#146;`: these are bytes of windows-1252 that were taken for Latin-1.
        return character.encode("latin-1").decode("cp1252", "ignore")
    return ""


def _break_marks(match: re.Match[str]) -> str:
    """Return the run with a joiner after each 30 marks, as Unicode's Stream-Safe Text Format has it (UAX 15)."""
    characters: list[str] = []
    marks = 0
    for character in match[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _MAX_MARKS:
            characters.append(_GRAPHEME_JOINER)
            marks = 1
        characters.append(character)
    return "".join(characters)


def valid_line(text: str | None) -> str | None:
    r"""Return `text` as one valid line with single spaces, None if nothing is left: for titles and names.

    >>> valid_line(" A coup\n that\xa0failed ")
    'A coup that failed'
    >>> valid_line("\u200b\n") is None
    True
    """
    return " ".join(valid_text(text or "").split()) or None


def count_words(text: str) -> int:
    r"""Return the number of words in `text`, split at white space.

    >>> count_words("A coup\n\nthat failed.")
    4
    """
    return len(text.split())


def paragraphs(text: str) -> tuple[str, ...]:
    r"""Return the paragraphs of `text`, which blank lines separate.

    >>> paragraphs("One.\n\nTwo,\nstill two.\n \n")
    ('One.', 'Two,\nstill two.')
    """
    stripped = (part.strip() for part in _BLANK_LINES.split(text))
    return tuple(part for part in stripped if part)


def decode_text(body: bytes, charset: str | None) -> str:
    """Return the characters of `body`, without a byte order mark.

    A byte order mark decides; else the declared charset if it fits; else UTF-8 if it fits; else the charset that a page
    states in a `meta` element if it fits; else the likeliest encoding, with windows-1252 as the last resort. A declared
    charset of one byte a character fits almost any bytes, so what is valid UTF-8 is read as such in spite of it.

    Args:
        body: a page or a text.
        charset: label of an encoding, read as browsers do (`iso-8859-1` is windows-1252); unknown ones are ignored.

    Raises:
        ArticleError: EMPTY_INPUT if there is nothing to see, BINARY_INPUT if the bytes are no text.

    >>> decode_text("Naïve “quotes”".encode("cp1252"), "ISO-8859-1")
    'Naïve “quotes”'
    """
    if not body.strip():
        raise ArticleError(Reason.EMPTY_INPUT, f"{len(body)} bytes of white space")
    if _BINARY_STARTS.match(body):
        raise ArticleError(Reason.BINARY_INPUT, f"bytes begin with {body[:8]!r}, which no text does")
    text = _decode_marked(body)
    if text is None:
        text = _decode_stated(body, _find_codec(charset))
    if text is None and (label := _META_CHARSET.search(body[:_META_BYTES])):
        text = _decode_stated(body, _find_codec(label[1].decode()))
    if text is None:
        text = _decode_detected(body)
    if not _VISIBLE.search(text):
        raise ArticleError(Reason.EMPTY_INPUT, f"{len(body)} bytes without a visible character")
    return text


def _decode_marked(body: bytes) -> str | None:
    """Return the characters after a byte order mark, None where there is none."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(codec, "replace")
            if text.count("\ufffd") > _STRAY_BYTES + _MAX_REPLACED_SHARE * len(text):
                raise ArticleError(Reason.BINARY_INPUT, f"bytes begin with the mark of {codec} but do not go on in it")
            _refuse_binary(text.encode("utf-8"))
            return text
    return None


def _decode_stated(body: bytes, codec: str | None) -> str | None:
    """Return the characters of `body` in the declared codec or in UTF-8, None where neither fits."""
    # UTF-16 has NUL bytes, if only beside its line ends; without any, the label must be wrong, and fits all the same.
    if codec in _WIDE_CODECS and b"\0" in body:
        text = _try_codec(body, codec)
        if text is not None and not _is_binary(text.encode("utf-8")):
            return text
    _refuse_binary(body)
    order = ["utf-8"]
    if codec is not None and codec not in _WIDE_CODECS:
        order.insert(1 if codec in _SINGLE_BYTE_CODECS else 0, codec)
    decoded = (_try_codec(body, name) for name in order)
    return next((text for text in decoded if text is not None), None)


def _decode_detected(body: bytes) -> str:
    """Return the characters of `body`, not all of which is UTF-8, in the likeliest encoding."""
    text = body.decode("utf-8", "replace")
    if text.count("\ufffd") <= _MAX_REPLACED_SHARE * (len(body) - len(body.translate(None, _NOT_ASCII))):
        return text  # a few broken bytes, as where a page was put together from two
    # Lines of ASCII say nothing about the encoding; whole lines, as a cut character would rule its encoding out.
    sample = b"\n".join(line for line in body.split(b"\n") if not line.isascii())
    if len(sample) > _DETECTED_BYTES:
        sample = sample[:_DETECTED_BYTES].rpartition(b"\n")[0] or sample[:_DETECTED_BYTES]
    guesses = charset_normalizer.from_bytes(sample, cp_isolation=_DETECTED_CODECS)
    decoded = (_try_codec(body, guess.encoding) for guess in sorted(guesses, key=_score_guess, reverse=True))
    found = next((text for text in decoded if text is not None), None)
    return body.decode("cp1252", "replace") if found is None else found


def _score_guess(guess: charset_normalizer.CharsetMatch) -> float:
    """Return how well an encoding suits: how much the result looks like a language, and how little like noise."""
    return guess.coherence - guess.chaos + (_WINDOWS_1252_LEAD if guess.encoding == "cp1252" else 0.0)


def _find_codec(charset: str | None) -> str | None:
    """Return the Python codec for a label, None for a label that no page may have.

    >>> _find_codec(" Latin1 "), _find_codec("x-sjis"), _find_codec("utf-7")
    ('cp1252', 'cp932', None)
    """
    label = (charset or "").strip().lower().removeprefix("x-")
    try:
        name = codecs.lookup(_WHATWG_LABELS.get(label, label)).name
    except (LookupError, ValueError):
        return None
    name = _WHATWG_CODECS.get(name, name)
    return name if name in _CODECS else None


def _try_codec(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _is_binary(data: bytes) -> bool:
    """Whether too many bytes of `data` are control characters; more are let pass in what is valid UTF-8."""
    count = len(data) - len(data.translate(None, _BINARY_BYTES))
    if count <= _STRAY_BYTES + _MAX_BINARY_SHARE * len(data):
        return False
    return count > _MAX_BINARY_SHARE_IN_UTF8 * len(data) or _try_codec(data, "utf-8") is None


def _refuse_binary(data: bytes) -> None:
    if _is_binary(data):
        raise ArticleError(Reason.BINARY_INPUT, "too many control characters for a text")


def language_code(stated: str | None) -> str | None:
    """Return the ISO 639-1 part of a stated language tag (BCP 47), None if it has none.

    >>> language_code("en-GB"), language_code("English")
    ('en', None)
    """
    code = (stated or "").replace("_", "-").partition("-")[0].strip().lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None
