"""The pictures of an article, with caption and credit."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml.html import HtmlElement

from transforms.extract.facts import Facts, element_line, join_url
from transforms.extract.headline import fold
from transforms.plaintext import read_caption
from transforms.records import Image
from transforms.text import valid_line

_MAX_FIGURES: Final = 30
_CREDIT_CLASS: Final = re.compile(r"credit|copyright|rights|author|source|quelle|photographer|fotograf", re.IGNORECASE)
_CREDIT_START: Final = re.compile(
    r"^\W*(?:photo(?:graph)?s?|image|picture|foto|bild|crédits?|credits?)?\W*(?:credit|by|courtesy of)?\s*[:©]?\s*",
    re.IGNORECASE,
)
_LAZY: Final = ("src", "data-src", "data-original", "data-lazy-src")
_FILE_NAME: Final = re.compile(r"[^/?#]+\.(?:avif|gif|jpe?g|png|webp)", re.IGNORECASE)


def read_images(main: HtmlElement | None, facts: Facts, stated: Iterable[Image]) -> tuple[Image, ...]:
    """Return the stated pictures and those in figures of the article, each once.

    Args:
        main: element that holds the article; figures elsewhere are not its own.
        facts: of the page.
        stated: pictures of the meta tags and the JSON-LD; a caption that they lack is taken from their figure.
    """
    figures = list(_read_figures(main, facts)) if main is not None else []
    by_name = {_file_name(figure.url): figure for figure in reversed(figures)}
    merged = []
    for image in stated:
        figure = by_name.pop(_file_name(image.url), None)
        caption = image.caption or (figure.caption if figure else None)
        credit = image.credit or (figure.credit if figure else None)
        merged.append(Image(url=image.url, caption=caption, credit=credit))
    known = {fold(image.caption) for image in merged if image.caption}
    merged += [each for each in figures if _file_name(each.url) in by_name and fold(each.caption) not in known]
    return tuple(dict.fromkeys(merged))


def _file_name(url: str | None) -> str:
    """Return what tells a picture from others: the name of its file, whatever its size and server."""
    match = _FILE_NAME.search(url or "")
    return match[0].casefold() if match else (url or "")


def _read_figures(main: HtmlElement, facts: Facts) -> Iterator[Image]:
    for _, figure in zip(range(_MAX_FIGURES), main.iter("figure"), strict=False):
        picture = next(figure.iter("img"), None)
        text = next(figure.iter("figcaption"), None)
        if picture is None or text is None:
            continue
        address = next((value for name in _LAZY if (value := valid_line(picture.get(name)))), None)
        url = join_url(facts.base_url or facts.canonical_url, address) if address else None
        caption, credit = _split_caption(text)
        if caption or credit:
            yield Image(url=url, caption=caption, credit=credit)


def _split_caption(element: HtmlElement) -> tuple[str | None, str | None]:
    """Return the caption and the credit of a `figcaption`; the credit is what is marked as one."""
    whole = element_line(element) or ""
    for part in element.iterdescendants():
        if isinstance(part.tag, str) and _CREDIT_CLASS.search(part.get("class") or ""):
            credit = element_line(part)
            if credit and credit in whole:
                caption = valid_line(whole.replace(credit, " ").strip(" |·–-"))  # noqa: RUF001
                return caption, valid_line(_CREDIT_START.sub("", credit)) or credit
    image = read_caption(whole)
    return image.caption, image.credit
