"""Terms found in texts: inflection, phrases, words of which one end is open."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.topics.terms import Term, TermFinder, spell, split_words

ENDINGS = [("", "s"), ("y", "ies")]
TERMS = ["home run", "home", "city", "cities", "ox", "women's rights", "home run derby", "klima*", "*meister", "run"]


def find(text: str, terms: list[str] = TERMS) -> list[str]:
    """Return the texts of the terms found."""
    finder = TermFinder([Term(text=term) for term in terms], ENDINGS)
    return [found.term.text for found in finder.find(split_words(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("home", ["home"]),
        ("Homes!", ["home"]),
        ("city", ["city"]),
        ("cities", ["cities"]),
        ("oxs", []),
        ("home runs", ["home run"]),
        ("a home run derby", ["home run derby"]),
        ("home run home", ["home run", "home"]),
        ("home home run", ["home", "home run"]),
        ("Women\u2019s-rights", ["women's rights"]),
        ("Klimawandel", ["klima*"]),
        ("klima", []),
        ("Weltmeister", ["*meister"]),
        ("meister", []),
        ("home ran", ["home"]),
        ("", []),
    ],
)
def test_terms_are_found_in_any_form(text: str, expected: list[str]) -> None:
    """Endings count, the longest phrase wins and keeps its words, a form that is listed is its own term."""
    assert expected == find(text)


def test_longest_beginning_wins() -> None:
    """Of two open words that fit, the one that says more of the word counts."""
    assert ["klimasch*"] == find("Klimaschutz", ["klima*", "klimasch*"])


def test_spelling_keeps_what_stands_between_words() -> None:
    """A phrase is spelled with the apostrophe of the term and the words of the text."""
    assert "woman's rights" == spell(Term(text="women's rights"), ["woman", "s", "rights"])
    assert "oxen" == spell(Term(text="ox*"), ["oxen"])


@given(st.lists(st.sampled_from(["home", "run", "runs", "derby", "city", "x", "klimax"]), max_size=12))
def test_found_terms_do_not_overlap(words: list[str]) -> None:
    """Terms come in the order of the text, share no word, and the same text gives the same terms again."""
    finder = TermFinder([Term(text=term) for term in TERMS], ENDINGS)
    found = list(finder.find(words))
    assert found == list(finder.find(words))
    places = [place for each in found for place in range(each.start, each.end)]
    assert places == sorted(set(places))


def test_terms_pickle() -> None:
    """What goes between processes survives it."""
    term = Term(text="x", weights=(("a", 1.0),))
    assert term == pickle.loads(pickle.dumps(term))
