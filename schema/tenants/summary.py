"""TenantSummary: what a member may see of a tenant that is not the active one."""

import strawberry

from resolvers.tenants import active
from schema.field import field


@strawberry.type(description="What a member may see of a tenant that is not the active one.")
class TenantSummary:
    id: strawberry.ID = field(active.tenant_id, description="The tenant's id, as `login` takes it.")
    name: str
    slug: str
