"""The table of sellers' tokens: with what a channel is reached at its marketplace. Nothing here decrypts them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete as delete_from
from sqlmodel import Field, col, select

from models.columns import TEXT_LIST, TenantRow, dated, tenant_key
from models.database import ReadSession, WriteSession


class ChannelAccess(TenantRow, table=True):
    """The one row of a channel has the channel's id. Whoever renews the tokens holds the row by `access_for_update`.

    `access_ends_at` and `refresh_ends_at` are when the marketplace says that the tokens end; a marketplace that gives
    no end leaves the latter null. `scopes` are what the seller granted. `stored_at` rises with every pair.
    """

    __tablename__ = "channel_access"
    __table_args__ = (tenant_key("id", "channel"),)

    access_enc: str
    access_ends_at: datetime
    refresh_enc: str
    refresh_ends_at: datetime | None = None
    scopes: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    stored_at: datetime = dated()


async def access_of_channel(session: ReadSession | WriteSession, channel_id: UUID) -> ChannelAccess | None:
    query = select(ChannelAccess).where(ChannelAccess.tenant_id == session.tenant_id, ChannelAccess.id == channel_id)
    return (await session.exec(query)).one_or_none()


async def access_for_update(session: WriteSession, channel_id: UUID) -> ChannelAccess | None:
    """The tokens, locked until the session ends, and read anew: somebody else may have renewed them meanwhile."""
    query = (
        select(ChannelAccess)
        .where(ChannelAccess.tenant_id == session.tenant_id, ChannelAccess.id == channel_id)
        .with_for_update()
    )
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()


async def delete_access(session: WriteSession, channel_id: UUID) -> None:
    """Deletes the channel's tokens, so that nothing here reaches its marketplace any more."""
    is_it = (col(ChannelAccess.tenant_id) == session.tenant_id, col(ChannelAccess.id) == channel_id)
    await (await session.connection()).execute(delete_from(ChannelAccess).where(*is_it))
