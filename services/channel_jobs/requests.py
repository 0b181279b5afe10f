"""Asking for a job with a marketplace: its row and its job of the queue in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from auth.permissions import Permission
from errors import Refused, UserErrorCode
from models.acting import Acting
from models.audit.actor import ActorKind
from models.audit.entry import kind_of, record
from models.channel_jobs.job import OPEN_STATUSES, ChannelJob, ChannelJobKind, SubjectKind
from models.channel_jobs.job_queries import channel_job_for_update, insert_unless_open, open_twin
from models.channels.channel import Channel, ChannelStatus
from models.database import WriteSession
from models.ids import new_id
from models.listener import notify_changes
from services.billing.freezing import refuse_frozen_channel
from services.channel_jobs import states
from services.channel_jobs.queueing import enqueue_channel_job

# What whoever asks needs; it is looked at again when the job runs.
PERMISSIONS: Mapping[ChannelJobKind, Permission] = {
    ChannelJobKind.CHECK: Permission.SELL,
    ChannelJobKind.SYNC_LISTINGS: Permission.SELL,
    ChannelJobKind.SYNC_ORDERS: Permission.SELL,
    ChannelJobKind.SYNC_CASES: Permission.SELL,
    ChannelJobKind.SYNC_CONVERSATIONS: Permission.SELL,
    ChannelJobKind.PUBLISH: Permission.SELL,
    ChannelJobKind.UPDATE: Permission.SELL,
    ChannelJobKind.END: Permission.SELL,
    ChannelJobKind.SHIP: Permission.SELL,
    ChannelJobKind.CANCEL: Permission.REFUND,
    ChannelJobKind.REFUND: Permission.REFUND,
    ChannelJobKind.CASE_ACTION: Permission.REFUND,
    ChannelJobKind.SEND_MESSAGE: Permission.SELL,
}
# Doing these twice does no harm: they read, or set what is set already.
_REPEATABLE = frozenset(
    {
        ChannelJobKind.CHECK,
        ChannelJobKind.SYNC_LISTINGS,
        ChannelJobKind.SYNC_ORDERS,
        ChannelJobKind.SYNC_CASES,
        ChannelJobKind.SYNC_CONVERSATIONS,
        ChannelJobKind.UPDATE,
        ChannelJobKind.END,
    }
)
_TRIES = 5
_BY_PEOPLE = (ActorKind.USER, ActorKind.API_KEY)


@dataclass(frozen=True, slots=True)
class JobWish:
    """A job that is asked for. A channel has one open job for each kind and `sameness`, by default the subject.

    `payload` is JSON and what the job needs to know besides its subject; nothing of it is shown.
    """

    kind: ChannelJobKind
    subject_kind: SubjectKind | None = None
    subject_id: UUID | None = None
    sameness: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def same(self) -> str:
        return f"{self.kind}:{self.sameness or self.subject_id or ''}"


def refuse_closed_channel(channel: Channel, *, field: str) -> None:
    """Raises Refused for a channel of which no job may be asked for: FORBIDDEN disconnected, QUOTA_EXCEEDED frozen."""
    if channel.status is ChannelStatus.DISCONNECTED:
        raise Refused(UserErrorCode.FORBIDDEN, "The channel is disconnected: connect it again first.", field=field)
    refuse_frozen_channel(channel, field=field)


async def request_job(
    session: WriteSession,
    actor: Acting,
    channel: Channel,
    wish: JobWish,
    *,
    now: datetime,
    by: ActorKind | None = None,
) -> ChannelJob:
    """Stores the job and queues it, in the caller's transaction; checks neither who asks nor the channel.

    Where the same is asked for already and not finished, that job is answered instead, unless it is to be cancelled:
    see `_after` and `_withdrawn`. `by` says who asks where it is no person: a schedule or a webhook. What nobody asked
    for is not in the audit log, which the job itself tells. Raises Refused CONFLICT in the rare case that the same job
    ends in this moment, again and again.
    """
    asker = by or kind_of(actor)
    job = ChannelJob(
        tenant_id=channel.tenant_id,
        id=new_id(),
        channel_id=channel.id,
        kind=wish.kind,
        subject_kind=wish.subject_kind,
        subject_id=wish.subject_id,
        sameness=wish.same,
        payload=dict(wish.payload),
        requested_by_kind=asker,
        requested_by_user_id=actor.user_id if asker in _BY_PEOPLE else None,
        requested_by_api_key_id=actor.api_key_id if asker in _BY_PEOPLE else None,
        queued_at=now,
    )
    for _ in range(_TRIES):
        if await insert_unless_open(session, job):
            return await _queued(session, actor, job)
        twin = await open_twin(session, job)
        if twin is not None and twin.cancel_requested_at is None:
            return twin
        if twin is not None and wish.kind in _REPEATABLE:
            job.sameness = _after(wish, twin)
        elif twin is not None and (goes_on := await _withdrawn(session, actor, twin.id, job)):
            return goes_on
    raise Refused(UserErrorCode.CONFLICT, "The same job was under way and has just ended: ask again.")


def _after(wish: JobWish, cancelled: ChannelJob) -> str:
    """The sameness of a job beside one that is about to end as cancelled; a channel does one thing at a time.

    The cancelled one is not locked: whoever sells has locked products, which jobs lock after themselves.
    """
    return f"{wish.same}:after:{cancelled.id}"


async def _withdrawn(session: WriteSession, actor: Acting, twin_id: UUID, again: ChannelJob) -> ChannelJob | None:
    """The job that was to be cancelled, which goes on for whoever asks again; None where it has ended.

    What it has done is known to it alone, so that another one beside it might do the same twice. Asking for it needs
    what cancelling it needs, and the caller has locked the channel, as whoever cancels does.
    """
    twin = await channel_job_for_update(session, twin_id)
    if twin is None or twin.status not in OPEN_STATUSES:
        return None
    if twin.cancel_requested_at is not None:
        # The next run asks whether whoever asks now may do it.
        twin.requested_by_kind = again.requested_by_kind
        twin.requested_by_user_id = again.requested_by_user_id
        twin.requested_by_api_key_id = again.requested_by_api_key_id
        await states.withdraw_cancelling(session, twin)
        _note(session, actor, twin)
    return twin


async def _queued(session: WriteSession, actor: Acting, job: ChannelJob) -> ChannelJob:
    stored = await session.get_one(ChannelJob, (job.tenant_id, job.id))
    await enqueue_channel_job(session, stored)
    await notify_changes(session, "CHANNEL_JOB", [stored.id])
    if stored.requested_by_kind in _BY_PEOPLE:
        _note(session, actor, stored)
    return stored


def _note(session: WriteSession, actor: Acting, job: ChannelJob) -> None:
    about = {"kind": job.kind, "channel_id": str(job.channel_id)}
    if job.subject_id is not None:
        about |= {"subject_kind": str(job.subject_kind), "subject_id": str(job.subject_id)}
    record(
        session,
        actor,
        action="channel_job.requested",
        target_type="ChannelJob",
        target_id=job.id,
        after=about,
        kind=job.requested_by_kind,
    )
