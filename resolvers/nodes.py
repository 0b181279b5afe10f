"""Anything by its global id: one table of kinds, which a vertical extends by a line."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import strawberry

from auth.permissions import Permission, require
from auth.viewer import Viewer
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import no_id, wanted_id
from resolvers.node_id import split_id


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
    return await _any_node(info, node_id, at="id")


async def nodes(info: Info, ids: list[strawberry.ID]) -> list[Any]:
    """In the order of `ids`, which resolvers/charges has counted; an exception becomes the error of its item alone."""
    signed_in(info)
    return await asyncio.gather(
        *(_any_node(info, each, at=f"ids.{place}") for place, each in enumerate(ids)), return_exceptions=True
    )


async def node_of(info: Info, node_id: str, type_name: str) -> Any:
    """The row; None when it is absent or another tenant's. Raises BadInput for no id of the type, or Forbidden."""
    kind = _readable(signed_in(info), type_name)
    return await _row(info, kind, wanted_id(node_id, type_name))


async def _any_node(info: Info, node_id: str, *, at: str) -> Any:
    viewer = signed_in(info)
    parts = split_id(node_id)
    if parts is None or parts[0] not in KINDS:
        raise no_id(node_id, at=at)
    return await _row(info, _readable(viewer, parts[0]), parts[1])


def _readable(viewer: Viewer, type_name: str) -> Kind:
    """Raises Forbidden."""
    kind = KINDS[type_name]
    if kind.permission is not None:
        require(viewer, kind.permission)
    return kind


async def _row(info: Info, kind: Kind, row_id: UUID) -> Any:
    return await getattr(info.context.loaders, kind.loader).load(row_id)
