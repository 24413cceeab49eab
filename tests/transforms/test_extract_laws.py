"""Laws of extraction: what is clean stays as it is, every article is valid, no stored page breaks it."""

import contextlib
import gzip
import html
import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.errors import ArticleError
from transforms.extract import extract_article
from transforms.plaintext import parse_plain_text
from transforms.records import Article, RawArticle
from transforms.text import valid_line, valid_text

ROOT: Final = Path(__file__).parents[2]
CANDIDATES: Final = (os.environ.get("NEWSBEAM_EVAL"), ROOT.parent / "shared" / "eval")
STORED: Final = next((Path(each) / "pages" for each in CANDIDATES if each and (Path(each) / "pages").is_dir()), None)
EVERY: Final = 8
GOLDEN: Final = sorted(Path("tests/data/pages").glob("*.html"))

# Words of several lengths, one of them not of ASCII; none begins a promotion.
TEXT: Final = "council bridge river voted Monday after because nine pillars Brücke of a the was to in with mayor said"
WORDS: Final = TEXT.split()
sentences = st.lists(st.sampled_from(WORDS), min_size=16, max_size=40).map(lambda words: f"{' '.join(words)}.")
titles = st.lists(st.sampled_from(WORDS), min_size=5, max_size=10, unique=True).map(" ".join)


def page_with(body: bytes) -> RawArticle:
    """Return a stored page."""
    return RawArticle(source_kind="html", source_uri="page.html", media_type="text/html", body=body)


def as_page(title: str, text: str) -> RawArticle:
    """Return the plainest page of an article."""
    paragraphs = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in text.split("\n\n"))
    head = f"<html><head><title>{html.escape(title)}</title></head>"
    body = f"<body><article><h1>{html.escape(title)}</h1>{paragraphs}</article></body></html>"
    return page_with(f"{head}{body}".encode())


def assert_valid(article: Article) -> None:
    """Check what holds of each article: valid text, single lines, each name once, the dek not in the text."""
    assert article.text == valid_text(article.text)
    assert article.text.strip()
    for line in (article.title, article.description, article.section, article.site_name):
        assert line == valid_line(line)
    names = [author.name.casefold() for author in article.authors]
    assert len(names) == len(set(names))
    assert article.description is None or article.description not in article.text
    assert all(paragraph.strip() == paragraph for paragraph in article.text.split("\n\n"))


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: page.stem)
def test_a_clean_article_is_left_as_it_is(page: Path) -> None:
    """The text of a golden page, made a page or a plain text again, comes out the same."""
    article = extract_article(page_with(page.read_bytes()))
    again = extract_article(as_page(article.title or "", article.text))
    assert (article.title, article.text) == (again.title, again.text)
    plain = parse_plain_text(f"{article.title}\n\n{article.text}")
    assert (article.title, article.text, None) == (plain.title, plain.text, plain.description)


@settings(deadline=None, max_examples=40)  # the first doubtful page loads the stop words of all languages
@given(titles, st.lists(sentences, min_size=3, max_size=12, unique=True))
def test_extraction_is_idempotent(title: str, paragraphs: list[str]) -> None:
    """What extraction makes of any paragraphs, it makes of its own result."""
    once = extract_article(as_page(title, "\n\n".join(paragraphs)))
    again = extract_article(as_page(once.title or "", once.text))
    assert once.text == again.text


@settings(deadline=None, max_examples=40)  # the first doubtful page loads the stop words of all languages
@given(titles, st.lists(sentences, min_size=3, max_size=8, unique=True))
def test_articles_of_any_paragraphs_are_valid(title: str, paragraphs: list[str]) -> None:
    """Each article made of any paragraphs is valid, and has all of them."""
    article = extract_article(as_page(title, "\n\n".join(paragraphs)))
    assert_valid(article)
    assert set(paragraphs) <= {article.description, *article.text.split("\n\n")}


@settings(deadline=None, max_examples=40)  # the first doubtful page loads the stop words of all languages
@given(st.text(alphabet="<>/=\"'& apdivscrt\n\x00é\ud800\u0301\u200b", max_size=300))
def test_articles_of_any_page_are_valid(page: str) -> None:
    """Whatever a page holds, half-open tags and lone surrogates too, its article is valid or refused with a reason."""
    with contextlib.suppress(ArticleError):
        assert_valid(extract_article(page_with(page.encode("utf-8", "surrogatepass"))))


@pytest.mark.skipif(STORED is None, reason="the evaluation kit is not here; NEWSBEAM_EVAL names its folder")
def test_stored_pages_are_valid_or_refused() -> None:
    """Every eighth of the stored pages of others gives a valid article, or a named reason."""
    assert STORED is not None
    pages = sorted(STORED.rglob("*.html.gz"))[::EVERY]
    refused = 0
    for path in pages:
        try:
            assert_valid(extract_article(page_with(gzip.decompress(path.read_bytes()))))
        except ArticleError:
            refused += 1
    assert 50 < len(pages)
    assert refused <= len(pages) // 50
