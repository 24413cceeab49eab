"""A shard that fails is tried again; one that fails twice loses the article at fault, and only that."""

import contextlib
import dataclasses
import re
from pathlib import Path
from typing import Any, Literal

import pytest

from pipeline.config import parse_config
from pipeline.journal import Stage, format_mark
from pipeline.quarantine import MAX_BLAMED, after_failure
from pipeline.shard_run import ShardTask
from pipeline.shards import Shard
from pipeline.sources.spans import WHOLE_FILE, Span
from pipeline.workers import Ended
from tests.conftest import make_article
from transforms.errors import MAX_DETAIL_CHARS, OutputError, Reason, RunError
from transforms.records import DeadLetter

CONFIG = parse_config(
    {"source": {"articles": {"paths": ["stored"]}}, "enrich": [], "output": {"path": "news"}}, "a test"
)
LINES = (
    Span(kind="jsonl", uri="a.jsonl", size_bytes=900, first_offset=0, count=10),
    Span(kind="jsonl", uri="a.jsonl", size_bytes=900, first_offset=10, count=3),
    Span(kind="warc", uri="c.warc", size_bytes=900, first_offset=512, count=2, only=(512, 2048)),
    Span(kind="parquet", uri="p.parquet", size_bytes=900, first_offset=WHOLE_FILE),
)
Outcome = Literal["done", "failed", "died", "stalled"]


def make_task(folder: Path, **fields: Any) -> ShardTask:  # noqa: ANN401 - any field of ShardTask
    """Return a task that has failed once, with an empty folder of staged files."""
    plain: dict[str, Any] = {
        "config": CONFIG,
        "shard": Shard(name="000001", spans=LINES),
        "folder": str(folder),
        "run_id": "run",
        "failures": 1,
    }
    return ShardTask(**(plain | fields))


def write_mark(task: ShardTask, stage: Stage, uri: str, offset: int) -> None:
    """Have the last line of the task's journal say that `stage` begins on an article."""
    first = format_mark("read", LINES[0])
    last = format_mark(stage, make_article(source_uri=uri, source_offset=offset))
    task.journal.write_bytes(first + last + b'["write", "half a li')


def fail(task: ShardTask, outcome: Outcome = "died", detail: str = "killed by SIGKILL") -> ShardTask:
    """Return the task that is run after `task` has ended in this way."""
    return after_failure(Ended(task=task, outcome=outcome, detail=detail))


@pytest.mark.parametrize(
    ("last_line", "wanted"),
    [
        ("OSError: [Errno 28] No space left on device: 'a.part'", "No space left on device; make room"),
        ("RuntimeError: OSError: [Errno 28] Detail: [errno 28] No space [while running 'Write']", "make room"),
        ("OSError: [Errno 30] Read-only file system: 'a.part'", "Read-only file system; make it writable"),
    ],
)
def test_a_disk_that_can_not_be_written_is_no_fault_of_a_shard(tmp_path: Path, last_line: str, wanted: str) -> None:
    """The first failure ends the run, with the folder and what to do."""
    with pytest.raises(OutputError, match=re.escape(str(tmp_path)) + f".*{wanted}"):
        fail(make_task(tmp_path, failures=0), "failed", f"Traceback:\n  ...\n{last_line}\n")


@pytest.mark.parametrize("outcome", ["failed", "died", "stalled"])
def test_the_first_failure_is_forgiven(tmp_path: Path, outcome: Outcome) -> None:
    """A shard that failed once is run again as it is; no article is blamed, whatever the journal says."""
    task = make_task(tmp_path, failures=0)
    write_mark(task, "extract", "a.jsonl", 4)

    assert dataclasses.replace(task, failures=1) == fail(task, outcome)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("failed", Reason.WORKER_CRASHED),
        ("died", Reason.WORKER_CRASHED),
        ("stalled", Reason.TIMED_OUT),
    ],
)
@pytest.mark.parametrize("stage", ["extract", "enrich"])
@pytest.mark.parametrize(
    ("offset", "uri", "kind"), [(0, "a.jsonl", "jsonl"), (12, "a.jsonl", "jsonl"), (2048, "c.warc", "warc")]
)
def test_the_second_failure_sets_the_article_aside(
    tmp_path: Path, stage: Stage, outcome: Outcome, reason: Reason, offset: int, uri: str, kind: str
) -> None:
    """The article of the last mark becomes a dead letter, and the shard begins anew with all others."""
    task = make_task(tmp_path)
    write_mark(task, stage, uri, offset)
    dead = DeadLetter(
        stage="run", reason=reason, detail="the last line", source_kind=kind, source_uri=uri, source_offset=offset
    )

    expected = dataclasses.replace(task, failures=0, blamed=1, set_aside=(dead,))

    assert expected == fail(task, outcome, "Traceback:\n\nthe last line\n \n")


def test_articles_are_set_aside_one_after_the_other(tmp_path: Path) -> None:
    """Those set aside before stay so, and the next one is forgiven once again."""
    task = make_task(tmp_path)
    write_mark(task, "enrich", "a.jsonl", 4)
    second = fail(task)

    third = fail(second)
    write_mark(third, "enrich", "a.jsonl", 11)
    fourth = fail(third)

    assert dataclasses.replace(second, failures=1) == third
    assert [dead.source_offset for dead in fourth.set_aside] == [4, 11]


@pytest.mark.parametrize(
    ("stage", "uri", "offset", "broken", "offsets"),
    [
        pytest.param("read", "a.jsonl", 10, LINES[1], [10, 11, 12], id="consecutive"),
        pytest.param("extracted", "a.jsonl", 4, LINES[0], list(range(10)), id="after an article"),
        pytest.param("read", "c.warc", 512, LINES[2], [512, 2048], id="not consecutive"),
        pytest.param("read", "p.parquet", WHOLE_FILE, LINES[3], [WHOLE_FILE], id="whole file"),
    ],
)
def test_a_crash_while_reading_sets_the_span_aside(
    tmp_path: Path, stage: Stage, uri: str, offset: int, broken: Span, offsets: list[int]
) -> None:
    """All inputs that the plan counted in the span become dead letters, and the rest of the shard goes on."""
    task = make_task(tmp_path)
    write_mark(task, stage, uri, offset)

    after = fail(task)

    expected = [
        DeadLetter(
            stage="read",
            reason=Reason.WORKER_CRASHED,
            detail="killed by SIGKILL",
            source_kind=broken.kind,
            source_uri=uri,
            source_offset=each,
        )
        for each in offsets
    ]
    assert expected == list(after.set_aside_spans)
    assert [span for span in LINES if span != broken] == list(after.shard.spans)
    assert task.shard.inputs == after.shard.inputs + len(after.set_aside_spans)
    assert (task.shard.name, 0, ()) == (after.shard.name, after.failures, after.set_aside)


def test_details_are_short(tmp_path: Path) -> None:
    """Of a long error the dead letter holds the beginning of the last line."""
    task = make_task(tmp_path)
    write_mark(task, "enrich", "a.jsonl", 4)

    (dead,) = fail(task, "failed", "Traceback\nValueError: " + "x" * 999).set_aside

    assert ("ValueError: " + "x" * 999)[:MAX_DETAIL_CHARS] == dead.detail


def test_no_detail_is_no_hindrance(tmp_path: Path) -> None:
    """An article is set aside even if nothing is known of the error."""
    task = make_task(tmp_path)
    write_mark(task, "enrich", "a.jsonl", 4)

    (dead,) = fail(task, "died", "").set_aside

    assert dead.detail == ""


def test_a_crash_while_writing_is_no_article_s_fault(tmp_path: Path) -> None:
    """When all articles are done and the shard still fails, the run fails, and says how to go on."""
    task = make_task(tmp_path)
    write_mark(task, "write", "a.jsonl", 4)

    with pytest.raises(
        RunError, match=r"shard 000001 failed 2 times.*run the same command to go on.*killed by SIGKILL"
    ):
        fail(task)


@pytest.mark.parametrize("journal", [None, b"", b'["re'])
def test_a_crash_before_the_first_article_is_no_article_s_fault(tmp_path: Path, journal: bytes | None) -> None:
    """Without a mark no article is blamed."""
    task = make_task(tmp_path)
    if journal is not None:
        task.journal.write_bytes(journal)

    with pytest.raises(RunError, match="no article is at fault"):
        fail(task)


@pytest.mark.parametrize(("blamed", "is_forgiven"), [(MAX_BLAMED - 1, True), (MAX_BLAMED, False)])
def test_no_more_than_some_are_set_aside(tmp_path: Path, blamed: int, is_forgiven: bool) -> None:
    """A shard that goes on failing with many articles fails the run: it is not the articles."""
    task = dataclasses.replace(make_task(tmp_path), blamed=blamed)
    write_mark(task, "enrich", "a.jsonl", 5)

    with contextlib.nullcontext() if is_forgiven else pytest.raises(RunError, match="no article is at fault"):
        (last,) = fail(task).set_aside
        assert (5, "killed by SIGKILL") == (last.source_offset, last.detail)
