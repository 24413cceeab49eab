"""The fast engine: the tokens and the entities of spaCy, on any text."""

# ruff: noqa: RUF001 - texts as newspapers print them

import dataclasses
import json
import logging
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from transforms.entities import TagEntities, chunks
from transforms.entities.chunks import cut_pieces
from transforms.entities.decoder import Moves
from transforms.entities.fast import FastRecognizer, UnsupportedModelError, check_config
from transforms.entities.spacy_models import EntityModel, _load, load_model, preload
from transforms.errors import ConfigError
from transforms.records import ModelVersion

SHARED = Path(os.environ.get("NEWSBEAM_EVAL", Path(__file__).parents[4] / "shared" / "eval"))
SAMPLED = 60
ENGLISH_SETS = (
    *("topics/bbc", "topics/masakha_en", "topics/wikinews", "topics/agnews", "topics/pages", "topics/sib_en"),
    *("entities/gum_news", "entities/uner_en_ewt", "entities/uner_en_pud_news", "entities/wikigold"),
)
FRENCH_SETS = ("entities/wikineural_fr", "topics/sib_fr", "topics/pages")

ARTICLE = """\
The Harbour Bridge will close for nine months from 3 March, Transport Minister Ilse Vandermolen said on Tuesday.

“We can’t wait,” Mrs. Vandermolen told Radio Lindhaven. “It’s the U.S. firm Brightwater & Sons Inc. that did the
survey in 2019, and they’re right.” About 41,000 cars cross it each day, 12.5% more than in 2015 (see p. 4).

The opposition's Tom O'Hara, M.P. for St. Mary's, called it “a $310m mess”... Ms Vandermolen's answer: “Mr. O'Hara
should've read the report by the European Commission & the I.M.F.; it's on www.example.org/report_2.pdf.”

\tDublin, Oct. 4 (Reuters) - Shares of Norvane Optics p.l.c. rose 3.5 per cent   after the Nikkei 225 fell.
In New York, Jean-Luc d'Artagnan-Smith III (62kg :)) sang "La Traviata" at 5 p.m. before 300 fans/guests.
"""
FRENCH_ARTICLE = """\
Genève : l’opéra joue pour les éboueurs. « C'était notre tour ! », a dit Mirko Stanek à l'AFP mercredi à 5 h 10.

Le chef d'orchestre Florimond Girardet, né à Aix-en-Provence, dirige l'Orchestre du Rhône depuis qu'il a quitté Berlin.
Aujourd'hui, la ministre Aurélie Stämpfli-Keller ira en Côte d'Ivoire, puis à Saint-Denis ; la S.N.C.F. s'en réjouit.
"""

# What people, pages and tokenizers stumble over: words, titles, exceptions, signs, white space of all kinds.
SNIPPETS = st.sampled_from(
    [
        *("Angela Merkel", "the U.S. government", "Mr.", "O'Brien's", "can't", "New\u00a0York", "p.m", "3,000", "$5bn"),
        *(
            ":)",
            "x:)",
            ")",
            ":",
            "(",
            ":-(",
            "a.m.",
            "'",
            '"',
            "“",
            "”",
            "...",
            "-",
            "--",
            "–",
            ";",
            "/",
            "&",
            "_",
            ".",
        ),
        *(" ", "  ", "\n", "\n\n", "\t", "\u00a0", "\u2003", "\r\n", "\x1c", "\u200b", "\ufeff", "\u0301", "😀", "¿"),
        *(
            "l'",
            "L’",
            "aujourd'hui",
            "Paris",
            "東京",
            "Москва",
            "http://a.b/c?d=e",
            "me@example.org",
            "C++",
            "I'm",
            "ı",
        ),
    ]
)
PROSE = st.lists(st.sampled_from(ARTICLE.split() + FRENCH_ARTICLE.split()) | SNIPPETS, max_size=40).map(" ".join)
STRINGS = st.characters(codec="utf-8", exclude_categories=["Cs"])
TEXTS = PROSE | st.lists(SNIPPETS | st.text(STRINGS, max_size=8), max_size=30).map("".join)


@pytest.fixture(scope="module")
def models() -> dict[str, tuple[EntityModel, EntityModel]]:
    """Each model by the fast engine and by spaCy."""
    names = ("en_core_web_sm", "fr_core_news_sm")
    return {name: (load_model(name, "fast"), load_model(name, "spacy")) for name in names}


@pytest.mark.parametrize("name", ["en_core_web_sm", "fr_core_news_sm"])
@pytest.mark.parametrize("text", [ARTICLE, FRENCH_ARTICLE, ARTICLE * 30, "", " ", "\n", "Paris", "New York "])
def test_articles_have_the_same_entities(
    models: dict[str, tuple[EntityModel, EntityModel]], name: str, text: str
) -> None:
    """Both engines find the same spans and labels in prose, on first sight and again."""
    fast, stock = models[name]
    expected = stock.find_spans(text)

    assert expected == fast.find_spans(text)
    assert expected == fast.find_spans(text)
    assert text in {"", " ", "\n"} or expected


@settings(deadline=None, max_examples=150)
@given(text=TEXTS)
@example(text="x:) )")
@example(text="New York: (")
@example(text="a\n b  c \t")
@example(text=" a")
def test_any_text_has_the_same_entities(models: dict[str, tuple[EntityModel, EntityModel]], text: str) -> None:
    """Both engines find the same in text made of odd signs and white space."""
    for fast, stock in models.values():
        assert stock.find_spans(text) == fast.find_spans(text)


@settings(deadline=None, max_examples=300)
@given(text=TEXTS)
@example(text="x:) )")
@example(text='("x:) :')
@example(text="Mr. ) :-) )")
def test_any_text_has_the_same_tokens(models: dict[str, tuple[EntityModel, EntityModel]], text: str) -> None:
    """The tables give the offsets of spaCy's tokenizer."""
    for fast, stock in models.values():
        assert fast.fast is not None
        tokens = fast.fast.tokenizer.tokenize(text)
        expected = [(token.idx, token.idx + len(token), token.is_space) for token in stock.nlp.tokenizer(text)]

        assert expected == list(
            zip(tokens.starts.tolist(), tokens.ends.tolist(), tokens.is_space.tolist(), strict=True)
        )


@given(text=TEXTS)
def test_pieces_are_the_text(text: str) -> None:
    """Pieces with the spaces between them are the text, but for one space at its end."""
    pieces, tight = cut_pieces(text)
    gaps = ["" if number in tight else " " for number in range(len(pieces))]

    assert text in {(joined := "".join(map(str.__add__, pieces, gaps))), joined + " "}
    assert all(piece.isspace() or piece.split() == [piece] for piece in pieces)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sets"), [("en_core_web_sm", ENGLISH_SETS), ("fr_core_news_sm", (*FRENCH_SETS, *ENGLISH_SETS[1:3]))]
)
def test_development_texts_have_the_same_entities(
    models: dict[str, tuple[EntityModel, EntityModel]], name: str, sets: tuple[str, ...], pytestconfig: pytest.Config
) -> None:
    """Both engines find the same in news: in more than 50,000 entities with `--all-texts`, else in a sample."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    fast, stock = models[name]
    texts = [
        json.loads(line)["text"]
        for part in sets
        for line in (SHARED / f"{part}.input.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    whole = bool(pytestconfig.getoption("--all-texts"))
    texts = texts if whole else texts[::SAMPLED]
    found = [stock.find_spans(text) for text in texts]

    assert sum(map(len, found)) > (50_000 if whole else 50_000 // (2 * SAMPLED))
    assert found == [fast.find_spans(text) for text in texts]


def test_full_tables_begin_anew(
    monkeypatch: pytest.MonkeyPatch, models: dict[str, tuple[EntityModel, EntityModel]]
) -> None:
    """With hardly any room for lexemes the entities stay the same."""
    fast, stock = models["en_core_web_sm"]
    monkeypatch.setattr(chunks, "MAX_TYPES", 20)

    for text in (ARTICLE, FRENCH_ARTICLE, ARTICLE):
        assert stock.find_spans(text) == fast.find_spans(text)


def test_the_vocabulary_does_not_grow(models: dict[str, tuple[EntityModel, EntityModel]]) -> None:
    """Words that were looked up do not stay in spaCy's vocabulary."""
    fast, _ = models["en_core_web_sm"]
    before = len(fast.nlp.vocab.strings)
    fast.find_spans(" ".join(f"Zworkin{number}ski's" for number in range(500)))

    assert before == len(fast.nlp.vocab.strings)


def test_threads_share_a_recognizer(models: dict[str, tuple[EntityModel, EntityModel]]) -> None:
    """Many threads at once get the entities that one gets."""
    _, stock = models["en_core_web_sm"]
    texts = [ARTICLE, FRENCH_ARTICLE, *ARTICLE.splitlines()]
    expected = [stock.find_spans(text) for text in texts]
    shared = dataclasses.replace(stock, fast=FastRecognizer.from_spacy(stock.nlp))
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append([shared.find_spans(text) for text in texts])) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [expected] * 6 == found


def test_moves_are_found_by_name() -> None:
    """The move that only blocks tokens is left out, the others keep their order."""
    moves = Moves.from_names(["B-A", "B-B", "I-A", "I-B", "L-A", "L-B", "U-A", "U-B", "U-", "O"])

    assert ("A", "B") == moves.labels
    assert [0, 1, 6, 7, 9] == moves.closed.tolist()
    assert [0, 1, 0, 1, 0] == moves.kind_labels.tolist()
    assert ([2, 3], [4, 5]) == (moves.inside.tolist(), moves.last.tolist())


def _shaped(**changes: object) -> Language:
    """Return a pipeline whose recognizer has a shape of its own, and weights drawn at random."""
    nlp = spacy.blank("en")
    embed = {"@architectures": "spacy.MultiHashEmbed.v2", "width": 32, "include_static_vectors": False}
    embed |= {"attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"], "rows": [500, 200, 200, 200]}
    encode = {"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 32, "depth": 2}
    encode |= {"window_size": 1, "maxout_pieces": 2}
    tok2vec = {"@architectures": "spacy.Tok2Vec.v2"}
    tok2vec |= {"embed": embed | changes.pop("embed", {}), "encode": encode | changes.pop("encode", {})}  # type: ignore[operator]
    recognizer = nlp.add_pipe("ner", config={"model": _model() | {"tok2vec": tok2vec} | changes})
    for label in ("PERSON", "ORG", "GPE"):
        recognizer.add_label(label)  # type: ignore[attr-defined]
    nlp.initialize()
    draw = np.random.default_rng(7)
    for layer in recognizer.model.walk():  # type: ignore[attr-defined]
        for name in layer.param_names:
            layer.set_param(name, draw.normal(0, 0.5, layer.get_param(name).shape).astype(np.float32))
    return nlp


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"encode": {"depth": 1}},
        {"encode": {"depth": 8, "maxout_pieces": 4}},
        {"embed": {"width": 48}, "encode": {"width": 48}},
        {"embed": {"attrs": ["ORTH", "LOWER"], "rows": [700, 300]}},
    ],
)
def test_other_sizes_are_computed(changes: dict[str, object]) -> None:
    """Width, depth, pieces and attributes may be others than those of spaCy's models: the entities are the same."""
    nlp = _shaped(**changes)
    version = ModelVersion(step="entities", name="shaped", version="1")
    fast, stock = EntityModel(nlp, FastRecognizer.from_spacy(nlp), version), EntityModel(nlp, None, version)

    found = [stock.find_spans(text) for text in (ARTICLE, FRENCH_ARTICLE)]

    assert sum(map(len, found)) > 10
    assert found == [fast.find_spans(text) for text in (ARTICLE, FRENCH_ARTICLE)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hidden_width": 32}, "hidden_width of model is 32, not 64"),
        ({"maxout_pieces": 3}, "maxout_pieces of model is 3, not 2"),
        ({"extra_state_tokens": True}, "extra_state_tokens of model is True, not False"),
        ({"encode": {"window_size": 2}}, "window_size of encode is 2, not 1"),
        ({"embed": {"attrs": ["NORM", "SPACY"], "rows": [500, 50]}}, "embed is"),
    ],
)
def test_another_shape_is_left_to_spacy(changes: dict[str, object], said: str) -> None:
    """A model with other states or windows, or with more in its embedding than words, is refused with the reason."""
    nlp = _shaped(**changes)

    assert nlp(ARTICLE)
    with pytest.raises(UnsupportedModelError, match=said):
        FastRecognizer.from_spacy(nlp)


@pytest.mark.parametrize(
    "tok2vec",
    [
        {"@architectures": "spacy.Tok2VecListener.v1", "width": 96},
        {"@architectures": "spacy.HashEmbedCNN.v2", "width": 32, "depth": 2, "embed_size": 200}
        | {"window_size": 1, "maxout_pieces": 2, "subword_features": True, "pretrained_vectors": None},
        {"@architectures": "spacy-transformers.TransformerListener.v1", "grad_factor": 1.0},
    ],
)
def test_what_is_no_embedding_of_its_own_is_refused(tok2vec: dict[str, object]) -> None:
    """A recognizer that listens to a shared embedding or to a transformer, or whose layers are one, is refused."""
    with pytest.raises(UnsupportedModelError, match="@architectures of tok2vec"):
        check_config(_model() | {"tok2vec": tok2vec})


def _model() -> dict[str, object]:
    config: dict[str, object] = load_model("en_core_web_sm", "spacy").nlp.get_pipe_config("ner")["model"]
    return config


def test_the_fast_engine_refuses_a_model_before_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """`engine: fast` checks the configuration of a model as soon as the step is built; the others don't."""
    _load.cache_clear()
    TagEntities(engine="fast")
    monkeypatch.setattr("transforms.entities.fast._MODEL", {"hidden_width": 63})

    with pytest.raises(ConfigError, match="'en_core_web_sm': hidden_width of model is 64, not 63; use `engine: auto`"):
        TagEntities(engine="fast")
    TagEntities(engine="auto")

    assert _load.cache_info().currsize == 0


def test_spacy_stands_in_with_one_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A model of another shape is left to spaCy, which is said once; the engine `fast` refuses it."""
    _load.cache_clear()
    monkeypatch.setattr("transforms.entities.fast._MODEL", {"hidden_width": 63})

    with caplog.at_level(logging.WARNING, "transforms.entities.spacy_models"):
        preload(["en_core_web_sm"])
        model = load_model("en_core_web_sm")
    with pytest.raises(ConfigError, match="hidden_width of model is 64, not 63"):
        load_model("en_core_web_sm", "fast")

    _load.cache_clear()
    assert model.fast is None
    assert model.find_spans("Angela Merkel flew to Paris.")
    (record,) = caplog.records
    assert "hidden_width of model is 64, not 63" in record.getMessage()
