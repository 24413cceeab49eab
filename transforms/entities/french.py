"""French models, loaded in a tenth of spaCy's time and memory.

spaCy's French knows some 270 kinds of words with a hyphen or an apostrophe that stay one token (`faux-semblant`), each
with its own copy of the alphabet: a pattern of 1.4 million characters, which takes seconds to compile. It is compiled
when `spacy.lang.fr` is imported, and the model brings the same pattern along. Here that import is left out, and the
model's pattern is written shorter before it is compiled: alternatives that end alike share their end, `ac|bc` as
`(?:a|b)c`. It matches the same words.
"""

import re
from pathlib import Path
from typing import Any, Final

import spacy
import srsly
from spacy.language import Language
from spacy.util import registry

# A set of characters with its quantifier, an escaped character, or any character.
_ATOM: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\][*+?]?|\\.|.", re.DOTALL)
_WHOLE: Final = re.compile(r"(?P<flags>\(\?\w+\))?\(\?:(?P<body>.*)\)", re.DOTALL)


@registry.languages("fr")
class BareFrench(Language):
    """French as far as a model needs it that brings its tokenizer: no rules of its own."""

    lang = "fr"


def load_french(package: str, exclude: tuple[str, ...]) -> Language:
    """Return the pipeline of an installed French model, without the parts in `exclude`."""
    nlp = spacy.load(package, exclude=(*exclude, "tokenizer"))
    stored = srsly.msgpack_loads((Path(nlp.path) / "tokenizer").read_bytes())
    if stored.get("token_match"):
        stored["token_match"] = shorten_pattern(stored["token_match"])
    tokenizer: Any = nlp.tokenizer
    tokenizer.from_bytes(srsly.msgpack_dumps(stored))
    return nlp


def shorten_pattern(pattern: str) -> str:
    """Return a pattern that matches the same as `pattern`, a list of alternatives in groups; others as they are.

    >>> shorten_pattern("(?i)(?:^a-[xy]+$)|(?:^b-[xy]+$)|(?:^c$)")
    '(?i)(?:(?:^a-|^b-)[xy]+|^c)$'
    """
    whole = _WHOLE.fullmatch(pattern)
    if whole is None:
        return pattern
    alternatives = [_ATOM.findall(part) for part in whole["body"].split(")|(?:")]
    if not all(map(_is_plain, alternatives)):
        return pattern
    return (whole["flags"] or "") + _join(alternatives)


def _is_plain(atoms: list[str]) -> bool:
    """Return whether a part stands by itself: its groups are closed, and what is outside them is no alternative."""
    depth = 0
    for atom in atoms:
        depth += (atom == "(") - (atom == ")")
        if depth < 0 or (depth == 0 and atom == "|"):
            return False
    return depth == 0


def _join(alternatives: list[list[str]]) -> str:
    """Return a pattern for any of the alternatives; those whose last atom is the same set or `$` share it."""
    groups: dict[str, list[list[str]]] = {}
    for atoms in alternatives:
        ends = bool(atoms) and (len(atoms[-1]) > 2 or atoms[-1] == "$")
        groups.setdefault(atoms[-1] if ends else "", []).append(atoms[:-1] if ends else atoms)
    joined: list[str] = []
    for end, heads in groups.items():
        if not end:
            joined += map("".join, heads)
        elif len(heads) == 1:
            joined.append("".join(heads[0]) + end)
        else:
            joined.append(f"(?:{_join(heads)}){end}")
    return "|".join(joined)
