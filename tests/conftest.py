"""Articles to test with."""

from typing import Any

from transforms.records import Article

DEFAULTS: dict[str, Any] = {
    "id": "a" * 32,
    "version_id": "b" * 32,
    "content_hash": "c" * 32,
    "text": "A coup that failed.",
    "word_count": 4,
    "source_kind": "text",
    "source_uri": "stored/one.txt",
    "source_offset": 0,
    "extraction_method": "plain_text",
}


def make_article(**fields: Any) -> Article:  # noqa: ANN401 - any field of Article
    """Return an article with the given fields and plain values in the required ones."""
    return Article(**(DEFAULTS | fields))
