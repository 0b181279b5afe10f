"""The payload of mutations that sign somebody in."""

from datetime import datetime

import strawberry

from schema.field import field
from schema.people.viewer import Viewer
from schema.user_error import UserError


@strawberry.type
class AuthPayload:
    access_token: str | None = field(description="Send it as `Authorization: Bearer ...`; a JWT of about 10 minutes.")
    access_token_expires_at: datetime | None
    refresh_token: str | None = field(
        description="For `refreshSession`: opaque, works once, replaced each time. Null once the browser keeps it as "
        "its cookie, which a page of our own origin asks for with the header `X-Adgraph-Session: cookie`."
    )
    viewer: Viewer | None
    user_errors: list[UserError]
