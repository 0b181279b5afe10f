"""Actor: who did something."""

import strawberry

from models.audit.actor import ActorKind
from resolvers import actors
from schema.field import field
from schema.people.user import User
from schema.tenants.api_key import ApiKey


@strawberry.type(description="Who did it: a person, an API key, or the system itself.")
class Actor:
    kind: ActorKind
    user: User | None = field(actors.user)
    api_key: ApiKey | None = field(actors.api_key)
