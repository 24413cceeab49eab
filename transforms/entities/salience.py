"""How much an article is about each of its entities.

What is named early, often and in the headline is what an article is about (Dunietz and Gillick: "A new entity salience
task with millions of training examples", EACL 2014). Captions and the place before the first sentence say little of
it, and a town named once with its state ("from Lindhaven, Texas") only says where someone lives. The weights
were searched for among round numbers on ten articles.
"""

# ruff: noqa: RUF001 - quotation marks and dashes as newspapers print them

import math
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from transforms.entities.labels import PLACES
from transforms.entities.linking import Group

_LEAD_CHARS: Final = 400  # so far into the text, being early counts half
_BIAS: Final = -5.75
_EARLY: Final = 6.0
_OFTEN: Final = 4.0
_IN_HEADLINE: Final = 4.0
_IN_PASSING: Final = -2.0

_MAX_HEADLINE_CHARS: Final = 200
_MAX_BYLINE_CHARS: Final = 40
_MAX_CAPTION_CHARS: Final = 400
# The credit that ends a caption: "The old pier. Image: Jane Doe."
_CREDIT: Final = re.compile(
    r"\b(?:images?|photos?|photographs?|pictures?|videos?|crédits?|credits?)(?: credit)?\s?:[^\n]{1,80}$",
    re.IGNORECASE | re.MULTILINE,
)
# "LINDHAVEN, Texas (Agency) - ": up to six words, each read once.
_DATELINE: Final = re.compile(r"(?:[A-Z][\w.'’]*,?\s){1,6}(?:\([^)\n]{2,30}\)\s)?[-–—]{1,2}\s")
_WITHIN: Final = re.compile(r", [A-Z]")


@dataclass(frozen=True, slots=True)
class _Layout:
    """What of an article is its headline, and what is no part of its story.

    Attributes:
        headline: given beside the text, or its first line.
        start: of the story in the text.
        asides: (start, end) of captions and the dateline, in order.
    """

    headline: str
    start: int
    asides: tuple[tuple[int, int], ...]

    def is_aside(self, place: int) -> bool:
        """Say whether a place is in a caption or the dateline."""
        before = bisect_right(self.asides, (place, math.inf))
        return before > 0 and place < self.asides[before - 1][1]

    def depth(self, place: int) -> int:
        """Return how many characters of the story stand before a place in it."""
        return place - self.start - sum(end - start for start, end in self.asides if self.start <= start < place)


@dataclass(frozen=True, slots=True)
class Features:
    """What tells how much an article is about an entity.

    Attributes:
        early: 1 where the story begins with it, .5 where it is first named 400 characters later, 0 if not at all.
        often: logarithm of its count by that of the largest count in the article.
        in_headline: whether the headline names it.
        in_passing: whether it is a place that is named once, to say where in a larger one.
    """

    early: float
    often: float
    in_headline: bool
    in_passing: bool

    @property
    def salience(self) -> float:
        """How much the article is about the entity, in (0, 1)."""
        score = _BIAS + _EARLY * self.early + _OFTEN * self.often
        score += _IN_HEADLINE * self.in_headline + _IN_PASSING * self.in_passing
        return 1 / (1 + math.exp(-score))


def salience_of(text: str, title: str | None, groups: Sequence[Group]) -> list[float]:
    """Return the salience of each entity, in (0, 1), rounded to three digits; .5 and more is what a summary names.

    Args:
        text: of the article.
        title: its headline; without one a short first line of the text counts as such.
        groups: the entities.
    """
    return [round(features.salience, 3) for features in features_of(text, title, groups)]


def features_of(text: str, title: str | None, groups: Sequence[Group]) -> list[Features]:
    """Return what salience is made of, for each entity; the arguments are those of `salience_of`."""
    layout = _layout(text, title)
    named = [is_named(layout.headline, text, group) for group in groups]
    places = [[place for span in group.spans if (place := span.start) >= layout.start] for group in groups]
    told = [[place for place in found if not layout.is_aside(place)] for found in places]
    counts = [len(found) + in_headline for found, in_headline in zip(told, named, strict=True)]
    most = max(counts, default=0)
    return [
        Features(
            early=_early(layout, found),
            often=_often(count, most),
            in_headline=in_headline,
            in_passing=_is_in_passing(text, group),
        )
        for found, count, in_headline, group in zip(told, counts, named, groups, strict=True)
    ]


def is_named(headline: str, text: str, group: Group) -> bool:
    """Return whether a headline names an entity by one of the forms that the text has."""
    return _is_in(headline, {text[span.start : span.end] for span in group.spans})


def _early(layout: _Layout, places: Sequence[int]) -> float:
    return _LEAD_CHARS / (_LEAD_CHARS + layout.depth(places[0])) if places else 0.0


def _often(count: int, most: int) -> float:
    return math.log1p(count) / math.log1p(max(most, 3))


def _is_in(headline: str, forms: Collection[str]) -> bool:
    return any(form in headline and re.search(rf"(?<!\w){re.escape(form)}(?!\w)", headline) for form in forms)


def _is_in_passing(text: str, group: Group) -> bool:
    """Return whether a place is named once only, to say where in a larger one."""
    return group.label in PLACES and len(group.spans) == 1 and bool(_WITHIN.match(text, group.spans[0].end))


def _layout(text: str, title: str | None) -> _Layout:
    line = text.partition("\n")[0]
    is_headline = line == title or (not title and len(line) < min(len(text), _MAX_HEADLINE_CHARS))
    captions = list(_captions(text))
    start = _story_start(text, len(line) + 1 if is_headline else 0, captions)
    asides = captions
    if dateline := _DATELINE.match(text, start):
        asides = sorted([*captions, dateline.span()])
    return _Layout(title or (line if is_headline else ""), start, tuple(asides))


def _captions(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each caption, in order; of a long line only the credit is one."""
    for credit in _CREDIT.finditer(text):
        line = text.rfind("\n", 0, credit.start()) + 1
        yield (line if credit.end() - line < _MAX_CAPTION_CHARS else credit.start()), credit.end()


def _story_start(text: str, start: int, captions: Sequence[tuple[int, int]]) -> int:
    """Return where the first line begins that is no caption, and too long for a date or a byline."""
    openings = {opening for opening, _ in captions}
    for line in text[start:].splitlines(keepends=True):
        if len(line) > _MAX_BYLINE_CHARS and start not in openings:
            return start
        start += len(line)
    return 0
