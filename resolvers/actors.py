"""Actor: who did something. The person or API key behind an actor is loaded only if the query selects it."""

from dataclasses import dataclass
from uuid import UUID

from models.audit.actor import ActorKind
from models.people.user import User
from models.tenants.api_key import ApiKey
from resolvers.batching import loaded


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor by id. `seen` is the person, if the list has loaded it already; otherwise a loader loads the person, if
    the viewer may see them.
    """

    kind: ActorKind
    user_id: UUID | None
    api_key_id: UUID | None
    seen: User | None = None


user = loaded(
    lambda loaders, actor: actor.seen or (loaders.users_by_id.load(actor.user_id) if actor.user_id else None),
    shows=User,
)
api_key = loaded(
    lambda loaders, actor: loaders.api_keys_by_id.load(actor.api_key_id) if actor.api_key_id else None, shows=ApiKey
)
