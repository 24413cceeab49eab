"""The step that fills `entities` and `quotes`."""

import dataclasses
import importlib.metadata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, get_args

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from transforms.entities.gazetteer import Gazetteer, read_gazetteer, replace_overlapping
from transforms.entities.labels import drop_common_words, find_acronyms, find_capitals, find_repeats, settle_labels
from transforms.entities.linking import Group, group_spans
from transforms.entities.quotes import Spoken, attribute_quotes
from transforms.entities.salience import salience_of
from transforms.entities.spacy_models import Engine, EntityModel, check_model, installed_model, load_model, preload
from transforms.entities.spans import Span, clean_spans
from transforms.errors import MAX_DETAIL_CHARS, ConfigError
from transforms.records import Article, Entity, Mention, Quote, StepError

DEFAULT_MODELS: Final[Mapping[str, str]] = MappingProxyType({"en": "en_core_web_sm", "fr": "fr_core_news_sm"})
"""Language to spaCy model."""

DEFAULT_LABELS: Final = (
    *("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE", "MISC"),
)
"""What is kept: names; the models' dates, amounts and ordinals are not."""

# Models of other languages than English were trained on WikiNER, which says PER.
_SAME_LABELS: Final = {"PER": "PERSON"}


NO_GAZETTEER: Final = Gazetteer()


def find_entities(
    text: str, spans: Iterable[Span], language: str, labels: Collection[str], gazetteer: Gazetteer = NO_GAZETTEER
) -> list[Group]:
    """Return the entities of a text out of what a model found.

    Args:
        text: of the article.
        spans: what the model found, in the order of the text.
        language: ISO 639-1 code.
        labels: which are kept.
        gazetteer: the user's own names, which win over the model's.
    """
    spans = [replace(span, label=_SAME_LABELS[span.label]) if span.label in _SAME_LABELS else span for span in spans]
    names = clean_spans(text, [span for span in spans if span.label in DEFAULT_LABELS], language)
    names = drop_common_words(text, settle_labels(text, names, language), language)
    names = find_repeats(text, find_capitals(text, find_acronyms(text, names)))
    others = [span for span in spans if span.label not in DEFAULT_LABELS]
    kept = [span for span in [*names, *others] if span.label in labels]
    entries = gazetteer.find(text)
    return group_spans(text, replace_overlapping(kept, entries), language, entries)


def tag_entities(
    article: Article,
    model: EntityModel,
    labels: Collection[str] = DEFAULT_LABELS,
    gazetteer: Gazetteer = NO_GAZETTEER,
) -> Article:
    """Return `article` with the entities and quotes of its text, by what `model` finds.

    A text that the model can't work on keeps its place: it gets no entities, and an entry in `errors`.
    """
    models = (*article.models, model.version)
    try:
        spans = model.find_spans(article.text)
    except ValueError as error:
        return replace(article, models=models, errors=(*article.errors, _error("failed", str(error))))
    groups = find_entities(article.text, spans, model.language, labels, gazetteer)
    salience = salience_of(article.text, article.title, groups)
    entities = tuple(_entity(article.text, group, score) for group, score in zip(groups, salience, strict=True))
    quotes = tuple(_quote(article.text, quote, groups) for quote in attribute_quotes(article.text, groups))
    return replace(article, models=models, entities=entities, quotes=quotes)


def _entity(text: str, group: Group, salience: float) -> Entity:
    country = group.country
    is_country = country is not None and country.is_country
    return Entity(
        name=group.name,
        type=group.label,
        count=len(group.spans),
        salience=salience,
        country=country.code if country else None,
        same_as=group.entry.same_as if group.entry else country.same_as if country and is_country else None,
        mentions=tuple(
            Mention(text=text[span.start : span.end], start_char=span.start, end_char=span.end) for span in group.spans
        ),
    )


def _quote(text: str, quote: Spoken, groups: Sequence[Group]) -> Quote:
    return Quote(
        text=text[quote.start : quote.end],
        start_char=quote.start,
        end_char=quote.end,
        speaker=quote.speaker,
        speaker_entity=None if quote.group is None else groups[quote.group].name,
        cue=quote.cue,
    )


def _error(code: str, message: str) -> StepError:
    return StepError(step="entities", code=code, message=message[:MAX_DETAIL_CHARS])


def _without_model(article: Article) -> Article:
    language = article.language or "unknown"
    error = _error("unsupported_language", f"no entity model for the language {language}")
    return replace(article, errors=(*article.errors, error))


class _TagEntitiesDoFn(beam.DoFn):
    """Tags each article by the model of its language; a model is loaded when the first article needs it."""

    def __init__(
        self, models: Mapping[str, str], labels: tuple[str, ...], engine: Engine, gazetteer: Gazetteer
    ) -> None:
        self._models = dict(models)
        self._labels = frozenset(_SAME_LABELS.get(label, label) for label in labels)
        self._engine = engine
        self._gazetteer = gazetteer
        self._tagged = Metrics.counter("newsbeam", "articles_tagged")

    def process(self, article: Article) -> Iterable[Article]:
        name = self._models.get(article.language or "")
        if name is None:
            yield _without_model(article)
        else:
            self._tagged.inc()
            yield tag_entities(article, load_model(name, self._engine), self._labels, self._gazetteer)


@dataclasses.dataclass
class TagEntities(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Takes articles, gives the same articles with `entities` and `quotes` filled.

    Attributes:
        models: language code to the name of an installed spaCy model. Articles in other languages get an entry in
            `errors` instead of entities.
        labels: labels of the models that are kept.
        engine: `auto` computes in newsbeam's own engine what it can and leaves the rest to spaCy; `fast` refuses
            models that it can't compute; `spacy` leaves all to spaCy. The entities are the same.
        gazetteer: CSV file of your own names (name, type, same_as, aliases split by `;`), which win over the model's.

    >>> article, = [make_article(text="Angela Merkel flew to Paris.", language="en")] | TagEntities()
    >>> [(entity.name, entity.type, entity.country) for entity in article.entities]
    [('Angela Merkel', 'PERSON', None), ('Paris', 'GPE', 'FR')]
    """

    models: Mapping[str, str] = dataclasses.field(default_factory=lambda: DEFAULT_MODELS)
    labels: tuple[str, ...] = DEFAULT_LABELS
    engine: Engine = "auto"
    gazetteer: str | None = None

    def __post_init__(self) -> None:
        self.models = dict(self.models)
        self.labels = tuple(self.labels)
        if self.engine not in get_args(Engine):
            raise ConfigError(f"engine must be one of {', '.join(get_args(Engine))}, got {self.engine!r}")
        for name in self.models.values():
            check_model(name, self.engine)
        self._gazetteer = read_gazetteer(self.gazetteer) if self.gazetteer else NO_GAZETTEER

    def preload(self) -> None:
        """Load all models in this process; those that are forked from it share them."""
        preload(self.models.values(), self.engine)

    def model_versions(self) -> dict[str, str]:
        """Return the name of each model's package and its version, and the hash of the gazetteer."""
        packages = sorted(installed_model(name) for name in self.models.values())
        versions = {package: importlib.metadata.version(package) for package in packages}
        return versions | ({"gazetteer": self._gazetteer.digest} if self.gazetteer else {})

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        tag = _TagEntitiesDoFn(self.models, self.labels, self.engine, self._gazetteer)
        return articles | "TagEntities" >> beam.ParDo(tag)
