"""A Flink cluster on loopback: python -m tests.engines.flink.cluster up|down FOLDER --engine ENGINE.

A JobManager, two TaskManagers with a slot each, and a pool that starts Python workers for them. Each is a process of
its own session, so that it can be killed with all that it started.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

import yaml

_PORTS: Final = ("rest", "rpc", "pool")
TASK_MANAGERS: Final = 2
START_SECONDS: Final = 90
_HOST: Final = "localhost"
_JAVA: Final = (
    "-Xmx768m",
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    *(
        f"--add-opens=java.base/java.{package}=ALL-UNNAMED"
        for package in (
            "lang",
            "lang.reflect",
            "net",
            "io",
            "nio",
            "text",
            "time",
            "util",
            "util.concurrent",
            "util.concurrent.atomic",
            "util.concurrent.locks",
        )
    ),
)
"""Flink reflects on classes that Java 17 keeps closed."""

JOB_MANAGER: Final = "job-manager"
POOL: Final = "pool"
_MAIN: Final = {
    JOB_MANAGER: "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
    "task-manager": "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
}
_LOG4J: Final = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %-40c{1.} %m%n
"""


def task_manager(number: int) -> str:
    """Return the name of a TaskManager."""
    return f"task-manager-{number}"


class Cluster:
    """Processes of a cluster, found again by the numbers that they left in a folder.

    Args:
        folder: of configuration, logs and checkpoints.
        engine: holds `lib` with Flink's jars, and `job-server.jar`.
    """

    def __init__(self, folder: Path, engine: Path) -> None:
        self.folder = folder.resolve()
        self.engine = engine.resolve()

    @property
    def _rest(self) -> str:
        return f"{_HOST}:{self._read('ports')['rest']}"

    def section(self) -> dict[str, Any]:
        """Return what `run.flink` of a job has to be."""
        return {
            "master": self._rest,
            "job_server_jar": str(self.engine / "job-server.jar"),
            "parallelism": TASK_MANAGERS,
            "workers": f"{_HOST}:{self._read('ports')['pool']}",
        }

    def up(self) -> None:
        """Start all, and wait until the TaskManagers are there."""
        if self._read("processes"):
            raise SystemExit(f"{self.folder} says that a cluster runs; end it first")
        shutil.rmtree(self.folder, ignore_errors=True)
        self._configure()
        for name in (JOB_MANAGER, POOL, *(task_manager(number) for number in range(TASK_MANAGERS))):
            self.start(name)
        self._await()

    def down(self) -> None:
        """End all that `up` and `start` started."""
        for name in self._read("processes"):
            self.kill(name, signal.SIGTERM)

    def start(self, name: str) -> None:
        """Start a process, again or for the first time."""
        command = self._pool_command() if name == POOL else self._java_command(name)
        # Beam's pool starts `python` for each worker, and newsbeam must be there for it.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)
        self._write("processes", self._read("processes") | {name: process.pid})

    def kill(self, name: str, with_signal: int = signal.SIGKILL) -> None:
        """Send a signal to a process and all that it started."""
        pids = self._read("processes")
        pid = pids.pop(name)
        self._write("processes", pids)
        if _is_ours(pid):
            os.killpg(pid, with_signal)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return what the JobManager answers."""
        with urllib.request.urlopen(f"http://{self._rest}{path}", timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Ask the JobManager to do something."""
        request = urllib.request.Request(
            f"http://{self._rest}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def memory_mb(self) -> dict[str, int]:
        """Return the resident memory of each process, with that of all that it started, in megabytes."""
        sizes = dict.fromkeys(self._read("processes"), 0)
        leaders = {pid: name for name, pid in self._read("processes").items()}
        for status in Path("/proc").glob("[0-9]*/statm"):
            with contextlib.suppress(OSError):  # it has ended
                leader = leaders.get(os.getsid(int(status.parent.name)))
                if leader:
                    sizes[leader] += int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return {name: round(size / 1e6) for name, size in sizes.items()}

    def _read(self, what: str) -> dict[str, int]:
        path = self.folder / f"{what}.json"
        return json.loads(path.read_bytes()) if path.exists() else {}

    def _write(self, what: str, numbers: dict[str, int]) -> None:
        (self.folder / f"{what}.json").write_text(json.dumps(numbers))

    def _configure(self) -> None:
        configuration = self.folder / "conf"
        configuration.mkdir(parents=True)
        (configuration / "log4j.properties").write_text(_LOG4J)
        ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        self._write("ports", ports)
        options = {
            "jobmanager.rpc.address": _HOST,
            "jobmanager.rpc.port": ports["rpc"],
            "jobmanager.bind-host": _HOST,
            "rest.address": _HOST,
            "rest.bind-address": _HOST,
            "rest.port": ports["rest"],
            "taskmanager.host": _HOST,
            "taskmanager.bind-host": _HOST,
            "taskmanager.numberOfTaskSlots": 1,
            "taskmanager.cpu.cores": 1.0,
            "taskmanager.memory.framework.heap.size": "128m",
            "taskmanager.memory.framework.off-heap.size": "128m",
            "taskmanager.memory.task.heap.size": "512m",
            "taskmanager.memory.task.off-heap.size": "64m",
            "taskmanager.memory.network.min": "64m",
            "taskmanager.memory.network.max": "64m",
            "taskmanager.memory.managed.size": "64m",
            "taskmanager.memory.jvm-metaspace.size": "256m",
            "taskmanager.memory.jvm-overhead.min": "128m",
            "taskmanager.memory.jvm-overhead.max": "128m",
            "state.checkpoints.dir": (self.folder / "checkpoints").as_uri(),
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": 1000,
            "restart-strategy.fixed-delay.delay": "2 s",
            "heartbeat.interval": 2000,
            "heartbeat.timeout": 10000,
        }
        lines = [f"{name}: {value}\n" for name, value in options.items()]
        (configuration / "config.yaml").write_text("".join(lines))

    def _java_command(self, name: str) -> list[str]:
        main = _MAIN[JOB_MANAGER if name == JOB_MANAGER else "task-manager"]
        configuration = self.folder / "conf"
        return [
            "java",
            *_JAVA,
            f"-Dlog4j.configurationFile={configuration / 'log4j.properties'}",
            "-cp",
            str(self.engine / "lib" / "*"),
            main,
            "--configDir",
            str(configuration),
            *(["--executionMode", "cluster"] if name == JOB_MANAGER else []),
        ]

    def _pool_command(self) -> list[str]:
        return [sys.executable, "-m", "tests.engines.flink.pool", str(self._read("ports")["pool"])]

    def _await(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            time.sleep(1)
            try:
                if self.get("/overview")["slots-total"] == TASK_MANAGERS:
                    return
            except OSError:
                continue
        self.down()
        raise SystemExit(f"the cluster did not start within {START_SECONDS} s; see the logs in {self.folder}")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _is_ours(pid: int) -> bool:
    """Whether a process is there and leads its session, as all do that were started here."""
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def main() -> None:
    """Start or end a cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["up", "down"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", type=Path, required=True, help="folder with lib/ and job-server.jar")
    options = parser.parse_args()
    cluster = Cluster(options.folder, options.engine)
    if options.action == "down":
        cluster.down()
        return
    cluster.up()
    section = cluster.section()
    print(f"Flink runs, see http://{section['master']}. For a job:")  # noqa: T201
    print(yaml.safe_dump({"run": {"runner": "FlinkRunner", "flink": section}}))  # noqa: T201


if __name__ == "__main__":
    main()
