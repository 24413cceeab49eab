"""Streams that are disturbed while they run."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol


class Disturbed(Protocol):
    """A stream on an engine, and what is done to it.

    Attributes:
        groups: of feeds.
    """

    groups: int

    def set_up(self) -> dict[str, Any]:
        """Start what the stream runs on; return the job's `run` section."""

    def start(self, config: Path) -> None:
        """Start the stream."""

    def disturbances(self) -> Sequence[Callable[[], None]]:
        """Return what is done, at even distances of time."""

    def stop(self) -> None:
        """End the stream and all that was started for it."""

    def describe(self) -> str:
        """Return a line on what the stream takes now."""


def start_newsbeam(config: Path, log: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start a stream as the leader of a session."""
    newsbeam = str(Path(sys.executable).with_name("newsbeam"))
    with log.open("ab") as output:
        command = [newsbeam, "run", str(config), *more]
        return subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)


class PrismStream:
    """A stream on Prism: engine, runner and worker are killed at once, and the command is started again.

    Args:
        prism: path of the engine.
        kills: how often.
        folder: for the log.
    """

    def __init__(self, prism: str, kills: int, folder: Path) -> None:
        self.groups = 1
        self._prism = prism
        self._kills = kills
        self._log = folder / "newsbeam.log"

    def set_up(self) -> dict[str, Any]:
        """Return the job's `run` section: newsbeam starts the engine."""
        return {"runner": "PrismRunner", "options": [f"--prism_location={self._prism}"]}

    def start(self, config: Path) -> None:
        """Start the stream."""
        self._config = config
        self._process = start_newsbeam(config, self._log)

    def disturbances(self) -> Sequence[Callable[[], None]]:
        """Return what is done."""
        return [self._kill_all] * self._kills

    def stop(self) -> None:
        """End the stream."""
        self._end(signal.SIGINT)

    def describe(self) -> str:
        """Return nothing: the engine's state is in memory."""
        return ""

    def _kill_all(self) -> None:
        self._end(signal.SIGKILL)
        self.start(self._config)

    def _end(self, with_signal: int) -> None:
        # The session holds the runner, its workers and the engine.
        os.killpg(self._process.pid, with_signal)
        self._process.wait(30)
