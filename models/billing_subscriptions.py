"""Named queries of what tenants have bought."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.billing_subscription import BillingSubscription
from models.database import ReadSession, WriteSession


async def billing_of(session: ReadSession | WriteSession) -> BillingSubscription | None:
    """The row of the session's tenant; None while nothing was ever bought."""
    return await session.get(BillingSubscription, session.tenant_id)


async def billing_for_update(session: WriteSession) -> BillingSubscription | None:
    query = select(BillingSubscription).where(BillingSubscription.tenant_id == session.tenant_id).with_for_update()
    return (await session.exec(query)).one_or_none()


async def ensure_billing(session: WriteSession, customer_key: str) -> BillingSubscription:
    """The tenant's row, held until the session ends; `customer_key` is used when there was none."""
    fresh = insert(BillingSubscription).values(
        **BillingSubscription(tenant_id=session.tenant_id, customer_key=customer_key).model_dump()
    )
    await (await session.connection()).execute(fresh.on_conflict_do_nothing(index_elements=["tenant_id"]))
    query = select(BillingSubscription).where(BillingSubscription.tenant_id == session.tenant_id).with_for_update()
    return (await session.exec(query)).one()


async def begin_sync(session: WriteSession) -> int | None:
    """The number of a reading of Stripe's state that begins now; None when the tenant has no row."""
    statement = (
        update(BillingSubscription)
        .where(col(BillingSubscription.tenant_id) == session.tenant_id)
        .values(sync_number=col(BillingSubscription.sync_number) + 1)
        .returning(col(BillingSubscription.sync_number))
    )
    return (await (await session.connection()).execute(statement)).scalar_one_or_none()


async def tenants_of_customer(session: WriteSession, customer_id: str) -> list[UUID]:
    """Whose customer it is, by our own mapping; needs a session of the system role."""
    query = select(BillingSubscription.tenant_id).where(BillingSubscription.stripe_customer_id == customer_id)
    return list(await session.exec(query.limit(10)))


async def stale_customers(session: WriteSession, before: datetime, *, limit: int) -> list[UUID]:
    """Tenants with a customer whose state was last read before, the longest ago first; needs the system role."""
    query = select(BillingSubscription.tenant_id).where(
        col(BillingSubscription.stripe_customer_id).is_not(None),
        (col(BillingSubscription.synced_at) < before) | col(BillingSubscription.synced_at).is_(None),
    )
    return list(await session.exec(query.order_by(col(BillingSubscription.synced_at).nulls_first()).limit(limit)))
