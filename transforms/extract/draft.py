"""The text of an article while it is repaired: its lines, where each stands on the page, and what was taken out."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from lxml.html import HtmlElement

from transforms.extract.blocks import MIN_PROSE_CHARS, Block, ancestors, block_key, index_blocks
from transforms.extract.facts import Facts
from transforms.extract.headline import fold
from transforms.extract.metadata import Metadata
from transforms.extract.phrases import SENTENCE_END

_MAIN_SHARE: Final = 0.9
_MIN_HOLDER_SHARE: Final = 0.1
_MIN_HOLDERS_SHARE: Final = 0.6
_PREFIX_CHARS: Final = 30
_INNER: Final = "p h1 h2 h3 h4 h5 h6 li ul ol dl dt dd blockquote table thead tbody tfoot tr td th pre address caption"
_INNER_TAGS: Final = frozenset(_INNER.split())
_WRAPPER_TAGS: Final = frozenset({"div", "section", "span"})

Holder = tuple[HtmlElement | None, str, str]
"""A container of paragraphs: its parent, its tag and its class. Alike containers side by side are one."""

Signature = tuple[str, str]
"""Tag and class of an element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A paragraph of the draft.

    Attributes:
        text: one line; items of lists begin with `- `.
        block: where it stands on the page, None if it is not found there.
        holder: the container that it is a paragraph of, if it is found.
        is_inside: whether it stands in the main element, as far as is known.
    """

    text: str
    block: Block | None = None
    holder: Holder | None = None
    is_inside: bool = True

    @property
    def plain(self) -> str:
        """The text without the mark of a list's item."""
        return self.text.removeprefix("- ")

    @property
    def is_prose(self) -> bool:
        """Whether it is long enough for a paragraph, and no row of links and no headline."""
        is_none = self.block is not None and (not self.block.is_mostly_text or self.block.element.tag == "h1")
        return len(self.text) >= MIN_PROSE_CHARS and not is_none

    @property
    def is_sentence(self) -> bool:
        """Whether it ends as a sentence does."""
        return SENTENCE_END.search(self.text) is not None

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading of the page."""
        return self.block is not None and self.block.is_heading

    @property
    def is_listed(self) -> bool:
        """Whether it is an item of a list or a row of a table."""
        return self.text.startswith(("- ", "|"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A line that a repair took out of the text.

    Attributes:
        repair: its name.
        text: the line.
    """

    repair: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The text of an article while it is repaired.

    Attributes:
        lines: its paragraphs.
        description: its dek, once it is found on the page.
        removed: what was taken out.
    """

    lines: tuple[Line, ...]
    description: str | None = None
    removed: tuple[Removed, ...] = ()

    def without(self, repair: str, numbers: Collection[int]) -> "Draft":
        """Return the draft without the lines of these numbers; as it is, if no line would be left."""
        if not numbers or len(numbers) >= len(self.lines):
            return self
        gone = tuple(Removed(repair=repair, text=self.lines[number].text) for number in sorted(numbers))
        kept = tuple(line for number, line in enumerate(self.lines) if number not in numbers)
        return dataclasses.replace(self, lines=kept, removed=self.removed + gone)

    def share(self, numbers: Iterable[int]) -> float:
        """Return the share of the text that stands in the lines of these numbers, in [0, 1]."""
        return sum(len(self.lines[n].text) for n in numbers) / max(1, sum(len(line.text) for line in self.lines))

    @property
    def first_prose(self) -> int:
        """Number of the first paragraph in the main element; 0 if there is none."""
        return next((number for number, line in enumerate(self.lines) if line.is_inside and line.is_prose), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as the repairs see it.

    Attributes:
        facts: what it states outside of its text.
        metadata: what was chosen of that.
        blocks: its text.
        main: the innermost element that holds nearly all of the article's prose; None if none is found on the page.
        holders: the containers of most of the prose; none where it is scattered over many.
        signatures: tag and class of the elements that this prose stands in: what they are called says nothing of boxes.
        alts: what the page's pictures are said to show, folded.
        following: text of the next line by the number of a line's block, as the extractor had them.
    """

    facts: Facts
    metadata: Metadata
    blocks: Sequence[Block] = ()
    main: HtmlElement | None = None
    holders: frozenset[Holder] = frozenset()
    signatures: frozenset[Signature] = frozenset()
    alts: frozenset[str] = frozenset()
    following: Mapping[int, str] = dataclasses.field(default_factory=dict)


def start_draft(blocks: Sequence[Block], facts: Facts, metadata: Metadata, texts: Sequence[str]) -> tuple[Page, Draft]:
    """Return a page and the draft of its text.

    Args:
        blocks: the text of the page.
        facts: what it states.
        metadata: what was chosen of that.
        texts: the paragraphs that the extractor found.
    """
    lines = align(texts, blocks)
    main = _find_main(lines)
    holders = _find_holders(lines)
    found = [line for line in lines if line.block is not None]
    page = Page(
        facts=facts,
        metadata=metadata,
        blocks=blocks,
        main=main,
        holders=holders,
        signatures=_find_signatures(lines, holders),
        alts=frozenset(
            map(fold, (*facts.alts, *facts.all("og:image:alt"), *(each.caption for each in metadata.images)))
        ),
        following={line.block.number: other.text for line, other in pairwise(found) if line.block is not None},
    )
    return page, Draft(lines=_mark_inside(lines, main))


def align(texts: Sequence[str], blocks: Sequence[Block]) -> tuple[Line, ...]:
    """Return the lines with the blocks of the page that they came from.

    Of several blocks with the same text the next one after the line before is taken. A line that is no whole block,
    as where the extractor joined or split some, is taken for the one that begins alike.
    """
    index = index_blocks(blocks)
    starts: dict[str, list[Block]] = {}
    for each in blocks:
        starts.setdefault(each.key[:_PREFIX_CHARS], []).append(each)
    counts = Counter(block.element for block in blocks)
    lines, position = [], -1
    for text in texts:
        key = block_key(text.removeprefix("- "))
        alike = starts.get(key[:_PREFIX_CHARS], []) if len(key) >= _PREFIX_CHARS else []
        candidates = index.get(key) or index.get(block_key(text)) or alike
        later = (each for each in candidates if each.number > position)
        block: Block | None = next(later, candidates[-1] if candidates else None)
        if block is not None:
            position = block.number
            if block.key == block_key(text):
                text = block.text  # the extractor adds spaces around markup within words
        lines.append(Line(text=text, block=block, holder=find_holder(block, counts) if block else None))
    return tuple(lines)


def find_holder(block: Block, counts: Mapping[HtmlElement, int]) -> Holder:
    """Return the container that a block is a paragraph of.

    Args:
        block: of the page.
        counts: number of blocks by element: a wrapper of just this block is the paragraph, not the container.
    """
    element = block.element
    if element.tag in _WRAPPER_TAGS and counts[element] == 1 and element.getparent() is not None:
        element = element.getparent()
    while element.tag in _INNER_TAGS and element.getparent() is not None:
        element = element.getparent()
    return (element.getparent(), element.tag, element.get("class") or "")


def signature(element: HtmlElement) -> Signature:
    """Return tag and class of an element."""
    return element.tag, element.get("class") or ""


def _find_main(lines: Sequence[Line]) -> HtmlElement | None:
    """Return the innermost element that holds nine tenths of the prose, None if no prose is found on the page."""
    weights: Counter[HtmlElement] = Counter()
    total = 0
    for line in lines:
        if line.is_prose and line.block is not None:
            total += len(line.text)
            for element in ancestors(line.block.element):
                weights[element] += len(line.text)
    heavy = [element for element, weight in weights.items() if weight >= _MAIN_SHARE * total]
    # Elements that hold so much stand in each other; the innermost has the most ancestors.
    main = max(heavy, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)
    while main is not None and main.tag in _INNER_TAGS:
        main = main.getparent()
    return main


def _find_holders(lines: Sequence[Line]) -> frozenset[Holder]:
    """Return the containers that have most of the prose between them, none if it is scattered over many."""
    weights: Counter[Holder] = Counter()
    for line in lines:
        if line.is_prose and line.holder is not None:
            weights[line.holder] += len(line.text)
    total = weights.total()
    found = {holder: weight for holder, weight in weights.items() if weight >= _MIN_HOLDER_SHARE * total}
    return frozenset(found) if sum(found.values()) >= _MIN_HOLDERS_SHARE * total else frozenset()


def _find_signatures(lines: Sequence[Line], holders: Collection[Holder]) -> frozenset[Signature]:
    """Return tag and class of all elements that the article's prose stands in, if that is more than one paragraph."""
    prose = [line.block for line in lines if line.is_prose and line.block is not None and line.holder in holders]
    counts = Counter(each for block in prose for each in set(map(signature, ancestors(block.element))))
    return frozenset(each for each, count in counts.items() if count > 1 or len(prose) == 1)


def _mark_inside(lines: Sequence[Line], main: HtmlElement | None) -> tuple[Line, ...]:
    """Return the lines, each with whether it stands in the main element; of those not found, as their neighbours."""
    if main is None:
        return tuple(lines)
    inside = {n: main in ancestors(line.block.element) for n, line in enumerate(lines) if line.block is not None}
    numbers = [number for number, is_inside in inside.items() if is_inside]
    between = range(min(numbers), max(numbers) + 1)
    return tuple(
        dataclasses.replace(line, is_inside=inside.get(number, number in between or line.is_prose))
        for number, line in enumerate(lines)
    )
