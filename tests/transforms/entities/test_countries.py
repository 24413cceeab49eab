"""Countries: the right code for what they, their people and their capitals are called."""

import re

import pytest

from transforms.entities.countries import country_beside, country_forms, country_of, resolve_country
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

# Forms of all kinds, some of them shared with other places: abbreviations, parts and cities too.
MORE = """
US: U.S.A.|USA|US|the US|the States|American|Americans|Calif.|Fla.|N.Y.|Mass.|Pa.|Washington, D.C.|Washington DC|D.C.
US: Alaska|Hawaii|Idaho|Wyoming|Rhode Island|New Jersey|New York State|West Virginia|North Dakota|États-Unis
US: Etats-Unis|USA|Américains|américaine|Floride|Californie
GB: GB|UK|Great Britain|United Kingdom|Britain|England|Scotland|Wales|Northern Ireland|Ulster|London|Edinburgh
GB: Cardiff|Belfast|Londres|Angleterre|Écosse|Pays de Galles|British|Britons|Brits|Welsh|Scottish|English
GB: Northern Irish|Royaume-Uni|Britanniques|anglais|Welshman|Scot
FR: France|Paris|French|Frenchman|Corsica|Corse|Normandy|Bretagne|Français|Île-de-France|Provence|Marseille|Lyon
DE: Germany|Berlin|Bavaria|German|Germans|Allemagne|Allemands|FRG|North Rhine-Westphalia|RFA|Saxony|Rhénanie
IE: Ireland|Irish|Dublin|Republic of Ireland|Éire|Irlande|Irlandais|Irishwoman
KR: South Korea|South Koreans|Seoul|Republic of Korea|ROK|Korea|S. Korea|Korean|Koreans
KP: North Korea|North Koreans|Pyongyang|DPRK|N. Korea
CD: DR Congo|Democratic Republic of Congo|DRC|Kinshasa|Congo|Congolese|the Congo
CG: Republic of the Congo|Congo-Brazzaville|Brazzaville
NE: Niger|Niamey|Nigerien
NG: Nigeria|Abuja|Lagos|Nigerians|Nigérians
GN: Guinea|Conakry|Guinean
GW: Guinea-Bissau|Bissau
GQ: Equatorial Guinea|Malabo
PG: Papua New Guinea|Port Moresby|PNG
GY: Guyana
GF: French Guiana|Guyane
DM: Dominica|Roseau
DO: Dominican Republic|Santo Domingo|Dominicans
MK: North Macedonia|Macedonia|Skopje|FYROM|Macédoine du Nord
GR: Greece|Athens|Greeks|Grecque|Thessaloniki|Crete
TD: Chad|N'Djamena|Tchad
JO: Jordan|Amman|Jordanians
TR: Turkey|Türkiye|Ankara|Istanbul|Turks|Turque
CZ: Czechia|Czech Republic|Prague|Czechs
RU: Russia|Moscow|Russians|Chechnya|Siberia|St. Petersburg|Moscou|Saint-Pétersbourg
UA: Ukraine|Kyiv|Kiev|Kharkiv|Crimea|Donbas|Ukrainians|Odesa|Lviv
CN: China|Beijing|Peking|Shanghai|Tibet|PRC|Mainland China|Chinese|Xinjiang|Pékin|Chinois
TW: Taiwan|Taipei|Taiwanese|Chinese Taipei
HK: Hong Kong|Hongkong|Hong Kongers
JP: Japan|Tokyo|Japanese|Japon|Osaka|Okinawa
IN: India|New Delhi|Delhi|Mumbai|Kolkata|Indians|Kashmir|Inde|Bangalore
PS: Gaza|Gaza Strip|West Bank|Palestine|Palestinians|Ramallah|Gaza City|Bande de Gaza|Cisjordanie
PS: the Palestinian Territories
IL: Israel|Tel Aviv|Israelis|Israël|Haifa
IR: Iran|Tehran|Téhéran|Iranians
IQ: Iraq|Baghdad|Iraqi|Irak|Mosul|Basra
SY: Syria|Damascus|Aleppo|Syrie
SA: Saudi Arabia|Riyadh|Saudis|KSA|Mecca|Jeddah
AE: UAE|United Arab Emirates|Dubai|Abu Dhabi|Emiratis
MM: Myanmar|Burma|Burmese|Yangon|Naypyidaw|Rangoon
CI: Ivory Coast|Cote d'Ivoire|Côte d'Ivoire|Ivorians|Abidjan
CV: Cape Verde|Cabo Verde
SZ: Eswatini|Swaziland
TL: East Timor|Timor-Leste
ZA: South Africa|Johannesburg|Pretoria|Cape Town|South Africans|Durban
BR: Brazil|Brasília|Rio de Janeiro|São Paulo|Sao Paulo|Brazilians
MX: Mexico|Mexico City|Mexicans|Tijuana|Mexique
CA: Canada|Ottawa|Toronto|Quebec|Québec|B.C.|British Columbia|Ontario|Ont.|Montreal|Vancouver|Canadians|Nova Scotia
CA: Yukon|Saskatchewan|Prince Edward Island|Nunavut
AU: Australia|Canberra|Sydney|Melbourne|Queensland|New South Wales|Tasmania|Victoria|Aussies|Northern Territory
NZ: New Zealand|Wellington|Auckland|Kiwis|Christchurch
NL: Netherlands|Holland|The Hague|Amsterdam|Dutch|Rotterdam|Pays-Bas
BE: Belgium|Brussels|Antwerp|Flanders|Belgians|Bruxelles|Wallonia
CH: Switzerland|Bern|Geneva|Zurich|Swiss|Suisse|Genève
AT: Austria|Vienna|Vienne|Autrichiens
DK: Denmark|Copenhagen|Danes
GL: Greenland|Nuuk
VA: Vatican|Vatican City|Holy See
XK: Kosovo|Pristina|Kosovars
RS: Serbia|Belgrade|Serbs
PR: Puerto Rico|San Juan
SS: South Sudan|Juba|South Sudanese
SD: Sudan|Khartoum|Darfur
ZW: Zimbabwe|Harare
LK: Sri Lanka|Colombo|Ceylon
EG: Egypt|Cairo|Le Caire|Sinai|Alexandria
PK: Pakistan|Islamabad|Karachi|Lahore|Peshawar|Pakistanis
AF: Afghanistan|Kabul|Kandahar|Afghans
ES: Spain|Madrid|Barcelona|Catalonia|Catalan|Basque Country|Spaniards|Canary Islands|Espagne
IT: Italy|Rome|Milan|Sicily|Italians|Venice|Italie|Naples
PH: Philippines|Manila|Filipinos|Mindanao
VN: Vietnam|Viet Nam|Hanoi|Ho Chi Minh City|Saigon
KH: Cambodia|Phnom Penh
BY: Belarus|Minsk|Belarusians
MD: Moldova|Chisinau|Chişinău|Transnistria
GE: Tbilisi|Georgian
FM: Micronesia
WS: Samoa
VI: US Virgin Islands
BA: Bosnia|Bosnia and Herzegovina|Bosnia-Herzegovina|Sarajevo|Bosnians
TT: Trinidad|Trinidad and Tobago|Trinidad & Tobago|Tobago
CL: Chile|Santiago|Chileans
CR: Costa Rica|San José
VE: Venezuela|Caracas|Vénézuéliens
TZ: Tanzania|Dar es Salaam|Zanzibar|Dodoma
KZ: Kazakhstan|Astana|Nur-Sultan|Almaty
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


def test_abbreviations_parts_and_cities_have_the_right_code() -> None:
    """The same holds for abbreviations, parts, large cities and names that two countries share."""
    forms = cases(MORE, "GPE")
    right = [
        country is not None and country.code == code
        for form, label, code in forms
        for country in [country_of(form, label)]
    ]

    assert len(forms) >= 400
    assert sum(right) >= 0.98 * len(forms)


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


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("Korea", "Korea won.", "KR"),
        ("Korea", "Pyongyang said that Korea must be one.", "KP"),
        ("Koreans", "In Pyongyang and Seoul Koreans cheered.", "KR"),
        ("Congo", "Rebels in eastern Congo fled.", "CD"),
        ("Congo", "Talks in Brazzaville on Congo's oil began.", "CG"),
        ("Congo", "From Brazzaville they saw Kinshasa, across the river in Congo.", "CD"),
        ("Guinea", "Guinea voted.", "GN"),
        ("Guinea", "Troops in Bissau, the capital of Guinea-Bissau, took over Guinea.", "GW"),
        ("France", "Atlanta and Alabama.", "FR"),
    ],
)
def test_a_shared_name_is_what_the_text_says(name: str, text: str, code: str) -> None:
    """Of two countries with one name the usual one is meant, unless the text names only the other in full."""
    country = resolve_country(country_of(name, "GPE"), name, text)
    assert country is not None
    assert code == country.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("London, Ontario, froze.", "CA"),
        ("Paris, Texas", "US"),
        ("Paris, Texas and Rome", "US"),
        ("Athens, Ga., is small.", "US"),
        ("Athens, Georgia", "US"),
        ("Paris, France", "FR"),
        ("Paris, London and Toronto", "FR"),
        ("Paris. Texas won.", "FR"),
        ("Sydney, Nova Scotia", "CA"),
    ],
)
def test_a_city_is_where_the_words_behind_it_say(text: str, code: str) -> None:
    """A state or province behind a city wins over the city that everyone knows; other cities do not."""
    city = re.split(r"[,.]", text)[0]
    country = country_of(city, "GPE")
    assert country is not None
    assert code == country_beside(country, text, len(city)).code


def test_no_country_stays_none() -> None:
    """A name that is in no table stays without a country."""
    assert resolve_country(None, "Georgia", "Atlanta and Alabama") is None


def test_forms_of_one_place_are_one_entity() -> None:
    """Kyiv and Kiev are one, and so are a state and its abbreviation; two cities of one name are two."""
    text = "Kiev, now Kyiv. California, or Calif. London met London, Ontario."
    names = ("Kiev", "Kyiv", "California", "Calif.", "London met", "London, Ontario")
    spans = [Span("GPE", text.index(name), text.index(name) + len(name.split()[0].rstrip(","))) for name in names]

    groups = group_spans(text, spans, "en")

    assert [("Kiev", 2, "UA"), ("California", 2, "US"), ("London", 1, "GB"), ("London", 1, "CA")] == [
        (group.name, len(group.spans), group.country and group.country.code) for group in groups
    ]


def test_the_state_of_georgia_keeps_its_name_among_entities() -> None:
    """An article on the state has an entity Georgia in the U.S., and no Wikidata item of the country."""
    text = "Voters in Georgia and Alabama went to the polls."
    groups = group_spans(text, [Span("GPE", 10, 17)], "en")
    assert [(group.name, group.country and group.country.code) for group in groups] == [("Georgia", "US")]
