"""The step that fills `entities`."""

import dataclasses
import importlib.metadata
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from transforms.entities.spacy_models import EntityModel, installed_model, load_model
from transforms.errors import MAX_DETAIL_CHARS
from transforms.records import Article, Entity, Mention, StepError

DEFAULT_MODELS: Final[Mapping[str, str]] = MappingProxyType({"en": "en_core_web_sm", "fr": "fr_core_news_sm"})
"""Language to spaCy model."""

DEFAULT_LABELS: Final = (
    *("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE", "MISC"),
)
"""What is kept: names; the models' dates, amounts and ordinals are not."""

# Models of other languages than English were trained on WikiNER, which says PER.
_SAME_LABELS: Final = {"PER": "PERSON"}


def group_mentions(found: Iterable[tuple[str, Mention]], labels: Collection[str]) -> tuple[Entity, ...]:
    """Return the entities of (label, mention) pairs: mentions with the same words and label are one.

    Args:
        found: in the order of the text.
        labels: which are kept.
    """
    groups: dict[tuple[str, str], list[Mention]] = {}
    for label, mention in found:
        label = _SAME_LABELS.get(label, label)
        name = " ".join(mention.text.split())
        if label in labels and name:
            groups.setdefault((name, label), []).append(mention)
    return tuple(
        Entity(name=name, type=label, count=len(mentions), mentions=tuple(mentions))
        for (name, label), mentions in groups.items()
    )


def tag_entities(article: Article, model: EntityModel, labels: Collection[str] = DEFAULT_LABELS) -> Article:
    """Return `article` with the entities that `model` finds in its text.

    A text that the model can't work on keeps its place: it gets no entities, and an entry in `errors`.
    """
    models = (*article.models, model.version)
    try:
        found = model.find_mentions(article.text)
    except ValueError as error:
        return dataclasses.replace(article, models=models, errors=(*article.errors, _error("failed", str(error))))
    return dataclasses.replace(article, models=models, entities=group_mentions(found, labels))


def _error(code: str, message: str) -> StepError:
    return StepError(step="entities", code=code, message=message[:MAX_DETAIL_CHARS])


def _without_model(article: Article) -> Article:
    language = article.language or "unknown"
    error = _error("unsupported_language", f"no entity model for the language {language}")
    return dataclasses.replace(article, errors=(*article.errors, error))


class _TagEntitiesDoFn(beam.DoFn):
    """Tags each article by the model of its language; a model is loaded when the first article needs it."""

    def __init__(self, models: Mapping[str, str], labels: tuple[str, ...]) -> None:
        self._models = dict(models)
        self._labels = frozenset(_SAME_LABELS.get(label, label) for label in labels)
        self._tagged = Metrics.counter("newsbeam", "articles_tagged")

    def process(self, article: Article) -> Iterable[Article]:
        name = self._models.get(article.language or "")
        if name is None:
            yield _without_model(article)
        else:
            self._tagged.inc()
            yield tag_entities(article, load_model(name), self._labels)


@dataclasses.dataclass
class TagEntities(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Takes articles, gives the same articles with `entities` filled.

    Attributes:
        models: language code to the name of an installed spaCy model. Articles in other languages get an entry in
            `errors` instead of entities.
        labels: labels of the models that are kept.

    >>> article, = [make_article(text="Angela Merkel flew to Paris.", language="en")] | TagEntities()
    >>> [(entity.name, entity.type) for entity in article.entities]
    [('Angela Merkel', 'PERSON'), ('Paris', 'GPE')]
    """

    models: Mapping[str, str] = dataclasses.field(default_factory=lambda: DEFAULT_MODELS)
    labels: tuple[str, ...] = DEFAULT_LABELS

    def __post_init__(self) -> None:
        self.models = dict(self.models)
        self.labels = tuple(self.labels)
        for name in self.models.values():
            installed_model(name)

    def model_versions(self) -> dict[str, str]:
        """Return the name of each model's package and its version."""
        packages = sorted(installed_model(name) for name in self.models.values())
        return {package: importlib.metadata.version(package) for package in packages}

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        return articles | "TagEntities" >> beam.ParDo(_TagEntitiesDoFn(self.models, self.labels))
