"""The decoder of spaCy's recognizer: a greedy BILUO transition system, all tokens and open entities at once.

After `spacy.TransitionBasedParser.v2` with the state of named entities. Each token gets one move: B (begin an entity),
I (inside), L (last), U (an entity of one token) or O (outside). The state is three tokens: the present one, the first
of the open entity, and the one before; where there is none, a learned vector stands in.

While no entity is open, the state is the present token alone. So the best of B, U and O is known for all tokens by one
product of matrices. Inside an entity only two moves are allowed, I and L of its label, and how an entity that begins at
a token goes on does not depend on what was before. So all that may begin go on together, a token each step.
"""

from dataclasses import dataclass

import numpy as np

from transforms.entities.chunks import AnyModel, Flags, Floats, Ints
from transforms.entities.encoder import parameter

_OUTSIDE, _BEGIN, _UNIT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Moves:
    """What the columns of the model's output mean.

    Attributes:
        labels: of the entities.
        closed: columns of B, U and O, in their order: of two equal scores spaCy takes the first.
        kinds: for each of these whether it is B, U or O.
        kind_labels: for each of these the number of its label.
        inside: column of I for each label.
        last: column of L for each label, which is always behind that of I.
    """

    labels: tuple[str, ...]
    closed: Ints
    kinds: Ints
    kind_labels: Ints
    inside: Ints
    last: Ints

    @classmethod
    def from_names(cls, names: list[str]) -> "Moves":
        """Return the columns of moves such as `B-PERSON` and `O`; `U-`, which only blocks, is left out.

        >>> Moves.from_names(["B-LOC", "I-LOC", "L-LOC", "U-LOC", "O", "U-"]).closed
        array([0, 3, 4])
        """
        labels = tuple(name[2:] for name in names if name.startswith("B-"))
        kinds = {"B": _BEGIN, "U": _UNIT, "O": _OUTSIDE}
        closed = [column for column, name in enumerate(names) if name[0] in kinds and name != "U-"]
        return cls(
            labels=labels,
            closed=np.array(closed),
            kinds=np.array([kinds[names[column][0]] for column in closed]),
            kind_labels=np.array([labels.index(names[column][2:] or labels[0]) for column in closed]),
            inside=np.array([names.index(f"I-{label}") for label in labels]),
            last=np.array([names.index(f"L-{label}") for label in labels]),
        )


@dataclass(frozen=True, slots=True)
class Decoder:
    """Finds entities in encoded tokens.

    Attributes:
        moves: what the columns of `scores` mean.
        reduce: weights of the layer between encoder and states.
        reduce_bias: its bias.
        state: for each of the three tokens of a state, the weights that take it to the pieces of the hidden layer.
        open_bias: of the hidden layer inside an entity.
        closed_bias: the same outside, with what stands for the two tokens that are not there.
        scores: weights of the moves, a row each.
        scores_bias: bias of the moves.
    """

    moves: Moves
    reduce: Floats
    reduce_bias: Floats
    state: tuple[Floats, ...]
    open_bias: Floats
    closed_bias: Floats
    scores: Floats
    scores_bias: Floats

    @classmethod
    def from_thinc(cls, moves: Moves, linear: AnyModel, lower: AnyModel, upper: AnyModel) -> "Decoder":
        """Return the decoder with the weights of thinc's three layers, those of `lower` piece after piece."""
        weights = parameter(lower, "W")
        tokens, units, pieces, inputs = weights.shape
        by_piece = weights.transpose(0, 2, 1, 3).reshape(tokens, pieces * units, inputs)
        absent = parameter(lower, "pad")[0].transpose(0, 2, 1).reshape(tokens, pieces * units)
        bias = np.ascontiguousarray(parameter(lower, "b").T).reshape(-1)
        return cls(
            moves=moves,
            reduce=np.ascontiguousarray(parameter(linear, "W").T),
            reduce_bias=parameter(linear, "b"),
            state=tuple(np.ascontiguousarray(token.T) for token in by_piece),
            open_bias=bias,
            closed_bias=bias + absent[1] + absent[2],
            scores=parameter(upper, "W"),
            scores_bias=parameter(upper, "b"),
        )

    def decode(self, encoded: Floats, is_space: Flags) -> list[tuple[str, int, int]]:
        """Return (label, first token, token behind the last) of each entity, in the order of the text."""
        tokens: Floats = encoded @ self.reduce
        tokens += self.reduce_bias
        present: Floats = tokens @ self.state[0]
        kinds, labels = self._closed_moves(present, is_space)
        starts = np.flatnonzero(kinds == _BEGIN)
        ends = dict(zip(starts.tolist(), self._ends(tokens, present, starts, labels[starts]).tolist(), strict=True))
        found: list[tuple[str, int, int]] = []
        behind = 0
        for place in np.flatnonzero(kinds != _OUTSIDE).tolist():
            if place >= behind:
                behind = ends.get(place, place + 1)
                found.append((self.moves.labels[labels[place]], place, behind))
        return found

    def _closed_moves(self, present: Floats, is_space: Flags) -> tuple[Ints, Ints]:
        """Return for each token which of B, U and O is best, and its label, if no entity is open before it.

        White space can only be outside, and the last token can't begin an entity of two.
        """
        moves = self.moves
        scores = _largest(present + self.closed_bias) @ self.scores[moves.closed].T
        scores += self.scores_bias[moves.closed]
        scores[-1, moves.kinds == _BEGIN] = -np.inf
        best = scores.argmax(axis=1)
        kinds = moves.kinds[best]
        kinds[is_space] = _OUTSIDE
        return kinds, moves.kind_labels[best]

    def _ends(self, tokens: Floats, present: Floats, starts: Ints, labels: Ints) -> Ints:
        """Return where the entities end that begin at `starts`: one behind their last token."""
        ends = np.full(len(starts), len(tokens), np.int64)
        inside, last = self.moves.inside[labels], self.moves.last[labels]
        opening = tokens[starts] @ self.state[1] + self.open_bias
        place = starts + 1
        # The last token of a text can only be the last of its entity.
        going = np.flatnonzero(place < len(tokens) - 1)
        while len(going):
            here = place[going]
            hidden = _largest(present[here] + opening[going] + tokens[here - 1] @ self.state[2])
            is_last = self._score(hidden, last[going]) > self._score(hidden, inside[going])
            ends[going[is_last]] = here[is_last] + 1
            going = going[~is_last]
            place[going] += 1
            going = going[place[going] < len(tokens) - 1]
        return ends

    def _score(self, hidden: Floats, moves: Ints) -> Floats:
        """Return the score of one move for each state."""
        scores: Floats = np.einsum("ij,ij->i", hidden, self.scores[moves]) + self.scores_bias[moves]
        return scores


def _largest(pieces: Floats) -> Floats:
    """Return the largest piece of each unit; the pieces stand one after the other."""
    half = pieces.shape[1] // 2
    return np.maximum(pieces[:, :half], pieces[:, half:])
