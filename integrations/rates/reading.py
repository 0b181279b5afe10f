"""Reads files of exchange rates in two forms: a rate in each line, or a day in each line and a currency in each column.

The first form has the header `day,currency,per_eur`. The second is that of the European Central Bank's history, whose
header begins with `Date`: `N/A` is no rate, and lines end with a comma. A file is read as a whole or not at all.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO

from analytics.rates import CURRENCIES, DECIMAL_PLACES, EURO, LEAST_RATE, RATE_BOUND, WHOLE_DIGITS, PublishedRate
from integrations.rates.unpacking import UnreadableRates, text_of

_HEADER = ["day", "currency", "per_eur"]
_FORMS = "The header must be day,currency,per_eur, or Date with a currency in each further column"
_NO_RATE = ("", "N/A")
_RATE = re.compile(rf"[0-9]{{1,{WHOLE_DIGITS}}}(?:\.[0-9]{{1,{DECIMAL_PLACES}}})?")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The file of the last day alone writes days like this: 28 November 2026.
_LONG_DAY = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]+) ([0-9]{4})")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_FIRST_DAY = date(1999, 1, 1)
_SHOWN = 40

# A line of the file: its number and its cells.
Line = tuple[int, list[str]]


def read_rates(content: bytes, *, latest: date) -> list[PublishedRate]:
    """The rates of a file, plain, zipped or gzipped; a day after `latest` has none yet.

    Raises UnreadableRates, which names the line, for the first one that is odd.
    """
    lines = _lines(text_of(content))
    number, header = next(lines, (1, []))
    if ";" in "".join(header):
        raise UnreadableRates("The columns are divided by semicolons: divide them by commas, and write 1.08, not 1,08.")
    if [cell.lower() for cell in header] == _HEADER:
        found = _one_by_line(lines, latest)
    elif header and header[0].lower() == "date":
        found = _one_by_column(_currencies(header, number), lines, latest)
    else:
        raise UnreadableRates(f"{_FORMS}; it is {_shown(','.join(header))}.")
    return _without_repetition(found)


def _lines(text: str) -> Iterator[Line]:
    """The lines that are not empty."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UnreadableRates(f"Line {reader.line_num} cannot be divided into columns: {error}.") from error


def _one_by_line(lines: Iterator[Line], latest: date) -> Iterator[tuple[int, PublishedRate]]:
    for number, cells in lines:
        if len(cells) != len(_HEADER):
            raise _odd(number, f"it has {len(cells)} columns, not {len(_HEADER)}")
        day, currency, per_eur = cells
        yield number, PublishedRate(_currency(currency, number), _day(day, number, latest), _rate(per_eur, number))


def _currencies(header: Sequence[str], number: int) -> list[str]:
    """The currencies of the columns after the first; the comma at the end of a line makes no column."""
    codes = header[1:-1] if header[-1] == "" else header[1:]
    found = [_currency(code, number) for code in codes]
    if twice := {code for code in found if found.count(code) > 1}:
        raise _odd(number, f"it has {min(twice)} twice")
    return found


def _one_by_column(
    currencies: Sequence[str], lines: Iterator[Line], latest: date
) -> Iterator[tuple[int, PublishedRate]]:
    columns = len(currencies) + 1
    for number, cells in lines:
        if len(cells) == columns + 1 and cells[-1] == "":
            cells.pop()
        if len(cells) != columns:
            raise _odd(number, f"it has {len(cells)} columns, not {columns}")
        day = _day(cells[0], number, latest)
        for currency, cell in zip(currencies, cells[1:], strict=True):
            if cell not in _NO_RATE:
                yield number, PublishedRate(currency, day, _rate(cell, number))


def _without_repetition(rates: Iterator[tuple[int, PublishedRate]]) -> list[PublishedRate]:
    seen: dict[tuple[str, date], int] = {}
    found = []
    for number, rate in rates:
        first = seen.setdefault((rate.currency, rate.day), number)
        if first != number:
            raise _odd(number, f"{rate.currency} of {rate.day} stands in line {first} already")
        found.append(rate)
    if not found:
        raise UnreadableRates("The file has no rate.")
    return found


def _currency(code: str, number: int) -> str:
    if code == EURO:
        raise _odd(number, "the euro has no rate, since all rates are units per euro")
    if code not in CURRENCIES:
        raise _odd(number, f"{_shown(code)} is no currency known by ISO 4217, such as USD")
    return code


def _day(text: str, number: int, latest: date) -> date:
    day = _date(text)
    if day is None:
        raise _odd(number, f"{_shown(text)} is no day such as 2026-11-30")
    if day < _FIRST_DAY:
        raise _odd(number, f"{day} is before the first day of the euro, {_FIRST_DAY}")
    if day > latest:
        raise _odd(number, f"{day} is a day to come")
    return day


def _date(text: str) -> date | None:
    long = _LONG_DAY.fullmatch(text)
    try:
        if long is not None:
            return date(int(long[3]), _MONTHS.index(long[2]) + 1, int(long[1]))
        return date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None


def _rate(text: str, number: int) -> Decimal:
    if _RATE.fullmatch(text) is not None and (rate := Decimal(text)) >= LEAST_RATE:
        return rate
    bounds = f"from {LEAST_RATE} to below {RATE_BOUND}, with at most {DECIMAL_PLACES} digits behind the point"
    raise _odd(number, f"{_shown(text)} is no rate: write a number such as 1.0834, {bounds}")


def _odd(number: int, what: str) -> UnreadableRates:
    return UnreadableRates(f"Line {number}: {what}.")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
