"""The subscription of a tenant as its members see it."""

from dataclasses import dataclass
from datetime import datetime

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.billing.subscription import BillingInterval, BillingStatus, BillingSubscription, billing_of
from models.database import Database
from services.billing.entitlements import entitlement, grace_ends_at
from services.billing.plans import FREE, Plan
from services.tools import Billing


@dataclass(frozen=True, slots=True)
class ShownSubscription:
    """`plan` is the price plan that the tenant may use now, which is FREE after a subscription has ended."""

    plan: Plan
    status: BillingStatus
    interval: BillingInterval | None = None
    current_period_end: datetime | None = None
    cancel_at_period_end: bool = False
    trial_ends_at: datetime | None = None
    grace_ends_at: datetime | None = None


async def subscription_of(db: Database, clock: Clock, billing: Billing | None, viewer: Viewer) -> ShownSubscription:
    """The viewer's subscription; needs READ. FREE for a tenant that has bought nothing, or without Stripe."""
    require(viewer, Permission.READ)
    if billing is None:
        return ShownSubscription(FREE, BillingStatus.FREE)
    async with db.read(viewer) as session:
        bought = await billing_of(session)
    return _shown(bought, clock()) if bought is not None else ShownSubscription(FREE, BillingStatus.FREE)


def _shown(bought: BillingSubscription, now: datetime) -> ShownSubscription:
    return ShownSubscription(
        plan=entitlement(bought, now).plan,
        status=bought.status,
        interval=bought.interval,
        current_period_end=bought.current_period_end,
        cancel_at_period_end=bought.cancel_at_period_end,
        trial_ends_at=bought.trial_ends_at,
        grace_ends_at=grace_ends_at(bought),
    )
