"""When something was done with a channel for the last time, as its jobs tell."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.database import ReadSession, WriteSession


async def last_success_of(
    session: ReadSession | WriteSession, channel_id: UUID, kind: ChannelJobKind
) -> datetime | None:
    """When the last job of this kind that succeeded had begun; None where none has."""
    is_wanted = (
        ChannelJob.tenant_id == session.tenant_id,
        ChannelJob.channel_id == channel_id,
        ChannelJob.kind == kind,
        ChannelJob.status == ChannelJobStatus.SUCCEEDED,
    )
    newest_first = col(ChannelJob.queued_at).desc(), col(ChannelJob.id).desc()
    query = select(ChannelJob.started_at).where(*is_wanted).order_by(*newest_first).limit(1)
    return (await session.exec(query)).first()
