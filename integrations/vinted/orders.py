"""Sales of a member, as the extension tells them, in our words.

The site's list may tell neither what changed nor when. Then an order is asked for that is not known here, and again as
long as it may still change: one that is completed or cancelled does not. Vinted takes no fee of who sells, and what
buyers pay for the parcel and their protection goes to Vinted: an order's total is the price of its things.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from analytics.clock import Clock
from integrations.selling.order_reading import OddOrder, OrderNotes, country_of, lines_in, read_alone, sum_of
from integrations.selling.records import (
    OrderPage,
    RecordProblem,
    RemoteLine,
    RemoteOrder,
    RemoteRefund,
    RemoteShipment,
)
from integrations.selling.values import Fields
from integrations.vinted.lists import ListAsk, read_list
from integrations.vinted.markets import VENDOR
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepWish
from integrations.vinted.steps import Steps, failure_of
from integrations.vinted.values import LONGEST_ID, address_in, id_in, instant_in, money_in, text_in

_ZERO = Decimal(0)
_ON_A_PAGE = 50
_STATUSES: Mapping[str, str] = MappingProxyType(
    {each: each for each in ("AWAITING_PAYMENT", "PAID", "SHIPPED", "COMPLETED", "CANCELLED")}
)
_FINAL = ("COMPLETED", "CANCELLED")
_NAMELESS = f"A sale in {VENDOR}'s list has no id."
_NOT_TOLD = f"{VENDOR} lists this order, and does not tell what it is."


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """What is stored of an order."""

    status: str
    updated_at: datetime


# Of these ids those that are stored.
KnownOrders = Callable[[Sequence[str]], Awaitable[Mapping[str, KnownOrder]]]


async def nothing_known(_ids: Sequence[str]) -> Mapping[str, KnownOrder]:
    return {}


@dataclass(frozen=True, slots=True)
class OrderReader:
    """`known` tells what is stored of orders."""

    steps: Steps
    clock: Clock
    known: KnownOrders

    async def pages(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        """Every order that changed in between, or may have."""
        ask = ListAsk(RelayOperation.LIST_ORDERS, "orders", "orders")
        rows = (await read_list(self.steps, ask, lambda page: page.is_older_than(since))).rows
        ids = {order_id: row for row in rows if (order_id := id_in(row, "id")) is not None}
        known = await self.known([*ids])
        wanted = [each for each, row in ids.items() if _is_wanted(row, known.get(each), since, until)]
        answers = await self.steps.answers([_ask(each) for each in wanted])
        nameless = [RecordProblem(_NAMELESS) for row in rows if id_in(row, "id") is None]
        for start in range(0, max(len(wanted), 1), _ON_A_PAGE):
            orders, odd = list[RemoteOrder](), nameless if start == 0 else []
            for order_id, answer in [*zip(wanted, answers, strict=True)][start : start + _ON_A_PAGE]:
                found = self._read(order_id, answer, known.get(order_id))
                if isinstance(found, RemoteOrder):
                    orders.append(found)
                else:
                    odd = [*odd, found]
            yield OrderPage(orders, odd)

    async def one(self, order_id: str) -> RemoteOrder:
        """Raises ObjectMissing for one that is gone, Misshapen for one that cannot be read."""
        [answer] = await self.steps.answers([_ask(order_id)])
        if answer.error is not None:
            raise failure_of(answer)
        known = (await self.known([order_id])).get(order_id)
        return read_alone(_of(order_id, answer), lambda raw: _order_of(raw, known, self._read_at(answer)), VENDOR)

    def _read(self, order_id: str, answer: StepAnswer, known: KnownOrder | None) -> RemoteOrder | RecordProblem:
        if answer.error is not None:
            words = f"{_NOT_TOLD} {failure_of(answer).message}"
            return RecordProblem(_NOT_TOLD if answer.error is RelayErrorCode.NOT_FOUND else words, None, order_id)
        try:
            return _order_of(_of(order_id, answer), known, self._read_at(answer))
        except OddOrder as problem:
            return RecordProblem(f"{VENDOR}'s order cannot be read: {problem}", None, order_id)

    def _read_at(self, answer: StepAnswer) -> datetime:
        return answer.started_at or self.clock()


def _ask(order_id: str) -> StepWish:
    return StepWish(RelayOperation.GET_ORDER, {"id": order_id}, f"order-{order_id}")


def _of(order_id: str, answer: StepAnswer) -> Fields:
    """The order under the id by which it was asked for, whatever the answer calls it."""
    return Fields({**(answer.result or {}), "id": order_id})


def _is_wanted(row: Fields, known: KnownOrder | None, since: datetime, until: datetime) -> bool:
    updated_at = instant_in(row, "updatedAt")
    if updated_at is not None:
        return since <= updated_at <= until
    return known is None or known.status not in _FINAL


def _order_of(raw: Fields, known: KnownOrder | None, read_at: datetime) -> RemoteOrder:
    """Raises OddOrder."""
    order_id, placed_at, total = id_in(raw, "id"), instant_in(raw, "placedAt"), money_in(raw, "total")
    if order_id is None or placed_at is None or total is None:
        raise OddOrder("it has no id, no time or no total")
    notes = OrderNotes(VENDOR, order_id, total.currency, money_in)
    lines = [_line_of(each, notes) for each in lines_in(raw, "item")]
    status = notes.known(_STATUSES, (raw.text("status") or "").upper() or None, "status")
    refunds = [found for each in raw.parts("refunds") if (found := _refund_of(each, notes)) is not None]
    subtotal = sum_of(lines)
    # Less is a bundle, or an offer of the buyer; more is what Vinted takes of the buyer.
    discount = max(subtotal - total.value, _ZERO)
    buyer = raw.part("buyer")
    return RemoteOrder(
        external_id=order_id,
        status=status,
        currency=total.currency,
        placed_at=placed_at,
        updated_at=_updated_at(raw, known, read_at, is_same=known is not None and status == known.status),
        subtotal=subtotal,
        discount=discount,
        shipping=_ZERO,
        tax=_ZERO,
        total=subtotal - discount,
        fees=_ZERO,
        lines=lines,
        refunds=refunds,
        shipments=_shipments_in(raw),
        buyer_handle=text_in(buyer, "handle"),
        buyer_country=country_of(buyer.text("country")),
        url=address_in(raw, "url"),
        problems=notes.problems,
    )


def _updated_at(raw: Fields, known: KnownOrder | None, read_at: datetime, *, is_same: bool) -> datetime:
    """Where the site does not tell: the moment of reading, unless nothing has changed since what is stored."""
    told = instant_in(raw, "updatedAt")
    if told is not None:
        return told
    return known.updated_at if known is not None and is_same and not raw.parts("refunds") else read_at


def _line_of(raw: Fields, notes: OrderNotes) -> RemoteLine:
    item_id, price = id_in(raw, "id"), notes.amount(raw, "price")
    if item_id is None or price is None:
        raise OddOrder("one of its things has no id or no price")
    return RemoteLine(item_id, text_in(raw, "title") or item_id, 1, price, listing_external_id=item_id)


def _refund_of(raw: Fields, notes: OrderNotes) -> RemoteRefund | None:
    refund_id, at, amount = id_in(raw, "id"), instant_in(raw, "at"), notes.amount(raw, "amount")
    if refund_id is None or at is None or amount is None:
        notes.note(f"{VENDOR} tells of a refund without an id, a time or an amount.", "refunds")
        return None
    return RemoteRefund(refund_id, amount, at, is_settled=True)


def _shipments_in(raw: Fields) -> list[RemoteShipment]:
    """The parcel; one without a code is not there yet."""
    tracking = raw.part("tracking")
    code = text_in(tracking, "code", LONGEST_ID)
    return [RemoteShipment(code, text_in(tracking, "carrier", LONGEST_ID), code)] if code else []
