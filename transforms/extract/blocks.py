"""The text of a page as blocks: runs of text between the boundaries that a browser breaks at, with where they stand."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

_BLOCKS: Final = (
    "address article aside blockquote body br button caption center dd details dialog div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol option p pre section select summary"
    " table tbody td tfoot th thead tr ul"
)
_SILENT: Final = (
    "audio canvas datalist embed head iframe input link map math meta noscript object script source style svg template"
    " textarea title track video"
)
BLOCK_TAGS: Final = frozenset(_BLOCKS.split())
SILENT_TAGS: Final = frozenset(_SILENT.split())
FIGURE_TAGS: Final = frozenset({"figure", "figcaption", "caption"})
SEPARATE_TAGS: Final = frozenset({"aside", "button", "dialog", "footer", "form", "menu", "nav"})
"""Elements whose text is never the article's own."""

_BOLD_TAGS: Final = frozenset({"b", "strong"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
MIN_PROSE_CHARS: Final = 80
"""Shortest paragraph, in characters, that counts as prose."""

_MAX_PROSE_LINK_SHARE: Final = 0.5
_INVISIBLE: Final = re.compile("[\xad\u200b-\u200d\u2060\ufeff]")


@dataclass(slots=True)
class Block:
    """A run of text on the page.

    Attributes:
        text: with single spaces.
        element: the block element that holds it.
        link_chars: how many of its characters are in links.
        bold_chars: how many are in bold type.
        number: its place among the blocks.
        key: see `block_key`.
    """

    text: str
    element: HtmlElement
    link_chars: int
    bold_chars: int
    number: int
    key: str

    @property
    def link_share(self) -> float:
        """Share of the text that is in links, in [0, 1]."""
        return self.link_chars / len(self.text)

    @property
    def is_prose(self) -> bool:
        """Whether it is long enough for a paragraph, and no row of links."""
        return len(self.text) >= MIN_PROSE_CHARS and self.is_mostly_text

    @property
    def is_mostly_text(self) -> bool:
        """Whether no more than half of it is in links."""
        return self.link_share <= _MAX_PROSE_LINK_SHARE

    @property
    def is_heading(self) -> bool:
        """Whether a heading element holds it."""
        return self.element.tag in _HEADINGS


def block_key(text: str) -> str:
    """Return what two spellings of one line have in common: its characters without white space."""
    return "".join((text if text.isascii() else _INVISIBLE.sub("", text)).split())


class _Reader:
    """Collects the blocks of a tree in one pass, without recursion: pages may be nested deeper than Python's stack."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._link_chars = self._bold_chars = 0
        self._links = self._bolds = 0

    def read(self, root: HtmlElement) -> None:
        """Read all below an element, and its own text."""
        holders = [root]
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag
            if event == "start":
                if not isinstance(tag, str) or tag in SILENT_TAGS:
                    walker.skip_subtree()
                    continue
                self._count(tag, 1)
                if tag in BLOCK_TAGS:
                    self._end(holders[-1])
                    # a line break ends a run of the element that it stands in
                    holders.append(holders[-1] if tag == "br" else element)
                self._add(element.text)
                continue
            if isinstance(tag, str) and tag not in SILENT_TAGS:
                self._count(tag, -1)
                if tag in BLOCK_TAGS:
                    self._end(holders.pop())
            if element is not root:
                self._add(element.tail)

    def _count(self, tag: str, step: int) -> None:
        """Count the links and the bold elements that are open."""
        if tag == "a":
            self._links += step
        elif tag in _BOLD_TAGS:
            self._bolds += step

    def _add(self, text: str | None) -> None:
        if not text:
            return
        self._parts.append(text)
        if self._links or self._bolds:
            chars = len(" ".join(text.split()))
            self._link_chars += chars if self._links else 0
            self._bold_chars += chars if self._bolds else 0

    def _end(self, holder: HtmlElement) -> None:
        if not self._parts:
            return
        text = " ".join("".join(self._parts).split())
        if text:
            counts = (min(self._link_chars, len(text)), min(self._bold_chars, len(text)))
            self.blocks.append(Block(text, holder, *counts, len(self.blocks), block_key(text)))
        self._parts, self._link_chars, self._bold_chars = [], 0, 0


def read_blocks(tree: HtmlElement) -> list[Block]:
    """Return the blocks of a page in their order."""
    reader = _Reader()
    body = tree.find("body")
    reader.read(tree if body is None else body)
    return reader.blocks


def index_blocks(blocks: Sequence[Block]) -> Mapping[str, list[Block]]:
    """Return the blocks by `block_key`."""
    found: dict[str, list[Block]] = {}
    for block in blocks:
        found.setdefault(block.key, []).append(block)
    return found


def ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield an element and all that it stands in."""
    yield element
    yield from element.iterancestors()
