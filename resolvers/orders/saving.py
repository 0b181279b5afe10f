"""Pushing orders: the mutation and its input."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from models.orders.order import OrderStatus
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import UserError, mutation, refusal
from resolvers.scalars import Currency
from services.orders import saving
from services.orders.wishes import LineWish, OrderWish, RefundWish

# A Decimal could not be printed into the SDL.
_ZERO: Any = 0


@strawberry.input
class OrderLineInput:
    external_id: str = strawberry.field(description="The shop's own id of the line, each once in an order.")
    sku: str | None = strawberry.field(
        default=strawberry.UNSET, description="By it the product is found; at most 200 characters."
    )
    title: str = strawberry.field(description="What was sold, in 1 to 500 characters.")
    quantity: int = strawberry.field(description="How many pieces; at least 1.")
    unit_price: Decimal = strawberry.field(description="What one piece costs the buyer; at least 0.")
    discount: Decimal = strawberry.field(default=_ZERO, description="What was taken off quantity times price.")


@strawberry.input
class RefundInput:
    external_id: str = strawberry.field(description="The shop's own id of the refund, each once in an order.")
    amount: Decimal = strawberry.field(description="All refunds of an order together are at most its total.")
    at: datetime = strawberry.field(description="When the money went back.")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description="Why; at most 500 characters.")


@strawberry.input(description="An order of a SHOP. The same `externalId` replaces an older `updatedAt`.")
class OrderInput:
    external_id: str = strawberry.field(description="The shop's own id of the order; at most 200 characters.")
    status: OrderStatus = strawberry.field(description="A refund is no status: what was sold stays sold.")
    currency: Currency = strawberry.field(description="Of all amounts of the order.")
    placed_at: datetime = strawberry.field(description="When the buyer ordered.")
    updated_at: datetime = strawberry.field(
        description="When the shop changed the order last. What is not newer than the stored order is stale."
    )
    url: str | None = strawberry.field(default=strawberry.UNSET, description="Where the shop shows the order.")
    buyer_handle: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the shop calls the buyer; no name, address or e-mail."
    )
    buyer_country: str | None = strawberry.field(
        default=strawberry.UNSET, description="A code of two capital letters, such as DE."
    )
    shipping: Decimal = strawberry.field(default=_ZERO, description="What the buyer pays for shipping.")
    discount: Decimal = strawberry.field(
        default=_ZERO, description="What was taken off the whole order, besides the discounts of its lines."
    )
    tax: Decimal = strawberry.field(default=_ZERO, description="Tax on top of the prices; 0 where they contain it.")
    fees: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the shop's provider keeps; absent or null: not told yet, what was told before stays.",
    )
    lines: list[OrderLineInput] = strawberry.field(description="What was sold: 1 to 500 lines.")
    refunds: list[RefundInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All refunds of the order so far, at most 100; absent: none."
    )


@dataclass(slots=True)
class SaveOrdersAnswer:
    saved: int = 0
    stale: int = 0
    user_errors: list[UserError] = field(default_factory=list)


@mutation(SaveOrdersAnswer)
async def save_orders(info: Info, channel_id: strawberry.ID, orders: list[OrderInput]) -> SaveOrdersAnswer:
    wanted = claimed_id(info.context, channel_id, "Channel", at=["channelId"])
    found = await saving.save_orders(info.context.tools, signed_in(info), wanted, _wishes(orders))
    return SaveOrdersAnswer(found.saved, found.stale, [refusal(each, ["orders"]) for each in found.refusals])


def _wishes(orders: Sequence[OrderInput]) -> list[OrderWish]:
    return [
        OrderWish(
            external_id=order.external_id,
            status=order.status,
            currency=order.currency,
            placed_at=order.placed_at,
            updated_at=order.updated_at,
            lines=[_line(line) for line in order.lines],
            refunds=[
                RefundWish(each.external_id, each.amount, each.at, given(each.reason))
                for each in given(order.refunds) or ()
            ],
            url=given(order.url),
            buyer_handle=given(order.buyer_handle),
            buyer_country=given(order.buyer_country),
            shipping=Decimal(order.shipping),
            discount=Decimal(order.discount),
            tax=Decimal(order.tax),
            fees=given(order.fees),
        )
        for order in orders
    ]


def _line(line: OrderLineInput) -> LineWish:
    return LineWish(
        line.external_id, line.title, line.quantity, line.unit_price, given(line.sku), Decimal(line.discount)
    )
