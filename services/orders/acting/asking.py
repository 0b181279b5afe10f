"""Asks for the jobs that tell a channel of a parcel, pay a buyer back or cancel an order; each is checked before."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from analytics.currencies import decimals_of, fits
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.channel_jobs.job import ChannelJob, ChannelJobKind, SubjectKind
from models.channel_jobs.job_queries import channel_jobs_by_ids, open_channel_jobs
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel, ChannelKind, channel_for_update
from models.database import Database, WriteSession
from models.orders.line import OrderLine, lines_by_order
from models.orders.order import OrderStatus, SalesOrder
from models.orders.refund import refunds_by_order
from models.text_match import is_storable
from services.channel_jobs.requests import JobWish, refuse_closed_channel, request_job
from services.idempotency import Answer, KeyedCall, once
from services.orders.syncing.work import REFUND_LIFE
from services.orders.wishes import AHEAD

LONGEST_CARRIER, LONGEST_CODE, LONGEST_REASON = 100, 100, 500
# Kept with each idempotency key, so they never change.
_STORED_SHIP, _STORED_REFUND, _STORED_CANCEL = "shipOrder", "refundOrder", "cancelOrder"
_ZERO = Decimal(0)
_MISSING = "There is no such order."


class CancelReason(StrEnum):
    OUT_OF_STOCK = "OUT_OF_STOCK"
    BUYER_ASKED = "BUYER_ASKED"
    ADDRESS_PROBLEM = "ADDRESS_PROBLEM"
    UNPAID = "UNPAID"


@dataclass(frozen=True, slots=True)
class ParcelWish:
    """A parcel with these lines, or without them all that the order has; `shipped_at` None is now."""

    carrier: str
    tracking_code: str
    line_ids: Sequence[UUID | None] | None = None
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundOfOrder:
    """An amount of the whole order, or lines, or with neither all that is left."""

    reason: str
    amount: Decimal | None = None
    line_ids: Sequence[UUID | None] | None = None


@dataclass(frozen=True, slots=True)
class _AskedOf:
    """The order, locked by its channel, and what of it a job needs to know."""

    session: WriteSession
    channel: Channel
    order: SalesOrder
    lines: Sequence[OrderLine]


Payload = dict[str, Any]


async def ship_order(
    db: Database, clock: Clock, viewer: Viewer, order_id: UUID | None, wish: ParcelWish, *, idempotency_key: str | None
) -> list[ChannelJob]:
    """Asks for the job that tells the channel of the parcel; needs SELL.

    Raises Refused: INVALID, NOT_FOUND, NOT_SUPPORTED for channels that are told of no parcels, CONFLICT for an order
    that is cancelled, complete or not paid, FORBIDDEN for a disconnected channel, QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.SELL)
    now = clock()
    _check_text(wish.carrier, LONGEST_CARRIER, "carrier")
    _check_text(wish.tracking_code, LONGEST_CODE, "tracking_code")
    if not any(each.isalnum() for each in wish.tracking_code):
        raise Refused(UserErrorCode.INVALID, "A tracking code has letters or digits.", field="tracking_code")
    if wish.shipped_at is not None and wish.shipped_at > now + AHEAD:
        raise Refused(UserErrorCode.INVALID, "This moment is in the future.", field="shipped_at")

    async def payload(asked: _AskedOf) -> Payload:
        _refuse(asked.order, {
            OrderStatus.CANCELLED: "This order was cancelled: nothing is to be sent.",
            OrderStatus.COMPLETED: "This order is complete: it was sent.",
            OrderStatus.AWAITING_PAYMENT: "This order is not paid yet: read the channel again once it is.",
        })  # fmt: skip
        chosen = _chosen(asked.lines, wish.line_ids)
        return {
            "carrier": wish.carrier.strip(),
            "tracking_code": wish.tracking_code.strip(),
            "shipped_at": (wish.shipped_at or now).isoformat(),
            "line_ids": [] if chosen is None else [line.external_id for line in chosen],
        }

    given = {"carrier": wish.carrier, "code": wish.tracking_code, "lines": wish.line_ids, "at": wish.shipped_at}
    call = KeyedCall(_STORED_SHIP, idempotency_key, {"order_id": str(order_id), **given})
    asking = _Asking(ChannelJobKind.SHIP, ChannelAbility.SHIP, sameness=("tracking_code",))
    return await _ask(db, clock, viewer, order_id, call=call, asking=asking, payload=payload)


async def refund_order(
    db: Database,
    clock: Clock,
    viewer: Viewer,
    order_id: UUID | None,
    wish: RefundOfOrder,
    *,
    idempotency_key: str | None,
) -> list[ChannelJob]:
    """Asks for the job that pays the buyer back; needs REFUND.

    Raises Refused as `ship_order` does; INVALID also for more than is left, CONFLICT also while another refund of the
    order is under way: its job is open, or the channel has not settled it.
    """
    require(viewer, Permission.REFUND)
    _check_text(wish.reason, LONGEST_REASON, "reason")
    if wish.amount is not None and wish.line_ids is not None:
        raise Refused(UserErrorCode.INVALID, "Say an amount or lines, not both.", field="amount")

    async def payload(asked: _AskedOf) -> Payload:
        _refuse(asked.order, {
            OrderStatus.CANCELLED: "This order was cancelled: the channel pays back what was paid.",
            OrderStatus.AWAITING_PAYMENT: "This order is not paid: there is nothing to pay back.",
        })  # fmt: skip
        return await _refund_payload(asked, wish, clock())

    given = {"amount": wish.amount, "lines": wish.line_ids, "reason": wish.reason}
    call = KeyedCall(_STORED_REFUND, idempotency_key, {"order_id": str(order_id), **given})
    asking = _Asking(ChannelJobKind.REFUND, ChannelAbility.REFUND, ("amount", "by_line"), is_alone=True)
    return await _ask(db, clock, viewer, order_id, call=call, asking=asking, payload=payload)


async def cancel_order(
    db: Database,
    clock: Clock,
    viewer: Viewer,
    order_id: UUID | None,
    reason: CancelReason,
    *,
    idempotency_key: str | None,
) -> list[ChannelJob]:
    """Asks for the job that cancels the order at its channel, which pays back what was paid; needs REFUND.

    Raises Refused as `ship_order` does; CONFLICT also for one that was sent.
    """
    require(viewer, Permission.REFUND)

    async def payload(asked: _AskedOf) -> Payload:
        _refuse(asked.order, {
            OrderStatus.CANCELLED: "This order was cancelled already.",
            OrderStatus.COMPLETED: "This order is complete: refund it instead.",
            OrderStatus.SHIPPED: "This order was sent: refund it instead.",
        })  # fmt: skip
        return {"reason": reason.value}

    call = KeyedCall(_STORED_CANCEL, idempotency_key, {"order_id": str(order_id), "reason": reason.value})
    asking = _Asking(ChannelJobKind.CANCEL, ChannelAbility.CANCEL)
    return await _ask(db, clock, viewer, order_id, call=call, asking=asking, payload=payload)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Two wishes of an order are the same where these parts of their payloads are.

    With `is_alone` another one waits until the first has ended: it is refused.
    """

    kind: ChannelJobKind
    ability: ChannelAbility
    sameness: tuple[str, ...] = ()
    is_alone: bool = False


async def _ask(
    db: Database,
    clock: Clock,
    viewer: Viewer,
    order_id: UUID | None,
    *,
    call: KeyedCall,
    asking: _Asking,
    payload: Callable[[_AskedOf], Awaitable[Payload]],
) -> list[ChannelJob]:
    async def ask() -> Answer:
        async with db.write(viewer) as session:
            asked = await _locked(session, order_id, asking.ability)
            told = await payload(asked)
            said = sha256(repr([told[name] for name in asking.sameness]).encode()).hexdigest()[:16]
            sameness = f"{asked.order.id}:{said}"
            wish = JobWish(asking.kind, SubjectKind.ORDER, asked.order.id, sameness, told)
            if asking.is_alone:
                await _refuse_beside(session, asked, wish)
            job = await request_job(session, viewer, asked.channel, wish, now=clock())
        return {"jobs": [str(job.id)]}

    answer = await once(db, clock, viewer, call, ask)
    async with db.read(viewer) as session:
        return [*await channel_jobs_by_ids(session, [UUID(each) for each in answer["jobs"]])]


async def _locked(session: WriteSession, order_id: UUID | None, ability: ChannelAbility) -> _AskedOf:
    order = None if order_id is None else await session.get(SalesOrder, (session.tenant_id, order_id))
    channel = None if order is None else await channel_for_update(session, order.channel_id)
    if order is None or channel is None:
        raise Refused(UserErrorCode.NOT_FOUND, _MISSING, field="order_id")
    if ability not in ABILITIES.get(channel.kind, ()):
        raise Refused(UserErrorCode.NOT_SUPPORTED, _not_told(channel.kind), field="order_id")
    refuse_closed_channel(channel, field="order_id")
    # What a reading has stored meanwhile counts.
    await session.refresh(order)
    [lines] = await lines_by_order(session, [order.id])
    return _AskedOf(session, channel, order, lines)


def _not_told(kind: ChannelKind) -> str:
    """What people do instead where no channel of this kind is told."""
    if kind is ChannelKind.SHOP:
        return "Adgraph cannot do this in a shop of your own: do it there, and push the order's new state."
    return f"Adgraph cannot do this at {kind.shown}: do it there. The order is read again afterwards."


def _refuse(order: SalesOrder, messages: Mapping[OrderStatus, str]) -> None:
    if order.status in messages:
        raise Refused(UserErrorCode.CONFLICT, messages[order.status], field="order_id")


async def _refuse_beside(session: WriteSession, asked: _AskedOf, wish: JobWish) -> None:
    """What is left is known again once the refund that is under way has ended."""
    for job in await open_channel_jobs(session, asked.channel.id):
        if (job.kind, job.subject_id) == (wish.kind, asked.order.id) and job.sameness != wish.same:
            message = "Another refund of this order is under way: wait until its job has ended."
            raise Refused(UserErrorCode.CONFLICT, message, field="order_id")


async def _refund_payload(asked: _AskedOf, wish: RefundOfOrder, now: datetime) -> Payload:
    order = asked.order
    [refunds] = await refunds_by_order(asked.session, [order.id])
    if any(not each.is_settled and each.refunded_at > now - REFUND_LIFE for each in refunds):
        message = "Another refund of this order is under way: wait until a reading of the orders finds it settled."
        raise Refused(UserErrorCode.CONFLICT, message, field="order_id")
    left = order.total - sum((each.amount for each in refunds), _ZERO)
    lines = _chosen(asked.lines, wish.line_ids)
    by_line = {line.external_id: _worth(line, order.currency) for line in lines or ()}
    amount = wish.amount if wish.amount is not None else sum(by_line.values(), _ZERO) if lines else left
    field = "amount" if lines is None else "line_ids"
    if not amount.is_finite() or amount <= 0:
        message = "Nothing of this order is left to pay back." if wish.amount is None else "An amount is more than 0."
        raise Refused(UserErrorCode.INVALID, message, field=field)
    if wish.amount is not None and not fits(amount, order.currency):
        message = f"An amount in {order.currency} has at most {decimals_of(order.currency)} decimals."
        raise Refused(UserErrorCode.INVALID, message, field=field)
    if amount > left:
        message = f"Of this order {left.normalize():f} {order.currency} are left to pay back."
        raise Refused(UserErrorCode.INVALID, message, field=field)
    return {
        "currency": order.currency,
        "reason": wish.reason.strip(),
        "amount": None if by_line else str(amount),
        "by_line": {line_id: str(worth) for line_id, worth in by_line.items()},
    }


def _worth(line: OrderLine, currency: str) -> Decimal:
    exact = line.quantity * line.unit_price - line.discount
    return exact.quantize(Decimal(1).scaleb(-decimals_of(currency)), ROUND_HALF_UP)


def _chosen(lines: Sequence[OrderLine], wanted: Sequence[UUID | None] | None) -> list[OrderLine] | None:
    """The lines that somebody names; None where nobody names any."""
    if wanted is None:
        return None
    by_id = {line.id: line for line in lines}
    if not wanted:
        raise Refused(UserErrorCode.INVALID, "Name at least one line, or leave the list out.", field="line_ids")
    for place, line_id in enumerate(wanted):
        if line_id not in by_id:
            raise Refused(UserErrorCode.NOT_FOUND, "The order has no such line.", field="line_ids", place=place)
    return [line for line in lines if line.id in wanted]


def _check_text(text: str, longest: int, field: str) -> None:
    if not (len(text.strip()) >= 1 and len(text) <= longest and is_storable(text) and text.isprintable()):
        raise Refused(UserErrorCode.INVALID, f"This text has 1 to {longest} characters in one line.", field=field)
