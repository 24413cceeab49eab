"""Topics: lexicons, the scores of one article, and the step in a pipeline."""

import dataclasses
import re
from importlib import resources
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
    Lexicon,
    LexiconError,
    _load_lexicon,
    find_lexicon,
    lexicon_languages,
    parse_lexicon,
)
from transforms.topics.terms import Term, split_words
from transforms.topics.vocabulary import LABELS, SUBTOPICS

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
    (
        "fr",
        "01",
        "La comédienne monte sur scène à Avignon dans une pièce inédite, avant la sortie de son prochain film.",
    ),
    ("fr", "02", "Les policiers ont interpellé un suspect. Le procureur a ouvert une enquête pour meurtre."),
    ("fr", "03", "Un car a quitté la route et s'est renversé ; les pompiers ont évacué les blessés vers l'hôpital."),
    ("fr", "04", "Le chiffre d'affaires du distributeur recule. La banque centrale craint une récession."),
    (
        "fr",
        "05",
        "Dans ce collège, trente élèves partagent une salle de classe et les enseignants manquent de manuels.",
    ),
    (
        "fr",
        "06",
        "La déforestation menace les espèces de la réserve naturelle, alertent des défenseurs de la biodiversité.",
    ),
    ("fr", "07", "Les infirmières de l'hôpital ont vacciné leurs patients contre la grippe."),
    ("fr", "08", "La doyenne du village a fêté ses 108 ans avec son chien, retrouvé par miracle la veille."),
    ("fr", "09", "Les salariés de l'usine votent la grève : le syndicat réclame une hausse des salaires."),
    ("fr", "10", "Ce restaurant au bord de la plage attire les touristes : la recette du dessert reste secrète."),
    ("fr", "11", "Le premier ministre a perdu le vote à l'Assemblée nationale. Les députés veulent une élection."),
    ("fr", "12", "L'évêque a célébré la messe dans la cathédrale, devant des centaines de pèlerins en prière."),
    (
        "fr",
        "13",
        "Des chercheurs ont mis au point un logiciel qui apprend seul, fondé sur l'intelligence artificielle.",
    ),
    ("fr", "14", "L'association aide les migrants et les familles pauvres, victimes de racisme et de discriminations."),
    ("fr", "15", "L'attaquant a marqué en coupe de France. L'entraîneur du club salue ses joueurs."),
    ("fr", "16", "Les rebelles ont attaqué une base de l'armée. Les soldats ont riposté par des bombardements."),
    ("fr", "17", "La pluie et les orages reviennent, annonce Météo-France. La température baisse."),
    ("de", "01", "Die Schauspielerin spielt im neuen Stück des Stadttheaters, im Herbst kommt ihr Film ins Kino."),
    ("de", "02", "Die Polizei nahm zwei Verdächtige fest. Die Staatsanwaltschaft ermittelt wegen Betrugs."),
    ("de", "03", "Bei einem Verkehrsunfall auf der Landstraße wurden drei Menschen verletzt, die Feuerwehr barg sie."),
    (
        "de",
        "04",
        "Der Autobauer meldet weniger Umsatz. Die Aktie verlor an der Börse, Anleger fürchten eine Rezession.",
    ),
    ("de", "05", "An der Grundschule fehlen Lehrer. Die Schüler lernen in Containern, Unterricht fällt aus."),
    ("de", "06", "Umweltschützer warnen vor dem Klimawandel: Der Wald vertrocknet, der Ausstoß von CO2 steigt."),
    ("de", "07", "Ärzte im Krankenhaus behandeln mehr Patienten mit Grippe und raten zur Impfung."),
    ("de", "08", "Die Prinzessin feierte Hochzeit, und ein entlaufener Hund kam nach sechs Jahren kurios zurück."),
    ("de", "09", "Die Gewerkschaft ruft zum Warnstreik auf. Die Beschäftigten fordern mehr Lohn."),
    ("de", "10", "Urlauber lieben das Hotel am Strand. Der Koch verrät sein Rezept für Kuchen."),
    ("de", "11", "Die Koalition hat im Bundestag keine Mehrheit mehr. Der Kanzler will Wahlen."),
    ("de", "12", "Der Bischof predigte im Dom. Die Gläubigen beteten, danach gab es einen Gottesdienst."),
    ("de", "13", "Forscher haben einen Roboter gebaut, dessen Software mit künstlicher Intelligenz arbeitet."),
    ("de", "14", "Geflüchtete erleben oft Rassismus und Armut, sagt eine Hilfsorganisation für Obdachlose."),
    ("de", "15", "Der Stürmer traf vor der Halbzeit, der Torwart hielt einen Elfmeter."),
    (
        "de",
        "16",
        "Rebellen griffen die Hauptstadt an. Soldaten antworteten mit Luftangriffen, die Waffenruhe ist vorbei.",
    ),
    ("de", "17", "Am Wochenende bringt ein Tief Schnee und Sturmböen, sagt der Wetterdienst. Es bleibt frostig."),
    ("es", "02", "La policía detuvo a dos sospechosos por el robo. El juez ordenó su ingreso en prisión."),
    ("es", "03", "El terremoto derrumbó decenas de casas. Los bomberos buscan supervivientes."),
    ("es", "04", "El banco central subió los tipos de interés. La inflación frena la economía y caen las bolsas."),
    ("es", "07", "Los médicos del hospital vacunan a los pacientes contra la gripe."),
    ("es", "11", "El presidente perdió la votación en el congreso. La oposición pide elecciones."),
    ("es", "13", "Los científicos crearon un robot con inteligencia artificial y un algoritmo."),
    ("es", "15", "El delantero marcó dos goles y el portero paró un penalti en la final de copa."),
    ("es", "16", "Los rebeldes bombardearon un cuartel del ejército. Murieron diez soldados en el combate."),
]

SPORT = "medtop:15000000"
POLITICS = "medtop:11000000"
VERSION = "2"


def make_source(**changes: object) -> str:
    """Return the YAML of a lexicon with one word a topic, `word 1` and so on; `changes` replace top-level keys."""
    topics = {code: {"label": label, "words": f"word {code[7:9]}"} for code, label in LABELS.items()}
    content = {"language": "xx", "version": "2", "endings": ["s", "y/ies"], "topics": topics} | changes
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


@pytest.mark.parametrize("wanted", ["en", "fr", "de"])
def test_each_topic_has_a_paragraph(wanted: str) -> None:
    """The table above leaves no topic of the scheme out in English, French and German."""
    assert set(LABELS) == {f"medtop:{digits}000000" for language, digits, _ in PARAGRAPHS if language == wanted}


def test_topics_come_with_scheme_label_score_and_evidence() -> None:
    """A topic carries its vocabulary, code, English label, score and the words that spoke for it."""
    article = make_article(text="Le buteur. Le buteur et le gardien de but.", language="fr")
    sport, soccer = classify_topics(article).topics
    assert ("iptc-mediatopic", SPORT, "sport", None) == (sport.scheme, sport.code, sport.label, sport.parent)
    assert ("iptc-mediatopic", "medtop:20001065", "soccer", SPORT) == (
        soccer.scheme,
        soccer.code,
        soccer.label,
        soccer.parent,
    )
    assert ("buteur", "gardien de but") == sport.evidence == soccer.evidence
    assert 0.5 < soccer.score <= sport.score <= 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Voters go to the polling stations for the general election; each candidate hopes.", "medtop:20000574"),
        ("Soldiers and troops of the army fought the civil war with artillery.", "medtop:20000062"),
        ("The striker scored for the football club in the Premier League.", "medtop:20001065"),
        ("Shares rose on the stock exchange as investors on Wall Street bought stocks.", "medtop:20000396"),
        ("A breast cancer tumour was found; chemotherapy followed, the oncologist said.", "medtop:20000447"),
        ("Climate change and greenhouse gas emissions: global warming melts a glacier.", "medtop:20000418"),
        ("Wimbledon: she won in straight sets with a fine backhand.", "medtop:20001085"),
    ],
)
def test_narrower_topics_are_named_with_their_parents(text: str, code: str) -> None:
    """What an article is about in particular has a code of its own, and its topic is there too."""
    article = classify_topics(make_article(text=text, language="en"))
    parents = {topic.code: topic.parent for topic in article.topics}
    assert article.primary_topic is not None
    assert article.primary_topic == parents[code]
    assert code in SUBTOPICS[article.primary_topic]


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
    """A word of low weight alone stays below the default score, one of middling weight makes no primary topic."""
    weak, middling = (make_article(text=f"The second {word} was hers.", language="en") for word in ("unit", "policy"))
    assert classify_topics(weak).topics == ()
    assert [topic.code for topic in classify_topics(middling).topics] == [POLITICS]
    assert classify_topics(middling).primary_topic is None


def test_min_score_drops_weaker_topics() -> None:
    """Topics below `min_score` are left out, and with the first of them goes `primary_topic`."""
    article = make_article(text="The senator lost the election. A goalkeeper won.", language="en")
    both, one, none = (classify_topics(article, min_score=score) for score in (0.01, 0.5, 0.99))
    assert [topic.code for topic in both.topics if topic.parent is None] == [POLITICS, SPORT]
    assert [topic.code for topic in one.topics if topic.parent is None] == [POLITICS]
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
    text = "goalkeeper " * 10 + "the senator, a referendum, one ballot, some voters"
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
    assert ("medtop:14000000", ("women's rights",)) in [(topic.code, topic.evidence) for topic in topics]


def test_far_end_of_a_long_text_is_not_read() -> None:
    """Words beyond the first 4,000 characters do not count, not even the one that is cut in two."""
    text = "filler " * 571 + "cat" + "walking goalkeeper" * 50
    assert classify_topics(make_article(text=text, language="en")).topics == ()


def test_text_without_blanks_is_not_read_beyond_the_limit() -> None:
    """A text that is one word longer than the limit has no words."""
    assert classify_topics(make_article(text="goalkeeper" * 1_000, language="en")).topics == ()


def test_lead_counts_more_than_the_rest() -> None:
    """Of two topics named once each, the one in the first paragraph is stronger."""
    text = f"The goalkeeper. {'filler ' * 100} The referendum."
    assert classify_topics(make_article(text=text, language="en")).primary_topic == SPORT


def test_publishers_section_is_a_prior_in_the_evidence() -> None:
    """A section adds to its topic and is named; a text that is clearly on something else outweighs it."""
    plain = make_article(text="The goalkeeper met a senator.", language="en")
    clear = make_article(text="The referendum, the ballot, voters, a senator, the election.", language="en")
    by_section = classify_topics(dataclasses.replace(plain, section="Politics"))
    outweighed = classify_topics(dataclasses.replace(clear, section="Sport"))
    assert by_section.primary_topic == POLITICS
    assert "section: Politics" in by_section.topics[0].evidence
    assert outweighed.primary_topic == POLITICS


def test_neutral_phrase_keeps_its_words_from_speaking() -> None:
    """A listed phrase that says nothing hides the words in it."""
    assert classify_topics(make_article(text="That is a ballpark figure.", language="en")).topics == ()
    assert classify_topics(make_article(text="That is a ballpark.", language="en")).primary_topic == SPORT


@given(
    words=st.lists(st.sampled_from(sorted(term.text for term in lexicon_of("en").terms)), max_size=30),
    title=st.sampled_from([None, "", "Goalkeeper votes", "a b c"]),
)
def test_scores_are_sorted_in_range_and_explained(words: list[str], title: str | None) -> None:
    """Scores fall and lie in [0, 1]; the evidence is 1 to 5 phrases of the article; narrower topics follow theirs."""
    article = classify_topics(make_article(text=" ".join(words), title=title, language="en"))
    scores = [topic.score for topic in article.topics]
    assert sorted(scores, reverse=True) == scores
    assert all(0 <= score <= 1 for score in scores)
    assert article.primary_topic in ([None] if not scores or scores[0] < 0.25 else [article.topics[0].code])
    read = {*_phrases(article.title or ""), *_phrases(article.text)}
    seen: list[str | None] = [None]
    for topic in article.topics:
        assert 1 <= len(topic.evidence) <= MAX_EVIDENCE
        assert all(tuple(split_words(phrase)) in read for phrase in topic.evidence)
        assert topic.parent in seen
        seen.append(topic.code)


def _phrases(text: str) -> set[tuple[str, ...]]:
    words = split_words(text)
    return {tuple(words[i : i + size]) for size in range(1, 7) for i in range(len(words) - size + 1)}


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
    counts = {code: sum(code in dict(term.weights) for term in lexicon.terms) for code in LABELS}
    assert (language, VERSION) == (lexicon.language, lexicon.version)
    assert len(counts) == 17
    assert min(counts.values()) >= 30


@pytest.mark.parametrize("language", lexicon_languages())
def test_lexicon_files_are_small(language: str) -> None:
    """A lexicon takes at most 300 KB on the disk."""
    file = resources.files("transforms.topics") / "lexicon" / f"{language}.yaml"
    assert len(file.read_bytes()) <= 300_000


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_lexicon_knows_narrower_topics(language: str) -> None:
    """At least sixty narrower topics have words in English, French and German."""
    assert len({code for term in lexicon_of(language).terms for code, _ in term.subtopics}) >= 60


@pytest.mark.parametrize("language", lexicon_languages())
def test_no_word_speaks_fully_for_two_topics(language: str) -> None:
    """A word listed under several topics has full weight in one of them at most."""
    terms = lexicon_of(language).terms
    assert [term.text for term in terms if sum(weight >= 1 for _, weight in term.weights) > 1] == []


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


def test_word_may_be_shared_with_lower_weight() -> None:
    """Two topics may list a word if one of them does so with less than full weight."""
    source = make_source(topics=make_topics("word 11: 0.5"))
    terms = {term.text: term for term in parse_lexicon(source, name="xx.yaml").terms}
    assert terms["word 11"].weights == ((POLITICS, 1.0), (SPORT, 0.5))


def test_words_of_a_subtopic_speak_for_its_topic() -> None:
    """A word of a narrower topic counts for both, with the same weight, and for the topic as it is listed there."""
    topics = make_topics("goal: 0.5, club: 0.2")
    topics[SPORT]["subtopics"] = {"medtop:20001065": {"label": "soccer", "words": "goal: 0.8, fifa"}}
    terms = {term.text: term for term in parse_lexicon(make_source(topics=topics), name="xx.yaml").terms}
    soccer = "medtop:20001065"
    assert terms["goal"] == Term(text="goal", weights=((SPORT, 0.8),), subtopics=((soccer, 0.8),))
    assert terms["fifa"] == Term(text="fifa", weights=((SPORT, 1.0),), subtopics=((soccer, 1.0),))
    assert terms["club"] == Term(text="club", weights=((SPORT, 0.2),))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 1}, "version must be text, put quotes around 1"),
        ({"extra": 1}, "lexicon has unknown extra; known are endings, language, neutral, topics, version"),
        ({"endings": "s"}, r"endings must be a list such as \[s, y/ies\], got 's'"),
        ({"topics": []}, r"topics must be a mapping, got \[\]"),
        ({"topics": {SPORT: {"label": "sport", "words": "x"}}}, "topics lacks medtop:01000000, medtop:02"),
        ({"topics": {"medtop:99000000": {}}}, "topics has unknown medtop:99000000"),
        ({"topics": make_topics("x", label="sports")}, "15000000 has the label 'sports', must be 'sport'"),
        ({"topics": make_topics(["goal"])}, "15000000: words must be text .* got \\['goal'\\]"),
        ({"topics": make_topics(" ")}, "15000000: words must be text .* got ' '"),
        ({"topics": make_topics("goal: 6")}, "weight of 'goal' must be more than 0 and at most 5, got '6'"),
        ({"topics": make_topics("goal: 0")}, "weight of 'goal' must be .* got '0'"),
        ({"topics": make_topics("goal: high")}, "weight of 'goal' .* got 'high'"),
        ({"topics": make_topics("a b c d e f g")}, "15000000: 'a b c d e f g' must have 1 to 6 words, has 7"),
        ({"topics": make_topics("goal, , club")}, "15000000: '' must have 1 to 6 words, has 0"),
        ({"topics": make_topics("*al")}, "15000000: '\\*al' must be one word of 4 letters with"),
        ({"topics": make_topics("foot* ball")}, "must be one word of 4 letters with"),
        ({"topics": make_topics("goal, Goal: 0.5")}, "15000000: 'goal' stands there twice"),
        ({"topics": make_topics("word-11")}, "'word 11' has full weight in medtop:11000000 and medtop:15000000"),
        ({"neutral": "word 11"}, "neutral: 'word 11' stands there twice, or in a topic too"),
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
    """The codes are the 17 top-level Media Topics, in their order, and no narrower topic stands under two."""
    narrower = [code for codes in SUBTOPICS.values() for code in codes]
    assert [f"medtop:{number:02}000000" for number in range(1, 18)] == list(LABELS) == list(SUBTOPICS)
    assert len(LABELS) == len(set(LABELS.values()))
    assert len(narrower) == len(set(narrower)) >= 60
    assert all(re.fullmatch(r"medtop:2\d{7}", code) for code in narrower)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "huggingface"}, "model goes with method huggingface"),
        ({"model": "folder"}, "model goes with method huggingface, got method lexicon and model folder"),
    ],
)
def test_method_and_model_go_together(options: dict[str, Any], message: str) -> None:
    """A model without the method, or the method without a model, is refused."""
    with pytest.raises(ValueError, match=message):
        ClassifyTopics(**options)


def test_lexica_are_loaded_ahead() -> None:
    """After the step has loaded what it needs, each language's lexicon is there."""
    _load_lexicon.cache_clear()

    ClassifyTopics().preload()

    assert len(lexicon_languages()) == _load_lexicon.cache_info().currsize
