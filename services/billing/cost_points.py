"""How many cost points a minute a caller has: as many as the tenant's price plan names, else those of the free one."""

from errors import DatabaseUnavailable
from models.acting import Acting
from services.billing.entitlements import entitlement_of
from services.billing.plans import FREE, QuotaKind
from services.billing.quotas import UsageTools

KIND = QuotaKind.COST_POINTS_PER_MINUTE
# The points under a price plan that names no limit, since the rate limiter counts up to a number.
MOST_POINTS = 100_000_000
FREE_POINTS = FREE.limits[KIND] or MOST_POINTS


async def points_a_minute(tools: UsageTools, viewer: Acting | None) -> int:
    """The tenant's points, read from Postgres at most twice a minute; the free ones while Postgres does not answer."""
    if viewer is None or viewer.tenant_id is None:
        return FREE_POINTS

    async def load() -> int:
        async with tools.db.read(viewer) as session:
            return (await entitlement_of(tools.clock, tools.vendors.billing, session)).limit(KIND) or MOST_POINTS

    try:
        return await tools.limiter.points.recall(viewer.tenant_id, load)
    except DatabaseUnavailable:
        return FREE_POINTS
