"""The fields of an article that its page states, each chosen among several sources: the one place that weighs them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from transforms.extract.facts import Facts, join_url
from transforms.extract.headline import Chosen, choose_title, fold, site_names
from transforms.extract.jsonld import StatedAuthor
from transforms.extract.names import is_only_site, read_authors
from transforms.extract.times import FoundDate, choose_modified, choose_published
from transforms.records import Author, Image
from transforms.text import valid_line
from transforms.urls import registrable_domain

_AUTHOR_TAGS: Final = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "dcsext.author",
    "cxenseparse:author",
    "cxense:author",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "og:article:author",
    "shareaholic:article_author_name",
    "rbauthors",
    "authors",
)
_DESCRIPTION_TAGS: Final = ("og:description", "description", "twitter:description", "dc.description")
_SECTION_TAGS: Final = (
    "article:section",
    "og:article:section",
    "section",
    "parsely-section",
    "sailthru.section",
    "cxenseparse:category",
)
_KEYWORD_TAGS: Final = ("article:tag", "news_keywords", "keywords", "parsely-tags", "og:article:tag")
_SITE_TAGS: Final = ("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher", "publisher")
_IMAGE_TAGS: Final = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2}(?=$|[-_])")
_MAX_KEYWORDS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The fields of an article that its page states, and the source of each.

    Attributes:
        title: headline.
        description: what the page says of itself; whether it is the article's dek is for the text to say.
        authors: in the order of the byline.
        published: when it was published.
        modified: when it was changed.
        section: of the publication.
        keywords: as filed by the publisher.
        images: the main picture, with caption and credit where stated.
        site_name: of the publication.
        language: ISO 639-1 code.
        canonical_url: as stated.
        is_free: whether all can read it.
        is_live: whether it is a live blog.
        is_unsigned: whether no author is stated but the site itself.
        site_names: what the page calls its site, folded.
        sources: source by field.
    """

    title: str | None = None
    description: str | None = None
    authors: tuple[Author, ...] = ()
    published: FoundDate | None = None
    modified: FoundDate | None = None
    section: str | None = None
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    site_name: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    is_free: bool | None = None
    is_live: bool = False
    is_unsigned: bool = False
    site_names: frozenset[str] = frozenset()
    sources: dict[str, str]


def choose_metadata(facts: Facts, url: str | None) -> Metadata:
    """Return the fields that a page states.

    Args:
        facts: of the page.
        url: address of the page, if known.
    """
    address = url or facts.canonical_url or facts.first("og:url") or facts.jsonld.url
    domain = registrable_domain(address) if address else None
    names = site_names(facts, domain)
    title = choose_title(facts, names)
    authors, author_source = _choose_authors(facts, names)
    published, modified = choose_published(facts, address), choose_modified(facts)
    chosen = {
        "title": title,
        "description": _pick(_descriptions(facts)),
        "section": _pick([(facts.jsonld.section, "jsonld"), (facts.first(*_SECTION_TAGS), "meta")]),
        "site_name": _pick(_site_names(facts, domain)),
        "language": _pick(_languages(facts)),
        "canonical_url": _pick(_addresses(facts)),
    }
    keywords, keyword_source = _choose_keywords(facts)
    images, image_source = _choose_images(facts)
    sources = {name: each.source for name, each in chosen.items() if each}
    sources |= {"authors": author_source} if authors else {}
    sources |= {"published_at": published.source} if published else {}
    sources |= {"modified_at": modified.source} if modified else {}
    sources |= {"keywords": keyword_source} if keywords else {}
    sources |= {"images": image_source} if images else {}
    sources |= {"is_accessible_for_free": "jsonld"} if facts.jsonld.is_free is not None else {}
    return Metadata(
        **{name: each.value if each else None for name, each in chosen.items()},
        authors=authors,
        published=published,
        modified=modified,
        keywords=keywords,
        images=images,
        is_free=facts.jsonld.is_free,
        is_live=facts.jsonld.is_live,
        is_unsigned=is_only_site(authors, names),
        site_names=names,
        sources=sources,
    )


def _pick(candidates: Iterable[tuple[str | None, str]]) -> Chosen | None:
    return next((Chosen(value=value, source=source) for value, source in candidates if value), None)


def _choose_authors(facts: Facts, names: frozenset[str]) -> tuple[tuple[Author, ...], str]:
    """Return the authors and their source: the first that names anybody but the site itself, else the site."""
    meta = [StatedAuthor(name=name) for name in _author_tags(facts)]
    micro = [StatedAuthor(name=name) for name in facts.microdata_authors]
    sources = [("jsonld", facts.jsonld.authors), ("meta", meta), ("microdata", micro)]
    read = [(read_authors(stated, names), source) for source, stated in sources]
    named = [each for each in read if each[0]]
    return next((each for each in named if not is_only_site(each[0], names)), named[0] if named else ((), ""))


def _author_tags(facts: Facts) -> tuple[str, ...]:
    """Return the contents of the first meta tag that names an author and not an address."""
    for tag in _AUTHOR_TAGS:
        values = tuple(value for value in facts.all(tag) if not value.startswith(("http", "www.", "/")))
        if values:
            return values
    return ()


def _descriptions(facts: Facts) -> Iterator[tuple[str | None, str]]:
    yield facts.jsonld.description, "jsonld"
    yield facts.first(_DESCRIPTION_TAGS[0]), "opengraph"
    yield facts.first(*_DESCRIPTION_TAGS[1:]), "meta"


def _site_names(facts: Facts, domain: str | None) -> Iterator[tuple[str | None, str]]:
    yield facts.first(_SITE_TAGS[0]), "opengraph"
    yield facts.jsonld.site_name, "jsonld"
    yield from ((value.lstrip("@"), "meta") for value in facts.all(*_SITE_TAGS[1:]) if not value.startswith("http"))
    yield domain, "url"


def _languages(facts: Facts) -> Iterator[tuple[str | None, str]]:
    stated = [
        (facts.language, "page"),
        (facts.jsonld.language, "jsonld"),
        (facts.first("og:locale", "content-language", "language", "dc.language"), "meta"),
    ]
    for value, source in stated:
        match = _LANGUAGE.match((value or "").strip())
        yield (match[0].lower() if match else None), source


def _addresses(facts: Facts) -> Iterator[tuple[str | None, str]]:
    yield facts.canonical_url, "page"
    yield join_url(facts.base_url, facts.first("og:url") or ""), "opengraph"
    yield join_url(facts.base_url, facts.jsonld.url or ""), "jsonld"


def _choose_keywords(facts: Facts) -> tuple[tuple[str, ...], str]:
    if facts.jsonld.keywords:
        return _once(facts.jsonld.keywords), "jsonld"
    tags = facts.all(_KEYWORD_TAGS[0]) or facts.all(*_KEYWORD_TAGS[1:2]) or facts.all(*_KEYWORD_TAGS[2:])
    return _once(part for value in tags for part in re.split(r"[,;]", value)), "meta"


def _once(values: Iterable[str]) -> tuple[str, ...]:
    lines = (valid_line(value) for value in values)
    return tuple({fold(line): line for line in lines if line}.values())[:_MAX_KEYWORDS]


def _choose_images(facts: Facts) -> tuple[tuple[Image, ...], str]:
    stated = [
        Image(url=address, caption=image.caption, credit=image.credit)
        for image in facts.jsonld.images
        if (address := join_url(facts.base_url, image.url))
    ]
    if stated:
        return tuple(dict.fromkeys(stated)), "jsonld"
    tags = (join_url(facts.base_url, value) for value in facts.all(*_IMAGE_TAGS)[:1])
    return tuple(Image(url=address) for address in tags if address), "opengraph"
