"""Duplicates: of each version the first in the input is kept, whatever the order in which they come."""

import random

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_article
from transforms.dedup import DropDuplicates, source_order, split_duplicates
from transforms.records import Article, SkippedInput

PLACES = st.tuples(st.sampled_from(["a.jsonl", "b.jsonl", "b.jsonl.gz"]), st.integers(0, 99))


def new_pipeline() -> beam.Pipeline:
    """Return a pipeline for Beam's in-process runner."""
    return beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))


def make_versions(*places: tuple[str, int], version: str = "b" * 32) -> list[Article]:
    """Return articles of one version at several places."""
    return [make_article(version_id=version, source_uri=uri, source_offset=offset) for uri, offset in places]


@given(places=st.lists(PLACES, min_size=1, unique=True), shuffle=st.randoms(use_true_random=False))
def test_the_smallest_source_is_kept(places: list[tuple[str, int]], shuffle: random.Random) -> None:
    """The first by URI and offset is kept and the others follow in their order."""
    in_order = make_versions(*sorted(places))
    versions = in_order[:]
    shuffle.shuffle(versions)

    kept, dropped = split_duplicates(iter(versions))

    assert in_order == [kept, *dropped]


def test_offsets_are_numbers() -> None:
    """The tenth line comes after the second."""
    tenth, second = make_versions(("a.jsonl", 10), ("a.jsonl", 2))

    assert (second, [tenth]) == split_duplicates([tenth, second])
    assert source_order(second) < source_order(tenth)


def test_each_version_is_kept_once() -> None:
    """Articles come out once, those with other content too; the rest comes out apart and is counted."""
    first, second, third = make_versions(("a.jsonl", 2), ("a.jsonl", 10), ("b.jsonl", 0))
    (other,) = make_versions(("a.jsonl", 3), version="c" * 32)

    pipeline = new_pipeline()
    versions = pipeline | beam.Create([third, other, second, first]) | DropDuplicates()
    assert_that(versions.articles, equal_to([first, other]), "articles")
    assert_that(versions.duplicates, equal_to([second, third]), "duplicates")
    result = pipeline.run()

    expected = {"articles_dropped_duplicate": 2}
    assert expected == {
        counter.key.metric.name: counter.result
        for counter in result.metrics().query()["counters"]
        if counter.key.metric.namespace == "newsbeam"
    }


def test_other_elements_are_refused() -> None:
    """A graph that has anything but articles to compare is not even built."""
    skipped = SkippedInput(reason="not_html", source_kind="warc", source_uri="a.warc", source_offset=0)

    with pytest.raises(TypeCheckError, match="SkippedInput"):
        new_pipeline() | beam.Create([skipped]) | DropDuplicates()


def test_articles_come_out() -> None:
    """Beam knows that articles come out, and refuses a chain that does not fit."""
    versions = new_pipeline() | beam.Create(make_versions(("a.jsonl", 0))) | DropDuplicates()

    with pytest.raises(TypeCheckError, match="Article"):
        versions.articles | beam.Map(_wants_text)


def _wants_text(text: str) -> str:
    return text
