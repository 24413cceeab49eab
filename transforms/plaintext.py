"""The parts of a stored text: headline, dek, captions and body, told apart by the way they are laid out."""

import re
import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from transforms.feed_dates import parse_feed_date
from transforms.records import Image
from transforms.text import paragraphs as split_paragraphs
from transforms.text import valid_line, valid_text

_MIN_TITLE_CHARS = 6
_MAX_TITLE_CHARS = 160
_MAX_HEAD_CHARS = 100
_MIN_LONG_CHARS = 110  # longer than wrapped lines are
_MAX_DEK_CHARS = 250
_MAX_DEK_SENTENCES = 2
# The first sentence of the news is no dek: what follows it goes on, while what follows a dek says the news again.
_MIN_DEK_WORDS = 3
_DEK_RATIO = 2  # how much longer the paragraphs of the body are
_MIN_RESTATED_SHARE = 0.5  # of the long words of the title
_MIN_RESTATED_WORDS = 3
_LONG_WORD = re.compile(r"\w{4,}")
_MAX_CAPTION_CHARS = 400
_MIN_REPEATED_WORDS = 4
# Hard-wrapped text: lines of this length, most of them so full that the next word would not have fitted.
_WRAPPED_WIDTHS = range(40, 101)
_MIN_WRAPPED_LINES = 3
_MIN_FULL_SHARE = 0.7
_MAX_ENDED_SHARE = 0.5
_SHORT_LINE_CHARS = 10

_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*(?=\s|$)")  # noqa: RUF001 - Chinese and French signs are meant
_NO_TITLE_END = re.compile(r"[.,:;。][\"'”’»)\]]*$")  # noqa: RUF001
_ABBREVIATION_END = re.compile(r"(?:\b\w\.){2,}$")
# How a paragraph begins that speaks of what the one before it named.
_GOES_ON = re.compile(
    r"(?:He|She|It|They|His|Her|Its|Their|This|That|These|Those|But|And|However|Er|Es|Sie|Sein|Ihr|Dies\w*|Aber|Doch"
    r"|Il|Elle|Ils|Elles|Mais|Cette|Ce|Pero|Esta|Este|Ella|Él|Ma|Questo|Questa|Lui|Lei|Mas|Ele|Ela)\b"
)
_LIST_ITEM = re.compile(r"(?:[-*•–]|\d{1,2}[.)])\s")  # noqa: RUF001
_DATELINE = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ .,'-]{2,40}(?:\([^()]{2,30}\))?\s*[—–-]\s")  # noqa: RUF001

_MARKED_TITLE = re.compile(r"\s*(?:\#[ ]+(?P<hash>[^\n]+)\n|(?P<under>[^\n]+)\n(?:={3,}|-{3,})[ ]*\n)")
_HEADER_LINE = re.compile(
    r"""
    (?: (?P<title> title | headline | titre | subject | betreff | objet | asunto | oggetto | assunto | onderwerp )
      | (?P<description> description | dek | subtitle | summary | chapô )
      | (?P<authors> authors? | by | byline | auteurs? | from | von | de | da | van )
      | (?P<published_at> date | sent | published | published[ _]at | publication[ ]date | pubdate | datum | gesendet
          | fecha | data )
      | (?P<url> url | link )
      | (?P<site_name> source | publication | publisher | site )
      | (?P<ignored> to | cc | an | para | aan | slug | section | language | received | (?: \w+ - )+ \w+ )
    ) [ ]* : [ ]* (?P<value> \S.* )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FOLD = re.compile(r"\n[ \t]+")
_MAIL_ADDRESS = re.compile(r"\s*[<(]?[^\s<>()]{1,64}@[^\s<>()]{1,255}[>)]?")
_BYLINE = re.compile(
    r"""
    (?: By | BY | Par | Von | Por | [Dd]i | Door | Av | Af | (?: Autor(?: in )? | Text | Texte | Testo ) : ) \s+
    (?P<names>
        [^\W\d_a-z] [\w.'’-]*
        (?: ,? \s+ (?: and | et | und | y | e | en | och | og | al | de | van | von | [^\W\d_a-z] [\w.'’-]* ) ){1,9}?
    )
    (?: , \s+ (?: [A-Z]{2,5} | dpa | epd  # an agency or a role
              | (?> [^.!?,\s]{1,30} \s+ ){0,3} (?i: correspondent | editor | reporter | writer | staff | redaktion
                  | korrespondent(?: in )? | redakteur(?: in )? ) ) )?
    """,  # noqa: RUF001
    re.VERBOSE,
)
_NAME_SEPARATOR = re.compile(r"\s*[,;]\s+(?:(?:and|und)\s+)?|\s+(?:and|et|und|y|e|en|och|og)\s+")
_MAX_DATE_LINE_CHARS = 60
_DATE_LINE = re.compile(
    r"""
    (?: (?: published | updated | posted | publié | mis[ ]à[ ]jour ) (?: [ ] (?: on | le ) )? :? \s+ )?
    (?P<date>
        (?: [^\W\d_]{3,10} [.,]{0,2} \s+ )?  # weekday
        (?: \d{4}-\d\d-\d\d
          | [^\W\d_]{3,10} [.]? \s \d{1,2} (?: st | nd | rd | th )? ,? \s \d{4}
          | \d{1,2} (?: st | nd | rd | th | er | [.] )? \s [^\W\d_]{3,10} [.]? ,? \s \d{4} )
        (?: [T,\s] .{0,30} \d [:h.] \d\d .{0,20} )?  # time
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# All parts are bounded, and what could match in two ways is atomic or possessive, so that no paragraph takes long.
_CREDIT = re.compile(
    r"""
    (?: [(\[] \s*  # in brackets: (CREDIT: Name/Agency), (Photo by Name)
        (?: (?: photo | image | picture )? \s? credits? | crédits? (?: \s photos? )?
          | photos? | images? | pictures? | foto | bild )
        (?: \s+ by | \s* [:/] ) \s* (?P<bracketed> [^()\[\]]{2,120} ) [)\]]
      | [(\[] (?P<agency> AP[ ]Photo [^()\[\]]{0,100} | [^()\[\]]{0,100}? / [ ]? Getty[ ]Images ) [)\]]
      | (?: (?<= [.!?"”»)|–—][ ] ) | ^ )  # after a sentence, or alone: Photo: Name
        (?: (?: (?: photo | image | picture )? \s? credits? | crédits? (?: \s photos? )?
              | photos? | images? | pictures? | foto | bild ) \s* :
          | photos? \s+ by \s (?= (?-i: [^\W\d_a-zß-ÿ] ) )
          | © (?! \s* \d ) )
        \s* (?P<plain> (?> [^.!?;()\[\]] | [.] (?: (?<= \b\w[.] ) | (?= \S ) ) ){2,80}+ )
    ) \s* [.]? $
    """,  # noqa: RUF001
    re.VERBOSE | re.IGNORECASE,
)

_Part = Literal["authors", "caption", "description", "published_at", "text"]
_ONCE = ("authors", "description", "published_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """What a stored text says, by its parts.

    Attributes:
        title: headline.
        description: dek.
        images: captions and credits, each once.
        text: body, paragraphs separated by a blank line.
        authors: names of a header or a byline.
        published_at: date of a header or a date line, as written.
        url: address in a header.
        site_name: publication in a header.
    """

    title: str | None = None
    description: str | None = None
    images: tuple[Image, ...] = ()
    text: str
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    url: str | None = None
    site_name: str | None = None


def parse_plain_text(text: str, title: str | None = None) -> PlainText:
    r"""Return the parts of a stored text.

    A title is a short first paragraph without a final period, above a blank line; or a first line that is marked
    (`# Title`, a line of `=` below it, `Title: ...` in a header); or, where no blank line parts any, a short first line
    above long sentences. Between title and body may stand a dek, a byline, a date line and captions. A dek is short,
    and is no sentence, or stands before captions and the like, or before a body that is much longer and begins with the
    news of the title. A caption, also in the body, ends with a credit, or is there twice. Without a title, all is body.
    Lines are paragraphs, unless hard-wrapped. No word is lost but the marks of titles, headers, bylines, dates and
    credits, roles and agencies behind the names of a byline, the second of equal titles or captions, and a header's
    other fields.

    Args:
        text: the stored text.
        title: headline that the container gives; a first paragraph that repeats it is dropped from the body.

    >>> parts = parse_plain_text("Mayor quits\n\nThe mayor. (Photo: A. Roe)\n\nThe mayor quit on Monday.")
    >>> parts.title, parts.images[0].credit, parts.text
    ('Mayor quits', 'A. Roe', 'The mayor quit on Monday.')
    """
    header, body = _split_header(valid_text(text))
    stated = valid_line(title) or header.get("title")
    found, rest = _split_title(body, stated)
    parts = _name_parts(rest, found or header.get("title"), header.keys())
    if found is None and stated is None:
        parts = [("text", paragraph) for paragraph in rest]
    fields = {part: " ".join(value.split()) for part, value in parts if part in _ONCE} | header
    return PlainText(
        title=stated or found,
        description=fields.get("description"),
        images=_read_images(value for part, value in parts if part == "caption"),
        text="\n\n".join(value for part, value in parts if part == "text"),
        authors=_split_names(fields["authors"]) if "authors" in fields else (),
        published_at=fields.get("published_at"),
        url=fields.get("url"),
        site_name=fields.get("site_name"),
    )


def _split_header(text: str) -> tuple[dict[str, str], str]:
    r"""Return the fields of the header and the text after it; no fields where it is not plainly a header.

    >>> _split_header("Title: Mayor quits\nDate: 2024-03-05\n\nThe mayor quit.")
    ({'title': 'Mayor quits', 'published_at': '2024-03-05'}, 'The mayor quit.')
    """
    head, _, body = text.partition("\n\n")
    head = _FOLD.sub(" ", head)  # mail breaks long lines before a space
    matches = [_HEADER_LINE.fullmatch(line) for line in head.split("\n")]
    fields = [_read_field(match) for match in matches if match]
    header = {name: value for name, value in fields if name != "ignored"}
    is_once = len(header) == sum(name != "ignored" for name, _ in fields)
    is_plain = len(fields) == len(matches) and is_once and bool(body.strip())
    if not is_plain or not (len(header) > 1 or "title" in header) or not header.get("url", "http").startswith("http"):
        return {}, text
    return header, body.strip("\n")


def _read_field(match: re.Match[str]) -> tuple[str, str]:
    """Return the name and the value of a header line."""
    name = next(name for name, value in match.groupdict().items() if value is not None)
    value = _MAIL_ADDRESS.sub("", match["value"]) if name == "authors" else match["value"]
    return name, " ".join((value if value.strip() else match["value"]).split())


def _split_title(text: str, stated: str | None) -> tuple[str | None, list[str]]:
    """Return the title at the top of `text` and what follows; None and all if it has none, or not the stated one."""
    marked = _MARKED_TITLE.match(text)
    if marked:
        title = valid_line((marked["hash"] or marked["under"]).rstrip("# "))
        rest = [paragraph for block in _read_blocks(text[marked.end() :]) for paragraph in block]
        if title and rest and stated in (None, title):
            return title, rest
    blocks = _read_blocks(text)
    if len(blocks) == 1 and _is_headed(blocks[0]):
        blocks = [blocks[0][:1], blocks[0][1:]]
    paragraphs = [paragraph for block in blocks for paragraph in block]
    first, rest = valid_line("".join(paragraphs[:1])), paragraphs[1:]
    if first and rest and (_is_title(first, blocks) if stated is None else first.casefold() == stated.casefold()):
        return first, rest
    return None, paragraphs


def _is_headed(lines: Sequence[str]) -> bool:
    """Whether the first of lines that no blank line parts is a short one above long sentences."""
    following = lines[1:]
    return bool(following) and len(lines[0]) <= _MAX_HEAD_CHARS and all(map(_is_long_sentence, following[:2]))


def _is_long_sentence(line: str) -> bool:
    return len(line) >= _MIN_LONG_CHARS and _SENTENCE_END.search(line[-3:]) is not None


def _is_title(first: str, blocks: Sequence[Sequence[str]]) -> bool:
    """Whether the first of several paragraphs is a title: short, alone, no sentence, and before sentences."""
    return (
        all(map(_is_front_matter, blocks[0][1:]))
        and _MIN_TITLE_CHARS <= len(first) <= _MAX_TITLE_CHARS
        and (not _NO_TITLE_END.search(first) or _ABBREVIATION_END.search(first) is not None)
        and not (_is_front_matter(first) or _HEADER_LINE.fullmatch(first))
        and not _LIST_ITEM.match(first)
        and any(character.isalpha() for character in first)
        and any(_SENTENCE_END.search(paragraph) for block in blocks[1:] for paragraph in block)
    )


def _read_blocks(text: str) -> list[list[str]]:
    """Return the paragraphs of each block between blank lines: its lines, joined if they are hard-wrapped."""
    blocks = [block.split("\n") for block in split_paragraphs(text)]
    width = _find_width(blocks)
    if width is None:
        return [[line.strip() for line in block] for block in blocks]
    return [_join_lines(block, width) for block in blocks]


def _find_width(blocks: Sequence[Sequence[str]]) -> int | None:
    """Return the width to which lines were wrapped, None if they were not."""
    pairs = [pair for block in blocks for pair in pairwise(block)]
    if len(pairs) < _MIN_WRAPPED_LINES:
        return None
    # Of twenty lines one may be longer: an address that could not be broken.
    width = sorted(len(line) for line, _ in pairs)[(len(pairs) - 1) * 19 // 20]
    full = sum(_is_full(line, following, width) for line, following in pairs)
    ended = sum(_SENTENCE_END.search(line[-3:]) is not None for line, _ in pairs)
    is_wrapped = full >= _MIN_FULL_SHARE * len(pairs) and ended <= _MAX_ENDED_SHARE * len(pairs)
    return width if width in _WRAPPED_WIDTHS and is_wrapped else None


def _is_full(line: str, following: str, width: int) -> bool:
    """Whether the first word of the following line would not have fitted into this one."""
    return len(line) + 1 + len(following.split()[0]) > width


def _join_lines(block: Sequence[str], width: int) -> list[str]:
    """Return the paragraphs of a block of lines that were wrapped to `width`."""
    joined = [[block[0].strip()]]
    for line, following in pairwise(block):
        is_ended = _SENTENCE_END.search(line[-3:]) is not None
        is_short = not _is_full(line, following, width - _SHORT_LINE_CHARS)
        is_indented = len(following) - len(following.lstrip()) > len(line) - len(line.lstrip())
        is_item = _LIST_ITEM.match(following.strip()) is not None
        if is_indented or (is_ended and is_short) or (is_item and (is_ended or is_short)):
            joined.append([])
        joined[-1].append(following.strip())
    return [" ".join(lines) for lines in joined]


def _name_parts(paragraphs: Sequence[str], title: str | None, taken: Collection[str]) -> list[tuple[_Part, str]]:
    """Return each paragraph with what it is; all are text if none is.

    Args:
        paragraphs: what stands below the title.
        title: what stands above; None if that is not the title, so that dek, byline and date can't follow.
        taken: parts that were found before.
    """
    parts: list[tuple[_Part, str]] = []
    used = set(taken)
    for index, paragraph in enumerate(paragraphs):
        part, value = _name_part(paragraphs, index, title)
        if part in used:
            part, value = "text", paragraph
        if part in _ONCE:
            used.add(part)
        if part == "text":
            title = None  # the body has begun
        parts.append((part, value))
    return parts if any(part == "text" for part, _ in parts) else [("text", paragraph) for paragraph in paragraphs]


def _name_part(paragraphs: Sequence[str], index: int, title: str | None) -> tuple[_Part, str]:
    """Return what a paragraph is, and the part of it that counts; `title` is None in the body."""
    paragraph = paragraphs[index]
    if _find_credit(paragraph) or (title and _is_repeated(paragraphs, index)):
        return "caption", paragraph
    if title is None:
        return "text", paragraph
    if byline := _BYLINE.fullmatch(paragraph):
        return "authors", byline["names"]
    if date := _find_date_line(paragraph):
        return "published_at", date
    return "description" if _is_dek(paragraph, paragraphs[index + 1 :], title) else "text", paragraph


def _is_front_matter(paragraph: str) -> bool:
    """Whether a paragraph is a caption with a credit, a byline or a date line."""
    return bool(_find_credit(paragraph) or _BYLINE.fullmatch(paragraph) or _find_date_line(paragraph))


def _find_date_line(paragraph: str) -> str | None:
    """Return the date that a paragraph is, as written; None if it is anything else.

    >>> _find_date_line("Published on March 12, 2026"), _find_date_line("12 de marzo de 2026")
    ('March 12, 2026', '12 de marzo de 2026')
    """
    if match := _DATE_LINE.fullmatch(paragraph):
        return match["date"]
    is_short = len(paragraph) <= _MAX_DATE_LINE_CHARS and any(map(str.isdigit, paragraph))
    return paragraph if is_short and parse_feed_date(paragraph) else None


def _is_repeated(paragraphs: Sequence[str], index: int) -> bool:
    """Whether a neighbour says the same, with a credit or without."""
    paragraph = paragraphs[index]
    if len(paragraph) > _MAX_CAPTION_CHARS or len(paragraph.split()) < _MIN_REPEATED_WORDS:
        return False
    neighbours = [*paragraphs[max(index - 1, 0) : index], *paragraphs[index + 1 : index + 2]]
    return any(paragraph in (other, read_caption(other).caption) for other in neighbours)


def _is_dek(paragraph: str, following: Sequence[str], title: str) -> bool:
    """Whether a paragraph below the title sums the article up, rather than begins it."""
    is_long = len(paragraph) > _MAX_DEK_CHARS or len(_SENTENCE_END.findall(paragraph)) > _MAX_DEK_SENTENCES
    body = [other for other in following if not _is_front_matter(other)]
    longest = max(map(len, body), default=0)
    if is_long or longest <= len(paragraph) or _DATELINE.match(paragraph) or _LIST_ITEM.match(paragraph):
        return False
    if _is_front_matter(following[0]) or _is_repeated(following, 0):
        return _count_shared(title, body[0]) >= _count_shared(title, paragraph)
    if not _SENTENCE_END.search(paragraph[-3:]):
        return (
            len(following[0]) > len(paragraph) and len(paragraph.split()) >= _MIN_DEK_WORDS and paragraph[0].isalnum()
        )
    if _GOES_ON.match(following[0]):
        return False
    is_shorter = len(body) > 1 and statistics.median(map(len, body)) >= _DEK_RATIO * len(paragraph)
    return is_shorter and _is_restated(title, paragraph, following[0])


def _is_restated(title: str, paragraph: str, following: str) -> bool:
    """Whether the following paragraph tells the news of the title again, and this one hardly names it.

    Where both name it, the first is the news itself, and what follows goes on.
    """
    told = _count_shared(title, following)
    words = _count_shared(title, title)
    return told >= max(_MIN_RESTATED_WORDS, _MIN_RESTATED_SHARE * words) and not _count_shared(title, paragraph)


def _count_shared(one: str, other: str) -> int:
    """Return the number of different long words that both have."""
    return len(set(_LONG_WORD.findall(one.casefold())) & set(_LONG_WORD.findall(other.casefold())))


def _find_credit(paragraph: str) -> re.Match[str] | None:
    return _CREDIT.search(paragraph) if len(paragraph) <= _MAX_CAPTION_CHARS else None


def read_caption(paragraph: str) -> Image:
    """Return the caption and the credit in a paragraph.

    >>> read_caption("The mayor on Monday. (Photo: A. Roe)").credit
    'A. Roe'
    """
    match = _find_credit(paragraph)
    if match is None:
        return Image(caption=valid_line(paragraph))
    credit = match["bracketed"] or match["agency"] or match["plain"]
    return Image(caption=valid_line(paragraph[: match.start()]), credit=valid_line(credit))


def _read_images(captions: Iterable[str]) -> tuple[Image, ...]:
    """Return the pictures, each once: one without a credit gives way to one with the same caption and a credit."""
    images = dict.fromkeys(map(read_caption, captions))
    credited = {image.caption for image in images if image.credit}
    return tuple(image for image in images if image.credit or image.caption not in credited)


def _split_names(names: str) -> tuple[str, ...]:
    """Return the names of a byline; one, if its parts are not whole names.

    >>> _split_names("Ana Roe and Jo Poe"), _split_names("Roe, Ana")
    (('Ana Roe', 'Jo Poe'), ('Roe, Ana',))
    """
    parts = _NAME_SEPARATOR.split(names)
    return tuple(parts) if all(" " in part.strip() for part in parts) else (names,)
