"""What is made of a model's answers: edges, labels, repeats, entities, the user's own names, salience."""

# ruff: noqa: RUF001 - texts as newspapers print them

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_article
from transforms.entities import DEFAULT_LABELS, TagEntities
from transforms.entities.gazetteer import Gazetteer, read_gazetteer
from transforms.entities.labels import find_capitals
from transforms.entities.linking import Group
from transforms.entities.salience import salience_of
from transforms.entities.spans import Span, clean_spans
from transforms.entities.tag import find_entities
from transforms.errors import ConfigError


def found_in(text: str, names: dict[str, str], language: str = "en", gazetteer: Gazetteer | None = None) -> list[Group]:
    """Return the entities of a text in which a model finds the first mention of each name."""
    spans = sorted(
        (Span(label, text.index(name), text.index(name) + len(name)) for name, label in names.items()),
        key=lambda span: span.start,
    )
    return find_entities(text, spans, language, DEFAULT_LABELS, gazetteer or Gazetteer())


def shown(text: str, groups: list[Group]) -> dict[str, list[str]]:
    """Return name to mentions."""
    return {group.name: [text[span.start : span.end] for span in group.spans] for group in groups}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("the Harbour Times’s", "en", ["Harbour Times"]),
        ("“The Harbour Times,”", "en", ["Harbour Times"]),
        ("The Hague", "en", ["The Hague"]),
        ("World Flood Board (WFB", "en", ["World Flood Board"]),
        ("Harbour Board of the", "en", ["Harbour Board"]),
        ("Tom Ferris\n\nLindhaven", "en", ["Tom Ferris", "Lindhaven"]),
        ("New\nYork", "en", ["New\nYork"]),
        ("la Banque de Vernoy", "fr", ["Banque de Vernoy"]),
        ("l'Orchestre du Rhône", "fr", ["Orchestre du Rhône"]),
        ("keyboard player", "en", []),
        ("2.0 - 3", "en", []),
        ("Brightwater / Ferris / Lindhaven", "en", ["Brightwater", "Ferris", "Lindhaven"]),
        ("Brightwater/Ferris/Lindhaven", "en", []),
        ("Brightwater, Ferris and Lindhaven", "en", ["Brightwater", "Ferris", "Lindhaven"]),
        ("Lindhaven, Ohio", "en", ["Lindhaven", "Ohio"]),
        ("Brightwater, Inc.", "en", ["Brightwater, Inc."]),
        ("Brightwater, Ferris and Sons", "en", ["Brightwater, Ferris and Sons"]),
        ("Ministry of Food, Farms and Fish", "en", ["Ministry of Food, Farms and Fish"]),
        ("Harbour Park - Tom Ferris", "en", ["Harbour Park", "Tom Ferris"]),
        ("AC / DC", "en", ["AC / DC"]),
        ("Harbour Board Chairman", "en", ["Harbour Board"]),
        ("Washington, D.C.", "en", ["Washington, D.C."]),
        ("£2.1bn", "en", []),
        ("Mirko Stanek/Reuters", "en", []),
        ("(Photo: Mirko Stanek)", "en", []),
    ],
)
def test_edges_are_cleaned(text: str, language: str, expected: list[str]) -> None:
    """Articles, quotes, possessives and cut brackets go; lists, credits and what has no name go altogether."""
    spans = clean_spans(text, [Span("ORG", 0, len(text))], language)

    assert expected == [text[span.start : span.end] for span in spans]


@given(st.text(st.sampled_from("the The l' ’s\n()“”A b/&")), st.integers(0, 30), st.integers(0, 30))
def test_cleaning_only_takes_away(text: str, start: int, length: int) -> None:
    """A clean span lies in the one that it came from, is not empty, and stays when it is cleaned again."""
    whole = Span("PERSON", min(start, len(text)), min(start + length, len(text)))
    spans = clean_spans(text, [whole], "en")

    assert all(whole.start <= span.start < span.end <= whole.end for span in spans)


FERRIS = {"Tom Ferris": "PERSON"}


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Mr. Brandt left.", {"Brandt": "ORG"}, {"Brandt": "PERSON"}),
        ("Anna Brandt left. Brandt sang.", {"Anna Brandt": "PERSON"}, {"Anna Brandt": "PERSON"}),
        ("The Brandt administration fell.", {"Brandt": "ORG"}, {"Brandt": "PERSON"}),
        ("The Trump administration fell.", {"Trump": "ORG"}, {"Trump": "PERSON"}),
        ("The Harbour Board met.", {"Harbour Board": "PERSON"}, {"Harbour Board": "ORG"}),
        ("Afghan girls.", {"Afghan": "GPE"}, {"Afghan": "NORP"}),
        ("In Glasgow it rained.", {"Glasgow": "PERSON"}, {"Glasgow": "GPE"}),
        ("The Battle of Lindhaven.", {"Battle of Lindhaven": "LOC"}, {"Battle of Lindhaven": "EVENT"}),
        ("Lake Vernoy froze.", {"Lake Vernoy": "PERSON"}, {"Lake Vernoy": "LOC"}),
        ("Wilkat shares fell.", {"Wilkat": "PERSON"}, {"Wilkat": "ORG"}),
        ("Wilkat (born 1950) is a poet.", {"Wilkat": "ORG"}, {"Wilkat": "PERSON"}),
        ("Coach of the Boston Bruins.", {"Boston Bruins": "PERSON"}, {"Boston Bruins": "ORG"}),
        ("Actor Austin Wilkat.", {"Austin Wilkat": "PERSON"}, {"Austin Wilkat": "PERSON"}),
        ("Midfielder Wilkat scored.", {"Midfielder Wilkat": "ORG"}, {"Wilkat": "PERSON"}),
        ("A deal with Norway.", {"Norway": "PERSON"}, {"Norway": "GPE"}),
        ("A deal by Jordan.", {"Jordan": "PERSON"}, {"Jordan": "PERSON"}),
        ("The White House denied it.", {"White House": "ORG"}, {"White House": "FAC"}),
        ("He cheered the Wilkats.", {"Wilkats": "PERSON"}, {"Wilkats": "ORG"}),
        ("A report by BBC Sport.", {"BBC Sport": "PERSON"}, {"BBC Sport": "ORG"}),
        ("Pupils in Barbados.", {"Barbados": "NORP"}, {"Barbados": "GPE"}),
        ("He trusts in Trump.", {"Trump": "PERSON"}, {"Trump": "PERSON"}),
        ("The Wilkat Group's Tom Ferris.", {"Wilkat Group's Tom Ferris": "ORG"}, {"Wilkat Group": "ORG"} | FERRIS),
        ("Beekeeper Tom Ferris.", {"Beekeeper Tom Ferris": "PERSON"}, FERRIS),
        ("He ate at McDonald's.", {"McDonald's": "ORG"}, {"McDonald's": "ORG"}),
        ("VIENNA (AP) - It rained in Vienna.", {"VIENNA": "GPE"}, {"Vienna": "GPE"}),
    ],
)
def test_labels_follow_what_stands_in_and_beside_a_name(
    text: str, names: dict[str, str], expected: dict[str, str]
) -> None:
    """Titles, heads of names, known names and words beside outvote the model, where they are sure."""
    assert expected == {group.name: group.label for group in found_in(text, names)}


@pytest.mark.parametrize(
    ("full", "label", "short", "wrong", "expected"),
    [
        ("Ovid Wilkat", "PERSON", "Wilkat", "ORG", "PERSON"),
        ("Marlo Corp.", "ORG", "Marlo", "PERSON", "ORG"),
        ("Mr Wilkat", "PERSON", "Wilkat", "ORG", "PERSON"),
    ],
)
def test_short_forms_are_what_the_full_name_is(full: str, label: str, short: str, wrong: str, expected: str) -> None:
    """A surname is a person's and the first word of a company a company's, however often the model errs."""
    text = f"{full} came. {short} rose. {short} fell. {short} left."
    shorts = [Span(wrong, match.start(), match.end()) for match in re.finditer(short, text[len(full) :])]
    spans = [Span(label, 0, len(full)), *(Span(wrong, s.start + len(full), s.end + len(full)) for s in shorts)]

    (group,) = find_entities(text, spans, "en", DEFAULT_LABELS)

    assert (expected, 4) == (group.label, len(group.spans))


def test_most_mentions_decide() -> None:
    """All mentions of a name have the label of most."""
    text = "Wilkat sang. Wilkat slept. Wilkat left."
    spans = [Span("ORG", 0, 6), Span("PERSON", 13, 19), Span("PERSON", 27, 33)]

    (group,) = find_entities(text, spans, "en", DEFAULT_LABELS)

    assert ("PERSON", 3) == (group.label, len(group.spans))


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        # a surname, a first name, a title, an initial
        (
            "Anna Vandermolen spoke. Ms. Vandermolen left, and Anna slept. Anna K. Vandermolen is 50.",
            {"Anna Vandermolen": "PERSON", "Anna K. Vandermolen": "PERSON"},
            {"Anna K. Vandermolen": ["Anna Vandermolen", "Vandermolen", "Anna K. Vandermolen"]},
        ),
        # an acronym by its letters, and one that only stands behind
        (
            "The World Flood Board met. The WFB voted.",
            {"World Flood Board": "ORG", "WFB": "ORG"},
            {"World Flood Board": ["World Flood Board", "WFB"]},
        ),
        (
            "The Armed Forces of Vernoy, or FAV, fled. FAV men hid.",
            {"Armed Forces of Vernoy": "ORG", "FAV": "ORG"},
            {"Armed Forces of Vernoy": ["Armed Forces of Vernoy", "FAV", "FAV"]},
        ),
        ("The Harbour Trust (HTX) met.", {"Harbour Trust": "ORG"}, {"Harbour Trust": ["Harbour Trust", "HTX"]}),
        # a short form of an organisation, of which the model took the last word
        (
            "The Lindhaven Times wrote. Then the Times was sold.",
            {"Lindhaven Times": "ORG", "the Times": "ORG"},
            {"Lindhaven Times": ["Lindhaven Times", "Times"]},
        ),
        # forms of a country, and of a people
        (
            "U.S. troops left the United States. America rejoiced.",
            {"U.S.": "GPE", "United States": "GPE", "America": "GPE"},
            {"United States": ["U.S.", "United States", "America"]},
        ),
        (
            "Afghans met in Afghanistan. One Afghan left.",
            {"Afghans": "NORP", "Afghanistan": "GPE", "One Afghan": "NORP"},
            {"Afghanistan": ["Afghanistan"]},
        ),
    ],
)
def test_names_of_one_thing_are_one_entity(text: str, names: dict[str, str], expected: dict[str, list[str]]) -> None:
    """Short forms go to the fullest one, with all mentions."""
    groups = shown(text, found_in(text, names))

    assert expected.items() <= groups.items()


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        # by accents, an initial, a short form of a given name
        ("Nicolás Vernoy met Nicolas Vernoy's wife.", ["Nicolás Vernoy", "Nicolas Vernoy"], ["Nicolás Vernoy"]),
        ("J. Wilkat wrote. Jane Wilkat sang.", ["J. Wilkat", "Jane Wilkat"], ["Jane Wilkat"]),
        ("William Wilkat sat. Bill Wilkat rose.", ["William Wilkat", "Bill Wilkat"], ["William Wilkat"]),
        ("Daniel R. Wilkat sat. Danny Wilkat rose.", ["Daniel R. Wilkat", "Danny Wilkat"], ["Daniel R. Wilkat"]),
        # father and son, two of one family, a man and a woman
        ("Tom Wilkat met Tim Wilkat.", ["Tom Wilkat", "Tim Wilkat"], ["Tom Wilkat", "Tim Wilkat"]),
        ("Tom Wilkat met Tom Wilkat Jr. there.", ["Tom Wilkat", "Tom Wilkat Jr."], ["Tom Wilkat", "Tom Wilkat Jr."]),
        ("Mr Wilkat met Mrs Wilkat.", ["Mr Wilkat", "Mrs Wilkat"], ["Wilkat", "Wilkat"]),
        # titles that belong to a name
        ("Pope Francis spoke. Francis left.", ["Pope Francis"], ["Pope Francis"]),
        ("Treasurer Ovid Wilkat spoke.", ["Treasurer Ovid Wilkat"], ["Ovid Wilkat"]),
    ],
)
def test_forms_of_a_persons_name_are_one_person(text: str, names: list[str], expected: list[str]) -> None:
    """Accents, initials and short forms part no one; different given names, generations and sexes do."""
    groups = found_in(text, dict.fromkeys(names, "PERSON"))

    assert expected == [group.name for group in groups]


def test_titles_tell_husband_and_wife() -> None:
    """Behind "Mrs" a surname is the wife's, even where the husband was named last."""
    text = "Laura Wilkat met George Wilkat. Mrs Wilkat smiled. Mr Wilkat did not. Wilkat left."

    groups = found_in(text, {"Laura Wilkat": "PERSON", "George Wilkat": "PERSON"})

    assert {
        "Laura Wilkat": ["Laura Wilkat", "Wilkat"],
        "George Wilkat": ["George Wilkat", "Wilkat", "Wilkat"],
    } == shown(text, groups)


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Marlo grew. Marlo Corp. fell.", {"Marlo": "ORG", "Marlo Corp.": "ORG"}, ["Marlo Corp."]),
        ("Green won. The Green Party met.", {"Green": "ORG", "Green Party": "ORG"}, ["Green Party"]),
        ("BBC Sport reported. The BBC paid.", {"BBC Sport": "ORG"}, ["BBC Sport", "BBC"]),
        ("Honda Motors grew. Honda paid.", {"Honda Motors": "ORG"}, ["Honda Motors"]),
        (
            "LINDHAVEN COUNTY\nIn Lindhaven County.",
            {"LINDHAVEN COUNTY": "GPE", "Lindhaven County": "GPE"},
            ["Lindhaven County"],
        ),
        ("A Tory met other Tories.", {"Tory": "NORP", "Tories": "NORP"}, ["Tory"]),
        ("In La Liga he scored.", {"La Liga": "ORG"}, ["La Liga"]),
    ],
)
def test_forms_of_other_names_are_one_thing(text: str, names: dict[str, str], expected: list[str]) -> None:
    """Companies with their legal form, capitals, groups and one of them are one; names keep foreign articles."""
    assert expected == [group.name for group in found_in(text, names)]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("The Roman Catholic Archbishop spoke.", {"Roman Catholic Archbishop": "ORG"}, []),
        ("A liquid crystal display (LCD) shines. LCD is cheap.", {"LCD": "ORG"}, []),
        ("Ill with COVID-19.", {"COVID-19": "PERSON"}, []),
        ("The World Flood Board (WFB) met.", {"World Flood Board": "ORG"}, ["World Flood Board"]),
    ],
)
def test_offices_and_things_are_no_names(text: str, names: dict[str, str], expected: list[str]) -> None:
    """A title alone, and an acronym of words in small letters, are dropped."""
    assert expected == [group.name for group in found_in(text, names)]


def test_two_persons_stay_two() -> None:
    """A surname that two persons have goes to the one named last, and they are not one."""
    text = "Laura Brandt met George Brandt. Brandt smiled."

    groups = found_in(text, {"Laura Brandt": "PERSON", "George Brandt": "PERSON"})

    assert {"Laura Brandt": ["Laura Brandt"], "George Brandt": ["George Brandt", "Brandt"]} == shown(text, groups)


def test_repeats_are_found_but_not_in_longer_names_or_small_words() -> None:
    """A name is found again where the model passed over it; part of another name and a common word are not."""
    text = "Norvane grew. It was Norvane, not Norvane Lake. Reed Box sells a box. Box is big."

    groups = shown(text, found_in(text, {"Norvane": "ORG", "Reed Box": "ORG"}))

    assert ["Norvane", "Norvane"] == groups["Norvane"]
    assert ["Reed Box"] == groups["Reed Box"]


PIECES = st.sampled_from(
    [
        *("Mr", "Mrs", "Wilkat", "Tom", "'s", "’s", "the", ",", "and", " - ", " / ", "\n", "\n\n", '"', "“", "”", "‘"),
        *("said", "Washington", ", D.C.", "London", ", Ontario", "U.S.", "Jr.", "Corp.", "(", "LCD)", "(born 1950)"),
        *(
            "£2bn",
            "55th",
            "MP",
            "King",
            "III",
            "\u0301",
            "ß",
            "😀",
            "COVID-19",
            "Korea",
            "«",
            "»",
            ".",
            "he",
            "the actor",
        ),
        *("in", "A", "Georgia", "McDonald's", "--", " ", "\t"),
    ]
)


@given(st.lists(PIECES, max_size=40).map(" ".join), st.data(), st.sampled_from(["en", "fr"]))
def test_entities_of_any_text_lie_in_it_side_by_side(text: str, data: st.DataObject, language: str) -> None:
    """Whatever a model finds, mentions do not overlap, entities have names, and salience is between 0 and 1."""
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    labels = st.sampled_from(["PERSON", "ORG", "GPE", "NORP", "FAC", "WORK_OF_ART", "DATE", "PER"])
    spans = [Span(data.draw(labels), *edges) for edges in zip(places[::2], places[1::2], strict=False)]

    groups = find_entities(text, spans, language, DEFAULT_LABELS)

    found = sorted((span.start, span.end) for group in groups for span in group.spans)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(found))
    assert all(group.name.strip() for group in groups)
    assert all(0 < score < 1 for score in salience_of(text, "Tom Wilkat", groups))


def test_a_name_that_ends_the_text_ends_with_it() -> None:
    """A short name at the very end is not taken for a longer one that begins alike."""
    text = "Marlo Bay froze. Marlo Baymouth too. To Marlo Bay"

    groups = found_in(text, {"Marlo Bay": "LOC", "Marlo Baymouth": "LOC"})

    assert {"Marlo Bay": ["Marlo Bay", "Marlo Bay"], "Marlo Baymouth": ["Marlo Baymouth"]} == shown(text, groups)
    assert max(span.end for group in groups for span in group.spans) == len(text)


def test_the_users_names_win(tmp_path: Path) -> None:
    """A gazetteer's names and aliases are found, replace what overlaps, and carry what it says."""
    path = tmp_path / "names.csv"
    path.write_text(
        "name,type,same_as,aliases\n"
        "Brightwater & Sons,ORG,https://example.org/1,Brightwater;the Sons\n"
        "Lima,PRODUCT,,\n",
        encoding="utf-8",
    )
    text = "Tom Brightwater of Brightwater bought Lima, said the Sons."
    article = make_article(text=text, language="en")

    (tagged,) = [article] | TagEntities(gazetteer=str(path))

    found = {entity.name: entity for entity in tagged.entities}
    own = found["Brightwater & Sons"]
    assert ("ORG", "https://example.org/1", ["Brightwater", "Brightwater", "the Sons"]) == (
        own.type,
        own.same_as,
        [mention.text for mention in own.mentions],
    )
    assert ("PRODUCT", None) == (found["Lima"].type, found["Lima"].country)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name;type\nA;ORG\n", "a gazetteer has the columns"),
        (b"name,type,colour\nA,ORG,red\n", "a gazetteer has the columns"),
        (b"name,type\nA,\n", ":2: name and type must be given"),
        (b"\xff\xfe", "can't be read"),
    ],
)
def test_a_wrong_gazetteer_is_refused_early(tmp_path: Path, content: bytes, message: str) -> None:
    """The step can't be made with a file that is no gazetteer, or with none."""
    path = tmp_path / "names.csv"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=message):
        TagEntities(gazetteer=str(path))
    with pytest.raises(ConfigError, match="can't be read"):
        read_gazetteer(str(tmp_path / "none.csv"))


def test_a_gazetteer_is_part_of_the_versions(tmp_path: Path) -> None:
    """Other names make other rows, so they make another run."""
    path = tmp_path / "names.csv"
    path.write_text("name,type\nA B,ORG\n")
    before = TagEntities(gazetteer=str(path)).model_versions()
    path.write_text("name,type\nA C,ORG\n")

    assert before != TagEntities(gazetteer=str(path)).model_versions()
    assert "gazetteer" not in TagEntities().model_versions()


@pytest.mark.parametrize("options", [{"engine": "quick"}, {"engine": ""}])
def test_another_engine_is_refused(options: dict[str, str]) -> None:
    """The step knows three engines."""
    with pytest.raises(ConfigError, match="engine must be one of auto, fast, spacy"):
        TagEntities(**options)  # type: ignore[arg-type]


def test_salience_falls_with_place_and_rises_with_count_and_headline() -> None:
    """What is named early, often and in the headline is more salient; all scores lie in [0, 1]."""
    text = "Vernoy. " + "x " * 600 + "Lindhaven Norvane Norvane Norvane Stanek"
    places = {word: [m for m in range(len(text)) if text.startswith(word, m)] for word in text.split() if len(word) > 1}
    groups = [
        Group(name, "GPE", [Span("GPE", start, start + len(name)) for start in places[name]])
        for name in ("Vernoy.", "Lindhaven", "Norvane", "Stanek")
    ]

    early, late, often, titled = salience_of(text, "Stanek", groups)

    assert early > late
    assert often > late
    assert titled > late
    assert all(0 <= score <= 1 for score in (early, late, often, titled))


def _salience_by_name(text: str, names: dict[str, str], title: str | None = None) -> dict[str, float]:
    groups = [
        Group(name, label, [Span(label, match.start(), match.end()) for match in re.finditer(re.escape(name), text)])
        for name, label in names.items()
    ]
    return dict(zip(names, salience_of(text, title, groups), strict=True))


STORY = "Dolores Stanek opened the bridge to Norvane on Monday, the mayor said in a speech."


@pytest.mark.parametrize(
    "before",
    [
        "A bridge at last\n",
        "A bridge at last\nMonday, May 4, 2020\n",
        "A bridge at last\nThe old ferry of Kentigern, with Ilse Marchetti. Image: Gregor Pohl.\n",
        "A bridge at last\nKENTIGERN, Texas (Agency) - ",
    ],
)
def test_salience_counts_from_where_the_story_begins(before: str) -> None:
    """A headline, a date, a caption and a dateline neither push the story back nor count as places of it."""
    names = {"Dolores Stanek": "PERSON", "Kentigern": "GPE", "KENTIGERN": "GPE", "Ilse Marchetti": "PERSON"}
    given = {name: label for name, label in names.items() if name in before + STORY}

    salience = _salience_by_name(before + STORY, given)

    assert salience.pop("Dolores Stanek") == _salience_by_name(STORY, {"Dolores Stanek": "PERSON"})["Dolores Stanek"]
    assert all(score < 0.1 for score in salience.values())


def test_a_place_named_to_say_where_someone_is_from_is_not_salient() -> None:
    """A town before its state, named once, is less salient than the same town by itself."""
    passing = "Dolores Stanek of Kentigern, Texas, opened the bridge to the island on Monday."
    by_itself = passing.replace(", Texas,", " has")

    assert _salience_by_name(passing, {"Kentigern": "GPE"})["Kentigern"] < 0.5
    assert _salience_by_name(by_itself, {"Kentigern": "GPE"})["Kentigern"] > 0.5


def test_a_headline_counts_whether_in_the_text_or_beside_it() -> None:
    """The first line is the headline if it is the title, or if there is no title."""
    names = {"Norvane": "GPE"}
    head = "The people of Norvane have waited long"
    story = "It took many years. " * 40 + STORY

    inside = _salience_by_name(f"{head}\n{story}", names)["Norvane"]

    assert inside == _salience_by_name(f"{head}\n{story}", names, head)["Norvane"]
    assert inside == _salience_by_name(story, names, head)["Norvane"]
    assert inside > _salience_by_name(story, names)["Norvane"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Troops of NATO moved on.", ["NATO"]),
        ("The KRVB met. Critics of the KRVB left.", ["KRVB", "KRVB"]),
        ("They met the KRVB. Critics of the KRVB left.", []),
        ("KRVB stood there.", []),
        ("DVD is dead. He loved the DVD.", []),
        ("THE NATO PLAN\nread on", []),
        ("See www.NATO.int and @NATO, or NATO-like.", []),
    ],
)
def test_organisations_in_capitals_are_found(text: str, found: list[str]) -> None:
    """Known ones always; others if they come twice and once open a sentence; never in addresses or shouting."""
    assert [text[span.start : span.end] for span in find_capitals(text, [])] == found


def test_what_is_found_already_is_not_found_in_capitals_again() -> None:
    """A span of the model keeps its place and label."""
    spans = [Span("LOC", 10, 14)]
    assert find_capitals("Troops of NATO moved on.", spans) == spans
