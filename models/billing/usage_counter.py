"""Quotas: the table that counts a tenant's daily use, and the queries that count accounts, members and stored days."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, func, select

from models.ads.ad_account import AdAccount
from models.channels.channel import Channel
from models.columns import Row, owned_by_tenant
from models.database import ReadSession, WriteSession
from models.products.product import Product
from models.tenants.membership import Membership
from models.tenants.tenant import Tenant


class UsageCounter(Row, table=True):
    """One row per tenant, quota and day in UTC; it only rises."""

    __tablename__ = "usage_counter"
    __table_args__ = (CheckConstraint("used >= 0", name="used"), owned_by_tenant())

    tenant_id: UUID = Field(primary_key=True)
    quota: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    used: int = 0


async def count_use(session: WriteSession, quota: str, *, day: date, limit: int | None) -> int | None:
    """Counts one more use and answers the new number; None, and nothing is counted, when it would exceed `limit`.

    It is one statement: of any number of callers at once, only as many succeed as the limit has room for.
    """
    if limit == 0:
        return None
    fresh = insert(UsageCounter).values(tenant_id=session.tenant_id, quota=quota, day=day, used=1)
    total = col(UsageCounter.used) + 1
    statement = fresh.on_conflict_do_update(
        index_elements=["tenant_id", "quota", "day"],
        set_={"used": total},
        where=None if limit is None else total <= limit,
    ).returning(col(UsageCounter.used))
    return (await (await session.connection()).execute(statement)).scalar_one_or_none()


async def uncount_use(session: WriteSession, quota: str, *, day: date) -> None:
    """Takes back one use that was counted before in the same session."""
    statement = (
        update(UsageCounter)
        .where(
            col(UsageCounter.tenant_id) == session.tenant_id,
            col(UsageCounter.quota) == quota,
            col(UsageCounter.day) == day,
        )
        .values(used=col(UsageCounter.used) - 1)
    )
    await (await session.connection()).execute(statement)


async def used_on(session: ReadSession | WriteSession, day: date) -> dict[str, int]:
    """What was counted on the day, by quota."""
    query = select(UsageCounter).where(UsageCounter.tenant_id == session.tenant_id, UsageCounter.day == day)
    return {row.quota: row.used for row in await session.exec(query)}


async def forget_counters_before(session: WriteSession, day: date) -> int:
    """Deletes the counters of earlier days, of all tenants; answers how many. Needs a session of the system role."""
    statement = delete(UsageCounter).where(col(UsageCounter.day) < day)
    return (await (await session.connection()).execute(statement)).rowcount


async def lock_quotas(session: WriteSession) -> bool:
    """Locks the tenant's row until the session ends, so that nobody else adds what this transaction has counted.

    Other transactions may still insert rows with a foreign key to the tenant, and hold it (`hold_tenant`). Answers
    whether the tenant is there: one that was deleted is not, and one that is stays while the session lasts.
    """
    query = select(Tenant.deleted_at).where(Tenant.id == session.tenant_id).with_for_update(key_share=True)
    return list(await session.exec(query)) == [None]


async def count_connected_accounts(session: ReadSession | WriteSession) -> int:
    query = select(func.count()).where(
        AdAccount.tenant_id == session.tenant_id, col(AdAccount.disconnected_at).is_(None)
    )
    return (await session.exec(query)).one()


async def count_channels(session: ReadSession | WriteSession) -> int:
    """Those that are not disconnected."""
    query = select(func.count()).where(Channel.tenant_id == session.tenant_id, col(Channel.disconnected_at).is_(None))
    return (await session.exec(query)).one()


async def count_products(session: ReadSession | WriteSession) -> int:
    """Those that are not deleted."""
    query = select(func.count()).where(Product.tenant_id == session.tenant_id, col(Product.deleted_at).is_(None))
    return (await session.exec(query)).one()


async def count_memberships(session: ReadSession | WriteSession) -> int:
    return (await session.exec(select(func.count()).where(Membership.tenant_id == session.tenant_id))).one()


async def oldest_stored_day(session: ReadSession | WriteSession) -> date | None:
    """The oldest stored day of all connected accounts; None when nothing is stored."""
    query = select(func.min(AdAccount.data_from)).where(
        AdAccount.tenant_id == session.tenant_id, col(AdAccount.disconnected_at).is_(None)
    )
    return (await session.exec(query)).one()
