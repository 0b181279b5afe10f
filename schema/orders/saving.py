"""The mutations that push orders or tell channels what to do about them, and their payload."""

import strawberry

from resolvers.orders import acting, importing, saving
from schema.channel_jobs.mutations import ChannelJobsPayload
from schema.field import field
from schema.imports import ImportReportPayload
from schema.user_error import UserError


@strawberry.type
class SaveOrdersPayload:
    saved: int = field(description="How many orders were stored.")
    stale: int = field(description="How many were not newer than what is stored, and left out.")
    user_errors: list[UserError]


@strawberry.type
class OrderMutations:
    save_orders: SaveOrdersPayload | None = field(
        saving.save_orders,
        description="Stores orders of a SHOP, at most 1,000, each for itself: what is wrong with one is a user error "
        "with the path to it, and the others are stored. To send an order again changes nothing; a newer `updatedAt` "
        "replaces it whole. A sale lowers the quantity of the product with the line's SKU, and a cancelled order gives "
        "it back. A request with this mutation alone may have 4 MiB. Needs SELL.",
        is_large=True,
    )
    import_orders: ImportReportPayload | None = field(
        importing.import_orders,
        description="Reads a CSV file of orders of a SHOP: an export of Shopify, of WooCommerce with a line for each "
        "item, of the payments of Stripe, or columns named as in OrderInput. Each order is stored for itself, as by "
        "`saveOrders`, and one that is older than what is stored is left out. Sending the same file twice changes "
        "nothing. One import of a team runs at once. Needs SELL.",
        weight=50,
    )
    ship_order: ChannelJobsPayload | None = field(
        acting.ship_order,
        description="Tells the channel of a parcel. CONFLICT: the order is cancelled, complete or not paid. Needs "
        "SELL.",
    )
    refund_order: ChannelJobsPayload | None = field(
        acting.refund_order,
        description="Pays the buyer back by the channel. The job ends when the channel has taken the refund, which "
        "settles later: `Refund.isSettled`. CONFLICT: the order is cancelled or not paid, or another refund of it is "
        "under way. Needs REFUND.",
    )
    cancel_order: ChannelJobsPayload | None = field(
        acting.cancel_order,
        description="Cancels the order at its channel, which pays back what was paid. CONFLICT: it is cancelled "
        "already, or was sent. Needs REFUND.",
    )
