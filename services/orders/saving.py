"""Stores orders that a shop pushes: each for itself, the newest state wins, in a few statements for all of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound, Refused, UserErrorCode
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.database import WriteSession
from models.ids import new_id
from models.listener import notify_changes
from models.listings.reading import listings_sold
from models.orders.booked_sales import put_in, take_out
from models.orders.line import OrderLine, lines_by_order
from models.orders.storing import (
    StoredOrder,
    lock_products,
    replace_parts,
    store_orders,
    store_stock,
    stored_orders,
)
from models.tenants.tenant import NO_TENANT, tenants_by_ids
from services.billing.freezing import refuse_frozen_channel
from services.billing.quotas import writable_entitlement
from services.channel_jobs.sales import end_elsewhere
from services.channels.rows import lock_channel
from services.orders.costs import load_costs
from services.orders.lines import LineWriter
from services.orders.stock import stock_of
from services.orders.wishes import OrderWish, refusal_of
from services.tools import HasClock, HasDb, HasVendors

MOST_AT_ONCE = 1_000
# Orders that are looked at before the event loop may do something else.
_IN_A_ROW = 100


class OrderTools(HasDb, HasClock, HasVendors, Protocol):
    """What stores orders: while a payment is overdue nothing is stored."""


@dataclass(slots=True)
class SavedOrders:
    """How many orders were stored, how many were not newer than what is stored, and why the others were refused.

    Of those that were stored `new` were not known before, and `stored_ids` are the channel's own ids;
    `products_changed` have another quantity.
    """

    saved: int = 0
    stale: int = 0
    new: int = 0
    products_changed: int = 0
    stored_ids: list[str] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class _PlannedRows:
    """What is to be written of orders."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    replaced: list[UUID] = field(default_factory=list)


async def save_orders(
    tools: OrderTools, viewer: Viewer, channel_id: UUID | None, wishes: Sequence[OrderWish]
) -> SavedOrders:
    """Stores new orders and newer states of known ones, with what they do to products; needs SELL.

    Of two of one id in a call the newer one counts, and the other is stale. Raises Refused: NOT_FOUND, NOT_SUPPORTED
    for a channel that is read, CONFLICT for a disconnected one, QUOTA_EXCEEDED, INVALID for more than MOST_AT_ONCE.
    What is wrong with one order is among the refusals, and costs no other.
    """
    require(viewer, Permission.SELL)
    if len(wishes) > MOST_AT_ONCE:
        message = f"One call takes at most {MOST_AT_ONCE:,} orders, not {len(wishes):,}: send them in parts."
        raise Refused(UserErrorCode.INVALID, message, field="orders")
    outcome, good = SavedOrders(), list[OrderWish]()
    for place, wish in enumerate(wishes):
        refusal = refusal_of(wish, place, now=tools.clock())
        if refusal is None:
            good.append(wish)
        else:
            outcome.refusals.append(refusal)
        if place % _IN_A_ROW == 0:
            await asyncio.sleep(0)
    async with tools.db.write(viewer) as session:
        channel = await lock_shop(tools, session, channel_id)
        await store_pushed(tools, session, viewer, channel, wishes=good, outcome=outcome)
    return outcome


async def lock_shop(tools: OrderTools, session: WriteSession, channel_id: UUID | None) -> Channel:
    """The channel, if orders may be pushed to it; the tenant and it are locked until the session ends.

    The tenant is locked so that no product is made meanwhile, which the lines would miss, and so that no two calls wait
    for each other's products. Raises Refused as `save_orders` does.
    """
    if not await lock_quotas(session):
        raise NotFound(NO_TENANT)
    await writable_entitlement(tools.clock, tools.vendors.billing, session)
    channel = await lock_channel(session, channel_id)
    if channel.kind is not ChannelKind.SHOP:
        message = f"Orders of {channel.kind.shown} are read from there: they are pushed to shops of your own alone."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="channel_id")
    if channel.status is ChannelStatus.DISCONNECTED:
        message = "This channel is disconnected: connect it again first."
        raise Refused(UserErrorCode.CONFLICT, message, field="channel_id")
    refuse_frozen_channel(channel, field="channel_id")
    return channel


async def store_pushed(
    tools: OrderTools,
    session: WriteSession,
    viewer: Viewer,
    channel: Channel,
    *,
    wishes: Sequence[OrderWish],
    outcome: SavedOrders,
    takes_equal: bool = False,
) -> None:
    """Stores orders that somebody sends, as `store_newer` does, with an entry in the audit log."""
    if wishes or not outcome.refusals:
        channel.orders_synced_at = tools.clock()
        session.add(channel)
    before = outcome.new, outcome.saved, outcome.products_changed
    await store_newer(tools, session, channel, wishes=wishes, outcome=outcome, takes_equal=takes_equal)
    if outcome.saved > before[1]:
        # Counts alone: nothing of a buyer is in the log.
        told = {
            "saved": outcome.saved - before[1],
            "new": outcome.new - before[0],
            "products_changed": outcome.products_changed - before[2],
        }
        record(session, viewer, action="orders.saved", target_type="Channel", target_id=channel.id, after=told)


async def store_newer(
    tools: HasClock,
    session: WriteSession,
    channel: Channel,
    *,
    wishes: Sequence[OrderWish],
    outcome: SavedOrders,
    takes_equal: bool = False,
) -> None:
    """Stores those of the orders that are newer than what is stored, and counts them in `outcome`.

    With `takes_equal` also those that are as new: some files tell no instant for some changes. The caller holds the
    tenant by `lock_quotas`.
    """
    known = await stored_orders(session, channel.id, [wish.external_id for wish in wishes])
    newest = _newest(wishes, known, takes_equal=takes_equal)
    outcome.saved += len(newest)
    outcome.stale += len(wishes) - len(newest)
    if not newest:
        return
    now = tools.clock()
    touched = [known[wish.external_id] for wish in newest if wish.external_id in known]
    old_lines = await lines_by_order(session, [each.id for each in touched])
    [tenant] = await tenants_by_ids(session, [session.tenant_id])
    sold_before = [line for lines in old_lines for line in lines]
    writer = await _line_writer(session, channel, newest, sold_before, tenant.time_zone)
    plan = await _planned(writer, newest, known, dict(zip(touched, old_lines, strict=True)))
    await take_out(session, {each.id: each.placed_at for each in touched}, tenant.time_zone)
    await store_orders(session, channel.id, plan.orders, plan.lines, stored_at=now)
    await put_in(session, {each["id"]: each["placed_at"] for each in plan.orders}, tenant.time_zone)
    await replace_parts(session, plan.replaced, plan.lines, plan.refunds)
    changed = writer.stock.changed()
    await store_stock(session, changed, now=now)
    await end_elsewhere(session, channel, {each["id"]: each["quantity"] for each in changed}, now=now)
    await notify_changes(session, "ORDER", [each["id"] for each in plan.orders])
    outcome.new += len(newest) - len(touched)
    outcome.products_changed += len(changed)
    outcome.stored_ids += [wish.external_id for wish in newest]


async def look_at_newer(
    session: WriteSession, channel: Channel, wishes: Sequence[OrderWish], outcome: SavedOrders
) -> None:
    """Counts in `outcome` what `store_newer` with `takes_equal` would store, and stores nothing."""
    known = await stored_orders(session, channel.id, [wish.external_id for wish in wishes])
    newest = _newest(wishes, known, takes_equal=True)
    outcome.saved += len(newest)
    outcome.stale += len(wishes) - len(newest)


def _newest(wishes: Sequence[OrderWish], known: dict[str, StoredOrder], *, takes_equal: bool) -> list[OrderWish]:
    """Of each id the newest state that is newer than what is stored, in the order in which they came."""
    newest: dict[str, OrderWish] = {}
    for wish in wishes:
        stored = newest.get(wish.external_id) or known.get(wish.external_id)
        is_as_new = takes_equal and stored is not None and wish.updated_at == stored.updated_at
        if stored is None or is_as_new or wish.updated_at > stored.updated_at:
            newest[wish.external_id] = wish
    return list(newest.values())


async def _line_writer(
    session: WriteSession, channel: Channel, wishes: Sequence[OrderWish], old: Sequence[OrderLine], time_zone: str
) -> LineWriter:
    """Knows the products that were sold, or sold before a change, locked; what they cost; and the listings."""
    named = {line.listing_external_id for wish in wishes for line in wish.lines} - {None}
    listings = await listings_sold(session, channel.id, sorted(filter(None, named))) if named else {}
    skus = {line.sku.strip() for wish in wishes for line in wish.lines if line.sku}
    ids = {line.product_id for line in old} | {product_id for _, product_id in listings.values()}
    products = await lock_products(session, sorted(skus), sorted(filter(None, ids)))
    costs = await load_costs(session, wishes, products, time_zone)
    began_at = None if channel.kind is ChannelKind.SHOP else channel.created_at
    return LineWriter(stock_of(products), costs, listings, began_at)


async def _planned(
    writer: LineWriter,
    wishes: Sequence[OrderWish],
    known: dict[str, StoredOrder],
    old: dict[StoredOrder, list[OrderLine]],
) -> _PlannedRows:
    plan = _PlannedRows()
    for place, wish in enumerate(wishes):
        before = known.get(wish.external_id)
        order_id = new_id() if before is None else before.id
        plan.orders.append(_order(wish, order_id))
        plan.lines += writer.lines(wish, order_id, before, [] if before is None else old[before])
        plan.refunds += _refunds(wish, order_id)
        if before is not None:
            plan.replaced.append(order_id)
        if place % _IN_A_ROW == 0:
            await asyncio.sleep(0)
    writer.take()
    return plan


def _order(wish: OrderWish, order_id: UUID) -> dict[str, Any]:
    sums = wish.sums
    return {
        "id": order_id,
        "external_id": wish.external_id,
        "url": wish.url,
        "status": wish.status.value,
        "currency": wish.currency,
        "placed_at": wish.placed_at,
        "updated_at": wish.updated_at,
        "buyer_handle": wish.buyer_handle,
        "buyer_country": wish.buyer_country,
        "subtotal": sums.subtotal,
        "discount": sums.discount,
        "shipping": wish.shipping,
        "tax": wish.tax,
        "total": sums.total,
        "fees": wish.fees,
    }


def _refunds(wish: OrderWish, order_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "order_id": order_id,
            "external_id": refund.external_id,
            "amount": refund.amount,
            "refunded_at": refund.at,
            "is_settled": refund.is_settled,
            "reason": refund.reason,
        }
        for refund in wish.refunds
    ]
