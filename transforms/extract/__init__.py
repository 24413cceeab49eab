"""Extraction: the bytes of a stored page or text -> an article.

Pages are parsed once. trafilatura finds the text, newsbeam's own readers the metadata, and named repairs take out of
the text what is no part of the article. docs/cleaning.md explains and measures it.
"""

from transforms.extract.article import Extraction, extract_article, extract_with_removed
from transforms.extract.draft import Removed
from transforms.extract.page import PageLimits
from transforms.extract.quality import FLAGS, QualityFlag
from transforms.extract.repairs import REPAIRS
from transforms.extract.transform import ARTICLES, DEAD_LETTERS, ExtractArticles, require_quality

__all__ = [
    "ARTICLES",
    "DEAD_LETTERS",
    "FLAGS",
    "REPAIRS",
    "ExtractArticles",
    "Extraction",
    "PageLimits",
    "QualityFlag",
    "Removed",
    "extract_article",
    "extract_with_removed",
    "require_quality",
]
