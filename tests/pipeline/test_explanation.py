"""`newsbeam topics explain`: what speaks for each topic of an article."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.explanation import explain_article
from transforms.errors import InputError
from transforms.topics.lexicon import LexiconError
from transforms.topics.vocabulary import LABELS

TEXT = "The goalkeeper saved a penalty. The goalkeeper and a senator spoke about it after the match in the stadium.\n"
LEXICON = Path("transforms/topics/lexicon/en.yaml")


@pytest.fixture
def article(tmp_path: Path) -> Path:
    """Return a stored text on football, with a word on politics."""
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_all_that_speaks_for_a_topic_is_told(article: Path) -> None:
    """Topics come with the strength of each of their words, the weak ones too."""
    explanation = explain_article(str(article), None, None, None)
    found = {topic["code"]: topic["evidence"] for topic in explanation["topics"]}
    assert {"language": "en", "version": "2"} == explanation["lexicon"]
    assert ["medtop:15000000", "medtop:20001065"] == [topic["code"] for topic in explanation["topics"][:2]]
    assert {"goalkeeper", "stadium", "match"} <= set(found["medtop:15000000"])
    assert ["senator"] == list(found["medtop:11000000"])
    assert sorted(found["medtop:15000000"].values(), reverse=True) == list(found["medtop:15000000"].values())


def test_another_lexicon_may_be_tried(article: Path, tmp_path: Path) -> None:
    """An edited copy of a lexicon takes the place of newsbeam's own."""
    topics = {code: {"label": label, "words": f"xx{code[7:9]}"} for code, label in LABELS.items()}
    topics["medtop:11000000"]["words"] = "goalkeeper"
    content = {"language": "en", "version": "mine", "endings": ["s"], "topics": topics}
    edited = tmp_path / "mine.yaml"
    edited.write_text(yaml.safe_dump(content), encoding="utf-8")
    explanation = explain_article(str(article), None, None, edited)
    assert "mine" == explanation["lexicon"]["version"]
    assert ["medtop:11000000"] == [topic["code"] for topic in explanation["topics"]]


def test_what_can_not_be_explained_is_an_error(article: Path, tmp_path: Path) -> None:
    """A missing lexicon, a wrong one, a text without a known language: each is told by name."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("language: [", encoding="utf-8")
    latin = tmp_path / "latin.txt"
    latin.write_text("Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae, aliam Aquitani.\n" * 3)
    empty = tmp_path / "empty.txt"
    empty.write_text(" \n")
    with pytest.raises(InputError, match=r"none.yaml: can't be read"):
        explain_article(str(article), None, None, tmp_path / "none.yaml")
    with pytest.raises(LexiconError, match=r"wrong.yaml: not YAML"):
        explain_article(str(article), None, None, wrong)
    with pytest.raises(InputError, match=r"latin.txt: language la; lexicons: de, en, es, fr"):
        explain_article(str(latin), None, None, None)
    with pytest.raises(InputError, match=r"empty.txt: is no article: .*empty_input"):
        explain_article(str(empty), None, None, None)


def test_the_command_prints_a_table_or_json(article: Path) -> None:
    """`topics explain` shows what the function gives."""
    table = CliRunner().invoke(app, ["topics", "explain", str(article)])
    plain = CliRunner().invoke(app, ["topics", "explain", str(article), "--lexicon", str(LEXICON), "--json"])
    assert (0, 0) == (table.exit_code, plain.exit_code)
    assert "medtop:15000000" in table.output
    assert explain_article(str(article), None, None, None) == json.loads(plain.output)
