"""Topics of articles: which of the 17 top-level IPTC Media Topics an article is about."""

import dataclasses

import apache_beam as beam
from apache_beam.pvalue import PCollection

from transforms.records import Article
from transforms.topics.classify import DEFAULT_MIN_SCORE, classify_topics

__all__ = ["ClassifyTopics", "classify_topics"]


@dataclasses.dataclass
class ClassifyTopics(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Takes articles, gives the same articles with `topics` and `primary_topic` filled.

    Attributes:
        min_score: lowest score of a topic that is kept; more than 0, at most 1.

    >>> text = "The striker scored twice and the goalkeeper saved a penalty in the cup final."
    >>> article, = [make_article(text=text, language="en")] | ClassifyTopics()
    >>> article.primary_topic
    'medtop:15000000'
    """

    min_score: float = DEFAULT_MIN_SCORE

    def __post_init__(self) -> None:
        if not 0 < self.min_score <= 1:
            raise ValueError(f"min_score must be more than 0 and at most 1, got {self.min_score}")

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        return articles | "ClassifyTopics" >> beam.Map(classify_topics, min_score=self.min_score)
