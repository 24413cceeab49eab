"""Whole runs: real files in, real workers, output read back."""

import errno
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import commit
from pipeline import journal as journal_module
from pipeline.config import Config, parse_config
from pipeline.launch import Interrupted, run_plan
from pipeline.output import Output
from pipeline.plan import plan_job
from pipeline.replay import open_dead_letters, plan_replay
from pipeline.shards import MIN_SHARD_ARTICLES
from transforms.errors import ArticleError, ConservationError, DeadShareError, OutputError, Reason, RunError
from transforms.extract import article as extract
from transforms.plaintext import parse_plain_text

pytestmark = pytest.mark.slow

ARTICLES = 130
SENTENCES = (
    "The council voted on the budget.",
    "Rain flooded the valley.",
    "The striker scored twice.",
    "Prices rose.",
)


class Silent:
    """Watches a run and says nothing."""

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Check that the figures make sense."""
        assert 0 <= done <= total
        assert 0 <= dead <= total


def write_archive(folder: Path) -> None:
    """Write 130 articles in lines and texts, 3 duplicates, 2 broken ones, 1 file of another kind."""
    choose = random.Random(5)
    lines = []
    for number in range(ARTICLES - 10):
        text = f"Report {number}. " + " ".join(choose.choices(SENTENCES, k=9))
        day = f"2026-0{1 + number % 3}-{1 + number % 9:02d}"
        lines.append({"url": f"https://example.org/{number}", "text": text, "language": "en", "published_at": day})
    lines += lines[:2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wire.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "{broken\n")
    for number in range(10):
        (folder / f"note-{number}.txt").write_text(f"Note {number}. " + " ".join(SENTENCES))
    (folder / "note-again.txt").write_text((folder / "note-3.txt").read_text())
    (folder / "empty.html").write_text("<html><body></body></html>")
    (folder / "picture.jpg").write_bytes(b"\xff\xd8\xff")


def job(paths: list[str], output: Path, **sections: dict[str, Any]) -> Config:
    """Return a job without the steps that need models."""
    plain: dict[str, Any] = {
        "source": {"articles": {"paths": paths}},
        "enrich": [{"use": "ClassifyTopics"}],
        "output": {"path": str(output)},
        "run": {"workers": 2},
    }
    plain["output"] |= sections.pop("written", {})
    for name, values in sections.items():
        plain[name] = plain.get(name, {}) | values
    return parse_config(plain, "test")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of stored articles."""
    folder = tmp_path_factory.mktemp("archive")
    write_archive(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run that nothing disturbed."""
    output = tmp_path_factory.mktemp("undisturbed")
    run_plan(plan_job(job([str(archive)], output)), Silent())
    return output


def visible(output: Path) -> dict[str, str]:
    """Return the path and hash of each file of articles and dead letters."""
    files = [path for name in ("articles", "dead_letters") for path in (output / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(output)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(output: Path) -> list[dict[str, Any]]:
    """Return all rows, sorted."""
    found = [row for path in output.glob("articles/**/*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
    return sorted(found, key=lambda row: row["id"])


def leftovers(output: Path) -> list[str]:
    """Return what a finished run must not leave."""
    known = {"articles", "dead_letters", "runs", "_state"}
    return [str(p) for p in output.rglob("*") if p.relative_to(output).parts[0] not in known or p.name[0] == "."]


def test_every_input_is_accounted_for(archive: Path, undisturbed: Path) -> None:
    """Articles, duplicates, other files and broken inputs add up to what was there, by source and by stage."""
    (manifest,) = Output(undisturbed).read_manifests()
    counts = manifest["counts"]
    expected = {"inputs": 136, "records": 130, "duplicates": 3, "skipped": 1, "not_modified": 0, "dead_letters": 2}
    assert expected == {name: counts[name] for name in expected}
    assert manifest["dead_letter_reasons"] == {"bad_json": 1, "no_text": 1}
    assert {"html", "jsonl", "text", "unsupported"} == set(counts["sources"])
    assert [stage["outputs"] for stage in counts["stages"]] == [134, 133, 132, 130]
    assert len(rows(undisturbed)) == 130
    assert leftovers(undisturbed) == []


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_and_order_of_inputs_do_not_change_a_byte(
    workers: int, archive: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """Any number of workers and any order of the inputs give the same files."""
    paths = [str(path) for path in archive.iterdir() if path.name != "picture.jpg"]
    random.Random(workers).shuffle(paths)
    shuffled = job([*paths, str(archive)], tmp_path, run={"workers": workers})
    run_plan(plan_job(shuffled), Silent())
    assert visible(undisturbed) == visible(tmp_path)


def test_a_second_run_adds_nothing(archive: Path, tmp_path: Path) -> None:
    """The same job into the same output is the same run; it is complete already."""
    config = job([str(archive)], tmp_path)
    first = run_plan(plan_job(config), Silent())
    before = visible(tmp_path)
    again = run_plan(plan_job(config), Silent())
    assert again.pop("already_complete")
    assert first == again
    assert before == visible(tmp_path)


def test_a_grown_archive_adds_only_what_is_new(archive: Path, tmp_path: Path) -> None:
    """Articles that an earlier run wrote are duplicates for a later one."""
    run_plan(plan_job(job([str(archive)], tmp_path)), Silent())
    new = tmp_path / "new.txt"
    new.write_text("A new note. " + " ".join(SENTENCES))
    manifest = run_plan(plan_job(job([str(archive), str(new)], tmp_path)), Silent())
    assert (manifest["counts"]["records"], manifest["counts"]["duplicates"]) == (1, 133)
    assert len(rows(tmp_path)) == 131


def test_a_lost_state_is_made_anew(archive: Path, tmp_path: Path) -> None:
    """Who removes the folder gets no article twice, also from another run over stored articles."""
    run_plan(plan_job(job([str(archive)], tmp_path)), Silent())
    shutil.rmtree(tmp_path / "_state")
    new = tmp_path / "new.txt"
    new.write_text("A new note. " + " ".join(SENTENCES))
    manifest = run_plan(plan_job(job([str(archive), str(new)], tmp_path)), Silent())
    assert (manifest["counts"]["records"], manifest["counts"]["duplicates"]) == (1, 133)


def test_duplicates_are_kept_if_asked(archive: Path, tmp_path: Path) -> None:
    """With keep_duplicates each article becomes a row."""
    manifest = run_plan(plan_job(job([str(archive)], tmp_path, clean={"keep_duplicates": True})), Silent())
    assert (manifest["counts"]["records"], manifest["counts"]["duplicates"]) == (133, 0)


def test_both_formats_hold_the_same_rows(archive: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Parquet and JSONL of one run have the same articles, and a line has its partition's columns."""
    sections = {"formats": ["parquet", "jsonl"], "partition_by": ["date", "language"], "gzip_jsonl": False}
    run_plan(plan_job(job([str(archive)], tmp_path, written=sections)), Silent())
    lines = [json.loads(line) for path in tmp_path.glob("articles/**/*.jsonl") for line in path.open()]
    assert {row["id"] for row in rows(undisturbed)} == {row["id"] for row in rows(tmp_path)}
    assert {row["id"] for row in lines} == {row["id"] for row in rows(tmp_path)}
    assert all({"date", "language"} <= set(line) for line in lines)
    assert (tmp_path / "articles/date=2026-01-01/language=en").is_dir()


def _run_in_child(config: Config) -> None:
    os.setsid()
    run_plan(plan_job(config), Silent())


def start(config: Config) -> multiprocessing.process.BaseProcess:
    """Run a job in a process of its own, all modules loaded."""
    process = multiprocessing.get_context("fork").Process(target=_run_in_child, args=(config,))
    process.start()
    return process


def workers_of(process_id: int | None) -> list[int]:
    """Return the process ids of a launcher's workers."""
    try:
        return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_running(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Return whether the condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


class Reader(threading.Thread):
    """Reads all visible Parquet files over and over; `unreadable` are those that it could not read."""

    def __init__(self, output: Path) -> None:
        super().__init__(daemon=True)
        self.output = output
        self.unreadable: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        """Read until stopped."""
        while not self.stopped.wait(0.01):
            for path in self.output.glob("articles/**/*.parquet"):
                try:
                    pq.ParquetFile(path).read(columns=["id"])
                except OSError as error:
                    self.unreadable.append(f"{path}: {error}")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader of `tmp_path` that reads while the test writes there."""
    thread = Reader(tmp_path)
    thread.start()
    yield thread
    thread.stopped.set()
    thread.join()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds the workers in /proc")
def test_kill_9_anywhere_loses_and_doubles_nothing(
    kill_number: int, archive: Path, undisturbed: Path, tmp_path: Path, reader: Reader
) -> None:
    """Launcher or worker killed at a random moment, then run again: the files of an undisturbed run."""
    choose = random.Random(kill_number)
    config = job([str(archive)], tmp_path)
    launcher = start(config)
    wait_until(lambda: bool(workers_of(launcher.pid)) or not launcher.is_alive())
    time.sleep(choose.uniform(0, 4))
    workers = workers_of(launcher.pid)
    victim = launcher.pid if kill_number % 2 or not workers else choose.choice(workers)
    if launcher.is_alive() and victim is not None:
        os.kill(victim, signal.SIGKILL)
    launcher.join()
    assert wait_until(lambda: not any(_is_running(worker) for worker in workers))
    run_plan(plan_job(config), Silent())
    assert visible(undisturbed) == visible(tmp_path)
    assert leftovers(tmp_path) == []
    assert reader.unreadable == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_run_that_can_go_on(
    number: signal.Signals, archive: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """SIGTERM and Ctrl-C end launcher and workers soon; nothing half is visible; the same command goes on."""
    config = job([str(archive)], tmp_path)
    launcher = start(config)
    assert wait_until(lambda: bool(workers_of(launcher.pid)))
    workers = workers_of(launcher.pid)
    os.kill(launcher.pid or 0, number)
    launcher.join(timeout=30)
    assert launcher.exitcode not in {None, 0}
    assert wait_until(lambda: not any(_is_running(worker) for worker in workers), seconds=5)
    assert visible(tmp_path) == {}
    run_plan(plan_job(config), Silent())
    assert visible(undisturbed) == visible(tmp_path)


def test_a_signal_raises_interrupted(archive: Path, tmp_path: Path) -> None:
    """Whoever calls the launcher learns which signal stopped it."""

    class Stopper(Silent):
        def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted, match="SIGTERM"):
        run_plan(plan_job(job([str(archive)], tmp_path)), Stopper())


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have extraction kill the process at the article "Note 4." and raise an odd error at "Note 7."."""
    really = parse_plain_text

    def parse(text: str, title: str | None = None) -> Any:  # noqa: ANN401 - of the function it stands for
        if text.startswith("Note 4."):
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("Note 7."):
            raise ZeroDivisionError("an error that no step names")
        return really(text, title)

    monkeypatch.setattr(extract, "parse_plain_text", parse)


@pytest.mark.usefixtures("deadly")
def test_an_article_that_kills_workers_is_set_aside(archive: Path, tmp_path: Path) -> None:
    """Two articles that end each attempt become dead letters with what ended it; the others are written."""
    manifest = run_plan(plan_job(job([str(archive)], tmp_path)), Silent())
    assert manifest["dead_letter_reasons"] == {"bad_json": 1, "no_text": 1, "worker_crashed": 2}
    letters = [json.loads(line) for path in tmp_path.glob("dead_letters/*") for line in path.open()]
    crashed = {Path(letter["source_uri"]).name: letter for letter in letters if letter["reason"] == "worker_crashed"}
    assert {"note-4.txt", "note-7.txt"} == set(crashed)
    assert crashed["note-4.txt"]["detail"] == "killed by SIGKILL"
    assert "an error that no step names" in crashed["note-7.txt"]["detail"]
    assert all(letter["retryable"] and letter["stage"] == "run" for letter in crashed.values())
    assert manifest["counts"]["records"] == 128


def test_an_article_that_hangs_is_set_aside(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article that a step never ends on becomes a dead letter with the reason timed_out."""
    really = parse_plain_text

    def parse(text: str, title: str | None = None) -> Any:  # noqa: ANN401 - of the function it stands for
        if text.startswith("Note 2."):
            threading.Event().wait()
        return really(text, title)

    monkeypatch.setattr(extract, "parse_plain_text", parse)
    manifest = run_plan(plan_job(job([str(archive)], tmp_path, run={"workers": 2, "stall_seconds": 4})), Silent())
    assert manifest["dead_letter_reasons"] == {"bad_json": 1, "no_text": 1, "timed_out": 1}


def test_replay_runs_dead_letters_again(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed for a cause that is gone succeeds; what is broken stays dead, its attempts counted; once each."""
    with monkeypatch.context() as patched:

        def refuse(text: str, title: str | None = None) -> Any:  # noqa: ANN401 - of the function it stands for
            raise ArticleError(Reason.EXTRACTION_FAILED, f"refused {title}")

        patched.setattr(extract, "parse_plain_text", refuse)
        first = run_plan(plan_job(job([str(archive)], tmp_path, run={"workers": 2, "max_dead_share": 1})), Silent())
    assert first["counts"]["records"] == 0
    output = Output(tmp_path)
    (letters,) = open_dead_letters(output)
    second = run_plan(plan_replay(letters, output, ["run.max_dead_share=1"]), Silent())
    assert 130 == second["counts"]["records"] == len(rows(tmp_path))
    assert (2, first["run_id"]) == (second["attempts"], second["replay_of"])
    (left,) = open_dead_letters(output)
    assert {"bad_json", "no_text"} == {letter["reason"] for letter in left.letters}
    assert {2} == {letter["attempts"] for letter in left.letters}
    third = run_plan(plan_replay(left, output, ["run.max_dead_share=1"]), Silent())
    assert (third["counts"]["inputs"], third["counts"]["dead_letters"]) == (2, 2)


def test_too_many_dead_letters_fail_the_run(archive: Path, tmp_path: Path) -> None:
    """Nothing is published and the reasons are named; with a higher limit the finished work is published."""
    (tmp_path / "in").mkdir()
    for number in range(3):
        (tmp_path / "in" / f"bad-{number}.html").write_text("<p></p>")
    (tmp_path / "in" / "good.txt").write_text(" ".join(SENTENCES))
    out = tmp_path / "out"
    with pytest.raises(DeadShareError, match="3 of 4 inputs became dead letters, 75%") as raised:
        run_plan(plan_job(job([str(tmp_path / "in")], out)), Silent())
    assert "3 x no_text, such as" in str(raised.value)
    assert visible(out) == {}
    manifest = run_plan(plan_job(job([str(tmp_path / "in")], out, run={"max_dead_share": 0.8})), Silent())
    assert (manifest["counts"]["records"], manifest["counts"]["dead_letters"]) == (1, 3)


def test_a_lost_article_fails_the_run(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a step drops an article in silence, the counts do not add up and nothing is published."""

    def lose(_self: object, element: Any) -> Iterator[Any]:  # noqa: ANN401 - a span or an article
        if not getattr(element, "source_uri", "").endswith("note-5.txt"):
            yield element

    monkeypatch.setattr(journal_module._MarkWorkDoFn, "process", lose)
    with pytest.raises(ConservationError, match=r"source text: 1 unaccounted for(.|\n)*stage extract: 1 unaccounted"):
        run_plan(plan_job(job([str(archive)], tmp_path)), Silent())
    assert visible(tmp_path) == {}


def test_an_output_in_use_is_refused(archive: Path, tmp_path: Path) -> None:
    """A second run into an output that a run is writing is refused at once."""
    config = job([str(archive)], tmp_path)
    with Output(tmp_path).locked(), pytest.raises(OutputError, match="another newsbeam run is writing here"):
        run_plan(plan_job(config), Silent())


def test_a_run_id_belongs_to_one_job(archive: Path, tmp_path: Path) -> None:
    """A run id given twice for different inputs is refused, and nothing is overwritten."""
    run_plan(plan_job(job([str(archive)], tmp_path), "monday"), Silent())
    other = job([str(archive / "*.txt")], tmp_path)
    with pytest.raises(OutputError, match="the run id monday belongs to a job with other inputs"):
        run_plan(plan_job(other, "monday"), Silent())


def test_an_output_that_can_not_be_written_is_an_error_with_its_name(archive: Path, tmp_path: Path) -> None:
    """A file where the output folder should be gives an error that names it."""
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(OutputError, match="out: can't write here"):
        run_plan(plan_job(job([str(archive)], tmp_path / "out")), Silent())


def test_the_whole_graph_runs_on_an_engine_of_beam(archive: Path, undisturbed: Path, tmp_path: Path) -> None:
    """The same graph, in one pipeline on a runner that is named, gives the same files."""
    config = job([str(archive)], tmp_path, run={"runner": "FnApiRunner"})
    run_plan(plan_job(config), Silent())
    assert visible(undisturbed) == visible(tmp_path)


def test_a_shard_that_no_article_breaks_fails_the_run(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails, no article is blamed: the run stops with the error."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pipeline.staging.write_rows", fail)
    with pytest.raises(RunError, match="Input/output error"):
        run_plan(plan_job(job([str(archive)], tmp_path)), Silent())


def test_a_full_disk_ends_the_run_at_once_and_room_lets_it_go_on(
    archive: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """No try is repeated and no article blamed; the message says what to do, and the same command then does it all."""
    plan = plan_job(job([str(archive)], tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.staging.write_rows", _find_no_space)
        with pytest.raises(OutputError, match="No space left on device; make room and run the same command"):
            run_plan(plan, Silent())
    run_plan(plan, Silent())

    assert visible(undisturbed) == visible(tmp_path)


def _find_no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _end_after_files(patch: pytest.MonkeyPatch) -> None:
    """Have a commit end when it has published three files."""
    write, published = commit._write_file, iter(range(3))

    def write_or_end(*arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - those of the function
        if next(published, None) is None:
            raise OSError("killed")
        return write(*arguments)

    patch.setattr("pipeline.commit._write_file", write_or_end)


def _end_before_manifest(patch: pytest.MonkeyPatch) -> None:
    """Have a commit end when all is published but the manifest."""
    patch.setattr("pipeline.launch._cpu_seconds", _find_no_space)


@pytest.mark.parametrize("end", [_end_after_files, _end_before_manifest])
def test_a_run_that_ended_while_it_published_is_made_good_by_another(
    end: Callable[[pytest.MonkeyPatch], None], archive: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """What it published is taken back, so the other run misses and doubles nothing; the first one then adds nothing."""
    ended = plan_job(job([str(archive)], tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        end(patch)
        with pytest.raises(OutputError):
            run_plan(ended, Silent())
    assert rows(tmp_path)
    new = tmp_path / "new.txt"
    new.write_text("A new note. " + " ".join(SENTENCES))

    run_plan(plan_job(job([str(archive), str(new)], tmp_path)), Silent())
    versions = [row["version_id"] for row in rows(tmp_path)]
    late = run_plan(ended, Silent())

    assert 131 == len(versions) == len(set(versions))
    assert {row["version_id"] for row in rows(undisturbed)} < set(versions)
    assert (0, versions) == (late["counts"]["records"], [row["version_id"] for row in rows(tmp_path)])
    assert [str(new)] == leftovers(tmp_path)


def test_changed_content_of_the_same_size_is_another_run(archive: Path, tmp_path: Path) -> None:
    """The run's id tells contents apart, and not when a file was written."""
    note = tmp_path / "note.txt"
    note.write_text("A note. " + " ".join(SENTENCES))
    config = job([str(note)], tmp_path / "out")
    first = plan_job(config).run_id
    os.utime(note, (0, 0))
    touched = plan_job(config).run_id
    note.write_text("A vote. " + " ".join(SENTENCES))

    assert first == touched != plan_job(config).run_id


def test_shards_are_smaller_than_the_archive(archive: Path, tmp_path: Path) -> None:
    """The archive of these tests makes several shards, or they would prove little."""
    assert MIN_SHARD_ARTICLES < ARTICLES
    assert len(plan_job(job([str(archive)], tmp_path)).shards) > 1
