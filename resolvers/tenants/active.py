"""The active tenant and its members."""

from datetime import datetime

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.people.user import User
from models.tenants.membership import Membership
from models.tenants.tenant import Tenant
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.node_id import encode_id
from resolvers.page import Page, window
from services.installation.administration import SeenMembership
from services.tenants import members as membership


async def tenant(info: Info) -> Tenant | None:
    viewer = signed_in(info)
    return await info.context.loaders.tenants_by_id.load(viewer.tenant_id) if viewer.tenant_id else None


async def members(
    root: strawberry.Parent[Tenant],  # noqa: ARG001 - always the active tenant: no other one is shown whole
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[Membership]:
    viewer, db = signed_in(info), info.context.db
    found = await membership.members(db, viewer, window(first, after))
    return Page(found, lambda: membership.number_of_members(db, viewer))


member = loaded(
    lambda loaders, row: row.user if isinstance(row, SeenMembership) else loaders.users_by_id.load(row.user_id),
    shows=User,
)
tenant_of_member = loaded(
    lambda loaders, row: (
        row.tenant if isinstance(row, SeenMembership) else loaders.tenant_summaries_by_id.load(row.tenant_id)
    ),
    shows=Tenant,
)


def joined_at(root: strawberry.Parent[Membership | SeenMembership]) -> datetime:
    return root.created_at


def tenant_id(root: strawberry.Parent[Tenant]) -> strawberry.ID:
    """The id of the tenant as a node, which login and switchTenant take."""
    return strawberry.ID(encode_id("Tenant", root.id))
