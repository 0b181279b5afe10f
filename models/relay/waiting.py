"""Queries of what a channel's jobs wait for: its browser extension, a worker, or that it is known what was done."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from models.channel_jobs.job import OPEN_STATUSES, ChannelJob
from models.columns import is_any_text
from models.database import ReadSession, WriteSession

_IS_WITH_AGENT = """exists (
    select from relay_step step
    where step.tenant_id = job.tenant_id and step.job_id = job.id and step.state in ('WANTED', 'STARTED')
)"""
_OF_WORKERS = text(f"""
    select 1 from channel_job job
    where job.tenant_id = :tenant_id and job.channel_id = :channel_id and job.status in ('QUEUED', 'RUNNING')
      and not {_IS_WITH_AGENT} limit 1
""")  # noqa: S608 - our own text
# The extension of these was not seen since `before`, and something has waited for it since then.
_WITHOUT_AGENT = text(f"""
    select channel.tenant_id, channel.id from channel
    left join relay_agent agent on agent.tenant_id = channel.tenant_id and agent.id = channel.id
    where channel.kind = 'VINTED' and channel.status = 'CONNECTED' and channel.frozen_at is null
      and (agent.seen_at is null or agent.seen_at < :before)
      and exists (
        select from channel_job job
        where job.tenant_id = channel.tenant_id and job.channel_id = channel.id
          and job.status in ('QUEUED', 'WAITING') and job.queued_at < :before and {_IS_WITH_AGENT}
      )
    order by channel.id limit 500
""")  # noqa: S608 - our own text


async def unsafe_job_of(session: WriteSession, channel_id: UUID) -> UUID | None:
    """The unfinished job of the channel of which a step may have been done that must not be done twice."""
    is_of = (ChannelJob.tenant_id == session.tenant_id, ChannelJob.channel_id == channel_id)
    is_unsafe = col(ChannelJob.memo).op("?")("unsafe")
    query = select(ChannelJob.id).where(*is_of, is_any_text(ChannelJob.status, OPEN_STATUSES), is_unsafe)
    return (await session.exec(query.order_by(col(ChannelJob.queued_at)).limit(1))).first()


async def has_job_of_workers(session: ReadSession | WriteSession, channel_id: UUID) -> bool:
    """Whether a worker has a job of the channel, or will have it at once."""
    values = {"tenant_id": session.tenant_id, "channel_id": channel_id}
    return (await (await session.connection()).execute(_OF_WORKERS, values)).first() is not None


async def channels_without_agent(session: WriteSession, *, before: datetime) -> list[tuple[UUID, UUID]]:
    """Tenants and ids of at most 500 channels, over all tenants, whose jobs have waited for it since then."""
    found = await (await session.connection()).execute(_WITHOUT_AGENT, {"before": before})
    return [(row[0], row[1]) for row in found]
