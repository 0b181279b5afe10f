"""Stores what a reading of orders brings, page by page, each in a transaction of its own; asks no marketplace.

A record that cannot be read or stored costs no other: it is remembered, to be asked for again by itself.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from integrations.selling.records import OrderPage, RemoteOrder
from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.retry import drop_retries, rename_retry
from models.database import WriteSession
from models.ids import new_id
from models.orders.shipment import OrderShipment, store_shipments
from models.orders.storing import stored_orders
from services.channel_jobs.retry_book import RetryBook
from services.orders.saving import SavedOrders, store_newer
from services.orders.syncing.passes import ChangeSpan, PartRead, span_named
from services.orders.syncing.told import told_order
from services.orders.wishes import OrderWish, refusal_of
from services.patience import patiently

_MOST_SENT = 20


@dataclass(slots=True)
class OrderKeeper(RetryBook):
    """Keeps one reading of orders; `newest` is the last change of an order that it has met."""

    kind = ChannelJobKind.SYNC_ORDERS

    newest: datetime | None = None
    # Orders that were found sent, the last ones: a list does not tell of their parcels.
    sent: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_SENT))

    async def keep(self, page: OrderPage, *, takes_equal: bool = False) -> None:
        """Stores the orders of a page that are newer than what is stored, or with `takes_equal` as new."""
        for problem in page.left_out:
            self.tell(problem.message)
        odd = {each.external_id: each.message for each in page.unreadable if each.external_id is not None}
        for each in page.unreadable:
            if each.external_id is None:
                self.tell(each.message)
        incomplete = {each.external_id: each.message for each in page.incomplete if each.external_id is not None}

        async def once() -> tuple[dict[str, str], list[str], SavedOrders]:
            outcome = SavedOrders()
            async with self.run.writing_as_tenant() as session:
                wishes, refused = await self._wishes(session, page.orders)
                await store_newer(
                    self.run.tools,
                    session,
                    self.run.channel,
                    wishes=wishes,
                    outcome=outcome,
                    takes_equal=takes_equal,
                )
                await self._store_shipments(session, page.orders)
                # One that a list shows whole by now, and as new as what is stored, was not stored: it is asked for.
                kept = {wish.external_id for wish in wishes} if takes_equal else {*outcome.stored_ids}
                readable = [each for each in kept - incomplete.keys() if each in self.waiting]
                await self.remember(session, incomplete | odd | refused)
                await drop_retries(session, self.of, readable)
                return refused, readable, outcome

        refused, readable, outcome = await patiently(once)
        stored = {*outcome.stored_ids}
        self.sent.extend(each.external_id for each in page.orders if _is_sent_bare(each, stored))
        self.waiting |= incomplete | odd | refused
        self.forget(readable)
        for order in page.orders:
            self.newest = max(self.newest or order.updated_at, order.updated_at)

    async def note(self, part: PartRead) -> None:
        """Remembers a part of which the marketplace left orders out; forgets one that is whole now."""
        name = part.window.name
        if part.is_whole:
            if name in self.waiting:
                async with self.run.writing() as session:
                    await drop_retries(session, self.of, [name])
                self.forget([name])
            return
        # A reading that ends later may have the same hole, which is to be asked for once, and ever more rarely.
        overlapping = [each for each in self.waiting if _overlap(span_named(each), part.window)]
        windows = [*filter(None, map(span_named, overlapping)), part.window]
        wide = ChangeSpan(min(each.since for each in windows), max(each.until for each in windows))
        async with self.run.writing() as session:
            await drop_retries(session, self.of, overlapping[1:])
            if overlapping and overlapping[0] != wide.name:
                await rename_retry(session, self.of, overlapping[0], wide.name)
            await self.remember(session, {wide.name: _left_out(wide)})
        self.forget(overlapping)
        self.waiting[wide.name] = _left_out(wide)

    async def _wishes(
        self, session: WriteSession, orders: Sequence[RemoteOrder]
    ) -> tuple[list[OrderWish], dict[str, str]]:
        """The orders to store, and why the others cannot be."""
        vague = [order.external_id for order in orders if order.status is None]
        known = await stored_orders(session, self.run.channel.id, vague) if vague else {}
        wishes, refused, now = list[OrderWish](), dict[str, str](), self.run.tools.clock()
        for order in orders:
            stored = known.get(order.external_id)
            told = told_order(order, None if stored is None else stored.status)
            refusal = refusal_of(told.wish, 0, now=now)
            if refusal is not None:
                refused[order.external_id] = f"Order {order.external_id}: {refusal.message}"
                continue
            wishes.append(told.wish)
            for problem in told.problems:
                self.tell(problem)
        return wishes, refused

    async def _store_shipments(self, session: WriteSession, orders: Sequence[RemoteOrder]) -> None:
        told = {order.external_id: order.shipments for order in orders if order.shipments}
        known = await stored_orders(session, self.run.channel.id, [*told]) if told else {}
        parcels = [
            OrderShipment(tenant_id=session.tenant_id, id=new_id(), order_id=known[order_id].id, **asdict(each))
            for order_id, shipments in told.items()
            if order_id in known
            for each in shipments
            if each.external_id
        ]
        await store_shipments(session, parcels)


def _is_sent_bare(order: RemoteOrder, stored: set[str]) -> bool:
    """Whether the order was stored now as one that was sent, without its parcels."""
    return order.status == "SHIPPED" and order.external_id in stored and not order.shipments


def _overlap(one: ChangeSpan | None, other: ChangeSpan) -> bool:
    return one is not None and one.since <= other.until and other.since <= one.until


def _left_out(window: ChangeSpan) -> str:
    return (
        f"The channel left orders out of its list from {window.since:%Y-%m-%d %H:%M} to {window.until:%Y-%m-%d %H:%M} "
        "UTC: Adgraph reads this part again by itself."
    )
