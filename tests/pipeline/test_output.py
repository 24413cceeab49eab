"""The output folder: files appear whole, one run at a time, and nothing unfinished is left."""

import errno
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.output import Output, publish, read_json, remove_staging, write_json, write_whole
from transforms.errors import OutputError

HOLD = """
import sys
from pathlib import Path
from pipeline.output import Output

with Output(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(root: Path) -> subprocess.Popen[str]:
    """Start a process that holds the output until its input ends; return when it does hold it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_each_thing_has_its_place(tmp_path: Path) -> None:
    """The folders of an output are where the documentation says, and are not made by being named."""
    output = Output(tmp_path / "news")

    expected = {
        "articles": output.articles,
        "dead_letters": output.dead_letters,
        "runs": output.runs,
        "runs/r.json": output.manifest("r"),
        "_staging/r": output.staging("r"),
    }

    assert {name: tmp_path / "news" / name for name in expected} == expected
    assert list(tmp_path.iterdir()) == []


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """While one process holds an output, another is told so at once; afterwards it may have it."""
    output = Output(tmp_path)
    holder = hold(tmp_path)

    with pytest.raises(OutputError, match="another newsbeam run is writing here"), output.locked():
        pytest.fail("two processes hold the output")

    holder.communicate()
    with output.locked():
        assert holder.returncode == 0


def test_the_lock_of_a_dead_process_is_no_hindrance(tmp_path: Path) -> None:
    """When the process that held an output was killed, the next one may have it at once."""
    holder = hold(tmp_path)
    holder.kill()
    holder.communicate()
    expected = -9

    with Output(tmp_path).locked():
        assert expected == holder.returncode


def test_a_lock_file_without_a_lock_is_no_hindrance(tmp_path: Path) -> None:
    """A lock file that came with a copied folder holds nothing."""
    (tmp_path / "_state").mkdir()
    (tmp_path / "_state" / "lock").write_bytes(b"")

    with Output(tmp_path).locked(), pytest.raises(OutputError), Output(tmp_path).locked():
        pytest.fail("the output is held twice")


def test_the_lock_goes_with_an_error(tmp_path: Path) -> None:
    """A run that fails leaves the output free, and its error is passed on."""
    output = Output(tmp_path)

    with pytest.raises(ZeroDivisionError), output.locked():
        raise ZeroDivisionError

    with output.locked():
        assert (tmp_path / "_state").is_dir()


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """The error names the path and the cause."""
    root = tmp_path / "news"
    root.write_bytes(b"")

    with pytest.raises(OutputError, match=r"news: can't write here: \w+"), Output(root).locked():
        pytest.fail("a file holds no output")


def _fail(*_: Any, **__: Any) -> None:  # noqa: ANN401 - takes the place of several functions
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("module", "function"), [(os, "fsync"), (Path, "replace"), (Path, "write_bytes")])
def test_a_write_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, function: str
) -> None:
    """Wherever a write fails, the file is what it was, and a file that was not there is not."""
    write_whole(tmp_path / "old.json", b"old")
    monkeypatch.setattr(module, function, _fail)

    for name in ("old.json", "new.json"):
        with pytest.raises(OSError, match="No space left"):
            write_whole(tmp_path / name, b"new")

    monkeypatch.undo()
    visible = {path.name: path.read_bytes() for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert visible == {"old.json": b"old"}


def test_readers_see_whole_files(tmp_path: Path) -> None:
    """A file that is written again and again is at any time what one of the writes put there."""
    path = tmp_path / "file"
    contents = [letter * 300_000 for letter in (b"a", b"b")]
    write_whole(path, contents[0])

    def write_again() -> None:
        for number in range(20):
            write_whole(path, contents[number % 2])

    writer = threading.Thread(target=write_again)
    writer.start()
    seen = {path.read_bytes()}
    while writer.is_alive():
        seen.add(path.read_bytes())
    writer.join()

    assert seen <= set(contents)


def test_a_write_leaves_nothing_else(tmp_path: Path) -> None:
    """The folder is made, what was there is replaced, and no other file is left, not even of a killed write."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / ".file.part").write_bytes(b"half a fi")

    write_whole(folder / "file", b"old")
    write_whole(folder / "file", b"new")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"file": b"new"}


def test_publish_moves_a_file(tmp_path: Path) -> None:
    """A finished file goes to its place, in a folder that is made for it."""
    (tmp_path / "part").write_bytes(b"whole")

    publish(tmp_path / "part", tmp_path / "a" / "file")

    assert (tmp_path / "a" / "file").read_bytes() == b"whole"
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize("content", [{}, {"title": "Coup d'État \U0001f5de", "counts": {"inputs": 3}, "none": None}])
def test_json_comes_back(tmp_path: Path, content: dict[str, Any]) -> None:
    """What was written as JSON is read as it was, keys in their order."""
    write_json(tmp_path / "a.json", content)

    assert content == read_json(tmp_path / "a.json")
    assert list(content) == list(read_json(tmp_path / "a.json"))


def test_json_bears_any_name(tmp_path: Path) -> None:
    """What UTF-8 can't hold is replaced, so that a manifest can always be written."""
    write_json(tmp_path / "a.json", {"file": "caf\udce9.html"})

    assert read_json(tmp_path / "a.json") == {"file": "caf?.html"}


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: None, id="missing"),
        pytest.param(Path.mkdir, id="folder"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b'{"run_id": "a'), id="cut"),
        pytest.param(lambda path: path.write_bytes(b'{"run_id": "\xff"}'), id="not UTF-8"),
        pytest.param(lambda path: path.write_bytes(b"[]"), id="no object"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """The error names the file, and can be sent to another process."""
    make(tmp_path / "a.json")

    with pytest.raises(OutputError, match=r"a\.json: ") as raised:
        read_json(tmp_path / "a.json")

    assert str(raised.value) == str(pickle.loads(pickle.dumps(raised.value)))


def test_manifests_are_read_from_the_oldest(tmp_path: Path) -> None:
    """All manifests come in the order in which their runs ended, and by id at the same second."""
    output = Output(tmp_path)
    manifests: list[dict[str, Any]] = [
        {"run_id": run_id, "finished_at": f"2024-03-0{day}T12:00:00+00:00", "counts": {}, "replayed": []}
        for run_id, day in [("c", 4), ("a", 5), ("b", 5)]
    ]
    for manifest in manifests:
        write_json(output.manifest(manifest["run_id"]), manifest)
    (output.runs / ".d.json.part").write_bytes(b'{"run_id"')

    assert manifests == output.read_manifests()


def test_a_new_output_has_no_runs(tmp_path: Path) -> None:
    """An output that is not there yet has neither manifests nor unfinished runs."""
    output = Output(tmp_path / "new")

    assert output.read_manifests() == []
    assert output.unfinished_runs() == []


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    """A manifest that lacks what a manifest has is an error of the output."""
    output = Output(tmp_path)
    write_json(output.manifest("a"), {})

    with pytest.raises(OutputError, match=r"a\.json: "):
        output.read_manifests()


def test_staging_goes_run_by_run(tmp_path: Path) -> None:
    """A run's unfinished work is removed alone, and the folder of all with the last of them."""
    output = Output(tmp_path)
    for run_id in ("a", "b"):
        write_whole(output.staging(run_id) / "publish" / "file", b"")

    assert output.unfinished_runs() == ["a", "b"]
    remove_staging(output, "a")
    assert output.unfinished_runs() == ["b"]
    remove_staging(output, "b")
    remove_staging(output, "b")
    assert list(tmp_path.iterdir()) == []
