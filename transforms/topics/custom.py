"""Topics of the user's own: words, phrases and regular expressions of a config."""

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from transforms.records import Article, Topic
from transforms.topics.terms import Term, TermFinder, is_open_word, spell, split_words

CUSTOM_SCHEME: Final = "custom"
"""Name of the user's vocabulary in the output."""

_MAX_EVIDENCE: Final = 5
_MAX_EVIDENCE_CHARS: Final = 60
_TITLE_WEIGHT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTopic:
    r"""What speaks for a topic of the user's own, in any language.

    Attributes:
        words: words as they stand, whatever the case; `turbine*` is any word that begins so, `*mast` any that ends so.
        phrases: several words in a row.
        regexes: regular expressions of Python's `re`, whatever the case; they see headline, dek and text as they stand.

    >>> CustomTopic(words=("wind farm",), regexes=(r"\d+ megawatts?",)).words
    ('wind farm',)
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.words or self.phrases or self.regexes):
            raise ValueError("a custom topic needs words, phrases or regexes")
        for text in (*self.words, *self.phrases):
            if not split_words(text) or ("*" in text and not is_open_word(text)):
                raise ValueError(f"{text!r} is no word or phrase")
        for regex in self.regexes:
            try:
                re.compile(regex)
            except re.error as error:
                raise ValueError(f"{regex!r} is no regular expression: {error}") from error


CustomTopics = tuple[tuple[str, CustomTopic], ...]
"""Names of the user's topics, each with what speaks for it."""


def freeze_custom_topics(topics: Mapping[str, CustomTopic]) -> CustomTopics:
    """Return the topics of a config in the order of their names."""
    return tuple(sorted(topics.items()))


def find_custom_topics(article: Article, topics: CustomTopics) -> list[Topic]:
    """Return the user's topics that an article is about, in the order of their names.

    The strength of a topic is the sum, over what speaks for it, of the logarithm of how often it stands there, in the
    headline six times as often. Its score is strength / (1 + strength): 0.41 for one word, 0.66 for one in a headline.
    """
    return [topic for name, custom in topics if (topic := _weigh(article, name, custom)) is not None]


def _weigh(article: Article, name: str, custom: CustomTopic) -> Topic | None:
    counts: dict[str, tuple[str, float]] = {}
    for text, weight in ((article.title, _TITLE_WEIGHT), (article.description, 1), (article.text, 1)):
        for key, spelling in _find(text or "", custom):
            first, count = counts.get(key, (spelling, 0))
            counts[key] = first, count + weight
    if not counts:
        return None
    strength = sum(math.log1p(count) for _, count in counts.values())
    strongest = sorted(counts.values(), key=lambda found: (-found[1], found[0]))[:_MAX_EVIDENCE]
    return Topic(
        scheme=CUSTOM_SCHEME,
        code=name,
        label=name,
        score=round(strength / (1 + strength), 4),
        evidence=tuple(spelling for spelling, _ in strongest),
    )


def _find(text: str, custom: CustomTopic) -> list[tuple[str, str]]:
    """Return what speaks for a topic in a text: the word, phrase or regular expression, and how it stands there."""
    finder, regexes = _compile(custom)
    words = split_words(text)
    found = [(each.term.text, spell(each.term, words[each.start : each.end])) for each in finder.find(words)]
    for regex in regexes:
        found += [(regex.pattern, match[0][:_MAX_EVIDENCE_CHARS]) for match in regex.finditer(text) if match[0]]
    return found


@functools.lru_cache(maxsize=1_000)
def _compile(custom: CustomTopic) -> tuple[TermFinder, tuple[re.Pattern[str], ...]]:
    terms = [Term(text=text.casefold()) for text in dict.fromkeys((*custom.words, *custom.phrases))]
    return TermFinder(terms, ()), tuple(re.compile(regex, re.IGNORECASE) for regex in custom.regexes)
