"""Spans of names as a model finds them, made clean: edges, photo credits, lists."""

# ruff: noqa: RUF001, RUF002 - quotation marks and dashes as newspapers print them

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

# An apostrophe or a quotation mark, of typewriters and of printers.
QUOTE_MARKS: Final = "\"'`´‘’‚“”„«»‹›"
_OPENING: Final = re.compile(
    rf"(?:(?:the|an?)\s+|(?:pro|anti)-(?=\w{{3}})|[\s{QUOTE_MARKS}(\[*•·–—-]+)+", re.IGNORECASE
)
_FRENCH_OPENING: Final = re.compile(rf"(?:(?:l[ae]s?|un|une|des?|du)\s+|[ldLD]['’]\s?|[\s{QUOTE_MARKS}(\[*•·–—-]+)+")
_CLOSING: Final = re.compile(
    rf"(?:\s?['’]s?|\s(?:of|the|and|in|for|at|de|du|et|&|images?|photos?)|[\s{QUOTE_MARKS},;:)\]*•·–—&-]+)+$",
    re.IGNORECASE,
)
_WITH_ARTICLE: Final = frozenset({"The Hague", "La Haye", "Le Havre", "Le Mans", "La Rochelle", "La Paz", "Le Monde"})
_DISTRICT: Final = re.compile(r" (?:D\.C\.|DC\b)")
_PARAGRAPH: Final = re.compile(r"\s*\n\s*\n\s*")
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
    return [
        span
        for whole in spans
        for part in _paragraphs(text, whole)
        if (span := _trim(text, part, opening)) and _is_name(text, span, credits)
    ]


def _paragraphs(text: str, span: Span) -> Iterator[Span]:
    """Yield a span's part in each paragraph."""
    start = span.start
    for gap in _PARAGRAPH.finditer(text, span.start, span.end):
        if start < gap.start():
            yield replace(span, start=start, end=gap.start())
        start = gap.end()
    if start < span.end:
        yield replace(span, start=start)


def _trim(text: str, span: Span, opening: re.Pattern[str]) -> Span | None:
    """Return the span without articles, quotes, brackets and a possessive; None if nothing is left."""
    start, end = span.start, span.end
    first = opening.match(text, start, end)
    if first and first.end() < end and text[start:end] not in _WITH_ARTICLE:
        start = first.end()
    if last := _CLOSING.search(text[start:end]):
        end = start + last.start()
    words = text[start:end]
    if words == "Washington" and (district := _DISTRICT.match(text, end)):
        end = district.end()
    if words.count("(") > words.count(")"):
        end = start + len(words[: words.rindex("(")].rstrip())
    return replace(span, start=start, end=end) if start < end else None


def _is_name(text: str, span: Span, credits: list[tuple[int, int]]) -> bool:
    words = text[span.start : span.end]
    if not any(character.isalpha() for character in words) or (words.islower() and span.label not in {"NORP", "GPE"}):
        return False
    parts = len(_SEPARATOR.findall(words))
    if parts > 1 or (parts and _AGENCY.search(words)):
        return False
    return not any(start <= span.start and span.end <= end for start, end in credits)
