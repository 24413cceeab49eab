"""Lexicons of topics: which words of a language speak for which IPTC Media Topic.

There is one file a language in the folder `lexicon`. An item of `words` is a word, or a phrase of up to four words,
alone (it counts fully) or with a weight below 1 where it often stands in articles on something else:

    language: en
    version: "1"
    endings: [s, es, y/ies]
    topics:
      medtop:15000000:
        label: sport
        words: [football, home run, club: 0.5]

Case, apostrophes and hyphens do not matter. `endings` are added to each word of three letters or more, so `home run`
also finds `home runs`; `y/ies` puts `ies` in the place of `y`. A form that is listed itself keeps its own topics and
weight. Raise `version` whenever the words change: it is recorded with each article.
"""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from transforms.errors import ConfigError

SCHEME = "iptc-mediatopic"
"""Vocabulary of the topics: the top level of IPTC Media Topics."""

LABELS: Mapping[str, str] = {
    "medtop:01000000": "arts, culture, entertainment and media",
    "medtop:02000000": "crime, law and justice",
    "medtop:03000000": "disaster, accident and emergency incident",
    "medtop:04000000": "economy, business and finance",
    "medtop:05000000": "education",
    "medtop:06000000": "environment",
    "medtop:07000000": "health",
    "medtop:08000000": "human interest",
    "medtop:09000000": "labour",
    "medtop:10000000": "lifestyle and leisure",
    "medtop:11000000": "politics",
    "medtop:12000000": "religion",
    "medtop:13000000": "science and technology",
    "medtop:14000000": "society",
    "medtop:15000000": "sport",
    "medtop:16000000": "conflict, war and peace",
    "medtop:17000000": "weather",
}
"""English name of each topic by its code."""

MAX_PHRASE_WORDS = 4

# Letters and digits only: apostrophes and hyphens part words, so that their kinds don't matter.
_WORD = re.compile(r"[^\W_]+")
_MIN_INFLECTED_CHARS = 3


class LexiconError(ConfigError):
    """A lexicon can't be used; the text names the file, the topic and the word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase of a lexicon.

    Attributes:
        text: as listed, case folded.
        weights: code of each topic it speaks for, and how strongly, in (0, 1].
    """

    text: str
    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A term as it may stand in a text.

    Attributes:
        spelling: how to write it, such as `women's rights`.
        term: what it is a form of.
    """

    spelling: str
    term: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The words of one language.

    Attributes:
        language: ISO 639-1 code.
        version: changes whenever the words do.
        forms: all forms of all terms, by their words with a blank between them: `women s rights`.
        longest_phrase: number of words of the longest form.
    """

    language: str
    version: str
    forms: Mapping[str, Form]
    longest_phrase: int


def split_words(text: str) -> list[str]:
    """Return the words of `text`, case folded.

    >>> split_words("The Women's Super-League")
    ['the', 'women', 's', 'super', 'league']
    """
    return _WORD.findall(text.casefold())


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
        return _build_lexicon(yaml.safe_load(source))
    except yaml.YAMLError as error:
        raise LexiconError(f"{name}: not YAML: {error}") from error
    except LexiconError as error:
        raise LexiconError(f"{name}: {error}") from None


def _build_lexicon(content: object) -> Lexicon:
    _check_keys(content, {"language", "version", "endings", "topics"}, "lexicon")
    fields: dict[str, Any] = dict(content)  # type: ignore[call-overload]  # _check_keys refuses all but mappings
    _check_keys(fields["topics"], set(LABELS), "topics")
    for key in ("language", "version"):
        if not isinstance(fields[key], str):
            raise LexiconError(f"{key} must be text, put quotes around {fields[key]!r}")
    forms = _index_forms(_read_terms(fields["topics"]), _read_endings(fields["endings"]))
    return Lexicon(
        language=fields["language"],
        version=fields["version"],
        forms=forms,
        longest_phrase=max(len(form.split()) for form in forms),
    )


def _check_keys(value: object, keys: set[str], where: str) -> None:
    if not isinstance(value, dict):
        raise LexiconError(f"{where} must be a mapping, got {value!r:.40}")
    if unknown := sorted(map(str, value.keys() - keys)):
        raise LexiconError(f"{where} has unknown {', '.join(unknown)}; known are {', '.join(sorted(keys))}")
    if missing := sorted(keys - value.keys()):
        raise LexiconError(f"{where} lacks {', '.join(missing)}")


def _read_endings(value: object) -> list[tuple[str, str]]:
    """Return what each ending replaces (often nothing) and what it puts there."""
    if not isinstance(value, list) or not all(isinstance(ending, str) for ending in value):
        raise LexiconError(f"endings must be a list such as [s, y/ies], got {value!r:.40}")
    pairs = (ending.rpartition("/") for ending in value)
    return [(old, new) for old, _, new in pairs]


def _read_terms(topics: Mapping[str, Any]) -> list[Term]:
    texts: dict[str, str] = {}
    weights: dict[str, dict[str, float]] = {}
    for code, topic in topics.items():
        _check_keys(topic, {"label", "words"}, code)
        if topic["label"] != LABELS[code]:
            raise LexiconError(f"{code} has the label {topic['label']!r}, must be {LABELS[code]!r}")
        if not isinstance(topic["words"], list) or not topic["words"]:
            raise LexiconError(f"{code}: words must be a list of words, got {topic['words']!r:.40}")
        for item in topic["words"]:
            text, weight = _read_item(item, code)
            form = _join_words(text)
            texts.setdefault(form, text)
            _set_weight(weights.setdefault(form, {}), text, code, weight)
    return [Term(text=texts[form], weights=tuple(by_topic.items())) for form, by_topic in weights.items()]


def _read_item(item: object, code: str) -> tuple[str, float]:
    """Return the text and weight of a list item: `word`, or `word: weight`."""
    text, weight = next(iter(item.items())) if isinstance(item, dict) and len(item) == 1 else (item, 1.0)
    if not isinstance(text, str):
        raise LexiconError(f"{code}: {text!r} is not a word, put quotes around it")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1:
        raise LexiconError(f"{code}: weight of {text!r} must be more than 0 and at most 1, got {weight!r}")
    count = len(split_words(text))
    if not 1 <= count <= MAX_PHRASE_WORDS:
        raise LexiconError(f"{code}: {text!r} must have 1 to {MAX_PHRASE_WORDS} words, has {count}")
    return text.casefold(), float(weight)


def _set_weight(by_topic: dict[str, float], text: str, code: str, weight: float) -> None:
    if code in by_topic:
        raise LexiconError(f"{code}: {text!r} stands there twice")
    by_topic[code] = weight
    full = [topic for topic, value in by_topic.items() if value == 1]
    if len(full) > 1:
        raise LexiconError(f"{text!r} has full weight in {' and '.join(full)}; lower it in all but one")


def _join_words(text: str) -> str:
    return " ".join(split_words(text))


def _index_forms(terms: Iterable[Term], endings: Iterable[tuple[str, str]]) -> dict[str, Form]:
    """Return the forms of all terms by their words; a listed form is never another term's."""
    terms, endings = list(terms), list(endings)
    forms = {_join_words(term.text): Form(spelling=term.text, term=term) for term in terms}
    for term in terms:
        for spelling in _inflect_phrase(term.text, endings):
            forms.setdefault(_join_words(spelling), Form(spelling=spelling, term=term))
    return forms


def _inflect_phrase(text: str, endings: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield `text` with all combinations of the forms of its words; what stands between them stays."""
    gaps = _WORD.split(text)
    for words in itertools.product(*(_inflect_word(word, endings) for word in split_words(text))):
        yield "".join(gap + word for gap, word in zip(gaps, words, strict=False))


def _inflect_word(word: str, endings: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield word
    if len(word) < _MIN_INFLECTED_CHARS:
        return
    for old, new in endings:
        if word.endswith(old):
            yield word.removesuffix(old) + new
