"""The table of browser extensions: how a channel's is paired, and which job it has at the moment."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import col, select

from models.columns import TenantRow, is_any, tenant_key
from models.database import ReadSession, WriteSession


class RelayAgent(TenantRow, table=True):
    """The one row of a channel has the channel's id. What an extension shows to be let in is not here.

    A lease is a job that the extension has until `lease_ends_at`: whoever shows another `lease_id` changes nothing.
    Of a lease that it has done its part of the id stays.
    """

    __tablename__ = "relay_agent"
    __table_args__ = (
        tenant_key("id", "channel"),
        # For the chore, which looks over all tenants.
        Index("ix_relay_agent_lease_ends", "lease_ends_at", postgresql_where="lease_id is not null"),
    )

    paired_by_user_id: UUID | None = None
    paired_at: datetime | None = None
    version: str | None = None
    seen_at: datetime | None = None
    lease_id: UUID | None = None
    lease_job_id: UUID | None = None
    lease_ends_at: datetime | None = None
    # Before this moment no item is made: a declared pause between two of them.
    next_create_at: datetime | None = None


async def agents_of_channels(session: ReadSession | WriteSession, channel_ids: Sequence[UUID]) -> Sequence[RelayAgent]:
    query = select(RelayAgent).where(RelayAgent.tenant_id == session.tenant_id, is_any(RelayAgent.id, channel_ids))
    return (await session.exec(query)).all()


async def agent_for_update(session: WriteSession, channel_id: UUID) -> RelayAgent | None:
    """The channel's extension, locked until the session ends, and read anew. The caller has locked the channel."""
    is_it = (RelayAgent.tenant_id == session.tenant_id, RelayAgent.id == channel_id)
    query = select(RelayAgent).where(*is_it).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()


async def ended_leases(session: WriteSession, now: datetime, *, most: int = 500) -> list[tuple[UUID, UUID]]:
    """Tenants and channels, over all tenants, of leases that are over and that nobody has taken back yet."""
    ends = col(RelayAgent.lease_ends_at)
    query = (
        select(RelayAgent.tenant_id, RelayAgent.id)
        .where(col(RelayAgent.lease_id).is_not(None), ends < now)
        .order_by(ends)
        .limit(most)
    )
    return [(row[0], row[1]) for row in (await (await session.connection()).execute(query))]
