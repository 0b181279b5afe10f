"""`rateLimit`: what is left of the tenant's cost points."""

from dataclasses import dataclass
from datetime import datetime

from resolvers.context import Info, signed_in


@dataclass(frozen=True, slots=True)
class RateLimit:
    limit: int
    remaining: int
    reset_at: datetime
    cost: int


async def rate_limit(info: Info) -> RateLimit:
    signed_in(info)
    charge = await info.context.cost_charge()
    left = await info.context.tools.limiter.allowance(charge)
    return RateLimit(left.limit, left.remaining, left.reset_at, charge.amount)
