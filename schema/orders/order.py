"""Order: what a buyer ordered from a channel, with its lines and refunds."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.orders.order import OrderStatus, SalesOrder
from resolvers.channels.reading import channel_of
from resolvers.orders import reading
from schema.field import field
from schema.node import Node, entity
from schema.scalars import Currency

if TYPE_CHECKING:
    from schema.channels import Channel
    from schema.orders.case import OrderCase
    from schema.products.product import Product


@strawberry.type(description="What is known of a buyer: no name, no address, no e-mail.")
class Buyer:
    handle: str | None = field(description="What the channel calls the buyer; null: not told, or erased.")
    country: str | None = field(description="A code of two letters, such as DE; null: not told, or erased.")
    is_erased: bool = field(description="True: the channel has asked to forget the buyer.")


@strawberry.type(description="Something that an order sold.")
class OrderLine:
    id: strawberry.ID = field(reading.line_id, description="Global and opaque; a line is read with its order.")
    external_id: str = field(description="The channel's own id of the line.")
    sku: str | None = field(description="As the channel tells it; null: none.")
    title: str = field(description="As it was called when it was sold.")
    quantity: int = field(description="How many pieces.")
    unit_price: Decimal = field(description="What one piece cost the buyer.")
    discount: Decimal = field(description="What was taken off quantity times price.")
    product: Annotated["Product", strawberry.lazy("schema.products.product")] | None = field(
        reading.product, description="The one with the SKU; null: there is none, or it was erased."
    )
    unit_cost: Decimal | None = field(
        description="What one piece cost you at the time of sale, in the order's currency; null: no product, no cost "
        "or no exchange rate was known then."
    )


@strawberry.type(description="Money that went back to a buyer.")
class Refund:
    external_id: str = field(description="The channel's own id of the refund.")
    amount: Decimal = field(description="In the order's currency.")
    at: datetime = field(reading.refunded_at, description="When the money went back.")
    is_settled: bool = field(description="False: it is on its way, and does not count yet.")
    reason: str | None = field(description="Why, as the channel tells it.")


@strawberry.type(description="A parcel of an order.")
class Shipment:
    carrier: str | None = field(description="Who carries it, as the channel calls it.")
    tracking_code: str | None = field(description="Null: the channel tells none.")
    shipped_at: datetime | None = field(description="When it was sent.")
    delivered_at: datetime | None = field(description="Null: not delivered, or the channel does not tell.")


@entity(SalesOrder, description="What a buyer ordered from a channel.")
class Order(Node):
    channel: Annotated["Channel", strawberry.lazy("schema.channels")] = field(
        channel_of, description="Where it was sold."
    )
    external_id: str = field(description="The channel's own id of the order.")
    url: str | None = field(description="Where the channel shows it.")
    status: OrderStatus = field(description="As the channel told it last.")
    currency: Currency = field(description="Of all amounts of the order.")
    placed_at: datetime = field(description="When the buyer ordered.")
    updated_at: datetime = field(description="When the order changed last, by the channel.")
    buyer: Buyer | None = field(reading.buyer, description="Null: nothing is known.")
    lines: list[OrderLine] = field(reading.lines, description="What was sold, in the channel's order.")
    subtotal: Decimal = field(description="Quantities times prices, before discounts.")
    discount: Decimal = field(description="What was taken off: by the lines, and of the whole order.")
    shipping: Decimal = field(description="What the buyer pays for shipping.")
    tax: Decimal = field(description="Tax on top of the prices; 0 where they contain it.")
    total: Decimal = field(description="What the buyer pays: subtotal - discount + shipping + tax.")
    fees: Decimal | None = field(description="What the channel keeps; null: not told yet.")
    refunds: list[Refund] = field(reading.refunds, description="The oldest first.")
    cases: list[Annotated["OrderCase", strawberry.lazy("schema.orders.case")]] = field(
        reading.cases, description="Returns, cancellations, inquiries and disputes; the oldest first."
    )
    shipments: list[Shipment] = field(
        reading.shipments, description="As far as the channel was asked, by when they were sent; see docs/channels.md."
    )
    net_revenue: Decimal = field(
        reading.net_revenue,
        description="Subtotal - discount + shipping - settled refunds, without tax: what the channel's "
        "`includedTaxRate` says is in the prices is taken out. 0 when it was cancelled.",
    )
