"""The answer of mutations that remove or change something and show nothing of it."""

from dataclasses import dataclass, field

import strawberry

from resolvers.mutation import UserError


@dataclass(slots=True)
class OkAnswer:
    """`id` is the global id of what was removed or changed."""

    ok: bool = False
    id: strawberry.ID | None = None
    user_errors: list[UserError] = field(default_factory=list)
