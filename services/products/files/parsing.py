"""Reads a file of products: which values its lines name, and what is wrong with them. It knows no stored product."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from analytics.reports.dates import DayOrder, day_of, order_shown
from analytics.reports.lines import Record, RecordReader
from analytics.reports.numbers import DecimalMark, mark_shown, number_of
from analytics.reports.survey import UNCLEAR_DAYS, UNCLEAR_NUMBERS, WaysSeen
from services.imports.text_files import TextFile
from services.products.files.layout import FIRST_LINES, ProductColumn, ProductHeadings, headings_of
from services.products.wishes import ProductWish

_AMOUNTS = (ProductColumn.PRICE, ProductColumn.COST)


class RowFault(Exception):
    """Why a line says nothing of a product, in words."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What a line says of the product with the SKU; from `cost_from` on its cost is that of orders that know none."""

    line: int
    sku: str
    wish: ProductWish
    cost_from: date | None = None


class ProductFile:
    """A file of products, looked through once to find out how it is written; raises FileFault, and Stopped.

    `notes` say what was found out. `records` are those below the headings, blank lines left out.
    """

    def __init__(self, source: BinaryIO, is_stopped: Callable[[], bool]) -> None:
        self._text = TextFile(source, is_stopped)
        self.headings: ProductHeadings = headings_of(list(islice(self._text.lines(), FIRST_LINES)))
        mark, order = self._ways()
        self.mark, self.day_order = DecimalMark(mark or DecimalMark.POINT), DayOrder(order or DayOrder.DAY_FIRST)
        self.notes = [f"The text is {self._text.told}.", *self.headings.notes]
        if mark is not None:
            self.notes.append(f"Decimals stand behind a {mark.lower()}.")
        if order is not None:
            self.notes.append(f"Days are written with the {'day' if order == DayOrder.DAY_FIRST else 'month'} first.")

    def records(self) -> Iterator[Record]:
        records = RecordReader(self._text.lines(), self.headings.separator, self.headings.width)
        return (each for each in records if each.line > self.headings.line and not each.is_blank)

    def row(self, record: Record) -> ProductRow:
        """What the line says; an empty field says nothing. Raises RowFault."""
        if record.fault:
            raise RowFault(record.fault)
        told = {column: record.fields[place] for column, place in self.headings.places.items()}
        sku = told[ProductColumn.SKU].strip()
        if not sku:
            raise RowFault("The line names no SKU.")
        wish = ProductWish(
            sku=sku,
            title=told.get(ProductColumn.TITLE, "").strip() or None,
            description=told.get(ProductColumn.DESCRIPTION) or None,
            currency=self._currency(told.get(ProductColumn.CURRENCY, "")),
            price=self._amount(told.get(ProductColumn.PRICE, ""), "price"),
            cost=self._amount(told.get(ProductColumn.COST, ""), "cost"),
            quantity=self._quantity(told.get(ProductColumn.QUANTITY, "")),
            page_urls=told.get(ProductColumn.PAGES, "").split() or None,
        )
        return ProductRow(record.line, sku, wish, self._day(told.get(ProductColumn.COST_FROM, "")))

    def _ways(self) -> tuple[str | None, str | None]:
        """How decimals and days are written; None where nothing in the file depends on it."""
        numbers, days, places = WaysSeen(), WaysSeen(), self.headings.places
        amounts = [places[each] for each in _AMOUNTS if each in places]
        for record in self.records():
            if record.fault:
                continue
            for place in amounts:
                text = record.fields[place].strip()
                numbers.add(mark_shown(text, is_whole=False), text)
            if ProductColumn.COST_FROM in places:
                text = record.fields[places[ProductColumn.COST_FROM]].strip()
                days.add(order_shown(text), text)
        return (
            numbers.chosen(DecimalMark.POINT, DecimalMark.COMMA, what="Amounts", unclear=UNCLEAR_NUMBERS),
            days.chosen(DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST, what="Days", unclear=UNCLEAR_DAYS),
        )

    def _amount(self, text: str, name: str) -> Decimal | None:
        if not text.strip():
            return None
        found = number_of(text.strip(), self.mark)
        if found is None:
            raise RowFault(f"The {name} is no amount: write it as digits, without a currency.")
        return found

    def _quantity(self, text: str) -> int | None:
        if not text.strip():
            return None
        found = number_of(text.strip(), self.mark)
        if found is None or found != found.to_integral_value():
            raise RowFault("The quantity is no whole number.")
        return int(found)

    def _currency(self, text: str) -> str | None:
        code = text.strip().upper()
        if code and not (len(code) == 3 and code.isascii() and code.isalpha()):  # noqa: PLR2004 - ISO 4217's codes
            raise RowFault("The currency is no code of three letters, such as EUR.")
        return code or None

    def _day(self, text: str) -> date | None:
        if not text.strip():
            return None
        found = day_of(text.strip(), self.day_order)
        if found is None:
            raise RowFault("The day from which the cost counts is no day: write it as 2026-12-31.")
        return found
