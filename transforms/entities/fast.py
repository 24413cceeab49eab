"""spaCy's named entity recognizer in numpy: the same answers from the same weights, many times as fast.

Text -> tokens with embeddings (`chunks`) -> vectors in context (`encoder`) -> entities (`decoder`). Only sums are done
in another order than spaCy does them, so a score may differ in its last bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from spacy.language import Language
from spacy.tokenizer import Tokenizer

from transforms.entities.chunks import AnyModel, ChunkTokenizer
from transforms.entities.decoder import Decoder, Moves
from transforms.entities.encoder import Convolution, encode

_MODEL: Final[Mapping[str, object]] = MappingProxyType(
    {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "use_upper": True,
        "maxout_pieces": 2,
        "hidden_width": 64,
    }
)
_ENCODER: Final[Mapping[str, object]] = MappingProxyType(
    {"@architectures": "spacy.MaxoutWindowEncoder.v2", "window_size": 1}
)
_EMBEDDINGS: Final = ("spacy.MultiHashEmbed.v2", "spacy.CharacterEmbed.v2")
# What spaCy's lexemes hold: no other attribute is a function of a token's ORTH and NORM alone.
_LEXICAL: Final = frozenset({"ORTH", "NORM", "LOWER", "PREFIX", "SUFFIX", "SHAPE"})


class UnsupportedModelError(Exception):
    """The recognizer is not of the shape that this engine computes; its text says in what."""


@dataclass(frozen=True, slots=True)
class FastRecognizer:
    """Finds what a spaCy pipeline with nothing but `ner` finds; safe to use from many threads.

    Attributes:
        tokenizer: texts to tokens with embeddings.
        layers: the encoder.
        decoder: encoded tokens to entities.
    """

    tokenizer: ChunkTokenizer
    layers: tuple[Convolution, ...]
    decoder: Decoder

    @classmethod
    def from_spacy(cls, nlp: Language) -> "FastRecognizer":
        """Return the recognizer with the weights of a spaCy pipeline.

        Raises:
            UnsupportedModelError: its recognizer has another shape.
        """
        check_shape(nlp)
        ner: Any = nlp.get_pipe("ner")
        tok2vec, lower, upper = ner.model.layers
        embed_and_encode, _, linear = tok2vec.layers
        encoder = embed_and_encode.get_ref("encode")
        names = [ner.moves.get_class_name(number) for number in range(ner.moves.n_moves)]
        return cls(
            tokenizer=ChunkTokenizer(nlp.tokenizer, embed_and_encode.get_ref("embed"), linear.get_dim("nI")),
            layers=tuple(_convolution(residual) for residual in encoder.layers[0].layers),
            decoder=Decoder.from_thinc(Moves.from_names(names), linear, lower, upper),
        )

    def find(self, text: str) -> list[tuple[str, int, int]]:
        """Return (label, start, end) of each entity in the order of the text; offsets count characters."""
        tokens = self.tokenizer.tokenize(text)
        if not len(tokens.starts):
            return []
        found = self.decoder.decode(encode(tokens.vectors, self.layers), tokens.is_space)
        return [(label, int(tokens.starts[first]), int(tokens.ends[last - 1])) for label, first, last in found]


def check_config(model: Mapping[str, Any]) -> None:
    """Pass if the configuration of a recognizer's model is of the shape that this engine computes.

    Raises:
        UnsupportedModelError: it is not.
    """
    _require("model", model, _MODEL)
    tok2vec = model["tok2vec"]
    _require("tok2vec", tok2vec, {"@architectures": "spacy.Tok2Vec.v2"})
    _require("encode", tok2vec["encode"], _ENCODER)
    embed = tok2vec["embed"]
    if embed["@architectures"] not in _EMBEDDINGS or not _LEXICAL.issuperset(embed.get("attrs", ())):
        raise UnsupportedModelError(f"embed is {embed}")


def check_shape(nlp: Language) -> None:
    """Pass if the recognizer of a loaded pipeline is of the shape that this engine computes.

    Raises:
        UnsupportedModelError: it is not.
    """
    ner: Any = nlp.get_pipe("ner")
    check_config(nlp.get_pipe_config("ner")["model"])
    _require("ner", ner.cfg, {"beam_width": 1})
    if ner.model.attrs["unseen_classes"]:
        raise UnsupportedModelError("the model has labels that it never learned")
    tokenizer: Any = nlp.tokenizer
    if type(tokenizer) is not Tokenizer or any(len(rule.split()) > 1 for rule in tokenizer.rules):
        raise UnsupportedModelError("the tokenizer is not spaCy's own, or has exceptions with spaces")


def _require(name: str, given: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    for key, value in wanted.items():
        if given.get(key) != value:
            raise UnsupportedModelError(f"{key} of {name} is {given.get(key)!r}, not {value!r}")


def _convolution(residual: AnyModel) -> Convolution:
    layers = {layer.name: layer for layer in residual.walk()}
    return Convolution.from_thinc(layers["maxout"], layers["layernorm"])
