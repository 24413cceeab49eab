"""Stored texts: their parts by layout, and no word lost."""

import re
import textwrap
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.plaintext import PlainText, parse_plain_text
from transforms.records import Image
from transforms.text import valid_text

TITLE = "Harbour council votes to close the old ferry pier"
DEK = "Commuters will have to walk twice as far, and shopkeepers fear for their trade."
CAPTION = "The ferry pier at low tide, with the old ticket hall behind it."
LEDE = (
    "The harbour council voted on Monday to close the old ferry pier by the end of the year, after an engineer found "
    "cracks in nine of its twelve pillars and warned that the next storm could bring the whole of it down."
)
BODY = (
    "“We have put this off for a decade,” said Ines Falk, who chairs the council. She put the cost of a repair at "
    "four million crowns, which is more than the ferry has earned since it was built, and said that no one had "
    "offered to pay it."
)
END = (
    "The ferry carries some nine hundred people a day across the sound. Until a new pier is built, it will land at "
    "the fish market, a mile to the north, where there is neither a bus stop nor a roof to wait under."
)
TEXT = f"{LEDE}\n\n{BODY}\n\n{END}"


def join(*paragraphs: str) -> str:
    """Return paragraphs as a stored text."""
    return "\n\n".join(paragraphs)


def image(credit: str, caption: str | None = CAPTION) -> tuple[Image, ...]:
    """Return the one picture of a text."""
    return (Image(caption=caption, credit=credit),)


def test_all_parts_are_told_apart() -> None:
    """Headline, dek, a caption that is there twice, and body: each ends in its field, once."""
    caption = f"{CAPTION} (CREDIT: Ole Brandt/Nordic Pictures)"
    expected = PlainText(title=TITLE, description=DEK, images=image("Ole Brandt/Nordic Pictures"), text=TEXT)

    assert expected == parse_plain_text(f"{TITLE}\n\n{DEK}\n\n{caption}\n{caption}\n\n{LEDE}\n\n\n{BODY}\n\n{END}\n")


def test_french_parts_are_told_apart() -> None:
    """The layout is the same in French, and no-break spaces are no hindrance."""
    title = "Le conseil du port vote la fermeture de l'ancien embarcadère"
    dek = "Les usagers marcheront deux fois plus\xa0; les commerçants s'inquiètent."
    body = (
        "Le conseil du port a voté lundi la fermeture de l'ancien embarcadère avant la fin de l'année, après qu'un "
        "ingénieur a découvert des fissures dans neuf de ses douze piliers."
    )
    caption = "L'embarcadère à marée basse."
    description = dek.replace("\xa0", " ")
    expected = PlainText(title=title, description=description, images=image("Ole Brandt / AFP", caption), text=body)

    assert expected == parse_plain_text(join(title, dek, f"{caption} Crédit photo\xa0: Ole Brandt / AFP", body))


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        "Will the ferry pier survive the winter?",
        "“We have put this off for a decade”",
        "Old pier closes across the U.S.",
        "旧フェリー桟橋の閉鎖を決定",
    ],
)
def test_a_short_first_paragraph_is_the_title(title: str) -> None:
    """A line without a final period, alone above a blank line, is the title."""
    assert PlainText(title=title, text=TEXT) == parse_plain_text(join(title, TEXT))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"# {TITLE}\n\n{TEXT}", id="hash"),
        pytest.param(f"# {TITLE} #\n{TEXT}", id="two hashes"),
        pytest.param(f"{TITLE}\n====\n\n{TEXT}", id="double underline"),
        pytest.param(f"{TITLE}\n-------------\n{TEXT}", id="underline"),
        pytest.param(f"Title: {TITLE}\n\n{TEXT}", id="header"),
        pytest.param(f"TITRE : {TITLE}\n\n{TITLE}\n\n{TEXT}", id="header, and again below"),
    ],
)
def test_a_marked_title_is_the_title(text: str) -> None:
    """The marks of Markdown and a header line name the title, and go."""
    assert PlainText(title=TITLE, text=TEXT) == parse_plain_text(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LEDE, id="one paragraph"),
        pytest.param(TEXT, id="first line is a long sentence"),
        pytest.param(join("The pier is closed.", TEXT), id="first line is a short sentence"),
        pytest.param(join("Speaking on Monday, she said:", TEXT), id="colon"),
        pytest.param(join("2024-03-05", TEXT), id="date"),
        pytest.param(join("By Ines Falk", TEXT), id="byline"),
        pytest.param(join(f"{CAPTION} (Photo: Ole Brandt)", TEXT), id="caption"),
        pytest.param(join("- nine pillars", TEXT), id="list"),
        pytest.param(join("* * *", TEXT), id="no letters"),
        pytest.param(join(TITLE, "Piers and pontoons", "Ferries"), id="no sentences below"),
        pytest.param(TITLE, id="title alone"),
        pytest.param("", id="empty"),
    ],
)
def test_text_without_a_title_is_left_whole(text: str) -> None:
    """Where nothing is plainly a title, all is body."""
    assert PlainText(text=text) == parse_plain_text(text)


def test_lines_are_paragraphs() -> None:
    """Text without blank lines keeps its lines as paragraphs; a short first one above long sentences is the title."""
    assert PlainText(title=TITLE, text=join(LEDE, BODY, END)) == parse_plain_text("\n".join([TITLE, LEDE, BODY, END]))
    short = ["To the ferry", "The pier is closed.", "Walk on."]
    assert PlainText(text=join(*short)) == parse_plain_text("\n".join(short))


@pytest.mark.parametrize("width", [60, 72, 80])
@pytest.mark.parametrize("indent", ["", "  "])
def test_hard_wrapped_text_is_unwrapped(width: int, indent: str) -> None:
    """Lines of equal length are joined; a blank line, or an indent, parts paragraphs."""
    wrapped = [textwrap.fill(part, width, initial_indent=indent, break_on_hyphens=False) for part in (LEDE, BODY, END)]

    assert PlainText(title=TITLE, text=TEXT) == parse_plain_text(join(textwrap.fill(TITLE, width), *wrapped))
    assert not indent or PlainText(text=TEXT) == parse_plain_text("\n".join(wrapped))


def test_a_list_in_wrapped_text_stays_a_list() -> None:
    """Items of a list are paragraphs of their own."""
    wrapped = textwrap.fill(LEDE, 72, break_on_hyphens=False)
    expected = join(LEDE, "- nine pillars", "- one roof")

    assert expected == parse_plain_text(f"{wrapped}\n- nine pillars\n- one roof").text


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        (f"{CAPTION} (CREDIT: Ole Brandt/Getty Images)", "Ole Brandt/Getty Images"),
        (f"{CAPTION} (Photo by Ole Brandt/Nordic)", "Ole Brandt/Nordic"),
        (f"{CAPTION} (Photo: dpa)", "dpa"),
        (f"{CAPTION} [Image credit: O. Brandt]", "O. Brandt"),
        (f"{CAPTION} (AP Photo/Ole Brandt)", "AP Photo/Ole Brandt"),
        (f"{CAPTION} (Ole Brandt / Getty Images).", "Ole Brandt / Getty Images"),
        (f"{CAPTION} Photo: O. B. Brandt/AFP", "O. B. Brandt/AFP"),
        (f"{CAPTION} Photograph by Ole", None),
        (f"{CAPTION} Photo by Ole Brandt.", "Ole Brandt"),
        (f"{CAPTION} Image: Harbour Museum.", "Harbour Museum"),
        (f"{CAPTION} © Ole Brandt", "Ole Brandt"),
        (f"{CAPTION} Crédit photo : Ole Brandt", "Ole Brandt"),
        (f"{CAPTION} (Crédits : AFP)", "AFP"),
        (f"{CAPTION} Foto: Ole Brandt", "Ole Brandt"),
        (f"{CAPTION} (AFP)", None),
        (f"{CAPTION} Photo by photo, it fell down.", None),
        (f"{CAPTION} Image: it fell. No one saw it.", None),
        (f"{CAPTION} © 2024 Harbour News", None),
        (f"{'A long paragraph. ' * 25}(Photo: Ole Brandt)", None),
    ],
)
def test_a_credit_makes_a_caption(line: str, credit: str | None) -> None:
    """What ends with a credit is a caption, in the body too; what only looks like one stays."""
    parts = parse_plain_text(join(TITLE, LEDE, BODY, line, END))

    assert (image(credit) if credit else ()) == parts.images
    assert (join(LEDE, BODY, END) if credit else join(LEDE, BODY, line.strip(), END)) == parts.text


def test_a_credit_alone_is_a_picture() -> None:
    """A line that is only a credit is kept as the credit of a picture without a caption."""
    assert image("Ole Brandt", None) == parse_plain_text(join(TITLE, "Photo: Ole Brandt", TEXT)).images


def test_equal_captions_are_one() -> None:
    """A caption is kept once, with its credit if any of its copies has one."""
    text = join(TITLE, CAPTION, f"{CAPTION} (Photo: Ole Brandt)", LEDE, f"{CAPTION} (Photo: Ole Brandt)", BODY)

    assert PlainText(title=TITLE, images=image("Ole Brandt"), text=join(LEDE, BODY)) == parse_plain_text(text)


def test_a_repeated_line_is_a_caption() -> None:
    """Above the body, a line that is there twice is a caption without a credit."""
    expected = PlainText(title=TITLE, images=(Image(caption=CAPTION),), text=TEXT)

    assert expected == parse_plain_text(f"{TITLE}\n\n{CAPTION}\n{CAPTION}\n\n{TEXT}")


@pytest.mark.parametrize(
    ("paragraphs", "description"),
    [
        pytest.param([DEK, LEDE, BODY], DEK, id="body says the news"),
        pytest.param(["A pier too far", LEDE, BODY], "A pier too far", id="no sentence"),
        pytest.param([DEK, "By Ines Falk", END], DEK, id="before a byline"),
        pytest.param([DEK, f"{CAPTION} (Photo: Ole Brandt)", END], DEK, id="before a caption"),
        pytest.param([LEDE, BODY, END], None, id="long"),
        pytest.param(
            ["The council voted to close the old ferry pier.", BODY, END], None, id="first sentence of the news"
        ),
        pytest.param([DEK, "It rained.", "It rained on."], None, id="before shorter paragraphs"),
        pytest.param([f"{DEK} It is so. It will be so.", LEDE, BODY], None, id="three sentences"),
        pytest.param(["LONDON (Harbour News) — The pier is shut", LEDE, BODY], None, id="dateline"),
        pytest.param(["1. The pier", LEDE, BODY], None, id="list"),
    ],
)
def test_a_dek_is_told_from_the_first_sentence(paragraphs: list[str], description: str | None) -> None:
    """A dek sums up; the first sentence of the news stays in the body."""
    parts = parse_plain_text(join(TITLE, *paragraphs))

    assert description == parts.description
    assert description is not None or parts.text.startswith(paragraphs[0])


@pytest.mark.parametrize(
    ("line", "authors", "published_at"),
    [
        ("By Ines Falk", ("Ines Falk",), None),
        ("By Ines Falk and Ole van Brandt", ("Ines Falk", "Ole van Brandt"), None),
        ("Par Inès Falk", ("Inès Falk",), None),
        ("BY INES FALK", ("INES FALK",), None),
        ("By Ines Falk, Transport Correspondent", ("Ines Falk",), None),
        ("Von Ines Falk, dpa", ("Ines Falk",), None),
        ("Von Ines Falk und Ole Brandt", ("Ines Falk", "Ole Brandt"), None),
        ("di Ines Falk e Ole Brandt", ("Ines Falk", "Ole Brandt"), None),
        ("Door Ines de Wit", ("Ines de Wit",), None),
        ("Av Ines Falk och Ole Brandt", ("Ines Falk", "Ole Brandt"), None),
        ("Tuesday, March 5, 2024", (), "Tuesday, March 5, 2024"),
        ("5 de marzo de 2024", (), "5 de marzo de 2024"),
        ("2024年3月5日 10時30分", (), "2024年3月5日 10時30分"),
        ("5 marca 2024", (), "5 marca 2024"),
        ("Published on 5 March 2024, 10:30", (), "5 March 2024, 10:30"),
        ("2024-03-05T10:30:00Z", (), "2024-03-05T10:30:00Z"),
        ("Publié le 5 mars 2024 à 10h30", (), "5 mars 2024 à 10h30"),
    ],
)
def test_bylines_and_date_lines_are_fields(line: str, authors: tuple[str, ...], published_at: str | None) -> None:
    """Between title and body, who and when are told from what."""
    expected = PlainText(title=TITLE, text=TEXT, authors=authors, published_at=published_at)

    assert expected == parse_plain_text(join(TITLE, line, TEXT))


@pytest.mark.parametrize(
    "line", ["By the end of the year", "Five pillars, 2024", "By Ines Falk, in Bergen, with others"]
)
def test_other_lines_are_no_fields(line: str) -> None:
    """What only begins like a byline or a date is neither."""
    parts = parse_plain_text(join(TITLE, line, TEXT))

    assert not parts.authors
    assert parts.published_at is None


def test_a_header_gives_its_fields() -> None:
    """Lines such as `Author:` at the top fill the fields that they name."""
    header = f"""Title: {TITLE}
Author: Ines Falk, Ole Brandt
Date: 2024-03-05
URL: https://news.example/pier
Source: Harbour News
Summary: {DEK}"""
    expected = PlainText(
        title=TITLE,
        description=DEK,
        text=TEXT,
        authors=("Ines Falk", "Ole Brandt"),
        published_at="2024-03-05",
        url="https://news.example/pier",
        site_name="Harbour News",
    )

    assert expected == parse_plain_text(join(header, TEXT))


@pytest.mark.parametrize(
    "header",
    [
        f"From: Ines Falk <i@a.example>\nTo: desk@a.example\nSubject: {TITLE}",
        f"Von: Ines Falk <i@a.example>\nAn: desk@a.example\nBetreff: {TITLE}",
        f"De: Ines Falk\nPara: desk@a.example\nAsunto: {TITLE}",
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nFrom: Ines Falk\nSubject: {TITLE}",
        f"From: Ines Falk\nSubject: {TITLE[:24]}\n  {TITLE[24:].strip()}",
        f"From: Ines Falk\r\nSubject: {TITLE}",
    ],
    ids=["English", "German", "Spanish", "MIME", "folded", "CRLF"],
)
def test_headers_of_mail(header: str) -> None:
    """Mail gives its subject and its sender; what is for machines goes, and a folded line is one."""
    parts = parse_plain_text(join(header, TEXT))

    assert (TITLE, ("Ines Falk",), TEXT) == (parts.title, parts.authors, parts.text)


@pytest.mark.parametrize("dateline", ["OSLO (AP) — ", "MADRID, 5 (EUROPA PRESS) - ", "Berlin (dpa) - ", "VEENDORP - "])
def test_wire_copy_begins_with_its_dateline(dateline: str) -> None:
    """A dateline stays in the text, and the paragraph that it opens is no dek."""
    body = join(f"{dateline}{LEDE}", BODY, END)

    assert PlainText(title=TITLE, text=body) == parse_plain_text(join(TITLE, body))
    assert PlainText(text=body) == parse_plain_text(body)


@pytest.mark.parametrize(
    "head",
    [
        "Date: 2024-03-05",
        "Title: One\nTitle: Two",
        "Author: Ines Falk\nMood: grim",
        "Author: Ines Falk\nURL: none",
        f"Title: {TITLE}\n{LEDE}",
    ],
)
def test_what_is_not_plainly_a_header_stays(head: str) -> None:
    """One lone field, a field twice, or a line of another kind make it text."""
    assert join(*head.split("\n"), TEXT) == parse_plain_text(join(head, TEXT)).text


@pytest.mark.parametrize("stated", [TITLE, TITLE.upper(), f" {TITLE}\n"])
@pytest.mark.parametrize("separator", ["\n\n", "\n"])
def test_a_title_of_the_container_is_dropped_from_the_text(stated: str, separator: str) -> None:
    """A first line that repeats the given title is not body."""
    text = separator.join([TITLE, LEDE, BODY])

    assert PlainText(title=stated.strip(), text=join(LEDE, BODY)) == parse_plain_text(text, title=stated)


def test_a_title_of_the_container_beats_the_text() -> None:
    """With a title given, another first line is body, and captions still are captions."""
    text = join("Harbour news", LEDE, f"{CAPTION} (Photo: Ole Brandt)", BODY)
    expected = PlainText(title=TITLE, images=image("Ole Brandt"), text=join("Harbour news", LEDE, BODY))

    assert expected == parse_plain_text(text, title=TITLE)


def test_there_is_always_a_body() -> None:
    """What would leave no body is body."""
    text = join(f"{CAPTION} (Photo: Ole Brandt)", "By Ines Falk")

    assert PlainText(title=TITLE, text=text) == parse_plain_text(join(TITLE, text))


WORD = re.compile(r"\w+")
LABELS = """title titre author authors by byline date published on url source summary par
photo photos image credit crédit and et"""


def count_words(*texts: str | None) -> Counter[str]:
    """Return the words of texts, with their number."""
    return Counter(word for text in texts if text for word in WORD.findall(text))


def count_all_words(parts: PlainText) -> Counter[str]:
    """Return the words of all parts, with their number."""
    pictures = [text for picture in parts.images for text in (picture.caption, picture.credit)]
    others = [parts.title, parts.description, parts.published_at, parts.url, parts.site_name]
    return count_words(parts.text, *parts.authors, *pictures, *others)


MARKS = """By Ines Falk and Ole Brandt
Published on March 5, 2024
# Piers
====
Title: Piers
Author: Ines Falk
Date: 2024-03-05
URL: https://news.example/
Summary: no more pier
The roof. Photo: Ole B. Brandt
© AFP
- item
  indented
"""
WRAPPED = [textwrap.fill(LEDE, 70), textwrap.fill(BODY, 60, initial_indent="   ")]
PARTS = [TITLE, DEK, CAPTION, LEDE, BODY, END, f"{CAPTION} (CREDIT: Ole Brandt/Nordic)"]
LINES = st.sampled_from([*PARTS, *WRAPPED, *MARKS.split("\n")])
DOCUMENTS = st.lists(
    st.tuples(st.one_of(LINES, st.text(max_size=60)), st.sampled_from(["\n", "\n\n", "\n\n\n", "\r\n"])), max_size=9
)


@given(DOCUMENTS)
def test_no_word_is_lost_or_made_up(document: list[tuple[str, str]]) -> None:
    """The words of the parts are those of the text, but for labels and equal captions and titles."""
    text = "".join(line + end for line, end in document)
    parts = parse_plain_text(text)
    before, after = count_words(valid_text(text)), count_all_words(parts)
    repeated = count_words(
        parts.title, *(part for picture in parts.images for part in (picture.caption, picture.credit))
    )

    assert after <= before
    assert {word for word in before - after if word.casefold() not in LABELS.split()} <= set(repeated)


@given(st.lists(st.sampled_from([LEDE, BODY, END, "It rained."]), min_size=1, unique=True))
def test_sentences_are_left_as_they_are(paragraphs: list[str]) -> None:
    """Paragraphs of prose come back as they were, in their order."""
    assert PlainText(text=join(*paragraphs)) == parse_plain_text(join(*paragraphs))


@given(DOCUMENTS)
def test_all_parts_are_valid(document: list[tuple[str, str]]) -> None:
    """The body is valid text, and each other part is one line or None."""
    parts = parse_plain_text("".join(line + end for line, end in document))
    lines = [parts.title, parts.description, parts.published_at, parts.url, parts.site_name, *parts.authors]

    assert parts.text == valid_text(parts.text)
    assert all(line is None or line.split() == line.split(" ") for line in lines)
