"""The list of queries: one line each, what they do is in resolvers/."""

import strawberry

from resolvers import tenants, viewer
from schema.field import field
from schema.tenant import Tenant
from schema.viewer import Viewer


@strawberry.type
class Query:
    """Root fields are nullable: when one fails, the others still answer."""

    viewer: Viewer | None = field(viewer.viewer, description="Who is asking; null without credentials.")
    tenant: Tenant | None = field(tenants.tenant, description="The active tenant.")
