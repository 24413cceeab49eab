"""Dates of feeds: the forms of the standards, and what publishers write instead, read strictly or not at all.

`parse_date` reads the standards' forms. What remains is taken apart by fixed patterns: publishers write months in their
own language, put the month first, or name a zone that no RFC knows. Names of months and weekdays come from Unicode's
CLDR, as dateparser brings them; dateparser itself is not asked, because it guesses languages, zones and the order of
day and month. Nothing depends on today, on the machine, or on another date.
"""

import dataclasses
import functools
import importlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from transforms.dates import ParsedDate, parse_date
from transforms.records import Precision

EARLIEST_FEED_YEAR: Final = 1990
LATEST_FEED_YEAR: Final = 2100
_MAX_RAW_CHARS: Final = 100

# Hours from UTC. The first two lines are RFC 2822's. The others have one meaning only in the IANA time zone database
# since 1990, and no other in use: AST (Atlantic, Arabia), IST (India, Israel, Ireland), MSK (of two offsets), GST and
# SST are left out.
_ZONES: Final[Mapping[str, float]] = {
    **{"z": 0, "ut": 0, "utc": 0, "gmt": 0},
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{
        "wet": 0,
        "west": 1,
        "bst": 1,
        "cet": 1,
        "cest": 2,
        "met": 1,
        "mest": 2,
        "mez": 1,
        "mesz": 2,
        "eet": 2,
        "eest": 3,
    },
    **{"akst": -9, "akdt": -8, "hst": -10, "sast": 2, "eat": 3, "pkt": 5, "wib": 7, "hkt": 8, "jst": 9, "kst": 9},
    **{"awst": 8, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13},
}
_MAX_OFFSET: Final = timedelta(hours=14)
_KOREAN_OFFSET: Final = timedelta(hours=9)
_KOREAN: Final = re.compile(r"[\uac00-\ud7a3]")

_LANGUAGES: Final = (
    *("en", "ar", "az", "be", "bg", "bn", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fa", "fi", "fil", "fr"),
    *("gl", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "ko", "lt", "lv", "mk", "mr", "ms", "nb"),
    *("nl", "nn", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sr-Latn", "sv", "ta", "te", "th", "tr", "uk"),
    *("ur", "vi", "zh"),
)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_WORD: Final = r"[^\s\d.,:;/()+\-]{2,20}"
_YEAR: Final = r"(?P<year>[0-9]{4})"
_DAY: Final = r"(?P<day>[0-9]{1,2})"
_MONTH: Final = rf"(?P<month_name>{_WORD})"
_OFFSET: Final = r"(?:gmt|utc)?[ ]?(?P<sign>[+\-\u2212])(?P<zone_hour>[0-9]{1,2})(?::?(?P<zone_minute>[0-9]{2}))?"
_ZONE: Final = rf"""
    (?: z [+-] 00:?00 | [+-] 00:?00 z
      | [ ]? {_OFFSET} (?: [ ] [a-z]{{1,5}} | [ ] \( [^()]* \) | \[ [a-z]+ (?: / [a-z_]+ )* \] )?
      | [ ]? \(? (?P<zone>[a-z]{{1,4}}) \)?
    )?
"""
_TIME: Final = r"""
    (?: (?P<half_before> 오전 | 오후 | 上午 | 下午 | 午前 | 午後 ) [ ]? )?
    (?P<hour>[0-9]{1,2}) (?: [:.h] | [시時时][ ]? )
    (?P<minute>[0-9]{2}) [분分]?
    (?: [:. ]? (?P<second>[0-9]{2}) [초秒]? (?: [.,] [0-9]{1,9} )? )?
    (?: [ ]? (?P<half_after> [ap][.]?m[.]? ) (?![a-z]) | [ ] (?P<clock> uhr ) )?
"""
_AT: Final = r"à | um | om | kl[.]? | klo | ore | ora | alle | a[ ]las | às | в"
_BETWEEN: Final = rf"""
    (?: [,.]? [ ] (?: at[ ] | [@|\u2013-][ ] | (?P<at> {_AT} ) [ ] )?
      | [ ]? [-\u2013t,] [ ]?
      | (?<= [日일)] )
    )
"""
_DATES: Final = (
    # 5 March 2024, 5. März 2024, 05-ene-2024, 5 de marzo de 2024, 1er mars 2024, and with the Russian sign of a year
    rf"""
    {_DAY} (?: st | nd | rd | th | er | o(?=[ ]) | [.] )? [ ]? [-/]? (?: of[ ] | de[ ] | di[ ] | d['\u2019] )?
    {_MONTH} [.]? ,? [ ]? [-/]? (?: de[ ] | del[ ] )?
    {_YEAR} (?: [ ]? [\u0433\u0440] [.]? )?
    """,
    # March 5, 2024; Mar. 5th 2024; Mar-05-2024
    rf"{_MONTH} [.]? [ -] {_DAY} (?: st | nd | rd | th )? ,? [ -] {_YEAR}",
    # 2024-március-05, 2024. március 5.
    rf"{_YEAR} [.]? [- ] {_MONTH} [.]? [- ] {_DAY} [.]?",
    # 2024-3-5, 2024/3/5, 2024.3.5: year first means that the month follows
    rf"{_YEAR} (?P<separator> [-/.] ) (?P<month> [0-9]{{1,2}} ) (?P=separator) {_DAY}",
    # 2024年3月5日, 2024년 3월 5일
    rf"{_YEAR} [ ]? [年년] [ ]? (?P<month> [0-9]{{1,2}} ) [ ]? [月월] [ ]? {_DAY} [ ]? [日일]",
    # ngày 5 tháng 3 năm 2024
    rf"{_DAY} [ ] tháng [ ] (?P<month> [0-9]{{1,2}} ) ,? [ ] (?: năm[ ] )? {_YEAR}",
    # 25.12.2024, 12/25/2024: read only if one of the numbers can't be a month
    rf"(?P<one> [0-9]{{1,2}} ) (?P<separator> [-/.] ) (?P<other> [0-9]{{1,2}} ) (?P=separator) {_YEAR}",
)
_FORMS: Final = (
    # A comma says that the word before it is no month, so that it need not be known.
    *(
        rf"(?: (?P<weekday> {_WORD} ) [.]? [ ] | {_WORD} [.]? [ ]? , [ ]? )? {date} (?: {_BETWEEN} {_TIME} {_ZONE} )?"
        for date in _DATES
    ),
    # 2024年3月5日(火) 10:30
    *(rf"{date} [ ]? \( [^\s()]{{1,20}} \) (?: {_BETWEEN} {_TIME} {_ZONE} )?" for date in _DATES),
    # 2024. március 5., kedd
    *(rf"{date} ,? [ ] (?P<weekday> {_WORD} )" for date in _DATES),
    # Tue Mar 5 13:30:15 EST 2024
    rf"(?P<weekday> {_WORD} ) ,? [ ] {_MONTH} [ ] {_DAY} ,? [ ] {_TIME} {_ZONE} [ ] {_YEAR}",
)
_PATTERNS: Final = tuple(re.compile(form, re.VERBOSE) for form in _FORMS)
# Seconds since 1970 from 2001 on, and milliseconds; 1900000000 to 2099999999 may be a date and an hour in one.
_EPOCH: Final = re.compile(r"(?P<seconds>1[0-8][0-9]{8}|2[1-9][0-9]{8}|3[0-9]{9})(?:[0-9]{3}|[.][0-9]+)?")
_DIGIT: Final = re.compile(r"\d")
_AFTERNOON: Final = frozenset({"오후", "下午", "午後", "p"})


def parse_feed_date(raw: str) -> ParsedDate | None:
    """Return the date that a feed states, None where it states none, or none that can be true.

    Besides the forms of `parse_date`: names of months in 53 languages, the month first, numbers without leading zeros
    and in other scripts, times of 12 hours, zones such as `CEST` and `GMT+2`, seconds since 1970. `03/04/2025` names
    two days, `lis 2024` two months and `IST` three zones, so that they are not read; neither is `yesterday`. A time
    without a zone is taken for UTC if the date is in numbers or English, for Korea's time if it is in Korean; in other
    languages it is local to a place that is not named, and only the day is taken. Years are 1990 to 2100; parts of
    seconds are dropped.

    Args:
        raw: a date as a feed writes it.

    >>> parse_feed_date("Fr, 05 Jan 2024 14:30:00 MEZ").at.isoformat()
    '2024-01-05T13:30:00+00:00'
    >>> parse_feed_date("5 marca 2024").precision, parse_feed_date("03/04/2025")
    ('day', None)
    """
    if len(raw) > 10 * _MAX_RAW_CHARS:
        return None
    # Full-width characters, and the digits of all scripts, as plain ones.
    text = " ".join(unicodedata.normalize("NFKC", raw).split()).lower().strip(" ,;")
    text = _DIGIT.sub(lambda digit: str(int(digit[0])), text)
    if len(text) > _MAX_RAW_CHARS:
        return None
    found = parse_date(text) or _parse_epoch(text) or _parse_free(text)
    if found is None or not EARLIEST_FEED_YEAR <= found.at.year <= LATEST_FEED_YEAR:
        return None
    return dataclasses.replace(found, at=found.at.replace(microsecond=0))


def _parse_epoch(text: str) -> ParsedDate | None:
    """Return the time that a number of seconds or milliseconds since 1970 stands for."""
    match = _EPOCH.fullmatch(text)
    return ParsedDate(at=datetime.fromtimestamp(int(match["seconds"]), UTC), precision="second") if match else None


def _parse_free(text: str) -> ParsedDate | None:
    """Return the date of a text in one of the other forms."""
    matches = (pattern.fullmatch(text) for pattern in _PATTERNS)
    return next((date for match in matches if match and (date := _read_match(match, text))), None)


def _read_match(match: re.Match[str], text: str) -> ParsedDate | None:
    """Return the date in a match, None if a word in it is no month, weekday or zone, or there is no such time."""
    parts = {name: value for name, value in match.groupdict().items() if value is not None}
    try:
        month, day = _read_day(parts)
        midnight = datetime(int(parts["year"]), month, day, tzinfo=UTC)
        return _read_moment(parts, midnight, text)
    except (KeyError, ValueError):
        return None


def _read_day(parts: Mapping[str, str]) -> tuple[int, int]:
    """Return month and day; raises KeyError or ValueError where they are not certain."""
    if parts.get("weekday", "") not in _all_weekdays():
        raise ValueError(f"{parts['weekday']} is no day of the week")
    if "month_name" in parts:
        return _month_names()[parts["month_name"]], int(parts["day"])
    if "month" in parts:
        return int(parts["month"]), int(parts["day"])
    one, other = int(parts["one"]), int(parts["other"])
    if one == other or other > 12:
        return one, other
    if one > 12:
        return other, one
    raise ValueError(f"{one} and {other} may both be the month")


def _read_moment(parts: Mapping[str, str], midnight: datetime, text: str) -> ParsedDate:
    """Return the date with the time of day, if that is certain."""
    offset = _read_offset(parts)
    if "hour" not in parts:
        return ParsedDate(at=midnight, precision="day")
    second = min(int(parts.get("second", "0")), 59) if parts.get("second") == "60" else int(parts.get("second", "0"))
    at = midnight.replace(hour=_read_hour(parts), minute=int(parts["minute"]), second=second)
    precision: Precision = "second" if "second" in parts else "minute"
    if offset is None and _KOREAN.search(text):
        offset = _KOREAN_OFFSET
    if offset is None and not _is_english(parts, text):
        return ParsedDate(at=midnight, precision="day")
    return ParsedDate(at=at - (offset or timedelta()), precision=precision)


def _read_hour(parts: Mapping[str, str]) -> int:
    """Return the hour of 24; raises ValueError where 12 hours are counted and it is none of them."""
    hour = int(parts["hour"])
    half = parts.get("half_before") or parts.get("half_after", "")[:1]
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"hour {hour} of 12")
    return hour % 12 + (12 if half in _AFTERNOON else 0)


def _read_offset(parts: Mapping[str, str]) -> timedelta | None:
    """Return the distance from UTC, None if no zone is given; raises KeyError or ValueError for no such zone."""
    if "zone" in parts:
        return timedelta(hours=_ZONES[parts["zone"]])
    if "sign" not in parts:
        return None
    minutes = int(parts.get("zone_minute", "0"))
    offset = timedelta(hours=int(parts["zone_hour"]), minutes=minutes)
    if minutes > 59 or offset > _MAX_OFFSET:
        raise ValueError(f"no zone is {offset} from UTC")
    return offset if parts["sign"] == "+" else -offset


def _is_english(parts: Mapping[str, str], text: str) -> bool:
    """Whether all words of a date are English, or there are none."""
    words = {parts[name] for name in ("month_name", "weekday") if name in parts}
    return text.isascii() and not {"at", "clock"} & parts.keys() and words <= _english_names()


@functools.cache
def _english_names() -> frozenset[str]:
    names = (name for full in (*_MONTHS, *_WEEKDAYS) for name in (full, full[:3]))
    return frozenset(names) | {"sept", "tues", "wednes", "thur", "thurs"}


@functools.cache
def _all_weekdays() -> frozenset[str]:
    """Return the names of weekdays in all the languages, the empty one, and the Vietnamese word for a day."""
    return frozenset(_meanings(_WEEKDAYS)) | {"", "tues", "wednes", "thur", "thurs", "ngày"}


@functools.cache
def _month_names() -> Mapping[str, int]:
    """Return the names of months that mean one only, in all the languages, with its number."""
    meanings = _meanings(_MONTHS)
    meanings["mrz"] = {3}  # German; CLDR has it with a dot only
    return {name: numbers.pop() for name, numbers in meanings.items() if len(numbers) == 1}


def _meanings(keys: Sequence[str]) -> dict[str, set[int]]:
    """Return each name in all the languages with the numbers, from 1, of those it stands for.

    Made when a date first needs it: 0.1 s for the modules of the languages.
    """
    meanings: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        info = importlib.import_module(f"dateparser.data.date_translation_data.{language}").info
        for number, key in enumerate(keys, 1):
            for name in info.get(key, ()):
                plain = unicodedata.normalize("NFKC", name).lower().strip(".")
                for spelling in (plain, _without_accents(plain)):
                    meanings.setdefault(spelling, set()).add(number)
    return meanings


def _without_accents(name: str) -> str:
    """Return a name as people write it who leave the accents out.

    >>> _without_accents("août"), _without_accents("μαρτίου")
    ('aout', 'μαρτιου')
    """
    decomposed = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in decomposed if not "\u0300" <= letter <= "\u036f")
