"""Acting on a case: what somebody wants is checked against what the case allows, and becomes a job."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.cases.case import CaseAction, OrderCase, OrderCaseKind, OrderCaseStatus
from models.cases.reading import OrderAtChannel, order_cases_by_ids, orders_at_channels
from models.cases.storing import case_for_update
from models.channel_jobs.job import ChannelJob, ChannelJobKind, SubjectKind
from models.channel_jobs.job_queries import channel_jobs_by_ids
from models.channels.channel import Channel, ChannelKind, channel_for_update
from models.database import Database, WriteSession
from models.orders.order import SalesOrder
from services.channel_jobs.requests import JobWish, refuse_closed_channel, request_job
from services.channel_jobs.states import FILE
from services.idempotency import Answer, KeyedCall, once

# What marketplaces take as evidence of a picture.
LARGEST_FILE_BYTES = 1_572_864
_LONGEST_MESSAGE = 1_000
_LONGEST_NAME = 100
_FINEST = 4
_OPERATION = "actOnCase"
_UNDER_WAY = "Something else is being done about this case: wait until that job has ended."
# What each action takes; with a star what it needs.
_TAKES: Mapping[CaseAction, tuple[str, ...]] = {
    CaseAction.ACCEPT: ("message",),
    CaseAction.DECLINE: ("message", "carrier", "tracking_code"),
    CaseAction.REFUND: ("amount", "message"),
    CaseAction.MARK_RECEIVED: (),
    CaseAction.PROVIDE_TRACKING: ("carrier*", "tracking_code*"),
    CaseAction.ADD_EVIDENCE: ("file*",),
    CaseAction.CONTEST: ("message",),
    CaseAction.ESCALATE: ("message",),
    CaseAction.MESSAGE: ("message*",),
}


# What the channel refunds whole or not at all.
_WHOLE_ONLY = ((ChannelKind.EBAY, OrderCaseKind.INQUIRY),)


class SentEvidence(Protocol):
    """A file that somebody has sent; `size` is in bytes."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class CaseWish:
    """What somebody wants to do about a case; None is what they did not say."""

    case_id: UUID | None
    action: CaseAction
    amount: Decimal | None = None
    message: str | None = None
    carrier: str | None = None
    tracking_code: str | None = None
    file: SentEvidence | None = None


async def act_on_case(
    db: Database, clock: Clock, viewer: Viewer, wish: CaseWish, *, idempotency_key: str
) -> list[ChannelJob]:
    """Asks for a job that does it; needs REFUND. The same wish again, while its job runs, is answered with that job.

    Raises Refused: NOT_FOUND, INVALID for what the action does not take or needs, FILE_INVALID, CONFLICT for an action
    that the case does not allow now or while another one is under way, FORBIDDEN for a disconnected channel,
    QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.REFUND)
    _check(wish)
    payload = await _payload(wish)

    async def ask() -> Answer:
        async with db.write(viewer) as session:
            return {"job": str((await _ask(session, viewer, wish, payload, clock)).id)}

    call = KeyedCall(_OPERATION, idempotency_key, {"case_id": str(wish.case_id), **payload})
    answer = await once(db, clock, viewer, call, ask)
    async with db.read(viewer) as session:
        return list(await channel_jobs_by_ids(session, [UUID(answer["job"])]))


async def _ask(
    session: WriteSession, viewer: Viewer, wish: CaseWish, payload: dict[str, Any], clock: Clock
) -> ChannelJob:
    channel, case = await _locked(session, wish.case_id)
    refuse_closed_channel(channel, field="case_id")
    if (problem := refusal_of(case, wish.action)) is not None:
        raise Refused(UserErrorCode.CONFLICT, problem, field="action")
    if wish.amount is not None:
        if (channel.kind, case.kind) in _WHOLE_ONLY:
            message = f"{channel.kind.shown} refunds this as a whole: leave the amount out."
            raise Refused(UserErrorCode.INVALID, message, field="amount")
        payload = {**payload, "currency": await _currency(session, case, wish.amount)}
    wanted = JobWish(ChannelJobKind.CASE_ACTION, SubjectKind.CASE, case.id, payload=payload)
    job = await request_job(session, viewer, channel, wanted, now=clock())
    if job.payload != payload:
        raise Refused(UserErrorCode.CONFLICT, _UNDER_WAY, field="case_id")
    return job


def refusal_of(case: OrderCase, action: CaseAction) -> str | None:
    """Why the case does not allow the action now, for people; None where it does."""
    if case.status is OrderCaseStatus.CLOSED:
        return "The case is closed: nothing can be done about it any more."
    if action.value not in case.actions:
        possible = ", ".join(case.actions) or "nothing"
        return f"The channel does not allow this now. What it allows: {possible}."
    return None


async def _locked(session: WriteSession, case_id: UUID | None) -> tuple[Channel, OrderCase]:
    """The channel first, in the order in which jobs lock them."""
    found = [] if case_id is None else await order_cases_by_ids(session, [case_id])
    channel = await channel_for_update(session, found[0].channel_id) if found else None
    case = await case_for_update(session, found[0].id) if channel is not None else None
    if channel is None or case is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such case.", field="case_id")
    return channel, case


async def _currency(session: WriteSession, case: OrderCase, amount: Decimal) -> str:
    """The currency of an amount that is to be given back, which is at most what is claimed or was paid."""
    order: SalesOrder | None = None
    if case.order_external_id is not None:
        [order] = await orders_at_channels(session, [OrderAtChannel(case.channel_id, case.order_external_id)])
    currency = case.currency or (order.currency if order is not None else None)
    if currency is None:
        message = "The order of this case is not known yet, and so not its currency: read the orders first."
        raise Refused(UserErrorCode.CONFLICT, message, field="amount")
    limits = [case.amount, order.total if order is not None and order.currency == currency else None]
    most = min((each for each in limits if each is not None), default=None)
    if most is not None and amount > most:
        raise Refused(UserErrorCode.INVALID, f"This is more than {most.normalize():f} {currency}.", field="amount")
    return currency


def _check(wish: CaseWish) -> None:
    given = {
        name: getattr(wish, name)
        for name in ("amount", "message", "carrier", "tracking_code", "file")
        if getattr(wish, name) is not None
    }
    taken = {name.removesuffix("*") for name in _TAKES[wish.action]}
    for name in given:
        if name not in taken:
            raise Refused(UserErrorCode.INVALID, f"{wish.action} takes no such value.", field=name)
    for name in (each.removesuffix("*") for each in _TAKES[wish.action] if each.endswith("*")):
        if name not in given:
            raise Refused(UserErrorCode.INVALID, f"{wish.action} needs this.", field=name)
    for name, longest in (("message", _LONGEST_MESSAGE), ("carrier", _LONGEST_NAME), ("tracking_code", _LONGEST_NAME)):
        if name in given and not (given[name].strip() and len(given[name]) <= longest and "\0" not in given[name]):
            raise Refused(UserErrorCode.INVALID, f"This has 1 to {longest:,} characters.", field=name)
    if (wish.carrier is None) != (wish.tracking_code is None):
        missing = "carrier" if wish.carrier is None else "tracking_code"
        raise Refused(UserErrorCode.INVALID, "A parcel has both a carrier and a tracking code.", field=missing)
    amount = wish.amount
    if amount is not None and not (amount.is_finite() and amount > 0 and amount == round(amount, _FINEST)):
        raise Refused(UserErrorCode.INVALID, "An amount is above 0, with at most 4 decimals.", field="amount")
    if wish.file is not None and not 0 < wish.file.size <= LARGEST_FILE_BYTES:
        raise Refused(UserErrorCode.FILE_INVALID, "A picture has at most 1.5 MB.", field="file")


async def _payload(wish: CaseWish) -> dict[str, Any]:
    """The wish as JSON, with what is in the file."""
    kept: dict[str, Any] = {
        "action": wish.action.value,
        "amount": None if wish.amount is None else format(wish.amount.normalize(), "f"),
        "message": wish.message,
        "carrier": wish.carrier,
        "tracking_code": wish.tracking_code,
    }
    if wish.file is not None:
        content = b"".join([chunk async for chunk in wish.file.chunks()])
        if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
            raise Refused(UserErrorCode.FILE_INVALID, "Evidence is a picture in JPEG or PNG.", field="file")
        kept |= {FILE: b64encode(content).decode(), "file_name": wish.file.name[:_LONGEST_NAME]}
    return {name: value for name, value in kept.items() if value is not None}
