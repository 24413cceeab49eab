"""Topics of articles by a text classification model of Hugging Face, in ONNX form, through Beam's RunInference.

The model is a folder with `config.json`, `tokenizer.json` and `model.onnx` (or `onnx/model.onnx`), as
`optimum-cli export onnx` makes it, or the id of such a folder on the hub. Its labels are codes or English names of
top-level IPTC Media Topics. Loading this module needs the extra `newsbeam[hf]`.
"""

import dataclasses
import functools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apache_beam as beam
import huggingface_hub
import numpy as np
import onnxruntime
from apache_beam.ml.inference.base import KeyedModelHandler, PredictionResult, RunInference
from apache_beam.ml.inference.onnx_inference import OnnxModelHandlerNumpy
from apache_beam.pvalue import PCollection
from tokenizers import Tokenizer

from transforms.errors import ConfigError
from transforms.records import Article, ModelVersion, Topic
from transforms.topics.classify import find_primary_topic
from transforms.topics.custom import CustomTopics, find_custom_topics
from transforms.topics.vocabulary import LABELS, SCHEME

_ONNX_FILES: Final = ("model.onnx", "onnx/model.onnx")
_FILES: Final = ("config.json", "tokenizer.json", "model.onnx*", "onnx/model.onnx*")
_MAX_TOKENS: Final = 512
# The models read no more than 512 pieces of words, which are rarely longer than this.
_MAX_CHARS: Final = 8_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TopicModel:
    """A model on the local disk.

    Attributes:
        name: id or folder, as the user named it.
        onnx: the network.
        tokenizer: what makes numbers of texts.
        codes: topic of each output of the network.
    """

    name: str
    onnx: str
    tokenizer: str
    codes: tuple[str, ...]


def find_model(name: str) -> TopicModel:
    """Return a model in a local folder, or fetched from the hub into its cache.

    Raises:
        ConfigError: it can't be fetched, a file is missing, or its labels are no Media Topics.
    """
    folder = Path(name)
    if not folder.is_dir():
        folder = _fetch(name)
    onnx = next((folder / file for file in _ONNX_FILES if (folder / file).is_file()), None)
    if onnx is None:
        raise ConfigError(f"{name}: has no model.onnx; make it with: optimum-cli export onnx --model {name} FOLDER")
    for file in ("config.json", "tokenizer.json"):
        if not (folder / file).is_file():
            raise ConfigError(f"{name}: has no {file}")
    codes = _read_codes(folder / "config.json", name)
    return TopicModel(name=name, onnx=str(onnx), tokenizer=str(folder / "tokenizer.json"), codes=codes)


def _fetch(name: str) -> Path:
    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=list(_FILES)))
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{name}: is no local folder, and the hub does not give it: {reason}") from error


def _read_codes(config: Path, name: str) -> tuple[str, ...]:
    """Return the topics of the model's outputs, in their order."""
    labels: dict[str, str] = json.loads(config.read_text(encoding="utf-8")).get("id2label", {})
    by_name = {label: code for code, label in LABELS.items()} | {code: code for code in LABELS}
    ordered = [labels[number].casefold() for number in sorted(labels, key=int)]
    if unknown := [label for label in ordered if label not in by_name]:
        raise ConfigError(f"{name}: {unknown[0]!r} is no top-level Media Topic")
    if not ordered:
        raise ConfigError(f"{name}: config.json has no id2label")
    return tuple(by_name[label] for label in ordered)


class _LocalOnnxModelHandler(OnnxModelHandlerNumpy):
    """Beam's handler, with the network read from its file: beside large ones stand files with their weights.

    One thread, since each core has a worker of its own, and one article at a time, so that its scores do not depend on
    the articles that happen to be in the same batch.
    """

    def load_model(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(self._model_uri, options, providers=["CPUExecutionProvider"])


def _infer(
    session: onnxruntime.InferenceSession, batch: Sequence[np.ndarray], _arguments: dict[str, Any] | None = None
) -> Iterator[Any]:
    """Yield the outputs of the network for each text."""
    wanted = {each.name for each in session.get_inputs()}
    for tokens in batch:
        row = tokens.reshape(1, -1)
        inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        yield session.run(None, {name: value for name, value in inputs.items() if name in wanted})[0][0]


@functools.cache
def _load_tokenizer(file: str) -> Tokenizer:
    tokenizer = Tokenizer.from_file(file)
    tokenizer.enable_truncation(_MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def tokenize(article: Article, model: TopicModel) -> tuple[Article, np.ndarray]:
    """Return the article with the numbers that its headline, dek and lead are to the model."""
    text = "\n".join(part for part in (article.title, article.description, article.text[:_MAX_CHARS]) if part)
    return article, np.array(_load_tokenizer(model.tokenizer).encode(text).ids, dtype=np.int64)


def apply_prediction(
    result: tuple[Article, PredictionResult], model: TopicModel, min_score: float, custom: CustomTopics
) -> Article:
    """Return the article with the topics to which the model gives a probability of at least `min_score`."""
    article, prediction = result
    logits = np.asarray(prediction.inference, dtype=np.float64)
    exponentials = np.exp(logits - logits.max())
    scores = zip(model.codes, (exponentials / exponentials.sum()).tolist(), strict=True)
    found = [Topic(scheme=SCHEME, code=code, label=LABELS[code], score=round(score, 4)) for code, score in scores]
    found += find_custom_topics(article, custom)
    topics = sorted(
        (topic for topic in found if topic.score >= min_score), key=lambda topic: (-topic.score, topic.code)
    )
    version = ModelVersion(step="topics", name=model.name, version=_name_version())
    return dataclasses.replace(
        article,
        topics=tuple(topics),
        primary_topic=find_primary_topic(topics),
        models=(*article.models, version),
    )


def _name_version() -> str:
    return f"onnxruntime {onnxruntime.__version__}"


@dataclasses.dataclass
class ClassifyWithModel(beam.PTransform[PCollection[Article], PCollection[Article]]):
    """Takes articles, gives the same articles with the topics that a model finds.

    Attributes:
        model: local folder, or id on the hub.
        min_score: lowest probability of a topic that is kept.
        custom: topics of the user's own.
    """

    model: str
    min_score: float
    custom: CustomTopics = ()

    def expand(self, articles: PCollection[Article]) -> PCollection[Article]:
        model = find_model(self.model)
        # Beam's annotation of this function has its first two arguments the wrong way round.
        infer: Any = _infer
        handler: Any = KeyedModelHandler(_LocalOnnxModelHandler(model.onnx, inference_fn=infer))
        return (
            articles
            | "Tokenize" >> beam.Map(tokenize, model=model)
            | "RunInference" >> RunInference(handler)
            | "ApplyPrediction"
            >> beam.Map(apply_prediction, model=model, min_score=self.min_score, custom=self.custom).with_output_types(
                Article
            )
        )
