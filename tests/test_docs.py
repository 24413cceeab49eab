"""README and docs: their commands run, their queries answer, their links lead somewhere, and nothing is left out."""

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import typer.main
import yaml
from pydantic import BaseModel

from pipeline.cli import EXIT_CODES, app
from pipeline.config import Config, parse_config
from pipeline.schema import COLUMNS, columns_as_markdown
from pipeline.sources.listing import _KINDS
from transforms import ENRICHERS
from transforms.errors import Reason

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RUNNING = ROOT / "docs" / "running.md"
QUERIES = ROOT / "docs" / "queries.md"
SCHEDULING = ROOT / "docs" / "scheduling.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NOT_RUN = ("make ", "pip install ", "source ")
"""Commands that set up an environment; this one is set up."""

_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: what stands behind its fence, and its content."""

    info: str
    content: str


def blocks(page: Path, *infos: str) -> list[Block]:
    """Return the fenced blocks of a page with one of these infos, in order."""
    found = (Block(*match) for match in _BLOCK.findall(page.read_text(encoding="utf-8")))
    return [block for block in found if block.info in infos]


def commands(page: Path) -> list[str]:
    """Return the commands of the shell blocks of a page."""
    return [line for block in blocks(page, "sh") for line in block.content.splitlines() if line]


def run(command: str, folder: Path) -> str:
    """Run a command in a folder, with this environment's commands on the path; return what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "80"}
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def recipe(target: str) -> list[str]:
    """Return the commands of a target of the Makefile, as they run in this environment."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    _, _, rest = makefile.partition(f"\n{target}:")
    lines = rest.partition("\n\n")[0].splitlines()[1:]
    return [line.strip().replace("$(BIN)/", "") for line in lines]


def without_numbers(line: str) -> str:
    """Return a line without what differs from run to run: run ids, seconds, rates."""
    return re.sub(r"\b[0-9a-f]{16}\b|\b\d+\.\d\b", "*", line).strip()


def require_lines(shown: str, printed: str) -> None:
    """Return if each line that a page shows was printed."""
    lines = set(map(without_numbers, printed.splitlines()))
    missing = [line for line in map(without_numbers, shown.splitlines()) if line not in lines]
    assert not missing, f"not printed: {missing}\n{printed}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that has the configs, as a checkout has."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "configs").symlink_to(ROOT / "configs")
    return folder


@pytest.fixture(scope="module")
def demo(folder: Path) -> str:
    """Return what the first half of `make demo` prints; its output is left in the folder."""
    return "".join(run(command, folder) for command in recipe("demo")[:-1])


@pytest.fixture
def in_demo_folder(folder: Path, demo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the folder with the demo's output the current one."""
    monkeypatch.chdir(folder)


@pytest.mark.slow
def test_the_demo_prints_what_the_readme_shows(demo: str) -> None:
    """The first block of output in the README is what `make demo` prints."""
    require_lines(blocks(README, "text")[0].content, demo)


@pytest.mark.slow
def test_the_demo_queries_its_output(folder: Path, demo: str) -> None:
    """The second half of `make demo` prints the table that the README shows, values aside."""
    printed = run(recipe("demo")[-1], folder)

    (shown,) = blocks(README, "text example")

    require_lines("\n".join(shown.content.splitlines()[:4]), printed)


@pytest.mark.slow
def test_the_commands_of_the_readme_run(folder: Path) -> None:
    """The commands of the tour run one after the other and print what the README shows of them."""
    printed = "\n".join(run(line, folder) for line in commands(README) if not line.startswith(NOT_RUN))

    shown = blocks(README, "text")[1:]

    assert shown
    for block in shown:
        require_lines(block.content, printed)


@pytest.mark.slow
@pytest.mark.usefixtures("in_demo_folder")
@pytest.mark.parametrize("page", [README, QUERIES], ids=lambda page: page.name)
def test_python_blocks_run(page: Path) -> None:
    """The Python of a page runs from top to bottom, and its tables and frames have rows."""
    names: dict[str, Any] = {}
    found = blocks(page, "python")

    for block in found:
        exec(block.content, names)

    assert found
    frames = {name: value for name, value in names.items() if hasattr(value, "shape")}
    assert [] == [name for name, value in frames.items() if not value.shape[0]]


@pytest.mark.slow
@pytest.mark.usefixtures("demo")
def test_the_manifest_of_the_docs_is_whole(folder: Path) -> None:
    """The shortened manifest has the keys of a real one, in their order, and its counts."""
    (shown,) = blocks(RUNNING, "json")
    (path,) = (folder / "demo-output" / "runs").iterdir()
    expected, actual = json.loads(path.read_bytes()), json.loads(shown.content)

    assert list(expected) == list(actual)
    assert list(expected["counts"]) == list(actual["counts"])
    assert expected["counts"]["stages"] == actual["counts"]["stages"]


def test_the_file_for_airflow_runs_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file for Airflow's operator gives newsbeam its own command line, whatever arguments it is started with."""
    (block,) = blocks(SCHEDULING, "python job")
    job = tmp_path / "newsbeam_job.py"
    job.write_text(block.content, encoding="utf-8")
    seen: list[list[str]] = []
    monkeypatch.setattr("pipeline.cli._log_to_stderr", lambda: None)
    monkeypatch.setattr("pipeline.cli.app", lambda: seen.append(list(sys.argv)))
    monkeypatch.setattr(sys, "argv", [str(job), "--runner=DirectRunner", "--labels=x"])

    runpy.run_path(str(job), run_name="__main__")

    assert [["newsbeam", "run", "job.yaml"]] == seen


def test_make_targets_exist() -> None:
    """Each `make` command of the docs is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:`|\n)make ([a-z]+)", page.read_text(encoding="utf-8"))}

    assert {"demo", "test", "check"} <= named <= targets


def test_set_up_commands_are_run_by_ci() -> None:
    """The README begins with two commands, both of which CI runs on a clean checkout."""
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()

    assert ["make demo", "make test"] == blocks(README, "sh")[0].content.splitlines()
    assert {"make demo", "make test"} <= set(ci)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_yaml_blocks_are_configs(page: Path) -> None:
    """YAML in the docs is a job, or a section of one."""
    for block in blocks(page, "yaml"):
        smallest = {"source": {"articles": {"paths": ["x"]}}, "output": {"path": "out"}}
        parse_config(smallest | yaml.safe_load(block.content), page.name)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = _HEADING.findall(_BLOCK.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> Iterator[tuple[Path, str]]:
    """Yield the links of all pages that are not addresses."""
    for page in PAGES:
        for link in _LINK.findall(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
            if "://" not in link:
                yield page, link


@pytest.mark.parametrize(("page", "link"), [pytest.param(*each, id=f"{each[0].name}-{each[1]}") for each in links()])
def test_links_lead_somewhere(page: Path, link: str) -> None:
    """A relative link leads to a file, and its anchor to a heading."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page

    assert target.exists()
    assert not anchor or anchor in anchors(target)


def options(name: str = "", group: Any = None) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - of click
    """Yield each command with each of its options, the group's own under an empty name."""
    command: Any = group or typer.main.get_command(app)
    for parameter in command.params:
        flags = [*parameter.opts, *parameter.secondary_opts]
        yield from ((name, flag) for flag in flags if flag.startswith("--"))
    for part, inner in getattr(command, "commands", {}).items():
        yield from options(f"{name} {part}".strip(), inner)


def test_all_commands_and_options_are_documented() -> None:
    """docs/running.md names each command and each option."""
    text = RUNNING.read_text(encoding="utf-8")
    wanted = {f"newsbeam {name}".strip() for name, _ in options()} | {flag for _, flag in options()}

    assert set() == {name for name in wanted if name not in text}


def test_no_option_is_made_up() -> None:
    """Each option behind a `newsbeam` command in the docs exists."""
    known = {flag for _, flag in options()} | {"--help"}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = {flag for line in re.findall(r"newsbeam [a-z]+ [^`\n]*", text) for flag in re.findall(r"--[a-z-]+", line)}

    assert named
    assert set() == named - known


def config_keys(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the paths of all keys of a section."""
    for name, field in section.model_fields.items():
        kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        inner = [kind for kind in kinds if issubclass(kind, BaseModel)]
        if inner and name != "enrich":
            yield from config_keys(inner[0], f"{prefix}{name}.")
        else:
            yield prefix + name


def test_all_keys_of_a_config_are_documented() -> None:
    """The table of docs/running.md has each key, and no other."""
    text = RUNNING.read_text(encoding="utf-8")
    _, _, section = text.partition("## The config")
    named = re.findall(r"^\| `([a-z_.]+)` \|", section.partition("\n## ")[0], re.MULTILINE)

    assert sorted(config_keys(Config)) == sorted(named)


def test_all_reasons_and_exit_codes_are_documented() -> None:
    """docs/running.md has a row for each reason, with whether it is retryable, and for each exit code."""
    text = RUNNING.read_text(encoding="utf-8")
    reasons = dict(re.findall(r"^\| `([a-z_]+)` \| [^|]+\| (yes )?\|$", text, re.MULTILINE))
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", text, re.MULTILINE)}

    assert {reason.value: reason.is_retryable for reason in Reason} == {
        name: bool(yes) for name, yes in reasons.items()
    }
    assert {0, 1, *EXIT_CODES.values()} == codes


def test_the_readme_names_all_steps_sources_and_formats() -> None:
    """The README has a row for each step, kind of source and format, and names each suffix."""
    text = README.read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([A-Za-z]+)` \|", text, re.MULTILINE))

    assert {*ENRICHERS, *_KINDS.values(), "parquet", "jsonl"} == rows
    assert set() == {suffix for suffix in _KINDS if suffix.removesuffix(".gz") not in text}


def test_the_schema_page_has_the_columns() -> None:
    """docs/schema.md has the table that the code makes, and no older one beside it."""
    text = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")

    assert columns_as_markdown() in text
    assert len(COLUMNS) + 2 == sum(line.startswith("|") for line in text.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_not_of_one_machine(page: Path) -> None:
    """A page has no path of the machine that it was written on."""
    text = page.read_text(encoding="utf-8")
    private = [str(ROOT), str(Path.home()) + "/", "/tmp/", "/home/", "/Users/"]

    assert [] == [path for path in private if path in text]
