"""Every connected seller is checked once a day, whatever else is read: a consent that was withdrawn is seen by then."""

from datetime import datetime, timedelta
from uuid import UUID

from analytics.clock import Clock
from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJobKind
from models.channels.channel import ChannelStatus
from models.channels.due import channels_to_check, claim_channel_to_check
from models.database import Database, WriteSession
from services.channel_jobs.requests import JobWish, request_job

CHECK_EVERY = timedelta(days=1)
_CHECK = JobWish(ChannelJobKind.CHECK)


async def tick_checks(db: Database, clock: Clock) -> int:
    """Asks for the checks that are due; answers how many jobs there are.

    Each channel keeps its own time of day, from the moment in which it was connected, so that the checks of all are
    spread, after an outage of ours as well.
    """
    async with db.sweep(reason="find channels to check") as session:
        due = await channels_to_check(session, clock())
    asked = 0
    for tenant_id, channel_id in due:
        async with db.write(TenantScope(tenant_id)) as session:
            asked += await _tick(session, channel_id, now=clock())
    return asked


async def _tick(session: WriteSession, channel_id: UUID, *, now: datetime) -> bool:
    channel = await claim_channel_to_check(session, channel_id, now)
    if channel is None or channel.next_check_at is None:
        return False
    missed = (now - channel.next_check_at) // CHECK_EVERY
    channel.next_check_at += (missed + 1) * CHECK_EVERY
    session.add(channel)
    if channel.status is not ChannelStatus.CONNECTED or channel.frozen_at is not None:
        return False
    await request_job(session, TenantScope(channel.tenant_id), channel, _CHECK, now=now, by=ActorKind.SCHEDULE)
    return True
