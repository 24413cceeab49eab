"""A stream on a Flink cluster, parts of which are killed."""

import os
import signal
import time
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.engines.disturbed import start_newsbeam
from tests.engines.flink.cluster import POOL, TASK_MANAGERS, Cluster, task_manager

CHECKPOINT_SECONDS: Final = 10
AWAY_SECONDS: Final = 5
"""How long what was killed stays away."""

_START_SECONDS: Final = 120
_SAVEPOINT_SECONDS: Final = 120


class FlinkStream:
    """A stream on a cluster of its own: TaskManagers, workers and newsbeam are killed, and it is restored once.

    Args:
        cluster: not started yet.
        folder: for the log.
    """

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.groups = TASK_MANAGERS
        self._cluster = cluster
        self._log = folder / "newsbeam.log"

    def set_up(self) -> dict[str, Any]:
        """Start the cluster; return the job's `run` section."""
        self._cluster.up()
        return {
            "runner": "FlinkRunner",
            "flink": {**self._cluster.section(), "checkpoint_seconds": CHECKPOINT_SECONDS},
        }

    def start(self, config: Path) -> None:
        """Start the stream."""
        self._config = config
        self._process = start_newsbeam(config, self._log)
        self._await_job()

    def disturbances(self) -> Sequence[Callable[[], None]]:
        """Return what is done."""
        return [
            lambda: self._kill(task_manager(0)),
            lambda: self._kill(POOL),
            self._restore,
            lambda: self._kill(task_manager(1)),
            self._kill_newsbeam,
        ]

    def stop(self) -> None:
        """End the stream, which has to end on the cluster too, and the cluster."""
        try:
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(60)
            if running := self._running():
                raise SystemExit(f"newsbeam ended and left {running} on the cluster")
        finally:
            self._cluster.down()

    def describe(self) -> str:
        """Return the number and size of checkpoints, the memory of all processes, and one of newsbeam's counters."""
        (job,) = self._running()
        checkpoints = self._cluster.get(f"/jobs/{job}/checkpoints")
        sizes = checkpoints["summary"]["state_size"]
        return (
            f"checkpoints since the job began {checkpoints['counts']['completed']}, "
            f"of {sizes['min'] / 1e3:.0f} to {sizes['max'] / 1e3:.0f} kB; "
            f"articles_written in Flink's metrics since its last restart {self._counter(job, 'articles_written'):.0f}; "
            f"MB of memory {self._cluster.memory_mb()}"
        )

    def _counter(self, job: str, name: str) -> float:
        """Return the sum of a counter over all tasks, since the job was last restarted."""
        total = 0.0
        for vertex in self._cluster.get(f"/jobs/{job}")["vertices"]:
            path = f"/jobs/{job}/vertices/{vertex['id']}/subtasks/metrics"
            for metric in self._cluster.get(path):
                if metric["id"].endswith(name):
                    (found,) = self._cluster.get(f"{path}?get={urllib.parse.quote(metric['id'])}&agg=sum")
                    total += found["sum"]
        return total

    def _running(self) -> list[str]:
        return [job["id"] for job in self._cluster.get("/jobs")["jobs"] if job["status"] == "RUNNING"]

    def _await_job(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while not self._running():
            if time.monotonic() > until or self._process.poll() is not None:
                raise SystemExit(f"the stream did not start; see {self._log}")
            time.sleep(1)

    def _kill(self, name: str) -> None:
        print(f"kill -9 {name}")  # noqa: T201
        self._cluster.kill(name)
        time.sleep(AWAY_SECONDS)
        self._cluster.start(name)

    def _kill_newsbeam(self) -> None:
        print("kill -9 newsbeam and Beam's job server; the same command again")  # noqa: T201
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)
        self._process = start_newsbeam(self._config, self._log)

    def _restore(self) -> None:
        """Cancel the job with a savepoint, and start it from there."""
        (job,) = self._running()
        body = {"cancel-job": True, "target-directory": str(self._cluster.folder / "savepoints")}
        trigger = self._cluster.post(f"/jobs/{job}/savepoints", body)["request-id"]
        savepoint = self._await_savepoint(job, trigger)
        print(f"cancelled with a savepoint; newsbeam ended with {self._process.wait(60)}; restored from it")  # noqa: T201
        self._process = start_newsbeam(self._config, self._log, "--set", f"run.flink.restore={savepoint}")
        self._await_job()

    def _await_savepoint(self, job: str, trigger: str) -> str:
        until = time.monotonic() + _SAVEPOINT_SECONDS
        while time.monotonic() < until:
            answer: dict[str, Any] = self._cluster.get(f"/jobs/{job}/savepoints/{trigger}")
            if answer["status"]["id"] == "COMPLETED":
                return str(answer["operation"]["location"])
            time.sleep(1)
        raise SystemExit(f"no savepoint after {_SAVEPOINT_SECONDS} s")
