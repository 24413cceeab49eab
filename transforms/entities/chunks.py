"""Tokens of a text, by spaCy's tokenizer, which is asked once for each chunk between white space.

spaCy's tokenizer works chunk by chunk: after a token one space is swallowed, any other white space is a token, and what
becomes of a chunk does not depend on its neighbours (but see `_Joins`). So a chunk's tokens are kept in tables, and the
tokens of a text are gathered from these, without a `Doc`.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from spacy.attrs import IS_SPACE, LENGTH, NORM, ORTH, SPACY
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from thinc.api import Model

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
AnyModel = Model[Any, Any]

MAX_TYPES: Final = 50_000
"""Lexemes that are kept, of some 2,000 articles; at 96 floats each they take 19 MB. Then all tables begin anew."""

_MAX_CHUNKS: Final = 100_000
_FIRST_ROWS: Final = 4_096
# A run of white space that is more than the one space that parts two chunks.
_TOKEN_SPACE: Final = re.compile(r"[^\S ]\s*| \s+")
_LEADING_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The tokens of a text.

    Attributes:
        starts: offset of each token's first character.
        ends: offset behind its last character.
        is_space: whether it is white space.
        vectors: its embedding, a row each.
    """

    starts: Ints
    ends: Ints
    is_space: Flags
    vectors: Floats


def cut_pieces(text: str) -> tuple[list[str], list[int]]:
    r"""Return the pieces of a text (chunks, and white space that is a token), and which no swallowed space follows.

    >>> cut_pieces("one two\n\nthree  four")
    (['one', 'two', '\n\n', 'three', ' ', 'four'], [1, 2, 4, 5])
    """
    pieces: list[str] = []
    tight: list[int] = []
    place = 0
    if leading := _LEADING_SPACE.match(text):
        place = leading.end()
        tight.append(0)
        pieces.append(leading[0])
    for space in _TOKEN_SPACE.finditer(text, place):
        pieces += text[place : space.start()].split(" ")
        if space[0][0] != " ":
            tight.append(len(pieces) - 1)
        tight.append(len(pieces))
        pieces.append(space[0].removeprefix(" "))
        place = space.end()
    if place < len(text):
        pieces += text[place:].removesuffix(" ").split(" ")
        tight.append(len(pieces) - 1)
    return pieces, tight


class _Joins:
    """Finds the texts that must not be tokenized by chunks.

    At the end spaCy looks for its exceptions (`:)`, `a.m.`) among the tokens, across chunks too: in `x:) )` it takes
    `:))` for a longer match than `:)`, finds that a space is in it, and leaves both alone.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._bare = Tokenizer(
            tokenizer.vocab,
            prefix_search=tokenizer.prefix_search,
            suffix_search=tokenizer.suffix_search,
            infix_finditer=tokenizer.infix_finditer,
            token_match=tokenizer.token_match,
            url_match=tokenizer.url_match,
        )
        self._rules = tokenizer.rules
        patterns = {rule: _words(self._bare, rule) for rule in self._rules}
        many = [rule for rule, words in patterns.items() if len(words) > 1]
        made = [_words(tokenizer, rule) for rule in many]
        self._pairs = {pair for rule in many for pair in pairwise(patterns[rule])}
        self.before = {first for first, _ in self._pairs} | {words[-1] for words in made}
        self.after = {second for _, second in self._pairs} | {words[0] for words in made}
        self._known: dict[tuple[str, str], bool] = {}

    def may_join(self, chunk: str, following: str) -> bool:
        """Return whether tokens of both chunks together, and of one alone, match an exception of the tokenizer."""
        key = (chunk, following)
        if key not in self._known:
            if len(self._known) > _MAX_CHUNKS:
                self._known.clear()
            self._known[key] = self._joins(chunk, following)
        return self._known[key]

    def _joins(self, chunk: str, following: str) -> bool:
        lasts = {_words(tokenizer, chunk)[-1] for tokenizer in (self._tokenizer, self._bare)}
        firsts = {_words(tokenizer, following)[0] for tokenizer in (self._tokenizer, self._bare)}
        adjoin = any((last, first) in self._pairs for last in lasts for first in firsts)
        return adjoin and (self._is_altered(chunk) or self._is_altered(following))

    def _is_altered(self, chunk: str) -> bool:
        return chunk not in self._rules and _words(self._tokenizer, chunk) != _words(self._bare, chunk)


def _words(tokenizer: Tokenizer, text: str) -> list[str]:
    return [token.orth_ for token in tokenizer(text)]


class _Rows:
    """A table that grows: rows are added at the end, an eighth of them at least."""

    def __init__(self, width: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        self.array = np.zeros((_FIRST_ROWS, *width), dtype)
        self.size = 0

    def add(self, rows: npt.NDArray[np.generic]) -> None:
        """Append rows."""
        needed = self.size + len(rows)
        if needed > len(self.array):
            grown = np.zeros((needed + needed // 8, *self.array.shape[1:]), self.array.dtype)
            grown[: self.size] = self.array[: self.size]
            self.array = grown
        self.array[self.size : needed] = rows
        self.size = needed


class _Tables:
    """What is kept: chunks to their tokens, tokens to their lexemes, lexemes to their embedding."""

    def __init__(self, width: int) -> None:
        self.chunks: dict[str, int] = {}
        self.chunk_tokens = _Rows((4,), np.int32)  # first token, number of tokens, characters, edges (see `_EDGES`)
        self.tokens = _Rows((3,), np.int32)  # lexeme, start and end in the chunk
        self.lexemes: dict[tuple[int, int], int] = {}
        self.vectors = _Rows((width,), np.float32)
        self.is_space = _Rows((), np.bool_)

    def is_full(self) -> bool:
        """Return whether it is time to begin anew."""
        return self.vectors.size > MAX_TYPES or len(self.chunks) > _MAX_CHUNKS


_BEFORE, _AFTER = 1, 2  # edges of a chunk: its last token may begin, its first may go on a match across chunks


class ChunkTokenizer:
    """Gives the tokens of texts with their embeddings; safe to use from many threads.

    Args:
        tokenizer: spaCy's.
        embed: spaCy's layer that gives each token of a `Doc` its embedding; it must depend on its ORTH and NORM only.
        width: floats in an embedding.
    """

    def __init__(self, tokenizer: Tokenizer, embed: AnyModel, width: int) -> None:
        self._tokenizer = tokenizer
        self._embed = embed
        self._width = width
        self._lock = threading.Lock()
        self._joins = _Joins(tokenizer)
        self._tables = _Tables(width)

    def tokenize(self, text: str) -> TokenTable:
        """Return the tokens of `text`, exactly those of spaCy's tokenizer."""
        pieces, tight = cut_pieces(text)
        with self._lock:
            numbers = self._numbers(pieces)
            tables = self._tables
            rows = tables.chunk_tokens.array[numbers]
            gaps = np.ones(len(pieces), np.int64)
            gaps[tight] = 0
            if self._crosses(pieces, rows[:, 3], gaps):
                return self._whole(text)
            counts = rows[:, 1]
            token_ends = np.cumsum(counts)
            total = int(token_ends[-1]) if len(pieces) else 0
            tokens = tables.tokens.array[np.arange(total) + np.repeat(rows[:, 0] - token_ends + counts, counts)]
            widths = rows[:, 2] + gaps
            offsets = np.repeat(np.cumsum(widths) - widths, counts)
            lexemes = tokens[:, 0]
            return TokenTable(
                starts=tokens[:, 1] + offsets,
                ends=tokens[:, 2] + offsets,
                is_space=tables.is_space.array[lexemes],
                vectors=tables.vectors.array[lexemes],
            )

    def _numbers(self, pieces: list[str]) -> Ints:
        """Return the number of each piece, after those never seen have been added to the tables."""
        if self._tables.is_full():
            self._tables = _Tables(self._width)
        known = self._tables.chunks
        try:
            return np.fromiter(map(known.__getitem__, pieces), np.int64, len(pieces))
        except KeyError:
            self._learn([piece for piece in dict.fromkeys(pieces) if piece not in known])
        return np.fromiter(map(known.__getitem__, pieces), np.int64, len(pieces))

    def _learn(self, pieces: Sequence[str]) -> None:
        """Add pieces to the tables."""
        spaces = [piece for piece in pieces if piece.isspace()]
        chunks = [piece for piece in pieces if not piece.isspace()]
        # What is only looked up here is not to stay in spaCy's vocabulary, which would grow for ever.
        with self._tokenizer.vocab.memory_zone():
            for space in spaces:
                self._add([space], self._tokenizer(space))
            if chunks:
                self._add(chunks, self._tokenizer("\n".join(chunks)))

    def _add(self, pieces: list[str], doc: Doc) -> None:
        """Add pieces, which stand in `doc` with a line break between them."""
        tables, rows = self._tables, self._lexemes(doc)
        lengths = doc.to_array([LENGTH]).astype(np.int64)
        spaced = doc.to_array([SPACY]).astype(np.int64)
        starts = np.cumsum(lengths + spaced) - lengths - spaced
        breaks = np.flatnonzero(tables.is_space.array[rows]) if len(pieces) > 1 else np.empty(0, np.int64)
        firsts, lasts = np.r_[0, breaks + 1], np.r_[breaks, len(doc)]
        counts = lasts - firsts
        inside = np.ones(len(doc), np.bool_)
        inside[breaks] = False
        origin = np.repeat(starts[firsts], counts)
        begin = starts[inside] - origin
        places = tables.tokens.size + np.cumsum(counts) - counts
        sizes = [len(piece) for piece in pieces]
        edges = [
            _BEFORE * (doc[int(last) - 1].orth_ in self._joins.before)
            + _AFTER * (doc[int(first)].orth_ in self._joins.after)
            for first, last in zip(firsts, lasts, strict=True)
        ]
        tables.tokens.add(np.stack([rows[inside], begin, begin + lengths[inside]], axis=1))
        number = len(tables.chunks)
        tables.chunks.update(zip(pieces, range(number, number + len(pieces)), strict=True))
        tables.chunk_tokens.add(np.stack([places, counts, sizes, edges], axis=1))

    def _lexemes(self, doc: Doc) -> Ints:
        """Return the lexeme of each token, after those never seen have been added to the tables."""
        tables = self._tables
        keys = [(int(orth), int(norm)) for orth, norm in doc.to_array([ORTH, NORM])]
        new = {key: place for place, key in enumerate(keys) if key not in tables.lexemes}
        if new:
            places = list(new.values())
            tables.vectors.add(self._embed.predict([doc])[0][places])
            tables.is_space.add(doc.to_array([IS_SPACE])[places].astype(np.bool_))
            number = len(tables.lexemes)
            tables.lexemes.update(zip(new, range(number, number + len(new)), strict=True))
        return np.fromiter(map(tables.lexemes.__getitem__, keys), np.int64, len(keys))

    def _crosses(self, pieces: Sequence[str], edges: Ints, gaps: Ints) -> bool:
        """Return whether a match of the tokenizer's exceptions may lie across two chunks."""
        doubtful = np.flatnonzero(edges[:-1] & (edges[1:] >> 1) & gaps[:-1])
        return any(self._joins.may_join(pieces[place], pieces[place + 1]) for place in doubtful.tolist())

    def _whole(self, text: str) -> TokenTable:
        """Return the tokens of a text that is tokenized as a whole."""
        with self._tokenizer.vocab.memory_zone():
            doc = self._tokenizer(text)
            rows = self._lexemes(doc)
            lengths = doc.to_array([LENGTH]).astype(np.int64)
            starts = np.cumsum(lengths + doc.to_array([SPACY]).astype(np.int64))
        starts = np.r_[0, starts[:-1]]
        tables = self._tables
        return TokenTable(starts, starts + lengths, tables.is_space.array[rows], tables.vectors.array[rows])
