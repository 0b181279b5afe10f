"""What the columns of files of products are called, and which of them a file has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.reports.lines import SEPARATORS, FileFault, Record, RecordReader

# The headings stand in one of so many lines: some programs write a title above them.
FIRST_LINES = 10
_MOST_TOLD = 20
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


class ProductColumn(StrEnum):
    SKU = "sku"
    TITLE = "title"
    DESCRIPTION = "description"
    CURRENCY = "currency"
    PRICE = "price"
    COST = "cost"
    QUANTITY = "quantity"
    PAGES = "page_urls"
    COST_FROM = "cost_from"


# Without spaces, hyphens and underscores, in small letters.
_SPELLINGS: Mapping[str, ProductColumn] = {
    "sku": ProductColumn.SKU,
    "title": ProductColumn.TITLE,
    "name": ProductColumn.TITLE,
    "description": ProductColumn.DESCRIPTION,
    "currency": ProductColumn.CURRENCY,
    "price": ProductColumn.PRICE,
    "cost": ProductColumn.COST,
    "unitcost": ProductColumn.COST,
    "quantity": ProductColumn.QUANTITY,
    "stock": ProductColumn.QUANTITY,
    "pageurls": ProductColumn.PAGES,
    "pageurl": ProductColumn.PAGES,
    "costfrom": ProductColumn.COST_FROM,
}


@dataclass(frozen=True, slots=True)
class ProductHeadings:
    """The line of headings: which column stands where, and those that nobody reads."""

    separator: str
    line: int
    width: int
    places: Mapping[ProductColumn, int]
    unread: Sequence[str]

    @property
    def notes(self) -> list[str]:
        """What was found out, in sentences."""
        told = [f"Line {self.line} has the headings; columns are separated by {SEPARATORS[self.separator]}."]
        if self.unread:
            more = len(self.unread) - _MOST_TOLD
            names = ", ".join(each[:100] for each in self.unread[:_MOST_TOLD])
            told.append(f"These columns are not read: {names}{f' and {more} more' if more > 0 else ''}.")
        return told


def headings_of(first_lines: Sequence[str]) -> ProductHeadings:
    """Reads the first lines of a file; raises FileFault where none has a column of SKUs, or a column is there twice."""
    found = [
        _headings(separator, record)
        for separator in SEPARATORS
        for record in RecordReader(iter(first_lines), separator)
        if not record.fault
    ]
    whole = [each for each in found if ProductColumn.SKU in each.places]
    if not whole:
        message = f"No line of headings with a column sku was found among the first {FIRST_LINES} lines."
        raise FileFault(message)
    best = max(whole, key=lambda each: (len(each.places), -each.line))
    if len(best.places) + len(best.unread) < best.width:
        raise FileFault(f"Line {best.line} has a heading twice: name each column once.")
    if len(best.places) == 1:
        raise FileFault("The file has a column sku, and none of title, price, cost or another value of products.")
    return best


def _headings(separator: str, record: Record) -> ProductHeadings:
    places: dict[ProductColumn, int] = {}
    unread: list[str] = []
    for place, heading in enumerate(record.fields):
        column = _SPELLINGS.get(_BETWEEN_WORDS.sub("", heading.strip().lower()))
        if column is None:
            unread.append(heading.strip() or f"column {place + 1}")
        else:
            places.setdefault(column, place)
    return ProductHeadings(separator, record.line, len(record.fields), places, unread)
