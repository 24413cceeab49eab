"""What a page states: JSON-LD, headline, authors, times."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from transforms.extract.facts import read_facts
from transforms.extract.headline import strip_site_name
from transforms.extract.jsonld import MAX_SCRIPT_CHARS, JsonLd, parse_script, read_jsonld
from transforms.extract.metadata import Metadata, choose_metadata
from transforms.extract.names import is_name_line, read_bylines, split_names

URL = "https://www.lookout.example/2026/03/05/mayor"


def page_with(*scripts: str, head: str = "", body: str = "<p>x</p>") -> html.HtmlElement:
    """Return a page with scripts of JSON-LD."""
    tags = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return html.document_fromstring(f"<html><head>{head}{tags}</head><body>{body}</body></html>")


def jsonld_of(script: str) -> JsonLd:
    """Return what is read from a page with one script."""
    return read_jsonld(page_with(script))


def metadata_of(*scripts: str, head: str = "", body: str = "<p>x</p>") -> Metadata:
    """Return what is chosen of a page."""
    return choose_metadata(read_facts(page_with(*scripts, head=head, body=body), URL), URL)


ARTICLE = {"@type": "NewsArticle", "headline": "Mayor quits", "datePublished": "2026-03-05T10:00:00+01:00"}


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(json.dumps(ARTICLE), id="object"),
        pytest.param(json.dumps([{"@type": "WebSite"}, ARTICLE]), id="list"),
        pytest.param(json.dumps({"@graph": [{"@type": "WebSite"}, [ARTICLE]]}), id="graph with a list"),
        pytest.param(json.dumps({"@type": "WebPage", "mainEntity": ARTICLE}), id="main entity"),
        pytest.param(json.dumps(ARTICLE | {"@type": ["Thing", "ReportageNewsArticle"]}), id="subtype among types"),
        pytest.param(json.dumps(ARTICLE)[:-1] + ",}", id="trailing comma"),
        pytest.param(
            json.dumps(ARTICLE).replace("Mayor", "Ma\nyor").replace("Ma\nyor", "Mayor\n"), id="raw line break"
        ),
        pytest.param(f"<!-- {json.dumps(ARTICLE)} -->", id="comment"),
        pytest.param(f"//<![CDATA[\n{json.dumps(ARTICLE)}\n//]]>", id="CDATA"),
        pytest.param(json.dumps({"@type": "WebSite"}) + json.dumps(ARTICLE) + ";", id="two objects and a semicolon"),
        pytest.param(json.dumps(ARTICLE)[:-20], id="cut off"),
        pytest.param(json.dumps(ARTICLE | {"name": r"\'x\'"}).replace(r"\\'", r"\'"), id="wrong escape"),
        pytest.param(json.dumps(ARTICLE).replace('"Mayor quits"', '"Mayor quits" "twice"'), id="stray string"),
    ],
)
def test_the_headline_survives_broken_jsonld(script: str) -> None:
    """Whatever the fault, the headline of the article is read."""
    assert "Mayor quits" == jsonld_of(script).headline


def test_a_huge_script_gives_the_named_fields() -> None:
    """A script over the limit is not parsed, but its first fields are found by name."""
    script = json.dumps(ARTICLE | {"articleBody": "x" * MAX_SCRIPT_CHARS})
    assert ("Mayor quits", None) == (jsonld_of(script).headline, jsonld_of(script).body)


def test_references_in_a_graph_are_followed() -> None:
    """An author that is given by `@id` has the name that stands elsewhere in the graph."""
    graph = [
        ARTICLE | {"author": {"@id": "#a"}},
        {"@type": "Person", "@id": "#a", "name": "Ana Roe", "url": "https://x.example/ana"},
    ]
    (author,) = jsonld_of(json.dumps({"@graph": graph})).authors
    assert ("Ana Roe", "Person", "https://x.example/ana") == (author.name, author.type, author.url)


def test_deep_nesting_is_no_harm() -> None:
    """JSON nested beyond Python's stack is passed over."""
    assert JsonLd() == jsonld_of("[" * 100_000 + "]" * 100_000)


@given(st.text(max_size=200))
def test_any_script_is_survived(text: str) -> None:
    """Whatever stands in a script, reading it gives a list of values."""
    assert isinstance(parse_script(text), list)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@type", "@graph", "author", "image", "headline", "name", "keywords", "mainEntity"]),
                inner | st.just("NewsArticle"),
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_survived(value: object) -> None:
    """Whatever types the values have, an article is read from them or none."""
    assert isinstance(jsonld_of(json.dumps(value).replace("</", "<\\/")), JsonLd)


@pytest.mark.parametrize(
    ("title", "names", "others", "expected"),
    [
        ("Mayor quits | The Lookout", {"thelookout"}, set(), "Mayor quits"),
        ("Mayor quits - Politics | The Lookout", {"thelookout"}, {"mayorquits"}, "Mayor quits"),
        ("The Lookout: Mayor quits", {"thelookout"}, set(), "The Lookout: Mayor quits"),
        ("The Lookout | Mayor quits", {"thelookout"}, set(), "Mayor quits"),
        ("Mayor quits - again", {"thelookout"}, set(), "Mayor quits - again"),
        ("Vice-mayor quits", {"thelookout"}, set(), "Vice-mayor quits"),
    ],
)
def test_names_of_sites_leave_titles(title: str, names: set[str], others: set[str], expected: str) -> None:
    """The name of the site and of its section go, a part of the headline stays."""
    assert expected == strip_site_name(title, names, others)


def test_the_headline_on_the_page_beats_the_one_for_search_engines() -> None:
    """Where JSON-LD repeats the page's title, and OpenGraph and the first heading agree on another, theirs is taken."""
    script = json.dumps(ARTICLE | {"headline": "Mayor resigns 2026"})
    head = '<title>Mayor resigns 2026 | Lookout</title><meta property="og:title" content="Mayor quits at last">'
    head += '<meta property="og:site_name" content="Lookout">'
    chosen = metadata_of(script, head=head, body="<h1>Mayor quits at last</h1>")
    assert ("Mayor quits at last", "opengraph") == (chosen.title, chosen.sources["title"])
    assert "Mayor resigns 2026" == metadata_of(script, head=head, body="<h1>Mayor resigns 2026</h1>").title


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ana Roe and Jo Poe", ("Ana Roe", "Jo Poe")),
        ("Ana Roe og Bo Eis", ("Ana Roe", "Bo Eis")),
        ("Ana Roe, Senior Reporter", ("Ana Roe",)),
        ("Ana Roe (Berlin)", ("Ana Roe",)),
        ("Ana Roe | Reuters", ("Ana Roe", "Reuters")),
        ("ana@lookout.example", ()),
        ("https://facebook.com/lookout", ()),
        ("jane-doe", ()),
        ("admin", ()),
    ],
)
def test_bylines_are_split_into_names(byline: str, names: tuple[str, ...]) -> None:
    """Names are split at conjunctions in several languages; roles, addresses and defaults are no names."""
    assert names == split_names(byline)


@given(
    st.lists(st.sampled_from(["Ana Roe", "Jo Poe", "dpa", "José Ortega y Gasset"]), unique=True, min_size=1, max_size=4)
)
def test_joined_names_come_apart_again(names: list[str]) -> None:
    """Names joined by semicolons are the same names again."""
    assert tuple(names) == split_names("; ".join(names))


def test_an_author_who_is_but_the_site_gives_way() -> None:
    """Where JSON-LD names the site as the author, the person in the meta tag is taken."""
    script = json.dumps(ARTICLE | {"author": {"@type": "Person", "name": "Lookout"}, "publisher": {"name": "Lookout"}})
    (author,) = metadata_of(script, head='<meta name="author" content="Ana Roe">').authors
    assert ("Ana Roe", "person") == (author.name, author.type)
    assert metadata_of(script).is_unsigned


def test_a_line_of_names_is_told_from_a_headline() -> None:
    """Capitals in each of two to four words make names."""
    assert [True, False, False] == [is_name_line(line) for line in ("Ana Roe", "Mayor quits at last", "Ana Roe 2")]


def test_a_day_is_made_exact_by_a_time_of_that_day() -> None:
    """A source that states the day only is completed by a later one, a time without zone by the same with one."""
    head = '<meta property="article:published_time" content="2026-03-05T09:30:00+01:00">'
    day = metadata_of(json.dumps(ARTICLE | {"datePublished": "2026-03-05"}), head=head).published
    local = metadata_of(json.dumps(ARTICLE | {"datePublished": "2026-03-05T09:30:00"}), head=head).published
    other = metadata_of(json.dumps(ARTICLE | {"datePublished": "2026-03-01"}), head=head).published
    assert day
    assert local
    assert other
    assert ["2026-03-05 08:30", "2026-03-05 08:30", "2026-03-01 00:00"] == [
        found.date.at.strftime("%Y-%m-%d %H:%M") for found in (day, local, other)
    ]


def test_the_address_gives_a_day_where_nothing_else_does() -> None:
    """The day in the path is the last resort, and says so."""
    found = metadata_of().published
    assert found
    assert ("day", "url") == (found.date.precision, found.source)


def test_all_other_fields_are_read() -> None:
    """Section, keywords, picture, language, address, modification and access come from where they are stated."""
    script = json.dumps(
        ARTICLE
        | {"articleSection": ["Politics", "Town"], "keywords": "mayor, town ,Mayor", "isAccessibleForFree": "False"}
        | {"dateModified": "2026-03-06T10:00:00Z", "inLanguage": "de-AT", "publisher": {"name": "Lookout"}}
        | {"image": [{"url": "/a.jpg", "caption": "The mayor", "creditText": "J. Berg"}, "https://x.example/b.jpg"]}
    )
    found = metadata_of(script, head='<link rel="canonical" href="/mayor">')
    assert ("Politics", ("Mayor", "town"), False, "de") == (
        found.section,
        found.keywords,
        found.is_free,
        found.language,
    )
    assert ["https://www.lookout.example/a.jpg", "https://x.example/b.jpg"] == [image.url for image in found.images]
    assert ("The mayor", "J. Berg") == (found.images[0].caption, found.images[0].credit)
    assert ("https://www.lookout.example/mayor", "Lookout") == (found.canonical_url, found.site_name)
    assert found.modified
    assert "2026-03-06 10:00:00+00:00" == str(found.modified.date.at)


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["von Jörg Sold, Talfunk Kultur Stand: 12. März", "von Jörg Sold, Talfunk Kultur"], ["Jörg Sold"]),
        (["Ana Roe", "By Ben Stone"], ["Ana Roe"]),
        (["12 March 2026", "By Ben Stone"], ["Ben Stone"]),
        (["12 March 2026", "Kevin Quoted"], []),
        (["Twitter Facebook"], []),
        (["By Talfunk Kultur"], ["Talfunk Kultur"]),
    ],
)
def test_bylines_of_a_page(lines: list[str], names: list[str]) -> None:
    """The first line that is a byline names the authors, without the site's desk; mere names count in the first."""
    assert names == [author.name for author in read_bylines(lines, {"talfunk"})]


def test_unmarked_names_are_no_byline() -> None:
    """A line of names that the page calls nothing is a byline only if it begins as one."""
    assert [] == list(read_bylines(["Ana Roe"], is_marked=False))
    assert ["Ana Roe"] == [author.name for author in read_bylines(["di Ana Roe"], is_marked=False)]


def test_authors_of_the_first_of_several_articles() -> None:
    """Where a page goes on with other articles, their authors are not this one's."""
    articles = "".join(f"<article><a rel='author'>{name}</a></article>" for name in ("Ana Roe", "Ben Stone"))
    assert ["Ana Roe"] == [author.name for author in metadata_of(body=articles).authors]
