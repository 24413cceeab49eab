"""Cutting a file's inputs into spans."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from pipeline.sources.listing import FoundFile
from pipeline.sources.spans import WHOLE_FILE, Span

MAX_PASSES: Final = 64
"""Articles that can't be reached but by reading from an earlier place are cut into so many spans at most."""

MAX_UNSEEKABLE_ARTICLES: Final = 2_000
"""Articles in a span of such ones, though there may then be more spans."""


class Place(NamedTuple):
    """Where one input lies.

    Attributes:
        offset: its `source_offset`.
        start: where reading starts in order to reach it; several inputs share it where one can't seek.
        size_bytes: its size, inflated.
    """

    offset: int
    start: int
    size_bytes: int


def one_span(file: FoundFile) -> Span:
    """Return the span of a file that holds one article."""
    return Span(kind=file.kind, uri=file.uri, size_bytes=file.size_bytes)


def unplanned_span(file: FoundFile) -> Span:
    """Return the span of a file whose articles can't be counted: it is one input."""
    return Span(kind=file.kind, uri=file.uri, size_bytes=file.size_bytes, first_offset=WHOLE_FILE)


def cut_spans(file: FoundFile, places: Iterable[Place], max_articles: int, max_bytes: int) -> list[Span]:
    """Cut the inputs at `places` into spans of at most `max_articles`, and of `max_bytes` unless one is larger.

    Spans that start at the same place are larger, as each passes over those before it.
    """
    spans = itertools.groupby(_cut(file, places, max_articles, max_bytes), key=lambda span: span.start)
    return [merged for _, group in spans for merged in _merge(file, list(group))]


def _cut(file: FoundFile, places: Iterable[Place], max_articles: int, max_bytes: int) -> Iterator[Span]:
    group: list[Place] = []
    group_bytes = 0
    for place in places:
        if group and (len(group) >= max_articles or group_bytes + place.size_bytes > max_bytes):
            yield _span(file, group[0].start, [place.offset for place in group])
            group, group_bytes = [], 0
        group.append(place)
        group_bytes += place.size_bytes
    if group:
        yield _span(file, group[0].start, [place.offset for place in group])


def _merge(file: FoundFile, spans: Sequence[Span]) -> Iterator[Span]:
    """Join neighbours until each span holds what `unseekable_articles` wants."""
    target = unseekable_articles(sum(span.count for span in spans))
    offsets: list[int] = []
    for span in spans:
        if len(offsets) >= target:
            yield _span(file, span.start, offsets)
            offsets = []
        offsets += span.offsets
    yield _span(file, spans[0].start, offsets)


def unseekable_articles(articles: int) -> int:
    """Return how many of `articles` a span should hold at least, where it can't be reached but by reading.

    >>> unseekable_articles(6_400), unseekable_articles(10_000_000)
    (100, 2000)
    """
    return min(-(-articles // MAX_PASSES), MAX_UNSEEKABLE_ARTICLES)


def _span(file: FoundFile, start: int, offsets: Sequence[int]) -> Span:
    is_consecutive = offsets[-1] - offsets[0] + 1 == len(offsets)
    return Span(
        kind=file.kind,
        uri=file.uri,
        size_bytes=file.size_bytes,
        start=start,
        first_offset=offsets[0],
        count=len(offsets),
        only=None if is_consecutive else tuple(offsets),
    )
