"""The folders of an output: where articles, dead letters, manifests, state and unfinished work lie."""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import filelock

from transforms.errors import OutputError

BEGUN: Final = "run.json"
"""File in the staging folder of a run that fetches: all that is needed to take it up again."""


DISK_ERRORS: Final = {errno.ENOSPC: "make room", errno.EDQUOT: "make room", errno.EROFS: "make it writable"}
"""What no other try mends, and what does."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output folder.

    Attributes:
        root: the folder; it is made when something is written.
    """

    root: Path

    @property
    def articles(self) -> Path:
        """Holds the tables, in Hive partitions; whole files only."""
        return self.root / "articles"

    @property
    def dead_letters(self) -> Path:
        """Holds one JSONL file a run, if it had dead letters."""
        return self.root / "dead_letters"

    @property
    def runs(self) -> Path:
        """Holds one manifest a run."""
        return self.root / "runs"

    def staging(self, run_id: str) -> Path:
        """Return the folder of a run's unfinished work."""
        return self.root / "_staging" / run_id

    def manifest(self, run_id: str) -> Path:
        """Return the path of a run's manifest; it is there if and only if the run is complete."""
        return self.runs / f"{run_id}.json"

    def read_manifests(self) -> list[dict[str, Any]]:
        """Return the manifests of all runs, the oldest first.

        Raises:
            OutputError: a manifest is damaged.
        """
        manifests = [read_manifest(path) for path in sorted(self.runs.glob("*.json"))]
        return sorted(manifests, key=lambda manifest: (manifest["finished_at"], manifest["run_id"]))

    def unfinished_runs(self) -> list[str]:
        """Return the ids of runs that were begun and not finished."""
        return sorted(folder.name for folder in (self.root / "_staging").glob("*") if folder.is_dir())

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the output for this process; the lock goes with the process, however that ends.

        Raises:
            OutputError: another run holds it, or the folder can't be made.
        """
        state = self.root / "_state"
        try:
            state.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(state / "lock", timeout=0)
            lock.acquire()
        except filelock.Timeout as error:
            raise OutputError(f"{self.root}: another newsbeam run is writing here; wait for it or end it") from error
        except OSError as error:
            raise OutputError(f"{self.root}: can't write here: {error.strerror}") from error
        try:
            yield
        finally:
            lock.release()


def describe_os_error(error: OSError) -> str:
    """Return what is wrong with a disk, and what to do about it.

    >>> describe_os_error(OSError(errno.ENOSPC, "..."))
    'No space left on device; make room and run the same command to go on'
    """
    if error.errno not in DISK_ERRORS:
        return str(error)
    return f"{os.strerror(error.errno)}; {DISK_ERRORS[error.errno]} and run the same command to go on"


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        OutputError: it is not there or damaged.
    """
    try:
        loaded = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: can't be read: {error}") from error
    if not isinstance(loaded, dict):
        raise OutputError(f"{path}: holds no JSON object")
    return loaded


def read_manifest(path: Path) -> dict[str, Any]:
    """Return a run's manifest.

    Raises:
        OutputError: it is not there or damaged.
    """
    manifest = read_json(path)
    if not {"run_id", "finished_at", "counts", "replayed"} <= manifest.keys():
        raise OutputError(f"{path}: is no manifest of newsbeam; move it away")
    return manifest


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    write_whole(path, json.dumps(content, indent=1, ensure_ascii=False, sort_keys=False).encode("utf-8", "replace"))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or, whenever the process dies, none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    publish(part, path)


def publish(part: Path, path: Path) -> None:
    """Move a finished file to its place, on disk before it is seen. Both are on one file system."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_staging(output: Output, run_id: str) -> None:
    """Remove a run's unfinished work, and the folder of all unfinished work if it was the last."""
    staging = output.staging(run_id)
    if staging.exists():
        # The mark of a run that can be taken up goes first: what is left of it after a crash is no such run any more.
        (staging / BEGUN).unlink(missing_ok=True)
        shutil.rmtree(staging)
    with contextlib.suppress(OSError):
        (output.root / "_staging").rmdir()
