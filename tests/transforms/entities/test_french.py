"""French models: loaded by a shorter pattern, with the same tokens."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.lang.fr import French
from spacy.tokenizer import Tokenizer

from tests.transforms.entities.test_fast_engine import FRENCH_ARTICLE
from transforms.entities.french import load_french, shorten_pattern

MODEL = "fr_core_news_sm"
# Begins, middles and ends of words that stay one token, and of others.
WORDS = ("faux", "semblant", "pet", "en", "l'air", "saut", "de", "ski", "entr", "abat", "son", "RICK", "roll", "hui")
PARTS = st.sampled_from([*WORDS, "-", "’", "'", "–", "é", "ß", "日", "ς", "K", "ſ", "1", "_", "."])  # noqa: RUF001
ATOMS = st.sampled_from(["a", "b", "[ab]", "[b-]*", "[^a]?", r"[\]a]+", "[]b]", r"\|", "(?:a|b)", "^", "$"])


@pytest.fixture(scope="module")
def french() -> Tokenizer:
    """Return the tokenizer of the model as newsbeam loads it."""
    tokenizer = load_french(MODEL, ("tagger", "parser", "attribute_ruler", "lemmatizer", "morphologizer")).tokenizer
    assert isinstance(tokenizer, Tokenizer)
    return tokenizer


@given(
    st.lists(st.lists(ATOMS, min_size=1, max_size=5), min_size=1, max_size=8), st.lists(st.text("ab-]|", max_size=6))
)
def test_a_shortened_pattern_matches_the_same(alternatives: list[list[str]], texts: list[str]) -> None:
    """Ends are shared only where nothing else changes."""
    pattern = "(?i)" + "|".join(f"(?:{''.join(atoms)})" for atoms in alternatives)
    shortened = shorten_pattern(pattern)

    for text in texts:
        assert bool(re.match(pattern, text)) == bool(re.match(shortened, text))


@pytest.mark.parametrize("pattern", ["abc", "(?:a)|b", "(?:a|[b]$)|(?:c[b]$)", "(?:x(?:b)|(?:c)y)|(?:d)", ""])
def test_other_patterns_stay(pattern: str) -> None:
    """What is no plain list of alternatives is left alone."""
    assert pattern == shorten_pattern(pattern)


@given(st.lists(st.lists(PARTS, min_size=1, max_size=7).map("".join), min_size=1))
def test_the_same_words_stay_one_token(french: Tokenizer, words: list[str]) -> None:
    """The model's pattern is that of spaCy's French, which is a fortieth as long here."""
    stock = French.Defaults.token_match

    assert len(_pattern(french.token_match)) < len(_pattern(stock)) / 40
    for word in words:
        assert bool(stock(word)) == bool(french.token_match(word))


def _pattern(match: Any) -> str:  # noqa: ANN401 - a method of a compiled pattern
    return str(match.__self__.pattern)


def test_the_tokens_are_those_of_spacys_own_french(french: Tokenizer) -> None:
    """Leaving out the import of spaCy's French changes no token and no norm."""
    stock = French().tokenizer
    text = FRENCH_ARTICLE + " Un faux-semblant, peut-être ; l'après-midi, le pique-nique d'Aix-en-Provence."

    expected = [(token.text, token.norm_) for token in stock(text)]
    assert expected == [(token.text, token.norm_) for token in french(text)]
