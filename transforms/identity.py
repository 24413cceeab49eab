"""What makes two articles the same: content hash, id and version id.

All three are the first 128 bits of a SHA-256 (FIPS 180-4) in hex. Fields are framed by their length in bytes, so that
no two different lists of fields hash alike.
"""

import hashlib

HASH_CHARS = 32


def hash_fields(*fields: str) -> str:
    """Return 32 hex digits that stand for the fields in their order.

    >>> hash_fields("ab", "c") == hash_fields("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for field in fields:
        encoded = field.encode()
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()[:HASH_CHARS]


def content_hash(title: str | None, description: str | None, text: str) -> str:
    """Return the hash of what an article says."""
    return hash_fields(title or "", description or "", text)


def article_id(canonical_url: str | None, guid: str | None, content: str) -> str:
    """Return the id of an article: of its canonical URL, else its publisher's identifier, else its content hash.

    The path of the file is left out on purpose: an article keeps its id when the archive is moved, and a text stored
    twice is one article.
    """
    if canonical_url:
        return hash_fields("url", canonical_url)
    if guid:
        return hash_fields("guid", guid)
    return hash_fields("content", content)


def version_id(article_id: str, content: str) -> str:
    """Return the id of one version of an article."""
    return hash_fields("version", article_id, content)
