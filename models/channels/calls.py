"""How many calls a marketplace leaves the whole installation, as its answers told last; of no tenant, as it limits all.

What one process is told is stored here, so that all of them pace by it.
"""

from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, select

from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.columns import Row, TextEnum, dated, one_of
from models.database import ReadSession, WriteSession


class ChannelCalls(Row, table=True):
    """`left_today` calls were left of `per_day` at `told_at`."""

    __tablename__ = "channel_calls"
    __table_args__ = (one_of("kind", ChannelKind),)

    kind: ChannelKind = Field(primary_key=True, sa_type=TextEnum(ChannelKind))
    per_day: int
    left_today: int
    told_at: datetime = dated()


async def calls_of_marketplace(session: ReadSession | WriteSession, kind: ChannelKind) -> ChannelCalls | None:
    return (await session.exec(select(ChannelCalls).where(ChannelCalls.kind == kind))).one_or_none()


async def keep_calls(session: WriteSession, calls: ChannelCalls) -> None:
    """What is stored goes on where it was told later: another process may have been faster."""
    new = insert(ChannelCalls).values(calls.model_dump())
    told = {name: new.excluded[name] for name in ("per_day", "left_today", "told_at")}
    is_newer = col(ChannelCalls.told_at) <= new.excluded.told_at
    statement = new.on_conflict_do_update(index_elements=["kind"], set_=told, where=is_newer)
    await (await session.connection()).execute(statement)


async def forget_calls(session: WriteSession, *, before: datetime) -> int:
    """Deletes what was told before the instant; answers how many marketplaces it was of."""
    statement = delete(ChannelCalls).where(col(ChannelCalls.told_at) < before)
    return (await (await session.connection()).execute(statement)).rowcount


async def count_channels_that_are_read(session: WriteSession, kind: ChannelKind) -> int:
    """Those that are read by schedule, over all tenants; needs a session of the system role."""
    query = select(func.count()).where(
        Channel.kind == kind,
        Channel.status == ChannelStatus.CONNECTED,
        col(Channel.next_sync_at).is_not(None),
        col(Channel.frozen_at).is_(None),
    )
    return (await session.exec(query)).one()
