"""The mutations that tell channels what to do about orders, and their inputs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from resolvers.channel_jobs.changing import ChannelJobsAnswer
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.node_id import decode_id
from services.orders.acting import asking
from services.orders.acting.asking import CancelReason, ParcelWish, RefundOfOrder

_TYPE = "Order"
_AT = ("input", "orderId")


@strawberry.input(description="A parcel that was sent.")
class ShipOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order that it belongs to.")
    carrier: str = strawberry.field(description="Who carries it, as the channel calls it, such as DHL.")
    tracking_code: str = strawberry.field(description="With letters or digits; at most 100 characters.")
    line_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="The lines in it; absent: all that were not sent yet."
    )
    shipped_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="Absent: now.")


@strawberry.input(description="Lines, or an amount of the whole order; neither: everything that is left.")
class RefundOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order to pay back.")
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="In the order's currency; at most what is left."
    )
    line_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Lines to pay back whole, less their discounts."
    )
    reason: str = strawberry.field(
        description="Why: one of the channel's own reasons, such as ITEM_NOT_AS_DESCRIBED of eBay's, or your words."
    )


@strawberry.input(description="An order that is not to be sent.")
class CancelOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order to cancel.")
    reason: CancelReason = strawberry.field(description="What the channel is told.")


@mutation(ChannelJobsAnswer)
async def ship_order(info: Info, input: ShipOrderInput, idempotency_key: str) -> ChannelJobsAnswer:  # noqa: A002 - the API's name
    wish = ParcelWish(input.carrier, input.tracking_code, _lines(given(input.line_ids)), given(input.shipped_at))
    tools, order_id = info.context.tools, claimed_id(info.context, input.order_id, _TYPE, at=_AT)
    return ChannelJobsAnswer(
        await asking.ship_order(tools.db, tools.clock, signed_in(info), order_id, wish, idempotency_key=idempotency_key)
    )


@mutation(ChannelJobsAnswer)
async def refund_order(info: Info, input: RefundOrderInput, idempotency_key: str) -> ChannelJobsAnswer:  # noqa: A002 - the API's name
    wish = RefundOfOrder(input.reason, given(input.amount), _lines(given(input.line_ids)))
    tools, order_id = info.context.tools, claimed_id(info.context, input.order_id, _TYPE, at=_AT)
    return ChannelJobsAnswer(
        await asking.refund_order(
            tools.db, tools.clock, signed_in(info), order_id, wish, idempotency_key=idempotency_key
        )
    )


@mutation(ChannelJobsAnswer)
async def cancel_order(info: Info, input: CancelOrderInput, idempotency_key: str) -> ChannelJobsAnswer:  # noqa: A002 - the API's name
    tools, order_id = info.context.tools, claimed_id(info.context, input.order_id, _TYPE, at=_AT)
    return ChannelJobsAnswer(
        await asking.cancel_order(
            tools.db, tools.clock, signed_in(info), order_id, input.reason, idempotency_key=idempotency_key
        )
    )


def _lines(ids: Sequence[strawberry.ID] | None) -> list[UUID | None] | None:
    """What is no id of a line is no line of the order."""
    return None if ids is None else [decode_id(each, "OrderLine") for each in ids]
