"""Dates: the forms that are read, with their precision, and those that are not."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dates import ParsedDate, parse_date
from transforms.records import Precision

MOMENT = datetime(2024, 3, 5, 13, 30, 15, tzinfo=UTC)
MINUTE = MOMENT.replace(second=0)
DAY = datetime(2024, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "at", "precision"),
    [
        ("2024-03-05T13:30:15Z", MOMENT, "second"),
        ("2024-03-05t13:30:15z", MOMENT, "second"),
        ("2024-03-05 13:30:15", MOMENT, "second"),
        ("  2024-03-05T13:30:15 UTC\n", MOMENT, "second"),
        ("2024-03-05T14:30:15+01:00", MOMENT, "second"),
        ("2024-03-05T14:30:15+0100", MOMENT, "second"),
        ("2024-03-05T14:30:15 +01", MOMENT, "second"),
        ("2024-03-05T08:30:15-05:00", MOMENT, "second"),
        ("2024-03-05T08:30:15\u221205:00", MOMENT, "second"),
        ("2024-03-05 08:30:15 EST", MOMENT, "second"),
        ("2024-03-05T19:00:15+05:30", MOMENT, "second"),
        ("20240305T133015Z", MOMENT, "second"),
        ("20240305133015", MOMENT, "second"),
        ("20240305133015Z", MOMENT, "second"),
        ("2024-03-05T13:30:15.5Z", MOMENT.replace(microsecond=500_000), "second"),
        ("2024-03-05T13:30:15,123456789Z", MOMENT.replace(microsecond=123_456), "second"),
        ("2024-03-05T13:30Z", MINUTE, "minute"),
        ("20240305T1330", MINUTE, "minute"),
        ("2024-03-05T13Z", MINUTE.replace(minute=0), "hour"),
        ("2024-03-05", DAY, "day"),
        ("2024/03/05", DAY, "day"),
        ("20240305", DAY, "day"),
        ("2024-03-05+13:00", DAY, "day"),
        ("2024-03", DAY.replace(day=1), "month"),
        ("2024-02-29T23:59:60Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), "second"),
        ("1600-01-01", datetime(1600, 1, 1, tzinfo=UTC), "day"),
        ("2100-12-31T23:00-02:00", datetime(2101, 1, 1, 1, tzinfo=UTC), "minute"),
    ],
)
def test_iso_8601_is_read(raw: str, at: datetime, precision: Precision) -> None:
    """All usual forms of ISO 8601 give the instant in UTC and what was stated of it."""
    assert ParsedDate(at=at, precision=precision) == parse_date(raw)


@pytest.mark.parametrize(
    ("raw", "at", "precision"),
    [
        ("Tue, 05 Mar 2024 13:30:15 GMT", MOMENT, "second"),
        ("Tue, 5 Mar 2024 14:30:15 +0100", MOMENT, "second"),
        ("5 Mar 2024 08:30:15 EST", MOMENT, "second"),
        ("5 Mar 2024 06:30:15 PDT", MOMENT, "second"),
        ("5 Mar 2024 13:30 UT", MINUTE, "minute"),
        ("5 Mar 2024 13:30", MINUTE, "minute"),
        ("5 Mar 24 13:30:15 Z", MOMENT, "second"),
        ("5 Mar 99 13:30:15 -0000", MOMENT.replace(year=1999), "second"),
        ("Tuesday, 05-Mar-24 13:30:15 GMT", MOMENT, "second"),
        ("Mon, 05 Mar 2024 13:30:15 GMT", MOMENT, "second"),
        ("tue, 05 march 2024 14:30:15 +0100 (CET)", MOMENT, "second"),
        ("Tue, 05 Mar 2024 13:30:60 GMT", MOMENT.replace(second=59), "second"),
        ("Tue, 05 Mar 2024", DAY, "day"),
        ("5 Sept. 2024", datetime(2024, 9, 5, tzinfo=UTC), "day"),
    ],
)
def test_rfc_2822_is_read(raw: str, at: datetime, precision: Precision) -> None:
    """Dates of mail and feeds are read, with old zone names and two-digit years, whatever weekday they claim."""
    assert ParsedDate(at=at, precision=precision) == parse_date(raw)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("", id="empty"),
        pytest.param("yesterday", id="relative"),
        pytest.param("03/04/2025", id="day or month first"),
        pytest.param("3.4.2025", id="dots"),
        pytest.param("2024", id="year"),
        pytest.param("202403", id="YYYYMM or YYMMDD"),
        pytest.param("2024-3-5", id="one digit"),
        pytest.param("2024-13-01", id="month 13"),
        pytest.param("2024-02-30", id="30 February"),
        pytest.param("2023-02-29", id="no leap year"),
        pytest.param("2024-03-05T24:00:00", id="hour 24"),
        pytest.param("2024-03-05T12:60", id="minute 60"),
        pytest.param("2024-03-05T12:00:61", id="second 61"),
        pytest.param("2024-03-05T12:00+01:60", id="offset of 60 minutes"),
        pytest.param("2024-03-05T12:00+15:00", id="offset of 15 hours"),
        pytest.param("2024-03 12:00", id="time without a day"),
        pytest.param("2024-03-05T12:00 IST", id="zone of three countries"),
        pytest.param("5 Mar 2024 12:00 X", id="military zone"),
        pytest.param("5 Foo 2024", id="no month"),
        pytest.param("1599-12-31", id="too early"),
        pytest.param("2101-01-01", id="too late"),
        pytest.param("0001-01-01T00:00+14:00", id="before the calendar"),
        pytest.param("0000-01-01", id="year 0"),
        pytest.param("\uff12\uff10\uff12\uff14-01-01", id="wide digits"),
        pytest.param("2024-03-05 and more", id="more text"),
        pytest.param("Tue Mar 5 13:30:15 2024", id="asctime"),
        pytest.param("2024-03-05" + " " * 200 + "13:30", id="too long"),
    ],
)
def test_other_forms_are_not_read(raw: str) -> None:
    """What is ambiguous, impossible, implausible or no date is None."""
    assert parse_date(raw) is None


@given(st.text())
def test_any_text_is_a_date_or_none(raw: str) -> None:
    """No text raises an error."""
    assert parse_date(raw) is None or parse_date(raw) == parse_date(raw)


@given(st.from_regex(r"[0-9]{4}[-/]?[0-9]{2}[-/]?[0-9]{2}([tT ]?[0-9:.,]{2,10}([+-][0-9:]{2,5}|[A-Z]{1,4})?)?"))
def test_near_dates_are_in_the_window(raw: str) -> None:
    """What looks like a date is None, or a time in UTC not a day away from the accepted years."""
    parsed = parse_date(raw)

    assert parsed is None or (parsed.at.tzinfo == UTC and 1599 <= parsed.at.year <= 2101)


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1600, 1, 1), datetime(2100, 12, 31), timezones=OFFSETS)


@pytest.mark.parametrize("raw", ["March 5, 2024", "Mar 5 2024", "Tuesday, Mar. 5th, 2024"])
def test_days_in_the_american_order_are_read(raw: str) -> None:
    """A month's name, a day and a year of four digits are a day."""
    assert ParsedDate(at=DAY, precision="day") == parse_date(raw)


@pytest.mark.parametrize("raw", ["Smarch 5, 2024", "March 32, 2024", "March 5, 24", "March 5"])
def test_what_is_no_day_in_the_american_order_is_not_read(raw: str) -> None:
    """Unknown months, days that no month has, short years and missing ones give no date."""
    assert parse_date(raw) is None


@given(MOMENTS)
def test_iso_format_comes_back(moment: datetime) -> None:
    """What Python writes as ISO 8601 is read as the same instant."""
    assert ParsedDate(at=moment.astimezone(UTC), precision="second") == parse_date(moment.isoformat())


@given(MOMENTS)
def test_mail_format_comes_back(moment: datetime) -> None:
    """What Python writes for mail is read as the same second."""
    expected = ParsedDate(at=moment.astimezone(UTC).replace(microsecond=0), precision="second")

    assert expected == parse_date(format_datetime(moment))


@pytest.fixture
def _far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setitem(os.environ, "TZ", "Pacific/Kiritimati")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_from_greenwich")
@pytest.mark.parametrize("raw", ["2024-03-05 13:30:15", "5 Mar 2024 13:30:15"])
def test_dates_do_not_depend_on_the_machine(raw: str) -> None:
    """A time without a zone is in UTC, whatever the zone of the machine."""
    assert ParsedDate(at=MOMENT, precision="second") == parse_date(raw)
