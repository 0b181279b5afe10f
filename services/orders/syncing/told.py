"""An order of a marketplace as one that can be stored: texts are cut to what fits, refunds to what was paid."""

from dataclasses import dataclass
from decimal import Decimal

from integrations.selling.records import RemoteLine, RemoteOrder
from models.orders.order import OrderStatus
from models.text_match import is_storable
from services.orders.wishes import (
    LONGEST_ADDRESS,
    LONGEST_HANDLE,
    LONGEST_ID,
    LONGEST_REASON,
    LONGEST_SKU,
    LONGEST_TITLE,
    LineWish,
    OrderWish,
    RefundWish,
    ToldSums,
)

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ToldOrder:
    """The order to store, and what of it could not be said in our words, in sentences for people."""

    wish: OrderWish
    problems: tuple[str, ...] = ()


def told_order(order: RemoteOrder, known: OrderStatus | None) -> ToldOrder:
    """`known` is the status that is stored: it stays where the marketplace tells one that we do not know.

    A new order with such a status awaits its payment: that is the least that an order can say.
    """
    problems = [f"Order {order.external_id}: {each.message}" for each in order.problems]
    refunds, cut = _refunds(order)
    if cut:
        problems.append(
            f"Order {order.external_id}: its refunds are more than what was paid, {order.total.normalize():f} "
            f"{order.currency}; what is beyond does not count."
        )
    sums = ToldSums(order.subtotal, order.discount, order.total)
    wish = OrderWish(
        external_id=order.external_id,
        status=OrderStatus(order.status) if order.status else known or OrderStatus.AWAITING_PAYMENT,
        currency=order.currency,
        placed_at=order.placed_at,
        updated_at=order.updated_at,
        lines=[_line(line) for line in order.lines],
        refunds=refunds,
        url=_fitting(order.url, LONGEST_ADDRESS),
        buyer_handle=_fitting(order.buyer_handle, LONGEST_HANDLE),
        buyer_country=order.buyer_country,
        shipping=order.shipping,
        tax=order.tax,
        fees=order.fees,
        told=sums,
    )
    return ToldOrder(wish, tuple(problems))


def _line(line: RemoteLine) -> LineWish:
    return LineWish(
        line.external_id,
        _cut(line.title, LONGEST_TITLE) or line.external_id,
        line.quantity,
        line.unit_price,
        # A SKU that is cut would be another product's.
        _fitting(line.sku, LONGEST_SKU),
        min(max(line.discount, _ZERO), line.quantity * line.unit_price),
        _fitting(line.listing_external_id, LONGEST_ID),
    )


def _refunds(order: RemoteOrder) -> tuple[list[RefundWish], bool]:
    """Each refund once by its id, the settled ones first, together at most what was paid; and whether any was cut.

    A refund that is made in parts and as a whole would count twice otherwise.
    """
    left, is_cut, found = max(order.total, _ZERO), False, list[RefundWish]()
    by_id = {each.external_id: each for each in order.refunds}
    for refund in sorted(by_id.values(), key=lambda each: (not each.is_settled, each.at, each.external_id)):
        amount = min(refund.amount, left)
        is_cut |= amount < refund.amount
        left -= amount
        reason = _cut(refund.reason, LONGEST_REASON)
        found.append(RefundWish(refund.external_id, amount, refund.at, reason, refund.is_settled))
    return found, is_cut


def _cut(text: str | None, longest: int) -> str | None:
    """The text as far as it can be stored; None where nothing is left."""
    if text is None:
        return None
    if not is_storable(text):
        text = "".join(each for each in text if is_storable(each))
    return text[:longest].strip() or None


def _fitting(text: str | None, longest: int) -> str | None:
    """The text where it can be stored as a whole."""
    return text if text and text.strip() and len(text) <= longest and is_storable(text) else None
