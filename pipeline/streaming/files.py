"""New files in a stream: at each tick the folders are looked through for what was not there before."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.userstate import ReadModifyWriteRuntimeState, ReadModifyWriteStateSpec
from apache_beam.utils.timestamp import Timestamp

from pipeline.sources import plan_spans
from pipeline.sources.listing import FoundFile, list_files
from pipeline.sources.spans import Span
from pipeline.streaming.log import StreamLog
from transforms.errors import InputError

SPANS: Final = "spans"
INPUTS: Final = "inputs"
FOLDER: Final = "files"
"""Of the stream's log."""

_SPAN_ARTICLES: Final = 25
_SPAN_BYTES: Final = 8_000_000

Known = dict[str, tuple[int, bool]]
"""Path of a file to its size at the last tick, and whether it was read with that size."""


def take_settled(files: Sequence[FoundFile], known: Known) -> tuple[list[FoundFile], Known]:
    """Return the files to read now, and what is known after that.

    A file is read once its size has not changed from one tick to the next, so that it is not read while it is written;
    and again if it changes later. Files that are gone are forgotten.
    """
    taken, after = [], {}
    for file in files:
        size, was_read = known.get(file.uri, (-1, False))
        is_settled = size == file.size_bytes
        if is_settled and not was_read:
            taken.append(file)
        after[file.uri] = (file.size_bytes, is_settled)
    return taken, after


def _list(paths: Sequence[str]) -> list[FoundFile]:
    """Return the files that are there; none is no error in a stream."""
    found: dict[str, FoundFile] = {}
    for path in paths:
        try:
            found |= {file.uri: file for file in list_files([path])}
        except InputError:
            continue
    return [found[uri] for uri in sorted(found)]


_Inputs = TaggedOutput[Literal["inputs"], tuple[str, int]]


# Beam fills it in by the default of a method's parameter.
_STATE: Final[Any] = beam.DoFn.StateParam(ReadModifyWriteStateSpec("files", BytesCoder()))


class _WatchFilesDoFn(beam.DoFn):
    """Lists the files at a tick, or reads from the log what was new there."""

    def __init__(self, paths: Sequence[str], log: str) -> None:
        self._paths = tuple(paths)
        self._log = log

    def process(
        self,
        keyed: tuple[int, float],
        kept: ReadModifyWriteRuntimeState = _STATE,
    ) -> Iterator[Span | _Inputs]:
        tick = datetime.fromtimestamp(keyed[1], UTC)
        log = StreamLog(Path(self._log) / FOLDER)
        content = kept.read() or log.state_before(tick) or b"{}"
        logged = log.read(tick)
        if logged is None:
            known: Known = {uri: (size, was_read) for uri, (size, was_read) in json.loads(content).items()}
            taken, after = take_settled(_list(self._paths), known)
            spans = plan_spans(taken, max_articles=_SPAN_ARTICLES, max_bytes=_SPAN_BYTES)
            if after == known:
                return
            found = json.dumps([asdict(span) for span in spans]).encode()
            logged = log.write(tick, lambda _: (found, json.dumps(after).encode()))
        kept.write(logged.state)
        yield from self._outputs(json.loads(logged.found))

    def _outputs(self, found: Sequence[dict[str, Any]]) -> Iterator[Span | _Inputs]:
        spans = [Span(**(span | {"only": tuple(span["only"]) if span["only"] else None})) for span in found]
        numbers = Counter[str]()
        for span in spans:
            numbers[span.kind] += span.count
        for kind, number in numbers.items():
            inputs: _Inputs = TaggedOutput(INPUTS, (kind, number))
            yield inputs
        yield from spans


def _keyed(tick: Timestamp) -> tuple[int, float]:
    return 0, float(tick)


@dataclass
class WatchFiles(beam.PTransform[PCollection[Any], Any]):
    """Takes ticks (Beam timestamps), gives what is new at each: `spans` of files, and how many `inputs` they are.

    Attributes:
        paths: files, globs or folders.
        log: folder of the stream's log, seen by all workers.
    """

    paths: Sequence[str]
    log: str

    def expand(self, ticks: PCollection[Any]) -> Any:  # noqa: ANN401 - Beam warns of any type for several outputs
        watch = beam.ParDo(_WatchFilesDoFn(self.paths, self.log))
        keyed = beam.Map(_keyed).with_output_types(tuple[int, float])
        return ticks | "OneKey" >> keyed | "WatchFiles" >> watch.with_outputs(INPUTS, main=SPANS)
