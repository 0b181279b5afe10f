"""Orders as clients read them: the lists, and what an order and its lines show."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.cases.case import OrderCase
from models.cases.reading import OrderAtChannel
from models.channels.channel import Channel
from models.keyset import PageBelow
from models.orders.line import OrderLine
from models.orders.listing import OrderFilter, OrdersOfChannel, PageOfOrders
from models.orders.order import OrderStatus, SalesOrder
from models.orders.refund import OrderRefund
from models.orders.shipment import OrderShipment
from models.products.product import Product
from resolvers.batching import loaded, with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.text_match import TextMatchInput, text_match
from resolvers.node_id import encode_id
from resolvers.page import Page, pages_below, window
from services.orders import reading
from services.orders.reading import OrderQuestion


@strawberry.input(description="All given parts must hold.", name="OrderFilter")
class OrderFilterInput:
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of these channels."
    )
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those that sold one of these products."
    )
    status: list[OrderStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Those in one of these states."
    )
    placed: DateRangeInput | None = strawberry.field(
        default=strawberry.UNSET, description="Those that were placed on these days of the tenant's time zone."
    )
    text: TextMatchInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Matches the channel's own id of the order, or the title or SKU of a line.",
    )


OrderFilterArgument = Annotated[OrderFilterInput | None, strawberry.argument(name="filter")]


@dataclass(frozen=True, slots=True)
class ShownBuyer:
    handle: str | None
    country: str | None
    is_erased: bool


async def orders(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: OrderFilterArgument = strawberry.UNSET,
) -> Page[SalesOrder]:
    viewer, db, clock = signed_in(info), info.context.db, info.context.tools.clock
    question = _question(given(filter_))
    found = await reading.orders(db, clock, viewer, question, window(first, after))
    return Page(found, lambda: reading.number_of_orders(db, clock, viewer, question))


async def orders_of_channel(
    root: strawberry.Parent[Channel],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: OrderFilterArgument = strawberry.UNSET,
) -> Page[SalesOrder]:
    [page] = await _orders_of_channels([root], info, first, after, filter_)
    return page


async def _orders_of_channels(
    root: Sequence[Channel],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: OrderFilterArgument = strawberry.UNSET,
) -> list[Page[SalesOrder]]:
    loaders, wanted_window = info.context.loaders, window(first, after)
    wanted = await _filter(info, _question(given(filter_)))
    keys = [
        (PageOfOrders(PageBelow(each.id, wanted_window), wanted), OrdersOfChannel(each.id, wanted)) for each in root
    ]
    return await pages_below(loaders.orders_by_channel, loaders.order_counts_by_channel, keys)


with_list_form(orders_of_channel, _orders_of_channels)
lines = loaded(lambda loaders, order: loaders.lines_by_order.load(order.id), shows=list[OrderLine])
product = loaded(
    lambda loaders, line: loaders.products_by_id.load(line.product_id) if line.product_id else None, shows=Product
)
shipments = loaded(lambda loaders, order: loaders.shipments_by_order.load(order.id), shows=list[OrderShipment])
refunds = loaded(lambda loaders, order: loaders.refunds_by_order.load(order.id), shows=list[OrderRefund])
cases = loaded(
    lambda loaders, order: loaders.cases_by_order.load(OrderAtChannel(order.channel_id, order.external_id)),
    shows=list[OrderCase],
)


def buyer(root: strawberry.Parent[SalesOrder]) -> ShownBuyer | None:
    if root.buyer_handle is None and root.buyer_country is None and root.buyer_erased_at is None:
        return None
    return ShownBuyer(root.buyer_handle, root.buyer_country, root.buyer_erased_at is not None)


async def net_revenue(root: strawberry.Parent[SalesOrder], info: Info) -> Decimal:
    [amount] = await _net_revenues([root], info)
    return amount


async def _net_revenues(root: Sequence[SalesOrder], info: Info) -> list[Decimal]:
    loaders = info.context.loaders
    refunded, channels = await gather(
        loaders.refunds_by_order.load_many([order.id for order in root]),
        loaders.channels_by_id.load_many([order.channel_id for order in root]),
    )
    return [
        reading.net_revenue(order, of_order, channel.included_tax_rate if channel is not None else None)
        for order, of_order, channel in zip(root, refunded, channels, strict=True)
    ]


with_list_form(net_revenue, _net_revenues)


def refunded_at(root: strawberry.Parent[OrderRefund]) -> datetime:
    return root.refunded_at


def line_id(root: strawberry.Parent[OrderLine]) -> strawberry.ID:
    return strawberry.ID(encode_id("OrderLine", root.id))


async def _filter(info: Info, question: OrderQuestion) -> OrderFilter:
    """The filter; what it needs of the tenant is loaded once for all lists of the answer."""
    tenant_id = signed_in(info).tenant_id
    if question.placed is None or tenant_id is None:
        return question.wanted
    tenant = await info.context.loaders.tenants_by_id.load(tenant_id)
    return reading.filter_in(question, tenant.time_zone if tenant else "UTC", info.context.tools.clock())


def _question(asked: OrderFilterInput | None) -> OrderQuestion:
    if asked is None:
        return OrderQuestion(OrderFilter())
    wanted = OrderFilter(
        channel_ids=given_ids(asked.channel_ids, "channelIds", of="Channel"),
        product_ids=given_ids(asked.product_ids, "productIds", of="Product"),
        status=given_list(asked.status, "status"),
        text=text_match(given(asked.text)),
    )
    placed = given(asked.placed)
    return OrderQuestion(wanted, None if placed is None else asked_range(placed))
