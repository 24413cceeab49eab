"""Finding the text: when trafilatura's own rules will do, and what it is spared."""

from typing import Any

import pytest
import trafilatura
from justext.core import define_stoplist
from lxml import html
from trafilatura import external

from transforms.errors import ArticleError, Reason
from transforms.extract.blocks import read_blocks
from transforms.extract.body import find_date, find_lines, is_doubtful, load_word_lists
from transforms.extract.page import PageLimits, open_noscripts, parse_page, strip_unseen

PARAGRAPH = "The council voted on Monday to close the old bridge for repairs that will take a year, engineers said. "
LONG = [f"Part {number}. {PARAGRAPH}{PARAGRAPH}".strip() for number in range(8)]
BODY = "".join(f"<p>{text}</p>" for text in LONG)


def page_of(body: str, head: str = "<title>Bridge closes</title>") -> html.HtmlElement:
    """Return the tree of a page."""
    return parse_page(f"<html><head>{head}</head><body>{body}</body></html>", PageLimits())


@pytest.mark.parametrize(
    ("lines", "body", "is_weak"),
    [
        (LONG, f"<article>{BODY}</article>", False),
        (LONG[:1], f"<article><p>{LONG[0]}</p></article>", True),
        (LONG[:3], f"<article>{BODY}</article>", True),
        (LONG, f"<article>{BODY}</article><div>{BODY.replace('Part', 'Box')}</div>", False),
        ([f"Row {number} of many that are no prose" for number in range(150)], f"<article>{BODY}</article>", True),
        (LONG, f"<article><h2>Why now</h2><p>{LONG[0]}</p><h2>Who pays</h2>{BODY}</article>", True),
        ([*LONG, "Why now", "Who pays"], f"<article><h2>Why now</h2><h2>Who pays</h2>{BODY}</article>", False),
    ],
    ids=["whole", "short", "left out", "half of the page", "no prose", "headings lost", "headings kept"],
)
def test_what_is_doubtful(lines: list[str], body: str, is_weak: bool) -> None:
    """A text is doubtful if it is short, leaves out much prose, is hardly prose, or lacks its headings."""
    assert is_weak == is_doubtful(lines, read_blocks(page_of(body)))


def test_only_a_doubtful_text_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """An article that trafilatura's own rules find whole is extracted once, and fast."""
    called = []
    run = trafilatura.bare_extraction

    def record(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as trafilatura has it
        called.append(options["fast"])
        return run(*args, **options)

    monkeypatch.setattr(trafilatura, "bare_extraction", record)
    for body in (f"<article>{BODY}</article>", f"<article><p>{PARAGRAPH}</p></article>"):
        tree = page_of(body)
        find_lines(tree, read_blocks(tree), None)
    assert [True, True, False] == called


def test_finding_lines_leaves_the_tree_alone() -> None:
    """What trafilatura prunes is pruned in its own copy."""
    tree = page_of(f"<nav>Menu</nav><article>{BODY}</article><div class='comments'><p>{PARAGRAPH}</p></div>")
    before = html.tostring(tree)
    find_lines(tree, read_blocks(tree), None)
    assert before == html.tostring(tree)


def test_a_page_without_text_is_refused() -> None:
    """Where nothing is found the reason says so."""
    with pytest.raises(ArticleError) as raised:
        find_lines(page_of("<img src='a.png'>"), [], None)
    assert Reason.NO_TEXT is raised.value.reason


def test_what_no_reader_sees_is_stripped() -> None:
    """Scripts and styles go and the text behind them stays; JSON-LD stays."""
    jsonld = '<script type="application/ld+json">{}</script>'
    tree = page_of(f"<p>One<script>x</script> two<style>y</style> three<svg><text>z</text></svg></p>{jsonld}")
    strip_unseen(tree)
    assert "One two three{}" == tree.find("body").text_content()


def test_a_noscript_that_was_never_closed_is_opened() -> None:
    """One that holds most of the page is a container; one with a note for readers without scripts stays."""
    tree = page_of(f"<noscript><p>Turn scripts on.</p></noscript><noscript><img src='x'><div>{BODY}</div>")
    open_noscripts(tree)
    assert ["noscript"] == [element.tag for element in tree.iter("noscript")]
    assert LONG == list(find_lines(tree, read_blocks(tree), None))


@pytest.mark.parametrize(
    "label", ['<span class="u-visually-hidden">', '<span style="clip: rect(0 0 0 0)">', '<span class="sr-only">']
)
def test_labels_for_screen_readers_are_stripped(label: str) -> None:
    """What is said to screen readers in the midst of a sentence is no part of it."""
    tree = page_of(f"<p>The <a href='/x'>report{label}, opens new tab</span></a> says so.</p>")
    strip_unseen(tree)
    assert "The report says so." == tree.find("body").text_content()


def test_a_date_is_no_mere_year() -> None:
    """A year that the text mentions is not taken for the day of its first of January."""
    tree = page_of(f"<article><p>The hall was built in 2014.</p>{BODY}</article>")
    assert find_date(tree, None) is None


def test_word_lists_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After they have been loaded ahead, neither trafilatura nor justext has anything left to make of them."""
    monkeypatch.setattr(external, "JT_STOPLIST", None)
    define_stoplist.cache_clear()

    load_word_lists()
    words = define_stoplist(external.JT_STOPLIST)

    assert {"the", "und", "les"} <= words
    assert define_stoplist.cache_info().misses == 1
