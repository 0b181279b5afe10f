"""RateLimit: what is left of the points that operations cost."""

from datetime import datetime

import strawberry


@strawberry.type(
    description="The tenant's points; every operation costs what its answer may hold at most, see docs/limits.md."
)
class RateLimit:
    limit: int = strawberry.field(
        description="Points that there are at most, by the tenant's plan; as many come back in a minute."
    )
    remaining: int = strawberry.field(description="Points left, this query's paid.")
    reset_at: datetime = strawberry.field(description="When all points are there again.")
    cost: int = strawberry.field(description="Points of this query.")
