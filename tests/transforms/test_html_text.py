"""Text of HTML fragments."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.html_text import html_line, html_paragraphs
from transforms.text import valid_text


@pytest.mark.parametrize(
    ("fragment", "paragraphs"),
    [
        ("", ()),
        ("  \n ", ()),
        ("plain words", ("plain words",)),
        ("<p>One.</p><p>Two.</p>", ("One.", "Two.")),
        ("<p>One\n  line of <b>words</b>.</p>", ("One line of words.",)),
        ("One<br>two<br/><br/>three", ("One\ntwo", "three")),
        ("<div>A<div>B</div>C</div>", ("A", "B", "C")),
        ("<ul><li>A<li>B</ul>", ("A", "B")),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", ("1 2", "3")),
        ("<figure><img alt='x'><figcaption>Photo: A. Roe</figcaption></figure>Text", ("Text",)),
        ("<script>var x = '<p>';</script><style>p {}</style>Text", ("Text",)),
        ("A<!-- no -->B<?php no ?>C", ("ABC",)),
        ("<iframe src='x'>Text", ("Text",)),
        ("5 < 6 &amp; 7 &gt; 6", ("5 < 6 & 7 > 6",)),
        ("&lt;p&gt;", ("<p>",)),
        ("<!DOCTYPE", ("<!DOCTYPE",)),
        ("It&#146;s &hellip;&nbsp;fine", ("It\u2019s …\xa0fine",)),
        ("<p>Unclosed <b>bold<p>Next", ("Unclosed bold", "Next")),
    ],
)
def test_blocks_are_paragraphs(fragment: str, paragraphs: tuple[str, ...]) -> None:
    """Blocks and double breaks part paragraphs; what is not to be read is left out."""
    assert paragraphs == html_paragraphs(fragment)


def test_a_line_is_one_line() -> None:
    """A title has single spaces and no markup; nothing is None."""
    assert "A B & C" == html_line("<h1>A<br>B</h1>\n&amp; C")
    assert html_line("<img src='x'>") is None


@settings(deadline=None)
@given(st.text())
def test_any_fragment_gives_valid_text(fragment: str) -> None:
    """Whatever the fragment, its paragraphs are valid, not empty, and hold no blank line."""
    for paragraph in html_paragraphs(fragment):
        assert valid_text(paragraph) == paragraph
        assert paragraph.strip()
        assert "\n\n" not in paragraph


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<b>", "<br>", "<!--", "-->", "<script>", "x", "&", "<", "<td>", "<!a"]))
)
def test_any_tags_give_text(pieces: list[str]) -> None:
    """No mixture of tags raises an error."""
    html_paragraphs("".join(pieces))
