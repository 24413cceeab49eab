"""What trafilatura and htmldate find on a page."""

from typing import Final

import htmldate
import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import Document

from transforms.dates import ParsedDate, parse_date
from transforms.errors import ArticleError, Reason
from transforms.text import valid_text

# What they and their fallbacks have been seen to raise on odd pages; anything else stops the run.
_EXTRACTOR_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    etree.LxmlError,
)
_LATEST_DATE: Final = "2100-12-31"


def find_lines(tree: HtmlElement, url: str | None) -> tuple[str, ...]:
    """Return the paragraphs that trafilatura takes for the article's; the tree is not changed.

    Raises:
        ArticleError: `extraction_failed` if it raises, `no_text` if it finds none.
    """
    try:
        document = trafilatura.bare_extraction(tree, url=url, with_metadata=False, include_comments=False)
    except _EXTRACTOR_ERRORS as error:
        raise ArticleError(Reason.EXTRACTION_FAILED, f"{type(error).__name__}: {error}") from error
    text = valid_text(document.text or "") if isinstance(document, Document) else ""
    lines = tuple(stripped for line in text.splitlines() if (stripped := line.strip()))
    if not lines:
        raise ArticleError(Reason.NO_TEXT, "no article text found in the page")
    return lines


def find_date(tree: HtmlElement, url: str | None) -> ParsedDate | None:
    """Return the day that htmldate takes for that of publication, None if it finds none.

    It refuses dates after a limit that is today by default; a fixed one makes the result the same whenever it runs.
    """
    try:
        found = htmldate.find_date(tree, url=url, original_date=True, extensive_search=True, max_date=_LATEST_DATE)
    except _EXTRACTOR_ERRORS:
        return None  # an article without a date is an article still, and is flagged as undated
    return parse_date(found or "")
