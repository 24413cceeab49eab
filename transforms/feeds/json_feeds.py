"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from transforms.errors import ArticleError, Reason
from transforms.feeds.entries import make_links_absolute
from transforms.feeds.parsed import MAX_AUTHORS, MAX_CATEGORIES, MAX_MEDIA, ParsedFeed, absolute_url
from transforms.html_text import html_line
from transforms.records import Author, FeedEntry, Image
from transforms.text import decode_text, valid_line, valid_text

Values = Mapping[str, Any]

_ITEMS: Final = '"items"'
_SEPARATORS: Final = " \t\r\n,"


def parse_json_feed(body: bytes, *, url: str, max_entries: int) -> ParsedFeed:
    """Return the feed in a JSON document; of one that is cut, the items before the cut.

    Values of a wrong type count as missing, but a number is taken where text is wanted. Of keys that are there twice
    the last counts.

    Args:
        body: the document.
        url: address of the feed, which relative links hang on.
        max_entries: most items of a feed.

    Raises:
        ArticleError: `empty_body`, `binary_input`, `not_a_feed` or `too_large`.
    """
    text = decode_text(body, "utf-8").lstrip("\x00")
    bozo = None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:  # no JSON; nested deeper than Python reads
        bozo = f"{type(error).__name__}: {error}"
        values = {"items": list(_salvage_items(text, max_entries))}
    items = values.get("items")
    if not isinstance(items, list) or (bozo and not items):
        raise ArticleError(Reason.NOT_A_FEED, bozo or "a JSON document without a list of items")
    if len(items) > max_entries:
        raise ArticleError(Reason.TOO_LARGE, f"{len(items)} items, the limit is {max_entries}")
    return _read_feed(values, [item for item in items if isinstance(item, dict)], url, bozo)


def _salvage_items(text: str, max_entries: int) -> Iterator[Values]:
    """Yield the items of a cut document, one more than the most at most."""
    decoder = json.JSONDecoder()
    position = text.find("[", text.find(_ITEMS)) + 1 if _ITEMS in text else 0
    for _ in range(max_entries + 1 if position else 0):
        while position < len(text) and text[position] in _SEPARATORS:
            position += 1
        try:
            item, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):  # here the document ends, or is no JSON any more
            return
        if isinstance(item, dict):
            yield item


def _read_feed(values: Values, items: list[Values], url: str, bozo: str | None) -> ParsedFeed:
    title, language = valid_line(_text(values, "title")), valid_line(_text(values, "language"))
    authors = tuple(_authors(values))
    return ParsedFeed(
        kind="json_feed",
        title=title,
        language=language,
        site_url=absolute_url(url, _text(values, "home_page_url")),
        entries=tuple(_read_item(item, position, url, title, language, authors) for position, item in enumerate(items)),
        is_truncated=bozo is not None,
        bozo=bozo,
    )


def _read_item(
    item: Values, position: int, url: str, title: str | None, language: str | None, authors: tuple[Author, ...]
) -> FeedEntry:
    guid = valid_line(_text(item, "id"))
    stated = _text(item, "url") or _text(item, "external_url")
    link = stated or (guid if guid and guid.startswith(("http://", "https://")) else None)
    attachments = tuple(_attachments(item, url))
    pictures = (_text(item, "image"), _text(item, "banner_image"))
    addresses = [found for picture in pictures if (found := absolute_url(url, picture))]
    addresses += [address for address, kind in attachments if kind.startswith("image/")]
    return FeedEntry(
        feed_url=url,
        feed_title=title,
        position=position,
        guid=guid,
        link=absolute_url(url, link),
        title=valid_line(_text(item, "title")),
        summary=html_line(_text(item, "summary") or ""),
        content=_content(item, url),
        authors=tuple(_authors(item)) or authors,
        categories=_tags(item),
        images=tuple(Image(url=address) for address in dict.fromkeys(addresses)),
        enclosures=tuple(dict.fromkeys(address for address, _ in attachments)),
        language=valid_line(_text(item, "language")) or language,
        published=valid_line(_text(item, "date_published")),
        updated=valid_line(_text(item, "date_modified")),
    )


def _text(values: Values, key: str) -> str | None:
    """Return a value that is text or a number, as text."""
    value = values.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _objects(values: Values, key: str, limit: int) -> list[Values]:
    """Return the objects in a list."""
    listed = values.get(key)
    return [value for value in listed[:limit] if isinstance(value, dict)] if isinstance(listed, list) else []


def _authors(values: Values) -> Iterator[Author]:
    """Yield the authors of version 1.1 (a list), else the one of version 1.0."""
    single = values.get("author")
    listed = _objects(values, "authors", MAX_AUTHORS) or ([single] if isinstance(single, dict) else [])
    for author in listed:
        if name := valid_line(_text(author, "name")):
            yield Author(name=name, url=absolute_url("", _text(author, "url")))


def _tags(item: Values) -> tuple[str, ...]:
    tags = item.get("tags")
    words = [valid_line(tag) for tag in tags[:MAX_CATEGORIES] if isinstance(tag, str)] if isinstance(tags, list) else []
    return tuple(dict.fromkeys(word for word in words if word))


def _attachments(item: Values, url: str) -> Iterator[tuple[str, str]]:
    """Yield the address and the type of each attached file."""
    for attachment in _objects(item, "attachments", MAX_MEDIA):
        if address := absolute_url(url, _text(attachment, "url")):
            yield address, _text(attachment, "mime_type") or ""


def _content(item: Values, url: str) -> str | None:
    """Return the content as HTML with absolute links."""
    markup, plain = _text(item, "content_html"), _text(item, "content_text")
    if markup is not None and markup.strip():
        return valid_text(make_links_absolute(markup, url)) or None
    lines = html.escape(valid_text(plain or ""), quote=False).strip()
    return lines.replace("\n", "<br>\n") or None
