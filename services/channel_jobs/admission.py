"""What becomes of a job that no worker has at the moment: it may run, waits for somebody, or ends. One rule for all.

Asked when a worker claims a job, and by the chore that looks after jobs that wait.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_by_id, channel_job_for_update
from models.channels.channel import Channel, ChannelStatus, channel_for_update
from models.database import WriteSession
from services.channel_jobs import states
from services.channel_jobs.failures import ASKER_LEFT, EXPIRED, GIVEN_UP, ChannelJobFailure
from services.channel_jobs.requests import PERMISSIONS
from services.queued.askers import load_permissions_of_asker

# A job that is older is not done any more: what was asked for may be wrong by now.
LONGEST_LIFE = timedelta(hours=24)
_FROZEN = "The price plan has no room for this channel: choose another plan, or disconnect another channel."
_PENDING = "The channel is not connected yet."
_ATTENTION = "The channel needs somebody to look after it: check the channel."


@dataclass(frozen=True, slots=True)
class Waits:
    """The job waits until somebody has done what the reason says."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ends:
    """The job ends: failed, or cancelled where there is no failure."""

    failure: ChannelJobFailure | None = None


async def lock_with_channel(session: WriteSession, job_id: UUID) -> tuple[ChannelJob, Channel] | None:
    """The job and its channel, both locked, the channel first; None where one of them is gone."""
    found = await channel_job_by_id(session, job_id)
    channel = None if found is None else await channel_for_update(session, found.channel_id)
    job = None if channel is None else await channel_job_for_update(session, job_id)
    return None if job is None or channel is None else (job, channel)


async def admit(session: WriteSession, job: ChannelJob, channel: Channel, *, now: datetime) -> Waits | Ends | None:
    """What becomes of the job; None where it may run. The caller has locked both."""
    if channel.status is ChannelStatus.DISCONNECTED:
        return Ends()
    if job.cancel_requested_at is not None and not states.is_unsafe(job):
        return Ends()
    if now - job.queued_at > LONGEST_LIFE:
        return Ends(EXPIRED)
    allowed = await load_permissions_of_asker(session, job)
    if allowed is not None and PERMISSIONS[job.kind] not in allowed:
        return Ends(ASKER_LEFT)
    reason = _reason_to_wait(channel, job.kind)
    return None if reason is None else Waits(reason)


async def settle(session: WriteSession, job: ChannelJob, verdict: Waits | Ends, *, now: datetime) -> None:
    """Does what `admit` says, of a job that is not RUNNING or whose run is lost."""
    if isinstance(verdict, Ends):
        if verdict.failure is None:
            await cancel_or_fail(session, job, now=now)
        else:
            await states.fail(session, job, verdict.failure, now=now)
        return
    if job.status is ChannelJobStatus.UNCERTAIN:
        await states.requeue(session, job)
    if (job.status, job.wait_reason) != (ChannelJobStatus.WAITING, verdict.reason):
        await states.wait(session, job, reason=verdict.reason, until=None)


async def cancel_or_fail(session: WriteSession, job: ChannelJob, *, now: datetime) -> None:
    """Ends the job as cancelled; one within a step that may have been done fails, since nobody looks any more."""
    if states.is_unsafe(job):
        await states.fail(session, job, GIVEN_UP, now=now)
    else:
        await states.finish(session, job, ChannelJobStatus.CANCELLED, now=now)


def _reason_to_wait(channel: Channel, kind: ChannelJobKind) -> str | None:
    if channel.frozen_at is not None:
        return _FROZEN
    # A check is what finds out that all is well, at first and again.
    if kind is ChannelJobKind.CHECK:
        return None
    if channel.status is ChannelStatus.PENDING:
        return _PENDING
    if channel.status is ChannelStatus.ATTENTION:
        return channel.reason or _ATTENTION
    return None
