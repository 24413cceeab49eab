"""Dates of publication, read strictly: a date is what its text says, on any day and in any country, or it is None."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from transforms.records import Precision

EARLIEST_YEAR = 1600
LATEST_YEAR = 2100
_MAX_RAW_CHARS = 100
_MAX_OFFSET = timedelta(hours=14)

# Hours from UTC of the zones that RFC 2822 names. Other names are ambiguous (IST, BST) and are not read.
_ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0}
_ZONES |= {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_MONTHS = "january february march april may june july august september october november december"
_MONTH_NUMBERS = {name: number for number, month in enumerate(_MONTHS.split(), 1) for name in (month, month[:3])}
_MONTH_NUMBERS |= {"sept": 9}

_ZONE = r"""
    (?: [ ]? (?P<sign>[+\-\u2212]) (?P<zone_hour>[0-9]{2}) (?: :? (?P<zone_minute>[0-9]{2}) )?
      | [ ]? (?P<zone>[a-z]{1,3})
    )?
"""
_ISO_8601 = re.compile(
    rf"""
    (?P<year>[0-9]{{4}})
    (?: [-/] (?P<month>[0-9]{{2}}) (?: [-/] (?P<day>[0-9]{{2}}) )?
      | (?P<basic_month>[0-9]{{2}}) (?P<basic_day>[0-9]{{2}})
    )
    (?: (?: t | [ ]+ | (?<= [0-9]{{8}}) (?= [0-9]{{6}}) )  # archives write 20240305143000
        (?P<hour>[0-9]{{2}})
        (?: :? (?P<minute>[0-9]{{2}}) (?: :? (?P<second>[0-9]{{2}}) (?: [.,] (?P<fraction>[0-9]+) )? )? )?
    )?
    {_ZONE}
    """,
    re.VERBOSE,
)
_RFC_2822 = re.compile(
    rf"""
    (?: [a-z]{{3,9}} [,.]? [ ]+ )?  # the weekday: often wrong in feeds, and not needed
    (?P<day>[0-9]{{1,2}}) [ -] [ ]*
    (?P<month_name>[a-z]{{3,9}}) [.]? [ -] [ ]*
    (?P<year>[0-9]{{2,4}})
    (?: ,? [ ]+ (?P<hour>[0-9]{{1,2}}) : (?P<minute>[0-9]{{2}}) (?: : (?P<second>[0-9]{{2}}) (?: [.] [0-9]+ )? )? )?
    {_ZONE}
    (?: [ ]* (?P<comment> \( [^()]* \) ) )?  # such as (CET) behind +0100
    """,
    re.VERBOSE,
)
_IN_WORDS = re.compile(  # the American order; a number of the day before the month is RFC 2822's
    r"""
    (?: [a-z]{3,9} [,.]? [ ]+ )?
    (?P<month_name>[a-z]{3,9}) [.]? [ ]+ (?P<day>[0-9]{1,2}) (?: st | nd | rd | th )? ,? [ ]+ (?P<year>[0-9]{4})
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDate:
    """A point in time, as exactly as its source gave it.

    Attributes:
        at: aware, in UTC; a day is its midnight, a month its first day.
        precision: smallest part that was stated.
    """

    at: datetime
    precision: Precision


def parse_date(raw: str) -> ParsedDate | None:
    """Return the date that `raw` states as ISO 8601, as RFC 2822 or as `March 5, 2024`, None for any other form.

    The result depends on `raw` alone: nothing is filled in from today, and `03/04/2025`, which names two days, is not
    read. Times without a zone are taken for UTC. Days and months keep their number, whatever the zone. Years, as
    written, are 1600 to 2100; a leap second counts as second 59.

    Args:
        raw: a date as a page, a feed or a record writes it.

    >>> parse_date("Tue, 5 Mar 2024 14:30:00 +0100")
    ParsedDate(at=datetime.datetime(2024, 3, 5, 13, 30, tzinfo=datetime.timezone.utc), precision='second')
    >>> parse_date("2024-03").precision
    'month'
    """
    text = raw.strip().lower()
    if len(text) > _MAX_RAW_CHARS:
        return None
    match = _ISO_8601.fullmatch(text) or _RFC_2822.fullmatch(text) or _IN_WORDS.fullmatch(text)
    if match is None:
        return None
    parts = {name: value for name, value in match.groupdict().items() if value is not None}
    if {"hour", "comment"} <= parts.keys() and not {"sign", "zone"} & parts.keys():
        return None  # the zone is in the comment only, where it may be any name
    precision = _find_precision(parts)
    try:
        at = _read_local_time(parts)
        offset = _read_offset(parts)
    except (KeyError, ValueError):  # no such month or zone; a month 13, an hour 25, a year 1066
        return None
    return ParsedDate(at=at if precision in ("day", "month") else at - offset, precision=precision)


def _find_precision(parts: dict[str, str]) -> Precision:
    """Return the smallest part that was stated."""
    if "second" in parts:
        return "second"
    if "minute" in parts:
        return "minute"
    if "hour" in parts:
        return "hour"
    return "day" if "day" in parts or "basic_day" in parts else "month"


def _read_local_time(parts: dict[str, str]) -> datetime:
    """Return the time as written, as if in UTC; raises KeyError or ValueError where there is no such time."""
    if "month_name" in parts:
        month = _MONTH_NUMBERS[parts["month_name"]]
    else:
        month = int(parts.get("month") or parts["basic_month"])
    if "hour" not in parts:
        day = parts.get("day") or parts.get("basic_day") or "1"
        return datetime(_read_year(parts["year"]), month, int(day), tzinfo=UTC)
    return datetime(
        _read_year(parts["year"]),
        month,
        int(parts.get("day") or parts["basic_day"]),
        int(parts["hour"]),
        int(parts.get("minute", "0")),
        59 if parts.get("second") == "60" else int(parts.get("second", "0")),
        int(parts.get("fraction", "0")[:6].ljust(6, "0")),
        tzinfo=UTC,
    )


def _read_year(digits: str) -> int:
    """Return a year, of two or three digits as RFC 2822 says; raises ValueError outside of the accepted years.

    >>> _read_year("24"), _read_year("99"), _read_year("104")
    (2024, 1999, 2004)
    """
    year = int(digits)
    if len(digits) < 4:
        year += 2000 if year < 50 else 1900
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError(f"year {year} is not in {EARLIEST_YEAR} to {LATEST_YEAR}")
    return year


def _read_offset(parts: dict[str, str]) -> timedelta:
    """Return the distance from UTC; raises KeyError or ValueError where there is no such zone."""
    if "zone" in parts:
        return timedelta(hours=_ZONES[parts["zone"]])
    minutes = int(parts.get("zone_minute", "0"))
    offset = timedelta(hours=int(parts.get("zone_hour", "0")), minutes=minutes)
    if minutes > 59 or offset > _MAX_OFFSET:
        raise ValueError(f"no zone is {offset} from UTC")
    return offset if parts.get("sign") == "+" else -offset
