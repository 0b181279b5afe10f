"""The work of the jobs SHIP, REFUND and CANCEL. The channel is asked what it has done before anything is repeated.

Each ends by reading the order, so that what the channel made of it is seen at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from errors import Refused, UserErrorCode
from integrations.selling.records import OrderPage, Parcel, RefundOrder, RemoteRefund
from models.channel_jobs.job_queries import channel_job_for_update
from models.database import WriteSession
from models.orders.order import SalesOrder
from services.channel_jobs.work import ChannelRun
from services.orders.syncing.keeping import OrderKeeper

_GONE = "The order is gone: it was deleted with its channel."
# In the payload: the refunds that the order had before this one. A next attempt needs them as well.
_KNOWN_IDS = "known_ids"


class ShipWork:
    """See services/channel_jobs/work.py."""

    async def load(self, session: WriteSession, run: ChannelRun) -> str:
        return await _external_id(session, run)

    async def do(self, run: ChannelRun, loaded: str) -> None:
        told = run.job.payload
        parcel = Parcel(
            told["carrier"], told["tracking_code"], datetime.fromisoformat(told["shipped_at"]), tuple(told["line_ids"])
        )
        await run.tell("Telling the channel of the parcel")
        await run.market.ship(loaded, parcel)
        await _read(run, loaded)

    async def store(self, session: WriteSession, run: ChannelRun, done: None) -> None:
        """The order is stored by `do`."""


class RefundWork:
    """See services/channel_jobs/work.py. It ends when the channel has taken the refund; the reading of orders settles
    it.
    """

    async def load(self, session: WriteSession, run: ChannelRun) -> str:
        return await _external_id(session, run)

    async def do(self, run: ChannelRun, loaded: str) -> None:
        known = await _known_refunds(run, loaded)
        await run.tell("Asking the channel to pay back")
        refund = await run.market.refund(loaded, _wish(run.job.payload, known))
        await _read(run, loaded, refund)

    async def store(self, session: WriteSession, run: ChannelRun, done: None) -> None:
        """The order is stored by `do`."""


class CancelWork:
    """See services/channel_jobs/work.py."""

    async def load(self, session: WriteSession, run: ChannelRun) -> str:
        return await _external_id(session, run)

    async def do(self, run: ChannelRun, loaded: str) -> None:
        await run.tell("Asking the channel to cancel the order")
        await run.market.cancel(loaded, run.job.payload["reason"])
        await _read(run, loaded)

    async def store(self, session: WriteSession, run: ChannelRun, done: None) -> None:
        """The order is stored by `do`."""


async def _external_id(session: WriteSession, run: ChannelRun) -> str:
    order = await session.get(SalesOrder, (session.tenant_id, run.job.subject_id))
    if order is None:
        raise Refused(UserErrorCode.NOT_FOUND, _GONE)
    return order.external_id


async def _known_refunds(run: ChannelRun, order_id: str) -> tuple[str, ...]:
    """The refunds that the order had before the job asked for one, noted before it asks for the first time."""
    if _KNOWN_IDS in run.job.payload:
        return tuple(run.job.payload[_KNOWN_IDS])
    order = await run.market.order(order_id)
    known = tuple(each.external_id for each in order.refunds)
    async with run.writing() as session:
        job = await channel_job_for_update(session, run.job.id)
        if job is not None:
            job.payload = {**job.payload, _KNOWN_IDS: list(known)}
            session.add(job)
    run.job.payload = {**run.job.payload, _KNOWN_IDS: list(known)}
    return known


def _wish(told: Mapping[str, Any], known: Sequence[str]) -> RefundOrder:
    return RefundOrder(
        currency=told["currency"],
        reason=told["reason"],
        amount=None if told["amount"] is None else Decimal(told["amount"]),
        by_line={line_id: Decimal(amount) for line_id, amount in told["by_line"].items()},
        known_ids=tuple(known),
    )


async def _read(run: ChannelRun, order_id: str, refund: RemoteRefund | None = None) -> None:
    """Stores what the channel has now. A refund that it does not show yet is added, until a reading shows it."""
    order = await run.market.order(order_id)
    if refund is not None and all(each.external_id != refund.external_id for each in order.refunds):
        order = replace(order, refunds=(*order.refunds, refund))
    await OrderKeeper(run).keep(OrderPage([order]), takes_equal=True)
