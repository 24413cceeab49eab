"""Languages: what is detected, how surely, and what is left alone."""

import dataclasses
import functools
import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from tests.conftest import make_article
from transforms.language import LONGEST_FEATURE, MAX_CHARS, DetectLanguage, _load_identifier, detect_language
from transforms.records import ModelVersion, RawArticle, StepError

MODEL = ModelVersion(step="language", name="py3langid", version=importlib.metadata.version("py3langid"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The officers had planned the coup for months, and it failed within a day.", "en"),
        ("Les officiers préparaient le coup depuis des mois, et il a échoué en un jour.", "fr"),
        ("Die Offiziere hatten den Putsch seit Monaten geplant, doch er scheiterte.", "de"),
        ("Los oficiales llevaban meses preparando el golpe, que fracasó en un día.", "es"),
        ("Офицеры готовили переворот несколько месяцев, но он провалился за день.", "ru"),
        ("将校たちは数か月前からクーデターを計画していたが、一日で失敗に終わった。", "ja"),
        ("THE OFFICERS HAD PLANNED THE COUP FOR MONTHS, AND IT FAILED WITHIN A DAY.", "en"),
    ],
)
def test_the_language_of_a_sentence_is_detected(text: str, expected: str) -> None:
    """One sentence is enough to be sure."""
    article = detect_language(make_article(text=text))

    assert (expected, (MODEL,), ()) == (article.language, article.models, article.errors)
    assert article.language_confidence is not None
    assert 0.9 < article.language_confidence <= 1


def test_a_few_words_are_less_sure_than_a_text() -> None:
    """The confidence tells a guess from a finding."""
    guess = detect_language(make_article(text="Mayor Anna Berg, Oslo, Bergen"))
    finding = detect_language(make_article(text="The mayor of Bergen said on Monday that she would not resign."))

    assert guess.language_confidence is not None
    assert finding.language_confidence is not None
    assert guess.language_confidence < 0.6 < finding.language_confidence


def test_a_stated_language_stays() -> None:
    """An article that has a language is returned as it is, without a confidence."""
    article = make_article(text="The officers had planned the coup for months.", language="fr")

    assert article is detect_language(article)


def test_the_title_counts() -> None:
    """A headline helps where the text is short."""
    article = detect_language(make_article(title="Les officiers préparaient un coup", text="Paris, 12 h 30."))

    assert article.language == "fr"


def test_only_the_beginning_counts() -> None:
    """What stands after the first characters does not change the result."""
    text = "The officers had planned the coup for months. ".ljust(MAX_CHARS, "x")
    french = " Les officiers préparaient le coup depuis des mois." * 500

    assert detect_language(make_article(text=text)).language_confidence == (
        detect_language(make_article(text=text + french)).language_confidence
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "too_short"),
        ("Too few letters.", "too_short"),
        ("1,234.56 + 7,890 = 9,124.56 " * 20, "too_short"),
        ("QX7-8812-KLF 9931/AA 22.10 ZZ19 0xFF3A A1B2C3D4E5F6 77-PQ-03 RR:19:BB " * 3, "no_language"),
    ],
)
def test_what_is_no_language_is_reported(text: str, code: str) -> None:
    """Too little text, and what is no prose, leave the language empty and say so."""
    earlier = StepError(step="earlier", code="any", message="before")
    article = detect_language(make_article(text=text, errors=(earlier,)))
    models = (MODEL,)

    assert article.language is None
    assert article.language_confidence is None
    assert models == article.models
    assert [("earlier", "any"), ("language", code)] == [(error.step, error.code) for error in article.errors]


@given(st.text(max_size=200))
def test_any_text_has_a_language_or_an_error(text: str) -> None:
    """Each article gets a two-letter code and a confidence, or one error; nothing else of it changes."""
    before = make_article(text=text)
    article = detect_language(before)

    assert (article.language is None) == bool(article.errors) == (article.language_confidence is None)
    assert article.language is None or len(article.language) == 2
    assert article.language_confidence is None or 0 <= article.language_confidence <= 1
    assert before == dataclasses.replace(article, language=None, language_confidence=None, models=(), errors=())


def test_detect_language_fills_each_article() -> None:
    """The transform gives the same articles with what the function fills."""
    articles = [
        make_article(id="1" * 32, text="The officers had planned the coup for months."),
        make_article(id="2" * 32, text="Les officiers préparaient le coup depuis des mois."),
        make_article(id="3" * 32, text="Short."),
        make_article(id="4" * 32, text="Die Offiziere.", language="de"),
    ]

    assert [detect_language(article) for article in articles] == (articles | DetectLanguage())


def test_detect_language_refuses_other_elements() -> None:
    """What has not been extracted can't be fed to it."""
    raw = RawArticle(source_kind="text", source_uri="stored/one.txt", body=b"A coup.", media_type="text/plain")
    with pytest.raises(TypeCheckError, match="RawArticle"), beam.Pipeline() as pipeline:
        _ = pipeline | beam.Create([raw]).with_output_types(RawArticle) | DetectLanguage()


@functools.cache
def _py3langid() -> LanguageIdentifier:
    """Return py3langid's own classifier, for the languages that newsbeam knows."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(set(_load_identifier().languages))
    return identifier


def _assert_same_answer(text: str) -> None:
    language, confidence = _load_identifier().classify(text)

    assert _py3langid().classify(text) == (language, pytest.approx(confidence, abs=1e-4))


@pytest.mark.parametrize("path", sorted(Path("configs/sample").rglob("*.*ml")), ids=lambda path: path.name)
def test_the_answers_are_those_of_py3langid(path: Path) -> None:
    """Walking all bytes at once changes nothing, on texts of many kinds and lengths."""
    text = path.read_text(encoding="utf-8", errors="replace")
    for size in (1, 5, 6, 7, 40, 400, 5_000):
        _assert_same_answer(text[-size:])


@given(st.text(st.characters(exclude_categories=["Cn"]), min_size=40), st.sampled_from([str, str.upper]))
def test_the_answers_are_those_of_py3langid_on_any_text(text: str, case: Callable[[str], str]) -> None:
    """Characters of all scripts, decomposed, in capitals, lone surrogates too."""
    _assert_same_answer("Ordinary words of a text, " + case(text))


def test_no_feature_of_the_model_is_longer_than_the_walk() -> None:
    """The states that can be reached are all reached within the bytes of the longest feature."""
    identifier = _load_identifier()
    seen = np.zeros(len(identifier.rows), np.bool_)
    states = np.zeros(1, np.uint32)
    steps = 0
    while len(states):
        seen[states] = True
        states = np.unique(identifier.moves[identifier.rows[states]])
        states = states[~seen[states]]
        steps += bool(len(states))

    assert (LONGEST_FEATURE, True) == (steps, bool(seen.all()))
