"""Plans, usage and subscription of the active tenant."""

import strawberry

from models.tenant import Tenant
from resolvers.context import Info, signed_in
from services import quotas, subscriptions
from services.plans import PLANS, Plan
from services.quotas import QuotaUsage
from services.subscriptions import ShownSubscription


def plans() -> list[Plan]:
    return list(PLANS)


async def subscription(
    root: strawberry.Parent[Tenant],  # noqa: ARG001 - always the active tenant: no other one is shown whole
    info: Info,
) -> ShownSubscription:
    return await subscriptions.subscription_of(info.context.tools, signed_in(info))


async def usage(
    root: strawberry.Parent[Tenant],  # noqa: ARG001 - see above
    info: Info,
) -> list[QuotaUsage]:
    return await quotas.usage(info.context.tools, signed_in(info))
