"""The day that a page shows beside its headline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.test_extract_repairs import PROSE, draft_of
from transforms.extract.shown_dates import find_shown_date, read_shown_date


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Published: March 5, 2024 at 10:15 AM EST", "en"),
        ("Tue 5 Mar 2024 10.15 GMT", "en"),
        ("Veröffentlicht am 05.03.2024, 10:15 Uhr", "de"),
        ("Publié le 5 mars 2024 à 10h15", "fr"),
        ("Publicado el 5 de marzo de 2024", "es"),
        ("05/03/2024 10:15", "es"),
        ("Pubblicato il 5 marzo 2024", "it"),
        ("Publicado em 05/03/2024 às 10h15", "pt"),
        ("Geplaatst op 5 maart 2024 om 10:15", "nl"),
        ("Opublikowano: 5 marca 2024", "pl"),
        ("Publicerad 5 mars 2024", "sv"),
        ("5 Mart 2024 - 10:15", "tr"),
        ("2024年3月5日 10時15分", "ja"),
        ("2024-03-05 10:15:00", "zh"),
        ("5 марта 2024, 10:15", "ru"),
        ("5 مارس 2024", "ar"),
        ("2024. március 5.", "hu"),
    ],
)
def test_days_of_many_languages(text: str, language: str) -> None:
    """A line of any language gives its day, and no time of an unnamed place."""
    found = read_shown_date(text, language)
    assert found is not None
    assert ("2024-03-05T00:00:00+00:00", "day") == (found.at.isoformat(), found.precision)


@pytest.mark.parametrize(
    "text",
    ["03/05/2024", "March 2024", "© 2024 The Lookout", "yesterday, 10:15", "5 minutes to read", "In 2024, 5 of 9"],
)
def test_what_names_no_day(text: str) -> None:
    """What may be two days, or is only a month or a year, gives none."""
    assert read_shown_date(text, "en") is None


@pytest.mark.parametrize(
    ("body", "day"),
    [
        (f"<h1>Bridge closes</h1><div>By Ana Roe | 5 March 2024</div>{PROSE}", "2024-03-05"),
        (f"<div>5 March 2024</div><h1>Bridge closes</h1>{PROSE}", "2024-03-05"),
        (f"<h1>Bridge closes</h1><p>Updated: 6 March 2024</p><p>5 March 2024</p>{PROSE}", "2024-03-05"),
        (f"<h1>Bridge closes</h1><p>Updated: 6 March 2024</p>{PROSE}", "2024-03-06"),
        (f"<p>9 March 2024</p>{'<p>Menu</p>' * 9}<h1>Bridge closes</h1>{PROSE}", None),
        (f"<h1>Bridge closes</h1>{PROSE}<p>Copyright 1 January 2024</p>", None),
    ],
    ids=["below", "above", "changed later", "only the change", "today in the head of the page", "in its foot"],
)
def test_a_day_stands_at_the_headline(body: str, day: str | None) -> None:
    """Only what stands at the headline is the article's day; that of a change comes last."""
    found = find_shown_date(*draft_of(body))
    assert day == (found.at.date().isoformat() if found else None)


@given(st.text(max_size=120))
def test_any_text_is_read(text: str) -> None:
    """No text makes the reading fail, and what it gives is a day."""
    found = read_shown_date(text, None)
    assert found is None or found.precision == "day"
