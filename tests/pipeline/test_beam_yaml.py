"""Beam YAML: rows stand for articles, and the shipped pipeline runs where Beam's YAML extra is installed."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
import yaml
from apache_beam.pvalue import Row
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given

from pipeline import beam_yaml
from pipeline.beam_yaml import from_yaml_row, to_raw_article, to_yaml_row
from tests.strategies import articles
from transforms.errors import ConfigError
from transforms.records import Article

CONFIGS = Path(__file__).parents[2] / "configs" / "beam_yaml"
TEXT = "The council of the town met again. It talked about the harbour, the ferry and the price of grain."


@given(articles())
def test_a_row_stands_for_its_article(article: Article) -> None:
    """Rows hold all that an article has."""
    assert from_yaml_row(to_yaml_row(article)) == article


def test_a_row_holds_plain_values_only() -> None:
    """Whatever a sink of Beam YAML can write: text and numbers."""
    raw = to_raw_article(Row(text=TEXT, url="https://a.example/1", published_at="2026-03-01"))
    rows = [Row(text=raw.body.decode(), url=raw.url, published_at=raw.published_at)] | beam_yaml.ExtractArticles()
    (article,) = rows["articles"]
    assert {type(value) for value in article.as_dict().values()} <= {str, int, float, type(None)}
    assert (article.date, json.loads(article.topics)) == ("2026-03-01", [])


def _show(row: Any) -> tuple[str, str]:  # noqa: ANN401 - a generated type
    return row.url, row.language


def _show_dead(row: Any) -> tuple[str, str]:  # noqa: ANN401 - a generated type
    return row.url, row.reason


def test_the_steps_run_one_after_the_other() -> None:
    """Extracted, once each, with language and topics; what can't be used comes out beside, with its reason."""
    rows = [Row(url=f"https://a.example/{n}", text=text) for n, text in enumerate([TEXT, TEXT, ""])]
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        extracted = pipeline | beam.Create([*rows, rows[0]]) | beam_yaml.ExtractArticles()
        once = extracted["articles"] | beam_yaml.DropDuplicates()
        tagged = once | "Language" >> beam_yaml.detect_language() | "Topics" >> beam_yaml.classify_topics()
        found = [(f"https://a.example/{n}", "en") for n in (0, 1)]
        assert_that(tagged | "Show" >> beam.Map(_show), equal_to(found), "articles")
        dead = extracted["dead_letters"] | "ShowDead" >> beam.Map(_show_dead)
        assert_that(dead, equal_to([("https://a.example/2", "empty_input")]), "dead")


def test_a_wrong_option_is_refused_when_the_pipeline_is_built() -> None:
    """As in a job's `enrich`."""
    with pytest.raises(ConfigError, match="no such option"):
        beam_yaml.tag_entities({"modls": {}})


def test_the_list_of_providers_names_what_there_is() -> None:
    """Each step of the list is in the module, and the example's list is a part of it."""
    (provider,) = yaml.safe_load((CONFIGS / "providers.yaml").read_text(encoding="utf-8"))
    for path in provider["transforms"].values():
        module, _, name = path.rpartition(".")
        assert (module, hasattr(beam_yaml, name)) == ("pipeline.beam_yaml", True)
    (example,) = yaml.safe_load((CONFIGS / "wire.yaml").read_text(encoding="utf-8"))["providers"]
    assert example["transforms"].items() <= provider["transforms"].items()


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("docstring_parser") is None, reason="needs what apache-beam[yaml] installs"
)
def test_the_shipped_pipeline_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two articles with language and topic, one dead letter."""
    from apache_beam.yaml import main

    monkeypatch.chdir(tmp_path)
    main.run([f"--yaml_pipeline_file={CONFIGS / 'wire.yaml'}", "--runner=FnApiRunner"])
    (written,) = tmp_path.glob("wire-output/articles*")
    found = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
    assert [line["language"] for line in found] == ["en", "en"]
    (dead,) = tmp_path.glob("wire-output/dead-letters*")
    assert dead.read_text(encoding="utf-8").split() == ["https://wire.example/3", "empty_input"]
