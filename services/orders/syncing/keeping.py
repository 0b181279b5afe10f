"""Stores what a reading of orders brings, page by page, each in a transaction of its own; asks no marketplace.

A record that cannot be read or stored costs no other: it is remembered, to be asked for again by itself.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from integrations.selling.records import OrderPage, RemoteOrder
from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.retry import (
    ChannelRetry,
    RetriesOf,
    drop_retries,
    keep_retries,
    put_off_retry,
    rename_retry,
)
from models.database import WriteSession
from models.ids import new_id
from models.orders.shipment import OrderShipment, store_shipments
from models.orders.storing import stored_orders
from services.channel_jobs.work import MOST_PROBLEMS, ChannelRun
from services.orders.saving import SavedOrders, store_newer
from services.orders.syncing.passes import ChangeSpan, PartRead, span_named
from services.orders.syncing.told import told_order
from services.orders.wishes import OrderWish, refusal_of
from services.patience import patiently

_FIRST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(days=1)
# 15 minutes doubled so often are more than a day.
_MOST_DOUBLINGS = 7
_MOST_SENT = 20


@dataclass(slots=True)
class OrderKeeper:
    """`waiting` are the records to ask for again, by the channel's ids, with what is wrong with them."""

    run: ChannelRun
    waiting: dict[str, str] = field(default_factory=dict)
    newest: datetime | None = None
    # Orders that were found sent, the last ones: a list does not tell of their parcels.
    sent: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_SENT))

    @property
    def of(self) -> RetriesOf:
        return RetriesOf(self.run.channel.id, ChannelJobKind.SYNC_ORDERS)

    async def keep(self, page: OrderPage, *, takes_equal: bool = False) -> None:
        """Stores the orders of a page that are newer than what is stored, or with `takes_equal` as new."""
        for problem in page.left_out:
            self._tell(problem.message)
        odd = {each.external_id: each.message for each in page.unreadable if each.external_id is not None}
        for each in page.unreadable:
            if each.external_id is None:
                self._tell(each.message)
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
                await self._remember(session, incomplete | odd | refused)
                await drop_retries(session, self.of, readable)
                return refused, readable, outcome

        refused, readable, outcome = await patiently(once)
        stored = {*outcome.stored_ids}
        self.sent.extend(each.external_id for each in page.orders if _is_sent_bare(each, stored))
        self.waiting |= incomplete | odd | refused
        self._forget(readable)
        for order in page.orders:
            self.newest = max(self.newest or order.updated_at, order.updated_at)

    async def note(self, part: PartRead) -> None:
        """Remembers a part of which the marketplace left orders out; forgets one that is whole now."""
        name = part.window.name
        if part.is_whole:
            if name in self.waiting:
                async with self.run.writing() as session:
                    await drop_retries(session, self.of, [name])
                self._forget([name])
            return
        # A reading that ends later may have the same hole, which is to be asked for once, and ever more rarely.
        overlapping = [each for each in self.waiting if _overlap(span_named(each), part.window)]
        windows = [*filter(None, map(span_named, overlapping)), part.window]
        wide = ChangeSpan(min(each.since for each in windows), max(each.until for each in windows))
        async with self.run.writing() as session:
            await drop_retries(session, self.of, overlapping[1:])
            if overlapping and overlapping[0] != wide.name:
                await rename_retry(session, self.of, overlapping[0], wide.name)
            await self._remember(session, {wide.name: _left_out(wide)})
        self._forget(overlapping)
        self.waiting[wide.name] = _left_out(wide)

    async def put_off(self, retry: ChannelRetry) -> None:
        """The record cannot be read now either: it is asked for again after a longer pause."""
        pause = min(_FIRST_PAUSE * 2 ** min(retry.tries, _MOST_DOUBLINGS), _LONGEST_PAUSE)
        async with self.run.writing() as session:
            await put_off_retry(session, self.of, retry, next_try_at=self.run.tools.clock() + pause)

    async def give_up(self, external_id: str, message: str) -> None:
        """The record is gone at the marketplace."""
        async with self.run.writing() as session:
            await drop_retries(session, self.of, [external_id])
        self._forget([external_id])
        self._tell(message)

    def tell_waiting(self) -> None:
        for message in self.waiting.values():
            self._tell(message)

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
                self._tell(problem)
        return wishes, refused

    async def _remember(self, session: WriteSession, odd: Mapping[str, str]) -> None:
        now = self.run.tools.clock()
        await keep_retries(session, self.of, odd, next_try_at=now + _FIRST_PAUSE, now=now)

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

    def _forget(self, external_ids: Sequence[str]) -> None:
        for external_id in external_ids:
            self.waiting.pop(external_id, None)

    def _tell(self, message: str) -> None:
        """Once, however often a page is read."""
        if len(self.run.problems) < MOST_PROBLEMS and all(each["message"] != message for each in self.run.problems):
            self.run.problem(message)


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
