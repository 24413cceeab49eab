"""Worker processes: they take tasks, may die or hang, and never outlive their parent."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.launch import Interrupted, Signals
from pipeline.workers import MAX_GROWTH_MB, Ended, WorkerPool

STALL_SECONDS = 0.5
BOUND_SECONDS = 30


class Task(NamedTuple):
    """What the workers of these tests are sent.

    Attributes:
        action: name of what to do.
        file: where to do it; its size is the task's progress.
    """

    action: str
    file: Path


def _write_own_id(file: Path) -> None:
    file.write_text(str(os.getpid()), encoding="ascii")


def _raise(file: Path) -> None:
    raise ValueError(f"no such coup: {file.name}")


def _be_killed(file: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _exit(file: Path) -> None:
    sys.exit(3)


def _hang(file: Path) -> None:
    threading.Event().wait()


def _go_on_slowly(file: Path) -> None:
    """Take longer than a stalled task may, but make progress all the while."""
    for _ in range(15):
        threading.Event().wait(STALL_SECONDS / 5)
        with file.open("ab") as progress:
            progress.write(b".")


def _grow(file: Path) -> None:
    """Keep more memory than a worker may."""
    KEPT.append(b"x" * (MAX_GROWTH_MB + 10) * 2**20)
    _write_own_id(file)


KEPT: list[bytes] = []
ACTIONS: dict[str, Callable[[Path], None]] = {
    "write": _write_own_id,
    "grow": _grow,
    "raise": _raise,
    "be killed": _be_killed,
    "exit": _exit,
    "hang": _hang,
    "go on slowly": _go_on_slowly,
}


def work(task: Task) -> None:
    """Do what the task says."""
    ACTIONS[task.action](task.file)


def read_progress(task: Task) -> int:
    """Return the size of the task's file."""
    return task.file.stat().st_size if task.file.exists() else 0


def running_pool(count: int = 1, stall_seconds: float = STALL_SECONDS) -> WorkerPool[Task]:
    """Return a pool to use in `with`, which stops it whatever happens."""
    return WorkerPool(work, count, read_progress, stall_seconds)


def run_all(pool: WorkerPool[Task], waiting: deque[Task]) -> list[Ended[Task]]:
    """Return how all tasks ended; fail if that takes too long."""
    give_up_at = time.monotonic() + BOUND_SECONDS
    ends = []
    for ended in pool.run(waiting):
        if ended is not None:
            ends.append(ended)
        assert time.monotonic() < give_up_at
    return ends


def run_one(pool: WorkerPool[Task], action: str, folder: Path) -> Ended[Task]:
    """Return how the only task ended."""
    (ended,) = run_all(pool, deque([Task(action, folder / action)]))
    return ended


@pytest.mark.parametrize("count", [1, 2, 5])
def test_all_tasks_are_done(tmp_path: Path, count: int) -> None:
    """Each task is done once, by one of the workers, whatever their number."""
    tasks = [Task("write", tmp_path / str(number)) for number in range(20)]

    with running_pool(count) as pool:
        ends = run_all(pool, deque(tasks))
        workers = set(pool.process_ids)

    done_by = {int(task.file.read_text(encoding="ascii")) for task in tasks}
    assert [Ended(task=task, outcome="done") for task in tasks] == sorted(
        ends, key=lambda ended: tasks.index(ended.task)
    )
    assert done_by <= workers
    assert count == len(workers)


def test_nothing_to_do_is_done_at_once() -> None:
    """Without tasks a pool does not wait for any."""
    with running_pool() as pool:
        ends = run_all(pool, deque())

    assert ends == []


def test_a_task_that_raises_has_failed(tmp_path: Path) -> None:
    """The parent gets the end of the traceback, and the worker goes on."""
    with running_pool() as pool:
        before = pool.process_ids
        failed = run_one(pool, "raise", tmp_path)
        done = run_one(pool, "write", tmp_path)

        assert before == pool.process_ids

    last_line = failed.detail.rstrip().splitlines()[-1]
    assert (failed.outcome, last_line) == ("failed", "ValueError: no such coup: raise")
    assert done.outcome == "done"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("be killed", "killed by SIGKILL"),
        ("exit", "ended with exit code 3"),
    ],
)
def test_a_task_whose_process_ends_has_died(tmp_path: Path, action: str, expected: str) -> None:
    """The parent learns how the process ended, and a new worker takes its place."""
    with running_pool() as pool:
        before = pool.process_ids
        died = run_one(pool, action, tmp_path)
        done = run_one(pool, "write", tmp_path)

        assert set(before).isdisjoint(pool.process_ids)

    assert (died.outcome, died.detail) == ("died", expected)
    assert done.outcome == "done"


def test_a_death_costs_no_other_task(tmp_path: Path) -> None:
    """Of tasks that kill their worker and tasks that don't, each has the end that it earned."""
    tasks = [Task(("be killed", "write")[number % 2], tmp_path / str(number)) for number in range(40)]

    with running_pool() as pool:
        ends = run_all(pool, deque(tasks))

    outcomes = {"be killed": ("died", "killed by SIGKILL"), "write": ("done", "")}
    expected = [(task, *outcomes[task.action]) for task in tasks]
    assert expected == [(ended.task, ended.outcome, ended.detail) for ended in ends]


def test_a_worker_that_died_idle_is_replaced(tmp_path: Path) -> None:
    """A task given to a process that is not there any more is reported, not lost, and the next one is done."""
    with running_pool() as pool:
        (process_id,) = pool.process_ids
        os.kill(process_id, signal.SIGKILL)
        os.waitid(os.P_PID, process_id, os.WEXITED | os.WNOWAIT)
        died = run_one(pool, "write", tmp_path)
        done = run_one(pool, "write", tmp_path)

    assert (died.outcome, died.detail) == ("died", "killed by SIGKILL")
    assert done.outcome == "done"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its memory")
def test_a_worker_that_has_grown_makes_way(tmp_path: Path) -> None:
    """Each task is done once, by the same worker until this holds too much memory, then by another."""
    # A parent whose heap has holes, as after long work: what a worker gives back of them is no shrinking of its own.
    kept = [bytearray(100_000) for _ in range(4_000)][::100]
    tasks = deque(
        Task(action, tmp_path / str(place)) for place, action in enumerate(["write", "grow", "write", "write"])
    )

    with running_pool(stall_seconds=BOUND_SECONDS) as pool:
        ends = run_all(pool, tasks)
    process_ids = [(tmp_path / str(place)).read_text(encoding="ascii") for place in range(4)]

    assert ["done"] * 4 == [ended.outcome for ended in ends]
    assert process_ids[0] == process_ids[1] != process_ids[2] == process_ids[3]
    assert len(kept) == 40


def test_what_the_first_task_loads_is_no_growth(tmp_path: Path) -> None:
    """A worker whose first task leaves much memory in use goes on, until it has grown by as much again."""
    tasks = deque(
        Task(action, tmp_path / str(place)) for place, action in enumerate(["grow", "write", "grow", "write"])
    )

    with running_pool(stall_seconds=BOUND_SECONDS) as pool:
        run_all(pool, tasks)
    process_ids = [(tmp_path / str(place)).read_text(encoding="ascii") for place in range(4)]

    assert process_ids[0] == process_ids[1] == process_ids[2] != process_ids[3]


def test_a_task_without_progress_has_stalled(tmp_path: Path) -> None:
    """A worker that hangs is killed, and a new one takes its place; the others go on all the while."""
    hang, slow = Task("hang", tmp_path / "hang"), Task("go on slowly", tmp_path / "slow")

    with running_pool(2) as pool:
        before = pool.process_ids
        ends = run_all(pool, deque([hang, slow]))
        done = run_one(pool, "write", tmp_path)

        assert len(set(before) & set(pool.process_ids)) == 1

    assert [
        Ended(task=hang, outcome="stalled", detail="no progress in 0.5 s"),
        Ended(task=slow, outcome="done"),
    ] == ends
    assert done.outcome == "done"


def test_tasks_may_be_added_meanwhile(tmp_path: Path) -> None:
    """What the caller puts back, first or last, is done as well."""
    waiting = deque([Task("raise", tmp_path / "again")])
    outcomes = []

    with running_pool() as pool:
        for ended in pool.run(waiting):
            if ended is not None:
                outcomes.append((ended.outcome, ended.task.file.name))
            if ended is not None and ended.outcome == "failed":
                waiting.appendleft(Task("write", ended.task.file))
                waiting.append(Task("write", tmp_path / "one more"))

    assert outcomes == [("failed", "again"), ("done", "again"), ("done", "one more")]


def test_running_are_the_tasks_at_work(tmp_path: Path) -> None:
    """While it runs, a pool tells which tasks are being worked on."""
    hang = Task("hang", tmp_path / "hang")

    with running_pool(2) as pool:
        seen = [(ended, pool.running) for ended in pool.run(deque([hang]))]

    assert seen[0] == (None, [hang])
    assert seen[-1] == (None, [])


def test_stop_leaves_no_process(tmp_path: Path) -> None:
    """After `stop` the workers are gone, those at work and those that ignore polite signals too."""
    with running_pool(3) as pool:
        next(pool.run(deque([Task("hang", tmp_path / "hang")])))
        workers = set(pool.process_ids)

    alive = {process.pid for process in multiprocessing.active_children()}
    assert workers.isdisjoint(alive)
    for process_id in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(process_id, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_workers_start_leaves_none(monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """One that comes when a worker is there and in no list yet waits until it can be stopped."""
    start = BaseProcess.start

    def start_and_be_stopped(process: BaseProcess) -> None:
        start(process)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(BaseProcess, "start", start_and_be_stopped)
    with pytest.raises(Interrupted), Signals(), running_pool(3):
        pytest.fail("the pool must not be entered")

    assert [] == multiprocessing.active_children()


PARENT = """
import re, sys, time
from collections import deque
from pipeline.workers import WorkerPool

work, task = {work}, {task!r}
with WorkerPool(work, 2, lambda task: 0, 600) as pool:
    for turn, _ in enumerate(pool.run(deque([task, task]))):
        if turn == 3:  # by now the workers are at work
            print(*pool.process_ids, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "task"),
    [
        pytest.param("time.sleep", 600.0, id="asleep"),
        pytest.param("re.compile('(a+)+$').match", "a" * 60 + "b", id="in a pattern that backtracks for years"),
    ],
)
def test_workers_end_with_their_parent(work: str, task: float | str) -> None:
    """When the parent is killed, its workers end, whatever they are at."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(work=work, task=task)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    workers = [int(process_id) for process_id in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    try:
        # The workers inherited the pipe: it ends when the last of them does.
        rest, _ = parent.communicate(timeout=5)
    finally:
        for process_id in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)

    assert rest == ""
    assert len(workers) == 2
