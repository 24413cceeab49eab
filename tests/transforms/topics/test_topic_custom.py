"""Topics of the user's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import parse_config
from tests.conftest import make_article
from transforms.errors import ConfigError
from transforms.records import Topic
from transforms.topics import ClassifyTopics, CustomTopic, classify_topics
from transforms.topics.custom import find_custom_topics, freeze_custom_topics

TOPICS = freeze_custom_topics(
    {
        "offshore wind": CustomTopic(
            words=("turbine*",), phrases=("wind farm",), regexes=(r"\d+ (?:mega|giga)watts?",)
        ),
        "cod": CustomTopic(words=("cod",)),
    }
)


def test_words_phrases_and_regexes_speak_for_a_topic() -> None:
    """Each kind counts, whatever the case, and stands in the evidence as in the text."""
    article = make_article(title=None, text="A Wind-Farm of 40 Megawatts. Turbines turn.")
    (topic,) = find_custom_topics(article, TOPICS)
    assert ("custom", "offshore wind", "offshore wind") == (topic.scheme, topic.code, topic.label)
    assert {"wind farm", "40 Megawatts", "turbines"} == set(topic.evidence)
    assert 0.67 < topic.score < 0.68


def test_headline_counts_more() -> None:
    """A word of the headline is stronger than one of the text."""
    (by_text,) = find_custom_topics(make_article(text="Cod."), TOPICS)
    (by_title,) = find_custom_topics(make_article(title="Cod", text="x"), TOPICS)
    assert 0.4 < by_text.score < by_title.score < 0.7


def test_custom_topics_stand_beside_media_topics() -> None:
    """They come in the order of all scores and are never the primary topic."""
    article = make_article(title="Cod cod cod", text="cod " * 50 + "the referendum", language="en")
    result = classify_topics(article, custom=TOPICS)
    assert "custom" == result.topics[0].scheme
    assert "iptc-mediatopic" in {topic.scheme for topic in result.topics}
    assert "medtop:" in (result.primary_topic or "")


def test_custom_topics_need_no_lexicon() -> None:
    """In a language without lexicon they are found, and the error is there."""
    result = classify_topics(make_article(text="cod", language="xx"), custom=TOPICS)
    assert [("custom", "cod")] == [(topic.scheme, topic.code) for topic in result.topics]
    assert (None, "unsupported_language") == (result.primary_topic, result.errors[0].code)


def test_custom_topics_in_a_pipeline() -> None:
    """The step of a config finds them."""
    step = {"use": "ClassifyTopics", "custom": {"cod": {"words": ["cod"]}}}
    source = {"source": {"articles": {"paths": ["x"]}}, "output": {"path": "out"}, "enrich": [step]}
    config = parse_config(source, "job.yaml")
    assert step["custom"] == config.enrich[0].options["custom"]
    (article,) = [make_article(text="cod", language="en")] | ClassifyTopics(custom={"cod": CustomTopic(words=("cod",))})
    assert ["cod"] == [topic.code for topic in article.topics if topic.scheme == "custom"]


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ({}, "needs words, phrases or regexes"),
        ({"words": ["!"]}, "'!' is no word or phrase"),
        ({"words": ["a*b"]}, r"'a\*b' is no word or phrase"),
        ({"regexes": ["("]}, r"'\(' is no regular expression"),
        ({"word": ["x"]}, "Unexpected keyword argument"),
    ],
)
def test_wrong_custom_topic_is_refused(topic: dict[str, list[str]], message: str) -> None:
    """The config says where and what is wrong."""
    enrich = [{"use": "ClassifyTopics", "custom": {"mine": topic}}]
    source = {"source": {"articles": {"paths": ["x"]}}, "output": {"path": "out"}, "enrich": enrich}
    with pytest.raises(ConfigError, match=rf"enrich.0.custom: .*{message}"):
        parse_config(source, "job.yaml")


@given(st.text(max_size=100))
def test_any_text_can_be_searched(text: str) -> None:
    """No text raises, and scores lie in [0, 1]."""
    found: list[Topic] = find_custom_topics(make_article(text=text), TOPICS)
    assert all(0 < topic.score < 1 and topic.evidence for topic in found)
