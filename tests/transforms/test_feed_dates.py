"""Dates of feeds: what publishers write, and what is not read."""

import importlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import dates, feed_dates
from transforms.feed_dates import _LANGUAGES, _month_names, parse_feed_date


def read(raw: str) -> str | None:
    """Return a date as its precision and its time in UTC, None if it is not read."""
    parsed = parse_feed_date(raw)
    return f"{parsed.precision} {parsed.at:%Y-%m-%d %H:%M:%S}" if parsed else None


RIGHT = {
    # The standards
    "Tue, 04 Sep 2018 12:00:00 GMT": "second 2018-09-04 12:00:00",
    "Tue, 4 Sep 2018 12:00 +0200": "minute 2018-09-04 10:00:00",
    "Tue, 04 Sep 18 12:00:00 EST": "second 2018-09-04 17:00:00",
    "Tue, 04 Sep 2018 12:00:60 GMT": "second 2018-09-04 12:00:59",
    "Die, 04 Sep 2018 12:00:00 +0200": "second 2018-09-04 10:00:00",
    "Wed, 04 Sep 2018 12:00:00 GMT": "second 2018-09-04 12:00:00",
    "2018-09-04T12:00:00+02:00": "second 2018-09-04 10:00:00",
    "2018-09-04T12:00:00.123456789Z": "second 2018-09-04 12:00:00",
    "2018-09-04T12:00Z": "minute 2018-09-04 12:00:00",
    "2018-09-04": "day 2018-09-04 00:00:00",
    "2018-09": "month 2018-09-01 00:00:00",
    "20180904": "day 2018-09-04 00:00:00",
    "20180904T120000Z": "second 2018-09-04 12:00:00",
    # Zones that no RFC names
    "Tue, 05 Mar 2024 14:30:00 CET": "second 2024-03-05 13:30:00",
    "Fri, 05 Jul 2024 14:30:00 CEST": "second 2024-07-05 12:30:00",
    "Fr, 05 Jul 2024 14:30:00 MESZ": "second 2024-07-05 12:30:00",
    "Fri, 05 Jul 2024 14:30:00 BST": "second 2024-07-05 13:30:00",
    "Fri, 05 Jul 2024 14:30:00 JST": "second 2024-07-05 05:30:00",
    "Fri, 05 Jan 2024 14:30:00 AEDT": "second 2024-01-05 03:30:00",
    "Fri, 05 Jul 2024 14:30:00 ACST": "second 2024-07-05 05:00:00",
    "Fri, 05 Jul 2024 14:30:00 GMT+2": "second 2024-07-05 12:30:00",
    "Fri, 05 Jul 2024 14:30:00 UTC+05:30": "second 2024-07-05 09:00:00",
    "Fri, 05 Jul 2024 14:30:00 +0200 CEST": "second 2024-07-05 12:30:00",
    "Fri, 05 Jul 2024 14:30:00 -0500 (EST)": "second 2024-07-05 19:30:00",
    # Programming languages and the command `date`
    "Tue Mar 5 13:30:15 2024": "second 2024-03-05 13:30:15",
    "Tue Mar  5 13:30:15 EST 2024": "second 2024-03-05 18:30:15",
    "Tue Mar 05 2024 13:30:15 GMT+0100 (CET)": "second 2024-03-05 12:30:15",
    "2024-03-05 13:30:15.0": "second 2024-03-05 13:30:15",
    "2024-03-05 13:30:15 +0100": "second 2024-03-05 12:30:15",
    # Hand-made
    "Sept 4, 2018": "day 2018-09-04 00:00:00",
    "September 4th, 2018": "day 2018-09-04 00:00:00",
    "Tuesday, 4th of September 2018": "day 2018-09-04 00:00:00",
    "Monday, January 2, 2006 - 3:04pm": "minute 2006-01-02 15:04:00",
    "January 2, 2006, 3:04 p.m.": "minute 2006-01-02 15:04:00",
    "Jan 2, 2006 12:04:05 AM EST": "second 2006-01-02 05:04:05",
    "Jan 2, 2006 12:04:05 PM": "second 2006-01-02 12:04:05",
    "Mon,2 Jan 2006 15:04 MST": "minute 2006-01-02 22:04:00",
    "02-Jan-2006 15:04:05": "second 2006-01-02 15:04:05",
    "2006-1-2 15:04:05": "second 2006-01-02 15:04:05",
    "2006-1-2T9:04:05Z": "second 2006-01-02 09:04:05",
    "2006.01.02": "day 2006-01-02 00:00:00",
    "2006-01-02 at 15:04:05": "second 2006-01-02 15:04:05",
    "25.12.2024 10:00": "minute 2024-12-25 10:00:00",
    "12/25/2024": "day 2024-12-25 00:00:00",
    "11/11/2024": "day 2024-11-11 00:00:00",
    # Other languages
    "Κυρ, 11 Ιούλ 2004 12:00:00 EST": "second 2004-07-11 17:00:00",  # noqa: RUF001
    "2004-július-13T9:15-05:00": "minute 2004-07-13 14:15:00",
    "2024. március 5.": "day 2024-03-05 00:00:00",
    "2004-05-25 오후 11:23:17": "second 2004-05-25 14:23:17",
    "2004년 05월 28일  01:31:15": "second 2004-05-27 16:31:15",
    "2024年3月5日": "day 2024-03-05 00:00:00",
    "2024年3月5日(火) 10:30 +0900": "minute 2024-03-05 01:30:00",
    "Di, 05 Mrz 2024 14:30:00 +0100": "second 2024-03-05 13:30:00",
    "5. März 2024 14:30": "day 2024-03-05 00:00:00",
    "1er février 2024 à 10h30": "day 2024-02-01 00:00:00",
    "mar., 05 mars 2024 10:30:00 +0100": "second 2024-03-05 09:30:00",
    "5 de marzo de 2024": "day 2024-03-05 00:00:00",
    "05-Ene-2024": "day 2024-01-05 00:00:00",
    "5 aout 2024": "day 2024-08-05 00:00:00",
    "Вт, 05 мар 2024 10:30:00 +0300": "second 2024-03-05 07:30:00",
    "5 марта 2024 \u0433.": "day 2024-03-05 00:00:00",
    "Sal, 05 Mar 2024 10:00 +03:00": "minute 2024-03-05 07:00:00",
    "5 grudnia 2024": "day 2024-12-05 00:00:00",
    "5 मार्च 2024": "day 2024-03-05 00:00:00",
    # Spaces, commas and weekdays out of place
    "Wed,16 Oct 2019 08:15:00 GMT": "second 2019-10-16 08:15:00",
    "Wed , 16 Oct 2019 08:15:00 GMT": "second 2019-10-16 08:15:00",
    "Wed 16 Oct 2019 08:15:00 GMT": "second 2019-10-16 08:15:00",
    "Wed,  16  Oct  2019  08:15:00  GMT": "second 2019-10-16 08:15:00",
    "\t16 Oct 2019,\n08:15:00 GMT ": "second 2019-10-16 08:15:00",
    "Wednes, 16 Oct 2019 08:15 GMT": "minute 2019-10-16 08:15:00",
    "Wednesday, October 16, 2019 08:15:00 GMT": "second 2019-10-16 08:15:00",
    "Wed, Oct 16, 2019 at 8:15 AM": "minute 2019-10-16 08:15:00",
    "16 Oct 2019 @ 08:15": "minute 2019-10-16 08:15:00",
    "October 16, 2019 | 08:15": "minute 2019-10-16 08:15:00",
    "Oct-16-2019": "day 2019-10-16 00:00:00",
    "16OCT2019 08:15": "minute 2019-10-16 08:15:00",
    "16/Oct/2019": "day 2019-10-16 00:00:00",
    # Years of two digits, and of three as an old library writes them
    "16 Oct 49 08:15 GMT": "minute 2049-10-16 08:15:00",
    "16 Oct 99 08:15 GMT": "minute 1999-10-16 08:15:00",
    "16-Oct-07 08:15 GMT": "minute 2007-10-16 08:15:00",
    "16 Oct 119 08:15 GMT": "minute 2019-10-16 08:15:00",
    # Zones
    "16 Oct 2019 08:15:00 GMT+0200": "second 2019-10-16 06:15:00",
    "16 Oct 2019 08:15:00 UTC-03:30": "second 2019-10-16 11:45:00",
    "Wed Oct 16 2019 08:15:00 GMT+0200 (Central European Summer Time)": "second 2019-10-16 06:15:00",
    "Wed, 16 Oct 2019 08:15:00 +0200 (Mitteleuropäische Sommerzeit)": "second 2019-10-16 06:15:00",
    "Wed, 16 Oct 2019 08:15:00 +0530 IST": "second 2019-10-16 02:45:00",
    "Wed, 16 Oct 2019 08:15:00 +0000 GMT": "second 2019-10-16 08:15:00",
    "Wed, 16 Oct 2019 08:15:00 (EEST)": "second 2019-10-16 05:15:00",
    "Wed, 16 Oct 2019 08:15:00 -0000": "second 2019-10-16 08:15:00",
    "Wed, 16 Oct 2019 08:15:00 +5": "second 2019-10-16 03:15:00",
    "Wed, 16 Oct 2019 08:15:00 +05:45": "second 2019-10-16 02:30:00",
    "Wed, 16 Oct 2019 08:15:00 +1400": "second 2019-10-15 18:15:00",
    "Wed, 16 Oct 2019 08:15:00 HKT": "second 2019-10-16 00:15:00",
    "Wed Oct 16 08:15:00 UTC+0100 2019": "second 2019-10-16 07:15:00",
    "2019-10-16T08:15:00Z+00:00": "second 2019-10-16 08:15:00",
    "2019-10-16T08:15:00+00:00Z": "second 2019-10-16 08:15:00",
    "2019-10-16T08:15:00+0000Z": "second 2019-10-16 08:15:00",
    "2019-10-16T08:15:00+02:00[Europe/Berlin]": "second 2019-10-16 06:15:00",
    "2019-10-16T08:15:00\u22120300": "second 2019-10-16 11:15:00",
    "2019-10-16 08:15:00 EDT": "second 2019-10-16 12:15:00",
    # Parts of seconds, and leap seconds
    "Wed, 16 Oct 2019 08:15:00.000 GMT": "second 2019-10-16 08:15:00",
    "Wed, 16 Oct 2019 08:15:00,999 GMT": "second 2019-10-16 08:15:00",
    "2019-10-16 08:15:00.123456 +02:00": "second 2019-10-16 06:15:00",
    "Sat, 31 Dec 2016 23:59:60 +0000": "second 2016-12-31 23:59:59",
    # Twelve hours
    "10/16/2019 12:15:00 AM": "second 2019-10-16 00:15:00",
    "10/16/2019 12:15:00 PM -05:00": "second 2019-10-16 17:15:00",
    "Wed, 16 Oct 2019 8:15PM EDT": "minute 2019-10-17 00:15:00",
    "2019-10-16 8:15 p.m.": "minute 2019-10-16 20:15:00",
    # One of the numbers can't be a month
    "10/16/2019": "day 2019-10-16 00:00:00",
    "16.10.2019": "day 2019-10-16 00:00:00",
    "16-10-2019 08:15": "minute 2019-10-16 08:15:00",
    "2019/10/16": "day 2019-10-16 00:00:00",
    "2019.10.6 8:15": "minute 2019-10-06 08:15:00",
    # Words of other languages: local time of a place that is not named, unless there is a zone
    "16. Oktober 2019 um 08:15 Uhr": "day 2019-10-16 00:00:00",
    "16. September 2019 um 08:15": "day 2019-09-16 00:00:00",
    "16.10.2019, 08:15 Uhr": "day 2019-10-16 00:00:00",
    "di 15 okt 2019 08:15:00 +0200": "second 2019-10-15 06:15:00",
    "ons, 16 okt 2019 08:15:00 +0200": "second 2019-10-16 06:15:00",
    "Qua, 16 Out 2019 08:15:00 -0300": "second 2019-10-16 11:15:00",
    "mié, 16 oct 2019 08:15:00 +0200": "second 2019-10-16 06:15:00",
    "mercredi 16 octobre 2019 à 08h15": "day 2019-10-16 00:00:00",
    "16 ottobre 2019, 08:15": "day 2019-10-16 00:00:00",
    "1º de outubro de 2019": "day 2019-10-01 00:00:00",
    "16 października 2019": "day 2019-10-16 00:00:00",
    "st, 16 říj 2019 08:15:00 +0200": "second 2019-10-16 06:15:00",
    "2019. október 16., szerda": "day 2019-10-16 00:00:00",
    "16 Ekim 2019": "day 2019-10-16 00:00:00",
    "16 жовтня 2019": "day 2019-10-16 00:00:00",
    "16 октомври 2019": "day 2019-10-16 00:00:00",
    "16 أكتوبر 2019": "day 2019-10-16 00:00:00",
    "١٦ أكتوبر ٢٠١٩": "day 2019-10-16 00:00:00",
    "16 באוקטובר 2019": "day 2019-10-16 00:00:00",
    "16 अक्टूबर 2019": "day 2019-10-16 00:00:00",
    "ngày 16 tháng 10 năm 2019": "day 2019-10-16 00:00:00",
    "2019年10月16日（水）08:15": "day 2019-10-16 00:00:00",  # noqa: RUF001
    "２０１９年１０月１６日": "day 2019-10-16 00:00:00",
    "2019년 10월 16일 수요일": "day 2019-10-16 00:00:00",
    # Seconds and milliseconds since 1970
    "1571213700": "second 2019-10-16 08:15:00",
    "1571213700.25": "second 2019-10-16 08:15:00",
    "1571213700000": "second 2019-10-16 08:15:00",
}
NOT_READ = (
    "",
    "yesterday",
    "now",
    "today 10:00",
    "2 hours ago",
    "Tuesday",
    "12:00",
    "2018",
    "March 2018",
    "4 September",
    # of two meanings
    "04/09/2018 12:00",
    "3.4.2025",
    "06-1-2 15:04",
    "5 lis 2024",
    "5 listopada 2024",
    "Tue, 04 Sep 2018 12:00:00 IST",
    "Tue, 04 Sep 2018 12:00:00 AST",
    "Tue, 04 Sep 2018 12:00:00 MSK",
    "Tue, 04 Sep 2018 12:00:00 X",
    "Tue, 04 Sep 2018 12:00:00 (IST)",
    "Tue, 04 Sep 2018 12:00:00 (local time)",
    "Tue, 04 Sep 2018 12:00:00 ET",
    "Tue, 04 Sep 2018 12:00:00 Europe/Berlin",
    "Tue, 04 Sep 2018 12:00:00 IST+0530",
    "Tue, 04 Sep 2018 12:00:00 %z",
    "2018-09-04T12:00:00+02:00Z",
    "2018-09-04T12:00:00Z+02:00",
    "2018-09-04T12:00:00EST+00:00",
    "4.9.18",
    "Sep 4 18",
    # that never were
    "Mon, 30 Feb 2018 12:00:00 GMT",
    "29 February 2023",
    "Tue, 04 Sep 2018 25:00:00 GMT",
    "Tue, 04 Sep 2018 24:00:00 GMT",
    "Tue, 04 Sep 2018 12:60:00 GMT",
    "Tue, 5 Mar 2024 13:30:00 PM GMT",
    "Tue, 5 Mar 2024 0:30 AM",
    "2018-09-04T24:00:00Z",
    "0 Sep 2018",
    "32 Sep 2018",
    "13/13/2018",
    "2018-25-12",
    "Tue, 04 Sep 2018 12:00:00 +2400",
    "Tue, 04 Sep 2018 12:00:00 +0260",
    "2024-13-01",
    "2024-03-05T12:00:00+15:00",
    "0000-00-00T00:00:00Z",
    "-0001-11-30T00:00:00+00:00",
    # that can't be
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Sun, 01 Jan 3000 00:00:00 GMT",
    "9999-12-31T23:59:59Z",
    "10000-01-01T00:00:00Z",
    "1989-12-31",
    "631152000",
    "2019101608",  # an hour of 2019, or seconds of 2033
    "201910160815",
    "Sat, 01 Jan 0000 00:00:00 GMT",
    "30/11/-0001",
    "00/00/0000",
    # of other calendars, or no dates
    "5 มีนาคม 2567",
    "2024-W10-2",
    "2019-W42",
    "2019-289",
    "1398/07/24",
    "16 ตุลาคม 2562",
    "令和元年10月16日",
    "Invalid Date",
    "NaN-NaN-NaN",
    "null",
    "Array",
    "$pubDate",
    "%a, %d %b %Y %H:%M:%S %z",
    "{{ page.date }}",
    "il y a 2 heures",
    "vor 3 Stunden",
    "2019-10-16T08:15:00Z/2019-10-17T08:15:00Z",
    "2019-10-16 2019-10-17",
    "<time>2019-10-16</time>",
    "Posted by Ana on 5 March 2024 in Harbour",
    "a" * 101,
)


@pytest.mark.parametrize("raw", RIGHT)
def test_dates_of_feeds_are_read(raw: str) -> None:
    """A date that a feed states comes out as it is meant, with what was stated of it."""
    assert RIGHT[raw] == read(raw)


@pytest.mark.parametrize("raw", NOT_READ)
def test_dates_are_never_made_up(raw: str) -> None:
    """What is relative, ambiguous, impossible or implausible is no date."""
    assert read(raw) is None


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_language_has_its_months(language: str) -> None:
    """All languages of the list are there, and their names of months lead to the right one or to none."""
    info = __import__(f"dateparser.data.date_translation_data.{language}", fromlist=["info"]).info
    names = [name.lower() for name in info["march"] if "." not in name]

    assert names
    assert {3, None} >= {_month_names().get(name) for name in names}


FORMS = ("{day} {month} {year}", "{day}. {month} {year} 10:30 +0000", "{year} {month} {day}", "{month} {day}, {year}")


@settings(deadline=None)
@given(st.sampled_from(_LANGUAGES), st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.sampled_from(FORMS), st.data())
def test_a_month_by_name_is_that_month_or_none(language: str, day: date, form: str, data: st.DataObject) -> None:
    """No name of a month in any language leads to another month or day, however the date is put together."""
    info = importlib.import_module(f"dateparser.data.date_translation_data.{language}").info
    name = data.draw(st.sampled_from(info[f"{day:%B}".lower()]))
    parsed = parse_feed_date(form.format(day=day.day, month=name, year=day.year))

    assert parsed is None or parsed.at.date() == day


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(raw: str) -> None:
    """No text raises an error, and what is read lies in the window, to the second."""
    parsed = parse_feed_date(raw)

    assert parsed is None or (1990 <= parsed.at.year <= 2100 and parsed.at.microsecond == 0)


PIECES = st.sampled_from(
    [
        "5",
        "05",
        "2024",
        "March",
        "mars",
        "Di,",
        "10:30",
        "10:30:15",
        "PM",
        "CET",
        "+0100",
        "-",
        "/",
        ".",
        ",",
        "年",
        "3",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=8), st.sampled_from(["", " "]))
def test_any_pieces_of_dates_are_a_date_or_none(pieces: list[str], separator: str) -> None:
    """No mixture of what dates are made of raises an error or takes another day than the one it names."""
    parsed = parse_feed_date(separator.join(pieces))

    assert parsed is None or {"2024"} <= set("".join(pieces).replace("2024", "|2024|").split("|"))


MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))


@settings(deadline=None)
@given(MOMENTS, st.integers(-14 * 4, 14 * 4))
def test_what_is_written_comes_back(moment: datetime, quarters: int) -> None:
    """Any second in any zone, written for mail or as ISO 8601, is read as the same instant."""
    local = moment.replace(microsecond=0).astimezone(timezone(timedelta(minutes=15 * quarters)))

    for raw in (format_datetime(local), local.isoformat()):
        parsed = parse_feed_date(raw)
        assert parsed is not None
        assert local == parsed.at


class _NoClock(datetime):
    """A datetime that does not know what time it is."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        raise AssertionError("the clock was read")

    today = utcnow = now


def test_dates_do_not_depend_on_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """All dates are read, or not, without a look at the clock."""
    for module in (dates, feed_dates):
        monkeypatch.setattr(module, "datetime", _NoClock)
    assert [*RIGHT.values(), *[None] * len(NOT_READ)] == [read(raw) for raw in (*RIGHT, *NOT_READ)]


@pytest.fixture
def _far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setitem(os.environ, "TZ", "Pacific/Kiritimati")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_from_greenwich")
def test_dates_do_not_depend_on_the_machine() -> None:
    """A time without a zone is in UTC, whatever the zone of the machine."""
    assert "minute 2006-01-02 15:04:00" == read("January 2, 2006 15:04")
