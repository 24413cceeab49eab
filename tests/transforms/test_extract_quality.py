"""Quality flags: what makes an article doubtful, and what does not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.test_extract import PARAGRAPH, raw_page
from transforms.extract import FLAGS, ExtractArticles, extract_article
from transforms.extract.quality import is_truncated

DATED = '<meta property="article:published_time" content="2026-03-05T10:00:00Z">'


def flags_of(body: str, head: str = DATED, title: str = "Bridge closes", **fields: Any) -> set[str]:  # noqa: ANN401 - of RawArticle
    """Return the flags of a page."""
    page = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return set(extract_article(raw_page(page, **fields)).quality_flags)


def test_a_sound_article_has_no_flag() -> None:
    """A dated page with a headline and paragraphs is beyond doubt."""
    assert set() == flags_of(f"<article><h1>Bridge closes</h1><p>{PARAGRAPH * 3}</p></article>")


@pytest.mark.parametrize(
    ("flag", "body", "options"),
    [
        ("too_short", "<p>The bridge is closed for a year, the council says.</p>", {}),
        (
            "consent_wall",
            "<p>We and our partners use cookies and tracking for personalised ads. "
            "Accept all, or manage your privacy.</p>",
            {"title": "Before you continue"},
        ),
        ("error_page", "<p>The page you asked for is not here. Go back to the start.</p>", {"title": "404 Not Found"}),
        (
            "paywall_suspected",
            f"<article><p>{PARAGRAPH * 2}</p><p>Subscribe now to continue reading this article.</p></article>",
            {},
        ),
        (
            "paywall_suspected",
            f"<article><p>{PARAGRAPH * 3}</p></article>",
            {"head": DATED + '<meta property="article:content_tier" content="locked">'},
        ),
        ("listing_page", "".join(f"<p>Item number {n} of the long list</p>" for n in range(30)), {}),
        (
            "listing_page",
            "".join(f"<article><h2>Story {n}</h2><p>{n}. {PARAGRAPH}</p></article>" for n in range(9)),
            {},
        ),
        (
            "consent_wall",
            "<main><p>Noi e i nostri partner archiviamo cookie e trattiamo dati per pubblicità personalizzata. Puoi "
            "rifiutare il consenso in qualsiasi momento: leggi la privacy policy.</p></main>",
            {},
        ),
        (
            "consent_wall",
            "<main><h1>Mit Werbung weiterlesen</h1><p>Besuchen Sie uns wie gewohnt mit Werbung und Tracking, indem Sie "
            "der Nutzung aller Cookies zustimmen. Details stehen in der Erklärung zum Datenschutz.</p>"
            "<p>Sie haben schon ein Abo ohne Werbung? Hier anmelden.</p></main>",
            {},
        ),
        (
            "error_page",
            "<p>La pagina che cerchi non esiste più o è stata spostata.</p>",
            {"title": "Pagina non trovata"},
        ),
        ("undated", f"<article><p>{PARAGRAPH * 3}</p></article>", {"head": ""}),
        (
            "future_date",
            f"<article><p>{PARAGRAPH * 3}</p></article>",
            {"fetched_at": datetime(2026, 3, 3, tzinfo=UTC)},
        ),
        ("live_blog", f"<article><p>{PARAGRAPH * 3}</p></article>", {"url": "https://x.example/live-blog/storm"}),
        ("encoding_repaired", f"<article><p>{PARAGRAPH * 3} caf\ufffd</p></article>", {}),
    ],
)
def test_each_flag_has_its_cause(flag: str, body: str, options: dict[str, Any]) -> None:
    """A page made for one flag has it."""
    assert flag in flags_of(body, **options)


def test_an_article_on_cookies_is_no_wall() -> None:
    """A long text that speaks of cookies and consent is an article."""
    text = "The court ruled that cookies need consent, and that privacy is no bargain. " * 30
    assert "consent_wall" not in flags_of(f"<article><p>{text}</p></article>", title="Court rules on cookies")


def test_today_decides_nothing() -> None:
    """A date far ahead is no future date where nobody says when the page was fetched."""
    head = '<meta property="article:published_time" content="2099-03-05T10:00:00Z">'
    assert "future_date" not in flags_of(f"<article><p>{PARAGRAPH * 3}</p></article>", head=head)


def test_a_page_that_breaks_off_is_flagged() -> None:
    """A page cut within a paragraph is an article with a flag; one that merely omits its end tags has none."""
    start = f"<html><head><title>Bridge</title></head><body><article><p>{PARAGRAPH * 3}"
    assert "truncated_input" in extract_article(raw_page(start.rstrip())).quality_flags
    assert "truncated_input" not in extract_article(raw_page(f"{start}</p></article>")).quality_flags


@given(st.integers(min_value=20, max_value=400))
def test_a_cut_in_the_prose_is_always_seen(length: int) -> None:
    """Wherever the prose is cut, the page does not end in a tag."""
    assert is_truncated("<html><body><p>" + (PARAGRAPH * 4)[:length])


def test_wrong_names_are_refused() -> None:
    """An unknown flag or repair is named, with those that there are."""
    with pytest.raises(ValueError, match="drop_flags: there is no short; known are bad_date"):
        ExtractArticles(drop_flags=("short",))
    with pytest.raises(ValueError, match="skip_repairs: there is no tails; known are headline"):
        ExtractArticles(skip_repairs=("tails",))


def test_all_flags_are_documented() -> None:
    """docs/cleaning.md has a row for each flag."""
    text = Path("docs/cleaning.md").read_text(encoding="utf-8")
    assert [] == [flag for flag in FLAGS if f"| `{flag}` |" not in text]


def test_what_its_container_calls_cut_off_is_flagged() -> None:
    """A page that an archive says is cut off has the flag, though it looks whole."""
    page = f"<html><body><article><p>{PARAGRAPH * 4}</p></article></body></html>"
    assert "truncated_input" in extract_article(raw_page(page, is_truncated=True)).quality_flags
    assert "truncated_input" not in extract_article(raw_page(page)).quality_flags
