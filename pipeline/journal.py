"""The journal of a shard: which article is being worked on, written down before the work starts.

When a worker dies or hangs, the last line names the article at fault, whatever killed it; while it lives, the number of
lines is its progress. Each line reaches the file by one `write` and so survives `kill -9`.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.sources.spans import Span
from transforms.records import Article, RawArticle

T = TypeVar("T")
Stage = Literal["read", "extract", "extracted", "enrich", "write"]


class Mark(NamedTuple):
    """One line: a stage begins on an article (on a span, for `read`).

    Attributes:
        stage: what begins; `extracted` means that the reader goes on after this article.
        source_uri: see `RawArticle`.
        source_offset: see `RawArticle`.
    """

    stage: Stage
    source_uri: str
    source_offset: int


def format_mark(stage: Stage, element: Span | RawArticle | Article) -> bytes:
    r"""Return the line that says that `stage` begins on `element`.

    >>> format_mark("enrich", make_article(source_uri="a.txt"))
    b'["enrich", "a.txt", 0]\n'
    """
    if isinstance(element, Span):
        mark = Mark(stage, element.uri, element.first_offset)
    else:
        mark = Mark(stage, element.source_uri, element.source_offset)
    return json.dumps(mark).encode() + b"\n"


def parse_marks(journal: bytes) -> Iterator[Mark]:
    """Yield the whole lines of a journal; a last line that is still being written is left out."""
    for line in journal.split(b"\n")[:-1]:
        yield Mark(*json.loads(line))


class _MarkWorkDoFn(beam.DoFn):
    """Writes one line for each element and passes it on."""

    def __init__(self, path: str, stage: Stage) -> None:
        self._path = path
        self._stage: Stage = stage

    def setup(self) -> None:
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def process(self, element: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever the stage works on
        os.write(self._file, format_mark(self._stage, element))
        yield element

    def teardown(self) -> None:
        os.close(self._file)


@dataclass
class MarkWork(beam.PTransform[PCollection[T], PCollection[T]]):
    """Takes elements, gives the same elements, each written down in the journal first.

    Attributes:
        path: the journal.
        stage: what begins.
    """

    path: str
    stage: Stage

    def expand(self, elements: PCollection[T]) -> PCollection[T]:
        mark = beam.ParDo(_MarkWorkDoFn(self.path, self.stage))
        return elements | "Mark" >> mark.with_output_types(elements.element_type)
