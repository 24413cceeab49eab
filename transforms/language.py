"""Languages of articles."""

import dataclasses
import functools
import importlib.metadata
import io
import lzma
import math
import unicodedata

import apache_beam as beam
import numpy as np
import numpy.typing as npt
from apache_beam.pvalue import PCollection
from py3langid.langid import MODEL_DIR, MODEL_FILE

from transforms.records import Article, ModelVersion, StepError

STEP = "language"
MIN_LETTERS = 20
MAX_CHARS = 5_000
LONGEST_FEATURE = 6
"""Bytes in the longest sequence that py3langid's model knows."""
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


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Identifier:
    """py3langid's model, walked for all bytes of a text at once; the same answers in half the time, without its copies.

    The model's automaton finds sequences of up to six bytes. So the state that it is in after a byte depends on this
    one and the five before alone, and all states of a text are reached in six steps from the first state.

    Attributes:
        languages: of the columns of `weights`; one that is written in two scripts has two.
        weights: a row for each feature, in half precision.
        priors: of the languages.
        moves: next state, by row and byte.
        rows: row of each state in `moves`.
        features: feature that is found when a state is reached; negative for none.
    """

    languages: tuple[str, ...]
    weights: npt.NDArray[np.float16]
    priors: npt.NDArray[np.float32]
    moves: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.uint16]
    features: npt.NDArray[np.int32]

    def classify(self, text: str) -> tuple[str, float]:
        """Return the most likely language and its probability, as py3langid does with `norm_probs`."""
        lowered = text.lower() if text.isupper() else text
        data = np.frombuffer(unicodedata.normalize("NFC", lowered).encode("utf-8", "surrogatepass"), np.uint8)
        found = self.features[self._states(data)]
        features, counts = np.unique(found[found >= 0], return_counts=True)
        scores = np.log1p(counts.astype(np.float32)) @ self.weights[features] + self.priors
        # Where nothing is found all languages are alike.
        scores *= bool(len(features)) / math.sqrt(len(data))
        shares = np.exp(scores - scores.max())
        by_language: dict[str, float] = {}
        for language, share in zip(self.languages, (shares / shares.sum()).tolist(), strict=True):
            by_language[language] = by_language.get(language, 0.0) + share
        best = max(by_language, key=by_language.__getitem__)
        return best, by_language[best]

    def _states(self, data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
        """Return the state of the automaton after each byte."""
        states = np.zeros(len(data), np.uint32)
        for back in reversed(range(min(LONGEST_FEATURE, len(data)))):
            states[back:] = self.moves[self.rows[states[back:]], data[: len(data) - back]]
        return states


@functools.cache
def _load_identifier() -> _Identifier:
    """Return the model, loaded once in a process, for languages with a code of two letters only."""
    # Inflated by one call, which leaves the interpreter to other threads: they load other models meanwhile.
    with np.load(io.BytesIO(lzma.decompress((MODEL_DIR / MODEL_FILE).read_bytes()))) as stored:
        labels = stored["classes"].tolist()
        kept = [number for number, label in enumerate(labels) if len(label) == 2 or label == _NO_LANGUAGE]
        return _Identifier(
            languages=tuple(labels[number] for number in kept),
            weights=stored["ptc"][:, kept],
            priors=stored["pc"][kept],
            moves=stored["nextmove"].reshape(-1, 256),
            rows=stored["nextmove_row"],
            features=stored["out_feat"],
        )


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
