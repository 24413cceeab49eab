"""What a name is, decided over a whole article, and names found that the model passed over.

A model looks at a few words, so it takes "Wilkins" for an organisation where no first name stands before it. Here all
mentions of a name vote, with the words around and in them, and each then has the label of most (Krishnan and Manning:
"An effective two-stage model for exploiting non-local dependencies in named entity recognition", ACL 2006).
"""

# ruff: noqa: RUF001 - quotation marks and dashes as newspapers print them

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from transforms.entities.countries import country_of
from transforms.entities.spans import Span
from transforms.entities.words import (
    COLLECTIVES,
    COMPANY_ENDS,
    COMPANY_WORDS,
    EVENT_HEADS,
    EVENT_OPENERS,
    FACILITY_HEADS,
    GIVEN_NAMES,
    KNOWN_NAMES,
    ORGANISATION_HEADS,
    PERSON_ONLY_TITLES,
    PLACE_HEADS,
    PLACE_OPENERS,
    PLACES_AS_PERSONS,
    SMALL_WORDS,
    TITLES,
)

PLACES: Final = frozenset({"GPE", "LOC", "FAC"})
_NAMED: Final = frozenset({"PERSON", "ORG", "NORP", *PLACES})
_CERTAIN: Final = 10.0
_LIKELY: Final = 1.5
_HINT: Final = 0.75

_WORD: Final = re.compile(r"\w[\w.&'’-]*")
_WORD_BEFORE: Final = re.compile(r"([\w.'’-]+)[ \n]?$")
_WORD_AFTER: Final = re.compile(r"[ ]?(?:'s |’s )?([\w-]+)")
_MODEL_NUMBER: Final = re.compile(r"[A-Z]{1,3}-\d+[A-Z]?\b")
_VEHICLE: Final = re.compile(r"(?:[Ss]pace [Ss]huttle|USS|HMS|RMS) [A-Z]\w+$")
_BEHIND: Final = re.compile(r"\s?\(\s?([A-Z][A-Za-z&]?[A-Z0-9&]{1,5})\s?\)")
_PLAIN_ACRONYM: Final = re.compile(r"\s\(([A-Z]{2,6}s?)\)")
_RELIGIOUS: Final = frozenset({"Roman", "Catholic", "Anglican", "Orthodox", "Most"})
_GENERIC: Final = frozenset(
    ("Government", "State", "Email", "E-mail", "GDP", "Internet", "Web", "LLC", "Image", "DJ", "CEO")
)
# A word of capitals that is no part of an address, a number or a line in capitals.
_CAPITALS: Final = re.compile(r"(?<![\w@#&/.-])(?<![A-Z] )[A-Z]{3,6}(?![\w@&/-]|\.\w| [A-Z]{2})")
_SENTENCE_START: Final = re.compile(r"(?:\A|\n|[.!?][\"”’)]?\s)(?:The )?\Z")
_NO_NAMES: Final = frozenset(
    (
        *("ADHD", "AI", "AIDS", "ATM", "BSE", "BST", "CCTV", "CD", "CEO", "CEOs", "CET", "CFO", "COO", "CTO"),
        *("COVID", "COVID-19", "Covid", "Covid-19", "DIY", "DNA", "DVD", "DVDs", "EDT", "EST", "FAQ", "GDP", "GMT"),
        *(
            "GPS",
            "HDTV",
            "HIV",
            "HTML",
            "HTTP",
            "III",
            "IPO",
            "ISBN",
            "LCD",
            "LED",
            "LGBT",
            "LLC",
            "MBA",
            "MEP",
            "MEPs",
        ),
        *("MP", "MPs", "MP3", "MRI", "NOT", "PC", "PCs", "PDF", "PDT", "PIB", "PHD", "PhD", "PIN", "PST", "PVR", "RNA"),
        *("RSS", "RV", "RVs", "SARS", "SIM", "SMS", "SUV", "SUVs", "TNT", "TV", "TVA", "TVs", "UFO", "URL", "USB"),
        *("BBQ", "GW", "MBE", "MW", "OBE", "RRP", "VAR"),
        *("UTC", "VAT", "VII", "VIII", "VIP", "WIFI", "XII", "XIV", "XVI"),
    )
)
"""Acronyms that stand for things, times and offices, not for organisations."""

_SPEAKS: Final = frozenset(
    ("says", "said", "told", "added", "tweeted", "who", "whose", "recalled", "himself", "herself", "wrote", "married")
)
# "(born 1950)", "(1950-2010)", ", 34,": a life or an age behind a name.
_LIFE: Final = re.compile(r" ?\((?:born|b\.|née?e?) |,? \((?:[^()\d]{0,30}\d{4}) ?[-–—] ?|, \d\d,")
_LOCATIVE: Final = frozenset({"in", "near", "throughout", "across"})


def settle_labels(text: str, spans: Iterable[Span], language: str) -> list[Span]:
    """Return the spans with one label for each name."""
    spans = list(spans)
    words = {span: text[span.start : span.end] for span in spans}
    surnames, companies = _surnames(words), _companies(words.values())
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for span, name in words.items():
        votes[name][span.label] += 1.0
        for label, weight in _evidence(text, span, name, language):
            votes[name][label] += weight
        if name in surnames:
            votes[name]["PERSON"] += _LIKELY if _is_known_otherwise(name) else _CERTAIN
        elif name in companies:
            votes[name]["ORG"] += _CERTAIN
    # Of equal votes the label that came first wins, so the result is a function of the text.
    settled = {name: max(counts, key=lambda label: counts[label]) for name, counts in votes.items()}
    return [span if span.label == settled[name] else replace(span, label=settled[name]) for span, name in words.items()]


def _surnames(words: Mapping[Span, str]) -> frozenset[str]:
    """Return the last words of names of persons, which mean these persons where they stand alone."""
    return frozenset(name.split()[-1] for span, name in words.items() if _is_full_name(span.label, name))


def _companies(names: Iterable[str]) -> frozenset[str]:
    """Return the first words of names of companies such as "Brightwater Corp.", which may stand alone."""
    words = (name.split() for name in names)
    return frozenset(" ".join(name[:-1]).rstrip(",") for name in words if len(name) > 1 and name[-1] in COMPANY_ENDS)


def _is_full_name(label: str, name: str) -> bool:
    """Return whether a name is that of a person, of two words or more."""
    words = name.split()
    if label not in {"PERSON", "ORG"} or not 1 < len(words) <= 4 or not _is_word(words[-1]):
        return False
    return words[0] in GIVEN_NAMES or (label == "PERSON" and not _is_known_otherwise(words[0]))


def _is_known_otherwise(name: str) -> bool:
    """Return whether a word is known as a name of another thing than a person."""
    is_known = KNOWN_NAMES.get(name, "PERSON") != "PERSON" or country_of(name, "GPE") is not None
    return is_known and name not in PLACES_AS_PERSONS


def _is_word(word: str) -> bool:
    heads = (ORGANISATION_HEADS, FACILITY_HEADS, EVENT_HEADS, COMPANY_ENDS, TITLES)
    return word[0].isupper() and len(word) > 1 and not any(word in known for known in heads)


def _evidence(text: str, span: Span, name: str, language: str) -> Iterator[tuple[str, float]]:
    """Yield what speaks for a label: in the name, and beside it."""
    if span.label not in _NAMED:
        if language == "en" and name in KNOWN_NAMES:
            yield KNOWN_NAMES[name], _LIKELY
        return
    if language == "en":
        yield from _evidence_in(name, span.label)
        yield from _evidence_beside(text, span, name)
        return
    # Most models of other languages know four labels: these have no GPE, and MISC for whatever is neither.
    for label, weight in _evidence_in(name, span.label):
        if label in PLACES:
            yield span.label if span.label in PLACES else "LOC", weight
        else:
            yield label if label in {"PERSON", "ORG"} else "MISC", weight


def _evidence_in(name: str, label: str) -> Iterator[tuple[str, float]]:
    words = name.split()
    is_named = label in {"ORG", "NORP"} or (label == "PERSON" and name not in PLACES_AS_PERSONS)
    if country := country_of(name, "GPE" if is_named else label):
        yield ("NORP" if country.is_demonym else "GPE"), _LIKELY
    if name in KNOWN_NAMES:
        yield KNOWN_NAMES[name], _LIKELY
    if _MODEL_NUMBER.match(name) or _VEHICLE.match(name):
        yield "PRODUCT", _LIKELY
    if len(words) > 1 and not (label == "PERSON" and words[0] in TITLES) and (kind := _kind_of(words, label)):
        yield kind, _LIKELY


def _kind_of(words: Sequence[str], label: str) -> str | None:
    """Return what the first and last words of a name say that it is."""
    first, second, last = words[0], words[1], words[-1]
    if first in PERSON_ONLY_TITLES and last not in ORGANISATION_HEADS:
        return "PERSON"
    if last in ORGANISATION_HEADS or (first in ORGANISATION_HEADS and second in SMALL_WORDS):
        return "ORG"
    if last in EVENT_HEADS or (first in EVENT_OPENERS and second in SMALL_WORDS):
        return "EVENT"
    if last in PLACE_HEADS or first in PLACE_OPENERS:
        return "LOC"
    if last in FACILITY_HEADS:
        return "FAC"
    if first in GIVEN_NAMES and len(words) <= 4 and "&" not in words:
        return "PERSON"
    # "Telekom Austria", "Boston Bruins": a place with something else is no person, and no place either.
    is_body = _is_city(first) or _is_country(last) or KNOWN_NAMES.get(first) == "ORG"
    return "ORG" if label == "PERSON" and len(words) == 2 and is_body else None


def _is_city(name: str) -> bool:
    """Return whether a word is a city or region, and no name of persons too."""
    country = country_of(name, "GPE")
    is_known = country is not None and not country.is_demonym
    return (is_known or KNOWN_NAMES.get(name) == "GPE") and name not in PLACES_AS_PERSONS


def _is_country(name: str) -> bool:
    """Return whether a word is a country, and no name of persons too."""
    country = country_of(name, "GPE")
    return country is not None and country.is_country and name not in PLACES_AS_PERSONS


def _evidence_beside(text: str, span: Span, name: str) -> Iterator[tuple[str, float]]:
    before = _WORD_BEFORE.search(text, max(0, span.start - 30), span.start)
    after = _WORD_AFTER.match(text, span.end, span.end + 30)
    previous, following = before[1] if before else "", after[1] if after else ""
    if previous in PERSON_ONLY_TITLES:
        yield "PERSON", _CERTAIN
    if following in COLLECTIVES and len(name.split()) == 1 and not country_of(name, "GPE"):
        yield "PERSON", _LIKELY
    if following in _SPEAKS and not _is_known_otherwise(name):
        yield "PERSON", _HINT
    if previous in _LOCATIVE and span.label == "PERSON" and KNOWN_NAMES.get(name) != "PERSON":
        yield "GPE", _LIKELY + _LIKELY * (" " not in name)
    # "the Dodgers": a team, a band or a family.
    if previous in {"the", "The"} and span.label == "PERSON" and name.endswith("s") and " " not in name:
        yield "ORG", _LIKELY
    if following in COMPANY_WORDS and not _is_known_otherwise(name):
        yield "ORG", _LIKELY
    if _LIFE.match(text, span.end):
        yield "PERSON", _CERTAIN


def drop_common_words(text: str, spans: Sequence[Span], language: str) -> list[Span]:
    """Return the spans without what is no name: "Government", "Archbishop", "Box" where the text has a box too.

    A word such as "Court" stays if a name before it ends so: it is short for that. An acronym behind words in small
    letters stands for them: "liquid crystal display (LCD)".
    """
    small = {word for word in _WORD.findall(text) if word.islower()}
    things = _NO_NAMES.union(_plain_acronyms(text))
    ends = {words[-1] for span in spans if len(words := text[span.start : span.end].split()) > 1}
    return [
        span
        for span in spans
        if language != "en"
        or not (
            text[span.start : span.end] in things or _is_common(text[span.start : span.end], span.label, small, ends)
        )
    ]


def _is_common(name: str, label: str, small: Collection[str], ends: Collection[str]) -> bool:
    if _is_office(name):
        return True
    if " " in name or name in KNOWN_NAMES or country_of(name, "GPE") or label == "NORP":
        return False
    if name in _GENERIC or name in ORGANISATION_HEADS:
        return name not in ends
    return name.istitle() and name.lower() in small and len(name) > 2


def _is_office(name: str) -> bool:
    """Return whether a name is nothing but a title: Roman Catholic Archbishop."""
    *before, last = name.split()
    return last in TITLES and all(word in TITLES or word in _RELIGIOUS for word in before)


def _plain_acronyms(text: str) -> Iterator[str]:
    """Yield the acronyms in brackets behind words in small letters that begin with theirs."""
    for match in _PLAIN_ACRONYM.finditer(text):
        words = re.split(r"[ -]", text[max(0, match.start() - 80) : match.start()].rstrip())
        letters = match[1].lower().removesuffix("s")
        if "".join(word[:1] for word in words[-len(letters) :]) == letters:
            yield match[1]


def find_acronyms(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans, and acronyms behind organisations and places: "World Flood Board (WFB)", in order."""
    starts = {span.start for span in spans}
    new = [
        Span(span.label, match.start(1), match.end(1))
        for span in spans
        if span.label in {"ORG", *PLACES}
        and " " in text[span.start : span.end]
        and (match := _BEHIND.match(text, span.end))
        and starts.isdisjoint(range(*match.span(1)))
    ]
    return sorted([*spans, *new], key=lambda span: span.start)


def find_capitals(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans, and organisations written in capitals that the model passed over, in the order of the text.

    These are the well-known ones (NATO), and those that the text has at least twice and once at the start of a
    sentence: organisations act. A word in capitals beside another one is emphasis or a headline.
    """
    taken = bytearray(len(text))
    for span in spans:
        taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    free = [match for match in _CAPITALS.finditer(text) if not any(taken[match.start() : match.end()])]
    counts = Counter(match[0] for match in free)
    acting = {match[0] for match in free if _SENTENCE_START.search(text, max(0, match.start() - 10), match.start())}
    new = [
        Span("ORG", match.start(), match.end())
        for match in free
        if KNOWN_NAMES.get(match[0]) == "ORG" or (counts[match[0]] > 1 and match[0] in acting - _NO_NAMES)
    ]
    return sorted([*spans, *new], key=lambda span: span.start)


def find_repeats(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return the spans, and those of the same names where the model passed over them, in the order of the text.

    A single word counts only where the text never writes it small, and never inside a longer name.
    """
    found = sorted(spans, key=lambda span: (span.start, -span.end))
    taken = bytearray(len(text))
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for span in found:
        taken[span.start : span.end] = b"\x01" * (span.end - span.start)
        name = text[span.start : span.end]
        if _may_repeat(name):
            for form in _forms(name, span.label):
                names[form.split()[0]].setdefault(form, span.label)
    new = [span for span in _occurrences(text, names) if not any(taken[span.start : span.end])]
    small = {word for word in _WORD.findall(text) if word.islower()} if new else set()
    kept = [span for span in new if not _is_doubtful(text, span, small)]
    return sorted(found + kept, key=lambda span: span.start)


def _forms(name: str, label: str) -> Iterator[str]:
    yield name
    words = name.split()
    if label == "PERSON" and _is_full_name(label, name) and len(words[-1]) > 2 and not _is_known_otherwise(words[-1]):
        yield words[-1]


def _may_repeat(name: str) -> bool:
    return (len(name) > 2 and name[0].isupper() and "\n" not in name) or (len(name) == 2 and name.isupper())


def _occurrences(text: str, names: Mapping[str, Mapping[str, str]]) -> Iterator[Span]:
    lengths = {first: sorted({len(form) for form in forms}, reverse=True) for first, forms in names.items()}
    behind = 0
    for word in _WORD.finditer(text):
        start = word.start()
        first = word[0] if word[0] in names else word[0].split("'")[0].split("’")[0].rstrip(".-")
        if start < behind:
            continue
        for length in lengths.get(first, ()):
            end = start + length
            if end <= len(text) and text[start:end] in names[first] and not text[end : end + 1].isalnum():
                yield Span(names[first][text[start:end]], start, end)
                behind = end
                break


def _is_doubtful(text: str, span: Span, small: Collection[str]) -> bool:
    """Return whether a word may be no name, or part of a longer one."""
    name = text[span.start : span.end]
    if " " in name:
        return False
    before = _WORD_BEFORE.search(text, max(0, span.start - 30), span.start)
    after = _WORD.match(text, span.end + 1) if text[span.end : span.end + 1] in {" ", "-"} else None
    if text[span.start - 1 : span.start] in {"-", "/", "@", "#"} or text[span.end : span.end + 1] in {"-", "/", "@"}:
        return True
    starts_sentence = before is None or before[1].endswith((".", "?", "!"))
    if before and before[1][0].isupper() and not starts_sentence and before[1] not in TITLES:
        return True
    return name.lower() in small or bool(after and after[0][0].isupper())
