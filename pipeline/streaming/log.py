"""The log of a stream: what each tick found, written before anything is made of it.

    <output>/_stream/<stream>/stream.json              when it began, and how it is divided
    <output>/_stream/<stream>/<group>/<tick>/          what the group found at the tick, and its state after it

An engine that lost a worker, or goes back to a checkpoint, sends ticks again. A tick that is in the log is not polled
again but read from it, so that all that follows from it, windows and files included, is the same as before. A new run
of the stream without a checkpoint takes its state from the log.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from pipeline.output import publish, sync_folder

KEEP: Final = timedelta(days=1)
"""Ticks older than this leave the log; a checkpoint older than this can't be restored exactly once."""

_LOCK: Final = ".lock"
_NAME: Final = "%Y%m%dT%H%M%S.%fZ"
_PART: Final = ".part"
_FOUND: Final = "found.json"
_STATE: Final = "state.bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One tick of one group in the log.

    Attributes:
        folder: holds what was fetched.
        found: what the tick found, JSON.
        state: of the group after the tick.
    """

    folder: Path
    found: bytes
    state: bytes


@dataclass(frozen=True, slots=True)
class StreamLog:
    """The log of one group.

    Attributes:
        folder: of the group; made when it is needed.
    """

    folder: Path

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """While entered, no other process works on the group; gives whether one did, and had to be waited for.

        An engine that takes a worker for dead starts another, and the first may be in the middle of a tick.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / _LOCK)
        had_to_wait = False
        try:
            lock.acquire(timeout=0)
        except Timeout:
            had_to_wait = True
            lock.acquire()
        try:
            yield had_to_wait
        finally:
            lock.release()

    def read(self, tick: datetime) -> Logged | None:
        """Return what the log says of a tick, None if it says nothing."""
        folder = self.folder / tick.strftime(_NAME)
        return _read(folder) if folder.is_dir() else None

    def write(self, tick: datetime, find: Callable[[Path], tuple[bytes, bytes]]) -> Logged:
        """Have something found and write it down; if another worker was faster, what it wrote counts.

        Args:
            tick: the tick.
            find: is given an empty folder for what it fetches, and returns what it found and the state after it.
        """
        folder = self.folder / tick.strftime(_NAME)
        part = self.folder / f".{folder.name}.{uuid.uuid4().hex}{_PART}"
        part.mkdir(parents=True)
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, part)
            found, state = find(part)
            undo.pop_all()
        for name, content in ((_FOUND, found), (_STATE, state)):
            (part / f"{name}{_PART}").write_bytes(content)
            publish(part / f"{name}{_PART}", part / name)
        for spooled in part.glob("*.jsonl"):
            publish(spooled, spooled)
        if not _take_place(part, folder):
            shutil.rmtree(part)
        sync_folder(self.folder)
        self._sweep(tick)
        return _read(folder)

    def state_before(self, tick: datetime) -> bytes | None:
        """Return the state of the group before a tick, None if the log does not go back so far."""
        earlier = [name for name in self._names() if name < tick.strftime(_NAME)]
        return _read(self.folder / earlier[-1]).state if earlier else None

    def ticks(self) -> list[datetime]:
        """Return all ticks in the log, the oldest first."""
        return [datetime.strptime(name, _NAME).replace(tzinfo=UTC) for name in self._names()]

    def _names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("[0-9]*") if path.is_dir())

    def _sweep(self, tick: datetime) -> None:
        """Remove what is older than `KEEP`, but for the newest; also what workers left that were killed."""
        oldest = (tick - KEEP).strftime(_NAME)
        for part in self.folder.glob(f".*{_PART}"):
            if part.name < f".{oldest}":
                shutil.rmtree(part, ignore_errors=True)
        for name in self._names()[:-1]:
            if name < oldest:
                shutil.rmtree(self.folder / name, ignore_errors=True)


def group_logs(folder: Path) -> Iterator[StreamLog]:
    """Yield the logs of all groups of a stream."""
    for path in sorted(folder.glob("*")):
        if path.is_dir():
            yield StreamLog(path)


def _take_place(part: Path, folder: Path) -> bool:
    """Move a folder to its place; say whether that was free."""
    try:
        os.rename(part, folder)  # noqa: PTH104 - Path.rename is the same, and does not say that it refuses a full folder
    except OSError:
        if not folder.is_dir():
            raise
        return False
    return True


def _read(folder: Path) -> Logged:
    return Logged(folder=folder, found=(folder / _FOUND).read_bytes(), state=(folder / _STATE).read_bytes())
