"""Worker processes: each takes one task after the other from the launcher, and may die without loss.

On Linux the parent has everything imported before it forks, so a worker starts in milliseconds; elsewhere a worker is
spawned and imports anew. A worker ends itself when the parent is gone, however that went: it watches a pipe whose other
end only the parent holds open. A worker whose memory has grown, by caches and the holes between what is in use, makes
way for a new one between two tasks.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeVar

Task = TypeVar("Task")
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
POLL_SECONDS: Final = 0.2
TRIM_SECONDS: Final = 1.0
MAX_GROWTH_MB: Final = 64
"""A worker that holds so much more memory of its own than when it started takes no further task.

If it holds as much after its first task, that is what the work loads and a new worker would load again: it may take as
much once more.
"""

_PR_SET_PDEATHSIG: Final = 1  # prctl(2): the signal to get when the parent dies
_MAX_TRACEBACK_CHARS: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Generic[Task]):
    """How a task ended.

    Attributes:
        task: as it was given.
        outcome: `done`; `failed`: it raised an error; `died`: its process ended; `stalled`: its process was killed
            because the task made no progress.
        detail: the traceback or the exit code, for people.
    """

    task: Task
    outcome: Literal["done", "failed", "died", "stalled"]
    detail: str = ""


@dataclass(slots=True)
class _Worker(Generic[Task]):
    process: BaseProcess
    connection: "Connection[Any, Any]"
    task: Task | None = None
    progress: int = 0
    moved_at: float = 0.0


class WorkerPool(Generic[Task]):
    """A number of processes that run `work(task)` for each task, from the beginning of a `with` to its end.

    Attributes:
        work: function of a module; what it returns is dropped.
        count: number of processes.
        progress: gives a number that grows while a task is worked on.
        stall_seconds: a worker is killed if that number has not grown for so long.
    """

    def __init__(
        self, work: Callable[[Task], None], count: int, progress: Callable[[Task], int], stall_seconds: float
    ) -> None:
        self._work = work
        self._progress = progress
        self._stall_seconds = stall_seconds
        self._context: ForkContext | SpawnContext = (
            multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing.get_context("spawn")
        )
        self._lifeline, self._held_open = self._context.Pipe(duplex=False)
        self._count = count
        self._workers: list[_Worker[Task]] = []

    def __enter__(self) -> "WorkerPool[Task]":
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)  # if a signal comes: the workers that are there must not outlive it
            for number in range(self._count):
                self._start(number)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def process_ids(self) -> list[int]:
        """The workers' process ids."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    @property
    def running(self) -> list[Task]:
        """The tasks that are being worked on."""
        return [worker.task for worker in self._workers if worker.task is not None]

    def run(self, waiting: deque[Task]) -> Iterator[Ended[Task] | None]:
        """Yield how each task ended, and None at each turn of waiting; the caller may add tasks all the while."""
        while waiting or self.running:
            for worker in self._workers:
                if worker.task is None and waiting:
                    self._give(worker, waiting.popleft())
            yield from self._collect()
            yield None

    def stop(self) -> None:
        """Kill all workers, at work or not; return when they are gone."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.connection.close()
        self._lifeline.close()
        self._held_open.close()

    def _start(self, number: int) -> None:
        """Start a worker in the place of another, or in a new one."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_serve, args=(self._work, theirs, self._lifeline, self._held_open), daemon=True
        )
        # A signal that came now would find a worker that is in no list, or one that has the handlers of its parent.
        with _stop_signals_held_back():
            process.start()
            self._workers[number : number + 1] = [_Worker(process, ours)]
        theirs.close()

    def _give(self, worker: _Worker[Task], task: Task) -> None:
        worker.task, worker.progress, worker.moved_at = task, self._progress(task), time.monotonic()
        try:
            worker.connection.send(task)
        except BrokenPipeError:
            return  # It died while idle; `_collect` sees its end and reports the task as not done.

    def _collect(self) -> Iterator[Ended[Task]]:
        """Wait a moment; yield the tasks that have ended, and put new workers in the place of dead ones."""
        handles = [handle for worker in self._workers for handle in (worker.connection, worker.process.sentinel)]
        ready = set(wait(handles, timeout=POLL_SECONDS))
        for number, worker in enumerate(self._workers):
            is_dead = worker.process.sentinel in ready
            if is_dead:
                worker.process.join()  # The sentinel is ready a moment before the exit code is.
            ended = self._look_after(worker, worker.connection in ready, is_dead)
            if ended is not None:
                worker.task = None
                yield ended
            if not worker.process.is_alive():
                worker.connection.close()
                self._start(number)

    def _look_after(self, worker: _Worker[Task], has_answer: bool, is_dead: bool) -> Ended[Task] | None:
        if worker.task is None:
            return None
        if has_answer:
            try:
                outcome, detail, leaves = worker.connection.recv()
            except (EOFError, ConnectionResetError):
                worker.process.join()
                is_dead = True
            else:
                if leaves:
                    worker.process.join()
                return Ended(task=worker.task, outcome=outcome, detail=detail)
        if is_dead:
            return Ended(task=worker.task, outcome="died", detail=_exit_text(worker.process.exitcode))
        return self._kill_if_stalled(worker, worker.task)

    def _kill_if_stalled(self, worker: _Worker[Task], task: Task) -> Ended[Task] | None:
        progress, now = self._progress(task), time.monotonic()
        if progress != worker.progress:
            worker.progress, worker.moved_at = progress, now
        if now - worker.moved_at < self._stall_seconds:
            return None
        worker.process.kill()
        worker.process.join()
        return Ended(task=task, outcome="stalled", detail=f"no progress in {self._stall_seconds:g} s")


@contextlib.contextmanager
def _stop_signals_held_back() -> Iterator[None]:
    """Have signals wait that ask this thread to stop, and processes that it starts."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _exit_text(exit_code: int | None) -> str:
    """Return what an exit code means.

    >>> _exit_text(-9)
    'killed by SIGKILL'
    """
    if exit_code is not None and exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"


def _serve(
    work: Callable[[Task], None],
    connection: "Connection[Any, Any]",
    lifeline: "Connection[Any, Any]",
    held_open: "Connection[Any, Any]",
) -> None:
    """Run tasks until the parent is gone."""
    held_open.close()
    if sys.platform == "linux":
        # The thread below can't run while C code holds the interpreter's lock, such as a regular expression.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    threading.Thread(target=_keep_house, args=(lifeline,), daemon=True).start()
    # Of holes in the parent's heap: given back later, they would hide what this process takes.
    _give_back_memory()
    most_mb = own_memory_mb() + MAX_GROWTH_MB
    is_first, leaves = True, False
    while not leaves:
        try:
            task = connection.recv()
        except EOFError:
            break
        outcome, detail = _try(work, task)
        _give_back_memory()
        own_mb = own_memory_mb()
        if is_first and own_mb > most_mb:
            most_mb = own_mb + MAX_GROWTH_MB
        is_first, leaves = False, own_mb > most_mb
        connection.send((outcome, detail, leaves))
    os._exit(0)


def own_memory_mb() -> float:
    """Return the memory of this process that no file backs, in MB; 0 where the system has no /proc."""
    if sys.platform != "linux":
        return 0.0
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon:"))


def _try(work: Callable[[Task], None], task: Task) -> tuple[Literal["done", "failed"], str]:
    try:
        work(task)
    except Exception:  # noqa: BLE001 - whatever went wrong, the parent hears of it and decides
        return "failed", traceback.format_exc()[-_MAX_TRACEBACK_CHARS:]
    return "done", ""


def _keep_house(lifeline: "Connection[Any, Any]") -> None:
    """End this process as soon as no one holds the other end of the pipe; till then give back free memory."""
    while not lifeline.poll(TRIM_SECONDS):
        _give_back_memory()
    os._exit(1)


def _give_back_memory() -> None:
    """Have the heap give free memory back: pages and texts of all sizes leave holes, which would stay the process's."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
