"""What a tenant may use by what it has bought: the rule from a subscription's status to a price plan."""

from dataclasses import dataclass
from datetime import datetime

from analytics.clock import Clock
from models.billing.subscription import BillingStatus, BillingSubscription, billing_of
from models.database import ReadSession, WriteSession
from services.billing.plans import FREE, GRACE, Plan, QuotaKind, plan_of
from services.tools import Billing

# The statuses with which a subscription is paid, or trusted to be. With any other, also one that Stripe adds later, the
# tenant has the FREE plan.
_ENTITLED = (BillingStatus.ACTIVE, BillingStatus.TRIALING, BillingStatus.PAST_DUE)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """`is_read_only`: a payment is overdue for longer than its grace, so that the tenant can create nothing new."""

    plan: Plan
    is_read_only: bool = False

    def limit(self, kind: QuotaKind) -> int | None:
        """The limit of a quota; None means unlimited."""
        return self.plan.limits[kind]


def entitlement(bought: BillingSubscription | None, now: datetime) -> Entitlement:
    """What a tenant with this subscription may use at `now`."""
    if bought is None or bought.status not in _ENTITLED:
        return Entitlement(FREE)
    ends_at = grace_ends_at(bought)
    return Entitlement(plan_of(bought.plan), is_read_only=ends_at is not None and now >= ends_at)


def grace_ends_at(bought: BillingSubscription) -> datetime | None:
    """Until when a subscription with an overdue payment may still be used; None when nothing is overdue."""
    if bought.status is not BillingStatus.PAST_DUE or bought.past_due_since is None:
        return None
    return bought.past_due_since + GRACE


async def entitlement_of(clock: Clock, billing: Billing | None, session: ReadSession | WriteSession) -> Entitlement:
    """What the session's tenant may use now; where Stripe is not configured, every tenant has the FREE plan."""
    if billing is None:
        return Entitlement(FREE)
    return entitlement(await billing_of(session), clock())
