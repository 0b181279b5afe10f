"""Subscriptions: what each tenant has bought, as Stripe last told it, and the keys that calls to Stripe carry."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, update
from sqlmodel import Field, col, select

from models.columns import Row, TextEnum, one_of, owned_by_tenant
from models.database import ReadSession, WriteSession
from models.upsert import insert_unless_there


class PlanKey(StrEnum):
    FREE = "FREE"
    STARTER = "STARTER"
    PRO = "PRO"
    AGENCY = "AGENCY"


class BillingInterval(StrEnum):
    MONTH = "MONTH"
    YEAR = "YEAR"


class BillingStatus(StrEnum):
    """Stripe's statuses, and two of ours: FREE when nothing was bought, UNKNOWN for a status that is new at Stripe."""

    FREE = "FREE"
    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    UNPAID = "UNPAID"
    CANCELED = "CANCELED"
    INCOMPLETE = "INCOMPLETE"
    INCOMPLETE_EXPIRED = "INCOMPLETE_EXPIRED"
    PAUSED = "PAUSED"
    UNKNOWN = "UNKNOWN"


class BillingSubscription(Row, table=True):
    """One row per tenant that ever opened a checkout; a tenant without a row has the FREE plan.

    `plan` is the one that the price belongs to; what it entitles to today depends on the status
    (services/billing/entitlements.py). `customer_key` and `checkout_key` are stored before Stripe is called with them,
    so that a repeated call creates nothing twice. Each reading of Stripe's state has a number: `sync_number` is that of
    the reading that began last, `applied_number` the highest of those that were stored.
    """

    __tablename__ = "billing_subscription"
    __table_args__ = (
        one_of("plan", PlanKey),
        one_of("interval", BillingInterval),
        one_of("status", BillingStatus),
        owned_by_tenant(),
        # An event of Stripe names a customer and no tenant; one customer belongs to one tenant.
        Index(None, "stripe_customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    plan: PlanKey = Field(default=PlanKey.FREE, sa_type=TextEnum(PlanKey))
    interval: BillingInterval | None = Field(default=None, sa_type=TextEnum(BillingInterval))
    status: BillingStatus = Field(default=BillingStatus.FREE, sa_type=TextEnum(BillingStatus))
    current_period_end: datetime | None = None
    cancel_at_period_end: bool = False
    trial_ends_at: datetime | None = None
    past_due_since: datetime | None = None
    has_subscribed: bool = False
    customer_key: str
    stripe_customer_id: str | None = None
    stripe_subscription_id: str | None = None
    checkout_key: str | None = None
    checkout_for: str | None = None
    checkout_at: datetime | None = None
    checkout_session_id: str | None = None
    sync_number: int = 0
    applied_number: int = 0
    synced_at: datetime | None = None


async def billing_of(session: ReadSession | WriteSession) -> BillingSubscription | None:
    """The row of the session's tenant; None while nothing was ever bought."""
    return await session.get(BillingSubscription, session.tenant_id)


async def billing_for_update(session: WriteSession) -> BillingSubscription | None:
    query = select(BillingSubscription).where(BillingSubscription.tenant_id == session.tenant_id).with_for_update()
    return (await session.exec(query)).one_or_none()


async def ensure_billing(session: WriteSession, customer_key: str) -> BillingSubscription:
    """The tenant's row, locked until the session ends; a new row, with `customer_key`, when there was none."""
    fresh = BillingSubscription(tenant_id=session.tenant_id, customer_key=customer_key)
    await insert_unless_there(session, fresh, on=("tenant_id",))
    query = select(BillingSubscription).where(BillingSubscription.tenant_id == session.tenant_id).with_for_update()
    return (await session.exec(query)).one()


async def begin_sync(session: WriteSession) -> int | None:
    """Numbers a reading of Stripe's state that begins now; answers the number, None when the tenant has no row."""
    statement = (
        update(BillingSubscription)
        .where(col(BillingSubscription.tenant_id) == session.tenant_id)
        .values(sync_number=col(BillingSubscription.sync_number) + 1)
        .returning(col(BillingSubscription.sync_number))
    )
    return (await (await session.connection()).execute(statement)).scalar_one_or_none()


async def tenants_of_customer(session: WriteSession, customer_id: str) -> list[UUID]:
    """The tenants whose customer it is, by our own table; needs a session of the system role."""
    query = select(BillingSubscription.tenant_id).where(BillingSubscription.stripe_customer_id == customer_id)
    return list(await session.exec(query.limit(10)))


async def stale_customers(session: WriteSession, before: datetime, *, limit: int) -> list[UUID]:
    """Tenants whose customer's state was last read before the instant, the longest ago first.

    Needs a session of the system role.
    """
    query = select(BillingSubscription.tenant_id).where(
        col(BillingSubscription.stripe_customer_id).is_not(None),
        (col(BillingSubscription.synced_at) < before) | col(BillingSubscription.synced_at).is_(None),
    )
    return list(await session.exec(query.order_by(col(BillingSubscription.synced_at).nulls_first()).limit(limit)))
