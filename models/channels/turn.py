"""Channels' turns: how many jobs each channel has run while the calls that all of them share are short.

The queries look over all tenants, so they need a session of the system role.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, delete, text
from sqlmodel import Field, col

from models.channels.channel import ChannelKind
from models.columns import Row, TextEnum, one_of, owned_by_tenant
from models.database import WriteSession


class ChannelTurn(Row, table=True):
    """`used` compares channels and is no total: a channel that comes later begins at the level of the others."""

    __tablename__ = "channel_turn"
    __table_args__ = (one_of("kind", ChannelKind), owned_by_tenant())

    tenant_id: UUID = Field(primary_key=True)
    channel_id: UUID = Field(primary_key=True)
    kind: ChannelKind = Field(sa_type=TextEnum(ChannelKind))
    used: int = Field(default=0, sa_type=BigInteger)
    # Until this instant the channel counts as one that has a job to run.
    wanted_until: datetime


# A channel that comes, or comes again after it wanted nothing, begins level with the least served of those that wait,
# and where none waits with the most served: it has no advantage from the time in which it had nothing to do.
_WANT = text("""
    with others as (
        select min(used) filter (where wanted_until > :now) as least, max(used) as most
        from channel_turn where kind = :kind and channel_id <> cast(:channel_id as uuid)
    ), mine as (
        insert into channel_turn as turn (tenant_id, channel_id, kind, used, wanted_until)
        select cast(:tenant_id as uuid), cast(:channel_id as uuid), :kind, coalesce(least, most, 0), :until from others
        on conflict (tenant_id, channel_id) do update set
            used = case when turn.wanted_until > :now then turn.used else greatest(turn.used, excluded.used) end,
            wanted_until = excluded.wanted_until
        returning used
    )
    select mine.used - others.least from mine, others
""")
_TAKE = text("""
    update channel_turn set used = used + 1, wanted_until = :now
    where tenant_id = cast(:tenant_id as uuid) and channel_id = cast(:channel_id as uuid)
""")


async def want_turn(
    session: WriteSession, channel: tuple[UUID, UUID], kind: ChannelKind, *, now: datetime, until: datetime
) -> int:
    """Notes that the channel, given by its tenant and its id, has a job to run until `until`.

    Answers by how many jobs it is ahead of the least served of the other channels that wait; 0 or less when it is not.
    """
    values = {"tenant_id": channel[0], "channel_id": channel[1], "kind": kind.value, "now": now, "until": until}
    return (await (await session.connection()).execute(_WANT, values)).scalar_one() or 0


async def take_channel_turn(session: WriteSession, channel: tuple[UUID, UUID], *, now: datetime) -> None:
    """A job of the channel runs now; until its next one looks, the channel waits for none."""
    values = {"tenant_id": channel[0], "channel_id": channel[1], "now": now}
    await (await session.connection()).execute(_TAKE, values)


async def forget_channel_turns(session: WriteSession, *, before: datetime) -> int:
    """Deletes the turns of channels that have waited for none since the instant; answers how many."""
    statement = delete(ChannelTurn).where(col(ChannelTurn.wanted_until) < before)
    return (await (await session.connection()).execute(statement)).rowcount
