"""Repairs of the text: each one removes or restores what it is for, and leaves the rest."""

from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.config import RepairName
from transforms.extract.blocks import read_blocks
from transforms.extract.dek import move_dek, restore_paragraphs
from transforms.extract.draft import Draft, Page, align, start_draft
from transforms.extract.facts import read_facts
from transforms.extract.metadata import choose_metadata
from transforms.extract.repairs import (
    REPAIRS,
    cut_surroundings,
    drop_boxes,
    drop_captions,
    drop_front_matter,
    drop_headline,
    drop_links,
    drop_orphans,
    drop_promos,
    drop_repeats,
    drop_tail,
    drop_unstated,
    repair,
)

ONE = "The council of the small town voted on Monday to close the old bridge for repairs that will take a whole year."
TWO = "Engineers had found cracks in nine of its twelve pillars, and said that the next flood could bring it all down."
THREE = "Until a new bridge is built, the nine hundred people who cross the river each day will have to take the ferry."
PROSE = f"<p>{ONE}</p><p>{TWO}</p><p>{THREE}</p>"


def draft_of(
    body: str, lines: list[str] | None = None, head: str = "<title>Bridge closes</title>"
) -> tuple[Page, Draft]:
    """Return a page and its draft; the extractor found all blocks of the page, or the given lines."""
    tree = html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    facts = read_facts(tree, None)
    blocks = read_blocks(tree)
    texts = [block.text for block in blocks] if lines is None else lines
    return start_draft(blocks, facts, choose_metadata(facts, None), texts)


def kept(function: Callable[[Page, Draft], Draft], body: str, **options: object) -> list[str]:
    """Return the lines that a repair leaves."""
    page, draft = draft_of(body, **options)  # type: ignore[arg-type]
    return [line.text for line in function(page, draft).lines]


@pytest.mark.parametrize(
    ("function", "body"),
    [
        (drop_headline, f"<article><h1>Bridge closes</h1><div>{PROSE}</div></article>"),
        (drop_headline, f"<article><h1>Town: Bridge closes for a year</h1><div>{PROSE}</div></article>"),
        (cut_surroundings, f"<div>Menu</div><article>{PROSE}</article><div>More from the town</div>"),
        (drop_captions, f"<article>{PROSE}<figure><img><figcaption>The bridge</figcaption></figure></article>"),
        (drop_captions, f"<article>{PROSE}<div class='caption'><p>The bridge in May</p></div></article>"),
        (drop_captions, f"<article><img alt='The old bridge in May'>{PROSE}<p>The old bridge in May</p></article>"),
        (drop_links, f"<article>{PROSE}<p><a href='/x'>Ferry to run all night</a></p></article>"),
        (drop_links, f"<article>{PROSE}<p>See also: <a href='/x'>Ferry to run all night</a></p></article>"),
        (
            drop_links,
            f"<article>{PROSE}<ul><li><b>Boats:</b> <a href='/x'>Ferry to run all night</a></li>"
            "<li><b>Roads:</b> <a href='/y'>Tunnel to open in May</a></li></ul></article>",
        ),
        (drop_promos, f"<article>{PROSE}<p>Sign up for our newsletter</p></article>"),
        (drop_promos, f"<article>{PROSE}<p>Lesen Sie auch: Die Fähre</p></article>"),
        (drop_promos, f"<article>{PROSE}<p>Tell us what you think</p><p>Comments</p></article>"),
        (drop_promos, f"<article>{PROSE}<p>Läs också: Färjan</p><p>Czytaj też: Prom</p><p>関連記事</p></article>"),
        (drop_promos, f'<article>{PROSE}<p>[button link="https://a.example/"]Send us yours[/button]</p></article>'),
        (drop_front_matter, f"<article><p>By Ana Roe</p><p>3 min read</p><p>5 March 2026</p>{PROSE}</article>"),
        (
            drop_boxes,
            f"<article><div class='text'>{PROSE}</div><div class='factbox'><h3>Bridge</h3><p>It was built in 1931.</p>"
            f"</div><div class='text'>{PROSE}</div></article>",
        ),
        (drop_tail, f"<article>{PROSE}<p>(ana)</p></article>"),
        (drop_tail, f"<article>{PROSE}<p>Titelbild: Ana Roe/Agentur</p><p>ana/PAP</p></article>"),
        (drop_tail, f"<article>{PROSE}<p>© Lookout 2026</p><h3>About us</h3></article>"),
    ],
)
def test_each_repair_leaves_the_prose_only(function: Callable[[Page, Draft], Draft], body: str) -> None:
    """What the repair is for goes, each paragraph stays."""
    assert {ONE, TWO, THREE} == set(kept(function, body))


def test_a_headline_as_long_as_a_paragraph_is_none() -> None:
    """A first-level heading of a hundred characters goes with the headline, though JSON-LD has another one."""
    long = "Town closes its old bridge for a whole year after engineers found cracks in nine of the twelve pillars"
    assert [ONE, TWO, THREE] == kept(drop_headline, f"<article><h1>{long}</h1>{PROSE}</article>")


@pytest.mark.parametrize(
    "dek",
    [
        "<div class='ingress'><p>Nine pillars are cracked.<br>A ferry is to run instead, free of charge.</p></div>",
        "<p class='einleitung'>Nine pillars are cracked. A ferry is to run instead, free of charge.</p>",
    ],
)
def test_a_dek_is_known_by_its_class(dek: str) -> None:
    """A dek among the paragraphs moves to the description whole, also if a line break parts it."""
    page, draft = draft_of(f"<article><h1>Bridge closes</h1>{dek}{PROSE}</article>")
    moved = move_dek(page, draft)
    assert "Nine pillars are cracked. A ferry is to run instead, free of charge." == moved.description
    assert {"Bridge closes", ONE, TWO, THREE} == {line.text for line in moved.lines}


def test_short_sentences_are_no_promotions() -> None:
    """A sentence that begins as promotions do, in the middle of the text and without a link, stays."""
    line = "Get the ball to the wing, he told his players again and again during training."
    assert line in kept(drop_promos, f"<article><p>{line}</p>{PROSE}{PROSE}</article>")


def test_a_page_of_links_keeps_them() -> None:
    """Where links are most of the text, they are what the page is about."""
    links = "".join(f"<p><a href='/{n}'>Story number {n} about the town</a></p>" for n in range(20))
    assert 20 < len(kept(drop_links, f"<article><p>{ONE}</p>{links}</article>"))


def test_speech_of_the_author_is_no_note_on_the_author() -> None:
    """A last line that begins with the author's name goes, unless it quotes."""
    head = '<title>Bridge closes</title><meta name="author" content="Anabel Roe">'
    note, quote = "Anabel Roe writes on towns.", "Anabel Roe said: “It is gone.”"
    assert note not in kept(drop_tail, f"<article>{PROSE}<p>{note}</p></article>", head=head)
    assert quote in kept(drop_tail, f"<article>{PROSE}<p>{quote}</p></article>", head=head)


def test_paragraphs_said_twice_in_a_row_are_said_once() -> None:
    """The second of two equal neighbours goes."""
    assert [ONE, TWO] == kept(drop_repeats, f"<article><p>{ONE}</p><p>{ONE}</p><p>{TWO}</p></article>")


def test_headings_without_content_go_with_it() -> None:
    """A heading goes with the links below it, and stays above a paragraph."""
    body = f"<article>{PROSE}<h3>More on this</h3><p><a href='/x'>Ferry to run all night</a></p></article>"
    page, draft = draft_of(body)
    assert [ONE, TWO, THREE] == [line.text for line in drop_orphans(page, drop_links(page, draft)).lines]


def test_the_stated_body_decides_where_it_is_whole() -> None:
    """A paragraph that `articleBody` lacks goes; where it has only a part of the text, all stays."""
    extra = (
        "Readers who want to know how the paper is made may visit the printing works each first Sunday of the month."
    )
    body = f"<article><p>{ONE}</p><p>{extra}</p><p>{TWO}</p>{PROSE}<p>{THREE}</p>{PROSE}</article>"
    whole = " ".join([ONE, TWO, THREE] * 3)
    start = '<title>Bridge closes</title><script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "'
    assert extra not in kept(drop_unstated, body, head=f'{start}{whole}"}}</script>')
    assert extra in kept(drop_unstated, body, head=f'{start}{ONE}"}}</script>')


@pytest.mark.parametrize("lines", [None, [ONE, TWO, THREE]], ids=["found by the extractor", "left out by it"])
def test_a_dek_goes_into_the_description(lines: list[str] | None) -> None:
    """A short dek that the meta tags repeat leaves the text, or is taken off the page."""
    dek = "Commuters will have to walk twice as far."
    head = f'<title>Bridge closes</title><meta name="description" content="{dek}">'
    page, draft = draft_of(f"<article><h2>{dek}</h2><div>{PROSE}</div></article>", lines=lines, head=head)
    repaired = move_dek(page, draft)
    assert (dek, [ONE, TWO, THREE]) == (repaired.description, [line.text for line in repaired.lines])


def test_a_long_opening_stays_in_the_text() -> None:
    """What is marked as a dek and has several sentences is the article's opening."""
    opening = f"{ONE} {TWO}"
    page, draft = draft_of(f"<article><div class='lead'>{opening}</div><div>{PROSE}</div></article>", [ONE, TWO, THREE])
    repaired = move_dek(page, draft)
    assert (None, opening) == (repaired.description, repaired.lines[0].text)


def test_lost_paragraphs_come_back_in_their_place() -> None:
    """A paragraph and a heading between those found, in the same container, are put back."""
    body = f"<article><p>{ONE}</p><h2>What now?</h2><p>{TWO}</p><p>{THREE}</p></article>"
    assert [ONE, "What now?", TWO, THREE] == kept(restore_paragraphs, body, lines=[ONE, THREE])


def test_what_is_removed_is_told() -> None:
    """Each removed line is in the draft with the name of its repair; with the rest it is the whole text."""
    page, draft = draft_of(f"<article><h1>Bridge closes</h1>{PROSE}<p>(ana)</p></article>")
    repaired = repair(page, draft)
    assert {("headline", "Bridge closes"), ("tail", "(ana)")} == {(each.repair, each.text) for each in repaired.removed}
    assert {line.text for line in draft.lines} == {line.text for line in repaired.lines} | {
        r.text for r in repaired.removed
    }


def test_repairs_can_be_skipped() -> None:
    """A skipped repair removes nothing."""
    page, draft = draft_of(f"<article>{PROSE}<p>(ana)</p></article>")
    assert "(ana)" in [line.text for line in repair(page, draft, {"tail"}).lines]


def test_the_config_knows_all_repairs() -> None:
    """The names that the config allows are those of the repairs, in their order."""
    assert get_args(RepairName) == tuple(REPAIRS)


@given(
    st.lists(
        st.sampled_from([ONE, TWO, "By Ana Roe", "Read more", "Bridge closes", "(ana)", "What now?", "x"]),
        min_size=1,
        max_size=8,
    )
)
def test_repairs_are_made_once(lines: list[str]) -> None:
    """Repairing what is repaired changes nothing, and never removes all."""
    body = "<article>" + "".join(f"<p>{line}</p>" for line in lines) + "</article>"
    page, draft = draft_of(body)
    once = repair(page, draft)
    assert once.lines
    assert [line.text for line in once.lines] == [line.text for line in repair(page, once).lines]


def test_lines_are_found_whatever_their_spacing() -> None:
    """A line is found on the page though the extractor set spaces around markup; the page's spelling is taken."""
    tree = html.document_fromstring("<html><body><p><span>N</span>o one came</p></body></html>")
    (line,) = align(["N o one came"], read_blocks(tree))
    assert "No one came" == line.text
    assert line.block is not None


def test_blocks_count_links_and_pass_over_scripts() -> None:
    """A block knows its share of links; scripts are no text, and a line break ends a block."""
    tree = html.document_fromstring("<html><body><p>ab<a>cd</a><script>x</script><br>ef</p></body></html>")
    assert [("abcd", 0.5), ("ef", 0.0)] == [(block.text, block.link_share) for block in read_blocks(tree)]


def test_deep_pages_are_read() -> None:
    """Nesting beyond Python's stack is no harm."""
    tree = html.document_fromstring(
        "<html><body>" + "<div>" * 2_000 + "deep" + "</div>" * 2_000, parser=html.HTMLParser(huge_tree=True)
    )
    assert ["deep"] == [block.text for block in read_blocks(tree)]


def test_a_dek_that_most_of_the_text_stands_below_is_moved_and_no_other() -> None:
    """Where hardly anything is left without it, what is marked as a dek stays in the text."""
    dek = "Commuters will have to walk twice as far."
    page, draft = draft_of(f"<article><h2 class='dek'>{dek}</h2><div><p>{ONE}</p></div></article>")
    repaired = move_dek(page, draft)
    assert (None, [dek, ONE]) == (repaired.description, [line.text for line in repaired.lines])


def test_a_dek_is_found_between_a_heading_that_was_kept_and_the_text() -> None:
    """A dek that the extractor left out is found also where it kept a line above it."""
    dek = "Commuters will have to walk twice as far."
    body = f"<article><h3>Bridges</h3><p class='dek'>{dek}</p><div>{PROSE}</div></article>"
    page, draft = draft_of(body, lines=["Bridges", ONE, TWO, THREE])
    assert dek == move_dek(page, draft).description
