"""How days are written in a file: in which order their parts stand, and which day each of them is."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache

from analytics.reports.numbers import Unclear

LONGEST_DAY = 40
# No file tells of days beyond these, and at the ends of the calendar days cannot be reckoned with.
YEARS = range(1900, 3000)


class DayOrder(StrEnum):
    """Of days that are written in numbers with the year last."""

    DAY_FIRST = "DAY_FIRST"
    MONTH_FIRST = "MONTH_FIRST"


# Some programs write midnight behind each day.
_MIDNIGHT = r"(?:[ T]00:00(?::00(?:\.0+)?)?)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_MIDNIGHT}")
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}){_MIDNIGHT}")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:er)?[ -]([^\W\d_]+)\.?[ -]([0-9]{4})")
_MONTH_DAY = re.compile(r"([^\W\d_]+)\.? ([0-9]{1,2}),? ([0-9]{4})")
_NAMES = (
    ("jan", "january", "janv", "janvier"),
    ("feb", "february", "févr", "février", "fév", "fevrier"),
    ("mar", "march", "mars"),
    ("apr", "april", "avr", "avril"),
    ("may", "mai"),
    ("jun", "june", "juin"),
    ("jul", "july", "juil", "juillet"),
    ("aug", "august", "août", "aout"),
    ("sep", "sept", "september", "septembre"),
    ("oct", "october", "octobre"),
    ("nov", "november", "novembre"),
    ("dec", "december", "déc", "décembre", "decembre"),
)
_MONTHS: Mapping[str, int] = {name: number for number, names in enumerate(_NAMES, 1) for name in names}
_MOST_MONTHS = 12


def order_shown(text: str) -> DayOrder | Unclear | None:
    """Which number is the day, as far as this date shows it; None where it shows nothing, as 2026-01-02 and 3/3/2026.

    Points are written where the day comes first.
    """
    found = _YEAR_LAST.fullmatch(text) if len(text) <= LONGEST_DAY else None
    if found is None:
        return None
    first, second = int(found[1]), int(found[3])
    if found[2] == "." or first > _MOST_MONTHS:
        return DayOrder.DAY_FIRST
    if second > _MOST_MONTHS:
        return DayOrder.MONTH_FIRST
    return None if first == second else Unclear.UNCLEAR


@lru_cache(maxsize=4096)  # a file has few days, and many lines of each
def day_of(text: str, order: DayOrder) -> date | None:
    """The day; None for what is none of the calendar, or has another order."""
    if len(text) > LONGEST_DAY:
        return None
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(found[1], int(found[3]), found[4])
    if found := _YEAR_LAST.fullmatch(text):
        first, second = found[1], found[3]
        day, month = (first, second) if order is DayOrder.DAY_FIRST else (second, first)
        return _day(found[4], int(month), day)
    if found := _DAY_MONTH.fullmatch(text):
        return _day(found[3], _MONTHS.get(found[2].casefold(), 0), found[1])
    if found := _MONTH_DAY.fullmatch(text):
        return _day(found[3], _MONTHS.get(found[1].casefold(), 0), found[2])
    return None


def _day(year: str, month: int, day: str) -> date | None:
    if int(year) not in YEARS:
        return None
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None
