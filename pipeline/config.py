"""Jobs: the YAML file, checked. A wrong key is refused with its path and the nearest right name."""

import dataclasses
import difflib
import importlib
import re
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, get_args

import apache_beam as beam
import pydantic
import yaml
from apache_beam.runners.runner import create_runner
from pydantic import BaseModel, ConfigDict, Field

from pipeline.fetch import FetchSettings, strip_credentials
from transforms import ENRICHERS
from transforms.errors import ConfigError
from transforms.extract import QualityFlag

Format = Literal["parquet", "jsonl"]
Partition = Literal["date", "language"]
ArticleColumn = Literal["html", "text", "url", "title", "published_at", "id", "language"]
FetchMode = Literal["page", "feed", "auto"]
RepairName = Literal[
    "headline",
    "dek",
    "restore",
    "surroundings",
    "captions",
    "links",
    "promos",
    "front_matter",
    "boxes",
    "repeats",
    "tail",
    "unstated",
    "orphans",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Articles(_Section):
    """Where articles are that no feed names.

    Attributes:
        paths: stored ones: files, globs, folders or Beam filesystem URIs.
        urls: addresses of pages to fetch.
        columns: our column name to the file's, for JSONL and Parquet.
    """

    paths: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    columns: dict[ArticleColumn, str] = {}


class Feed(_Section):
    """One feed with options of its own.

    Attributes:
        url: its address.
        fetch: see `Feeds`; None for what all feeds have.
        tags: goes into the record beside the publisher's keywords.
    """

    url: str
    fetch: FetchMode | None = None
    tags: tuple[str, ...] = ()


class Feeds(_Section):
    """Which feeds and news sitemaps are read.

    Attributes:
        urls: addresses, or mappings with `url`, `fetch` and `tags`.
        opml: subscription lists; their folders become tags.
        paths: stored feeds: files, globs or folders.
        fetch: `page` fetches the page of each entry; `feed` takes the text in the feed; `auto` takes the page, and the
            feed's full text where there is no page to be had.
        max_entries: a feed with more is refused.
        max_sitemaps: how many sitemaps of one index are read.
    """

    urls: tuple[Feed, ...] = ()
    opml: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    fetch: FetchMode = "auto"
    max_entries: int = Field(default=2_000, ge=1)
    max_sitemaps: int = Field(default=100, ge=1)

    @pydantic.field_validator("urls", mode="before")
    @classmethod
    def _address_alone(cls, feeds: Any) -> Any:  # noqa: ANN401 - not checked yet
        return (
            [{"url": feed} if isinstance(feed, str) else feed for feed in feeds] if isinstance(feeds, list) else feeds
        )

    @pydantic.field_validator("opml", mode="before")
    @classmethod
    def _one_or_many(cls, names: Any) -> Any:  # noqa: ANN401 - not checked yet
        return (names,) if isinstance(names, str) else names


class Source(_Section):
    """What is read."""

    feeds: Feeds = Feeds()
    articles: Articles = Articles()

    @pydantic.model_validator(mode="after")
    def _something(self) -> "Source":
        if not (self.articles.paths or self.fetches):
            raise ValueError(
                "names no input; give `articles.paths`, `articles.urls`, `feeds.urls`, `feeds.opml` or `feeds.paths`"
            )
        return self

    @property
    def fetches(self) -> bool:
        """Whether there is something to poll or fetch."""
        return bool(self.feeds.urls or self.feeds.opml or self.feeds.paths or self.articles.urls)


class StateSection(_Section):
    """Where newsbeam remembers what it has seen.

    Attributes:
        path: folder or Beam filesystem URI; None for `_state` in the output.
    """

    path: str | None = None


class Clean(_Section):
    """How articles are cleaned, and which are refused.

    Attributes:
        min_text_chars: shortest text that is an article, in characters.
        drop_flags: quality flags that make an article a dead letter.
        skip_repairs: repairs of the text that are not made.
        keep_duplicates: keep articles with the same id and content, also those of earlier runs.
        max_article_bytes: largest page or text, decompressed.
        max_elements: most elements of a page.
        max_depth: deepest nesting of a page.
    """

    min_text_chars: int = Field(default=0, ge=0)
    drop_flags: tuple[QualityFlag, ...] = ()
    skip_repairs: tuple[RepairName, ...] = ()
    keep_duplicates: bool = False
    max_article_bytes: int = Field(default=10_000_000, ge=1)
    max_elements: int = Field(default=20_000, ge=1)
    max_depth: int = Field(default=1_000, ge=1)


class Step(BaseModel):
    """One enricher: `use` names it, the other keys are its options."""

    model_config = ConfigDict(extra="allow", frozen=True)
    use: str

    @property
    def options(self) -> dict[str, Any]:
        """The options as they stand in the config."""
        return dict(self.model_extra or {})


class OutputSection(_Section):
    """Where and how records are written.

    Attributes:
        path: a local folder; made if it is not there.
        formats: one or both.
        partition_by: columns that become folders.
        gzip_jsonl: whether JSONL files are compressed.
        max_file_mb: largest file, in MB (1,000,000 bytes) of uncompressed rows.
    """

    path: str = Field(min_length=1)
    formats: tuple[Format, ...] = Field(default=("parquet",), min_length=1)
    partition_by: tuple[Partition, ...] = ("date",)
    gzip_jsonl: bool = True
    max_file_mb: int = Field(default=128, ge=1)

    @pydantic.field_validator("path")
    @classmethod
    def _is_local(cls, path: str) -> str:
        # One slash is left of two once the command line has taken it for a path.
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", path):
            raise ValueError("must be a local folder: the commit needs renames; copy the output to a bucket afterwards")
        return path

    @pydantic.field_validator("formats", "partition_by")
    @classmethod
    def _once_each(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("names one of them twice")
        return names


class Flink(_Section):
    """The cluster that FlinkRunner gives the job to.

    Attributes:
        master: address of its REST API, `host:port`; `[local]` for a Flink inside the job server.
        job_server_jar: Beam's job server for that version of Flink, a file.
        parallelism: how many tasks of a step run side by side; at most the slots of the cluster.
        workers: address of Beam's pool of Python workers, as the TaskManagers see it; None for the newsbeam process
            itself, which then has to live as long as the job.
        checkpoint_seconds: between two checkpoints of a stream.
        restore: checkpoint or savepoint that a stream goes on from; None for the stream's own log.
    """

    master: str
    job_server_jar: Path
    parallelism: int = Field(default=1, ge=1)
    workers: str | None = None
    checkpoint_seconds: float = Field(default=30, gt=0)
    restore: str | None = None

    @property
    def is_cluster(self) -> bool:
        """Whether there is a cluster apart from the job server."""
        return not self.master.startswith("[")

    def options(self, is_stream: bool) -> tuple[str, ...]:
        """Return this as Beam's options."""
        place = ("EXTERNAL", f"--environment_config={self.workers}") if self.workers else ("LOOPBACK",)
        checkpoints = (
            f"--checkpointing_interval={round(self.checkpoint_seconds * 1000)}",
            # Else a checkpoint holds what a bundle is about to give on, by numbers that another submission may assign
            # to other outputs, and the stream can't go on from it.
            "--finish_bundle_before_checkpointing",
            "--externalized_checkpoints_enabled",
            "--retain_externalized_checkpoints_on_cancellation",
            *((f"--savepoint_path={self.restore}",) if self.restore else ()),
        )
        return (
            f"--flink_master={self.master}",
            f"--flink_job_server_jar={self.job_server_jar}",
            f"--parallelism={self.parallelism}",
            f"--environment_type={place[0]}",
            *place[1:],
            *(checkpoints if is_stream else ()),
        )


class Run(_Section):
    """How the job is run; nothing here changes the rows.

    Attributes:
        runner: `DirectRunner` (Beam's in-process FnApiRunner, one per worker) or another of Beam's runners.
        workers: processes of the DirectRunner; None for one a core.
        options: options of another runner, as on Beam's command line.
        flink: the cluster of FlinkRunner.
        max_dead_share: largest share of inputs that may become dead letters before the run fails; None for 0.5 of
            stored articles, and no limit where anything is fetched.
        stall_seconds: how long a step may work on one article before its worker is killed.
    """

    runner: str = "DirectRunner"
    workers: int | None = Field(default=None, ge=1)
    options: tuple[str, ...] = ()
    flink: Flink | None = None
    max_dead_share: float | None = Field(default=None, ge=0, le=1)
    stall_seconds: float = Field(default=300, gt=0)

    def engine_options(self, is_stream: bool) -> tuple[str, ...]:
        """Return the options of another runner than the DirectRunner, the config's own last."""
        return (*(self.flink.options(is_stream) if self.flink else ()), *self.options)


class Stream(_Section):
    """What makes the job endless: at each tick feeds that are due are polled, and new files are read.

    Attributes:
        every_seconds: between two ticks.
        poll_seconds: between two polls of a feed; None for each feed's own pace.
        window_seconds: what was found in so many seconds is written together.
        groups: parts that the domains of the feeds are divided into; a worker polls one after the other, many domains
            of one at once, so about as many as there are workers.
        shards: files of a window that are written at a time.
        flush_articles: articles of a shard that are kept until the window is over; so many are written before. 10,000
            are some 64 MB.
        remember_hours: how long a version of an article is known as seen.
    """

    every_seconds: float = Field(default=60, gt=0)
    poll_seconds: float | None = Field(default=None, gt=0)
    window_seconds: int = Field(default=60, ge=1)
    groups: int = Field(default=4, ge=1)
    shards: int = Field(default=1, ge=1)
    flush_articles: int = Field(default=10_000, ge=1)
    remember_hours: float = Field(default=7 * 24, gt=0)


KNOWN_RUNNERS: Final = ("DirectRunner", "FlinkRunner", "SparkRunner", "DataflowRunner", "PrismRunner", "FnApiRunner")
BOUNDED_RUNNERS: Final = frozenset(
    {"DirectRunner", "FnApiRunner", "BundleBasedDirectRunner", "SwitchingDirectRunner", "SparkRunner"}
)
"""They run bounded pipelines only; on an endless one FnApiRunner hangs in silence."""

DEFAULT_ENRICHERS = tuple(Step(use=name) for name in ENRICHERS)


class Config(_Section):
    """A job."""

    source: Source
    fetch: FetchSettings = FetchSettings()
    clean: Clean = Clean()
    enrich: tuple[Step, ...] = DEFAULT_ENRICHERS
    output: OutputSection
    state: StateSection = StateSection()
    run: Run = Run()
    stream: Stream | None = None

    @pydantic.model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, sections: Any) -> Any:  # noqa: ANN401 - not checked yet
        """Take a section with all its keys commented out as one that is not there."""
        if isinstance(sections, dict):
            return {name: values for name, values in sections.items() if values is not None}
        return sections

    def deciding(self) -> dict[str, Any]:
        """Return the part that decides which rows are written; it goes into the run's id."""
        plain = self.model_dump(
            mode="json",
            exclude={"fetch": True, "run": True, "state": True, "stream": True, "source": {"articles": {"paths"}}},
        )
        del plain["output"]["path"]
        return plain

    def to_json(self) -> dict[str, Any]:
        """Return the whole job as plain values, without the credentials in its addresses."""
        plain = self.model_dump(mode="json")
        for feed in plain["source"]["feeds"]["urls"]:
            feed["url"] = strip_credentials(feed["url"])
        plain["source"]["articles"]["urls"] = [strip_credentials(url) for url in self.source.articles.urls]
        return plain

    @property
    def state_path(self) -> str:
        """Folder of what newsbeam remembers."""
        return self.state.path or str(Path(self.output.path) / "_state")


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Return the job in a YAML file.

    Args:
        path: the file.
        overrides: `path.to.key=value` each, the value in YAML.

    Raises:
        ConfigError: the file can't be read, is no YAML, or a key or value is wrong.
    """
    try:
        with path.open(encoding="utf-8") as text:
            loaded = yaml.load(text, Loader=_UniqueKeyLoader)  # a SafeLoader
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no valid YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path}: must hold sections such as `source:` and `output:`, see configs/quickstart.yaml")
    override_config(loaded, overrides)
    return parse_config(loaded, str(path))


def override_config(loaded: dict[str, Any], overrides: Sequence[str]) -> None:
    """Set values of a config that is not checked yet, `path.to.key=value` each.

    Raises:
        ConfigError: an override is not of that form, or there is no such place.
    """
    for override in overrides:
        _override(loaded, override)


_MERGE: Final = "tag:yaml.org,2002:merge"


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, where YAML would take the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != _MERGE]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _override(loaded: dict[str, Any], override: str) -> None:
    """Set one value of the config; `a.b.0.c=1` reaches into lists by number, and to steps by name."""
    keys, equals, value = override.partition("=")
    if not equals:
        raise ConfigError(f"--set {override}: must be path.to.key=value")
    *parents, last = keys.split(".")
    if parents[:1] == ["enrich"]:
        loaded.setdefault("enrich", [{"use": step.use} for step in DEFAULT_ENRICHERS])
    place: Any = loaded
    try:
        for key in parents:
            place = place[_number(place, key)] if isinstance(place, list) else _section(place, key)
        place[_number(place, last) if isinstance(place, list) else last] = yaml.safe_load(value)
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ConfigError(f"--set {override}: there is no such place in the config") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override}: the value is no valid YAML: {error}") from error


def _number(items: list[Any], key: str) -> int:
    """Return where in a list an item is: a number stands for itself, a name for the step that is called so."""
    names = [item.get("use") if isinstance(item, dict) else None for item in items]
    return names.index(key) if key in names else int(key)


def _section(place: dict[str, Any], key: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands at a key, a new section if there is nothing."""
    if place.get(key) is None:
        place[key] = {}
    return place[key]


def parse_config(loaded: Mapping[str, Any], name: str) -> Config:
    """Return the job in a mapping.

    Args:
        loaded: the sections.
        name: what to call it in errors.

    Raises:
        ConfigError: a key or value is wrong; all of them are named.
    """
    try:
        config = Config.model_validate(loaded)
    except pydantic.ValidationError as error:
        problems = "\n".join(f"  {_explain(problem)}" for problem in _causes(error.errors()))
        raise ConfigError(f"{name}: the config is wrong:\n{problems}") from error
    for number, step in enumerate(config.enrich):
        build_enricher(step, f"{name}: enrich.{number}")
    _require_runner(config.run.runner, f"{name}: run.runner")
    _require_flink(config.run, name)
    _require_endless(config, name)
    return config


def _require_flink(run: Run, name: str) -> None:
    """Refuse a cluster that nothing is given to."""
    if run.flink is not None and run.runner != "FlinkRunner":
        raise ConfigError(f"{name}: run.flink: is for run.runner: FlinkRunner, and this job has {run.runner}")


def _require_endless(config: Config, name: str) -> None:
    """Refuse a stream on a runner that ends with its input, and inputs that a stream does not read."""
    if config.stream is None:
        return
    if config.run.runner in BOUNDED_RUNNERS:
        raise ConfigError(
            f"{name}: run.runner: {config.run.runner} ends with its input, and a job with a `stream` section has no "
            "end; name an engine (PrismRunner, FlinkRunner, DataflowRunner), or leave `stream` out and poll from one "
            "process: newsbeam run CONFIG --every 5m"
        )
    for place, values in (("feeds.paths", config.source.feeds.paths), ("articles.urls", config.source.articles.urls)):
        if values:
            raise ConfigError(f"{name}: source.{place}: is read once, and not by a job with a `stream` section")


def _require_runner(runner: str, where: str) -> None:
    try:
        create_runner(runner)
    except (AttributeError, ImportError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{where}: {runner}: {reason}{_nearest(runner, KNOWN_RUNNERS)}") from error


def _causes(problems: Sequence[Any]) -> list[Any]:
    """Return the problems without those that only follow: a list is too short when its items are wrong."""
    wrong = {problem["loc"][:-1] for problem in problems}
    return [problem for problem in problems if problem["type"] != "too_short" or problem["loc"] not in wrong]


def _explain(problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return one problem with its path and, for an unknown key, the nearest right one."""
    path = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    if problem["type"] == "missing":
        return f"{path}: is missing"
    if problem["type"] not in {"extra_forbidden", "unexpected_keyword_argument"}:
        got = "" if isinstance(problem["input"], dict) else f" (got {problem['input']!r})"
        return f"{path}: {_message(problem)}{got}"
    known = _known_keys(problem["loc"][:-1])
    return f"{path}: no such key{_nearest(str(problem['loc'][-1]), known)}"


def _message(problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return what pydantic says, in the words of YAML."""
    return str(problem["msg"].removeprefix("Value error, ").replace("a valid tuple", "a list"))


def _known_keys(path: Sequence[int | str]) -> list[str]:
    section: Any = Config
    for part in path:
        if isinstance(part, str):
            section = _section_in(typing.get_type_hints(section)[part])
    return [name for name in typing.get_type_hints(section) if not name.startswith(("_", "model_"))]


def _section_in(annotation: Any) -> Any:  # noqa: ANN401 - any type
    """Return the section that a field holds, alone, or in a tuple or union."""
    if isinstance(annotation, type) and (dataclasses.is_dataclass(annotation) or issubclass(annotation, BaseModel)):
        return annotation
    return next((found for one in get_args(annotation) if (found := _section_in(one))), None)


def _nearest(wrong: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"


def build_enricher(step: Step, where: str) -> beam.PTransform[Any, Any]:
    """Return the PTransform of a step.

    Args:
        step: its name and options.
        where: path of the step, for errors.

    Raises:
        ConfigError: there is no such step or option, an option has a wrong value, or a model is not installed.
    """
    if step.use not in ENRICHERS:
        raise ConfigError(f"{where}.use: no such step {step.use!r}{_nearest(step.use, list(ENRICHERS))}")
    transform = getattr(importlib.import_module(ENRICHERS[step.use]), step.use)
    types = {field.name: field.type for field in dataclasses.fields(transform)}
    options = {name: _option(name, value, types, f"{where}.{name}") for name, value in step.options.items()}
    try:
        return transform(**options)
    except (ConfigError, ValueError) as error:
        raise ConfigError(f"{where}: {step.use}: {error}") from error


def _option(name: str, value: object, types: Mapping[str, Any], where: str) -> Any:  # noqa: ANN401 - of the step's type
    """Return the value of an option, checked against the type of the step's field."""
    if name not in types:
        raise ConfigError(f"{where}: no such option{_nearest(name, list(types))}")
    try:
        return pydantic.TypeAdapter(types[name]).validate_python(value)
    except pydantic.ValidationError as error:
        raise ConfigError(f"{where}: {_message(error.errors()[0])} (got {value!r})") from error
