"""Topics of one article, by the words of a lexicon and by what its publisher says of it.

Each term of the lexicon that an article uses adds to the strength of its topics: its weight times the logarithm of how
often it is used, so that no word decides by being repeated. What the publisher says (section, keywords, address) adds a
fixed strength. A topic's score is its share of all topics' strengths, each squared; a fixed strength for "no topic" is
among them, so that a word or two say little. docs/topics.md tells how often topics of a score are right.
"""

import dataclasses
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from transforms.records import Article, ModelVersion, StepError, Topic
from transforms.topics.cues import find_cues
from transforms.topics.custom import CustomTopics, find_custom_topics
from transforms.topics.lexicon import Lexicon, find_lexicon, lexicon_languages
from transforms.topics.terms import Term, spell, split_words
from transforms.topics.vocabulary import LABELS, SCHEME, SUBTOPICS

DEFAULT_MIN_SCORE: Final = 0.1
"""Lowest score of a topic that is kept."""

MIN_PRIMARY_SCORE: Final = 0.25
"""Lowest score of a primary topic: below it, fewer than every second topic is right."""

MAX_EVIDENCE: Final = 5

# How often a word of each field counts: the headline says what an article is about.
_TITLE_WEIGHT: Final = 6
_DESCRIPTION_WEIGHT: Final = 3
_KEYWORD_WEIGHT: Final = 1
_LEAD_WEIGHT: Final = 2
_TEXT_WEIGHT: Final = 1
_LEAD_CHARS: Final = 600
# What stands further down a long article is background, which has topics of its own.
_MAX_CHARS: Final = 4_000
_NO_TOPIC_STRENGTH: Final = 1.0
# An article has more topics than one: of two that share its words alike, both are right more often than not.
_SCORE_POWER: Final = 1.5
# Strength of a section, keyword or address that names a topic: that of a word or two.
_CUE_STRENGTH: Final = 1.5
# A narrower topic is named if so much speaks for it, so large a share of what speaks for its topic, and so large a
# share of what speaks for any narrower topic there.
_MIN_SUBTOPIC_STRENGTH: Final = 1.0
_MIN_SHARE_OF_TOPIC: Final = 0.12
_MIN_SHARE_OF_SUBTOPICS: Final = 0.3
_MAX_SUBTOPICS: Final = 2

Strengths = dict[str, dict[str, float]]
"""By topic what speaks for it, each with its strength."""


def classify_topics(article: Article, min_score: float = DEFAULT_MIN_SCORE, custom: CustomTopics = ()) -> Article:
    """Return `article` with its topics of at least `min_score`, the strongest Media Topic being `primary_topic`.

    An article that is about nothing clearly gets no topic, or topics of low scores and no primary one. In a language
    without lexicon it gets an error instead, and of the topics only those of the user's own.
    """
    found = find_custom_topics(article, custom)
    lexicon = find_lexicon(article.language)
    if lexicon is None:
        error = _unsupported_language(article.language)
        return dataclasses.replace(
            article, topics=_rank(found, min_score), primary_topic=None, errors=(*article.errors, error)
        )
    topics = _rank([*_media_topics(weigh_topics(article, lexicon), min_score), *found], min_score)
    return dataclasses.replace(
        article,
        topics=topics,
        primary_topic=find_primary_topic(topics),
        models=(*article.models, _model_of(lexicon)),
    )


def find_primary_topic(topics: Iterable[Topic]) -> str | None:
    """Return the code of the strongest Media Topic, None where none is clear enough; `topics` are strongest first."""
    strongest = next((topic for topic in topics if topic.scheme == SCHEME), None)
    return strongest.code if strongest is not None and strongest.score >= MIN_PRIMARY_SCORE else None


def explain_topics(article: Article, lexicon: Lexicon) -> list[tuple[Topic, Mapping[str, float]]]:
    """Return all topics that anything speaks for, strongest first, each with all that does and how strongly."""
    strengths = weigh_topics(article, lexicon)
    return [(topic, strengths[topic.code]) for topic in _rank(_media_topics(strengths, 0), 0)]


def _unsupported_language(language: str | None) -> StepError:
    found = "the language is unknown" if language is None else f"no lexicon for language {language!r:.20}"
    known = ", ".join(lexicon_languages())
    return StepError(step="topics", code="unsupported_language", message=f"{found}; lexicons: {known}")


def _model_of(lexicon: Lexicon) -> ModelVersion:
    return ModelVersion(step="topics", name=f"newsbeam-lexicon-{lexicon.language}", version=lexicon.version)


def weigh_topics(article: Article, lexicon: Lexicon) -> Strengths:
    """Return by topic what speaks for it, each with its strength: words as they stand first, and publisher's cues."""
    strengths: Strengths = defaultdict(dict)
    for term, spelling, count in _count_terms(article, lexicon).values():
        logarithm = math.log1p(count)
        for code, weight in (*term.weights, *term.subtopics):
            strengths[code][spelling] = weight * logarithm
    for code, cue in find_cues(article):
        strengths[code][cue] = _CUE_STRENGTH
    return strengths


def _count_terms(article: Article, lexicon: Lexicon) -> dict[str, tuple[Term, str, float]]:
    """Return by text the terms that speak for a topic, with the form that stands first and how often they count."""
    counts: dict[str, tuple[Term, str, float]] = {}
    for words, weight in _weighted_words(article):
        for found in lexicon.finder.find(words):
            text = found.term.text
            if text in counts:
                term, spelling, count = counts[text]
                counts[text] = term, spelling, count + weight
            elif found.term.weights:
                counts[text] = found.term, spell(found.term, words[found.start : found.end]), weight
    return counts


def _weighted_words(article: Article) -> Iterable[tuple[list[str], float]]:
    yield split_words(article.title or ""), _TITLE_WEIGHT
    yield split_words(article.description or ""), _DESCRIPTION_WEIGHT
    for keyword in article.keywords:
        yield split_words(keyword), _KEYWORD_WEIGHT
    lead = _end_of_word(article.text, _LEAD_CHARS)
    yield split_words(article.text[:lead]), _LEAD_WEIGHT
    yield split_words(article.text[lead : _end_of_word(article.text, _MAX_CHARS)]), _TEXT_WEIGHT


def _end_of_word(text: str, limit: int) -> int:
    """Return the last place up to `limit` where no word of `text` is cut; 0 if there is none."""
    if len(text) <= limit:
        return len(text)
    return max(text.rfind(space, 0, limit + 1) for space in " \n") + 1


def _rank(found: Iterable[Topic], min_score: float) -> tuple[Topic, ...]:
    """Return the topics of at least `min_score`, strongest first, a topic before its narrower ones, then by code."""
    kept = [topic for topic in found if topic.score >= min_score]
    return tuple(sorted(kept, key=lambda topic: (-topic.score, topic.parent is not None, topic.code)))


def _media_topics(strengths: Strengths, min_score: float) -> Iterator[Topic]:
    scores = _score({code: sum(strengths[code].values()) for code in LABELS if code in strengths})
    for code, score in scores.items():
        yield _topic(code, LABELS[code], score, strengths[code])
        if score >= min_score:
            yield from _narrower_topics(code, score, strengths)


def _score(sums: Mapping[str, float]) -> dict[str, float]:
    """Return the score of each topic: its share of the squares of all strengths, raised as `_SCORE_POWER` says."""
    total = _NO_TOPIC_STRENGTH**2 + sum(strength**2 for strength in sums.values())
    return {code: round(1 - (1 - strength**2 / total) ** _SCORE_POWER, 4) for code, strength in sums.items()}


def _narrower_topics(code: str, score: float, strengths: Strengths) -> Iterable[Topic]:
    """Return the narrower topics that much of what speaks for a topic is about; none scores higher than the topic."""
    labels = SUBTOPICS[code]
    sums = {narrower: sum(strengths[narrower].values()) for narrower in labels if narrower in strengths}
    total = sum(sums.values())
    least = max(
        _MIN_SUBTOPIC_STRENGTH,
        _MIN_SHARE_OF_TOPIC * sum(strengths[code].values()),
        _MIN_SHARE_OF_SUBTOPICS * total,
    )
    clear = [(strength, narrower) for narrower, strength in sums.items() if strength >= least]
    for strength, narrower in sorted(clear, reverse=True)[:_MAX_SUBTOPICS]:
        yield _topic(
            narrower,
            labels[narrower],
            round(score * strength / (_NO_TOPIC_STRENGTH + total), 4),
            strengths[narrower],
            code,
        )


def _topic(code: str, label: str, score: float, of_words: Mapping[str, float], parent: str | None = None) -> Topic:
    return Topic(scheme=SCHEME, code=code, label=label, score=score, evidence=_strongest(of_words), parent=parent)


def _strongest(of_words: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(of_words, key=lambda word: (-of_words[word], word))[:MAX_EVIDENCE])
