"""The encoder of spaCy's recognizer: residual convolutions with maxout and layer norm, in numpy.

After `spacy.MaxoutWindowEncoder.v2` (Honnibal: "Embed, encode, attend, predict", 2016) and thinc's layers. Maxout takes
the largest of some affine maps (Goodfellow et al.: "Maxout networks", 2013). thinc lays a unit's pieces side by side;
here the weights are put piece after piece, so that maxout is `np.maximum` of whole blocks.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from transforms.entities.chunks import AnyModel, Floats

_BLOCK_ROWS: Final = 256
"""Rows that are worked on together: their windows, products and the weights fit a core's cache of 1 MB."""

_EPSILON: Final = np.float32(1e-8)  # thinc's layer norm adds it to the variance


def parameter(layer: AnyModel, name: str) -> Floats:
    """Return a copy of a parameter of a layer of thinc."""
    return np.array(layer.get_param(name), np.float32)


@dataclass(frozen=True, slots=True)
class Convolution:
    """One layer: what the vectors of three neighbours give, added to the one in the middle.

    Attributes:
        weights: 3 * width by pieces * width, piece after piece.
        bias: pieces * width.
        gain: of the layer norm.
        shift: of the layer norm.
    """

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats

    @classmethod
    def from_thinc(cls, maxout: AnyModel, norm: AnyModel) -> "Convolution":
        """Return the layer with the weights of thinc's two."""
        weights, bias = parameter(maxout, "W"), parameter(maxout, "b")
        width, pieces, inputs = weights.shape
        return cls(
            weights=np.ascontiguousarray(weights.transpose(1, 0, 2).reshape(pieces * width, inputs).T),
            bias=np.ascontiguousarray(bias.T).reshape(-1),
            gain=parameter(norm, "G"),
            shift=parameter(norm, "b"),
        )

    def add_to(self, source: Floats, target: Floats, first: int, last: int) -> None:
        """Write the layer's output for the rows `first` to `last` of `source` into `target`."""
        for start in range(first, last, _BLOCK_ROWS):
            self._add_block(source, target, start, min(start + _BLOCK_ROWS, last))

    def _add_block(self, source: Floats, target: Floats, first: int, last: int) -> None:
        width = source.shape[1]
        # Three rows that follow each other in memory are the window around the second.
        shape, strides = (last - first, 3 * width), source.strides
        window = np.ascontiguousarray(np.lib.stride_tricks.as_strided(source[first - 1 :], shape, strides))
        product = window @ self.weights
        product += self.bias
        best = np.maximum(product[:, :width], product[:, width : 2 * width])
        for piece in range(2, product.shape[1] // width):
            np.maximum(best, product[:, piece * width : (piece + 1) * width], out=best)
        best -= best @ np.full((width, 1), 1 / width, np.float32)
        variance = np.einsum("ij,ij->i", best, best) / np.float32(width) + _EPSILON
        best *= np.reciprocal(np.sqrt(variance))[:, None]
        best *= self.gain
        best += self.shift
        np.add(best, source[first:last], out=target[first:last])


def encode(vectors: Floats, layers: tuple[Convolution, ...]) -> Floats:
    """Return the vectors of tokens in context, a row each.

    Each layer sees one row further, so rows of zeros stand before and after the text, as many as there are layers.
    """
    pad, count = len(layers) + 1, len(vectors)
    source = np.zeros((count + 2 * pad, vectors.shape[1]), np.float32)
    source[pad : pad + count] = vectors
    target = np.zeros_like(source)
    for depth, layer in enumerate(layers, start=2):
        layer.add_to(source, target, depth, len(source) - depth)
        source, target = target, source
    return source[pad : pad + count]
