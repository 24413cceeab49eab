"""The dek, and paragraphs that the extractor left out."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from transforms.extract.blocks import FIGURE_TAGS, SEPARATE_TAGS, Block, ancestors, block_key
from transforms.extract.draft import Draft, Holder, Line, Page, find_holder, signature
from transforms.extract.facts import Facts
from transforms.extract.headline import fold
from transforms.extract.phrases import (
    BOX_CLASS,
    CAPTION_CLASS,
    CREDIT,
    DEK_CLASS,
    INNER_SENTENCE_END,
    PROMO,
    SENTENCE_END,
)

_MAX_DEK_CHARS: Final = 200
_MAX_DEK_SENTENCES: Final = 2
_MAX_DEK_LINES: Final = 4
_DEK_TAGS: Final = frozenset({"p", "h2", "h3", "strong", "b"})
_MIN_DEK_CHARS: Final = 25
_MIN_BODY_CHARS: Final = 300
_MAX_OPENING_CHARS: Final = 400
_MIN_OPENING_CHARS: Final = 40
_BLOCKS_ABOVE: Final = 80
_MIN_RESTORED_CHARS: Final = 50
_MIN_KEY_CHARS: Final = 4
_MAX_HEADING_CHARS: Final = 150
_MAX_LINK_SHARE: Final = 0.3


def move_dek(page: Page, draft: Draft) -> Draft:
    """Take the dek out of the text, or off the page where the extractor left it out, and put it into `description`.

    A dek stands above the paragraphs, has one or two sentences, and is what the page says of itself in its meta tags,
    or is marked as a dek, or is the only sentence between headline and text. What is longer is no dek but the
    article's opening: it is left, or put, at the top of the text.
    """
    stated = [key for each in _stated_descriptions(page.facts) if len(key := fold(each)) >= _MIN_DEK_CHARS]
    for line in draft.lines[: draft.first_prose + 1]:
        if line.block is not None and _is_dek(line.block, line.holder, page, stated):
            dek = _with_line_breaks(line.block, page)
            gone = {each.number for each in dek}
            kept = tuple(other for other in draft.lines if other.block is None or other.block.number not in gone)
            text = " ".join(each.text for each in dek) if len(dek) > 1 else line.plain
            if not _is_short(text) or sum(len(other.text) for other in kept) < _MIN_BODY_CHARS:
                return draft
            return dataclasses.replace(draft, lines=kept, description=text)
    block = _find_above(page, draft, stated)
    if block is None:
        return draft
    text = " ".join(each.text for each in _with_line_breaks(block, page))
    if _is_short(text):
        return dataclasses.replace(draft, description=text)
    return dataclasses.replace(draft, lines=(Line(text=text, block=block), *draft.lines))


def _with_line_breaks(block: Block, page: Page) -> list[Block]:
    """Return a block and those of the same element about it, which line breaks part from it: a dek is one paragraph."""
    near = page.blocks[max(0, block.number - _MAX_DEK_LINES) : block.number + _MAX_DEK_LINES]
    return [each for each in near if each.element is block.element] if block.element.tag in _DEK_TAGS else [block]


def _stated_descriptions(facts: Facts) -> list[str | None]:
    tags = ("og:description", "description", "twitter:description", "dc.description", "sailthru.description")
    return [facts.jsonld.description, *facts.all(*tags)]


def _is_short(text: str) -> bool:
    return len(text) <= _MAX_DEK_CHARS and len(INNER_SENTENCE_END.findall(text)) < _MAX_DEK_SENTENCES


def _is_dek(block: Block, holder: Holder | None, page: Page, stated: Sequence[str]) -> bool:
    """Whether a block above the paragraphs, or the first of them, is said or marked to be the dek."""
    if len(block.text) < _MIN_DEK_CHARS or block.link_share > _MAX_LINK_SHARE:
        return False
    for element in (block.element, block.element.getparent()):
        if element is None or element is page.main or signature(element) in page.signatures:
            continue
        if DEK_CLASS.search(f"{element.get('class') or ''} {element.get('itemprop') or ''}"):
            return True
    is_apart = holder not in page.holders or block.is_heading or block.bold_chars > 0.9 * len(block.text)
    key = fold(block.text)
    return is_apart and any(_is_alike(key, other) for other in stated)


def _is_alike(key: str, stated: str) -> bool:
    """Whether one is the other, or more than half of it, at its beginning or end; it may be cut in a word."""
    short, long = sorted((key, stated), key=len)
    is_part = long.startswith(short[:-3]) or long.endswith(short)
    return _MIN_DEK_CHARS < len(short) > 0.5 * len(long) and is_part


def _find_above(page: Page, draft: Draft, stated: Sequence[str]) -> Block | None:
    """Return the block above the text that is the dek, None if there is none or the text has it."""
    text = draft.lines[draft.first_prose :]
    first = min((line.block.number for line in text if line.block is not None), default=0)
    above = page.blocks[max(0, first - _BLOCKS_ABOVE) : first]
    known = {fold(line.text) for line in draft.lines}
    free = [b for b in above if b.element.tag not in ("li", "title") and not _is_apart(b) and fold(b.text) not in known]
    found = next((block for block in free if _is_dek(block, None, page, stated)), None)
    return found or _find_opening(page, draft, above)


def _is_apart(block: Block) -> bool:
    return any(element.tag in FIGURE_TAGS or element.tag in SEPARATE_TAGS for element in ancestors(block.element))


def _find_opening(page: Page, draft: Draft, above: Sequence[Block]) -> Block | None:
    """Return the only sentence between the headline and the text, None if there is none or there are several."""
    titles = {fold(page.metadata.title), *map(fold, page.facts.headings[:1])}
    starts = [number for number, block in enumerate(above) if fold(block.text) in titles]
    if not starts:
        return None
    known = {fold(each.text) for each in draft.removed} | {fold(line.text) for line in draft.lines}
    found = [block for block in above[starts[-1] + 1 :] if _is_opening(block) and fold(block.text) not in known]
    return found[0] if len(found) == 1 else None


def _is_opening(block: Block) -> bool:
    if block.element.tag not in ("p", "div", "h2", "h3") or block.link_share > _MAX_LINK_SHARE:
        return False
    if not _MIN_OPENING_CHARS <= len(block.text) <= _MAX_OPENING_CHARS or not _is_sentence(block.text):
        return False
    above = list(ancestors(block.element))
    if _is_apart(block) or any(element.tag == "table" for element in above):
        return False
    names = " ".join(element.get("class") or "" for element in above[:3])
    return not CAPTION_CLASS.search(names) and not BOX_CLASS.search(names)


def _is_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does and is no promotion or credit."""
    return bool(SENTENCE_END.search(text)) and not PROMO.search(text) and not CREDIT.search(text)


def is_repeated(description: str, draft: Draft) -> bool:
    """Whether the text says what a description says, which may be cut at its end."""
    return fold(description.rstrip(".… ")) in fold("\n".join(line.text for line in draft.lines))


def restore_paragraphs(page: Page, draft: Draft) -> Draft:
    """Put back paragraphs and headings among those found, in the same containers, that the extractor left out."""
    numbers = [line.block.number for line in draft.lines if line.block is not None and line.holder in page.holders]
    if not numbers:
        return draft
    texts = [line.plain for line in draft.lines] + [each.text for each in draft.removed] + [draft.description or ""]
    keys = [key for text in texts if len(key := block_key(text)) >= _MIN_KEY_CHARS]
    known = "\n".join(keys)
    counts = Counter(block.element for block in page.blocks)
    lines = list(draft.lines)
    for block in page.blocks[max(0, min(numbers) - 5) : max(numbers)]:
        key = block.key
        # The extractor may have a heading without the time or number before it.
        is_known = key in known or (block.is_heading and any(key.endswith(each) for each in keys))
        if is_known or not _is_missing(block, page):
            continue
        holder = find_holder(block, counts)
        if _is_held(holder, page.holders):
            later = (n for n, line in enumerate(lines) if line.block is not None and line.block.number > block.number)
            lines.insert(next(later), Line(text=block.text, block=block, holder=holder))
    return dataclasses.replace(draft, lines=tuple(lines))


def _is_held(holder: Holder, holders: Collection[Holder]) -> bool:
    """Whether a container is one of the article's, or has the same class as one."""
    return holder in holders or bool(holder[2] and any(holder[1:] == other[1:] for other in holders))


def _is_missing(block: Block, page: Page) -> bool:
    """Whether a block among the paragraphs is a paragraph, or the heading of one."""
    if block.link_share > _MAX_LINK_SHARE:
        return False
    if block.is_heading:
        following = page.blocks[block.number + 1 : block.number + 2]
        is_heading = len(block.text) < _MAX_HEADING_CHARS and not PROMO.search(block.text)
        return is_heading and any(_is_paragraph(other, page) for other in following)
    return _is_paragraph(block, page)


def _is_paragraph(block: Block, page: Page) -> bool:
    element = block.element
    if element.tag not in ("p", "div", "blockquote") or len(block.text) < _MIN_RESTORED_CHARS:
        return False
    if not _is_sentence(block.text):
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return signature(element) in page.signatures or not (BOX_CLASS.search(names) or CAPTION_CLASS.search(names))
