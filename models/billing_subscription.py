"""What a tenant has bought, as Stripe last told it, and the keys under which it is asked."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.columns import Row, TextEnum, one_of, owned_by_tenant


class PlanKey(StrEnum):
    FREE = "FREE"
    STARTER = "STARTER"
    PRO = "PRO"
    AGENCY = "AGENCY"


class BillingInterval(StrEnum):
    MONTH = "MONTH"
    YEAR = "YEAR"


class BillingStatus(StrEnum):
    """Stripe's, besides FREE for nothing bought and UNKNOWN for what Stripe invents later."""

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
    """One row per tenant that ever opened a checkout; no row is the FREE plan.

    `plan` is what the price stands for; what it entitles to today depends on the status (services/entitlements.py).
    `customer_key` and `checkout_key` are stored before Stripe is called with them, so that a repeated call makes
    nothing twice. `sync_number` counts the readings of Stripe's state that have begun, `applied_number` is the latest
    begun of those that were stored.
    """

    __tablename__ = "billing_subscription"
    __table_args__ = (
        one_of("plan", PlanKey),
        one_of("interval", BillingInterval),
        one_of("status", BillingStatus),
        owned_by_tenant(),
        # A message of Stripe names its customer and no tenant; one customer belongs to one tenant.
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
