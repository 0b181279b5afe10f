"""Finds changes of orders that a marketplace's list of changes does not tell of, such as refunds at Etsy.

Once a day all orders of the last weeks are read by the time at which they were placed, a few calls for hundreds of
them, and those that differ from what is stored are stored anew. What such a list does not tell, as fees, stays, and is
asked for again of these alone.
"""

from datetime import datetime, timedelta

from integrations.errors import AccessRevoked, Barred, IntegrationError, PermissionMissing
from integrations.selling.records import OrderPage, RemoteOrder
from models.channels.channel import Channel
from models.orders.refund import OrderRefund, refunds_by_order
from models.orders.storing import StoredOrder, stored_orders
from services.channel_jobs.work import ChannelRun
from services.orders.syncing.keeping import OrderKeeper
from services.orders.syncing.passes import ChangeSpan, read_window
from services.orders.syncing.told import told_order

# After that hardly anybody is paid back any more.
LOOKED_OVER = timedelta(days=60)
LOOK_OVER_EVERY = timedelta(days=1)
# After these no further call helps now.
ENDING = (AccessRevoked, PermissionMissing, Barred)
_PUT_OFF = (
    "The orders that were placed in the last weeks could not be compared with the channel's now: Adgraph does so with "
    "the next reading."
)


def span_to_look_over(channel: Channel, until: datetime, asked: datetime | None) -> ChangeSpan | None:
    """When the orders were placed that are to be looked over; None where it is not time.

    Whoever asks for a reading `asked` from some time on wants to see what has happened since, whenever that was told.
    """
    looked_over_at = channel.orders_looked_over_at
    if channel.orders_synced_at is None:
        return None
    if asked is None and looked_over_at is not None and until - looked_over_at < LOOK_OVER_EVERY:
        return None
    begin = until - LOOKED_OVER
    return ChangeSpan(begin if asked is None else min(begin, asked), until)


async def look_over(run: ChannelRun, keeper: OrderKeeper, placed: ChangeSpan | None, *, read_to: datetime) -> bool:
    """Whether all is known now that needs it; with `placed` None only where a first reading has just read all orders.

    Whatever stands in the way, the reading of changes up to `read_to` counts.
    """
    ask = run.market.placed_orders
    if ask is None or placed is None:
        return ask is not None and run.channel.orders_synced_at is None
    try:
        async for each in read_window(ask, placed):
            if isinstance(each, OrderPage):
                await _keep_what_differs(run, keeper, each, read_to)
                run.check()
    except ENDING:
        raise
    except IntegrationError:
        run.problem(_PUT_OFF)
        return False
    return True


async def _keep_what_differs(run: ChannelRun, keeper: OrderKeeper, page: OrderPage, read_to: datetime) -> None:
    # What has changed since is told by the next reading, with all that belongs to it.
    settled = [order for order in page.orders if order.updated_at <= read_to]
    async with run.tools.db.read(run.scope) as session:
        known = await stored_orders(session, run.channel.id, [order.external_id for order in settled])
        refunds = await refunds_by_order(session, [each.id for each in known.values()])
    of_known = dict(zip(known, refunds, strict=True))
    differing = {
        order.external_id: order
        for order in settled
        if _differs(order, known.get(order.external_id), of_known.get(order.external_id, []))
    }
    if differing:
        incomplete = [each for each in page.incomplete if each.external_id in differing]
        await keeper.keep(OrderPage([*differing.values()], incomplete=incomplete), takes_equal=True)


def _differs(order: RemoteOrder, stored: StoredOrder | None, refunds: list[OrderRefund]) -> bool:
    """Whether the marketplace's order is newer, or was cancelled or paid back without becoming newer."""
    if stored is None or order.updated_at != stored.updated_at:
        return stored is None or order.updated_at > stored.updated_at
    wish = told_order(order, stored.status).wish
    told = {(each.external_id, each.amount, each.is_settled) for each in wish.refunds}
    return wish.status is not stored.status or told != {
        (each.external_id, each.amount, each.is_settled) for each in refunds
    }
