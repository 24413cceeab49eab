"""The headline: chosen among what JSON-LD, OpenGraph, the page's title and its first heading say."""

import functools
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from transforms.extract.facts import Facts

# What stands between a headline and the name of the site. A colon or a hyphen without spaces is part of a headline.
_SEPARATOR: Final = re.compile(r"\s+[|–—\-·•»›<>~/:*]+\s+|\s*[|｜]\s*|：|\s+::\s+")  # noqa: RUF001
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_MIN_TITLE_CHARS: Final = 5
_MAX_SITE_NAME_WORDS: Final = 6
_ORDER: Final = ("jsonld", "opengraph", "microdata", "heading", "meta", "title")
_NO_HEADLINES: Final = frozenset({"home", "homepage", "log in", "login", "sign in", "news", "menu", "search"})
_SITE_NAME_TAGS: Final = (
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "al:ios:app_name",
    "al:android:app_name",
    "twitter:app:name:iphone",
    "twitter:app:name:ipad",
    "twitter:app:name:googleplay",
    "twitter:site",
    "publisher",
    "copyright",
    "dc.publisher",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A value and its source.

    Attributes:
        value: one line.
        source: `jsonld`, `opengraph`, `meta`, `microdata`, `heading` or `title`.
    """

    value: str
    source: str


@functools.lru_cache(maxsize=8_192)
def fold(text: str | None) -> str:
    """Return the letters and digits of `text` without case, for comparing what differs in typography only.

    >>> fold("“Over”, he said") == fold("'Over' - he said")
    True
    """
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKC", text or "").casefold())


def site_names(facts: Facts, domain: str | None) -> frozenset[str]:
    """Return all names of the site that the page states, folded, and its domain with and without ending."""
    stated = [facts.jsonld.site_name, *(facts.first(name) for name in _SITE_NAME_TAGS)]
    if domain:
        stated += [domain, domain.partition(".")[0]]
    return frozenset(name for each in stated if len(name := fold(each)) > 1)


def strip_site_name(title: str, names: Collection[str], others: Collection[str] = ()) -> str:
    """Return a title without the name of the site, or of its section, before or behind it.

    Args:
        title: as stated.
        names: of the site, folded.
        others: what the page says elsewhere to be its title, folded: what is left when the end of a title goes, and
            stands there, is the title.

    >>> strip_site_name("Mayor quits - Politics | The Lookout", {"thelookout"}, {"mayorquits"})
    'Mayor quits'
    """
    while True:
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            return title
        head, tail = title[: cuts[-1].start()].strip(), title[cuts[-1].end() :].strip()
        first, rest = title[: cuts[0].start()].strip(), title[cuts[0].end() :].strip()
        if _is_site_name(tail, names) or (fold(head) in others and len(tail.split()) <= _MAX_SITE_NAME_WORDS):
            title = head
        elif _is_site_name(first, names):
            title = rest
        else:
            return title
        if len(title) < _MIN_TITLE_CHARS:
            return title or tail


def _is_site_name(part: str, names: Collection[str]) -> bool:
    """Whether a part of a title is a name of the site, or nearly so: `The Lookout News` for `The Lookout`."""
    folded = fold(part)
    if not folded or folded in names:
        return True
    if len(part.split()) > _MAX_SITE_NAME_WORDS:
        return False
    return any(len(name) > 3 and (folded.startswith(name) or folded.endswith(name)) for name in names)


def choose_title(facts: Facts, names: Collection[str]) -> Chosen | None:
    """Return the headline, None if the page states none.

    The headline of the JSON-LD is the publisher's own and has no site's name on it. But some state there what stands
    in the page's title, made for search engines, while readers see another headline on the page and where it is
    shared: then theirs is taken.

    Args:
        facts: of the page.
        names: of the site, folded.
    """
    stated = _candidates(facts)
    folded = [fold(value) for value, _ in stated]
    found: dict[str, Chosen] = {}
    for number, (value, source) in enumerate(stated):
        others = {other for place, other in enumerate(folded) if place != number}
        cleaned = strip_site_name(value, names, others)
        if _is_headline(cleaned, names):
            found.setdefault(source, Chosen(value=cleaned, source=source))
    keys = {source: fold(chosen.value) for source, chosen in found.items()}
    is_for_search = keys.get("jsonld") == keys.get("title") != keys.get("opengraph")
    if "opengraph" in keys and keys["opengraph"] == keys.get("heading") and is_for_search:
        return found["opengraph"]
    return next((found[source] for source in _ORDER if source in found), None)


def _is_headline(title: str, names: Collection[str]) -> bool:
    is_long = len(title) >= _MIN_TITLE_CHARS or any(character > "\u2e80" for character in title)
    return is_long and title.casefold() not in _NO_HEADLINES and fold(title) not in names


def _candidates(facts: Facts) -> list[tuple[str, str]]:
    stated = [
        (facts.jsonld.headline, "jsonld"),
        (facts.first("og:title"), "opengraph"),
        (facts.first("twitter:title"), "meta"),
        (facts.microdata_headline, "microdata"),
        *((heading, "heading") for heading in facts.headings),
        (facts.first("headline", "dc.title", "parsely-title", "sailthru.title", "title"), "meta"),
        (facts.page_title, "title"),
    ]
    return [(value, source) for value, source in stated if value]
