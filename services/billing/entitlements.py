"""What a tenant may do by what it has bought: the rule from a subscription's status to a plan."""

from dataclasses import dataclass
from datetime import datetime

from models.billing.subscription import BillingStatus, BillingSubscription, billing_of
from models.database import ReadSession, WriteSession
from services.billing.plans import FREE, GRACE, Plan, QuotaKind, plan_of
from services.toolbox import Toolbox

# Paid for, or trusted to be paid; every other status, one that Stripe invents later included, is the FREE plan.
_ENTITLED = (BillingStatus.ACTIVE, BillingStatus.TRIALING, BillingStatus.PAST_DUE)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """`is_read_only`: a payment is overdue beyond its grace, so that nothing new is made."""

    plan: Plan
    is_read_only: bool = False

    def limit(self, kind: QuotaKind) -> int | None:
        """None is unlimited."""
        return self.plan.limits[kind]


def entitlement(bought: BillingSubscription | None, now: datetime) -> Entitlement:
    if bought is None or bought.status not in _ENTITLED:
        return Entitlement(FREE)
    ends_at = grace_ends_at(bought)
    return Entitlement(plan_of(bought.plan), is_read_only=ends_at is not None and now >= ends_at)


def grace_ends_at(bought: BillingSubscription) -> datetime | None:
    """Until when an unpaid subscription goes on; None when nothing is overdue."""
    if bought.status is not BillingStatus.PAST_DUE or bought.past_due_since is None:
        return None
    return bought.past_due_since + GRACE


async def entitlement_of(tools: Toolbox, session: ReadSession | WriteSession) -> Entitlement:
    """Of the session's tenant, now. Without Stripe everybody is on the FREE plan."""
    if tools.billing is None:
        return Entitlement(FREE)
    return entitlement(await billing_of(session), tools.clock())
