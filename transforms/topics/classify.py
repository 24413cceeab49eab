"""Topics of one article, by the words of a lexicon.

Each term of the lexicon that an article uses adds to the strength of its topics: its weight times the logarithm of how
often it is used, so that no word decides by being repeated. A topic's score is its share of all topics' strengths,
squared; a fixed strength for "no topic" is among them, so that a word or two say little. On news that people had filed
under desks, about as many first topics were right as their scores say.
"""

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from transforms.records import Article, ModelVersion, StepError, Topic
from transforms.topics.lexicon import (
    LABELS,
    SCHEME,
    Form,
    Lexicon,
    find_lexicon,
    lexicon_languages,
    split_words,
)

DEFAULT_MIN_SCORE = 0.1
"""Lowest score of a topic that is kept."""

MAX_EVIDENCE = 5

# How often a word of each field counts: the headline says what an article is about.
_TITLE_WEIGHT = 3
_DESCRIPTION_WEIGHT = 1.5
_TEXT_WEIGHT = 1
# What stands further down a long article is background, which has topics of its own.
_MAX_CHARS = 4_000
_NO_TOPIC_STRENGTH = 0.6

_Strengths = dict[str, dict[str, float]]


def classify_topics(article: Article, min_score: float = DEFAULT_MIN_SCORE) -> Article:
    """Return `article` with its topics of at least `min_score`, the strongest of them being `primary_topic`.

    An article that is about nothing clearly gets no topic; one in a language without lexicon an error instead.
    """
    lexicon = find_lexicon(article.language)
    if lexicon is None:
        error = _unsupported_language(article.language)
        return dataclasses.replace(article, topics=(), primary_topic=None, errors=(*article.errors, error))
    topics = _rank_topics(_weigh_words(article, lexicon), min_score)
    return dataclasses.replace(
        article,
        topics=topics,
        primary_topic=topics[0].code if topics else None,
        models=(*article.models, _model_of(lexicon)),
    )


def _unsupported_language(language: str | None) -> StepError:
    found = "the language is unknown" if language is None else f"no lexicon for language {language!r:.20}"
    known = ", ".join(lexicon_languages())
    return StepError(step="topics", code="unsupported_language", message=f"{found}; lexicons: {known}")


def _model_of(lexicon: Lexicon) -> ModelVersion:
    return ModelVersion(step="topics", name=f"newsbeam-lexicon-{lexicon.language}", version=lexicon.version)


def _weigh_words(article: Article, lexicon: Lexicon) -> _Strengths:
    """Return by topic the words that speak for it, spelled as they stand first, each with its strength."""
    counts: dict[str, float] = defaultdict(float)
    first_forms: dict[str, Form] = {}
    for form, count in _count_forms(article, lexicon):
        counts[form.term.text] += count
        first_forms.setdefault(form.term.text, form)
    strengths: _Strengths = defaultdict(dict)
    for form in first_forms.values():
        for code, weight in form.term.weights:
            strengths[code][form.spelling] = weight * math.log1p(counts[form.term.text])
    return strengths


def _count_forms(article: Article, lexicon: Lexicon) -> Iterable[tuple[Form, float]]:
    """Yield the lexicon's words and phrases, always in the same order, with how often they count."""
    weighted = (
        (article.title, _TITLE_WEIGHT),
        (article.description, _DESCRIPTION_WEIGHT),
        (article.text, _TEXT_WEIGHT),
    )
    for text, weight in weighted:
        words = _lead_words(text or "")
        for size in range(1, lexicon.longest_phrase + 1):
            phrases = Counter(map(" ".join, zip(*(words[start:] for start in range(size)), strict=False)))
            yield from ((lexicon.forms[phrase], weight * n) for phrase, n in phrases.items() if phrase in lexicon.forms)


def _lead_words(text: str) -> list[str]:
    words = split_words(text[:_MAX_CHARS])
    if len(text) > _MAX_CHARS:
        del words[-1:]  # It may be half a word.
    return words


def _rank_topics(strengths: _Strengths, min_score: float) -> tuple[Topic, ...]:
    """Return the topics of at least `min_score`, strongest first, ties in the order of their codes."""
    squares = {code: sum(of_words.values()) ** 2 for code, of_words in strengths.items()}
    total = _NO_TOPIC_STRENGTH**2 + sum(squares.values())
    scores = {code: round(square / total, 4) for code, square in squares.items()}
    return tuple(
        Topic(scheme=SCHEME, code=code, label=LABELS[code], score=score, evidence=_strongest(strengths[code]))
        for code, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        if score >= min_score
    )


def _strongest(of_words: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(of_words, key=lambda word: (-of_words[word], word))[:MAX_EVIDENCE])
