"""The day of publication that a page shows its readers, for pages that state none in their markup.

It is looked for where pages show it: from the headline to just below the first paragraph, which may be the dek, or
close above the headline. Head, foot and sidebars show the days of today, of other articles and of the copyright.
"""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Final

from transforms.dates import ParsedDate
from transforms.extract.draft import Draft, Page
from transforms.extract.headline import fold
from transforms.feed_dates import parse_feed_date

_MAX_LINE_CHARS: Final = 160
_MAX_BLOCKS_BELOW: Final = 15
_BLOCKS_ABOVE: Final = 3
_BLOCKS_BEHIND: Final = 2
_MIN_TITLE_CHARS: Final = 8
_YEAR: Final = re.compile(r"(?:19[9]|20\d)\d(?!\d)")
_SEPARATOR: Final = re.compile(r"\s*[|·•/]\s+|\s+[–—-]\s+|\s+/\s*")  # noqa: RUF001
# Dots stand between day, month and year in no country that writes the month first.
_DOTTED: Final = re.compile(r"(?<!\d)(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>(?:19|20)\d\d)(?!\d)")
_SLASHED: Final = re.compile(r"(?<!\d)(?P<day>\d{1,2})[/-](?P<month>\d{1,2})[/-](?P<year>(?:19|20)\d\d)(?!\d)")
_UPDATE: Final = re.compile(
    r"""
    updat | modif | revis | aktualis | geändert | stand\b | mis\ à\ jour | màj | actuali[sz] | aggiorn | atuali[sz]
    | bijgewerkt | gewijzigd | uppdater | oppdater | opdater | zaktuali | güncelle | обновл | 更新 | تحديث
    """,
    re.VERBOSE | re.IGNORECASE,
)


def find_shown_date(page: Page, draft: Draft) -> ParsedDate | None:
    """Return the day that stands beside the headline, None if none is there or it can't be told.

    The first that is not said to be that of a change; else the first of those.

    Args:
        page: of the article.
        draft: its text.
    """
    ordered = sorted(lines_at_headline(page, draft), key=lambda piece: _UPDATE.search(piece) is not None)
    found = (read_shown_date(piece, page.metadata.language) for piece in ordered if _YEAR.search(piece))
    return next((date for date in found if date is not None), None)


def read_shown_date(text: str, language: str | None) -> ParsedDate | None:
    """Return the day in a line that may say more, None where it names none, or one that may be two.

    The time of day is left out: it is that of a place which the line does not name.

    Args:
        text: such as `Published: March 5, 2024 at 10:15 AM`.
        language: ISO 639-1 code of the page, if known: with slashes only the English may put the month first.

    >>> read_shown_date("Veröffentlicht am 5. März 2024 um 10:15 Uhr", "de").at.isoformat()
    '2024-03-05T00:00:00+00:00'
    >>> read_shown_date("05/03/2024", "fr").at.month, read_shown_date("05/03/2024", "en")
    (3, None)
    """
    pattern = _SLASHED if language not in (None, "en") else _DOTTED
    match = _DOTTED.search(text) or pattern.search(text)
    if match is not None:
        return _read_day(f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}")
    return next((date for words in _date_words(text.split()) if (date := _read_day(" ".join(words)))), None)


def _date_words(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the runs of words that may be a date: from the first number, or the word before it, to the year."""
    first = next((number for number, word in enumerate(words) if any(map(str.isdigit, word))), None)
    if first is None:
        return
    last = next((n for n in range(first, min(first + 6, len(words))) if _YEAR.search(words[n])), first)
    for start in (max(0, first - 1), first):
        yield words[start : last + 1]
    yield words[first : first + 3]  # 2024. március 5.


def _read_day(text: str) -> ParsedDate | None:
    found = parse_feed_date(text.strip(" ,.;:()"))
    if found is None or found.precision == "month":
        return None
    midnight = found.at.replace(hour=0, minute=0, second=0)
    return dataclasses.replace(found, at=midnight, precision="day")


def lines_at_headline(page: Page, draft: Draft) -> list[str]:
    """Return the short lines from the headline to the first paragraph and its neighbours, then those above it.

    What stands between bars, dots and dashes is a line of its own.
    """
    titles = {fold(title) for title in (page.metadata.title, *page.facts.headings[:1]) if title}
    first = draft.lines[draft.first_prose].block
    heads = [block.number for block in page.blocks if len(block.key) >= _MIN_TITLE_CHARS and fold(block.text) in titles]
    heads = [number for number in heads if first is None or number < first.number]
    if not heads:
        return []
    head = heads[-1]
    end = min(first.number + _BLOCKS_BEHIND if first else head + _MAX_BLOCKS_BELOW, head + _MAX_BLOCKS_BELOW) + 1
    near = [*page.blocks[head + 1 : end], *page.blocks[max(0, head - _BLOCKS_ABOVE) : head]]
    short = (block.text for block in near if len(block.text) <= _MAX_LINE_CHARS)
    return [piece for text in short for piece in _SEPARATOR.split(text)]
