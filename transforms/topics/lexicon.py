"""Lexicons of topics: which words of a language speak for which IPTC Media Topic.

There is one file a language in the folder `lexicon`. `words` are words, and phrases of up to six words, with commas
between them, alone (they count fully) or with a weight: below 1 where they often stand in articles on something else,
up to 5 where they decide nearly alone, such as `dies aged`:

    language: en
    version: "1"
    endings: [s, es, y/ies]
    neutral: >-
      ballpark figure
    topics:
      medtop:15000000:
        label: sport
        words: >-
          championship, club: 0.5
        subtopics:
          medtop:20000849:
            label: baseball
            words: >-
              baseball, home run

The words of a subtopic speak for its topic too. Case, apostrophes and hyphens do not matter. `endings` are added to
each word of three letters or more, so `home run` also finds `home runs`; `y/ies` puts `ies` in the place of `y`. A form
that is listed itself keeps its own topics and weight. `klima*` is any word that begins so, `*meister` any that ends so.
Where phrases overlap, the longest counts and the words in it do not: a phrase under `neutral` speaks for nothing and
keeps its words from speaking. Raise `version` whenever the words change: it is recorded with each article.
"""

import functools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from transforms.errors import ConfigError
from transforms.topics.terms import MIN_STEM_CHARS, Ending, Term, TermFinder, is_open_word, split_words
from transforms.topics.vocabulary import LABELS, SUBTOPICS

MAX_PHRASE_WORDS: Final = 6
MAX_WEIGHT: Final = 5

# The loader in C is ten times as fast. Wheels of PyYAML have it; a build without libyaml has not. The words are plain
# text to YAML, since it takes longer over 8,000 list items than all the rest does.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LexiconError(ConfigError):
    """A lexicon can't be used; the text names the file, the topic and the word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The words of one language.

    Attributes:
        language: ISO 639-1 code.
        version: changes whenever the words do.
        terms: all words and phrases.
        finder: finds them in texts.
    """

    language: str
    version: str
    terms: tuple[Term, ...]
    finder: TermFinder


def find_lexicon(language: str | None) -> Lexicon | None:
    """Return the lexicon of a language, None if newsbeam has none.

    Raises:
        LexiconError: the file of that language is wrong.
    """
    if language is None or language not in lexicon_languages():
        return None
    return _load_lexicon(language)


@functools.cache
def lexicon_languages() -> tuple[str, ...]:
    """Return the codes of the languages that have a lexicon, sorted."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in _folder().iterdir() if file.name.endswith(".yaml")))


@functools.cache
def _load_lexicon(language: str) -> Lexicon:
    file = _folder() / f"{language}.yaml"
    return parse_lexicon(file.read_text(encoding="utf-8"), name=file.name)


def _folder() -> Traversable:
    return resources.files("transforms.topics") / "lexicon"


def parse_lexicon(source: str, name: str) -> Lexicon:
    """Return the lexicon that the YAML `source` holds; `name` is for messages.

    Raises:
        LexiconError: it is no YAML, lacks a key or a topic, or has a word or weight that can't be.
    """
    try:
        return _build_lexicon(yaml.load(source, _LOADER))
    except yaml.YAMLError as error:
        raise LexiconError(f"{name}: not YAML: {error}") from error
    except LexiconError as error:
        raise LexiconError(f"{name}: {error}") from None


def _build_lexicon(content: object) -> Lexicon:
    fields = _check_keys(content, {"language", "version", "endings", "topics"}, "lexicon", optional=("neutral",))
    topics = _check_keys(fields["topics"], set(LABELS), "topics")
    for key in ("language", "version"):
        if not isinstance(fields[key], str):
            raise LexiconError(f"{key} must be text, put quotes around {fields[key]!r}")
    collection = _TermCollection()
    for code, topic in topics.items():
        collection.read_topic(code, topic)
    if "neutral" in fields:
        collection.read_neutral(fields["neutral"])
    terms = collection.terms()
    return Lexicon(
        language=fields["language"],
        version=fields["version"],
        terms=terms,
        finder=TermFinder(terms, _read_endings(fields["endings"])),
    )


def _check_keys(value: object, keys: set[str], where: str, optional: Iterable[str] = ()) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LexiconError(f"{where} must be a mapping, got {value!r:.40}")
    known = keys.union(optional)
    if unknown := sorted(map(str, value.keys() - known)):
        raise LexiconError(f"{where} has unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if missing := sorted(keys - value.keys()):
        raise LexiconError(f"{where} lacks {', '.join(missing)}")
    return value


def _check_labelled(value: object, code: str, label: str, optional: Iterable[str] = ()) -> dict[str, Any]:
    fields = _check_keys(value, {"label", "words"}, code, optional)
    if fields["label"] != label:
        raise LexiconError(f"{code} has the label {fields['label']!r}, must be {label!r}")
    return fields


def _read_endings(value: object) -> list[Ending]:
    if not isinstance(value, list) or not all(isinstance(ending, str) for ending in value):
        raise LexiconError(f"endings must be a list such as [s, y/ies], got {value!r:.40}")
    pairs = (ending.rpartition("/") for ending in value)
    return [(old, new) for old, _, new in pairs]


class _TermCollection:
    """The terms of a lexicon while its lists are read, each term once with all its topics."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._weights: dict[str, dict[str, float]] = {}
        self._subtopics: dict[str, dict[str, float]] = {}

    def read_topic(self, code: str, topic: object) -> None:
        """Add the words of a topic and of its subtopics."""
        fields = _check_labelled(topic, code, LABELS[code], optional=("subtopics",))
        self._read_words(fields["words"], code)
        labels = SUBTOPICS[code]
        for narrower, subtopic in _check_keys(fields.get("subtopics", {}), set(), code, optional=labels).items():
            self._read_words(_check_labelled(subtopic, narrower, labels[narrower])["words"], code, narrower)

    def _read_words(self, words: object, code: str, narrower: str | None = None) -> None:
        where = narrower or code
        seen: set[str] = set()
        for text, weight in _read_items(words, where):
            key = _key(text)
            if key in seen:
                raise LexiconError(f"{where}: {text!r} stands there twice")
            seen.add(key)
            self._texts.setdefault(key, text)
            self._set_weight(key, code, weight)
            if narrower:
                self._subtopics.setdefault(key, {})[narrower] = weight

    def _set_weight(self, key: str, code: str, weight: float) -> None:
        by_topic = self._weights.setdefault(key, {})
        by_topic[code] = max(weight, by_topic.get(code, 0))
        full = [topic for topic, value in by_topic.items() if value >= 1]
        if len(full) > 1:
            text = self._texts[key]
            raise LexiconError(f"{text!r} has full weight in {' and '.join(full)}; lower it in all but one")

    def read_neutral(self, words: object) -> None:
        """Add the phrases that speak for nothing."""
        for text, _ in _read_items(words, "neutral"):
            if _key(text) in self._texts:
                raise LexiconError(f"neutral: {text!r} stands there twice, or in a topic too")
            self._texts[_key(text)] = text

    def terms(self) -> tuple[Term, ...]:
        """Return all terms."""
        return tuple(
            Term(
                text=text,
                weights=tuple(self._weights.get(key, {}).items()),
                subtopics=tuple(self._subtopics.get(key, {}).items()),
            )
            for key, text in self._texts.items()
        )


def _read_items(words: object, where: str) -> Iterator[tuple[str, float]]:
    """Yield text and weight of what stands between the commas: `word`, or `word: weight`."""
    if not isinstance(words, str) or not words.strip():
        raise LexiconError(f"{where}: words must be text such as `goal, club: 0.5`, got {words!r:.40}")
    for item in words.casefold().split(","):
        text, colon, weight = (part.strip() for part in item.partition(":"))
        if "*" in text and not is_open_word(text):
            raise LexiconError(
                f"{where}: {text!r} must be one word of {MIN_STEM_CHARS} letters with * at one end of it"
            )
        count = len(split_words(text))
        if not 1 <= count <= MAX_PHRASE_WORDS:
            raise LexiconError(f"{where}: {text!r} must have 1 to {MAX_PHRASE_WORDS} words, has {count}")
        yield text, _read_weight(weight, text, where) if colon else 1.0


def _read_weight(weight: str, text: str, where: str) -> float:
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not 0 < value <= MAX_WEIGHT:
        raise LexiconError(f"{where}: weight of {text!r} must be more than 0 and at most {MAX_WEIGHT}, got {weight!r}")
    return value


def _key(text: str) -> str:
    """Return what is the same for all ways to write a term; the star of an open word is part of it."""
    return text if "*" in text else " ".join(split_words(text))
