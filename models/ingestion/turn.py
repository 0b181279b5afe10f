"""Tenants' turns: how many of the platform calls that all tenants share each tenant has used.

Turns are stored only while the app's calls are short. The queries look over all tenants, so they need a session of the
system role.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, delete, text
from sqlmodel import Field, col

from models.columns import Row, TextEnum, one_of, owned_by_tenant
from models.database import WriteSession
from models.platform import Platform


class VendorTurn(Row, table=True):
    """`used` compares tenants and is no total: a tenant that comes later begins at the level of the others."""

    __tablename__ = "vendor_turn"
    __table_args__ = (one_of("platform", Platform), owned_by_tenant())

    tenant_id: UUID = Field(primary_key=True)
    platform: Platform = Field(primary_key=True, sa_type=TextEnum(Platform))
    used: int = Field(default=0, sa_type=BigInteger)
    # Until this instant the tenant counts as one that wants calls.
    wanted_until: datetime


# A tenant that comes, or comes again after it wanted no calls, begins level with the least served of those that want
# calls. Where no other wants any, it begins level with the most served of all. So it has no advantage from the time in
# which it made no calls, and no tenant owes anything from that time.
_TAKE = text("""
    with others as (
        select min(used) filter (where wanted_until > :now) as least, max(used) as most
        from vendor_turn where platform = :platform and tenant_id <> cast(:tenant_id as uuid)
    ), mine as (
        insert into vendor_turn as turn (tenant_id, platform, used, wanted_until)
        select cast(:tenant_id as uuid), :platform, coalesce(least, most, 0) + :calls, :until from others
        on conflict (tenant_id, platform) do update set
            used = case when turn.wanted_until > :now then turn.used + :calls
                else greatest(turn.used + :calls, excluded.used) end,
            wanted_until = greatest(turn.wanted_until, excluded.wanted_until)
        returning used
    )
    select mine.used - others.least from mine, others
""")


async def take_turn(
    session: WriteSession, tenant_id: UUID, platform: Platform, *, calls: int, now: datetime, until: datetime
) -> int:
    """Adds the calls that the tenant has made, and notes that it wants more until `until`.

    Answers by how many calls it is ahead of the least served of the other tenants that want calls; 0 or less when no
    other is behind it.
    """
    values = {"tenant_id": tenant_id, "platform": platform.value, "calls": calls, "now": now, "until": until}
    return (await (await session.connection()).execute(_TAKE, values)).scalar_one() or 0


async def forget_turns(session: WriteSession, *, before: datetime) -> int:
    """Deletes the turns of tenants that have wanted no calls since the instant; answers how many."""
    statement = delete(VendorTurn).where(col(VendorTurn.wanted_until) < before)
    return (await (await session.connection()).execute(statement)).rowcount
