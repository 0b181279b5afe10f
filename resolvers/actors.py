"""Who did something: what the API shows of them is loaded when it is selected."""

from dataclasses import dataclass
from uuid import UUID

import strawberry

from models.audit.actor import ActorKind
from models.people.user import User
from models.tenants.api_key import ApiKey
from resolvers.context import Info


@dataclass(frozen=True, slots=True)
class Actor:
    """`seen` is the person where the list itself brought it along; else the loaders show whom the viewer may see."""

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
