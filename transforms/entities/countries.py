"""Countries by what they, their people and their capitals are called; the table is `countries.psv`."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, get_args

Kind = Literal["name", "demonym", "capital", "part", "city"]
_WIKIDATA: Final = "https://www.wikidata.org/entity/"

_MAX_ACRONYM_CHARS: Final = 4  # longer words in capitals are emphasis or a dateline
PLACE_LABELS: Final = frozenset({"GPE", "LOC"})
PEOPLE_LABELS: Final = frozenset({"NORP", "MISC", "LANGUAGE"})


@dataclass(frozen=True, slots=True)
class Country:
    """What a form says of a country.

    Attributes:
        code: ISO 3166-1 alpha-2.
        name: English name.
        same_as: address of its Wikidata item; None where it is not known.
        kind: whether the form is the country's name, its people, its capital, a part of it or a large city.
        place: usual English name of the capital, part or city; for the country itself and its people the country's.
    """

    code: str
    name: str
    same_as: str | None
    kind: Kind
    place: str

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
    """Return form to country. Names go before people, these before capitals, parts and cities."""
    rows = files(__package__).joinpath("countries.psv").read_text(encoding="utf-8").splitlines()
    forms: dict[str, Country] = {}
    lines = [row.split("|") for row in rows if not row.startswith("#")]
    for column, kind in enumerate(get_args(Kind), start=3):
        for line in lines:
            code, item, name = line[:3]
            same_as = _WIKIDATA + item if item else None
            given = [name, *line[column].split(";")] if kind == "name" else line[column].split(";")
            for names in filter(None, given):
                place = name if kind in {"name", "demonym"} else names.partition("=")[0]
                for form in names.split("="):
                    forms.setdefault(form, Country(code, name, same_as, kind, place))
    return MappingProxyType(forms)


def country_of(name: str, label: str) -> Country | None:
    """Return the country of a place or a people, None if the table has no such form or the label is of another kind.

    >>> country_of("Venezuelans", "NORP").code, country_of("U.K.", "GPE").code
    ('VE', 'GB')
    """
    forms = country_forms()
    country = forms.get(name.removeprefix("the ").removeprefix("The ")) or forms.get(name)
    if country is None and name.isupper() and len(name) > _MAX_ACRONYM_CHARS:
        country = forms.get(name.title())
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


# Names that two countries share: the usual one is in the table; the other is meant where the text names it, and not
# the usual one, in full.
_SHARED: Final = (
    (("Korea", "Korean", "Koreans"), "North Korea", r"North Korean?|Pyongyang|DPRK", r"South Korean?|Seoul"),
    (("Congo", "Congolese"), "Republic of the Congo", r"Brazzaville", r"Kinshasa|Democratic Republic|DRC"),
    (("Dominican", "Dominicans"), "Dominica", r"Dominica\b|Roseau", r"Dominican Republic|Santo Domingo"),
    (("Guinea", "Guinean"), "Equatorial Guinea", r"Equatorial Guinea|Malabo", r"Conakry"),
    (("Guinea", "Guinean"), "Guinea-Bissau", r"Bissau", r"Conakry"),
)
_WITHIN: Final = re.compile(r", ((?:[A-Z][\w.]*)(?: [A-Z][\w.]*){0,2})")


def resolve_country(country: Country | None, name: str, text: str) -> Country | None:
    """Return the country of a name in its text, which may be another one than usual: Georgia, Korea, Congo.

    The cities and neighbours that the text names decide; if they don't, it is the usual one.

    >>> resolve_country(country_of("Georgia", "GPE"), "Georgia", "from Georgia, Alabama and Florida").code
    'US'
    >>> resolve_country(country_of("Korea", "GPE"), "Korea", "Pyongyang says that Korea is one").code
    'KP'
    """
    if country is None:
        return None
    if name in _STATE_FORMS and _is_state(text):
        return replace(country_forms()["United States"], kind="part", place="Georgia")
    for forms, other, for_other, for_usual in _SHARED:
        if name in forms and re.search(for_other, text) and not re.search(for_usual, text):
            meant = country_forms()[other]
            return replace(meant, kind=country.kind)
    return country


def country_beside(country: Country, text: str, end: int) -> Country:
    """Return the country of a city that ends at `end`, by the part of a country named behind it: London, Ontario.

    >>> country_beside(country_of("London", "GPE"), "from London, Ontario", 11).code
    'CA'
    """
    if country.kind not in {"capital", "city"} or not (match := _WITHIN.match(text, end)):
        return country
    words = match[1].split()
    names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    part = next((found for name in names if (found := _part(name))), None)
    if part is None or part.code == country.code:
        return country
    return replace(part, kind="city", place=f"{country.place}, {part.place}")


def _part(name: str) -> Country | None:
    """Return the country that a name is a part of; Georgia behind a city is the state."""
    if name in {"Georgia", "Ga."}:
        return replace(country_forms()["United States"], kind="part", place="Georgia")
    country = country_forms().get(name) or country_forms().get(name.rstrip("."))
    return country if country and country.kind == "part" else None


@functools.lru_cache(maxsize=1)
def _is_state(text: str) -> bool:
    state = 3 * len(set(_STATE_SURE.findall(text))) + len(set(_states().findall(text)))
    state += _IN_STATE.search(text) is not None
    return state > 3 * len(set(_COUNTRY_SURE.findall(text))) + len(set(_COUNTRY_HINT.findall(text)))


@functools.cache
def _states() -> re.Pattern[str]:
    parts = (form for form, country in country_forms().items() if country.code == "US" and country.kind == "part")
    return re.compile(rf"\b({'|'.join(map(re.escape, sorted(parts)))})\b")
