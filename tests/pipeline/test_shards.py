"""Shards: all of the input, in its order, in pieces of a good size."""

import itertools
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from pipeline.shards import MAX_SHARD_ARTICLES, MAX_SHARD_BYTES, MIN_SHARD_ARTICLES, TAPER, Shard, cut_shards
from pipeline.sources.spans import Span


@st.composite
def span_lists(draw: st.DrawFn) -> list[Span]:
    """Plans of a few files, each cut into spans of up to as many articles as a planner allows, and a bit more."""
    spans: list[Span] = []
    for number in range(draw(st.integers(0, 20))):
        counts = draw(st.lists(st.integers(1, MIN_SHARD_ARTICLES + 5), min_size=1, max_size=30))
        size_bytes = draw(st.integers(0, 8_000_000 * len(counts)))
        starts = itertools.accumulate(counts, initial=0)
        spans += [
            Span(kind="jsonl", uri=f"{number}.jsonl", size_bytes=size_bytes, first_offset=start, count=count)
            for start, count in zip(starts, counts, strict=False)
        ]
    return spans


def make_pages(count: int, size_bytes: int = 1_000) -> list[Span]:
    """Return the spans of files of one article each."""
    return [Span(kind="html", uri=f"{number}.html", size_bytes=size_bytes) for number in range(count)]


def shard_bytes(shard: Shard, spans: Sequence[Span]) -> int:
    """Return how much a shard reads: of each span its even share of its file."""
    spans_of_file = Counter(span.uri for span in spans)
    return sum(span.size_bytes // spans_of_file[span.uri] for span in shard.spans)


@given(span_lists())
def test_each_span_is_in_one_shard(spans: list[Span]) -> None:
    """The shards together are the spans, each once, in their order."""
    shards = cut_shards(spans)

    assert spans == [span for shard in shards for span in shard.spans]
    assert sum(span.count for span in spans) == sum(shard.inputs for shard in shards)
    assert all(shard.spans for shard in shards)


@given(span_lists())
def test_shards_are_not_too_large(spans: list[Span]) -> None:
    """A shard stays within the limits, unless a single span does not."""
    for shard in cut_shards(spans):
        if len(shard.spans) > 1:
            assert max(shard.inputs, MAX_SHARD_ARTICLES) == MAX_SHARD_ARTICLES
            assert max(shard_bytes(shard, spans), MAX_SHARD_BYTES) == MAX_SHARD_BYTES


@given(span_lists())
def test_shards_are_not_too_small(spans: list[Span]) -> None:
    """A shard and the span after it would be too much: more than a worker's part of what is left, or too many bytes."""
    shards = cut_shards(spans)

    left = sum(shard.inputs for shard in shards)
    for shard, following in itertools.pairwise(shards):
        target = min(MAX_SHARD_ARTICLES, max(MIN_SHARD_ARTICLES, left // TAPER))
        with_next = Shard(name="", spans=(*shard.spans, following.spans[0]))
        assert with_next.inputs > target or shard_bytes(with_next, spans) > MAX_SHARD_BYTES
        left -= shard.inputs


def test_shards_taper() -> None:
    """Large shards come first, each a quarter of what is left, and small ones last, so that workers end together."""
    expected = [200, 200, 200, 200, 200]

    sizes = [shard.inputs for shard in cut_shards(make_pages(3_000))]

    assert expected == sizes[:5]
    assert sorted(sizes, reverse=True) == sizes
    assert sizes[-2:] == [MIN_SHARD_ARTICLES, sum(sizes) - sum(sizes[:-1])]


def test_large_files_are_cut_by_their_bytes() -> None:
    """Few large articles make as many shards as their bytes ask for."""
    expected = [6, 6, 6, 2]

    assert expected == [shard.inputs for shard in cut_shards(make_pages(20, size_bytes=10_000_000))]


def test_no_spans_make_no_shards() -> None:
    """Nothing to read is nothing to do."""
    shards = cut_shards([])

    assert shards == []


@given(span_lists())
def test_names_follow_the_order(spans: list[Span]) -> None:
    """Names are unique, sort as the input does, and none begins another, so that a pattern finds one shard's files."""
    names = [shard.name for shard in cut_shards(spans)]

    assert sorted(set(names)) == names
    assert len(set(map(len, names))) <= 1


@given(span_lists())
def test_the_same_input_makes_the_same_shards(spans: list[Span]) -> None:
    """The plan is a function of the input alone."""
    assert cut_shards(spans) == cut_shards(tuple(spans))
