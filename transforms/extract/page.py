"""Parsing of pages, within limits."""

import dataclasses
import functools
import re
from typing import Final

from lxml import etree, html
from trafilatura.utils import repair_faulty_html

from transforms.errors import ArticleError, Reason

# huge_tree: libxml2 otherwise stops at 252 levels and drops the rest of the page in silence.
_PARSER: Final = html.HTMLParser(
    collect_ids=False, default_doctype=False, encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
)
# lxml's own lookup of classes calls Python for each element that is met anew, which costs a tenth of the whole
# extraction; of its classes for forms, links and inputs nothing is used here or in trafilatura.
_PARSER.set_element_class_lookup(
    etree.ElementDefaultClassLookup(
        element=html.HtmlElement, comment=html.HtmlComment, pi=html.HtmlProcessingInstruction
    )
)
# No characters of XML; `\ufffe` and `\uffff` are none either.
_CONTROLS: Final = bytes({*range(0x20)} - {*b"\t\n\r"})
_HEAD_CHARS: Final = 4_096
_COUNT_ELEMENTS: Final = etree.XPath("count(descendant-or-self::*)")
_IS_DEEPER: Final = etree.XPath("boolean(//*[count(ancestor::*) >= $depth])")
_MIN_NOSCRIPT_SHARE: Final = 0.5
_MIN_NOSCRIPT_PARAGRAPHS: Final = 3
_UNSEEN: Final = ("style", "svg", "link")
_SCRIPTS: Final = etree.XPath("//script[not(@type='application/ld+json')]")
_HIDDEN_CLASS: Final = re.compile(
    r"(?:^|[\s_-])(?:sr-only|screen-?reader|visually-?hidden|hidden-?visually)", re.IGNORECASE
)
_HIDDEN_STYLE: Final = re.compile(r"clip: ?rect|display: ?none|visibility: ?hidden", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PageLimits:
    """How large a page may be. Of 1,361 news pages the largest had 10,112 elements, the deepest 51 levels.

    Attributes:
        max_elements: elements of a page; 100,000 short paragraphs take trafilatura 30 s.
        max_depth: levels of nesting.
    """

    max_elements: int = 20_000
    max_depth: int = 1_000

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if getattr(self, field.name) < 1:
                raise ValueError(f"{field.name} must be at least 1, got {getattr(self, field.name)}")


def parse_page(page: str, limits: PageLimits) -> html.HtmlElement:
    """Return the element tree of a page.

    Raises:
        ArticleError: `no_text` if there is no element, `too_many_elements`, `too_deep`.
    """
    # trafilatura's repairs are of the first lines.
    cut = page.find("\n", _HEAD_CHARS)
    head, rest = (page, "") if cut < 0 else (page[:cut], page[cut:])
    repaired = repair_faulty_html(head, head[:50].lower()) + rest
    content = repaired.replace("\ufffe", "").replace("\uffff", "").encode("utf-8", "replace")
    try:
        tree = html.document_fromstring(content.translate(None, _CONTROLS), parser=_PARSER)
    except etree.ParserError as error:
        raise ArticleError(Reason.NO_TEXT, f"not a page: {error}") from error
    elements = int(_COUNT_ELEMENTS(tree))
    if elements > limits.max_elements:
        raise ArticleError(Reason.TOO_MANY_ELEMENTS, f"{elements} elements, the limit is {limits.max_elements}")
    if elements > limits.max_depth and _IS_DEEPER(tree, depth=limits.max_depth):
        raise ArticleError(Reason.TOO_DEEP, f"nested deeper than the limit of {limits.max_depth} levels")
    return tree


def open_noscripts(tree: html.HtmlElement) -> None:
    """Make containers in place of those `noscript` elements that hold most of the text: ones that were never closed."""
    for noscript in list(tree.iter("noscript")):
        if len(noscript.findall(".//p")) < _MIN_NOSCRIPT_PARAGRAPHS:
            continue  # a note to those without scripts, or a picture
        if len(noscript.text_content()) > _MIN_NOSCRIPT_SHARE * len(tree.text_content()):
            noscript.tag = "div"


def strip_unseen(tree: html.HtmlElement) -> None:
    """Remove in place what no reader sees and nothing reads after the facts of the page: each copy then costs less.

    Labels for screen readers go too, such as `opens new tab` in a link: they stand in the midst of sentences.
    trafilatura and htmldate read JSON-LD themselves where a page has little else, so that stays.
    """
    etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    for script in _SCRIPTS(tree):
        script.drop_tree()
    for label in [span for span in tree.iter("span") if _is_hidden(span)]:
        label.drop_tree()


def _is_hidden(span: html.HtmlElement) -> bool:
    names, style = span.get("class"), span.get("style")
    return bool((names and _is_hidden_class(names)) or (style and _HIDDEN_STYLE.search(style)))


@functools.lru_cache(maxsize=4_096)  # a page has few classes
def _is_hidden_class(names: str) -> bool:
    return _HIDDEN_CLASS.search(names) is not None
