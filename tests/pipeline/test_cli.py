"""The command line: what people type, what they read, how it ends."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import EXIT_CODES, app, main
from tests.servers import LoopbackServer
from transforms.errors import ConfigError, NewsbeamError

SENTENCES = "The council voted on the budget in Paris on Monday. Angela Merkel spoke to the mayor about the election. "

COMMANDS = ("run", "ingest", "inspect", "check", "schema", "replay", "feeds", "state rebuild", "discover", "runs")


def run(*arguments: str) -> Result:
    """Run a command in this process; newsbeam's own errors are raised."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, NewsbeamError):
        raise result.exception
    return result


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with two texts, one of them twice, and a broken page."""
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text("Budget voted\n\n" + SENTENCES * 3)
    (folder / "b.txt").write_text("Budget voted\n\n" + SENTENCES * 3)
    (folder / "c.txt").write_text("A quiet day\n\n" + "Nothing of note happened in the village. " * 9)
    (folder / "d.html").write_text("<p></p>")
    return folder


def test_help_loads_neither_beam_nor_spacy() -> None:
    """`newsbeam --help` lists all commands without the libraries that take seconds to load."""
    code = (
        "import sys; from pipeline.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'apache_beam', 'spacy', 'numpy', 'pyarrow', 'trafilatura'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for command in COMMANDS:
        assert f" {command.partition(' ')[0]} " in shown
    assert shown.rstrip().endswith("[]")


def test_commands_load_no_library_for_what_newsbeam_never_does() -> None:
    """Beam and spaCy come without pandas, pymongo and spaCy's command line; spaCy works without it."""
    code = (
        "import sys; from pipeline.cli import main\n"
        "sys.argv[1:] = ['check', 'configs/quickstart.yaml']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'apache_beam', 'spacy', 'pandas', 'pymongo', 'weasel', 'typer.testing'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.rstrip().endswith("['apache_beam', 'spacy']")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str) -> None:
    """The help of each command shows how it is called."""
    assert re.search(rf"Examples?:\s+newsbeam\s+{command}", run(*command.split(), "--help").output)


def test_version_is_printed() -> None:
    """--version names the distribution and its version."""
    assert run("--version").output.startswith("newsbeam 0.")


@pytest.mark.slow
def test_ingest_then_look_around(archive: Path, tmp_path: Path) -> None:
    """Ingest, its summary, runs, replay and a second ingest tell one story."""
    out = str(tmp_path / "out")
    manifest: dict[str, Any] = json.loads(run("ingest", str(archive), "--output", out, "--json").output)
    counts = {name: manifest["counts"][name] for name in ("inputs", "records", "duplicates", "dead_letters")}
    assert {"inputs": 4, "records": 2, "duplicates": 1, "dead_letters": 1} == counts
    again = run("ingest", str(archive), "--output", out).output
    assert "complete already: nothing was added" in again
    assert "1 x no_text" in again
    listed = json.loads(run("runs", out, "--json").output)
    assert [manifest["run_id"]] == [listed_run["run_id"] for listed_run in listed["runs"]]
    assert [] == listed["unfinished"]
    assert manifest["run_id"] in run("runs", out).output
    assert "no dead letters to run again" in run("replay", out, "--reason", "corrupt").output
    replayed = json.loads(run("replay", out, "--json").output)
    assert (1, 1) == (replayed["counts"]["inputs"], replayed["counts"]["dead_letters"])


@pytest.mark.slow
def test_run_takes_a_config_and_overrides(archive: Path, tmp_path: Path) -> None:
    """A YAML job runs with values set on the command line."""
    job = tmp_path / "job.yaml"
    job.write_text(f"source: {{articles: {{paths: [{archive}]}}}}\noutput: {{path: nowhere}}\nenrich: []\n")
    out = tmp_path / "out"
    shown = run("run", str(job), "--set", f"output.path={out}", "--set", "output.formats=[jsonl]", "--workers", "1")
    assert "records" in shown.output
    assert list(out.glob("articles/**/*.jsonl.gz"))
    checked = json.loads(run("check", str(job), "--set", f"output.path={out}", "--json").output)
    assert ({"html": 1, "text": 3}, []) == (checked["inputs"], checked["steps"])
    assert "the config is right" in run("check", str(job)).output


@pytest.mark.parametrize("config", sorted(Path("configs").glob("*.yaml")), ids=lambda config: config.stem)
def test_each_shipped_config_builds(config: Path) -> None:
    """Each job in configs/ finds its inputs or names feeds, and its pipeline fits together."""
    checked = json.loads(run("check", str(config), "--json").output)
    assert checked["inputs"] or checked["feeds"]
    assert ["DetectLanguage", "TagEntities", "ClassifyTopics"] == checked["steps"]


def test_check_lists_feeds_and_pages_and_asks_none_of_them(tmp_path: Path) -> None:
    """What would be fetched is listed as the config and OPML name it, without passwords; no request is sent."""
    (tmp_path / "list.opml").write_text(
        "<opml><body><outline text='Far'><outline xmlUrl='http://far.example/rss'/></outline></body></opml>"
    )
    job = tmp_path / "job.yaml"
    with LoopbackServer() as server:
        feed = server.url("/feed.xml").replace("//", "//reader:secret@")
        job.write_text(
            f"source:\n  feeds: {{urls: [{{url: '{feed}', fetch: feed}}], opml: {tmp_path}/list.opml}}\n"
            f"  articles: {{urls: ['{server.url('/page')}']}}\noutput: {{path: nowhere}}\n"
        )
        output = run("check", str(job), "--json").output
        shown = run("check", str(job)).output
        asked = server.requests
        expected = [server.url("/feed.xml"), "http://far.example/rss"], [server.url("/page")]
    checked = json.loads(output)
    assert expected == ([found["url"] for found in checked["feeds"]], checked["pages"])
    assert [("feed", []), ("auto", ["Far"])] == [(found["fetch"], found["tags"]) for found in checked["feeds"]]
    assert (None, False, False) == (checked["run_id"], checked["begun"], checked["complete_already"])
    assert "No request was sent" in shown
    assert "secret" not in output + shown
    assert [] == asked


@pytest.mark.slow
def test_inspect_shows_one_article(archive: Path, tmp_path: Path) -> None:
    """Record, text, entities and topics of one article; the reason if it is none."""
    shown = run("inspect", str(archive / "a.txt")).output
    for part in ("Budget voted", "Angela Merkel", "PERSON", "politics", "election", "en_core_web_sm"):
        assert part in shown
    record = json.loads(run("inspect", str(archive / "a.txt"), "--json").output)["record"]
    assert ("Budget voted", "en", "medtop:11000000") == (record["title"], record["language"], record["primary_topic"])
    assert "no_text" in run("inspect", str(archive / "d.html")).output
    assert "no_text" == json.loads(run("inspect", str(archive / "d.html"), "--json").output)["reason"]
    lines = tmp_path / "wire.jsonl"
    lines.write_text('{"text": "First. ' + SENTENCES + '"}\n\n{"text": "Second. ' + SENTENCES + '"}\n')
    second = json.loads(run("inspect", str(lines), "--offset", "2", "--json").output)["record"]
    assert second["text"].startswith("Second.")
    with pytest.raises(NewsbeamError, match=r"wire\.jsonl: no article at offset 7"):
        run("inspect", str(lines), "--offset", "7")


def test_schema_prints_all_columns() -> None:
    """As text, JSON and Markdown."""
    columns = json.loads(run("schema", "--json").output)
    assert "version_id" in {column["name"] for column in columns}
    for column in columns:
        assert f"{column['name']}: " in run("schema").output
        assert f"| `{column['name']}` |" in run("schema", "--markdown").output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ingest", "no-such-file.html", "--output", "out"], 2, "no-such-file.html: "),
        (["ingest", "a.txt", "--output", "out", "--column", "body"], 2, "--column body: must be ours=theirs"),
        (["ingest", "a.txt", "--output", "out", "--format", "csv"], 2, "output.formats.0: "),
        (["run", "no-such.yaml"], 2, "no-such.yaml: can't be read"),
        (["replay", "no-such-folder"], 2, "no-such-folder: is no folder"),
        (["replay", ".", "--reason", "rain"], 2, "--reason rain: no such reason; there are http_404 and the like, "),
        (["runs", "no-such-folder"], 2, "no-such-folder: is no folder"),
        (["inspect", "no-such-file.html"], 2, "no-such-file.html: "),
        (["ingest", "a.txt", "--output", "out", "--workers", "0"], 2, "Invalid value for '--workers'"),
    ],
)
def test_errors_say_what_is_wrong_and_end_with_their_code(
    arguments: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong command ends with the documented exit code and one message that names what is wrong."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["newsbeam", *arguments])
    monkeypatch.setenv("COLUMNS", "300")
    with pytest.raises(SystemExit) as ended:
        main()
    assert code == ended.value.code
    shown = capsys.readouterr().err
    assert message in shown
    assert "Traceback" not in shown


def test_each_error_has_an_exit_code() -> None:
    """Every error that can end a command has a code of its own kind, but ArticleError, which never leaves a run."""
    kinds = {kind for kind in NewsbeamError.__subclasses__() if kind.__name__ != "ArticleError"}
    assert kinds == set(EXIT_CODES)
    assert 2 == EXIT_CODES[ConfigError]
