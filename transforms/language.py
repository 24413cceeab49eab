"""Languages of articles."""

import dataclasses
import functools
import importlib.metadata

import apache_beam as beam
from apache_beam.pvalue import PCollection
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
from py3langid.modelio import load_model

from transforms.records import Article, ModelVersion, StepError

STEP = "language"
MIN_LETTERS = 20
MAX_CHARS = 5_000
_NO_LANGUAGE = "zxx"  # ISO 639 for numbers, markup and the like


def detect_language(article: Article) -> Article:
    """Return `article` with `language` and `language_confidence`; as it is if it has a language already.

    Title and the first 5,000 characters of the text count. The confidence is the probability that py3langid gives its
    choice among the languages that have an ISO 639-1 code. It tempers its scores by the length of the text, so the
    figure is rather too low than too high: of pieces of four to eight words in English, French, German and Spanish, 70
    in 100 were right at a confidence of 0.2 to 0.4, and 999 in 1,000 above 0.6. Articles have 0.99 and more. A text in
    two languages gets the one that prevails.
    """
    if article.language is not None:
        return article
    sample = "\n".join(part for part in (article.title, article.text[:MAX_CHARS]) if part)
    letters = sum(map(str.isalpha, sample))
    if letters < MIN_LETTERS:
        return _report(article, "too_short", f"{letters} letters, at least {MIN_LETTERS} are needed")
    language, confidence = _load_identifier().classify(sample)
    if language == _NO_LANGUAGE:
        return _report(article, "no_language", "numbers, names or markup, but no sentences")
    return dataclasses.replace(
        article,
        language=language,
        language_confidence=min(1.0, confidence),
        models=(*article.models, _name_model()),
    )


def _report(article: Article, code: str, message: str) -> Article:
    """Return `article` with the cause for which it has no language."""
    error = StepError(step=STEP, code=code, message=message)
    return dataclasses.replace(article, models=(*article.models, _name_model()), errors=(*article.errors, error))


@functools.cache
def _load_identifier() -> LanguageIdentifier:
    """Return the model, loaded once in a process, for languages with a code of two letters only."""
    weights, priors, labels, moves, rows, outputs = load_model(MODEL_DIR / MODEL_FILE)
    kept = [number for number, label in enumerate(labels) if len(label) == 2 or label == _NO_LANGUAGE]
    names = [labels[number] for number in kept]
    # The weights of the other languages are let go of here, 16 MB; `set_languages` would keep them.
    return LanguageIdentifier(weights[:, kept], priors[kept], names, moves, outputs, norm_probs=True, tk_row=rows)


@functools.cache
def _name_model() -> ModelVersion:
    return ModelVersion(step=STEP, name="py3langid", version=importlib.metadata.version("py3langid"))


@dataclasses.dataclass
class DetectLanguage(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Takes articles, gives the same articles with `language` and `language_confidence` filled.

    >>> article, = [make_article(text="The officers had planned the coup for months.")] | DetectLanguage()
    >>> article.language
    'en'
    """

    def preload(self) -> None:
        """Load the model in this process; those that are forked from it share it."""
        _load_identifier()

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        return articles | "DetectLanguage" >> beam.Map(detect_language)
