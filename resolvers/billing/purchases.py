"""Price plans, and the active tenant's usage, subscription and purchases."""

import strawberry

from models.billing.subscription import BillingInterval, PlanKey
from models.tenants.tenant import Tenant
from resolvers.context import Info, signed_in
from resolvers.mutation import mutation
from services.billing import checkout, quotas, subscriptions
from services.billing.checkout import Purchase
from services.billing.plans import PLANS, Plan
from services.billing.quotas import QuotaUsage
from services.billing.subscriptions import ShownSubscription

_HOME = "/"


def plans() -> list[Plan]:
    return list(PLANS)


async def subscription(
    root: strawberry.Parent[Tenant],  # noqa: ARG001 - always the active tenant: no other one is shown whole
    info: Info,
) -> ShownSubscription:
    return await subscriptions.subscription_of(
        info.context.tools.db, info.context.tools.clock, info.context.tools.vendors.billing, signed_in(info)
    )


async def usage(
    root: strawberry.Parent[Tenant],  # noqa: ARG001 - see above
    info: Info,
) -> list[QuotaUsage]:
    return await quotas.usage(info.context.tools, signed_in(info), await info.context.cost_charge())


@mutation("url")
async def create_checkout_session(
    info: Info,
    plan: PlanKey,
    interval: BillingInterval = BillingInterval.MONTH,
    return_path: str | None = strawberry.UNSET,
    idempotency_key: str | None = strawberry.UNSET,
) -> str:
    purchase = Purchase(plan, interval, return_path or _HOME)
    viewer = signed_in(info)
    key = None if idempotency_key is strawberry.UNSET else idempotency_key
    return await checkout.create_checkout_session(info.context.tools, viewer, purchase, idempotency_key=key)


@mutation("url")
async def create_billing_portal_session(info: Info, return_path: str | None = strawberry.UNSET) -> str:
    tools, viewer = info.context.tools, signed_in(info)
    return await checkout.create_portal_session(tools, viewer, return_path=return_path or _HOME)
