"""OkAnswer: what mutations answer that remove or change something and show nothing of it but its id."""

from dataclasses import dataclass, field
from uuid import UUID

import strawberry

from resolvers.mutation import UserError
from resolvers.node_id import encode_id


@dataclass(slots=True)
class OkAnswer:
    """`id` is the global id of what was removed or changed."""

    ok: bool = False
    id: strawberry.ID | None = None
    user_errors: list[UserError] = field(default_factory=list)


def done(type_name: str, row_id: UUID) -> OkAnswer:
    return OkAnswer(ok=True, id=strawberry.ID(encode_id(type_name, row_id)))
