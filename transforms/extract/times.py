"""When an article was published and changed, as its page states it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from transforms.dates import ParsedDate, parse_date
from transforms.extract.facts import Facts
from transforms.text import valid_line

_EARLIEST_YEAR: Final = 1990  # there were no pages before
_PUBLISHED_TAGS: Final = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "article:published",
    "cxenseparse:recs:publishtime",
    "parsely-pub-date",
    "sailthru.date",
    "published_at",
    "published_time",
    "publish-date",
    "publish_date",
    "publishdate",
    "publication_date",
    "publication-date",
    "pubdate",
    "date.issued",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.issued",
    "dc.date.created",
    "dc.date",
    "citation_date",
    "citation_publication_date",
    "date",
    "created",
    "article.created",
    "bt:pubdate",
    "ptime",
    "vr:published_time",
    "datecreated",
    "shareaholic:article_published_time",
)
_MODIFIED_TAGS: Final = (
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "article:updated_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
    "shareaholic:article_modified_time",
)
_IN_URL: Final = re.compile(
    r"(?:^|[/_=-])(?P<year>19[9]\d|20\d\d)(?:(?P<mark>[/-])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)|(?P<packed>\d{4}))(?=[/._?&#-]|$)"
)
_ZONE: Final = re.compile(r"\d\s*(?:z|utc|gmt|[ecmp][sd]t|[+\-\u2212]\d{2}:?(?:\d{2})?)\s*$", re.IGNORECASE)
_PRECISIONS: Final = ("second", "minute", "hour", "day", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDate:
    """A date and where it stands.

    Attributes:
        date: as parsed.
        source: `jsonld`, `meta`, `microdata`, `time`, `url` or `page`.
        has_zone: whether the zone is stated with it.
    """

    date: ParsedDate
    source: str
    has_zone: bool = False


def choose_published(facts: Facts, url: str | None) -> FoundDate | None:
    """Return when the article was published: the first source that says so, made exact by those that agree with it.

    A source that states the day is made exact by one that states the time of that day, and a time without a zone by
    the same time with one.

    Args:
        facts: of the page.
        url: address of the page, which may hold a day.
    """
    found = list(_parse_all(_published(facts)))
    if not found:
        return _date_in_url(url)
    first = found[0]
    return next((other for other in found[1:] if _is_exacter(other, first)), first)


def choose_modified(facts: Facts) -> FoundDate | None:
    """Return when the article was changed last, None if the page does not say."""
    return next(_parse_all(_modified(facts)), None)


def _published(facts: Facts) -> Iterator[tuple[str | None, str]]:
    yield facts.jsonld.published, "jsonld"
    yield from ((value, "meta") for value in facts.all(*_PUBLISHED_TAGS))
    yield from ((time.value, "microdata") for time in facts.times if time.is_published)
    # The first time of a page is that of the article; others are of teasers and comments.
    yield from ((time.value, "time") for time in facts.times[:1] if not time.is_modified)


def _modified(facts: Facts) -> Iterator[tuple[str | None, str]]:
    yield facts.jsonld.modified, "jsonld"
    yield from ((value, "meta") for value in facts.all(*_MODIFIED_TAGS))
    yield from ((time.value, "microdata") for time in facts.times if time.is_modified)


def _parse_all(stated: Iterable[tuple[str | None, str]]) -> Iterator[FoundDate]:
    for value, source in stated:
        date = parse_date(value or "")
        if date is not None and date.at.year >= _EARLIEST_YEAR:
            yield FoundDate(date=date, source=source, has_zone=_ZONE.search(value or "") is not None)


def _is_exacter(other: FoundDate, first: FoundDate) -> bool:
    """Whether `other` says the same as `first`, and more."""
    rank, other_rank = (_PRECISIONS.index(found.date.precision) for found in (first, other))
    if first.date.precision == "day" and other_rank < rank:
        return abs((other.date.at - first.date.at).total_seconds()) < 36 * 3600 and _names_day(other, first)
    return first.has_zone is False and other.has_zone and rank < _PRECISIONS.index("day") and _same_clock(other, first)


def _names_day(other: FoundDate, first: FoundDate) -> bool:
    """Whether the time is within the day, in some zone."""
    hours = (other.date.at - first.date.at).total_seconds() / 3600
    return -14 <= hours < 38  # a day has that many hours over all zones


def _same_clock(other: FoundDate, first: FoundDate) -> bool:
    """Whether the two are apart by a zone: whole quarters of an hour, 14 hours at most."""
    seconds = (other.date.at.replace(microsecond=0) - first.date.at.replace(microsecond=0)).total_seconds()
    return abs(seconds) <= 14 * 3600 and seconds % 900 == 0


def _date_in_url(url: str | None) -> FoundDate | None:
    match = _IN_URL.search(valid_line(url) or "")
    if match is None:
        return None
    month, day = (match["packed"][:2], match["packed"][2:]) if match["packed"] else (match["month"], match["day"])
    date = parse_date(f"{match['year']}-{month:0>2}-{day:0>2}")
    return FoundDate(date=date, source="url") if date else None
