"""Shards: what a worker takes at a time. The plan is a function of the input alone, whatever the number of workers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.sources.spans import Span

MAX_SHARD_ARTICLES: Final = 200
MIN_SHARD_ARTICLES: Final = 25
MAX_SHARD_BYTES: Final = 64_000_000
TAPER: Final = 4
"""A shard takes a quarter of what is left: large ones first, small ones last, so that workers end together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A piece of the input that is run, retried and resumed as one.

    Attributes:
        name: unique in the run, in the order of the input.
        spans: what it reads.
    """

    name: str
    spans: tuple[Span, ...]

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return sum(span.count for span in self.spans)


def cut_shards(spans: Sequence[Span]) -> list[Shard]:
    """Return the shards that hold all spans in their order."""
    return [Shard(name=f"{number:06d}", spans=tuple(group)) for number, group in enumerate(_groups(spans))]


def _groups(spans: Sequence[Span]) -> Iterator[list[Span]]:
    left = sum(span.count for span in spans)
    spans_of_file = Counter(span.uri for span in spans)
    group: list[Span] = []
    articles = size_bytes = 0
    for span in spans:
        target = min(MAX_SHARD_ARTICLES, max(MIN_SHARD_ARTICLES, left // TAPER))
        span_bytes = span.size_bytes // spans_of_file[span.uri]
        if group and (articles + span.count > target or size_bytes + span_bytes > MAX_SHARD_BYTES):
            yield group
            left -= articles
            group, articles, size_bytes = [], 0, 0
        group.append(span)
        articles += span.count
        size_bytes += span_bytes
    if group:
        yield group
