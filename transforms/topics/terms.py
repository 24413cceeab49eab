"""Words and phrases found in a text, whatever their inflection."""

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

# Letters and digits only: apostrophes and hyphens part words, so that their kinds don't matter.
_WORD: Final = re.compile(r"[^\W_]+")
_MIN_INFLECTED_CHARS: Final = 3
MIN_STEM_CHARS: Final = 4
_OPEN_WORD: Final = re.compile(rf"\*[^\W_]{{{MIN_STEM_CHARS},}}|[^\W_]{{{MIN_STEM_CHARS},}}\*")
_CACHED_WORDS: Final = 10_000

_Node = dict[str | None, Any]
"""Words that go on from a place in the tree of phrases; the term that ends there stands under None."""

Ending = tuple[str, str]
"""What an ending replaces (often nothing) and what it puts there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase that speaks for topics.

    Attributes:
        text: as listed, case folded; `klima*` is any word that begins so, `*meister` any that ends so.
        weights: code of each topic it speaks for, and how strongly, in (0, 5]; none for a neutral phrase.
        subtopics: the same for narrower topics.
    """

    text: str
    weights: tuple[tuple[str, float], ...] = ()
    subtopics: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a text: `words[start:end]`."""

    term: Term
    start: int
    end: int


def split_words(text: str) -> list[str]:
    """Return the words of `text`, case folded.

    >>> split_words("The Women's Super-League")
    ['the', 'women', 's', 'super', 'league']
    """
    return _WORD.findall(text.casefold())


def is_open_word(text: str) -> bool:
    """Return whether a term is one word of four letters or more with a star at one end of it.

    >>> is_open_word("klima*"), is_open_word("*ar"), is_open_word("sea*side")
    (True, False, False)
    """
    return _OPEN_WORD.fullmatch(text) is not None


def spell(term: Term, words: Sequence[str]) -> str:
    """Return the words of a text as the term is written.

    >>> spell(Term(text="women's rights"), ["woman", "s", "rights"])
    "woman's rights"
    """
    gaps = _WORD.split(term.text)
    return "".join(gap + word for gap, word in zip(gaps, words, strict=False)) if len(words) > 1 else words[0]


class TermFinder:
    """Finds terms in texts, the longest where they overlap.

    Args:
        terms: all of them, each text once.
        endings: that each word of three letters or more may have.
    """

    def __init__(self, terms: Iterable[Term], endings: Sequence[Ending]) -> None:
        self._endings = [ending for ending in endings if ending[1]]
        self._words: dict[str, Term] = {}
        self._phrases: dict[str, _Node] = {}
        self._beginnings: dict[str, Term] = {}
        self._ends: dict[str, Term] = {}
        for term in terms:
            self._add(term)
        self._look_up = functools.lru_cache(_CACHED_WORDS)(self._look_up_uncached)
        self._bases = functools.lru_cache(_CACHED_WORDS)(self._bases_uncached)

    def _add(self, term: Term) -> None:
        if term.text.endswith("*"):
            self._beginnings[term.text[:-1]] = term
        elif term.text.startswith("*"):
            self._ends[term.text[1:]] = term
        else:
            first, *rest = _WORD.findall(term.text)
            if not rest:
                self._words[first] = term
                return
            node: _Node = self._phrases.setdefault(first, {})
            for word in rest:
                node = node.setdefault(word, {})
            node[None] = term

    def find(self, words: Sequence[str]) -> Iterator[Found]:
        """Yield the terms in a text, in its order; none shares a word with another."""
        look_up = self._look_up
        end, last = 0, len(words) - 1
        for start, word in enumerate(words):
            if start < end:
                continue
            term, nodes = look_up(word)
            found = None
            if nodes and start < last and self._goes_on(nodes, words[start + 1]):
                found = self._longest_phrase(words, start, nodes)
            if found is None and term is not None:
                found = Found(term, start, start + 1)
            if found is not None:
                end = found.end
                yield found

    def _goes_on(self, nodes: Sequence[_Node], word: str) -> bool:
        """Return whether a word leads on from any of some places; most don't, and this is quicker than to go there."""
        bases = self._bases(word)
        for node in nodes:  # A call of any() takes three times as long.
            for base in bases:
                if base in node:
                    return True
        return False

    def _longest_phrase(self, words: Sequence[str], start: int, nodes: Sequence[_Node]) -> Found | None:
        """Return the longest phrase at `start`; `nodes` are where its first word leads to."""
        found = None
        for place in range(start + 1, len(words)):
            bases = self._bases(words[place])
            nodes = [node[base] for node in nodes for base in bases if base in node]
            if not nodes:
                break
            term = next((node[None] for node in nodes if None in node), None)
            if term is not None:
                found = Found(term, start, place + 1)
        return found

    def _look_up_uncached(self, word: str) -> tuple[Term | None, tuple[_Node, ...]]:
        """Return the term that a word is, and the places in the tree of phrases that it leads to."""
        bases = self._bases(word)
        terms = (self._words[base] for base in bases if base in self._words)
        nodes = tuple(self._phrases[base] for base in bases if base in self._phrases)
        return next(terms, None) or self._open_term(word), nodes

    def _bases_uncached(self, word: str) -> tuple[str, ...]:
        """Return what a word may be a form of, first the word itself."""
        stripped = (word.removesuffix(new) + old for old, new in self._endings if word.endswith(new))
        return (word, *(base for base in stripped if len(base) >= _MIN_INFLECTED_CHARS))

    def _open_term(self, word: str) -> Term | None:
        """Return the term that is the beginning or the end of a word, the longest of them."""
        last = len(word) - 1
        cuts = (word[:size] for size in range(last, MIN_STEM_CHARS - 1, -1)) if self._beginnings else ()
        beginning = next((self._beginnings[cut] for cut in cuts if cut in self._beginnings), None)
        cuts = (word[-size:] for size in range(last, MIN_STEM_CHARS - 1, -1)) if self._ends else ()
        return beginning or next((self._ends[cut] for cut in cuts if cut in self._ends), None)
