"""trafilatura's searches, quickened: they find the same."""

import importlib
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from transforms.extract.attribute_search import AttributeSearch, quicken, quicken_trafilatura
from transforms.extract.page import PageLimits, parse_page

NAMES: Final = ("BODY_XPATH", "OVERALL_DISCARD_XPATH", "RAW_TREE_PRUNE_XPATH", "REMOVE_COMMENTS_AND_LISTS_XPATH")
PAGES: Final = sorted(Path("tests/data/pages").glob("*.html"))
NAMESPACES: Final = {"re": "http://exslt.org/regular-expressions"}


def paths_of_trafilatura() -> list[str]:
    """Return the expressions of trafilatura's searches as its sources have them, read without running them anew."""
    source = Path(importlib.import_module("trafilatura.xpaths").__file__ or "").read_text(encoding="utf-8")
    scope: dict[str, Any] = {"__name__": "fresh"}
    exec(compile(source, "xpaths", "exec"), scope)  # the module itself is quickened already
    searches = [search for name in NAMES for search in scope[name]]
    return [search.path for search in searches]


PATHS: Final = paths_of_trafilatura()


def found_by(search: Any, path: str, tree: html.HtmlElement) -> list[html.HtmlElement]:  # noqa: ANN401 - either kind
    """Return what a search finds, the first only where it is asked for the first."""
    found = list(search(tree))
    return found[:1] if path.rstrip().endswith("[1]") else found


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_searches_find_the_same_on_pages(path: str) -> None:
    """On each golden page a quickened search finds what trafilatura's own finds, in the same order."""
    slow = etree.XPath(path, namespaces=NAMESPACES)
    quick = quicken(slow)
    for page in PAGES:
        tree = parse_page(page.read_text(encoding="utf-8"), PageLimits())
        assert found_by(slow, path, tree) == found_by(quick, path, tree)


CLASSES: Final = (
    *(
        "",
        "post",
        "article-body",
        "entry-content",
        "comments",
        "Comment",
        "commentary",
        "share-bar",
        "sidebar",
        "cookie",
    ),
    *("infinite-scroll", "mvp-post-add-box", "content", "main-content", "story", "hidden", "byline author", "x"),
)
attributes = st.dictionaries(
    st.sampled_from(["class", "id", "role", "style", "itemprop"]), st.sampled_from(CLASSES), max_size=3
)
elements = st.tuples(st.sampled_from(["div", "section", "p", "span", "ol", "article", "aside", "h1"]), attributes)


@given(st.lists(st.tuples(elements, st.integers(0, 3)), max_size=25))
def test_searches_find_the_same_in_any_tree(nodes: list[tuple[tuple[str, dict[str, str]], int]]) -> None:
    """In trees of elements with and without the words that it looks for a quickened search finds the same."""
    root = current = html.Element("body")
    for (tag, given_attributes), ups in nodes:
        for _ in range(ups):
            current = current if current is root else current.getparent()
        current = etree.SubElement(current, tag, given_attributes)
    for path in PATHS:
        slow = etree.XPath(path, namespaces=NAMESPACES)
        assert found_by(slow, path, root) == found_by(quicken(slow), path, root)


@pytest.mark.parametrize(
    "path", ["//div", ".//div[re:test(., 'x')]", "(.//article)[1]", ".//p/a[re:test(@class, 'x')]"]
)
def test_other_expressions_stay(path: str) -> None:
    """An expression of another form is refused, and stays as it is."""
    with pytest.raises(ValueError, match=r"condition|attributes"):
        AttributeSearch(path)
    search = etree.XPath(path, namespaces=NAMESPACES)
    assert search is quicken(search)


def test_most_of_trafilaturas_searches_are_quickened() -> None:
    """After the import its modules hold quick searches, so that a release that words them otherwise is noticed."""
    quicken_trafilatura()
    xpaths = importlib.import_module("trafilatura.xpaths")
    searches = [search for name in NAMES for search in getattr(xpaths, name)]
    searches.append(vars(importlib.import_module("trafilatura.baseline"))["BASIC_CLEAN_XPATH"])
    assert 8 == sum(isinstance(search, AttributeSearch) for search in searches)
