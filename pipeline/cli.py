"""The command `newsbeam`. Loads Beam and spaCy only when a command needs them: `--help` takes a tenth of a second."""

import gc
import importlib.abc
import json
import os
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final

# Workers share the cores by themselves; BLAS threads of their own slow them down. Must be set before numpy loads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Arrow's own allocator keeps what is freed; the system's gives it back.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

import typer
from rich.console import Console

from transforms.errors import (
    ConfigError,
    ConservationError,
    DeadShareError,
    InputError,
    NewsbeamError,
    OutputError,
    RunError,
)

EXIT_CODES: Final[dict[type[NewsbeamError], int]] = {
    ConfigError: 2,
    InputError: 2,
    ConservationError: 3,
    DeadShareError: 4,
    OutputError: 5,
    RunError: 6,
}
"""Exit code of each error; 0 is success, 128 + n a stop by signal n, 1 a fault of newsbeam itself."""

GARBAGE_OBJECTS: Final = 10_000
"""New objects between two looks for garbage. Python's 700 make them a sixth of the time that libraries take to load."""

app = typer.Typer(
    help="Turns news feeds and stored articles into tables: cleaned text, entities, topics in Parquet or JSONL.",
    epilog="Exit codes: 0 done; 2 wrong config, command line or input; 3 counts do not add up; 4 too many dead "
    "letters; 5 output not writable or in use; 6 workers keep failing; 130, 143 stopped by a signal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

topics_app = typer.Typer(help="Look into the topics of articles.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Worker processes; default: one a core.")]
RunId = Annotated[str | None, typer.Option(help="Name of the run; default: a hash of inputs, options and versions.")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Change a value: path.to.key=value. May be repeated.")]
DeadShare = Annotated[
    float | None, typer.Option(min=0, max=1, help="Fail if a larger share of inputs can't be used; default 0.5.")
]
Force = Annotated[bool, typer.Option("--force", help="Ask all feeds, also those that fail, are gone or want a pause.")]
Runner = Annotated[str | None, typer.Option(help="Beam runner; default: DirectRunner, in newsbeam's own workers.")]


def _version(wanted: bool) -> None:
    if wanted:
        import importlib.metadata

        typer.echo(f"newsbeam {importlib.metadata.version('newsbeam')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of all commands."""


@app.command(
    epilog="Examples: newsbeam run configs/quickstart.yaml --workers 4 --set output.path=out; "
    "newsbeam run configs/feeds.yaml --every 5m"
)
def run(
    config: Annotated[Path, typer.Argument(help="YAML file of the job.")],
    workers: Workers = None,
    runner: Runner = None,
    max_dead_share: DeadShare = None,
    run_id: RunId = None,
    every: Annotated[
        str | None,
        typer.Option(help="Go on for ever: look so often (90s, 5m, 1h) which feeds are due, and read these."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Ask only the feeds that are due by their own pace.")] = False,
    force: Force = False,
    set_: Sets = None,
    as_json: AsJson = False,
) -> None:
    """Run a job. Started again after a crash it finishes what it began; what is there already is not added again."""
    from pipeline.config import load_config

    flags = _run_overrides(workers, runner, max_dead_share)
    job = load_config(config, [*(set_ or []), *flags])
    if job.stream is not None and every is not None:
        raise ConfigError("--every: the job has a `stream` section, whose `every_seconds` says how often is looked")
    if due + force + (every is not None or job.stream is not None) > 1:
        raise ConfigError("--due, --force, --every and a `stream` section exclude each other")
    if job.stream is not None:
        _run_stream(job, run_id)
    elif every is None:
        _run_job(job, run_id, as_json, "due" if due else "all" if force else "allowed")
    else:
        _run_every(job, every, as_json)


def _run_stream(config: Any, name: str | None) -> None:  # noqa: ANN401 - Config, which is not loaded yet
    from pipeline.launch import Interrupted
    from pipeline.stream_run import run_stream

    try:
        run_stream(config, name)
    except Interrupted as interrupted:
        _fail(f"stopped by {interrupted}: run the same command to go on", 128 + interrupted.signal_number)


def _run_every(config: Any, every: str, as_json: bool) -> None:  # noqa: ANN401 - Config, which is not loaded yet
    from pipeline import report
    from pipeline.feed_commands import parse_duration, run_every
    from pipeline.launch import Interrupted

    if not config.source.fetches:
        raise ConfigError("--every: the job names no feeds; stored articles are read once")
    seconds = parse_duration(every)

    def tell(manifest: dict[str, Any]) -> None:
        typer.echo(json.dumps(manifest) if as_json else report.summary_line(manifest))

    try:
        with report.ProgressLines() as watcher:
            run_every(config, seconds, watcher, tell)
    except Interrupted as interrupted:
        _fail(f"stopped by {interrupted}: what was fetched is kept", 128 + interrupted.signal_number)


def _run_overrides(workers: int | None, runner: str | None, max_dead_share: float | None) -> list[str]:
    values = {"workers": workers, "runner": runner, "max_dead_share": max_dead_share}
    return [f"run.{name}={value}" for name, value in values.items() if value is not None]


@app.command(
    epilog="Examples: newsbeam ingest 'archive/**/*.html.gz' crawl.warc.gz --output news --format jsonl; "
    "newsbeam ingest https://example.org/feed.xml --output news"
)
def ingest(
    inputs: Annotated[
        list[str], typer.Argument(help="Files, globs, folders, gs:// and s3:// URIs, or addresses of feeds.")
    ],
    output: Annotated[Path, typer.Option(help="Folder to write to; made if it is not there.")],
    format_: Annotated[list[str] | None, typer.Option("--format", help="parquet, jsonl, or both by two flags.")] = None,
    partition_by: Annotated[list[str] | None, typer.Option(help="date, language, or both by two flags.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Column of JSONL and Parquet: text=body. May be repeated.")
    ] = None,
    keep_duplicates: Annotated[bool, typer.Option(help="Keep articles with the same id and content.")] = False,
    min_text_chars: Annotated[int | None, typer.Option(min=0, help="Shortest text that is an article.")] = None,
    workers: Workers = None,
    runner: Runner = None,
    max_dead_share: DeadShare = None,
    run_id: RunId = None,
    force: Force = False,
    set_: Sets = None,
    as_json: AsJson = False,
) -> None:
    """Read stored articles or feeds, write records: a job without a file."""
    from pipeline.config import override_config, parse_config

    loaded: dict[str, Any] = {
        "source": {
            "articles": {
                "paths": [name for name in inputs if not _is_address(name)],
                "columns": _columns(column or []),
            },
            "feeds": {"urls": [name for name in inputs if _is_address(name)]},
        },
        "clean": {"keep_duplicates": keep_duplicates, "min_text_chars": min_text_chars or 0},
        "output": {"path": str(output)},
    }
    if format_:
        loaded["output"]["formats"] = list(format_)
    if partition_by:
        loaded["output"]["partition_by"] = list(partition_by)
    override_config(loaded, [*(set_ or []), *_run_overrides(workers, runner, max_dead_share)])
    _run_job(parse_config(loaded, "newsbeam ingest"), run_id, as_json, "all" if force else "allowed")


def _is_address(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def _columns(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise ConfigError(f"--column {pair}: must be ours=theirs, such as text=body")
    return dict(pair.split("=", 1) for pair in pairs)


def _run_job(config: Any, run_id: str | None, as_json: bool, asked: Any) -> None:  # noqa: ANN401 - not loaded yet
    from pipeline.feed_run import run_feeds
    from pipeline.launch import run_plan
    from pipeline.plan import plan_job

    if config.source.fetches:
        _report(lambda watcher: run_feeds(config, watcher, run_id, asked=asked), config, as_json)
    else:
        plan = plan_job(config, run_id)
        _report(lambda watcher: [run_plan(plan, watcher)], config, as_json)


def _report(run: Callable[[Any], list[dict[str, Any]]], config: Any, as_json: bool) -> None:  # noqa: ANN401 - Config
    """Run something under a progress bar and print what came of it."""
    from pipeline import report
    from pipeline.launch import Interrupted

    console = Console(stderr=True)
    try:
        with report.ProgressBar(console) if console.is_terminal else report.ProgressLines() as watcher:
            manifests = run(watcher)
    except Interrupted as interrupted:
        _fail(
            f"stopped by {interrupted}: finished shards are kept, run the same command to go on",
            128 + interrupted.signal_number,
        )
    if not manifests:
        typer.echo("no feed is due", err=True)
    for manifest in manifests:
        if as_json:
            typer.echo(json.dumps(manifest))
            continue
        out = Console()
        report.print_summary(out, manifest)
        if manifest["files"]:
            report.print_query_hint(out, config.output.path, config.output.formats)


@app.command(epilog="Example: newsbeam inspect page.html.gz; newsbeam inspect wire.jsonl --offset 3")
def inspect(
    file: Annotated[str, typer.Argument(help="File that holds the article.")],
    offset: Annotated[
        int | None, typer.Option(help="Place in the file: line, row or byte offset; default: the first.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Job whose options to use.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what newsbeam makes of one article: fields and their sources, entities in the text, topics with evidence."""
    from pipeline.inspection import inspect_article, print_inspection

    inspection = inspect_article(file, offset, config)
    if as_json:
        typer.echo(json.dumps(inspection.to_json()))
    else:
        print_inspection(Console(), inspection)


@topics_app.command(
    epilog="Example: newsbeam topics explain page.html; newsbeam topics explain page.html --lexicon my.yaml"
)
def explain(
    file: Annotated[str, typer.Argument(help="File that holds the article.")],
    offset: Annotated[
        int | None, typer.Option(help="Place in the file: line, row or byte offset; default: the first.")
    ] = None,
    lexicon: Annotated[Path | None, typer.Option(help="Lexicon file to try in the place of newsbeam's own.")] = None,
    config: Annotated[Path | None, typer.Option(help="Job whose options to use.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show all words and publisher's cues that speak for each topic of one article, and how strongly."""
    from pipeline.explanation import explain_article, print_explanation

    explanation = explain_article(file, offset, config, lexicon)
    if as_json:
        typer.echo(json.dumps(explanation))
    else:
        print_explanation(Console(), explanation)


@app.command(epilog="Example: newsbeam check configs/warc.yaml")
def check(
    config: Annotated[Path, typer.Argument(help="YAML file of the job.")],
    set_: Sets = None,
    as_json: AsJson = False,
) -> None:
    """Check a job without running it: list its inputs and feeds, build the pipeline, send no request."""
    from pipeline.check import check_job, print_check
    from pipeline.config import load_config

    checked = check_job(load_config(config, set_ or []))
    if as_json:
        typer.echo(json.dumps(checked))
    else:
        print_check(Console(), checked)


@app.command(epilog="Example: newsbeam schema --json")
def schema(
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
) -> None:
    """Print the columns of the output: type, whether it may be null, meaning, names in schema.org and ninjs."""
    from pipeline.schema import columns_as_markdown, columns_as_records

    if as_json:
        typer.echo(json.dumps(columns_as_records()))
    elif markdown:
        typer.echo(columns_as_markdown(), nl=False)
    else:
        for column in columns_as_records():
            null = "" if column["nullable"] else " not null"
            typer.echo(f"{column['name']}: {column['type']}{null}\n    {column['meaning']}")


@app.command(epilog="Example: newsbeam replay news --reason too_many_elements --set clean.max_elements=50000")
def replay(
    output: Annotated[Path, typer.Argument(help="Output folder of earlier runs.")],
    reason: Annotated[
        list[str] | None, typer.Option(help="Only dead letters with this reason. May be repeated.")
    ] = None,
    set_: Sets = None,
    workers: Workers = None,
    max_dead_share: DeadShare = 1.0,
    as_json: AsJson = False,
) -> None:
    """Run dead letters again, those of each run by its own config; what succeeds is added to the output."""
    from pipeline.output import Output
    from pipeline.replay import open_dead_letters

    known = _known_reasons(reason or [])
    overrides = [*(set_ or []), *_run_overrides(workers, None, max_dead_share)]
    where = _existing(output)
    groups = list(open_dead_letters(Output(where), known))
    if not groups:
        typer.echo("no dead letters to run again", err=True)
    for letters in groups:
        _replay(letters, Output(where), overrides, as_json)


def _replay(letters: Any, output: Any, overrides: list[str], as_json: bool) -> None:  # noqa: ANN401 - not loaded yet
    """Run the dead letters of one run again, those of stored articles and those of what was fetched."""
    from pipeline.feed_run import run_again
    from pipeline.launch import run_plan
    from pipeline.replay import plan_replay, plan_replay_of_fetched, split_letters

    stored, fetched = split_letters(letters)
    if stored.letters:
        plan = plan_replay(stored, output, overrides)
        _report(lambda watcher: [run_plan(plan, watcher)], plan.config, as_json)
    if fetched.letters:
        begun, config = plan_replay_of_fetched(fetched, output, overrides)
        _report(lambda watcher: [run_again(begun, watcher)], config, as_json)


def _known_reasons(reasons: list[str]) -> list[str]:
    from transforms.errors import Reason

    for reason in reasons:
        try:
            Reason(reason)
        except ValueError as error:
            known = ", ".join(Reason)
            raise ConfigError(f"--reason {reason}: no such reason; there are http_404 and the like, {known}") from error
    return reasons


StatePath = Annotated[str | None, typer.Option("--state", help="State folder; default: _state in the output.")]
state_app = typer.Typer(help="Look after what newsbeam remembers from run to run.", no_args_is_help=True)
app.add_typer(state_app, name="state")


@app.command(epilog="Example: newsbeam feeds news --json")
def feeds(
    output: Annotated[Path, typer.Argument(help="Output folder.")],
    state: StatePath = None,
    as_json: AsJson = False,
) -> None:
    """List the feeds that were read: health, last new entry, next poll, until when they are left alone, last error."""
    from pipeline.feed_commands import describe_feeds, print_feeds
    from pipeline.polling.schedule import now_utc
    from pipeline.state import State

    described = describe_feeds(State(state or str(_existing(output) / "_state")), now_utc())
    if as_json:
        typer.echo(json.dumps({"feeds": described}))
    else:
        print_feeds(Console() if sys.stdout.isatty() else Console(width=200), described)
    if not described:
        typer.echo(f"no feed was read into {output}", err=True)


@state_app.command(epilog="Example: newsbeam state rebuild news")
def rebuild(
    output: Annotated[Path, typer.Argument(help="Output folder.")],
    state: StatePath = None,
    as_json: AsJson = False,
) -> None:
    """Make the state anew from the articles of the output, where it was lost or damaged."""
    from pipeline.feed_commands import rebuild as rebuild_state

    counts = rebuild_state(_existing(output), state)
    found = f"{counts['versions']} versions, {counts['entries']} entries of {counts['feeds']} feeds"
    typer.echo(json.dumps(counts) if as_json else f"found {found}")


@app.command(epilog="Example: newsbeam discover https://example.org/")
def discover(
    url: Annotated[str, typer.Argument(help="Address of a page of the site.")],
    user_agent: Annotated[str | None, typer.Option(help="What to call ourselves, with a contact.")] = None,
    allow_private_host: Annotated[
        list[str] | None, typer.Option(help="host:port that may be asked though it is not public. May be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find the feeds of a site and try each; prints those that can be read."""
    from pipeline.feed_commands import discover as find
    from pipeline.fetch import FetchSettings

    settings = FetchSettings(
        user_agent=user_agent or FetchSettings().user_agent,
        seconds_between_requests=1,
        allow_private_hosts=tuple(allow_private_host or ()),
    )
    found = find(url, settings)
    if as_json:
        typer.echo(json.dumps({"feeds": found}))
        return
    for feed in found:
        typer.echo(f"{feed['url']}\t{feed['kind']}\t{feed['entries']} entries\t{feed['title'] or ''}")
    if not found:
        _fail(f"{url}: no feed found; look for one on the site by hand, or read its pages by source.articles.urls", 2)


@app.command(epilog="Example: newsbeam runs news --json")
def runs(
    output: Annotated[Path, typer.Argument(help="Output folder.")],
    as_json: AsJson = False,
) -> None:
    """List past runs with their counts, and runs that were begun and not finished."""
    from pipeline.output import Output
    from pipeline.report import print_runs

    where = Output(_existing(output))
    manifests = where.read_manifests()
    unfinished = where.unfinished_runs()
    if as_json:
        typer.echo(json.dumps({"runs": manifests, "unfinished": unfinished}))
        return
    print_runs(Console(), manifests)
    if not manifests:
        typer.echo(f"no run was finished in {output}", err=True)
    for run_id in unfinished:
        typer.echo(f"unfinished: {run_id} (run its command again to finish it)")


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder")
    return folder


def _fail(message: str, code: int) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {_escape(message)}", highlight=False)
    sys.exit(code)


def _escape(message: str) -> str:
    from rich.markup import escape

    return escape(message)


def _log_to_stderr() -> None:
    """Let newsbeam's own warnings through, and of the libraries only errors."""
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
    for name in ("pipeline", "transforms"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # They log what newsbeam reports as a dead letter.
    for name in ("trafilatura", "htmldate", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _Without(importlib.abc.MetaPathFinder):
    """Has libraries look as if they were not installed.

    Beam and Arrow load pandas wherever it is, for DataFrames that newsbeam never makes, and Beam loads pymongo:
    together 1.8 s and 50 MB a process.
    """

    def __init__(self, *names: str) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname in self._names:
            raise ModuleNotFoundError(f"newsbeam runs without {fullname}", name=fullname)


class _WithoutCommands(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Puts an empty package in the place of spaCy's command line, which `import spacy` loads: 0.2 s and 10 MB."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if fullname in {"spacy.cli", "spacy.cli.info"} else None

    def exec_module(self, module: ModuleType) -> None:
        """Give the package the one name that is looked for in it."""
        setattr(module, "info", None)  # noqa: B010 - modules have no such attribute for mypy


def main() -> None:
    """Run the command line; each error of newsbeam ends it with its own exit code."""
    _log_to_stderr()
    gc.set_threshold(GARBAGE_OBJECTS)
    sys.meta_path[:0] = [_Without("pandas", "pymongo"), _WithoutCommands()]
    try:
        app()
    except NewsbeamError as error:
        _fail(str(error), EXIT_CODES.get(type(error), 1))
