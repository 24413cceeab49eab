"""Tests of how a shard is run."""

import inspect
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from pipeline.shard_run import get_signature


class _Twice(beam.DoFn):
    def process(self, element: int, factor: int = 2, *, window: Any = beam.DoFn.WindowParam) -> Iterator[int]:  # noqa: ANN401
        yield element * factor


def test_a_method_has_its_signature_whatever_it_is_bound_to() -> None:
    """What Beam is told of a bound method is what Python says of it, for each object of its class."""
    for dofn in (_Twice(), _Twice()):
        assert inspect.signature(dofn.process) == get_signature(dofn.process)
        assert inspect.signature(dofn.setup) == get_signature(dofn.setup)
    assert inspect.signature(_Twice.process) == get_signature(_Twice.process)


def test_beam_looks_at_a_method_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two equal pipelines has Beam read no signature of a DoFn's methods again."""
    read: list[str] = []
    signature = inspect.signature

    def note(func: Any, **options: Any) -> inspect.Signature:  # noqa: ANN401
        read.append(getattr(func, "__qualname__", ""))
        return signature(func, **options)

    monkeypatch.setattr(inspect, "signature", note)
    for _ in range(2):
        read.clear()
        pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
        pipeline | beam.Create([1]) | beam.ParDo(_Twice())
        pipeline.run()

    assert not [name for name in read if name.startswith("DoFn.")]
