"""Topics by a model: a tiny one that the test makes, run by Beam's ONNX handler. Skipped without `newsbeam[hf]`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import make_article
from transforms.errors import ConfigError
from transforms.records import Topic
from transforms.topics import ClassifyTopics
from transforms.topics.vocabulary import LABELS

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("huggingface_hub")
tokenizers = pytest.importorskip("tokenizers")

WORDS = ["[UNK]", "ballot", "goalkeeper", "sermon"]
OUTPUTS = ["medtop:11000000", "medtop:15000000", "medtop:12000000"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a folder with a model that gives each word of WORDS one topic of OUTPUTS: the mean of its words' rows."""
    weights = np.eye(len(WORDS), dtype=np.float32)[:, 1:] * 10
    helper = onnx.helper
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"], axis=0),
        helper.make_node("ReduceMean", ["rows"], ["logits"], axes=[1], keepdims=0),
    ]
    inputs = [helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, ["batch", "length"])]
    outputs = [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["batch", len(OUTPUTS)])]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [onnx.numpy_helper.from_array(weights, "table")])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(network, str(tmp_path / "model.onnx"))
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel({w: n for n, w in enumerate(WORDS)}, "[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    write_labels(tmp_path, [LABELS[code] for code in OUTPUTS])
    return tmp_path


def write_labels(folder: Path, labels: list[str]) -> None:
    """Write the model's config."""
    config: dict[str, Any] = {"id2label": {str(number): label for number, label in enumerate(labels)}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def test_model_gives_topics_in_the_same_form(model: Path) -> None:
    """Articles get the topics above the score, the primary one, and the model's name, whatever their language."""
    articles = [
        make_article(id="1", text="Goalkeeper goalkeeper", language="xx"),
        make_article(id="2", title="Sermon", text="sermon sermon ballot", language="en"),
        make_article(id="3", text="goalkeeper " * 1_000),
    ]
    step = ClassifyTopics(method="huggingface", model=str(model), min_score=0.05)
    first, second, third = articles | step
    assert "medtop:15000000" == first.primary_topic
    assert (Topic(scheme="iptc-mediatopic", code="medtop:15000000", label="sport", score=0.9999),) == first.topics
    assert ["medtop:12000000"] == [topic.code for topic in second.topics]
    assert ("topics", str(model)) == (second.models[-1].step, second.models[-1].name)
    assert "medtop:15000000" == third.primary_topic
    assert () == first.errors == second.errors


def test_scores_do_not_depend_on_the_batch(model: Path) -> None:
    """An article alone and among others gets the same topics."""
    step = ClassifyTopics(method="huggingface", model=str(model), min_score=0.01)
    article = make_article(id="1", text="goalkeeper ballot ballot")
    (alone,) = [article] | step
    others = [make_article(id=str(number), text="sermon " * number) for number in range(2, 9)]
    among = [article, *others] | step
    assert alone == next(each for each in among if each.id == "1")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "model.onnx").unlink(), "has no model.onnx; make it with: optimum-cli export onnx"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer.json"),
        (lambda folder: write_labels(folder, ["LABEL_0"]), "'label_0' is no top-level Media Topic"),
        (lambda folder: write_labels(folder, []), "has no id2label"),
    ],
)
def test_unusable_model_is_refused(model: Path, spoil: Any, message: str) -> None:  # noqa: ANN401 - a lambda
    """What is missing is named when the pipeline is built."""
    spoil(model)
    with pytest.raises(ConfigError, match=message):
        [make_article()] | ClassifyTopics(method="huggingface", model=str(model))
