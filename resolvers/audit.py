"""The audit log: its list, its filter, and the fields of an entry."""

from datetime import datetime
from typing import Any

import strawberry

from errors import BadInput
from execution.limits.list_sizes import DEFAULT_PAGE
from models.audit.entry import AuditEntry, AuditFilter
from resolvers.actors import Actor
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import wanted_id
from resolvers.node_id import encode_id
from resolvers.page import Page, window
from services import audit as log
from services.installation.administration import SeenEntry

Entry = strawberry.Parent[AuditEntry | SeenEntry]


@strawberry.input(name="AuditFilter", description="Everything that is given must hold.")
class AuditFilterInput:
    actor_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The id of a User or an ApiKey."
    )
    action: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="`member.removed`, or every action of a kind with a dot at the end: `member.`",
    )
    since: datetime | None = strawberry.field(default=strawberry.UNSET, description="Included.")
    until: datetime | None = strawberry.field(default=strawberry.UNSET, description="Not included.")


async def audit_log(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter: AuditFilterInput | None = strawberry.UNSET,  # noqa: A002 - the argument's name in the API
) -> Page[AuditEntry]:
    viewer, db, wanted = signed_in(info), info.context.db, audit_filter(given(filter))
    found = await log.audit_log(db, viewer, wanted, window(first, after))
    return Page(found, lambda: log.number_of_entries(db, viewer, wanted))


def audit_filter(wanted: AuditFilterInput | None) -> AuditFilter:
    """The filter for services; raises BadInput for an `actorId` that is no id of an actor.

    The id of another tenant's actor is accepted: it matches no entry.
    """
    if wanted is None:
        return AuditFilter()
    actor_id = given(wanted.actor_id)
    actor = wanted_id(actor_id, "User", "ApiKey", at=["filter", "actorId"]) if actor_id is not None else None
    action = given(wanted.action)
    if action is not None and "\0" in action:
        raise BadInput("`filter.action` must not contain the character NUL.")
    return AuditFilter(actor, action, given(wanted.since), given(wanted.until))


def entry_id(root: Entry) -> strawberry.ID:
    return strawberry.ID(encode_id("AuditEntry", root.id))


def actor(root: Entry) -> Actor:
    if isinstance(root, SeenEntry):
        return Actor(root.actor_kind, None, root.actor_api_key_id, root.actor_user)
    return Actor(root.actor_kind, root.actor_user_id, root.actor_api_key_id)


def target_id(root: Entry) -> str | None:
    """The target's id as a node; None for a target that is no node."""
    return encode_id(root.target_type, root.target_id) if root.target_type and root.target_id else None


def changes(root: Entry) -> dict[str, Any] | None:
    if root.before is None and root.after is None:
        return None
    return {"before": root.before, "after": root.after}
