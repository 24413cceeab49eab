"""Topics: lexicons, the scores of one article, and the step in a pipeline."""

from typing import Any

import apache_beam as beam
import pytest
import yaml
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_article
from transforms.errors import ConfigError
from transforms.records import ModelVersion, StepError, Topic
from transforms.topics import ClassifyTopics, classify_topics
from transforms.topics.classify import MAX_EVIDENCE
from transforms.topics.lexicon import (
    LABELS,
    Lexicon,
    LexiconError,
    find_lexicon,
    lexicon_languages,
    parse_lexicon,
    split_words,
)

PARAGRAPHS = [
    ("en", "01", "The actress began as a dancer in a small theatre; her new film opens the festival."),
    ("en", "02", "Detectives arrested two suspects. Prosecutors charged them with burglary; a judge refused bail."),
    ("en", "03", "An earthquake flattened the town. Firefighters pulled survivors from the rubble."),
    ("en", "04", "The retailer's profits fell as inflation bit. Its shareholders sold, and the stock lost 8%."),
    ("en", "05", "Pupils in six classrooms will share one teacher. The curriculum suffers, headteachers say."),
    ("en", "06", "Deforestation halves the habitat of birds. Conservationists blame logging and carbon emissions."),
    ("en", "07", "Nurses at the hospital gave the vaccine to patients with diabetes, a doctor said."),
    ("en", "08", "A puppy lost for six years was reunited with its owner on her birthday, with a bizarre twist."),
    ("en", "09", "Workers voted for strike action. The trade union wants a higher minimum wage."),
    ("en", "10", "The chef opened a restaurant near the beach resort. Tourists love the wine and her recipes."),
    ("en", "11", "The prime minister lost the vote in parliament. Voters trust no candidate in the election."),
    ("en", "12", "The bishop led prayers in the cathedral. Pilgrims came to hear his sermon on the Bible."),
    ("en", "13", "Scientists built a robot that learns by an algorithm. Its software runs on a laptop."),
    ("en", "14", "Refugees and other migrants face discrimination and poverty, says a charity against racism."),
    ("en", "15", "The striker scored twice, the goalkeeper saved a penalty. The coach praised her players."),
    ("en", "16", "Rebels shelled the camp with mortars. Soldiers answered with air strikes; the ceasefire is over."),
    ("en", "17", "Heavy rain and gusts of wind follow the snow, forecasters say. Temperatures stay low, with fog."),
    ("fr", "02", "Les policiers ont interpellé un suspect. Le procureur a ouvert une enquête pour meurtre."),
    ("fr", "04", "Le chiffre d'affaires du distributeur recule. La banque centrale craint une récession."),
    ("fr", "07", "Les infirmières de l'hôpital ont vacciné leurs patients contre la grippe."),
    ("fr", "11", "Le premier ministre a perdu le vote à l'Assemblée nationale. Les députés veulent une élection."),
    ("fr", "15", "L'attaquant a marqué en coupe de France. L'entraîneur du club salue ses joueurs."),
    ("fr", "17", "La pluie et les orages reviennent, annonce Météo-France. La température baisse."),
    ("de", "11", "Die Koalition hat im Bundestag keine Mehrheit mehr. Der Kanzler will Wahlen."),
    ("de", "15", "Der Stürmer traf vor der Halbzeit, der Torwart hielt einen Elfmeter."),
    ("es", "03", "El terremoto derrumbó decenas de casas. Los bomberos buscan supervivientes."),
    ("es", "13", "Los científicos crearon un robot con inteligencia artificial y un algoritmo."),
]

SPORT = "medtop:15000000"
POLITICS = "medtop:11000000"
VERSION = "1"


def make_source(**changes: object) -> str:
    """Return the YAML of a lexicon with one word a topic, `word 1` and so on; `changes` replace top-level keys."""
    topics = {code: {"label": label, "words": [f"word {code[7:9]}"]} for code, label in LABELS.items()}
    content = {"language": "xx", "version": "1", "endings": ["s", "y/ies"], "topics": topics} | changes
    return yaml.safe_dump(content)


def make_topics(words: object, code: str = SPORT, label: str | None = None) -> dict[str, Any]:
    """Return the topics of `make_source`, with other words in one of them."""
    topics: dict[str, Any] = yaml.safe_load(make_source())["topics"]
    topics[code] = {"label": label or LABELS[code], "words": words}
    return topics


def lexicon_of(language: str) -> Lexicon:
    """Return a lexicon that is there."""
    lexicon = find_lexicon(language)
    assert lexicon is not None
    return lexicon


@pytest.mark.parametrize(("language", "digits", "text"), PARAGRAPHS, ids=lambda value: value[:12])
def test_a_paragraph_gets_the_topic_it_is_about(language: str, digits: str, text: str) -> None:
    """Two plain sentences on a topic get that topic first, in each language, with a clear score."""
    article = classify_topics(make_article(text=text, language=language))
    assert f"medtop:{digits}000000" == article.primary_topic
    assert article.topics[0].score >= 0.5


def test_each_topic_has_an_english_paragraph() -> None:
    """The table above leaves no topic of the scheme out."""
    assert set(LABELS) == {f"medtop:{digits}000000" for language, digits, _ in PARAGRAPHS if language == "en"}


def test_topics_come_with_scheme_label_score_and_evidence() -> None:
    """A topic carries its vocabulary, code, English label, score and the words that spoke for it."""
    article = make_article(text="Le buteur. Le buteur et le gardien de but.", language="fr")
    assert (
        Topic(
            scheme="iptc-mediatopic",
            code=SPORT,
            label="sport",
            score=0.9119,
            evidence=("buteur", "gardien de but", "but"),
        ),
    ) == classify_topics(article).topics


def test_model_is_recorded_after_those_of_earlier_steps() -> None:
    """The lexicon and the version in its file are appended to `models`."""
    earlier = ModelVersion(step="language", name="detector", version="4")
    article = classify_topics(make_article(language="fr", models=(earlier,)))
    assert (earlier, ModelVersion(step="topics", name="newsbeam-lexicon-fr", version=VERSION)) == article.models
    assert article.errors == ()


@pytest.mark.parametrize("text", ["", " \n\n ", "It was all as it had been before, and then some.", "日本語", "12 34"])
def test_text_on_nothing_gets_no_topic(text: str) -> None:
    """Where no word of the lexicon speaks, newsbeam abstains and still records what looked."""
    article = classify_topics(make_article(text=text, language="en"))
    assert (article.topics, article.primary_topic) == ((), None)
    assert tuple(model.step for model in article.models) == ("topics",)


def test_one_weak_word_makes_no_topic() -> None:
    """A word of low weight alone stays below the default score."""
    assert classify_topics(make_article(text="The second round was hers.", language="en")).topics == ()


def test_min_score_drops_weaker_topics() -> None:
    """Topics below `min_score` are left out, and with the first of them goes `primary_topic`."""
    article = make_article(text="The senator lost the election. A goalkeeper won.", language="en")
    both, one, none = (classify_topics(article, min_score=score) for score in (0.01, 0.5, 0.95))
    assert [topic.code for topic in both.topics] == [POLITICS, SPORT]
    assert [topic.code for topic in one.topics] == [POLITICS]
    assert (none.topics, none.primary_topic) == ((), None)


def test_topics_of_an_earlier_run_are_replaced() -> None:
    """What stood in the fields before does not survive."""
    old = Topic(scheme="iptc-mediatopic", code=SPORT, label="sport", score=1.0)
    article = make_article(text="", language="en", topics=(old,), primary_topic=SPORT)
    assert (classify_topics(article).topics, classify_topics(article).primary_topic) == ((), None)


@pytest.mark.parametrize(
    ("language", "cause"),
    [
        (None, "the language is unknown"),
        ("xx", "no lexicon for language 'xx'"),
        ("../en", "no lexicon for language '../en'"),
        ("x" * 500, "no lexicon for language 'xxxxxxxxxxxxxxxxxxx"),
    ],
)
def test_language_without_lexicon_is_an_error_of_the_article(language: str | None, cause: str) -> None:
    """Such an article keeps no topic and tells why, after the errors of earlier steps."""
    earlier = StepError(step="entities", code="unsupported_language", message="no model")
    article = make_article(text="The goalkeeper won.", language=language, errors=(earlier,))
    error = StepError(step="topics", code="unsupported_language", message=f"{cause}; lexicons: de, en, es, fr")
    result = classify_topics(article)
    assert ((), None, (), (earlier, error)) == (result.topics, result.primary_topic, result.models, result.errors)


def test_headline_outweighs_the_same_words_in_the_text() -> None:
    """The title counts most, then the description, then the text."""
    sport, politics = "goalkeeper", "referendum"
    by_title = classify_topics(make_article(title=sport, description=politics, text=politics, language="en"))
    by_description = classify_topics(make_article(description=politics, text=sport, language="en"))
    assert (by_title.primary_topic, by_description.primary_topic) == (SPORT, POLITICS)


def test_one_repeated_word_does_not_decide() -> None:
    """Four words once each are stronger than one word ten times."""
    text = "goalkeeper " * 10 + "senator, referendum, ballot, voters"
    assert classify_topics(make_article(text=text, language="en")).primary_topic == POLITICS


def test_inflected_forms_count_as_one_term() -> None:
    """Singular and plural add up, and the first of them is the evidence."""
    mixed = classify_topics(make_article(text="Two ballots. A ballot.", language="en"))
    alike = classify_topics(make_article(text="Two ballots. All ballots.", language="en"))
    assert alike.topics == mixed.topics
    assert mixed.topics[0].evidence == ("ballots",)


@pytest.mark.parametrize("text", ["Women's rights", "WOMEN\u2019S RIGHTS", "women's-rights"])
def test_phrases_match_whatever_case_apostrophe_and_hyphen(text: str) -> None:
    """A phrase is its words; the evidence has the spelling of the lexicon."""
    topics = classify_topics(make_article(text=text, language="en")).topics
    assert [(topic.code, topic.evidence) for topic in topics] == [("medtop:14000000", ("women's rights",))]


def test_far_end_of_a_long_text_is_not_read() -> None:
    """Words beyond the lead do not count, not even the one that is cut in two."""
    text = "filler " * 571 + "cat" + "walking goalkeeper" * 50
    assert classify_topics(make_article(text=text, language="en")).topics == ()


@given(
    words=st.lists(st.sampled_from(sorted(lexicon_of("en").forms)), max_size=30),
    title=st.sampled_from([None, "", "Goalkeeper votes", "a b c"]),
)
def test_scores_are_sorted_in_range_and_explained(words: list[str], title: str | None) -> None:
    """Scores fall, lie in [0, 1], add up to at most 1; the evidence is 1 to 5 phrases out of the article."""
    article = classify_topics(make_article(text=" ".join(words), title=title, language="en"))
    scores = [topic.score for topic in article.topics]
    assert sorted(scores, reverse=True) == scores
    assert all(0 <= score <= 1 for score in scores)
    assert sum(scores) <= 1.001
    assert (article.topics[0].code if article.topics else None) == article.primary_topic
    read = {*_phrases(article.title or ""), *_phrases(article.text)}
    for topic in article.topics:
        assert 1 <= len(topic.evidence) <= MAX_EVIDENCE
        assert all(tuple(split_words(phrase)) in read for phrase in topic.evidence)


def _phrases(text: str) -> set[tuple[str, ...]]:
    words = split_words(text)
    return {tuple(words[i : i + size]) for size in range(1, 5) for i in range(len(words) - size + 1)}


@given(text=st.text(max_size=200), language=st.sampled_from([None, *lexicon_languages(), "zz"]))
def test_any_text_can_be_classified(text: str, language: str | None) -> None:
    """No text raises, the result is the same each time, and only the step's own fields change."""
    article = make_article(text=text, language=language)
    result = classify_topics(article)
    assert result == classify_topics(article)
    assert (text, language, ()) == (result.text, result.language, result.entities)


def test_transform_fills_topics_in_a_pipeline() -> None:
    """The PTransform gives what the function gives, with its option."""
    articles = [
        make_article(id="1", text="The goalkeeper and a senator.", language="en"),
        make_article(id="2", text="Nothing.", language="en"),
        make_article(id="3", text="Nothing.", language=None),
    ]
    expected = [classify_topics(article, min_score=0.4) for article in articles]
    assert expected == articles | ClassifyTopics(min_score=0.4)


def test_transform_refuses_other_elements() -> None:
    """A pipeline that feeds it anything but articles is refused when it is built."""
    with pytest.raises(TypeCheckError, match="Article"):
        beam.Pipeline() | beam.Create(["x"]) | ClassifyTopics()


@pytest.mark.parametrize("min_score", [0, -0.1, 1.1, float("nan")])
def test_min_score_out_of_range_is_refused(min_score: float) -> None:
    """A score that no topic or every topic reaches is refused with its value."""
    with pytest.raises(ValueError, match=f"min_score must be .*got {min_score}"):
        ClassifyTopics(min_score=min_score)


@pytest.mark.parametrize("language", lexicon_languages())
def test_every_lexicon_covers_all_topics(language: str) -> None:
    """Each language names its file and has at least thirty terms for each of the 17 topics."""
    lexicon = lexicon_of(language)
    terms = {form.term for form in lexicon.forms.values()}
    counts = {code: sum(code in dict(term.weights) for term in terms) for code in LABELS}
    assert (language, VERSION) == (lexicon.language, lexicon.version)
    assert len(counts) == 17
    assert min(counts.values()) >= 30


@pytest.mark.parametrize("language", lexicon_languages())
def test_no_word_speaks_fully_for_two_topics(language: str) -> None:
    """A word listed under several topics has full weight in one of them at most."""
    terms = {form.term for form in lexicon_of(language).forms.values()}
    assert [term.text for term in terms if sum(weight == 1 for _, weight in term.weights) > 1] == []


@pytest.mark.parametrize(
    ("language", "ordinary"),
    [
        ("en", "the and of a to in who home new said year people time first last two more will it us"),
        ("fr", "le la les de des et à un une en que qui dans pour par sur plus avec son fait tout bien partie"),
        ("de", "der die das und in zu den mit von für auf ist im dem nicht ein eine als auch nach wie halten"),
        ("es", "el la los de que y a en un una por con para se lo como más pero sus le ya o este sí porque"),
    ],
)
def test_ordinary_words_are_in_no_topic(language: str, ordinary: str) -> None:
    """The commonest words of a language, and the forms that endings make of others, say nothing of the topic."""
    topics = classify_topics(make_article(text=ordinary, language=language)).topics
    assert topics == ()


def test_lexicon_is_loaded_once() -> None:
    """All calls in a process share one lexicon."""
    assert find_lexicon("en") is find_lexicon("en")


def test_endings_make_forms_and_listed_forms_win() -> None:
    """An ending is added or replaces another, in words of three letters or more; a listed form is its own term."""
    topics = make_topics([{"home city": 0.5}, "ox", "cities", "ball's"])
    lexicon = parse_lexicon(make_source(topics=topics), name="xx.yaml")
    terms = {form: lexicon.forms[form].term.text for form in lexicon.forms if not form.startswith("word")}
    assert terms == {
        "home city": "home city",
        "homes city": "home city",
        "home citys": "home city",
        "homes citys": "home city",
        "home cities": "home city",
        "homes cities": "home city",
        "ox": "ox",
        "cities": "cities",
        "citiess": "cities",
        "ball s": "ball's",
        "balls s": "ball's",
    }
    assert lexicon.forms["balls s"].spelling == "balls's"
    assert lexicon.longest_phrase == 2


def test_word_may_be_shared_with_lower_weight() -> None:
    """Two topics may list a word if one of them does so with less than full weight."""
    source = make_source(topics=make_topics([{"word 11": 0.5}]))
    form = parse_lexicon(source, name="xx.yaml").forms["word 11"]
    assert form.term.weights == ((POLITICS, 1.0), (SPORT, 0.5))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 1}, "version must be text, put quotes around 1"),
        ({"extra": 1}, "lexicon has unknown extra; known are endings, language, topics, version"),
        ({"endings": "s"}, r"endings must be a list such as \[s, y/ies\], got 's'"),
        ({"topics": []}, r"topics must be a mapping, got \[\]"),
        ({"topics": {SPORT: {"label": "sport", "words": ["x"]}}}, "topics lacks medtop:01000000, medtop:02"),
        ({"topics": {"medtop:99000000": {}}}, "topics has unknown medtop:99000000"),
        ({"topics": make_topics([], label="sports")}, "15000000 has the label 'sports', must be 'sport'"),
        ({"topics": make_topics("goal")}, "15000000: words must be a list of words, got 'goal'"),
        ({"topics": make_topics([])}, r"15000000: words must be a list of words, got \[\]"),
        ({"topics": make_topics([True])}, "15000000: True is not a word, put quotes around it"),
        ({"topics": make_topics([{2024: 0.5}])}, "15000000: 2024 is not a word, put quotes around it"),
        ({"topics": make_topics([{"a": 1, "b": 1}])}, "15000000: {'a': 1, 'b': 1} is not a word"),
        ({"topics": make_topics([{"goal": 2}])}, "weight of 'goal' must be more than 0 and at most 1, got 2"),
        ({"topics": make_topics([{"goal": "high"}])}, "weight of 'goal' .* got 'high'"),
        ({"topics": make_topics([{"goal": True}])}, "weight of 'goal' .* got True"),
        ({"topics": make_topics(["a b c d e"])}, "15000000: 'a b c d e' must have 1 to 4 words, has 5"),
        ({"topics": make_topics(["!"])}, "15000000: '!' must have 1 to 4 words, has 0"),
        ({"topics": make_topics(["goal", {"Goal": 0.5}])}, "15000000: 'goal' stands there twice"),
        ({"topics": make_topics(["word-11"])}, "'word-11' has full weight in medtop:11000000 and medtop:15000000"),
    ],
)
def test_wrong_lexicon_is_refused_with_file_and_place(changes: dict[str, object], message: str) -> None:
    """The error names the file, the topic and the word, and is one of the config."""
    with pytest.raises(LexiconError, match=f"^xx.yaml: .*{message}") as caught:
        parse_lexicon(make_source(**changes), name="xx.yaml")
    assert isinstance(caught.value, ConfigError)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("language: [", "xx.yaml: not YAML: "),
        ("", "xx.yaml: lexicon must be a mapping, got None"),
        ("language: xx", "xx.yaml: lexicon lacks endings, topics, version"),
    ],
)
def test_file_that_is_no_lexicon_is_refused(source: str, message: str) -> None:
    """Broken YAML and YAML of another shape are told apart."""
    with pytest.raises(LexiconError, match=message):
        parse_lexicon(source, name="xx.yaml")


def test_labels_are_those_of_the_scheme() -> None:
    """The codes are the 17 top-level Media Topics, in their order."""
    expected = [f"medtop:{number:02}000000" for number in range(1, 18)]
    assert expected == list(LABELS)
    assert len(LABELS) == len(set(LABELS.values()))
