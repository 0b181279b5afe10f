"""What reading orders has in common: notes on one order, and a page of which one odd record costs no other one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from integrations.errors import Misshapen
from integrations.selling.records import RecordProblem, RemoteLine, RemoteOrder
from integrations.selling.values import Fields, Priced

T = TypeVar("T")
_ZERO = Decimal(0)
_FINEST = Decimal("0.0001")
_COUNTRY_LETTERS = 2
# Words of marketplaces are shorter; what is longer is told by its beginning.
_LONGEST_WORD = 100
_UNREADABLE = "{vendor}'s order cannot be read: {problem}"


class OddOrder(Exception):
    """Of a record no order can be made; the text says for people what is missing."""


@dataclass(slots=True)
class OrderNotes:
    """One order while it is read: its id, its currency, and what could not be said in our words.

    `money_in` reads an amount by its name, as the marketplace writes amounts.
    """

    vendor: str
    external_id: str
    currency: str
    money_in: Callable[[Fields, str], Priced | None]
    problems: list[RecordProblem] = field(default_factory=list)

    def note(self, message: str, name: str | None = None) -> None:
        self.problems.append(RecordProblem(message, name, self.external_id))

    def amount(self, raw: Fields, name: str) -> Decimal | None:
        """None for an absent amount; raises OddOrder for one that is no amount, or of another currency."""
        if name not in raw:
            return None
        money = self.money_in(raw, name)
        if money is None:
            raise OddOrder(f"{name} is no amount")
        if money.currency != self.currency:
            raise OddOrder(f"{name} is in {money.currency}, the order in {self.currency}")
        return money.value

    def known(self, words: Mapping[str, T], value: str | None, name: str) -> T | None:
        """What one of the marketplace's words is in ours; None, with a problem, for one that it added later."""
        if value is None or value not in words:
            shown = "".join(sign for sign in (value or "")[:_LONGEST_WORD] if sign.isprintable())
            self.note(f"{self.vendor}'s {name} {shown or 'is missing'} is not known here.", "status")
            return None
        return words[value]


def readable(
    records: Sequence[Fields], read: Callable[[Fields], RemoteOrder], vendor: str, id_name: str
) -> tuple[list[RemoteOrder], list[RecordProblem]]:
    """The orders of a page, and a problem for each record of which `read` makes none (OddOrder)."""
    orders: list[RemoteOrder] = []
    unreadable: list[RecordProblem] = []
    for each in records:
        try:
            orders.append(read(each))
        except OddOrder as problem:
            reason = _UNREADABLE.format(vendor=vendor, problem=problem)
            unreadable.append(RecordProblem(reason, None, each.text(id_name)))
    return orders, unreadable


def read_alone(raw: Fields, read: Callable[[Fields], RemoteOrder], vendor: str) -> RemoteOrder:
    """One order that was asked for by its id; raises Misshapen where `read` makes none of it."""
    try:
        return read(raw)
    except OddOrder as problem:
        raise Misshapen(_UNREADABLE.format(vendor=vendor, problem=problem)) from None


def lines_in(raw: Fields, name: str) -> list[Fields]:
    """The lines of an order, of which there is one at least; raises OddOrder."""
    lines = raw.parts(name)
    if not lines:
        raise OddOrder(f"it has no {name}")
    return lines


def share_of(cost: Decimal, quantity: int) -> Decimal:
    """What one of so many pieces costs, to four decimals."""
    exact = cost / quantity
    return exact if exact == exact.quantize(_FINEST) else exact.quantize(_FINEST, ROUND_HALF_UP)


def sum_of(lines: Sequence[RemoteLine]) -> Decimal:
    return sum((line.unit_price * line.quantity for line in lines), _ZERO)


def country_of(code: str | None) -> str | None:
    """Two capital letters; None for anything else."""
    is_code = code is not None and len(code) == _COUNTRY_LETTERS
    return code if code and is_code and code.isascii() and code.isalpha() and code.isupper() else None
