"""Texts of a chart: how wide they are, how they are cut to fit, and how numbers and periods are written."""

import re
import unicodedata
from decimal import Decimal

from analytics.charts.picture import LONGEST_NAME
from analytics.enums import MetricUnit, TimeGrain
from analytics.periods import DateRange

# XML has no way to write these, so a picture that holds one is no picture.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Widths in parts of the size of letters, as of Helvetica and Arial, rounded up.
_NARROW, _WIDE = set("iljftrI.,:;'|!()[]{} "), set("mwMW@%…")
_WIDTHS = {"narrow": 0.36, "wide": 0.95, "capital": 0.72, "full": 1.25, "other": 0.58}
_INVISIBLE = {"Mn", "Me", "Cf"}
# From here on a number is told by its power of ten: its digits would fill the picture.
_MOST_DIGITS = 15
_SMALL_MONEY = Decimal("0.1")
_JOINER = "\u200d"
# The sign behind a multiple, and between the ends of a range.
TIMES, TO = "\u00d7", "\u2013"


def clean(text: str) -> str:
    """The text on one line, without what XML cannot write, and no longer than any picture can show."""
    return " ".join(_UNWRITABLE.sub("\ufffd", text[:LONGEST_NAME]).split())


def width_of(text: str, size: float) -> float:
    """About how many pixels the text takes in letters of this size; rather too many than too few."""
    return sum(map(_width, text)) * size


def _width(letter: str) -> float:
    if unicodedata.category(letter) in _INVISIBLE:
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return _WIDTHS["full"]
    kind = "narrow" if letter in _NARROW else "wide" if letter in _WIDE else "capital" if letter.isupper() else "other"
    return _WIDTHS[kind]


def cut(text: str, room: float, size: float) -> str:
    """The text, with … for its end where it does not fit into so many pixels."""
    text = clean(text)
    if width_of(text, size) <= room:
        return text
    room -= width_of("…", size)
    end = 0
    for letter in text:
        room -= _width(letter) * size
        if room < 0:
            break
        end += 1
    return text[:end].rstrip(f" {_JOINER}") + "…"


def isolated(text: str) -> str:
    """The text so that the letters around it keep their places, whichever way its own are read."""
    return f"\u2068{text}\u2069"


def number_text(value: Decimal, unit: MetricUnit, currency: str = "") -> str:
    """The number in full, with its unit."""
    match unit:
        case MetricUnit.FRACTION:
            return f"{_digits(value * 100, 2)}%"
        case MetricUnit.MONEY:
            places = 4 if value and abs(value) < _SMALL_MONEY else 2
            return f"{_digits(value, places, is_fixed=True)} {currency}".rstrip()
        case MetricUnit.MULTIPLE:
            return f"{_digits(value, 2)}{TIMES}"
        case MetricUnit.SECONDS:
            return f"{_digits(value, 2)} s"
        case MetricUnit.COUNT:
            return _digits(value, 2)


def _digits(value: Decimal, places: int, *, is_fixed: bool = False) -> str:
    if value and value.adjusted() >= _MOST_DIGITS:
        return f"{value:.3e}"
    text = f"{value:,.{places}f}"
    return text if is_fixed or "." not in text else text.rstrip("0").rstrip(".")


def short(value: Decimal) -> str:
    """The number without zeros that say nothing."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def period_text(period: DateRange, grain: TimeGrain, *, has_year: bool) -> str:
    """The period as it stands below its place on the axis; `has_year`: of a day or week the year is said too."""
    start = period.start
    match grain:
        case TimeGrain.YEAR:
            return str(start.year)
        case TimeGrain.QUARTER:
            return f"Q{(start.month + 2) // 3} {start.year}"
        case TimeGrain.MONTH:
            return f"{_MONTHS[start.month - 1]} {start.year}"
        case _:
            return f"{start.day} {_MONTHS[start.month - 1]}" + (f" {start.year}" if has_year else "")


def days_text(days: DateRange) -> str:
    """The range in words that leave out what both of its ends share."""
    start, end = days.start, days.end
    last = f"{end.day} {_MONTHS[end.month - 1]} {end.year}"
    if start == end:
        return last
    first = str(start.day)
    if (start.year, start.month) != (end.year, end.month):
        first += f" {_MONTHS[start.month - 1]}"
    if start.year != end.year:
        first += f" {start.year}"
    return f"{first} {TO} {last}"
