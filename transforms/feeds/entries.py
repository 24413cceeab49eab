"""One entry of an XML feed: feedparser's values -> FeedEntry."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from transforms.feeds.parsed import MAX_AUTHORS, MAX_CATEGORIES, MAX_MEDIA, FeedKind, absolute_url
from transforms.html_text import html_line
from transforms.records import Author, FeedEntry, Image
from transforms.text import valid_line, valid_text

Values = dict[str, Any]

LONG_SUMMARY_CHARS: Final = 1_500

_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml", "html", "xhtml"})
_TEXT_TYPES: Final = _HTML_TYPES | {"text/plain", "text", ""}
_TAG: Final = re.compile(r"<[a-zA-Z][^<>]*>")
_URL_ATTRIBUTE: Final = re.compile(
    r"(?<=\s)(action|background|cite|classid|codebase|data|href|longdesc|poster|profile|src|usemap)"
    r"(\s*=\s*)(\"[^\"]*\"|'[^']*')",
    re.IGNORECASE,
)
_LOOKS_LIKE_HTML: Final = re.compile(r"</[a-zA-Z][a-zA-Z0-9]*>|<[bh]r\s*/?>|<img\s", re.IGNORECASE)
_IMAGE_TAG: Final = re.compile(r"<img\s[^<>]*>", re.IGNORECASE)
_SOURCE: Final = re.compile(r"\ssrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_PIXEL: Final = re.compile(r"\s(?:width|height)\s*=\s*[\"']?[01](?:px)?[\"'\s/>]", re.IGNORECASE)
_IMAGE_FILE: Final = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)(?:[?#]|$)", re.IGNORECASE)
_NO_WORD: Final = re.compile(r"[0-9]+|https?://.*", re.IGNORECASE)
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_LETTER: Final = re.compile(r"[^\W\d_]")


def entry_from_values(
    values: Values, *, kind: FeedKind, position: int, feed: Values, url: str, title: str | None, language: str | None
) -> FeedEntry:
    """Return the record of an entry.

    Args:
        values: feedparser's of the entry.
        kind: of the feed.
        position: place in the feed, from 0.
        feed: feedparser's values of the feed.
        url: address of the feed.
        title: name of the feed.
        language: language code of the feed.
    """
    content, content_base = _content(values, url) or _long_summary(values, url) or (None, url)
    published, updated = _dates(values, kind)
    media = tuple(_media(values, url))
    authors = tuple(_authors(values)) or (tuple(_authors(feed)) if kind == "atom" else ())
    return FeedEntry(
        feed_url=url,
        feed_title=title,
        position=position,
        guid=valid_line(values.get("id")),
        link=_link(values, kind, url),
        title=_text(values, "title", guess=kind != "atom"),
        # feedparser copies the content where there is no summary, without details.
        summary=_text(values, "summary") if "summary_detail" in values else _text(values, "media_description"),
        content=content,
        authors=authors[:MAX_AUTHORS],
        categories=tuple(_categories(values))[:MAX_CATEGORIES],
        images=_images(values, media, content, content_base),
        enclosures=tuple(dict.fromkeys(address for address, _ in media))[:MAX_MEDIA],
        language=_language(values) or language,
        published=published,
        updated=updated,
    )


def _text(values: Values, name: str, *, guess: bool = False) -> str | None:
    """Return a title or summary as one line of text, whether it was written as text or as HTML.

    Args:
        values: of the entry.
        name: `title` or the like.
        guess: whether the format does not say which it is: what has an end tag or a line break is HTML then.
    """
    value = values.get(name)
    if not isinstance(value, str):
        return None
    is_html = _detail(values, name).get("type", "text/html") in _HTML_TYPES
    is_html = is_html or (guess and _LOOKS_LIKE_HTML.search(value) is not None)
    return html_line(value) if is_html else valid_line(value)


def _detail(values: Values, name: str) -> Values:
    detail = values.get(f"{name}_detail")
    return detail if isinstance(detail, dict) else {}


def _content(values: Values, url: str) -> tuple[str, str] | None:
    """Return the largest content as HTML with absolute links, and its base."""
    parts = [part for part in values.get("content", ()) if part.get("type", "") in _TEXT_TYPES and part.get("value")]
    if not parts:
        return None
    largest = max(parts, key=lambda part: len(part["value"]))
    value = largest["value"] if largest.get("type", "") in _HTML_TYPES else html.escape(largest["value"], quote=False)
    return _mend_content(value, largest.get("base") or url)


def _long_summary(values: Values, url: str) -> tuple[str, str] | None:
    """Return a summary that is as long as an article, as content: some feeds know no other place for it."""
    detail = _detail(values, "summary")
    value = detail.get("value")
    if not isinstance(value, str) or len(value) < LONG_SUMMARY_CHARS or detail.get("type") not in _HTML_TYPES:
        return None
    is_long = len(html_line(value) or "") >= LONG_SUMMARY_CHARS
    return _mend_content(value, detail.get("base") or url) if is_long else None


def _mend_content(value: str, base: str) -> tuple[str, str] | None:
    content = valid_text(make_links_absolute(value, base))
    return (content, base) if content else None


def make_links_absolute(fragment: str, base: str) -> str:
    """Return HTML with the addresses in its tags made absolute.

    >>> make_links_absolute('<a href="/b">href="/b"</a>', "https://news.example/")
    '<a href="https://news.example/b">href="/b"</a>'
    """

    def resolve(match: re.Match[str]) -> str:
        name, equals, quoted = match.groups()
        address = html.unescape(quoted[1:-1])
        if not address.strip() or address.startswith(("#", "data:")):
            return match[0]
        return f"{name}{equals}{quoted[0]}{html.escape(absolute_url(base, address) or '')}{quoted[0]}"

    return _TAG.sub(lambda tag: _URL_ATTRIBUTE.sub(resolve, tag[0]) if "=" in tag[0] else tag[0], fragment)


def _link(values: Values, kind: FeedKind, url: str) -> str | None:
    """Return the address of the article: what FeedBurner stands for, the link, or an alternate of another type.

    In RDF the name of an item (`rdf:about`) is to be its link, so that it stands in for a link that is missing.
    """
    alternates = (
        link.get("href")
        for link in values.get("links", ())
        if link.get("rel") in (None, "alternate") and "href" in link
    )
    about = values.get("id") if kind == "rdf" and _WEB_ADDRESS.match(values.get("id") or "") else None
    candidates = (values.get("feedburner_origlink"), values.get("link"), *alternates, about)
    return next((found for candidate in candidates if (found := absolute_url(url, candidate))), None)


def _dates(values: Values, kind: FeedKind) -> tuple[str | None, str | None]:
    """Return the dates of publication and of the last change as they are written.

    RSS and RDF feeds without `pubDate` have the date of publication in `dc:date`, which feedparser takes for a change.
    `dict.get`, as feedparser's own `get` gives the one for the other.
    """
    published = valid_line(dict.get(values, "published"))
    updated = valid_line(dict.get(values, "updated"))
    return published or (updated if kind in ("rss", "rdf") else None), updated


def _authors(values: Values) -> Iterator[Author]:
    """Yield the authors that have a name, each once."""
    seen: set[str] = set()
    for author in values.get("authors", ()):
        name = html_line(author.get("name") or "")
        if name and name not in seen:
            seen.add(name)
            yield Author(name=name, url=absolute_url("", author.get("href")))
        if len(seen) >= MAX_AUTHORS:
            return


def _categories(values: Values) -> Iterator[str]:
    """Yield the categories as words: the label where the term is a number or an address."""
    seen: set[str] = set()
    for tag in values.get("tags", ()):
        term, label = html_line(tag.get("term") or ""), html_line(tag.get("label") or "")
        is_better = label and (term is None or (_NO_WORD.fullmatch(term) and _LETTER.search(label)))
        word = label if is_better else term
        if word and word not in seen:
            seen.add(word)
            yield word


def _media(values: Values, url: str) -> Iterator[tuple[str, str]]:
    """Yield the address and the type of each media file: enclosures first, then those of Media RSS."""
    for link in values.get("links", ()):
        if link.get("rel") == "enclosure" and (address := absolute_url(url, link.get("href"))):
            yield address, str(link.get("type") or "")
    for media in values.get("media_content", ()):
        if address := absolute_url(url, media.get("url")):
            yield address, str(media.get("type") or media.get("medium") or "")


def _images(
    values: Values, media: Iterable[tuple[str, str]], content: str | None, content_base: str
) -> tuple[Image, ...]:
    """Return the pictures of an entry: among its media, else its own picture, else the first in its content."""
    addresses = [address for address, kind in media if _is_image(address, kind)]
    if not addresses:
        thumbnails = (thumbnail.get("url") for thumbnail in values.get("media_thumbnail", ()))
        own = values.get("image")
        candidates = (*thumbnails, own.get("href") if isinstance(own, dict) else None)
        addresses = [found for candidate in candidates if (found := absolute_url(content_base, candidate))]
    if not addresses:
        addresses = list(_content_images(content or ""))[:1]
    unique = list(dict.fromkeys(addresses))[:MAX_MEDIA]
    if len(unique) != 1:
        return tuple(Image(url=address) for address in unique)
    credits_ = [credit.get("content") for credit in values.get("media_credit", ())]
    return (
        Image(
            url=unique[0],
            caption=html_line(str(values.get("media_description") or "")),
            credit=valid_line(credits_[0]) if len(credits_) == 1 else None,
        ),
    )


def _is_image(address: str, kind: str) -> bool:
    return kind.startswith("image") or (not kind and _IMAGE_FILE.search(address) is not None)


def _content_images(content: str) -> Iterator[str]:
    """Yield the addresses of the pictures in HTML that are to be seen: no pixels that count readers."""
    for tag in _IMAGE_TAG.finditer(content):
        source = _SOURCE.search(tag[0])
        address = html.unescape(source[1] or source[2] or "") if source else ""
        if address.startswith(("http://", "https://")) and not _PIXEL.search(tag[0]):
            yield address


def _language(values: Values) -> str | None:
    """Return the language code of an entry's own text."""
    details = (_detail(values, "title"), _detail(values, "summary"), *values.get("content", ()))
    return next((code for detail in details if (code := valid_line(detail.get("language")))), None)
