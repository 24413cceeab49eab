"""What to do when a shard fails: try again; if it fails twice, set the article at fault aside and go on."""

import dataclasses
import re
from pathlib import Path
from typing import Final

from pipeline.journal import Mark, parse_marks
from pipeline.output import DISK_ERRORS, describe_os_error
from pipeline.shard_run import ShardTask
from pipeline.shards import Shard
from pipeline.sources.spans import Span
from pipeline.workers import Ended
from transforms.errors import MAX_DETAIL_CHARS, OutputError, Reason, RunError
from transforms.records import DeadLetter

FAILURES_BEFORE_BLAME: Final = 2
# As Python and Arrow write it; the number is all that comes through Beam.
_ERROR_NUMBER: Final = re.compile(r"\[errno (\d+)\]", re.IGNORECASE)
MAX_BLAMED: Final = 10
"""Articles or spans of one shard that may be set aside; if more fail, it is not the articles."""


def after_failure(ended: Ended[ShardTask]) -> ShardTask:
    """Return the task to run instead of one that failed.

    Raises:
        OutputError: the disk is full or can't be written.
        RunError: it failed before or after its articles were worked on, or with too many of them.
    """
    _require_disk(ended)
    task = dataclasses.replace(ended.task, failures=ended.task.failures + 1)
    if task.failures < FAILURES_BEFORE_BLAME:
        return task
    mark = _last_mark(task.journal)
    if mark is None or mark.stage == "write" or task.blamed >= MAX_BLAMED:
        raise RunError(
            f"shard {task.shard.name} failed {task.failures} times and no article is at fault; "
            f"finished shards are kept, run the same command to go on. The last error: {ended.detail}"
        )
    task = dataclasses.replace(task, failures=0, blamed=task.blamed + 1)
    reason = Reason.TIMED_OUT if ended.outcome == "stalled" else Reason.WORKER_CRASHED
    detail = _last_line(ended.detail)
    if mark.stage in {"read", "extracted"}:
        return _without_span(task, mark, reason, detail)
    dead = _dead_letter(_span_at(task.shard, mark), mark.source_offset, "run", reason, detail)
    return dataclasses.replace(task, set_aside=(*task.set_aside, dead))


def _require_disk(ended: Ended[ShardTask]) -> None:
    """Raise what the traceback of a worker says of the disk: no article is at fault, and no other try helps."""
    for number in map(int, _ERROR_NUMBER.findall(_last_line(ended.detail))):
        if number in DISK_ERRORS:
            raise OutputError(f"{ended.task.folder}: can't write: {describe_os_error(OSError(number, ''))}")


def _last_mark(journal: Path) -> Mark | None:
    marks = list(parse_marks(journal.read_bytes())) if journal.exists() else []
    return marks[-1] if marks else None


def _last_line(detail: str) -> str:
    lines = [line for line in detail.splitlines() if line.strip()]
    return lines[-1][:MAX_DETAIL_CHARS] if lines else ""


def _span_at(shard: Shard, mark: Mark) -> Span:
    """Return the span of a shard that holds an article: the last one that begins at or before it."""
    spans = [span for span in shard.spans if span.uri == mark.source_uri and span.first_offset <= mark.source_offset]
    return max(spans, key=lambda span: span.first_offset)


def _without_span(task: ShardTask, mark: Mark, reason: Reason, detail: str) -> ShardTask:
    """Return the task without the span whose reading failed; its inputs become dead letters."""
    broken = _span_at(task.shard, mark)
    dead = tuple(_dead_letter(broken, offset, "read", reason, detail) for offset in broken.offsets)
    rest = tuple(span for span in task.shard.spans if span != broken)
    shard = dataclasses.replace(task.shard, spans=rest)
    return dataclasses.replace(task, shard=shard, set_aside_spans=(*task.set_aside_spans, *dead))


def _dead_letter(span: Span, offset: int, stage: str, reason: Reason, detail: str) -> DeadLetter:
    return DeadLetter(
        stage="read" if stage == "read" else "run",
        reason=reason,
        detail=detail,
        source_kind=span.kind,
        source_uri=span.uri,
        source_offset=offset,
    )
