"""Speed of topics: `python -m tests.benchmarks.topics [--count N] [--minilm FOLDER]`.

newsbeam's lexicon, and beside it in the same run what else could give topics, on the same articles of 400 words:

- scikit-learn: a tf-idf over words and pairs of words with a linear model, where scikit-learn is installed;
- MiniLM: all-MiniLM-L6-v2 in ONNX form, one thread, one embedding an article, compared with one of each topic. FOLDER
  holds `model.onnx` and `tokenizer.json`; onnxruntime and tokenizers must be installed.

All figures are CPU seconds of this process. The articles are put together from the sample, so that each is another one;
what the linear model is trained on does not matter for its speed, and its topics are not looked at.
"""

import argparse
import importlib
import importlib.util
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.conftest import make_article
from transforms.records import Article
from transforms.topics import classify_topics
from transforms.topics.lexicon import parse_lexicon
from transforms.topics.vocabulary import LABELS

SAMPLE = Path("configs/sample/wire.jsonl")
LEXICONS = Path("transforms/topics/lexicon")
WORDS = 400
MAX_TOKENS = 256


def make_articles(count: int) -> list[Article]:
    """Return articles of 400 words, of sentences from the sample in random order."""
    lines = [line for line in SAMPLE.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    texts = [
        record["text"] for record in map(_parse, lines) if record.get("language", "en") == "en" and "text" in record
    ]
    sentences = [sentence.strip() for text in texts for sentence in text.split(".") if sentence.strip()]
    shuffle = random.Random(0)
    articles = []
    for _ in range(count):
        words = ". ".join(shuffle.choices(sentences, k=60)).split()[:WORDS]
        articles.append(make_article(title=" ".join(words[:8]), text=" ".join(words), language="en"))
    return articles


def _parse(line: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return record


def rate(classify: Callable[[list[Article]], object], articles: list[Article]) -> float:
    """Return how many articles a CPU second takes."""
    started = time.process_time()
    classify(articles)
    return round(len(articles) / (time.process_time() - started), 1)


def classify_by_lexicon(articles: list[Article]) -> list[Article]:
    """Return the articles with topics."""
    return [classify_topics(article) for article in articles]


def set_up_seconds() -> dict[str, float]:
    """Return the CPU seconds that reading each lexicon takes."""
    seconds = {}
    for file in sorted(LEXICONS.glob("*.yaml")):
        source = file.read_text(encoding="utf-8")
        started = time.process_time()
        parse_lexicon(source, file.name)
        seconds[file.stem] = round(time.process_time() - started, 3)
    return seconds


def make_linear_model(articles: list[Article]) -> Callable[[list[Article]], object]:
    """Return a tf-idf with a linear model, trained on half of the articles and what the lexicon says of them."""
    text: Any = importlib.import_module("sklearn.feature_extraction.text")
    linear: Any = importlib.import_module("sklearn.linear_model")
    half = classify_by_lexicon(articles[: len(articles) // 2])
    vectorizer = text.TfidfVectorizer(ngram_range=(1, 2), max_features=50_000)
    vectors = vectorizer.fit_transform([article.text for article in half])
    model = linear.SGDClassifier(loss="log_loss", max_iter=5, tol=None, random_state=0)
    model.fit(vectors, [number % len(LABELS) for number in range(len(half))])
    return lambda wanted: model.predict_proba(vectorizer.transform([article.text for article in wanted]))


def make_minilm(folder: Path) -> Callable[[list[Article]], object]:
    """Return an encoder that compares each article with the names of the topics."""
    np: Any = importlib.import_module("numpy")
    onnxruntime: Any = importlib.import_module("onnxruntime")
    tokenizer: Any = importlib.import_module("tokenizers").Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    wanted = {each.name for each in session.get_inputs()}

    def embed(text: str) -> Any:  # noqa: ANN401 - an array of numpy, which may be missing
        row = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        hidden = session.run(None, {name: value for name, value in inputs.items() if name in wanted})[0]
        mean = hidden[0].mean(axis=0)
        return mean / np.linalg.norm(mean)

    topics = np.stack([embed(label) for label in LABELS.values()])
    return lambda articles: [int((topics @ embed(article.text)).argmax()) for article in articles]


def main() -> None:
    """Measure what is installed and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.topics", description=__doc__)
    parser.add_argument("--count", type=int, default=4_000, help="articles for the lexicon and the linear model")
    parser.add_argument("--slow-count", type=int, default=100, help="articles for MiniLM")
    parser.add_argument("--minilm", type=Path, help="folder with model.onnx and tokenizer.json")
    options = parser.parse_args()
    articles = make_articles(options.count)
    classify_by_lexicon(articles[:1])
    rates: dict[str, float | str] = {"newsbeam lexicon": rate(classify_by_lexicon, articles)}
    if importlib.util.find_spec("sklearn"):
        rates["scikit-learn tf-idf"] = rate(make_linear_model(articles), articles)
    else:
        rates["scikit-learn tf-idf"] = "scikit-learn is not installed"
    if options.minilm is not None:
        rates["all-MiniLM-L6-v2 ONNX"] = rate(make_minilm(options.minilm), articles[: options.slow_count])
    else:
        rates["all-MiniLM-L6-v2 ONNX"] = "give its folder by --minilm"
    result = {"words": WORDS, "articles_a_cpu_second": rates, "lexicon_set_up_cpu_seconds": set_up_seconds()}
    print(json.dumps(result))  # noqa: T201 - the result


if __name__ == "__main__":
    main()
