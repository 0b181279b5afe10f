"""OkPayload: the answer of mutations that show nothing of what they changed."""

import strawberry

from schema.field import field
from schema.user_error import UserError


@strawberry.type
class OkPayload:
    ok: bool
    id: strawberry.ID | None = field(description="Of what was removed or changed, for caches.")
    user_errors: list[UserError]
