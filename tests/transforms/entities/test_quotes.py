"""Quotes: whole, where they say, and by whom."""

# ruff: noqa: RUF001 - texts as newspapers print them

import json
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.entities.quotes import attribute_quotes, find_quotes
from transforms.entities.spacy_models import load_model
from transforms.entities.spans import Span
from transforms.entities.tag import DEFAULT_LABELS, find_entities

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("NEWSBEAM_EVAL", ROOT.parent / "shared" / "eval"))
BALANCED = re.compile(r"“[^“”\n]+”|«[^«»\n]+»|„[^„“”\n]+[“”]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said “no way”.", ["no way"]),
        ('He said "no way" and "never".', ["no way", "never"]),
        ("Il dit « jamais de la vie ».", ["jamais de la vie"]),
        ("Er sagte „niemals“ und ging.", ["niemals"]),
        ("She called it ‘the end’ of O’Hara’s dream.", ["the end"]),
        ("“She said ‘no’ to me,” he said.", ["She said ‘no’ to me,"]),
        ("“One.\n\n“Two,” he said.", ["One.\n\n“Two,"]),
        ("“One.\n\nTwo,” he said.", []),
        # paragraphs of a quotation that each begin with a mark, and only the last of which ends with one
        ('"One.\n"Two.\n"Three," he said. "Four."', ['One.\n"Two.\n"Three,', "Four."]),
        ("“One.\n“Two,” he said.", ["One.\n“Two,"]),
        ('"One. "Two," he said.', ['One. "Two,']),
        ('"One," he said. "Two."', ["One,", "Two."]),
        ('He said: "One. " Then he left.', ["One."]),
        ("\"It's the dogs' bowl,\" he said.", ["It's the dogs' bowl,"]),
        ("\"He said 'no' to me,\" she said.", ["He said 'no' to me,"]),
        ('A 6" nail and a 5" one.', []),
        ("“Never closed.", []),
        ("“” and “ ”", []),
    ],
)
def test_quotes_are_cut_out_by_their_marks(text: str, expected: list[str]) -> None:
    """Marks of all kinds, one inside another, across paragraphs; inches and lone marks are no quotes."""
    assert expected == [text[start:end] for start, end in find_quotes(text)]


@given(st.text(st.sampled_from('“”„«»"‘’ab \n.,')))
def test_quotes_lie_in_the_text_one_after_the_other(text: str) -> None:
    """Quotes are in order, do not overlap, and have words."""
    quotes = find_quotes(text)

    assert quotes == sorted(quotes)
    assert all(end <= start for (_, end), (start, _) in pairwise(quotes))
    assert all(text[start:end].strip() for start, end in quotes)


PEOPLE = {"Ilse Vandermolen": "PERSON", "Tom Ferris": "PERSON", "Harbour Board": "ORG"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“We can’t wait,” said Ilse Vandermolen.", [("Ilse Vandermolen", "Ilse Vandermolen", "said")]),
        ("“We can’t wait,” Ilse Vandermolen, 50, said.", [("Ilse Vandermolen", "Ilse Vandermolen", "said")]),
        ("Ilse Vandermolen told Tom Ferris: “Go on.”", [("Ilse Vandermolen", "Ilse Vandermolen", "told")]),
        ("According to Tom Ferris, “it is late”.", [("Tom Ferris", "Tom Ferris", "according")]),
        (
            "Ilse Vandermolen met Tom Ferris. “It is late,” she said. “Go on now, please.”",
            [("she", "Ilse Vandermolen", "said"), ("she", "Ilse Vandermolen", None)],
        ),
        (
            "Ilse Vandermolen came. Tom Ferris slept. “It is late,” she said.",
            [("she", "Ilse Vandermolen", "said")],
        ),
        ("Tom Ferris came. “It is late,” said one expert.", [(None, None, "said")]),
        ("“It is late,” the Harbour Board wrote.", [("Harbour Board", "Harbour Board", "wrote")]),
        ("Tom Ferris read “The Long Night” twice.", [(None, None, None)]),
        ("« C'est tard », a déclaré Tom Ferris.", [("Tom Ferris", "Tom Ferris", "déclaré")]),
        # described by what they are
        ("Tom Ferris came. “It is late,” said the actor.", [("the actor", "Tom Ferris", "said")]),
        ("Tom Ferris came. “It is late,” the 30-year-old added.", [("the 30-year-old", "Tom Ferris", "added")]),
        ("The Harbour Board met. “It is late,” it said.", [("it", "Harbour Board", "said")]),
        ("The Harbour Board met. “It is late,” the statement said.", [("the statement", "Harbour Board", "said")]),
        # introduced by a colon, or by a sentence that tells what someone says
        ("Tom Ferris took to the stage: “It is late.”", [("Tom Ferris", "Tom Ferris", None)]),
        ("Tom Ferris said that he was tired. “It is late by now.”", [("Tom Ferris", "Tom Ferris", None)]),
        # a line break parts sentences without a stop
        (
            "Tom Ferris said it was “late”\nAccording to the Harbour Board it was not.",
            [("Tom Ferris",) * 2 + ("said",)],
        ),
        # two parts of one sentence
        (
            "Tom Ferris called it “late” and, for now, “dark”.",
            [("Tom Ferris", "Tom Ferris", "called"), ("Tom Ferris", "Tom Ferris", None)],
        ),
        (
            "Tom Ferris called it “late” and Ilse Vandermolen did not find it “dark”.",
            [("Tom Ferris", "Tom Ferris", "called"), (None, None, None)],
        ),
        # the subject, and not the one next to the verb
        (
            "Tom Ferris praised Ilse Vandermolen, saying: “It is late.”",
            [("Tom Ferris", "Tom Ferris", "saying")],
        ),
        (
            "Tom Ferris admitted he could “not sleep”, according to the Harbour Board.",
            [("Tom Ferris", "Tom Ferris", "admitted")],
        ),
    ],
)
def test_speakers_are_found(text: str, expected: list[tuple[str | None, str | None, str | None]]) -> None:
    """Names before and behind the verb, pronouns, split quotes; none where no one is named."""
    spans = [Span(label, at.start(), at.end()) for name, label in PEOPLE.items() for at in re.finditer(name, text)]
    groups = find_entities(text, sorted(spans, key=lambda span: span.start), "en", DEFAULT_LABELS)

    quotes = attribute_quotes(text, groups)

    names = [None if quote.group is None else groups[quote.group].name for quote in quotes]
    assert [word for word, _, _ in expected] == [quote.speaker for quote in quotes]
    assert [name for _, name, _ in expected] == names
    assert [cue for _, _, cue in expected] == [quote.cue for quote in quotes]


def test_pronouns_know_common_given_names() -> None:
    """`she` is not a man with a common given name."""
    text = "Anna Brandt came. Thomas Ferris slept. “It is late,” she said."
    groups = find_entities(text, [Span("PERSON", 0, 11), Span("PERSON", 18, 31)], "en", DEFAULT_LABELS)

    (quote,) = attribute_quotes(text, groups)

    assert quote.group is not None
    assert groups[quote.group].name == "Anna Brandt"


def _bodies() -> dict[str, str]:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    lines = (SHARED / "pages" / "zyte.jsonl").read_text(encoding="utf-8").splitlines()
    return {page["id"]: page["body"] for page in map(json.loads, lines)}


def test_balanced_quotes_of_development_texts_are_found_whole() -> None:
    """Every pair of printers' marks in real pages lies in a quote."""
    bodies = _bodies().values()
    found = [(text, find_quotes(text)) for text in bodies]
    missed = [
        match[0]
        for text, quotes in found
        for match in BALANCED.finditer(text)
        if match[0][1:-1].strip()
        and not any(start - 2 <= match.start() + 1 and match.end() - 1 <= end + 2 for start, end in quotes)
    ]

    assert sum(len(quotes) for _, quotes in found) > 400
    assert [] == missed


def _share_right(texts: dict[str, str], labels: list[list[Any]]) -> float:
    """Return the share of labelled quotes that are found whole, with the right speaker."""
    model = load_model("en_core_web_sm")
    right = 0
    for page in {label[0] for label in labels}:
        text = texts[page]
        groups = find_entities(text, model.find_spans(text), "en", DEFAULT_LABELS)
        speakers = {(quote.start, quote.end): quote.group for quote in attribute_quotes(text, groups)}
        for _, start, end, speaker in (label for label in labels if label[0] == page):
            group = speakers.get((start, end))
            spans = [] if group is None else groups[group].spans
            if speaker is None:
                right += (start, end) in speakers and group is None
            else:
                name = text[speaker[0] : speaker[1]]
                right += any(name in text[span.start : span.end] or _overlap(span, speaker) for span in spans)
    return right / len(labels)


def _overlap(span: Span, place: list[int]) -> bool:
    return span.start < place[1] and place[0] < span.end


def _labels(key: str) -> list[list[Any]]:
    labels: dict[str, list[list[Any]]] = json.loads((ROOT / "tests" / "data" / "quote_labels.json").read_bytes())
    return labels[key]


def test_speakers_of_development_texts() -> None:
    """The speaker is right in at least 80 % of the quotes of pages that were labelled by hand."""
    labels = _labels("quotes")

    assert len(labels) >= 100
    assert _share_right(_bodies(), labels) >= 0.8


def test_speakers_of_news_texts() -> None:
    """The same holds for agency news and broadcasters' pages, whose paragraphs are lines."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    labels = _labels("topics")
    texts: dict[str, str] = {}
    for name in {label[0] for label in labels}:
        lines = (SHARED / "topics" / f"{name}.input.jsonl").read_text(encoding="utf-8").splitlines()
        texts |= {article["id"]: article["text"] for article in map(json.loads, lines)}

    assert len(labels) >= 60
    assert _share_right(texts, [label[1:] for label in labels]) >= 0.8
