"""Countries: the right code for what they, their people and their capitals are called."""

import re

import pytest

from transforms.entities.countries import country_forms, country_of, resolve_country
from transforms.entities.linking import group_spans
from transforms.entities.spans import Span

# Written from public facts: ISO 3166-1 alpha-2, and names as newspapers use them.
PLACES = """
US: United States|United States of America|U.S.|US|USA|America|Washington|the United States|Texas|California
GB: United Kingdom|UK|U.K.|Britain|Great Britain|London|England|Scotland|Wales|Northern Ireland|Royaume-Uni
FR: France|Paris|Corsica  DE: Germany|Allemagne|Berlin|Bavaria  IT: Italy|Italie|Rome|Sicily  ES: Spain|Madrid|Espagne
PT: Portugal|Lisbon  NL: Netherlands|The Netherlands|Holland|The Hague|Pays-Bas  BE: Belgium|Brussels|Belgique
LU: Luxembourg  CH: Switzerland|Bern|Suisse  AT: Austria|Vienna|Autriche  DK: Denmark|Copenhagen  SE: Sweden|Stockholm
NO: Norway|Oslo  FI: Finland|Helsinki  IS: Iceland|Reykjavik  IE: Ireland|Dublin  PL: Poland|Warsaw|Pologne
CZ: Czech Republic|Czechia|Prague  SK: Slovakia|Bratislava  HU: Hungary|Budapest  RO: Romania|Bucharest
BG: Bulgaria|Sofia  GR: Greece|Athens|Grèce  TR: Turkey|Türkiye|Ankara  RU: Russia|Moscow|Russian Federation|Russie
UA: Ukraine|Kyiv|Kiev|Crimea  BY: Belarus|Minsk  MD: Moldova  EE: Estonia|Tallinn  LV: Latvia|Riga  LT: Lithuania
RS: Serbia|Belgrade  HR: Croatia|Zagreb  SI: Slovenia  BA: Bosnia|Sarajevo  XK: Kosovo  AL: Albania  MK: North Macedonia
CN: China|Beijing|Chine|Tibet|People's Republic of China  TW: Taiwan|Taipei  HK: Hong Kong  JP: Japan|Tokyo|Japon
KR: South Korea|Seoul|Republic of Korea|Corée du Sud  KP: North Korea|Pyongyang|DPRK  IN: India|New Delhi|Inde
PK: Pakistan|Islamabad  BD: Bangladesh|Dhaka  LK: Sri Lanka  NP: Nepal|Kathmandu  AF: Afghanistan|Kabul
IR: Iran|Tehran  IQ: Iraq|Baghdad  SY: Syria|Damascus|Syrie  LB: Lebanon|Beirut  IL: Israel
PS: Palestine|Gaza|West Bank
JO: Jordan|Amman  SA: Saudi Arabia|Riyadh  AE: United Arab Emirates|UAE|Dubai|Abu Dhabi  QA: Qatar|Doha  KW: Kuwait
YE: Yemen|Sanaa  OM: Oman  EG: Egypt|Cairo|Égypte  LY: Libya|Tripoli  TN: Tunisia|Tunis  DZ: Algeria|Algiers
MA: Morocco|Rabat|Maroc  SD: Sudan|Khartoum  SS: South Sudan|Juba  ET: Ethiopia|Addis Ababa  SO: Somalia|Mogadishu
KE: Kenya|Nairobi  UG: Uganda|Kampala  RW: Rwanda|Kigali  TZ: Tanzania  NG: Nigeria|Abuja|Lagos  GH: Ghana|Accra
CI: Ivory Coast|Côte d'Ivoire  SN: Senegal|Dakar  ML: Mali|Bamako  CD: DR Congo|Kinshasa  CG: Congo-Brazzaville
ZA: South Africa|Pretoria|Cape Town  ZW: Zimbabwe|Harare  CA: Canada|Ottawa|Ontario  MX: Mexico|Mexico City
CU: Cuba|Havana  HT: Haiti  BR: Brazil|Brasília|Brésil  AR: Argentina|Buenos Aires  CL: Chile|Santiago
CO: Colombia|Bogotá  VE: Venezuela|Caracas  PE: Peru|Lima  BO: Bolivia|La Paz  EC: Ecuador|Quito
AU: Australia|Canberra|New South Wales  NZ: New Zealand|Wellington  ID: Indonesia|Jakarta  MY: Malaysia|Kuala Lumpur
SG: Singapore  TH: Thailand|Bangkok  VN: Vietnam|Hanoi  PH: Philippines|Manila  MM: Myanmar|Burma  KH: Cambodia
"""
PEOPLE = """
US: American|Americans  GB: British|Britons|Scottish|Welsh|English  FR: French|Frenchman|Français  DE: German|Germans
IT: Italian|Italians  ES: Spanish|Spaniards  NL: Dutch  CH: Swiss  DK: Danes|Danish  RU: Russian|Russians  UA: Ukrainian
CN: Chinese  JP: Japanese  KR: South Korean  KP: North Koreans  IN: Indian|Indians  PK: Pakistani  AF: Afghan|Afghans
IR: Iranian|Iranians  IQ: Iraqis  SY: Syrians  IL: Israeli|Israelis  PS: Palestinian|Palestinians  SA: Saudi|Saudis
EG: Egyptian  NG: Nigerian|Nigerians  NE: Nigerien  ZA: South African  CA: Canadian|Canadians  MX: Mexican|Mexicans
BR: Brazilian  AR: Argentine|Argentinian  VE: Venezuelan|Venezuelans  AU: Australian|Australians  PH: Filipino
DO: Dominican  TH: Thai  VN: Vietnamese  TR: Turkish|Turks  GR: Greek|Greeks  PL: Polish|Poles  PR: Puerto Rican
"""


def cases(table: str, label: str) -> list[tuple[str, str, str]]:
    """Return (form, label, code) of a table of codes and forms."""
    parts = re.split(r"\b([A-Z]{2}): ", table)[1:]
    return [
        (form.strip(), label, code)
        for code, forms in zip(parts[::2], parts[1::2], strict=True)
        for form in forms.split("|")
    ]


CASES = cases(PLACES, "GPE") + cases(PEOPLE, "NORP")


def test_forms_have_the_right_code() -> None:
    """At least 98 % of what countries, peoples and capitals are called have their country's code."""
    right = [
        country is not None and country.code == code
        for form, label, code in CASES
        for country in [country_of(form, label)]
    ]

    assert len(CASES) >= 200
    assert sum(right) >= 0.98 * len(CASES)


@pytest.mark.parametrize(
    ("form", "label", "kind", "item"),
    [
        ("U.S.", "GPE", "name", "Q30"),
        ("Germany", "LOC", "name", "Q183"),
        ("Venezuelans", "NORP", "demonym", "Q717"),
        ("Paris", "GPE", "capital", "Q142"),
        ("Scotland", "GPE", "part", "Q145"),
    ],
)
def test_a_form_says_of_what_kind_it_is(form: str, label: str, kind: str, item: str) -> None:
    """A country's name is told from its people, its capital and its parts."""
    country = country_of(form, label)

    assert country is not None
    assert (kind, f"https://www.wikidata.org/entity/{item}") == (country.kind, country.same_as)


@pytest.mark.parametrize(
    ("form", "label"), [("Jordan", "PERSON"), ("Paris", "NORP"), ("Lindhaven", "GPE"), ("", "GPE")]
)
def test_others_have_no_country(form: str, label: str) -> None:
    """A person is no country, nor is a place that the table does not name."""
    assert country_of(form, label) is None


def test_the_table_is_whole() -> None:
    """Each country has a code of its own, and an item of its own or none."""
    countries = {(country.code, country.name, country.same_as) for country in country_forms().values()}
    items = [same_as for _, _, same_as in countries if same_as]

    assert len(countries) == len({code for code, _, _ in countries}) >= 240
    assert len(items) == len(set(items))
    assert all(re.fullmatch(r"[A-Z]{2}", code) for code, _, _ in countries)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Georgia", "GE"),
        ("The mayor of Atlanta went to Georgia with the senator.", "US"),
        ("Voters in Georgia, Alabama and Ohio went to the polls.", "US"),
        ("A farm in Macon, Georgia, burned down.", "US"),
        ("He was born in Macon, Ga., and stayed in Georgia.", "US"),
        ("Talks in Tbilisi on the future of Georgia began.", "GE"),
        ("A farm near Tbilisi, Georgia, burned down.", "GE"),
        ("Envoys of Armenia, Georgia and Azerbaijan met in Texas.", "GE"),
        ("Georgia and the Caucasus matter to the United States.", "GE"),
    ],
)
def test_georgia_is_what_its_neighbours_say(text: str, code: str) -> None:
    """The state beside Atlanta and other states, the country beside Tbilisi and its neighbours, else the country."""
    country = resolve_country(country_of("Georgia", "GPE"), "Georgia", text)
    assert country is not None
    assert (country.code, country.is_country) == (code, code == "GE")


def test_other_countries_do_not_depend_on_the_text() -> None:
    """Only Georgia is looked up in the text; a name that is no country stays none."""
    france = country_of("France", "GPE")
    assert resolve_country(france, "France", "Atlanta and Alabama") == france
    assert resolve_country(None, "Georgia", "Atlanta and Alabama") is None


def test_the_state_of_georgia_keeps_its_name_among_entities() -> None:
    """An article on the state has an entity Georgia in the U.S., and no Wikidata item of the country."""
    text = "Voters in Georgia and Alabama went to the polls."
    groups = group_spans(text, [Span("GPE", 10, 17)], "en")
    assert [(group.name, group.country and group.country.code) for group in groups] == [("Georgia", "US")]
