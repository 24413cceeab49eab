"""Text of HTML fragments, as feeds hold them: one line for titles, paragraphs for content.

Pages go through trafilatura; a fragment of a feed is all article, so that its blocks need only be told apart.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree, html

from transforms.text import valid_line, valid_text

# huge_tree: libxml2 otherwise stops at 252 levels and drops the rest in silence.
_PARSER: Final = html.HTMLParser(
    collect_ids=False, default_doctype=False, encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
)
_MARKUP: Final = re.compile(r"[<&]")
_DROPPED: Final = frozenset(
    {
        "audio",
        "button",
        "canvas",
        "figcaption",
        "noscript",
        "script",
        "select",
        "style",
        "template",
        "textarea",
        "video",
    }
)
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dir"),
        *("div", "dl", "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hr", "html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary"),
        *("table", "tbody", "tfoot", "thead", "tr", "ul"),
    }
)
_CELLS: Final = frozenset({"td", "th"})
# Tags of embedded media: one without its end tag would hide the rest of the text.
_EMBEDS: Final = re.compile(r"</?(?:applet|embed|frame|iframe|object)\b[^<>]*>", re.IGNORECASE)
# What HTML takes for a declaration, to the next `>`, and readers of feeds take for text.
_NO_DECLARATION: Final = re.compile(r"<!(?=\[CDATA\[|(?!--)[^<>]*(?:<|\Z))", re.IGNORECASE)
_SPACES: Final = re.compile(r"[ \t\r\n\f\v]+")
_BREAKS: Final = re.compile(r" *\n *")
_REPEATED_SPACES: Final = re.compile(r" {2,}")
_PARAGRAPH_ENDS: Final = re.compile(r"\n{2,}")
_LINE_BREAK: Final = "\n"
_BLOCK_EDGE: Final = "\n\n"


def html_line(fragment: str) -> str | None:
    """Return the text of a fragment as one valid line, None if nothing is left: for titles, names and summaries.

    >>> html_line("AT&amp;T <b>wins</b> 5 &lt; 6<br>sets")
    'AT&T wins 5 < 6 sets'
    """
    if not _MARKUP.search(fragment):
        return valid_line(fragment)
    return valid_line("".join(_pieces(fragment)))


def html_paragraphs(fragment: str) -> tuple[str, ...]:
    r"""Return the paragraphs of a fragment as valid text.

    Blocks are paragraphs, and so is what two `<br>` separate; one `<br>` is a line end. Scripts, forms' controls,
    embedded media and captions of figures are left out, and so are comments.

    >>> html_paragraphs("<p>One <i>and</i> a half.</p>Two,<br>still two.<br><br>Three<script>x()</script>")
    ('One and a half.', 'Two,\nstill two.', 'Three')
    """
    text = _BREAKS.sub("\n", _REPEATED_SPACES.sub(" ", valid_text("".join(_pieces(fragment)))))
    return tuple(part for part in (valid_text(part.strip()) for part in _PARAGRAPH_ENDS.split(text)) if part)


def parse_fragment(fragment: str) -> html.HtmlElement | None:
    """Return the element tree of a fragment, None if there is nothing in it."""
    mended = _NO_DECLARATION.sub("&lt;!", _EMBEDS.sub("", valid_text(fragment)))
    try:
        return html.document_fromstring(f"<html><body>{mended}".encode("utf-8", "replace"), parser=_PARSER)
    except etree.ParserError:  # lxml finds no element in it
        return None


def _pieces(fragment: str) -> Iterator[str]:
    """Yield the text of a fragment in order, with the edges of blocks and line breaks as line ends."""
    tree = parse_fragment(fragment)
    if tree is None:
        return
    walker = etree.iterwalk(tree, events=("start", "end"))  # no recursion: 50,000 levels occur
    for event, element in walker:
        edge = _edge(element.tag)
        if event == "start":
            yield edge
            if element.tag in _DROPPED:
                walker.skip_subtree()
            elif element.text:
                yield _SPACES.sub(" ", element.text)
        else:
            yield edge if element.tag != "br" else ""
            if element.tail:
                yield _SPACES.sub(" ", element.tail)


def _edge(tag: str) -> str:
    """Return what separates an element from the text around it."""
    if tag in _BLOCKS or tag in _DROPPED:
        return _BLOCK_EDGE
    if tag == "br":
        return _LINE_BREAK
    return " " if tag in _CELLS else ""
