"""Anything by its global id: one table of kinds, which a vertical extends by a line."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from auth.permissions import Permission, require
from errors import BadInput
from resolvers.context import Info, signed_in
from resolvers.node_id import split_id

LARGEST_BATCH = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """How rows behind one GraphQL type are found: the name of a loader, and the permission, None for one's own."""

    loader: str
    permission: Permission | None = Permission.READ


KINDS: Mapping[str, Kind] = {
    "AdAccount": Kind("ad_accounts_by_id"),
    "Campaign": Kind("campaigns_by_id"),
    "AdSet": Kind("ad_sets_by_id"),
    "Ad": Kind("ads_by_id"),
    "Creative": Kind("creatives_by_id"),
    "RefreshJob": Kind("refresh_jobs_by_id"),
    "AccessGrant": Kind("access_grants_by_id"),
    "Tenant": Kind("tenants_by_id"),
    "Membership": Kind("memberships_by_id"),
    "Invitation": Kind("invitations_by_id", Permission.MANAGE_MEMBERS),
    "User": Kind("users_by_id"),
    "ApiKey": Kind("api_keys_by_id", Permission.MANAGE_API_KEYS),
    "Session": Kind("auth_sessions_by_id", None),
}


async def node(info: Info, node_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> Any:
    return await node_of(info, node_id, *KINDS)


async def nodes(info: Info, ids: list[strawberry.ID]) -> list[Any]:
    """In the order of `ids`; an exception in the list becomes the error of its item alone."""
    if len(ids) > LARGEST_BATCH:
        raise BadInput("`ids` takes at most 100 ids.")
    signed_in(info)
    return await asyncio.gather(*(node_of(info, each, *KINDS) for each in ids), return_exceptions=True)


async def node_of(info: Info, node_id: str, *type_names: str) -> Any:
    """The row; None when the id is malformed, of another type, absent or another tenant's. Raises Forbidden."""
    viewer = signed_in(info)
    parts = split_id(node_id)
    if parts is None or parts[0] not in type_names or parts[0] not in KINDS:
        return None
    kind = KINDS[parts[0]]
    if kind.permission is not None:
        require(viewer, kind.permission)
    return await getattr(info.context.loaders, kind.loader).load(parts[1])
