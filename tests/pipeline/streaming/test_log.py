"""The log of a stream: what was written first counts, and it goes back a day."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.streaming.log import KEEP, StreamLog, group_logs

HOLD = """
import pathlib, sys
from pipeline.streaming.log import StreamLog
with StreamLog(pathlib.Path(sys.argv[1])).alone():
    print("held", flush=True)
    input()
"""
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def note(log: StreamLog, tick: datetime, found: bytes) -> bytes:
    """Write a tick into a log; return what the log says then."""
    return log.write(tick, lambda _: (found, b"state after " + found)).found


def test_what_was_written_first_counts(tmp_path: Path) -> None:
    """A worker that was slower, or was thought dead, takes over what the other found, and leaves nothing behind."""
    log = StreamLog(tmp_path / "0000")
    assert note(log, NOON, b"first") == b"first"
    assert note(log, NOON, b"second") == b"first"
    logged = log.read(NOON)
    assert logged is not None
    assert (logged.found, logged.state) == (b"first", b"state after first")
    assert [path.name for path in log.folder.iterdir()] == [logged.folder.name]


def test_a_tick_that_was_not_finished_is_not_in_the_log(tmp_path: Path) -> None:
    """Whatever went wrong while it was looked for."""
    log = StreamLog(tmp_path / "0000")

    def fail(folder: Path) -> tuple[bytes, bytes]:
        (folder / "000000.jsonl").write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        log.write(NOON, fail)
    assert log.read(NOON) is None
    assert list(log.folder.iterdir()) == []


def test_the_state_before_a_tick_is_that_of_the_last_one(tmp_path: Path) -> None:
    """Not that of the tick itself, nor of later ones."""
    log = StreamLog(tmp_path / "0000")
    for minute in (0, 2, 4):
        note(log, NOON + timedelta(minutes=minute), str(minute).encode())
    assert log.state_before(NOON) is None
    assert log.state_before(NOON + timedelta(minutes=2)) == b"state after 0"
    assert log.state_before(NOON + timedelta(minutes=3)) == b"state after 2"


def test_the_log_goes_back_a_day(tmp_path: Path) -> None:
    """What is older leaves it when a tick is written, group by group."""
    log = StreamLog(tmp_path / "0000")
    note(log, NOON, b"old")
    note(log, NOON + KEEP, b"a day later")
    assert log.ticks() == [NOON, NOON + KEEP]
    note(log, NOON + KEEP + timedelta(seconds=1), b"new")
    assert [found.ticks()[0] for found in group_logs(tmp_path)] == [NOON + KEEP]


def test_what_a_killed_worker_left_goes_after_a_day(tmp_path: Path) -> None:
    """Until then another worker may still be at it."""
    log = StreamLog(tmp_path / "0000")
    note(log, NOON, b"some")
    left = log.folder / f".{log.folder.glob('2*').__next__().name}.abc.part"
    left.mkdir()
    note(log, NOON + KEEP, b"a day later")
    assert left.exists()
    note(log, NOON + KEEP + timedelta(seconds=1), b"new")
    assert not left.exists()


def test_one_process_works_on_a_group_at_a_time(tmp_path: Path) -> None:
    """Whoever comes while another process holds a group waits for it, and is told so; a dead process holds nothing."""
    log = StreamLog(tmp_path / "0000")
    with log.alone() as was_taken:
        assert not was_taken
    hold = (
        "import sys, pathlib, pipeline.streaming.log as log\nwith log.StreamLog(pathlib.Path(sys.argv[1])).alone():\n"
    )
    command = [sys.executable, "-c", hold + "    print('held', flush=True)\n    input()", str(log.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        threading.Timer(0.5, holder.kill).start()
        with log.alone() as was_taken:
            assert was_taken
