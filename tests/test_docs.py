"""README and docs: their commands run, their queries answer, their links lead somewhere, and nothing is left out."""

import dataclasses
import json
import os
import re
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
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
    environment = os.environ | {"PATH": path, "COLUMNS": "100"}
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def recipe(target: str) -> list[str]:
    """Return the commands of a target of the Makefile, as they run in this environment."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    _, _, rest = makefile.partition(f"\n{target}:")
    lines = rest.partition("\n\n")[0].replace("\\\n", "").splitlines()[1:]
    return [line.strip().replace("$(BIN)/", "") for line in lines]


def without_numbers(line: str) -> str:
    """Return a line without what differs from run to run: run ids, seconds, rates."""
    return re.sub(r"\b[0-9a-f]{16}\b|\b\d{8}T\d{6}Z-[0-9a-f]{6}\b|\b\d+\.\d\b", "*", line).strip()


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
    """Return what `make demo` prints; its output is left in the folder."""
    return "".join(run(command, folder) for command in recipe("demo"))


@pytest.fixture
def in_demo_folder(folder: Path, demo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the folder with the demo's output the current one."""
    monkeypatch.chdir(folder)


@pytest.mark.slow
@pytest.mark.parametrize("info", ["text first", "text demo"])
def test_the_demo_prints_what_the_readme_shows(info: str, demo: str) -> None:
    """What the README shows of stored articles and of feeds is what `make demo` prints."""
    (shown,) = blocks(README, info)

    require_lines(shown.content, demo)


@pytest.mark.slow
def test_the_demo_queries_its_output(demo: str) -> None:
    """`make demo` prints the table that the README shows, values aside."""
    (shown,) = blocks(README, "text example")

    require_lines("\n".join(shown.content.splitlines()[:4]), demo)


@pytest.mark.slow
@pytest.mark.usefixtures("demo")
def test_the_demo_reads_feeds_as_its_readme_says(folder: Path) -> None:
    """The first run over the sample's feeds has the counts of the sample's page, the second no record."""
    first, second = sorted((folder / "demo-feeds" / "runs").iterdir())
    counts = json.loads(first.read_bytes())["counts"]
    page = (ROOT / "configs" / "sample" / "README.md").read_text(encoding="utf-8")
    said = (
        "They give {inputs} inputs: {records} records, {duplicates} duplicate, {skipped} skipped, {dead_letters} dead"
    )

    assert said.format_map(counts) in page
    assert 0 == json.loads(second.read_bytes())["counts"]["records"]


def test_the_sample_server_ends_with_the_code_of_its_commands(tmp_path: Path) -> None:
    """`serve.py` writes the job with its port, stops at the first command that fails, and ends with its exit code."""
    script = [sys.executable, str(ROOT / "configs" / "sample" / "serve.py"), "--job", str(tmp_path / "job.yaml")]
    job = "import pathlib, sys; print(pathlib.Path('job.yaml').read_text()); sys.exit(3)"
    commands = [f'{sys.executable} -c "{job}"', "echo never"]

    done = subprocess.run([*script, *commands], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 3 == done.returncode
    assert "http://127.0.0.1:" in done.stdout
    assert "127.0.0.1:8765/" not in done.stdout
    assert "never" not in done.stdout


@pytest.fixture(scope="module")
def sample_address() -> Iterator[str]:
    """Serve the sample on a free port, as configs/sample/serve.py does."""
    handler = runpy.run_path(str(ROOT / "configs" / "sample" / "serve.py"))["Sample"]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def from_sample(command: str, address: str) -> str:
    """Return a command with the sample's server in the place of the site that a page speaks of."""
    site = "https://herald.example.org"
    if site not in command:
        return command
    allow = f"--set fetch.allow_private_hosts=[{address}] --set fetch.seconds_between_requests=0"
    flags = f"--allow-private-host {address}" if " discover " in command else allow
    return f"{command.replace(site, f'http://{address}')} {flags}"


@pytest.mark.slow
def test_the_commands_of_the_readme_run(folder: Path, sample_address: str) -> None:
    """The commands of the tour run one after the other and print what the README shows of them."""
    tour = [line for line in commands(README) if not line.startswith(NOT_RUN)]
    printed = "\n".join(run(from_sample(line, sample_address), folder) for line in tour)

    shown = blocks(README, "text")

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


@pytest.mark.slow
@pytest.mark.usefixtures("demo")
def test_the_manifest_of_feeds_in_the_docs_is_real(folder: Path) -> None:
    """What is shown of the manifest of a run over feeds is that of the demo's first run, time and bytes aside."""
    (shown,) = blocks(RUNNING, "json feeds")
    actual = json.loads(min((folder / "demo-feeds" / "runs").iterdir()).read_bytes())
    expected = json.loads(shown.content)

    assert set(expected) <= set(actual)
    assert expected["counts"]["stages"][0] == actual["counts"]["stages"][0]
    assert expected["skipped_reasons"] == actual["skipped_reasons"]
    assert expected["feeds"] | {"bytes": 0} == actual["feeds"] | {"bytes": 0}


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
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:`|\n)make ([a-z-]+)", page.read_text(encoding="utf-8"))}

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
        if dataclasses.is_dataclass(field.annotation):
            yield from (f"{prefix}{name}.{one.name}" for one in dataclasses.fields(field.annotation))
        elif inner and name not in {"enrich", "urls"}:
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
    reasons = dict(re.findall(r"^\| `([a-z0-9_]+)` \| [^|]+\| (yes )?\|$", text, re.MULTILINE))
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
