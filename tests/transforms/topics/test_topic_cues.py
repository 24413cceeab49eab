"""Publishers' cues: sections, folders of addresses, keywords."""

from typing import Any

import pytest

from tests.conftest import make_article
from transforms.topics.cues import find_cues

SPORT = "medtop:15000000"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"section": "Sport"}, [(SPORT, "section: Sport")]),
        ({"section": "News > Sports"}, [(SPORT, "section: Sports")]),
        ({"section": "Climate & Environment"}, [("medtop:06000000", "section: Climate & Environment")]),
        ({"section": "Opinion"}, []),
        ({"url": "https://example.org/fussball/bundesliga/123.html"}, [(SPORT, "url: fussball")]),
        ({"url": "https://example.org/sport"}, []),
        ({"url": "https://example.org/life-and-style/x"}, [("medtop:10000000", "url: life-and-style")]),
        ({"url": "https://[broken/sport/x"}, []),
        (
            {"url": "https://a.example/sport/x", "canonical_url": "https://a.example/politik/x"},
            [
                ("medtop:11000000", "url: politik"),
            ],
        ),
        ({"keywords": ("Tariffs", "Technology")}, [("medtop:13000000", "keyword: Technology")]),
        ({"section": "Sport", "keywords": ("sports",)}, [(SPORT, "section: Sport")]),
        ({}, []),
    ],
)
def test_cues_name_topics(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """A section, folder or keyword that is a name of a topic, whole, is a cue; each topic has one at most."""
    assert expected == list(find_cues(make_article(**fields)))
