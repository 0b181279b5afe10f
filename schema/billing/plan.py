"""Plans, what of them is used, and what a tenant has bought."""

from datetime import datetime
from decimal import Decimal

import strawberry

from models.billing.subscription import BillingInterval, BillingStatus, PlanKey
from schema.field import field
from schema.scalars import Currency
from schema.user_error import UserError
from services.billing.plans import QuotaKind


@strawberry.type
class Quota:
    kind: QuotaKind
    limit: int | None = field(description="Null is unlimited.")


@strawberry.type(description="What a team can buy; FREE is what every team has without buying.")
class Plan:
    key: PlanKey
    name: str
    price_monthly: Decimal = field(description="Per month, when paid monthly; taxes come on top.")
    price_yearly: Decimal = field(description="Per year, when paid yearly; taxes come on top.")
    currency: Currency
    quotas: list[Quota] = field(description="One of each kind.")


@strawberry.type
class QuotaUsage:
    kind: QuotaKind
    limit: int | None = field(description="Of the plan that holds now; null is unlimited.")
    used: int = field(description="HISTORY_MONTHS: how far back the stored days reach, in begun months.")
    resets_at: datetime | None = field(description="When the count begins anew; null for what does not pass by itself.")


@strawberry.type(description="What the team has bought, as Stripe last told it.")
class BillingSubscription:
    plan: Plan = field(description="What holds now: FREE again once a subscription is cancelled or unpaid.")
    interval: BillingInterval | None
    status: BillingStatus
    current_period_end: datetime | None
    cancel_at_period_end: bool
    trial_ends_at: datetime | None
    grace_ends_at: datetime | None = field(
        description="While a payment is overdue: until then everything works, afterwards the team can only read."
    )


@strawberry.type
class BillingUrlPayload:
    url: str | None = field(
        secret=True, description="A page of Stripe's to send the browser to; it is for one use and soon ends."
    )
    user_errors: list[UserError]
