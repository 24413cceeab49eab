"""Sources of stored articles: which spans a file is cut into, and what the inputs of a span are.

Each kind of file has a module of its own; `pipeline.sources.stored` has the PTransform over all of them.
"""

import dataclasses
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from pipeline.sources.cutting import one_span, unplanned_span
from pipeline.sources.feed import plan_feed, read_feed
from pipeline.sources.html import read_html
from pipeline.sources.jsonl import plan_jsonl, read_jsonl
from pipeline.sources.listing import UNSUPPORTED, FoundFile, list_files
from pipeline.sources.parquet import plan_parquet, read_parquet
from pipeline.sources.plaintext import read_text
from pipeline.sources.spans import WHOLE_FILE, Columns, Limits, Outcome, Span, dead_letter
from pipeline.sources.spool import SPOOL, read_spool
from pipeline.sources.warc import plan_warc, read_warc
from transforms.errors import Reason
from transforms.records import SkippedInput

__all__ = ["WHOLE_FILE", "FoundFile", "Limits", "Span", "list_files", "plan_spans", "read_span", "restrict_spans"]


def _read_unsupported(span: Span, columns: Columns, limits: Limits) -> Iterator[Outcome]:
    yield SkippedInput(reason="unsupported_file", source_kind=span.kind, source_uri=span.uri, source_offset=0)


_PLANS: Final[Mapping[str, Callable[[FoundFile, int, int], list[Span]]]] = {
    "feed": plan_feed,
    "jsonl": plan_jsonl,
    "parquet": plan_parquet,
    "warc": plan_warc,
}
"""Kinds with many articles a file; a file of another kind is one span."""

_READERS: Final[Mapping[str, Callable[[Span, Columns, Limits], Iterator[Outcome]]]] = {
    "feed": read_feed,
    "html": read_html,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "text": read_text,
    "warc": read_warc,
    UNSUPPORTED: _read_unsupported,
}


def plan_spans(files: Sequence[FoundFile], max_articles: int, max_bytes: int) -> list[Span]:
    """Return the spans of all files, in the order of `files`: a function of their content alone.

    Args:
        files: what to read.
        max_articles: most articles in a span; more where a file can be read from its first byte only.
        max_bytes: about the most bytes in a span, inflated.
    """
    if max_articles < 1 or max_bytes < 1:
        raise ValueError(f"max_articles and max_bytes must be at least 1, got {max_articles} and {max_bytes}")
    return [span for file in files for span in _plan_file(file, max_articles, max_bytes)]


def _plan_file(file: FoundFile, max_articles: int, max_bytes: int) -> list[Span]:
    plan = _PLANS.get(file.kind)
    if plan is None:
        return [one_span(file)]
    try:
        return plan(file, max_articles, max_bytes)
    except OSError:
        return [unplanned_span(file)]


def read_span(span: Span, columns: Columns, limits: Limits) -> Iterator[Outcome]:
    """Yield what each input of `span` becomes: exactly `span.count` outcomes, in ascending order of their offsets.

    Args:
        span: what to read.
        columns: our names of columns to the file's, for JSONL and Parquet.
        limits: how large an article may be.
    """
    if span.kind == SPOOL:
        yield from read_spool(span)  # its articles come from elsewhere, and have their places there
        return
    pending = deque(span.offsets)
    reason, detail = Reason.CHANGED_INPUT, "the file is not what it was when the run was planned"
    try:
        for outcome in _READERS[span.kind](span, columns, limits):
            while pending and pending[0] < outcome.source_offset:
                yield dead_letter(span, pending.popleft(), reason, detail)
            if pending and pending[0] == outcome.source_offset:
                pending.popleft()
                yield outcome
            if not pending:
                return
    except OSError as error:
        reason, detail = Reason.UNREADABLE, error.strerror or str(error)
    yield from (dead_letter(span, offset, reason, detail) for offset in pending)


def restrict_spans(spans: Sequence[Span], wanted: Mapping[str, set[int]]) -> list[Span]:
    """Return the spans that hold the wanted inputs, and only those inputs.

    Args:
        spans: a plan.
        wanted: URI of a file to `source_offset`s; `WHOLE_FILE` among them stands for all.
    """
    restricted = []
    for uri, group in itertools.groupby(spans, key=lambda span: span.uri):
        restricted += _restrict_file(list(group), wanted.get(uri, set()))
    return restricted


def _restrict_file(spans: Sequence[Span], wanted: set[int]) -> list[Span]:
    """Give each wanted offset to the last span that begins at or before it: also one that no input has any more."""
    if WHOLE_FILE in wanted:
        return list(spans)
    offsets: dict[int, list[int]] = {}
    for offset in sorted(wanted):
        number = max((number for number, span in enumerate(spans) if span.first_offset <= offset), default=0)
        offsets.setdefault(number, []).append(offset)
    return [dataclasses.replace(spans[number], count=len(only), only=tuple(only)) for number, only in offsets.items()]
