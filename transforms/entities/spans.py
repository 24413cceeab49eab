"""Spans of names as a model finds them, made clean: edges, photo credits, lists."""

# ruff: noqa: RUF001, RUF002 - quotation marks and dashes as newspapers print them

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from transforms.entities.countries import country_of
from transforms.entities.words import COMPANY_ENDS, GIVEN_NAMES, KNOWN_NAMES, ROLES_BEHIND, SMALL_WORDS

# An apostrophe or a quotation mark, of typewriters and of printers.
QUOTE_MARKS: Final = "\"'`´‘’‚“”„«»‹›"
_OPENING: Final = re.compile(
    rf"(?:(?:the|an?)\s+|(?:pro|anti|non|versus|ex)[ -](?=\w{{3}})|[\s{QUOTE_MARKS}(\[*•·–—-]+)+", re.IGNORECASE
)
_FRENCH_OPENING: Final = re.compile(rf"(?:(?:l[ae]s?|un|une|des?|du)\s+|[ldLD]['’]\s?|[\s{QUOTE_MARKS}(\[*•·–—-]+)+")
_CLOSING: Final = re.compile(
    rf"(?:\s?['’]s?|\s(?:of|the|and|in|for|at|de|du|et|&|images?|photos?)|[\s{QUOTE_MARKS},;:)\]*•·–—&-]+)+$",
    re.IGNORECASE,
)
_WITH_ARTICLE: Final = frozenset({"The Hague", "La Haye", "Le Havre", "Le Mans", "La Rochelle", "La Paz", "Le Monde"})
_DISTRICT: Final = re.compile(r",? (?:D\.C\.|DC\b)")
# An amount ("£2bn") or a word of digits alone is no name.
_AMOUNT: Final = re.compile(r".*[£€¥%]|.*\$\d|.*\d(?:bn|m)\b|[\d\W_]+\Z", re.DOTALL)
_PARAGRAPH: Final = re.compile(r"\s*\n\s*\n\s*")
_DASH: Final = re.compile(r"\s+[/|–—-]\s+")
_COMMA: Final = re.compile(r",\s+(?:and\s+)?|\s+and\s+")
_OWNER: Final = re.compile(r"['’]s (\w+) [A-Z]")  # "Brightwater's Tom Ferris"
_MIN_ITEM_CHARS: Final = 3  # AC / DC is one
_SEPARATOR: Final = re.compile(r"[/|•·]")
_AGENCY: Final = re.compile(r"Getty|Reuters|REUTERS|AFP|Shutterstock|Associated Press|EPA|\bAP\b|Alamy|Bloomberg")
_CREDIT: Final = re.compile(
    r"\(?\b(?:photo(?:graph)?s?(?:\s+by|\s*:)|image\s+credit|credits?\s*:|crédits?(?:\s+photo)?\s*:|photo\s*:|©)[^)\n]{0,80}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A name in a text.

    Attributes:
        label: what it is.
        start: first character.
        end: one past the last.
    """

    label: str
    start: int
    end: int


def clean_spans(text: str, spans: Iterable[Span], language: str) -> list[Span]:
    """Return the spans with their edges trimmed, cut at paragraphs, without what is no name.

    >>> clean_spans("at the Times’s office", [Span("ORG", 3, 14)], "en")
    [Span(label='ORG', start=7, end=12)]
    """
    credits = [match.span() for match in _CREDIT.finditer(text)]
    opening = _FRENCH_OPENING if language == "fr" else _OPENING
    cleaned = [
        span
        for whole in spans
        for paragraph in _paragraphs(text, whole)
        for part in _items(text, paragraph)
        if (span := _trim(text, part, opening)) and _is_name(text, span, credits)
    ]
    return [span for before, span in pairwise([None, *cleaned]) if span and not (before and span.start < before.end)]


def _items(text: str, span: Span) -> Iterator[Span]:
    """Yield the names that a model took for one: beside a dash, or in a list such as "Blackburn, Lancashire".

    >>> text = "Brightwater, Lindhaven and Ferris"
    >>> [text[span.start : span.end] for span in _items(text, Span("ORG", 0, 33))]
    ['Brightwater', 'Lindhaven', 'Ferris']
    """
    gaps = list(_DASH.finditer(text, span.start, span.end))
    if not gaps and (owner := _OWNER.search(text, span.start, span.end)) and owner[1] in GIVEN_NAMES:
        yield replace(span, end=owner.start())
        yield Span("PERSON", owner.start(1), span.end)
        return
    if not gaps and text.find(",", span.start, span.end) >= 0 and _is_list(text[span.start : span.end]):
        gaps = list(_COMMA.finditer(text, span.start, span.end))
    if not gaps:
        yield span
        return
    edges = [span.start, *(edge for gap in gaps for edge in gap.span()), span.end]
    items = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
    if any(end - start < _MIN_ITEM_CHARS for start, end in items):
        items = [(span.start, span.end)]
    yield from (replace(span, start=start, end=end) for start, end in items)


def _is_list(words: str) -> bool:
    """Return whether words are a list of names, and not one name such as "Ministry of Food, Farms and Fish"."""
    first, *others = (item.split() for item in _COMMA.split(words))
    if not first or not others or not all(others) or not SMALL_WORDS.isdisjoint(first):
        return False
    return all(item[0][0].isupper() and COMPANY_ENDS.isdisjoint(item) for item in others)


def _is_place(words: str) -> bool:
    """Return whether words in small letters are a known place or people: chinese, chicago."""
    name = words.title()
    return country_of(name, "GPE") is not None or KNOWN_NAMES.get(name) in {"GPE", "LOC", "NORP"}


def _paragraphs(text: str, span: Span) -> Iterator[Span]:
    """Yield a span's part in each paragraph."""
    start = span.start
    for gap in _PARAGRAPH.finditer(text, span.start, span.end):
        if start < gap.start():
            yield replace(span, start=start, end=gap.start())
        start = gap.end()
    if start < span.end:
        yield span if start == span.start else replace(span, start=start)


def _trim(text: str, span: Span, opening: re.Pattern[str]) -> Span | None:
    """Return the span without articles, quotes, brackets and a possessive; None if nothing is left."""
    start, end = span.start, span.end
    first = opening.match(text, start, end)
    if first and first.end() < end and text[start:end] not in _WITH_ARTICLE:
        start = first.end()
    if (last := _CLOSING.search(text[start:end])) and not _keeps_possessive(text[start:end]):
        end = start + last.start()
    words = text[start:end]
    if words == "Washington" and (district := _DISTRICT.match(text, end)):
        end = district.end()
    head, _, role = words.rpartition(" ")
    if head and role in ROLES_BEHIND and span.label in {"ORG", "GPE", "NORP"}:
        words, end = head, start + len(head)
    if words.count("(") > words.count(")"):
        end = start + len(words[: words.rindex("(")].rstrip())
    if (start, end) == (span.start, span.end):
        return span
    return replace(span, start=start, end=end) if start < end else None


def _keeps_possessive(words: str) -> bool:
    """Return whether a possessive belongs to a name: McDonald's."""
    return words.replace("’", "'") in KNOWN_NAMES


def _is_name(text: str, span: Span, credits: list[tuple[int, int]]) -> bool:
    words = text[span.start : span.end]
    if not any(character.isalpha() for character in words) or (words.islower() and not _is_place(words)):
        return False
    if _AMOUNT.match(words):
        return False
    parts = len(_SEPARATOR.findall(words))
    if parts > 1 or (parts and _AGENCY.search(words)):
        return False
    return not any(start <= span.start and span.end <= end for start, end in credits)
