"""Mentions to entities: one entity for each thing that an article names, under its fullest name.

Surnames go to the full name, acronyms to the long form, "the Times" to the newspaper named before, and all forms of a
country to the country. What is decided is decided within one article; nothing is looked up outside it but countries.
"""

# ruff: noqa: RUF001 - quotation marks and dashes as newspapers print them

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from transforms.entities.countries import Country, country_beside, country_of, resolve_country
from transforms.entities.gazetteer import NO_ENTRIES, Entry
from transforms.entities.labels import PLACES
from transforms.entities.spans import Span
from transforms.entities.words import (
    ARTICLES,
    CALLED_BY_TITLE,
    COMPANY_ENDS,
    EITHER_SEX,
    ENGLISH_ARTICLES,
    FEMALE_NAMES,
    GIVEN_NAMES,
    KNOWN_NAMES,
    MENS_TITLES,
    NICKNAMES,
    ORGANISATION_HEADS,
    SMALL_WORDS,
    TITLES,
    WOMENS_TITLES,
)

_ACRONYM: Final = re.compile(r"[A-Z][A-Za-z&]?[A-Z0-9.&]{0,6}s?")
_SPACES: Final = re.compile(r"\s+")
_POSSESSIVE: Final = re.compile(r"\s?['’]s?$")
# What stands between a long form and its acronym: "Federation (BWF)", "Forces of Colombia, or FARC".
_APPOSITION: Final = re.compile(
    r"""[’'"”]?\s?(?:\(\s?(?:the\s)?["“]?|,\s(?:or|known as|ou)\s(?:the\s|l[ae]\s)?["“]?)"""
)
_SINGULAR: Final = re.compile(r"(?<=[a-rt-zé])s$")
_PLURAL_Y: Final = re.compile(r"ies$")
_LEGAL_ENDS: Final = COMPANY_ENDS | {"Party", "party"}
# What a well-known firm may have behind its name: Ford is Ford Motor Company, but the BBC is not BBC Sport.
_FIRM_ENDS: Final = COMPANY_ENDS | frozenset(
    ("Group", "Holdings", "Motors", "Industries", "Communications", "Technologies", "Systems", "Airlines", "Airways")
)
_CALLING: Final = re.compile(r"[A-Z][a-z]+(?:er|or|ist|ian|man|woman)")
_WITHOUT_DOT: Final = re.compile(r"\.$")
_ROMAN: Final = re.compile(r"[IVX]+")
_MAX_ACRONYM_CHARS: Final = 4
_COMPASS: Final = frozenset({"North", "South", "East", "West", "Northern", "Southern"})


@dataclass(slots=True)
class Group:
    """The mentions of one entity.

    Attributes:
        name: the fullest form.
        label: what it is.
        spans: its mentions.
        country: of which it is the name, the people, the capital or a part.
        entry: what the user's gazetteer says of it.
    """

    name: str
    label: str
    spans: list[Span] = field(default_factory=list)
    country: Country | None = None
    entry: Entry | None = None


def name_of(text: str, language: str = "en") -> str:
    r"""Return a mention's words as a name: one space between words, no article before and no possessive behind.

    >>> name_of("the Elizabeth\n Warren's"), name_of("La Paz"), name_of("La Banque", "fr")
    ('Elizabeth Warren', 'La Paz', 'Banque')
    """
    name = _SPACES.sub(" ", text).strip()
    words = (name if name.replace("’", "'") in KNOWN_NAMES else _POSSESSIVE.sub("", name)).split(" ")
    articles = ENGLISH_ARTICLES if language == "en" else ARTICLES
    while len(words) > 1 and words[0] in articles:
        words = words[1:]
    return " ".join(words)


def person_name(name: str) -> str:
    """Return the name of a person without titles before it, but those that belong to it.

    >>> person_name("Vice President Mike Pence"), person_name("Pope Francis")
    ('Mike Pence', 'Pope Francis')
    """
    words = name.split()
    while len(words) > 1 and words[0] in TITLES and not _is_called_by_title(words):
        words = words[1:]
    # A calling that no list has, before a given name: "Beekeeper Tom Ferris".
    if len(words) == 3 and _CALLING.fullmatch(words[0]) and words[0] not in GIVEN_NAMES and words[1] in GIVEN_NAMES:
        words = words[1:]
    return " ".join(words)


def _is_called_by_title(words: Sequence[str]) -> bool:
    """Return whether a title belongs to a name: Prince Harry, King Charles III."""
    return words[0] in CALLED_BY_TITLE and (len(words) == 2 or bool(_ROMAN.fullmatch(words[-1])))


def group_spans(
    text: str, spans: Sequence[Span], language: str, entries: Mapping[Span, Entry] = NO_ENTRIES
) -> list[Group]:
    """Return the entities of an article, in the order of their first mention.

    Args:
        text: of the article.
        spans: in the order of the text, one label for each name.
        language: ISO 639-1 code; in English a country goes by its usual name, else as the text first calls it.
        entries: what the user's gazetteer says of some of the spans.
    """
    groups: dict[str, Group] = {}
    for span in spans:
        words = name_of(text[span.start : span.end], language)
        name = person_name(words) if span.label == "PERSON" else words
        country = resolve_country(country_of(name, span.label), name, text)
        if country:
            country = country_beside(country, text, span.end)
        key = _key(name, span.label, country)
        if span.label == "PERSON" and " " not in name and (sex := _sex_by_title(text, span)):
            key = f"{key} {sex}"
        if entry := entries.get(span):
            name, key = entry.name, f"entry {entry.name}"
        elif country and country.is_country and language == "en":
            name = country.name
        elif country and not country.is_demonym and name.isupper() and len(name) > _MAX_ACRONYM_CHARS:
            name = country.place
        group = groups.setdefault(key, Group(name=name, label=span.label, country=country, entry=entry))
        group.spans.append(span)
    merged = _Merger(text, list(groups.values()))
    for rule in (_merge_acronyms, _merge_persons, _merge_short_forms):
        rule(merged)
    return sorted(merged.finish(), key=lambda group: group.spans[0].start)


def _key(name: str, label: str, country: Country | None) -> str:
    """Return what mentions of one entity have in common: all forms of a country, and of its people, are one."""
    if country and country.is_country:
        return f"country {country.code}"
    if country and country.is_demonym:
        return f"people {country.code} {_SINGULAR.sub('', name)}"
    if country:
        return f"place {country.code} {country.place}"
    if label == "NORP":
        return f"people {_SINGULAR.sub('', _PLURAL_Y.sub('y', name)).casefold()}"
    return name if _ACRONYM.fullmatch(name) else _plain(name)


def _plain(name: str) -> str:
    """Return a name in small letters without accents, with straight apostrophes and no hyphens.

    >>> _plain("Nicolás Brandt-Šimić")
    'nicolas brandt simic'
    """
    return _unaccented(name.casefold().replace("’", "'").replace("-", " "))


def _sex_by_title(text: str, span: Span) -> str | None:
    """Return "f" or "m" by a title in a mention or before it: Mrs Ferris; None without one."""
    words = {*text[max(0, span.start - 14) : span.start].split()[-1:], *text[span.start : span.end].split()[:1]}
    if words & WOMENS_TITLES:
        return "f"
    return "m" if words & MENS_TITLES else None


class _Merger:
    """Groups, some of which turn out to be the same."""

    def __init__(self, text: str, groups: list[Group]) -> None:
        self.text = text
        self.groups = groups
        self.same = list(range(len(groups)))

    def find(self, number: int) -> int:
        """Return the number of the group that a group was merged into."""
        while self.same[number] != number:
            number = self.same[number]
        return number

    def merge(self, short: int, long: int) -> None:
        """Note that two groups are one, which goes by the name and label of `long`."""
        short, long = self.find(short), self.find(long)
        if short != long and not self.groups[short].entry:
            self.same[short] = long

    def finish(self) -> list[Group]:
        """Return the groups that are left, each with all its mentions in the order of the text."""
        spans: dict[int, list[Span]] = defaultdict(list)
        for number, group in enumerate(self.groups):
            spans[self.find(number)] += group.spans
        return [
            Group(
                name=self._name(number),
                label=self.groups[number].label,
                spans=sorted(found, key=lambda span: span.start),
                country=self.groups[number].country,
                entry=self.groups[number].entry,
            )
            for number, found in spans.items()
        ]

    def _name(self, number: int) -> str:
        """Return a group's name, in a form that is not all capitals if the article has one: Lindhaven, LINDHAVEN."""
        group = self.groups[number]
        if not group.name.isupper() or len(group.name) <= _MAX_ACRONYM_CHARS or group.entry or group.country:
            return group.name
        forms = (name_of(self.text[span.start : span.end]) for span in group.spans)
        return next((form for form in forms if not form.isupper() and _plain(form) == _plain(group.name)), group.name)


def initials(name: str) -> set[str]:
    """Return the acronyms that a name may have.

    >>> sorted(initials("World Trade Organization of Lindhaven"))
    ['WTOL', 'WTOOL', 'WTOoL']
    """
    words = [word for word in re.split(r"[\s-]+", name) if word]
    big = [word[0] for word in words if word not in SMALL_WORDS]
    every = [word[0] for word in words]
    return {"".join(big).upper(), "".join(every).upper(), "".join(every)}


def _merge_acronyms(merger: _Merger) -> None:
    """Merge an acronym with the name that it stands for by its letters, or behind which it stands in brackets."""
    long_forms = [n for n, group in enumerate(merger.groups) if " " in group.name and group.label != "PERSON"]
    by_initials: dict[str, int] = {}
    behind: dict[int, int] = {}
    for number in long_forms:
        for letters in initials(merger.groups[number].name):
            by_initials.setdefault(letters, number)
        for span in merger.groups[number].spans:
            if match := _APPOSITION.match(merger.text, span.end):
                behind[match.end()] = number
    for number, group in enumerate(merger.groups):
        if " " in group.name or group.country or not _ACRONYM.fullmatch(group.name):
            continue
        letters = group.name.replace(".", "")
        places = (behind[span.start] for span in group.spans if span.start in behind)
        long = next(places, by_initials.get(letters) if len(letters) > 1 else None)
        if long is not None and long != number:
            merger.merge(number, long)


def _merge_persons(merger: _Merger) -> None:
    """Merge a surname, a first name or a name with fewer parts with the full name that was last given before.

    Where several persons may be meant, "Mr" and "Mrs" tell a man from a woman.
    """
    full = {n: _parts(group.name) for n, group in enumerate(merger.groups) if group.label == "PERSON" and group.name}
    # Names that may be one share their first or last part.
    by_part: dict[str, list[int]] = defaultdict(list)
    for number, parts in _longest_first(full):
        for part in {parts[0], parts[-1], parts[-1].rpartition("-")[2]}:
            by_part[part].append(number)
    for number in sorted(full, key=lambda n: len(full[n])):
        parts = full[number]
        near = {n for part in (parts[0], parts[-1]) for n in _longer(by_part[part], full, len(parts))}
        longer = [n for n in sorted(near) if _is_fuller(full[n], parts)]
        fitting = [n for n in longer if _may_be_one(merger, number, n, full)]
        if fitting:
            merger.merge(number, _nearest(merger, number, fitting))
        elif not longer:
            _merge_variant(merger, number, [n for n in by_part[parts[-1]] if n < number], full)


def _merge_variant(merger: _Merger, number: int, earlier: Iterable[int], names: Mapping[int, list[str]]) -> None:
    """Merge a name with an earlier one that is as long: J. Ferris and Jane Ferris, Mr Ferris and Ferris."""
    for other in earlier:
        if _is_variant(names[other], names[number]) and _may_be_one(merger, number, other, names):
            short, long = (other, number) if len(names[other][0]) == 1 else (number, other)
            merger.merge(short, long)
            return


def _may_be_one(merger: _Merger, number: int, other: int, names: Mapping[int, list[str]]) -> bool:
    """Return whether two persons are not known to be a man and a woman, by title or given name."""
    sexes = {_sex(merger, n, names[n]) for n in (number, other)}
    return not {"m", "f"} <= sexes


def _sex(merger: _Merger, number: int, name: list[str]) -> str | None:
    if len(name) == 1:
        return _sex_by_title(merger.text, merger.groups[number].spans[0])
    if name[0] not in GIVEN_NAMES or name[0] in EITHER_SEX:
        return None
    return "f" if name[0] in FEMALE_NAMES else "m"


def _longest_first(names: Mapping[int, list[str]]) -> list[tuple[int, list[str]]]:
    return sorted(names.items(), key=lambda item: -len(item[1]))


def _longer(numbers: Iterable[int], names: Mapping[int, list[str]], length: int) -> Iterator[int]:
    """Yield those whose names have more than `length` words, out of numbers with the longest names first."""
    return takewhile(lambda number: len(names[number]) > length, numbers)


def _parts(name: str) -> list[str]:
    """Return the words of a person's name without accents, generation and the title that belongs to it."""
    words = _unaccented(name.replace("’", "'")).split() or [name]
    parts = [_WITHOUT_DOT.sub("", word) for word in words]
    return [part for part in parts if part not in {"Jr", "Sr", "III", "II"}] or parts


def _unaccented(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))


def _is_fuller(full: list[str], short: list[str]) -> bool:
    """Return whether a name is another one with more parts.

    >>> _is_fuller(["George", "W.", "Bush"], ["George", "Bush"]), _is_fuller(["Laura", "Bush"], ["George", "Bush"])
    (True, False)
    """
    if len(short) >= len(full):
        return False
    if len(short) == 1:
        return short[0] in {full[0], full[-1]} or full[-1].endswith("-" + short[0])
    return short == full[-len(short) :] or _is_variant([full[0], full[-1]], short) or short == full[: len(short)]


def _is_variant(name: list[str], other: list[str]) -> bool:
    """Return whether two names of one surname may be one person's: by an initial, or by a short form.

    >>> _is_variant(["Tom", "Ferris"], ["T", "Ferris"]), _is_variant(["Bill", "Ferris"], ["William", "Ferris"])
    (True, True)
    >>> _is_variant(["Tim", "Ferris"], ["Tom", "Ferris"])
    False
    """
    if name[-1] != other[-1] or len(name) != len(other):
        return False
    if len(name) == 1:
        return True
    first, second = name[0], other[0]
    if 1 in {len(first), len(second)}:
        return first[0] == second[0]
    return NICKNAMES.get(first, first) == NICKNAMES.get(second, second)


def _nearest(merger: _Merger, number: int, candidates: Iterable[int]) -> int:
    """Return the candidate that begins last before a group's first mention, else the one that comes first."""
    first = merger.groups[number].spans[0].start

    def distance(candidate: int) -> tuple[bool, int]:
        start = merger.groups[candidate].spans[0].start
        return (start > first, abs(start - first))

    return min(candidates, key=distance)


def _merge_short_forms(merger: _Merger) -> None:
    """Merge "the Times" with the New York Times, "Brightwater" with Brightwater & Sons, given before."""
    words = {number: group.name.split() for number, group in enumerate(merger.groups)}
    by_word: dict[str, list[int]] = defaultdict(list)
    for number, name in _longest_first(words):
        for word in {name[0], name[-1]} if len(name) > 1 else ():
            by_word[word].append(number)
    for number, group in enumerate(merger.groups):
        if group.country or not words[number]:
            continue
        short = words[number]
        near = {n for word in (short[0], short[-1]) for n in _longer(by_word[word], words, len(short))}
        longer = [n for n in sorted(near) if _is_short_form(group, merger.groups[n])]
        if longer:
            merger.merge(number, _nearest(merger, number, longer))


def _is_short_form(group: Group, other: Group) -> bool:
    short, full = group.name.split(), other.name.split()
    if group.label == other.label == "ORG" and len(full) == len(short) + 1 and full[-1] in _LEGAL_ENDS:
        return [*short, full[-1]] == [word.rstrip(",") for word in full]
    if other.spans[0].start >= group.spans[0].start:
        return False
    if group.label == other.label == "ORG":
        return _is_short_organisation(short, full)
    return {group.label, other.label} <= PLACES and _is_short_place(short, full)


def _is_short_organisation(short: list[str], full: list[str]) -> bool:
    if len(short) >= len(full):
        return False
    if short == full[-len(short) :]:
        return short[-1] in ORGANISATION_HEADS
    if country_of(full[0], "NORP") and short == full[1:]:
        return True
    if short != full[: len(short)] or not short[0][0].isupper():
        return False
    if KNOWN_NAMES.get(short[0]) == "ORG" and len(short) == 1 and full[-1] not in _FIRM_ENDS:
        return False
    return full[len(short)] not in SMALL_WORDS - {"&", "and"} or (len(short) > 1 and short[-1] in ORGANISATION_HEADS)


def _is_short_place(short: list[str], full: list[str]) -> bool:
    """Return whether a place is another one without the point of the compass: Korea in an article on South Korea."""
    return len(short) < len(full) and short == full[-len(short) :] and (len(short) > 1 or full[0] in _COMPASS)
