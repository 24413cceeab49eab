"""Topics of articles: IPTC Media Topics, and topics of the user's own."""

import dataclasses
import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any, Final, Literal

import apache_beam as beam
from apache_beam.pvalue import PCollection

from transforms.errors import ConfigError
from transforms.records import Article
from transforms.topics.classify import DEFAULT_MIN_SCORE, classify_topics
from transforms.topics.custom import CustomTopic, freeze_custom_topics
from transforms.topics.lexicon import find_lexicon, lexicon_languages

__all__ = ["ClassifyTopics", "CustomTopic", "classify_topics"]

_EXTRA_MODULES: Final = ("huggingface_hub", "onnx", "onnxruntime", "tokenizers")


@dataclasses.dataclass
class ClassifyTopics(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Takes articles, gives the same articles with `topics` and `primary_topic` filled.

    Attributes:
        min_score: lowest score of a topic that is kept; more than 0, at most 1.
        custom: topics of the user's own, name to what speaks for them.
        method: `lexicon`, or `huggingface` for a model.
        model: for `huggingface`: a local folder with the model in ONNX form, or the id of one on the hub.

    >>> text = "The striker scored twice and the goalkeeper saved a penalty in the cup final."
    >>> article, = [make_article(text=text, language="en")] | ClassifyTopics()
    >>> article.primary_topic
    'medtop:15000000'
    """

    min_score: float = DEFAULT_MIN_SCORE
    custom: Mapping[str, CustomTopic] = dataclasses.field(default_factory=dict)
    method: Literal["lexicon", "huggingface"] = "lexicon"
    model: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.min_score <= 1:
            raise ValueError(f"min_score must be more than 0 and at most 1, got {self.min_score}")
        if (self.model is None) != (self.method == "lexicon"):
            raise ValueError(f"model goes with method huggingface, got method {self.method} and model {self.model}")
        if self.model is not None and (missing := _missing_modules()):
            raise ConfigError(f"method huggingface needs {', '.join(missing)}: pip install 'newsbeam[hf]'")

    def preload(self) -> None:
        """Load all lexica in this process; those that are forked from it share them."""
        if self.method == "lexicon":
            for language in lexicon_languages():
                find_lexicon(language)

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        custom = freeze_custom_topics(self.custom)
        if self.model is None:
            return articles | "ClassifyTopics" >> beam.Map(classify_topics, min_score=self.min_score, custom=custom)
        # Imported here since its libraries are an extra.
        huggingface: Any = importlib.import_module("transforms.topics.huggingface")
        return articles | "ClassifyWithModel" >> huggingface.ClassifyWithModel(self.model, self.min_score, custom)


def _missing_modules() -> list[str]:
    return [name for name in _EXTRA_MODULES if importlib.util.find_spec(name) is None]
