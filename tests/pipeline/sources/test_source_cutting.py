"""Cutting inputs into spans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.cutting import Place, cut_spans, one_span, unplanned_span
from pipeline.sources.listing import FoundFile
from pipeline.sources.spans import WHOLE_FILE, Limits, Span

FILE = FoundFile(uri="a.jsonl", size_bytes=900, kind="jsonl")


def _places(count: int, size_bytes: int = 10, step: int = 1) -> list[Place]:
    return [Place(offset=number * step, start=number * 100, size_bytes=size_bytes) for number in range(count)]


def test_spans_hold_no_more_articles_than_the_limit() -> None:
    """Five inputs in twos are three spans."""
    expected = [
        Span(kind="jsonl", uri="a.jsonl", size_bytes=900, start=0, first_offset=0, count=2),
        Span(kind="jsonl", uri="a.jsonl", size_bytes=900, start=200, first_offset=2, count=2),
        Span(kind="jsonl", uri="a.jsonl", size_bytes=900, start=400, first_offset=4, count=1),
    ]
    assert expected == cut_spans(FILE, _places(5), 2, 10_000)


def test_spans_hold_no_more_bytes_than_the_limit_but_one_input() -> None:
    """An input that is larger than the limit has a span of its own."""
    places = [Place(number, number, size) for number, size in enumerate([4, 4, 4, 99, 4])]
    assert [2, 1, 1, 1] == [span.count for span in cut_spans(FILE, places, 100, 10)]


def test_offsets_are_given_where_they_are_not_consecutive() -> None:
    """A gap between inputs is written down, so that a missing input is known by its offset."""
    (span,) = cut_spans(FILE, _places(3, step=7), 10, 1000)
    assert (0, 7, 14) == span.only
    assert (0, 7, 14) == span.offsets


@given(st.integers(0, 3000), st.integers(1, 300), st.integers(1, 5))
def test_spans_from_one_start_are_few(count: int, max_articles: int, step: int) -> None:
    """Where one can't seek, there are 64 spans at most, and nothing is lost."""
    places = [place._replace(start=7) for place in _places(count, step=step)]
    spans = cut_spans(FILE, places, max_articles, 10**9)
    assert [place.offset for place in places] == [offset for span in spans for offset in span.offsets]
    assert all(span.count == len(span.offsets) for span in spans)
    assert len(spans) <= 64
    assert {span.start for span in spans} <= {7}


def test_no_inputs_are_no_spans() -> None:
    """An empty file has nothing to read."""
    assert [] == cut_spans(FILE, [], 10, 10)


def test_file_of_one_article_is_one_input() -> None:
    """A page is one input at offset 0; what can't be counted is one at WHOLE_FILE."""
    assert [0] == list(one_span(FILE).offsets)
    assert [WHOLE_FILE] == list(unplanned_span(FILE).offsets)


def test_limits_are_checked() -> None:
    """A limit of nothing is refused with its value."""
    with pytest.raises(ValueError, match="got 0"):
        Limits(max_article_bytes=0)
