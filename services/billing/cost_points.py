"""How many cost points a minute a caller has: those of the tenant's plan, else the free ones."""

from auth.viewer import Viewer
from errors import DatabaseUnavailable
from services.billing.entitlements import entitlement_of
from services.billing.plans import FREE, QuotaKind
from services.toolbox import Toolbox

KIND = QuotaKind.COST_POINTS_PER_MINUTE
# A plan that names none has this many: a count must have an end.
MOST_POINTS = 100_000_000
FREE_POINTS = FREE.limits[KIND] or MOST_POINTS


async def points_a_minute(tools: Toolbox, viewer: Viewer | None) -> int:
    """Read from the plan at most twice a minute; the free ones while the database does not answer."""
    if viewer is None or viewer.tenant_id is None:
        return FREE_POINTS
    known = tools.limiter.points.find(viewer.tenant_id)
    if known is not None:
        return known
    try:
        async with tools.db.read(viewer) as session:
            allowed = await entitlement_of(tools, session)
    except DatabaseUnavailable:
        return FREE_POINTS
    points = allowed.limit(KIND) or MOST_POINTS
    tools.limiter.points.keep(viewer.tenant_id, points)
    return points
