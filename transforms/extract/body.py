"""What trafilatura and htmldate find on a page."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

import htmldate
import trafilatura
from justext.core import define_stoplist
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.external import jt_stoplist_init
from trafilatura.settings import Document

from transforms.dates import ParsedDate, parse_date
from transforms.errors import ArticleError, Reason
from transforms.extract.attribute_search import quicken_trafilatura
from transforms.extract.blocks import Block, block_key
from transforms.extract.draft import Holder, find_holder
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
_MIN_SURE_CHARS: Final = 500
_MIN_LOST_HEADINGS: Final = 2
_MIN_OF_PROSE: Final = 0.5
_MAX_OF_PROSE: Final = 2.0
_MIN_OF_TEXT: Final = 0.5
_LATEST_DATE: Final = "2100-12-31"

quicken_trafilatura()


def find_lines(tree: HtmlElement, blocks: Sequence[Block], url: str | None) -> tuple[str, ...]:
    """Return the paragraphs that trafilatura takes for the article's; the tree is not changed.

    Its own rules come first, and alone. Only where their result is doubtful is it compared with those of other
    algorithms, as trafilatura does by default, which takes half as long again: see `is_doubtful`.

    Args:
        tree: the page.
        blocks: its text.
        url: its address, if known.

    Raises:
        ArticleError: `extraction_failed` if it raises, `no_text` if it finds none.
    """
    lines = _run_trafilatura(tree, url, is_fast=True)
    if is_doubtful(lines, blocks):
        lines = _run_trafilatura(tree, url, is_fast=False)
    if not lines:
        raise ArticleError(Reason.NO_TEXT, "no article text found in the page")
    return lines


def is_doubtful(lines: Sequence[str], blocks: Sequence[Block]) -> bool:
    """Whether the lines that trafilatura's own rules find may not be the article.

    They are short; or more than twice as long as the page's prose; or less than half of it, while some container
    that they leave out has half as much as they do (the other algorithms must find twice as much to be preferred,
    so above that they hardly ever are); or lack the headings above their own paragraphs, as what trafilatura takes
    when its rules find nothing does.

    Args:
        lines: as found.
        blocks: of the page.
    """
    length = sum(map(len, lines))
    prose = sum(len(block.text) for block in blocks if block.is_prose)
    if length < _MIN_SURE_CHARS or length > _MAX_OF_PROSE * prose:
        return True
    keys = {block_key(line.removeprefix("- ")) for line in lines}
    if length < _MIN_OF_PROSE * prose and _largest_left_out(blocks, keys) > _MIN_OF_TEXT * length:
        return True
    headings = [
        heading.key in keys
        for heading, below in pairwise(blocks)
        if heading.is_heading and below.is_prose and below.key in keys
    ]
    return headings.count(False) >= max(_MIN_LOST_HEADINGS, len(headings) / 2)


def _largest_left_out(blocks: Sequence[Block], keys: Collection[str]) -> int:
    """Return the most characters of prose that a container has outside of the lines of these keys."""
    counts = Counter(block.element for block in blocks)
    weights: Counter[Holder] = Counter()
    for block in blocks:
        if block.is_prose and block.key not in keys:
            weights[find_holder(block, counts)] += len(block.text)
    return max(weights.values(), default=0)


def _run_trafilatura(tree: HtmlElement, url: str | None, is_fast: bool) -> tuple[str, ...]:
    try:
        document = trafilatura.bare_extraction(tree, url=url, fast=is_fast, with_metadata=False, include_comments=False)
    except _EXTRACTOR_ERRORS as error:
        raise ArticleError(Reason.EXTRACTION_FAILED, f"{type(error).__name__}: {error}") from error
    text = document.text or "" if isinstance(document, Document) else ""
    return tuple(stripped for line in valid_text(text).splitlines() if (stripped := line.strip()))


def load_word_lists() -> None:
    """Load the words of 100 languages by which justext, trafilatura's last resort, knows sentences."""
    define_stoplist(jt_stoplist_init())


def find_date(tree: HtmlElement, url: str | None) -> ParsedDate | None:
    """Return the day that htmldate takes for that of publication, None if it finds none.

    It refuses dates after a limit that is today by default; a fixed one makes the result the same whenever it runs.
    Its extensive search is left out: where that alone finds a day it is mostly the first of January of a year that the
    text mentions, and it may load the 205 languages of dateparser, which takes seconds.
    """
    try:
        found = htmldate.find_date(tree, url=url, original_date=True, extensive_search=False, max_date=_LATEST_DATE)
    except _EXTRACTOR_ERRORS:
        return None  # an article without a date is an article still, and is flagged as undated
    return parse_date(found or "")
