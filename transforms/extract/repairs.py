"""Repairs of the text that trafilatura finds: what is no part of the article goes, what is missing comes back.

Each repair is a function of the page and the draft of its text; `REPAIRS` has them in the order in which they are made.
They rest on how news pages are built: where a line stands, how much of it is links, what else says the same.
docs/cleaning.md has the measured effect of each.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from typing import Final

from lxml.html import HtmlElement

from transforms.extract.blocks import FIGURE_TAGS, SEPARATE_TAGS, ancestors
from transforms.extract.dek import move_dek, restore_paragraphs
from transforms.extract.draft import Draft, Holder, Line, Page, signature
from transforms.extract.headline import fold
from transforms.extract.names import is_name_line
from transforms.extract.phrases import BOX_CLASS, BYLINE, CAPTION_CLASS, CREDIT, PROMO, SIGNATURE

_MIN_KEY_CHARS: Final = 4
_MIN_TITLE_KEY_CHARS: Final = 16
_MIN_OPENING_CHARS: Final = 40
_MAX_LINK_SHARE: Final = 0.8
_MAX_LINKS_SHARE: Final = 0.4  # of a text; more is a list of links, and that is what the page is about
_MAX_CAPTION_CHARS: Final = 400
_MAX_CAPTIONS_SHARE: Final = 0.3
_MAX_PROMO_CHARS: Final = 220
_MAX_FRONT_CHARS: Final = 60
_MAX_LABEL_CHARS: Final = 60
_MAX_HEADING_CHARS: Final = 100
_MAX_BOX_SHARE: Final = 0.3
_MAX_TAIL_LINES: Final = 6
_MAX_CREDIT_CHARS: Final = 250
_MIN_SENTENCE_SHARE: Final = 0.7
_MIN_STATED_CHARS: Final = 500
_MIN_STATED_SHARE: Final = 0.85
_MIN_TOLD_SHARE: Final = 0.6
_EDGE_CHARS: Final = 40
_ADDRESSES: Final = ("http://", "https://")
_SPEECH_ENDS: Final = ("”", '"', "“", "»")
# What stands before a link in a teaser; the words before it are few.
_LABELLED: Final = re.compile(r"^.{2,60}?(?::|\||–|»|>|\+\+)\s+(?P<link>.{16,})$")  # noqa: RUF001

Repair = Callable[[Page, Draft], Draft]


def drop_headline(page: Page, draft: Draft) -> Draft:
    """Remove lines that say the headline again, with a kicker before it or without."""
    facts = page.facts
    titles = [page.metadata.title, facts.jsonld.headline, facts.first("og:title"), facts.page_title]
    keys = {key for title in titles if len(key := fold(title)) >= _MIN_KEY_CHARS}
    above = keys | {key for title in facts.headings if len(key := fold(title)) >= _MIN_KEY_CHARS}
    first = draft.first_prose
    gone = set()
    for number, line in enumerate(draft.lines):
        key = fold(line.text)
        is_above = number < first and (key in above or any(_is_with_kicker(key, other) for other in above))
        if is_above or (key in keys and not line.is_sentence):
            gone.add(number)
    return draft.without("headline", gone)


def _is_with_kicker(key: str, title: str) -> bool:
    """Whether one of the two is the other with some words before it."""
    short, long = sorted((key, title), key=len)
    return len(short) >= _MIN_TITLE_KEY_CHARS and long.endswith(short) and len(long) < 2 * len(short)


def cut_surroundings(page: Page, draft: Draft) -> Draft:
    """Remove lines outside of the element that holds nine tenths of the prose, but for sentences above it."""
    first = draft.first_prose
    gone = set()
    for number, line in enumerate(draft.lines):
        is_opening = number < first and line.is_sentence and len(line.text) >= _MIN_OPENING_CHARS
        if not line.is_inside and not is_opening:
            gone.add(number)
    return draft.without("surroundings", gone)


def drop_captions(page: Page, draft: Draft) -> Draft:
    """Remove captions and credits of pictures."""
    gone = {number for number, line in enumerate(draft.lines) if _is_caption(line, page)}
    return draft.without("captions", gone) if draft.share(gone) <= _MAX_CAPTIONS_SHARE else draft


def _is_caption(line: Line, page: Page) -> bool:
    """Whether a line stands in a figure, says what a picture's `alt` says, or is marked as a caption."""
    if line.block is None or len(line.text) > _MAX_CAPTION_CHARS:
        return False
    above = list(ancestors(line.block.element))[:4]
    tags = {element.tag for element in above}
    if tags & FIGURE_TAGS and not tags & {"blockquote", "table"}:
        return True
    key = fold(line.text)
    if len(key) >= _MIN_TITLE_KEY_CHARS and key in page.alts and not line.is_heading:
        return True
    marked = (element for element in above[:2] if signature(element) not in page.signatures)
    is_marked = any(CAPTION_CLASS.search(element.get("class") or "") for element in marked)
    return is_marked and line.holder not in page.holders


def drop_links(page: Page, draft: Draft) -> Draft:
    """Remove lines that are links and hardly anything else, or a label and a link: teasers of other articles."""
    gone = {number for number, line in enumerate(draft.lines) if _is_teaser(line)} | _link_lists(draft.lines)
    return draft.without("links", gone) if draft.share(gone) <= _MAX_LINKS_SHARE else draft


def _is_teaser(line: Line) -> bool:
    """Whether a line is a link, or a label and a link. An address that is written out is no teaser."""
    if line.block is None or line.plain.startswith(_ADDRESSES):
        return False
    if line.block.link_share >= _MAX_LINK_SHARE:
        return True
    labelled = _LABELLED.match(line.block.text)
    return labelled is not None and 0.9 <= line.block.link_chars / len(labelled["link"]) <= 1.2


def _link_lists(lines: Sequence[Line]) -> set[int]:
    """Return the numbers of the items of lists that are links for the most part, and no sentences."""
    lists: dict[HtmlElement, list[int]] = {}
    for number, line in enumerate(lines):
        if line.block is not None and line.block.element.tag == "li":
            lists.setdefault(line.block.element.getparent(), []).append(number)
    gone: set[int] = set()
    for numbers in lists.values():
        items = [lines[number] for number in numbers]
        chars = sum(len(line.text) for line in items)
        link_chars = sum(line.block.link_chars for line in items if line.block)
        ended = sum(line.text.endswith((".", "。")) for line in items)
        if len(items) > 1 and link_chars >= 0.5 * chars and ended <= len(items) / 3:
            gone.update(numbers)
    return gone


def drop_promos(page: Page, draft: Draft) -> Draft:
    """Remove lines that ask the reader to read, follow, sign up for or buy something else."""
    gone = set()
    for number, line in enumerate(draft.lines):
        if len(line.plain) > _MAX_PROMO_CHARS or not PROMO.search(line.plain):
            continue
        has_link = line.block is not None and line.block.link_chars > 0
        is_last = number >= len(draft.lines) - 4
        if not line.is_sentence or has_link or is_last or len(line.plain) < _MAX_LABEL_CHARS:
            gone.add(number)
    return draft.without("promos", gone)


def drop_front_matter(page: Page, draft: Draft) -> Draft:
    """Remove what stands before the first paragraph and is none: kicker, byline, date, minutes to read."""
    openings = (
        number
        for number, line in enumerate(draft.lines)
        if line.is_prose or (line.is_sentence and len(line.text) >= _MIN_OPENING_CHARS)
    )
    first = next(openings, 0)
    names = {fold(author.name) for author in page.metadata.authors}
    gone = {
        number
        for number, line in enumerate(draft.lines[:first])
        if len(line.text) < _MAX_FRONT_CHARS and _is_front_matter(line, page, names)
    }
    return draft.without("front_matter", gone)


def _is_front_matter(line: Line, page: Page, names: Collection[str]) -> bool:
    if fold(line.plain) in names or (BYLINE.search(line.plain) and not line.is_heading):
        return True
    if line.is_sentence or line.plain.endswith((",", ":")) or line.block is None:
        return False
    if page.metadata.is_unsigned and is_name_line(line.plain) and not line.is_heading:
        return True
    return line.holder not in page.holders and bool(page.holders)


def drop_boxes(page: Page, draft: Draft) -> Draft:
    """Remove what stands in boxes among the paragraphs: facts, newsletters, notes on the author, other articles."""
    boxes: dict[Holder | None, list[int]] = {}
    for number, line in enumerate(draft.lines):
        if page.holders and line.block is not None and line.holder not in page.holders:
            boxes.setdefault(line.holder, []).append(number)
    first = draft.first_prose
    gone: set[int] = set()
    for numbers in boxes.values():
        line = draft.lines[numbers[0]]
        is_opening = numbers[0] <= first and line.is_prose
        is_only_heading = len(numbers) == 1 and line.is_heading
        if draft.share(numbers) <= _MAX_BOX_SHARE and not is_opening and not is_only_heading and _is_box(line, page):
            gone.update(numbers)
    return draft.without("boxes", gone)


def _is_box(line: Line, page: Page) -> bool:
    """Whether an element between a line and the main element is called a box, and none that holds the prose is."""
    assert line.block is not None
    for element in ancestors(line.block.element):
        if element is page.main:
            return False
        if signature(element) in page.signatures:
            continue
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag in SEPARATE_TAGS or BOX_CLASS.search(names):
            return True
    return False


def drop_repeats(page: Page, draft: Draft) -> Draft:
    """Remove labels beside the paragraphs that stand there more than once, and paragraphs said twice in a row."""
    keys = [fold(line.text) for line in draft.lines]
    counts = Counter(key for key in keys if len(key) >= _MIN_KEY_CHARS)
    gone = set()
    for number, (line, key) in enumerate(zip(draft.lines, keys, strict=True)):
        is_beside = line.block is not None and bool(page.holders) and line.holder not in page.holders
        is_label = counts[key] > 1 and len(line.text) < _MAX_LABEL_CHARS and not line.is_sentence
        if (is_label and is_beside) or (number > 0 and line.is_prose and key == keys[number - 1]):
            gone.add(number)
    return draft.without("repeats", gone)


def drop_tail(page: Page, draft: Draft) -> Draft:
    """Remove what stands after the last paragraph: signatures, credits, notes on the author, headings of nothing."""
    names = [name for author in page.metadata.authors if len(name := fold(author.name)) >= _MIN_KEY_CHARS + 3]
    long = [line for line in draft.lines if line.is_prose]
    if sum(line.is_sentence for line in long) < _MIN_SENTENCE_SHARE * len(long):
        return draft  # written without periods
    last = len(draft.lines)
    while last > 1 and _is_tail(draft.lines[last - 1], names):
        last -= 1
    numbers = range(last, len(draft.lines))
    return draft.without("tail", numbers) if len(numbers) <= _MAX_TAIL_LINES else draft


def _is_tail(line: Line, names: Sequence[str]) -> bool:
    if CREDIT.search(line.plain) and len(line.plain) < _MAX_CREDIT_CHARS:
        return True
    key = fold(line.plain)
    if any(key.startswith(name) for name in names) and not line.plain.endswith(_SPEECH_ENDS):
        return True  # a note on the author begins with the name
    if line.is_sentence or line.is_listed or len(line.plain) >= _MAX_HEADING_CHARS:
        return False
    return line.is_heading or SIGNATURE.search(line.plain) is not None


def drop_unstated(page: Page, draft: Draft) -> Draft:
    """Remove lines that the page's own statement of the whole text (`articleBody`) does not have.

    Only where that is plainly the whole text: nearly all of the prose is in it, and it is not much longer. It often
    lacks the opening, the headings and the lists, so those stay.
    """
    stated = fold(page.facts.jsonld.body)
    if len(stated) < _MIN_STATED_CHARS:
        return draft
    missing = {number for number, line in enumerate(draft.lines) if not _is_stated(line, stated)}
    prose = sum(len(line.text) for line in draft.lines if line.is_prose)
    found = sum(len(line.text) for n, line in enumerate(draft.lines) if line.is_prose and n not in missing)
    if found < _MIN_STATED_SHARE * prose or found < _MIN_TOLD_SHARE * len(page.facts.jsonld.body or ""):
        return draft
    first = min(set(range(len(draft.lines))) - missing, default=0)
    return draft.without("unstated", {n for n in missing if n > first and not draft.lines[n].is_listed})


def _is_stated(line: Line, stated: str) -> bool:
    """Whether a line is a heading, or its beginning or end is stated."""
    key = fold(line.text)
    return line.is_heading or key[:_EDGE_CHARS] in stated or key[-_EDGE_CHARS:] in stated


def drop_orphans(page: Page, draft: Draft) -> Draft:
    """Remove headings and labels whose content other repairs took away."""
    removed = {fold(each.text) for each in draft.removed if each.repair in ("links", "boxes", "captions", "promos")}
    gone = set()
    for number, line in enumerate(draft.lines):
        if line.block is None or line.is_sentence or line.is_listed or len(line.text) >= _MAX_HEADING_CHARS:
            continue
        after = draft.lines[number + 1] if number + 1 < len(draft.lines) else None
        is_empty = after is None or after.is_heading
        is_label = line.is_heading or line.text.endswith(":")
        if is_label and is_empty and fold(page.following.get(line.block.number)) in removed:
            gone.add(number)
    return draft.without("orphans", gone)


REPAIRS: Final[Mapping[str, Repair]] = {
    "headline": drop_headline,
    "dek": move_dek,
    "restore": restore_paragraphs,
    "surroundings": cut_surroundings,
    "captions": drop_captions,
    "links": drop_links,
    "promos": drop_promos,
    "front_matter": drop_front_matter,
    "boxes": drop_boxes,
    "repeats": drop_repeats,
    "tail": drop_tail,
    "unstated": drop_unstated,
    "orphans": drop_orphans,
}
"""All repairs by name, in the order in which they are made."""


def repair(page: Page, draft: Draft, skip: Container[str] = ()) -> Draft:
    """Return the draft with all repairs made but those in `skip`."""
    for name, function in REPAIRS.items():
        if name not in skip:
            draft = function(page, draft)
    return draft
