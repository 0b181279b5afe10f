"""Channels' turns: how many jobs each channel has run while the calls that all of them share are short.

The queries look over all tenants, so they need a session of the system role.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, delete, text
from sqlmodel import Field, col

from models.channels.channel import Channel, ChannelKind
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
    # Until this instant it counts as one that has a job to run which goes before those that schedules ask for.
    urgent_until: datetime | None = None


# A channel that comes, or comes again after it wanted nothing, begins level with the least served of those that wait,
# and where none waits with the most served: it has no advantage from the time in which it had nothing to do.
_WANT = text("""
    with others as (
        select
            min(used) filter (where wanted_until > :now) as least,
            min(used) filter (where urgent_until > :now) as least_urgent,
            max(used) as most
        from channel_turn where kind = :kind and channel_id <> cast(:channel_id as uuid)
    ), mine as (
        insert into channel_turn as turn (tenant_id, channel_id, kind, used, wanted_until, urgent_until)
        select
            cast(:tenant_id as uuid), cast(:channel_id as uuid), :kind, coalesce(least, most, 0), :until,
            case when :is_urgent then cast(:until as timestamptz) end
        from others
        on conflict (tenant_id, channel_id) do update set
            used = case when turn.wanted_until > :now then turn.used else greatest(turn.used, excluded.used) end,
            wanted_until = excluded.wanted_until,
            urgent_until = coalesce(excluded.urgent_until, turn.urgent_until)
        returning used
    )
    select case
        when :is_urgent then mine.used - least_urgent
        when least_urgent is not null then greatest(mine.used - least, 1)
        else mine.used - least
    end from mine, others
""")
_TAKE = text("""
    update channel_turn set used = used + 1, wanted_until = :now, urgent_until = null
    where tenant_id = cast(:tenant_id as uuid) and channel_id = cast(:channel_id as uuid)
""")


async def want_turn(session: WriteSession, channel: Channel, *, now: datetime, until: datetime, is_urgent: bool) -> int:
    """Notes that the channel has a job to run until `until`.

    Answers by how many jobs it is ahead of the least served of the other channels that wait; 0 or less when it is not.
    An urgent job looks at other channels with urgent ones alone, and any other job is behind those.
    """
    values = {
        "tenant_id": channel.tenant_id,
        "channel_id": channel.id,
        "kind": channel.kind.value,
        "now": now,
        "until": until,
        "is_urgent": is_urgent,
    }
    return (await (await session.connection()).execute(_WANT, values)).scalar_one() or 0


async def take_channel_turn(session: WriteSession, channel: Channel, *, now: datetime) -> None:
    """A job of the channel runs now; until its next one looks, the channel waits for none."""
    values = {"tenant_id": channel.tenant_id, "channel_id": channel.id, "now": now}
    await (await session.connection()).execute(_TAKE, values)


async def forget_channel_turns(session: WriteSession, *, before: datetime) -> int:
    """Deletes the turns of channels that have waited for none since the instant; answers how many."""
    statement = delete(ChannelTurn).where(col(ChannelTurn.wanted_until) < before)
    return (await (await session.connection()).execute(statement)).rowcount
