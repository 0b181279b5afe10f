"""Finds the channels that are due to be read or checked, over all tenants, and locks one while it is taken care of."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.channels.channel import Channel
from models.database import WriteSession

_MOST_DUE = 500


async def channels_to_sync(session: WriteSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and channel, the longest overdue first, at most 500; needs a session of the system role."""
    return await _due(session, Channel.next_sync_at, now)


async def channels_to_check(session: WriteSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """The same for checks."""
    return await _due(session, Channel.next_check_at, now)


async def claim_channel_to_sync(session: WriteSession, channel_id: UUID, now: datetime) -> Channel | None:
    """The channel, locked until the session ends; None when it is not due any more or another worker has locked it."""
    return await _claim(session, channel_id, Channel.next_sync_at, now)


async def claim_channel_to_check(session: WriteSession, channel_id: UUID, now: datetime) -> Channel | None:
    """The same for a check."""
    return await _claim(session, channel_id, Channel.next_check_at, now)


async def _due(session: WriteSession, due_at: datetime | None, now: datetime) -> list[tuple[UUID, UUID]]:
    query = select(Channel.tenant_id, Channel.id).where(col(due_at) <= now)
    rows = await session.exec(query.order_by(col(due_at)).limit(_MOST_DUE))
    return [(tenant_id, channel_id) for tenant_id, channel_id in rows]


async def _claim(session: WriteSession, channel_id: UUID, due_at: datetime | None, now: datetime) -> Channel | None:
    query = select(Channel).where(Channel.tenant_id == session.tenant_id, Channel.id == channel_id, col(due_at) <= now)
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()
