"""Actor: who did something. The person or API key behind an actor is loaded only if the query selects it."""

from dataclasses import dataclass
from uuid import UUID

import strawberry

from models.audit.actor import ActorKind
from models.people.user import User
from models.tenants.api_key import ApiKey
from resolvers.context import Info


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor by id. `seen` is the person, if the list has loaded it already; otherwise a loader loads the person, if
    the viewer may see them.
    """

    kind: ActorKind
    user_id: UUID | None
    api_key_id: UUID | None
    seen: User | None = None


async def user(root: strawberry.Parent[Actor], info: Info) -> User | None:
    if root.seen is not None:
        return root.seen
    return await info.context.loaders.users_by_id.load(root.user_id) if root.user_id else None


async def api_key(root: strawberry.Parent[Actor], info: Info) -> ApiKey | None:
    return await info.context.loaders.api_keys_by_id.load(root.api_key_id) if root.api_key_id else None
