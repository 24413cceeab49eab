"""Countries by what they, their people and their capitals are called; the table is `countries.psv`."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["name", "demonym", "capital", "part"]
_WIKIDATA: Final = "https://www.wikidata.org/entity/"

PLACE_LABELS: Final = frozenset({"GPE", "LOC"})
PEOPLE_LABELS: Final = frozenset({"NORP", "MISC", "LANGUAGE"})


@dataclass(frozen=True, slots=True)
class Country:
    """What a form says of a country.

    Attributes:
        code: ISO 3166-1 alpha-2.
        name: English name.
        same_as: address of its Wikidata item; None where it is not known.
        kind: whether the form is the country's name, its people, its capital or a part of it.
    """

    code: str
    name: str
    same_as: str | None
    kind: Kind

    @property
    def is_country(self) -> bool:
        """Whether the form names the country itself."""
        return self.kind == "name"

    @property
    def is_demonym(self) -> bool:
        """Whether the form names its people."""
        return self.kind == "demonym"


@functools.cache
def country_forms() -> Mapping[str, Country]:
    """Return form to country. Names go before people, these before capitals and parts."""
    rows = files(__package__).joinpath("countries.psv").read_text(encoding="utf-8").splitlines()
    forms: dict[str, Country] = {}
    lines = [row.split("|") for row in rows if not row.startswith("#")]
    kinds: tuple[Kind, ...] = ("name", "demonym", "capital", "part")
    for column, kind in enumerate(kinds, start=3):
        for line in lines:
            code, item, name = line[:3]
            same_as = _WIKIDATA + item if item else None
            given = [name, *line[column].split(";")] if kind == "name" else line[column].split(";")
            for form in filter(None, given):
                forms.setdefault(form, Country(code, name, same_as, kind))
    return MappingProxyType(forms)


def country_of(name: str, label: str) -> Country | None:
    """Return the country of a place or a people, None if the table has no such form or the label is of another kind.

    >>> country_of("Venezuelans", "NORP").code, country_of("U.K.", "GPE").code
    ('VE', 'GB')
    """
    country = country_forms().get(name.removeprefix("the ").removeprefix("The ")) or country_forms().get(name)
    if country is None:
        return None
    if label in PLACE_LABELS or (country.is_demonym and label in PEOPLE_LABELS):
        return country
    return None


# What decides between Georgia the country and the state; those that are sure count thrice.
_COUNTRY_SURE: Final = re.compile(r"\b(Tbilisi|Batumi|Kutaisi|Abkhazian?|Ossetian?|Caucasus|Republic of Georgia)\b")
_STATE_SURE: Final = re.compile(r"(?<!\w)(Atlanta|Savannah|Ga\.|Georgia Tech|Georgia Bulldogs|state of Georgia)(?!\w)")
_COUNTRY_HINT: Final = re.compile(
    r"\b(Armenian?|Azerbaijani?|Yerevan|Baku|Moscow|Russian?|Soviet|Turkey|Ukraine|Moldova)\b"
)
_IN_STATE: Final = re.compile(r"[a-z], Georgia\b")  # "Macon, Georgia", but lists of countries too
_STATE_FORMS: Final = frozenset({"Georgia", "Georgian", "Georgians"})


def resolve_country(country: Country | None, name: str, text: str) -> Country | None:
    """Return the country of a name in its text: Georgia may be a state of the U.S., all others are what they were.

    The cities and neighbours that the text names decide; if they don't, it is the country.

    >>> resolve_country(country_of("Georgia", "GPE"), "Georgia", "from Georgia, Alabama and Florida").code
    'US'
    """
    if country is None or name not in _STATE_FORMS or not _is_state(text):
        return country
    union = country_forms()["United States"]
    return replace(union, kind="part")


@functools.lru_cache(maxsize=1)
def _is_state(text: str) -> bool:
    state = 3 * len(set(_STATE_SURE.findall(text))) + len(set(_states().findall(text)))
    state += _IN_STATE.search(text) is not None
    return state > 3 * len(set(_COUNTRY_SURE.findall(text))) + len(set(_COUNTRY_HINT.findall(text)))


@functools.cache
def _states() -> re.Pattern[str]:
    parts = (form for form, country in country_forms().items() if country.code == "US" and country.kind == "part")
    return re.compile(rf"\b({'|'.join(map(re.escape, sorted(parts)))})\b")
